"""Durations and results: files that jobs write, and that may have any content when they are read."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ci.collected_results import Results, read_results
from commonhold.ci.durations import UNKNOWN_SECONDS, Durations, read_durations, write_durations
from commonhold.ci.results import Outcome, SessionResult, measured, read_result, write_result
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

PASSED = SessionResult("a-3.10", "a", "3.10", "passed", 12.5, "1.16", "Linux")


def test_a_recorded_duration_is_expected_again() -> None:
    assert Durations({"a": {"3.10": 5.0}}).expectation()("a", "3.10") == 5.0


def test_another_python_is_expected_to_take_as_long_as_the_plugins_others() -> None:
    assert Durations({"a": {"3.10": 5.0, "3.11": 7.0}, "b": {"3.10": 100.0}}).expectation()("a", "3.12") == 6.0


def test_an_unknown_plugin_is_expected_to_take_the_median_of_all() -> None:
    known = Durations({"a": {"3.10": 1.0, "3.11": 2.0}, "b": {"3.10": 1000.0}})
    assert known.expectation()("c", "3.10") == 2.0


def test_where_nothing_is_known_all_are_expected_to_take_equally_long() -> None:
    assert Durations().expectation()("a", "3.10") == UNKNOWN_SECONDS


def test_the_newest_run_counts_half() -> None:
    assert Durations({"a": {"3.10": 10.0}}).updated([("a", "3.10", 20.0)]) == Durations({"a": {"3.10": 15.0}})


def test_removed_plugins_are_dropped_only_if_the_existing_ones_are_known() -> None:
    known = Durations({"a": {"3.10": 1.0}, "gone": {"3.10": 2.0}})
    assert set(known.updated([]).seconds) == {"a", "gone"}
    assert set(known.updated([("b", "3.10", 1.0)], known={"a", "b"}).seconds) == {"a", "b"}


names = st.text(min_size=1, max_size=10)


@given(st.dictionaries(names, st.dictionaries(names, st.floats(0, 1e6))))
def test_written_durations_can_be_read(seconds: dict[str, dict[str, float]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_durations(f"{folder}/new/durations.json", Durations(seconds))
        assert read_durations(f"{folder}/new/durations.json") == Durations(seconds)


def test_a_missing_file_gives_no_durations(tmp_path: Path) -> None:
    assert read_durations(str(tmp_path / "none.json")) == Durations()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "truncated"),
        ("[]", "Expected `object`"),
        ('{"schema": 1}', "missing required field `durations`"),
        ('{"schema": 1, "durations": {}, "more": 1}', "unknown field `more`"),
        ('{"schema": 1, "durations": {"a": {"3.10": "fast"}}}', r"\$.durations\[...\]"),
        ('{"schema": 2, "durations": {}}', "schema 2"),
        ('{"schema": 1, "durations": {"a": {"3.10": -1}}}', "durations.a.3.10 is not a duration"),
        ("\udcff", "is not a durations file"),
    ],
)
def test_an_invalid_file_is_named_with_the_mistake(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "durations.json"
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(ToolError, match=said) as caught:
        read_durations(str(file))
    assert str(file) in caught.value.message


def test_a_result_is_one_file_named_like_its_session(tmp_path: Path) -> None:
    write_result(str(tmp_path), PASSED)
    assert [file.name for file in tmp_path.iterdir()] == ["a-3.10.json"]
    assert read_result(str(tmp_path / "a-3.10.json")) == PASSED


def test_results_are_found_in_the_folders_of_several_artifacts(tmp_path: Path) -> None:
    other = replace(PASSED, session="b-3.10", plugin="b")
    write_result(str(tmp_path / "results-2"), PASSED)
    write_result(str(tmp_path / "results-1"), other)
    (tmp_path / "results-1" / "b-3.10.xml").write_text("<testsuites/>")
    assert read_results(str(tmp_path)) == Results((PASSED, other))


def test_a_broken_result_is_reported_and_hides_no_other(tmp_path: Path) -> None:
    write_result(str(tmp_path), PASSED)
    (tmp_path / "broken.json").write_text(json.dumps({"schema": 1, "session": "x", "outcome": "perhaps"}))
    found = read_results(str(tmp_path))
    results, problems = found.results, found.problems
    assert results == (PASSED,)
    assert len(problems) == 1
    assert "broken.json" in problems[0]


def test_an_outcome_that_does_not_exist_is_named_with_its_key(tmp_path: Path) -> None:
    document = {"schema": 1, **asdict(PASSED), "outcome": "perhaps"}
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(ToolError, match=r"'perhaps' - at `\$.outcome`"):
        read_result(str(tmp_path / "a.json"))


def test_a_file_instead_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        read_results(str(tmp_path / "file"))


def test_only_sessions_that_went_to_their_end_teach_durations() -> None:
    outcomes: tuple[Outcome, ...] = ("passed", "no-tests", "failed", "timed-out", "install-failed")
    results = [replace(PASSED, plugin=outcome, outcome=outcome) for outcome in outcomes]
    assert [plugin for plugin, _, _ in measured(results)] == ["passed", "no-tests", "failed"]
