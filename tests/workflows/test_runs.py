"""The workflows, executed: what GitHub would run for an event, and what the gate would say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.workflows.sample_repo import PYTHON, files_that_leave_traces, traces

if TYPE_CHECKING:
    from tests.workflows.conftest import GitHub
    from tests.workflows.runner import Job
    from tests.workflows.sample_repo import SampleRepo

STEADY = "plugins/official/steady/src/sample_steady.py"
STEADY_TESTS = "plugins/official/steady/tests/test_steady.py"
GUEST = "plugins/community/guest/src/sample_contrib_guest.py"

PINNED = "3.10"

STEADY_LEG = f"sample-steady-{PYTHON}"
QUIET_LEG = f"sample-quiet-{PYTHON}"
GUEST_LEG = f"sample-contrib-guest-{PYTHON}"

ALWAYS = {"plan": {"success"}, "project": {"success"}, "check": {"success"}}


def sessions(legs: tuple[Job, ...]) -> set[str]:
    """The sessions of several legs together."""
    return {session for leg in legs for session in leg.sessions.split()}


def cores(github: GitHub, artifact: str) -> set[str]:
    """The versions of the core that the sessions of an artifact were run with."""
    files = (github.store / "artifacts").glob(f"{artifact}-[0-9]*/*.json")
    return {json.loads(file.read_text())["core"] for file in files if file.name != "nox.json"}


def planned(sample: SampleRepo, **outputs: str) -> dict[str, str]:
    """Changes that put these outputs in the place of what the planner would say."""
    workflow = sample.read(".github/workflows/ci.yml")
    (command,) = re.findall(r"run: .*commonhold.* plan --github .*", workflow)
    lines = "".join(f"{name}={value}\n" for name, value in outputs.items())
    return {
        ".github/planned": lines,
        ".github/workflows/ci.yml": workflow.replace(command, "run: cat .github/planned >> $GITHUB_OUTPUT"),
    }


def test_a_pull_request_tests_what_it_changes_and_not_what_the_main_branch_changed(
    github: GitHub, sample: SampleRepo
) -> None:
    run = github.run(sample, sample.pull_request({STEADY: 'GREETING = "welcome"  # to all\n'}))
    assert run.results() == {**ALWAYS, "test": {"success"}, "advisory": {"success"}, "gate": {"success"}}
    assert sessions(run.legs("test")) == {STEADY_LEG}
    assert sessions(run.legs("advisory")) == {GUEST_LEG}
    assert cores(github, "results-test") == cores(github, "results-advisory") == {PINNED}


def test_a_failing_plugin_fails_the_gate(github: GitHub, sample: SampleRepo) -> None:
    run = github.run(sample, sample.pull_request({STEADY: 'GREETING = ""\n'}))
    assert run.results()["test"] == {"failure"}
    assert run.results()["gate"] == {"failure"}
    assert "- test: **failure**" in run.log_of("gate")
    assert "nobody is greeted" in run.log_of("test")
    assert cores(github, "results-test") == {PINNED}


def test_a_failing_advisory_plugin_does_not(github: GitHub, sample: SampleRepo) -> None:
    run = github.run(sample, sample.pull_request({STEADY: 'GREETING = "hello"\n'}))
    assert run.results() == {**ALWAYS, "test": {"success"}, "advisory": {"failure"}, "gate": {"success"}}


def test_a_failing_planner_fails_the_gate_and_nothing_is_tested(github: GitHub, sample: SampleRepo) -> None:
    broken = sample.read("pyproject.toml").replace("default-branch", "defualt-branch")
    run = github.run(sample, sample.pull_request({"pyproject.toml": broken}))
    assert run.results() == {
        "plan": {"failure"},
        "project": {"success"},
        "check": {"failure"},
        "gate": {"failure"},
    }
    assert "defualt-branch" in run.log_of("plan")


def test_a_planner_that_says_nothing_fails_the_gate(github: GitHub, sample: SampleRepo) -> None:
    run = github.run(sample, sample.push(planned(sample)))
    assert run.results() == {**ALWAYS, "gate": {"failure"}}


def test_a_name_is_never_run_as_a_command(github: GitHub, sample: SampleRepo) -> None:
    hostile = "$(touch $STAND_IN_STORE/ran) ; touch $STAND_IN_STORE/ran ; '"
    leg = {"name": hostile, "sessions": hostile, "python": PYTHON, "os": "ubuntu-latest", "timeout": 5}
    event = sample.push(planned(sample, any="true", matrix=json.dumps({"include": [leg]}), core="false"))
    run = github.run(sample, event)
    assert not (github.store / "ran").exists()
    assert run.results()["test"] == {"failure"}
    assert "$(touch" in run.log_of("test")


def test_where_nothing_is_affected_the_gate_passes_and_no_leg_runs(github: GitHub, sample: SampleRepo) -> None:
    run = github.run(sample, sample.pull_request({"plugins/official/steady/NOTES.md": "Steady as it goes.\n"}))
    assert run.results() == {**ALWAYS, "gate": {"success"}}
    # This runner would run one leg for an empty matrix, where GitHub fails: the guards must say so first.
    assert {run.outputs[guard] for guard in ("any", "any-advisory", "core")} == {"false"}


def test_a_push_tests_all_its_commits_and_records_how_long_they_took(github: GitHub, sample: SampleRepo) -> None:
    quiet = "plugins/official/quiet/src/sample_quiet.py"
    sample.push(files_that_leave_traces())
    push = sample.push({STEADY: 'GREETING = "welcome"  # again\n'}, {quiet: 'GREETING = ""  # still\n'})
    run = github.run(sample, push)
    assert traces(github) == []
    expected = {"test": {"success"}, "advisory": {"success"}, "record": {"success"}, "gate": {"success"}}
    assert run.results() == {**ALWAYS, **expected}
    assert sessions(run.legs("test")) == {STEADY_LEG, QUIET_LEG}
    assert "nox.json" not in run.log_of("record")
    recorded = github.store / "artifacts" / "durations" / "durations.json"
    plugins = {"sample-steady", "sample-quiet", "sample-contrib-guest"}
    assert set(json.loads(recorded.read_text())["durations"]) == plugins


def test_a_merge_group_that_moves_the_core_tests_the_core_and_what_must_follow_it(
    github: GitHub, sample: SampleRepo
) -> None:
    run = github.run(sample, sample.merge_group({"constraints.txt": "idna==3.11\n"}))
    assert run.results() == {**ALWAYS, "core": {"success"}, "test": {"success"}, "gate": {"success"}}
    assert sessions(run.legs("test")) == {STEADY_LEG, QUIET_LEG}


def test_the_newest_recorded_durations_are_used_and_bad_ones_break_no_plan(github: GitHub, sample: SampleRepo) -> None:
    for number, text in (("40", "{}"), ("41", "no JSON"), ("42", None)):
        artifact = github.store / "runs" / number / "durations"
        artifact.mkdir(parents=True)
        if text is not None:
            (artifact / "durations.json").write_text(text)
    run = github.run(sample, sample.push({"README.md": "A sample repository.\n"}))
    assert "durations.json is not a durations file" in run.log_of("plan")
    assert run.results() == {**ALWAYS, "gate": {"success"}}


def test_the_nightly_run_tests_everything_with_both_cores_and_tells_what_failed(
    github: GitHub, sample: SampleRepo
) -> None:
    sample.push({GUEST: 'GREETED = "hello"\n', **files_that_leave_traces()})
    run = github.run(sample, sample.by_hand(), workflow="nightly.yml")
    assert traces(github) == []
    results = run.results()
    for core in ("newest", "prerelease"):
        assert results[core] == {"success"}
        assert sessions(run.legs(core)) == {STEADY_LEG, QUIET_LEG}
        assert cores(github, core)
        assert PINNED not in cores(github, core)
        assert results[f"{core}-advisory"] == {"failure"}
        assert sessions(run.legs(f"{core}-advisory")) == {GUEST_LEG}
    assert results["report"] == {"failure"}
    assert "- pre-release, advisory: **failure**" in run.log_of("report")
    assert run.log_of("report").count(GUEST_LEG.removesuffix(f"-{PYTHON}")) == 2
    tested = github.store / "artifacts" / "tested"
    assert {path.name for path in tested.iterdir()} == {"newest", "prerelease", "plan.json"}
    # Before the first release there is no plugin index, so nobody is asked and nothing is deployed.
    assert results["update"] == {"success"}
    assert results.keys().isdisjoint({"late", "pages", "deploy"})
