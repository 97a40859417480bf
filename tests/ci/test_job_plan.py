"""Job plans: the Python versions and the matrix of each plugin, and plugins that cannot be tested."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ci.durations import Durations
from commonhold.ci.github import output_lines
from commonhold.ci.job_plan import Job, JobPlan, Untestable, plan_jobs
from commonhold.ci.shards import LIMITS
from commonhold.errors import ConfigurationError
from commonhold.projects.names import Name
from commonhold.selection.affected import CoreChanged, DependsOn, FilesChanged, ReadsPath, SharedChanged, UnknownBase
from commonhold.workspace.config import SharedRule
from commonhold.workspace.config import Testing as Settings
from commonhold.workspace.patterns import Patterns
from commonhold.workspace.plugin_tests import PluginTests
from tests.ci.builders import CHANGED, NEEDS, chosen, plugin, selection, workspace

BY_NAME = SharedRule(Patterns(["common/**"]), ("official",))
FOR_ALL = SharedRule(Patterns(["tox.ini"]), "all")


def sessions(plan: JobPlan) -> list[str]:
    return [session for job in plan.jobs for session in job.sessions]


def test_a_changed_plugin_runs_on_all_its_pythons_and_its_dependents_on_their_lowest() -> None:
    sample = workspace([plugin("a"), plugin("b", requires_python=">=3.11")])
    plan = plan_jobs(selection(chosen("a"), chosen("b", NEEDS)), sample)
    assert plan == JobPlan(
        jobs=(
            Job("a (3.10)", ("a-3.10",), "3.10", "ubuntu-latest", 40),
            Job("a (3.11)", ("a-3.11",), "3.11", "ubuntu-latest", 40),
            Job("b (3.11)", ("b-3.11",), "3.11", "ubuntu-latest", 40),
            Job("a (3.12)", ("a-3.12",), "3.12", "ubuntu-latest", 40),
        ),
        advisory=(),
        core=False,
    )


@pytest.mark.parametrize(
    ("reason", "count"),
    [
        (CHANGED, 3),
        (ReadsPath("common/x"), 3),
        (SharedChanged("common/x", 0), 3),
        (SharedChanged("tox.ini", 1), 1),
        (NEEDS, 1),
        (CoreChanged(("setup.py",), 1), 1),
        (UnknownBase("a new branch"), 1),
    ],
)
def test_a_plugin_that_counts_as_changed_is_tested_on_every_python(reason: object, count: int) -> None:
    sample = workspace([plugin("a")], shared=[BY_NAME, FOR_ALL])
    assert len(sessions(plan_jobs(selection(chosen("a", reason)), sample))) == count  # type: ignore[arg-type]


def test_one_reason_that_counts_is_enough() -> None:
    plan = plan_jobs(selection(chosen("a", NEEDS, CHANGED)), workspace([plugin("a")]))
    assert sessions(plan) == ["a-3.10", "a-3.11", "a-3.12"]


def test_advisory_plugins_have_a_matrix_of_their_own() -> None:
    sample = workspace([plugin("a"), plugin("b")])
    plan = plan_jobs(selection(chosen("a", NEEDS), chosen("b", NEEDS, advisory=True)), sample)
    assert [job.name for job in plan.jobs] == ["a (3.10)"]
    assert [job.name for job in plan.advisory] == ["b (3.10)"]


def test_each_operating_system_of_a_plugin_gets_its_sessions() -> None:
    sample = workspace([plugin("a", Settings(os=("ubuntu-latest", "windows-latest"), python=("3.12",)))])
    plan = plan_jobs(selection(chosen("a")), sample)
    assert [(job.name, job.os) for job in plan.jobs] == [
        ("a (3.12, ubuntu-latest)", "ubuntu-latest"),
        ("a (3.12, windows-latest)", "windows-latest"),
    ]


def test_a_job_may_take_as_long_as_its_session_and_some_to_set_it_up() -> None:
    sample = workspace([plugin("a", Settings(timeout=90)), plugin("b", Settings(timeout=360))])
    plan = plan_jobs(selection(chosen("a", NEEDS), chosen("b", NEEDS)), sample)
    assert [job.timeout for job in plan.jobs] == [100, 360]


def test_a_selection_without_plugins_can_still_affect_the_core() -> None:
    plan = plan_jobs(selection(core=(CoreChanged(("setup.py",), 1),)), workspace([plugin("a")]))
    assert plan == JobPlan((), (), core=True)


def test_an_untestable_plugin_is_reported_and_fails_the_plan() -> None:
    sample = workspace([plugin("a", requires_python=">=3.14"), plugin("b")])
    plan = plan_jobs(selection(chosen("a"), chosen("b", NEEDS)), sample)
    detail = "a: a's requires-python '>=3.14' excludes all of python = 3.10, 3.11, 3.12"
    assert plan.untestable == (Untestable(Name("a"), advisory=False, detail=detail),)
    assert plan.failed
    assert sessions(plan) == ["b-3.10"]


def test_an_untestable_advisory_plugin_is_reported_and_does_not_fail_the_plan() -> None:
    sample = workspace([plugin("a", requires_python=">=3.14")])
    plan = plan_jobs(selection(chosen("a", NEEDS, advisory=True)), sample)
    assert [plugin.name for plugin in plan.untestable] == ["a"]
    assert not plan.failed


def test_doubts_about_pythons_are_warnings_of_the_plan() -> None:
    plan = plan_jobs(selection(chosen("a")), workspace([plugin("a", requires_python="yes")]))
    assert len(plan.warnings) == 1
    assert "'yes' is not a version specifier" in plan.warnings[0]


def test_shards_are_balanced_by_recorded_durations() -> None:
    sample = workspace([plugin(f"p{index:02}") for index in range(30)], python=["3.11"])
    durations = Durations({"p00": {"3.11": 4000.0}, **{f"p{index:02}": {"3.11": 10.0} for index in range(1, 30)}})
    plan = plan_jobs(selection(*(chosen(f"p{index:02}", NEEDS) for index in range(30))), sample, durations)
    assert next(job for job in plan.jobs if "p00-3.11" in job.sessions).sessions == ("p00-3.11",)
    assert len(plan.jobs) == 20


def test_jobs_of_several_plugins_say_how_many_they_are() -> None:
    sample = workspace([plugin(f"p{index:02}") for index in range(40)], python=["3.11"])
    plan = plan_jobs(selection(*(chosen(f"p{index:02}", NEEDS) for index in range(40))), sample)
    assert plan.jobs[0].name == "shard 1 of 20 (3.11, 2 plugins)"
    assert len({job.name for job in plan.jobs}) == len(plan.jobs)


def test_a_plan_that_fits_into_no_matrix_is_an_error() -> None:
    sample = workspace([plugin("a")], python=[f"3.{minor}" for minor in range(300)])
    with pytest.raises(ConfigurationError, match="the plan does not fit: 300 combinations"):
        plan_jobs(selection(chosen("a")), sample)


names = st.lists(st.from_regex(r"[a-z]([a-z0-9-]{0,60}[a-z0-9])?", fullmatch=True), unique=True, max_size=40)
settings = st.tuples(
    st.none() | st.sampled_from([("ubuntu-latest",), ("windows-latest", "macos-latest")]),
    st.none() | st.integers(1, 360),
).map(lambda drawn: Settings(os=drawn[0], timeout=drawn[1]))
reasons: st.SearchStrategy[FilesChanged | DependsOn] = st.sampled_from([CHANGED, NEEDS])


@given(names, st.data())
def test_every_plugin_python_and_system_is_in_exactly_one_job_and_the_outputs_fit(
    some: list[str], data: st.DataObject
) -> None:
    plugins = [plugin(name, data.draw(settings)) for name in some]
    selected = [chosen(name, data.draw(reasons), advisory=data.draw(st.booleans())) for name in some]
    sample = workspace(plugins)
    plan = plan_jobs(selection(*selected), sample)
    found = Counter(
        (session, job.os, advisory)
        for jobs, advisory in ((plan.jobs, False), (plan.advisory, True))
        for job in jobs
        for session in job.sessions
    )
    wanted = Counter(
        (f"{one.name}-{python}", system, one.advisory)
        for one in selected
        for python in (sample.config.python if one.reasons == (CHANGED,) else sample.config.python[:1])
        for system in sample.plugins[one.name].testing.os or ("ubuntu-latest",)
    )
    assert found == wanted
    assert len(output_lines(plan)) <= LIMITS.characters
    assert plan == plan_jobs(selection(*reversed(selected)), workspace(reversed(plugins)))


def test_the_outputs_of_a_huge_plan_fit_githubs_limit() -> None:
    many = [f"a-distribution-with-quite-a-long-name-{index:04}" for index in range(700)]
    sample = workspace([plugin(name) for name in many], python=["3.10", "3.11"])
    plan = plan_jobs(selection(*(chosen(name) for name in many)), sample)
    lines = output_lines(plan)
    assert 2 * len(lines) < 1_000_000
    include = json.loads(lines.splitlines()[1].removeprefix("matrix="))["include"]
    assert len(include) <= 256
    assert sum(len(job["sessions"].split()) for job in include) == 1400


@pytest.mark.parametrize(
    ("files", "tests", "command", "runs"),
    [
        (["a.py"], (), None, False),
        (["a.py", "src/a/deep/test_a.py"], (), None, True),
        (["src/a/a_test.py"], (), None, True),
        (["checks/run.sh"], ("checks/**",), None, True),
        (["a.py", "test_data.json", "latest.py"], (), None, False),
        (["a.py"], (), ("make check",), True),
    ],
)
def test_a_plugin_without_tests_gets_no_job_and_is_counted(
    files: list[str], tests: tuple[str, ...], command: tuple[str, ...] | None, runs: bool
) -> None:
    one = plugin("a", Settings(test=command))._replace(
        files=[f"plugins/a/{file}" for file in files], tests=PluginTests(Patterns(tests))
    )
    plan = plan_jobs(selection(chosen("a", NEEDS)), workspace([one]))
    assert sessions(plan) == (["a-3.10"] if runs else [])
    expected = () if runs else ("1 affected plugin without test files, so no job runs: a",)
    assert plan.warnings == expected
