"""Results that other jobs deliver, and that tests of other plugins can have written."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.ci.agreement import NOX_REPORT
from commonhold.ci.collected_results import PlannedSessions, Results, read_planned_sessions, read_results
from commonhold.ci.durations import read_durations
from commonhold.ci.results import SessionResult, read_result, write_result
from commonhold.cli.__main__ import main
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

PASSED = SessionResult("a-3.10", "a", "3.10", "passed", 12.5, "1.16", "Linux")
OTHER = replace(PASSED, session="b-3.10", plugin="b")
PLAN = {
    "matrix": {"include": [{"sessions": "a-3.10 c-3.10"}, {"sessions": "b-3.10"}]},
    "advisory": {"include": [{"sessions": "d-3.10"}]},
}
PLANNED = PlannedSessions((frozenset({"a-3.10", "c-3.10"}), frozenset({"b-3.10"})), (frozenset({"d-3.10"}),))


def report(folder: Path, **outcomes: str) -> None:
    """Write nox's report; ``a="success"`` is the session ``a-3.10``."""
    sessions = [
        {"signatures": [f"{name}-3.10"], "result": outcome, "reason": "x"} for name, outcome in outcomes.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOX_REPORT).write_text(json.dumps({"result": 0, "sessions": sessions}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 1e308},
        {"seconds": -1},
        {"seconds": 10**400},
        {"python": "3." + "1" * 5000},
        {"core": "x" * 100_000},
        {"os": ""},
        {"session": "b-3.10"},
        {"plugin": "b"},
    ],
    ids=lambda wrong: str(*wrong),
)
def test_a_result_with_an_impossible_value_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    file = tmp_path / "a-3.10.json"
    file.write_text(json.dumps({"schema": 1, **asdict(PASSED), **wrong}))
    with pytest.raises(ToolError, match=r"a-3\.10\.json"):
        read_result(str(file))


@pytest.mark.parametrize("seconds", ["NaN", "Infinity", "1e999", "1e308", "-0.5"])
def test_durations_outside_the_limits_are_refused(tmp_path: Path, seconds: str) -> None:
    (tmp_path / "durations.json").write_text(f'{{"schema": 1, "durations": {{"a": {{"3.10": {seconds}}}}}}}')
    with pytest.raises(ToolError, match=r"durations\.json"):
        read_durations(str(tmp_path / "durations.json"))


@pytest.mark.parametrize("kind", ["FIFO", "device", "link", "huge"])
@pytest.mark.parametrize("name", ["a-3.10.json", "a-3.10.xml", NOX_REPORT])
def test_a_report_ends_whatever_lies_among_the_results(tmp_path: Path, kind: str, name: str) -> None:
    write_result(str(tmp_path), PASSED)
    report(tmp_path, a="success")
    file = tmp_path / name
    file.unlink(missing_ok=True)
    if kind == "FIFO":
        os.mkfifo(file)
    elif kind == "huge":
        with file.open("wb") as sparse:
            sparse.truncate(10**12)
    else:
        file.symlink_to("/dev/zero" if kind == "device" else __file__)
    found = read_results(str(tmp_path))
    assert found.results == ()
    assert found.problems


@pytest.mark.parametrize(
    ("reported", "junit", "problem"),
    [
        ("success", "<testsuites/>", None),
        ("success", None, None),
        ("aborted", None, "nox reported aborted: x"),
        ("failed", None, "nox reported failed: x"),
        (None, None, "nox did not report the session"),
        ("success", "<testsuites><testcase><failure/></testcase></testsuites>", "the JUnit file contains failures"),
        ("success", '<testsuites><testsuite failures="1"/></testsuites>', "the JUnit file contains failures"),
        (
            "success",
            '<testsuites xmlns="x"><testcase><error/></testcase></testsuites>',
            "the JUnit file contains failures",
        ),
        ("success", '<testsuites><testsuite failures="0" errors="0"/></testsuites>', None),
        ("success", "<testsuites>", "is not a JUnit file"),
    ],
)
def test_a_result_needs_the_agreement_of_nox_and_of_the_tests(
    tmp_path: Path, reported: str | None, junit: str | None, problem: str | None
) -> None:
    write_result(str(tmp_path), PASSED)
    report(tmp_path, **({"a": reported} if reported else {}))
    if junit is not None:
        (tmp_path / "a-3.10.xml").write_text(junit)
    found = read_results(str(tmp_path))
    assert found.results == (() if problem else (PASSED,))
    assert [problem in text for text in found.problems if problem] == ([True] if problem else [])


@pytest.mark.parametrize("outcomes", [("failed", "success"), ("success", "aborted")])
def test_a_session_that_nox_ran_twice_succeeded_only_if_both_runs_did(
    tmp_path: Path, outcomes: tuple[str, str]
) -> None:
    write_result(str(tmp_path), PASSED)
    sessions = [{"signatures": ["a-3.10"], "result": outcome} for outcome in outcomes]
    (tmp_path / NOX_REPORT).write_text(json.dumps({"sessions": sessions}))
    assert "but nox reported" in read_results(str(tmp_path)).problems[0]


def test_a_folder_in_place_of_a_result_is_named_in_the_message(tmp_path: Path) -> None:
    (tmp_path / "a-3.10.json").mkdir()
    with pytest.raises(ToolError, match=r"a-3\.10\.json is not a regular file"):
        read_result(str(tmp_path / "a-3.10.json"))


def test_a_failed_result_with_a_success_of_nox_is_refused(tmp_path: Path) -> None:
    write_result(str(tmp_path), replace(PASSED, outcome="failed"))
    report(tmp_path, a="success")
    assert read_results(str(tmp_path)).results == ()


def test_only_the_sessions_that_the_plan_gave_to_a_job_are_accepted(tmp_path: Path) -> None:
    for artifact in ("results-test-0", "results-test-1", "results-advisory-0", "results-test-7"):
        report(tmp_path / artifact, a="success", b="success", x="success")
        write_result(str(tmp_path / artifact), PASSED)
    write_result(str(tmp_path / "results-test-1"), OTHER)
    write_result(str(tmp_path / "results-test-0"), replace(PASSED, session="x-3.10", plugin="x"))
    found = read_results(str(tmp_path), PLANNED)
    assert found.results == (PASSED, OTHER)
    assert len(found.problems) == 4
    assert all("the plan did not give" in problem for problem in found.problems)


@pytest.mark.parametrize("artifact", ["results", "results-test", "results-test-", "0x", "results-test-0-", "٠", "01"])
def test_an_artifact_without_the_number_of_a_job_delivers_no_results(tmp_path: Path, artifact: str) -> None:
    report(tmp_path / artifact, a="success")
    write_result(str(tmp_path / artifact), PASSED)
    found = read_results(str(tmp_path), PLANNED)
    assert found.results == ()
    assert ["does not end with the number of a job of the plan" in problem for problem in found.problems] == [True]
    # Nor does the folder itself.
    found = read_results(str(tmp_path / artifact), PLANNED)
    assert (found.results, len(found.problems)) == ((), 1)


@pytest.mark.parametrize("other", [{}, {"seconds": 99.0}, {"outcome": "failed"}])
def test_two_artifacts_of_one_job_are_counted_once_and_must_agree(tmp_path: Path, other: dict[str, Any]) -> None:
    result = replace(PASSED, **other)
    for artifact, delivered in (("results-0", result), ("results-test-0", PASSED)):
        report(tmp_path / artifact, a="success" if delivered.good else "failed")
        write_result(str(tmp_path / artifact), delivered)
    found = read_results(str(tmp_path), PLANNED)
    assert found.results == (() if other else (PASSED,))
    assert ["results-0" in text and "results-test-0" in text for text in found.problems] == ([True] if other else [])


def test_a_session_that_the_plan_gives_to_two_jobs_has_two_results(tmp_path: Path) -> None:
    planned = PlannedSessions((frozenset({"a-3.10"}), frozenset({"a-3.10"})), ())
    results = [PASSED, replace(PASSED, os="Windows")]
    for number, result in enumerate(results):
        report(tmp_path / f"results-test-{number}", a="success")
        write_result(str(tmp_path / f"results-test-{number}"), result)
    assert read_results(str(tmp_path), planned) == Results(tuple(results))


def test_a_folder_inside_the_folder_of_a_job_delivers_no_results(tmp_path: Path) -> None:
    # Tests of session b, which nox aborted, or of another job's plugin, wrote their own report of nox.
    report(tmp_path / "results-test-1", b="aborted")
    for name in ("results-test-0", "other"):
        forged = tmp_path / "results-test-1" / name
        report(forged, a="success", b="success")
        write_result(str(forged), PASSED)
        write_result(str(forged), OTHER)
    found = read_results(str(tmp_path), PLANNED)
    assert found.results == ()
    assert len(found.problems) == 4
    assert all("inside the folder of a job" in problem for problem in found.problems)


def test_with_a_plan_nox_must_have_reported(tmp_path: Path) -> None:
    write_result(str(tmp_path / "results-test-0"), PASSED)
    assert read_results(str(tmp_path)) == Results((PASSED,))
    assert read_results(str(tmp_path), PLANNED).results == ()


def test_a_plan_is_the_output_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"schema": 1, "any": True, **PLAN}))
    assert read_planned_sessions(str(file)) == PLANNED
    file.write_text("{}")
    with pytest.raises(ToolError, match="is not a plan"):
        read_planned_sessions(str(file))


@pytest.mark.parametrize("kind", ["missing", "file", "FIFO", "link to a device"])
def test_a_report_needs_a_folder(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results"
    if kind == "file":
        path.touch()
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind != "missing":
        path.symlink_to("/dev/zero")
    with pytest.raises(UsageError):
        read_results(str(path))
    assert main(["report", str(path)]) == 2
    assert "Pass the folder that contains the results." in capsys.readouterr().err


def test_a_device_as_the_durations_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "durations.json")
    assert main(["report", str(tmp_path), "--durations", str(tmp_path / "durations.json")]) == 2
    assert "is not a regular file" in capsys.readouterr().err
