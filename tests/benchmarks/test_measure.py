"""Contestants run as real processes; tables are whole values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import Contestant, Race, Result, Sample, clean_environment, race
from benchmarks.table import BEGIN, COLD, END, GIT, Heat, insert, section

if TYPE_CHECKING:
    from pathlib import Path


def contestant(folder: Path, label: str, code: str, **fields: object) -> Contestant:
    plain = Contestant(label, (sys.executable, "-c", code), folder)
    return plain._replace(**fields)  # type: ignore[arg-type]


def run_race(folder: Path, *contestants: Contestant, rounds: int = 2) -> Race:
    return race(contestants, rounds, clean_environment(folder / "home"), lambda _: None)


def names(printed: str) -> frozenset[str]:
    return frozenset(printed.split())


def test_contestants_take_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    writers = [
        contestant(tmp_path, label, f"open('log', 'a').write({label!r})", prepare=lambda: None) for label in "AB"
    ]
    run_race(tmp_path, *writers, rounds=3)
    assert log.read_text(encoding="utf-8") == "AB" * 4


def test_a_slow_contestant_runs_only_as_often_as_it_says(tmp_path: Path) -> None:
    results = run_race(tmp_path, contestant(tmp_path, "slow", "pass", rounds=1), rounds=3).results
    assert [len(result.samples) for result in results] == [1]


def test_each_run_starts_as_prepared(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cold = contestant(
        tmp_path,
        "cold",
        "import os; print('hit' if os.path.exists('cache') else 'miss'); open('cache', 'w')",
        prepare=lambda: cache.unlink(missing_ok=True),
        answer=names,
        expected=frozenset({"miss"}),
    )
    assert run_race(tmp_path, cold).left_out == {}


def test_a_wrong_answer_is_left_out_with_what_is_wrong(tmp_path: Path) -> None:
    wrong = contestant(tmp_path, "wrong", "print('a c')", answer=names, expected=frozenset("ab"))
    right = contestant(tmp_path, "right", "print('b a')", answer=names, expected=frozenset("ab"))
    outcome = run_race(tmp_path, wrong, right)
    assert outcome.left_out == {"wrong": "wrong answer: misses ['b'], adds ['c']"}
    assert [result.label for result in outcome.results] == ["right"]


def test_a_failing_command_is_left_out_with_its_words(tmp_path: Path) -> None:
    outcome = run_race(tmp_path, contestant(tmp_path, "broken", "import sys; sys.exit('no such ref')"))
    assert outcome.left_out == {"broken": "ended with code 1: no such ref"}
    assert outcome.results == ()


def test_who_fails_in_a_later_round_is_left_out_too(tmp_path: Path) -> None:
    code = "import os, sys; sys.exit('again') if os.path.exists('mark') else open('mark', 'w')"
    assert run_race(tmp_path, contestant(tmp_path, "flaky", code)).left_out == {"flaky": "ended with code 1: again"}


def test_the_peak_memory_counts_a_child_that_was_waited_for(tmp_path: Path) -> None:
    eater = f"{sys.executable!r}, '-c', 'x = bytearray(80_000_000)'"
    outcome = run_race(tmp_path, contestant(tmp_path, "parent", f"import subprocess; subprocess.run([{eater}])"))
    memory = outcome.results[0].memory
    assert memory is not None
    assert memory > 80_000


def test_the_users_settings_are_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    monkeypatch.setenv("CI", "true")
    code = "import os; print(*sorted({'GIT_DIR', 'CI'} & os.environ.keys()), os.environ['HOME'])"
    own = contestant(tmp_path, "own", code, answer=names)
    assert run_race(tmp_path, own).answers == {"own": frozenset({str(tmp_path / "home")})}


def result(label: str, *milliseconds: float, memory: int = 20 * 1024) -> Result:
    return Result(label, tuple(Sample(each / 1000, memory, 9 * 1024) for each in milliseconds))


def test_a_ratio_is_taken_within_each_round() -> None:
    ours, theirs = result("ours", 10, 100, 30), result("theirs", 20, 200, 10)
    assert ours.ratio(theirs) == pytest.approx(0.5)


def test_a_section_shows_every_command_against_both_marks() -> None:
    outcome = Race((result(COLD, 20, 22, 24), result("peer", 220), result(GIT, 2, memory=1024)), {"gone": "why"}, {})
    assert section(Heat("Generated", "About.", outcome, {"never": "because"})).splitlines() == [
        "### Generated",
        "",
        "About.",
        "",
        "| command | ms | time / `git diff` | commonhold cold / command | commonhold warm / command | peak MB |",
        "|:--|--:|--:|--:|--:|--:|",
        "| `commonhold affected`, cold | 22.0 | 10 | 1.00 | - | 20 |",
        "| peer | 220 | 110 | 0.09 | - | 20 |",
        "| `git diff --name-only` | 2.0 | 1.00 | 10 | - | < 10 |",
        "",
        "Left out: never: because.",
        "Left out: gone: why.",
    ]


def test_the_page_keeps_what_stands_around_the_markers() -> None:
    page = f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"
    assert insert(page, "new") == f"Before.\n\n{BEGIN}\n\nnew\n\n{END}\n\nAfter.\n"
    assert insert(insert(page, "new"), "new") == insert(page, "new")


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each and in this order"):
        insert(page, "new")
