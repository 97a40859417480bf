"""One issue for each plugin that is late for the core: opened once, updated, and closed when the plugin is ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from commonhold.catalog.late_plugins import find_late_plugins
from commonhold.github import Budget, BudgetError, GitHub, Patience
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals.gate_settings import ACTIONS_BOT
from commonhold.governance.late_plugins.late_issues import LABEL, MOST_NEW, LateStep, plan_late_issues, read_issue
from commonhold.governance.late_plugins.late_run import Maintainers, update_late_issues
from tests.catalog.late_catalog import BETA, PASSED, catalog_of, listed, release, result_of
from tests.support.approvals import BARE, BASE, IDS, SPARK, owners
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeIssue, user
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.late_plugins import LateReport
    from commonhold.governance.late_plugins.late_run import LateIssueResult

BY = date(2027, 1, 15)
TODAY = date(2026, 12, 1)
URL = "https://github.com/flyteorg/flytekit/actions/runs/1"
FAILED = result_of(BETA, "failed", url=URL)
UNKNOWN = result_of(BETA, "unknown")


def report(results: Mapping[str, Any], core: str = BETA, **more: Any) -> LateReport:
    """The plugins x-spark and x-bare, with the newest result of each."""
    plugins = {name: listed(results=[result], **more) for name, result in results.items()}
    return find_late_plugins(catalog_of(plugins), Version(core))


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.of(tmp_path_factory.mktemp("late") / "repo", {"a": ""})


@pytest.fixture
def fake(repo: Repo) -> FakeGitHub:
    fake = FakeGitHub(repo)
    fake.accounts = {number: user(login, number) for login, number in IDS.items() if "[bot]" not in login}
    return fake


def maintainers() -> Maintainers:
    read = owners(BASE, [f"{SPARK}/x.py", f"{BARE}/x.py"])
    plugins = {"x-spark": read.plugins[SPARK], "x-bare": read.plugins[BARE]}
    return Maintainers(read, plugins, ACTIONS_BOT)


def update(
    fake: FakeGitHub,
    found: LateReport,
    *,
    by: date | None = BY,
    today: date = TODAY,
    post: bool = True,
    budget: int = 200,
) -> list[LateIssueResult]:
    github = GitHub(fake, REPOSITORY, Budget(budget), Patience(20, lambda _: None))
    return list(update_late_issues(github, found, maintainers(), by, today, post=post))


def steps(results: list[LateIssueResult]) -> dict[str, str]:
    return {result.plan.name: result.plan.step.value for result in results}


def writes(fake: FakeGitHub) -> list[str]:
    return [
        f"{request.method} {request.path.removeprefix(f'/repos/{REPOSITORY}')}"
        for request in fake.requests
        if request.method != "GET"
    ]


TEXT = f"""\
<!-- commonhold late 1.17 x-spark -->
@ann, @bo: as maintainers of <code>x-spark</code>, please make it ready for core 1.17.0 by **2027-01-15**.

It is not ready because:

- its tests fail with core 1.17.0b2 ([test run]({URL}))

If it is not ready by 2027-01-15, the catalogue lists it as failing for core 1.17.0, or not at all. Anybody may fork it, \
and ask here to maintain it. If you cannot do the work, say so here, so that somebody else can start earlier.

This issue is updated after each nightly test, and closed when the plugin is ready.
"""


def test_a_late_plugin_gets_one_issue_that_mentions_its_maintainers_and_the_date(fake: FakeGitHub) -> None:
    assert steps(update(fake, report({"x-spark": FAILED}))) == {"x-spark": "open"}
    (issue,) = fake.issues.values()
    assert (issue.title, issue.labels, issue.body) == ("x-spark is not ready for core 1.17.0", [LABEL], TEXT)
    for _ in range(3):
        assert steps(update(fake, report({"x-spark": FAILED}))) == {"x-spark": "nothing to do"}
    assert writes(fake) == ["POST /issues"]


def test_the_issue_follows_the_results_until_the_plugin_is_ready(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED}))
    narrow = [release("1.16.3", "<1.17")]
    assert steps(update(fake, report({"x-spark": FAILED}, releases=narrow))) == {"x-spark": "update"}
    (issue,) = fake.issues.values()
    assert "- its newest release 1.16.3 requires core \\<1.17\n" in (issue.body or "")
    assert steps(update(fake, report({"x-spark": UNKNOWN}))) == {"x-spark": "nothing to do"}
    assert issue.state == "open"
    assert steps(update(fake, report({"x-spark": PASSED}))) == {"x-spark": "close"}
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert (issue.body or "").endswith("The plugin is ready for core 1.17.0b2. Thank you!\n")
    assert update(fake, report({"x-spark": PASSED})) == []
    assert steps(update(fake, report({"x-spark": FAILED}))) == {"x-spark": "reopen"}
    assert (issue.state, issue.body) == ("open", TEXT)
    assert len(fake.issues) == 1


def test_a_result_that_is_unknown_asks_nobody(fake: FakeGitHub) -> None:
    results = update(fake, report({"x-spark": UNKNOWN, "x-bare": result_of("1.17.0b1", "failed")}))
    assert steps(results) == {"x-bare": "nothing to do", "x-spark": "nothing to do"}
    assert writes(fake) == []


def test_an_issue_that_somebody_declined_stays_closed(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED}))
    (issue,) = fake.issues.values()
    issue.state, issue.state_reason = "closed", "not_planned"
    assert steps(update(fake, report({"x-spark": FAILED}))) == {"x-spark": "nothing to do"}
    assert len(fake.issues) == 1


def test_a_plugin_without_maintainers_is_offered_to_everybody(fake: FakeGitHub) -> None:
    update(fake, report({"x-bare": FAILED, "x-elsewhere": FAILED}))
    for issue, name in zip(fake.issues.values(), ("x-bare", "x-elsewhere"), strict=True):
        lines = (issue.body or "").split("\n")
        assert lines[1] == f"<code>{name}</code> is not ready for core 1.17.0, and it has no active maintainer."
        assert "Anybody may fork it, and ask here to maintain it." in (issue.body or "")
        assert "@" not in (issue.body or "")


def test_after_the_date_the_issue_says_so_once(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED}))
    for day in range(1, 4):
        update(fake, report({"x-spark": FAILED}), today=BY + timedelta(days=day))
    (issue,) = fake.issues.values()
    assert "was due to be ready for core 1.17.0 by **2027-01-15**, and it is not." in (issue.body or "")
    assert writes(fake) == ["POST /issues", "PATCH /issues/1000"]


@pytest.mark.parametrize(("by", "core"), [(None, BETA), (BY, "1.17.0")])
def test_without_a_date_or_after_the_release_no_issue_is_opened(fake: FakeGitHub, by: date | None, core: str) -> None:
    update(fake, report({"x-spark": result_of(core, "failed")}, core), by=by)
    assert fake.issues == {}


def test_after_the_release_an_issue_is_still_closed_when_the_plugin_is_ready(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED}))
    update(fake, report({"x-spark": result_of("1.17.0", "failed")}, "1.17.0"))
    (issue,) = fake.issues.values()
    assert issue.state == "open"
    update(fake, report({"x-spark": result_of("1.17.1", "passed")}, "1.17.1"))
    assert issue.state == "closed"


def test_the_issue_of_an_earlier_core_is_closed(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED, "x-bare": FAILED}))
    later = {
        "x-spark": result_of("1.18.0b1", "failed", series="1.18"),
        "x-bare": result_of("1.18.0b1", "passed", series="1.18"),
    }
    update(fake, report(later, "1.18.0b1"))
    states = [(issue.title, issue.state, issue.state_reason) for issue in fake.issues.values()]
    assert states == [
        ("x-bare is not ready for core 1.17.0", "closed", "completed"),
        ("x-spark is not ready for core 1.17.0", "closed", "not_planned"),
        ("x-spark is not ready for core 1.18.0", "open", None),
    ]


def test_the_issue_of_a_retired_plugin_is_closed_as_not_planned(fake: FakeGitHub) -> None:
    update(fake, report({"x-spark": FAILED}))
    update(fake, report({"x-spark": FAILED}, state="retired"))
    (issue,) = fake.issues.values()
    assert (issue.state, issue.state_reason) == ("closed", "not_planned")


@pytest.mark.parametrize("author", [user("out", 100), None])
def test_an_issue_of_somebody_else_means_nothing(fake: FakeGitHub, author: dict[str, object] | None) -> None:
    fake.issues[7] = FakeIssue(7, author, TEXT, labels=[LABEL])
    update(fake, report({"x-spark": PASSED}))
    assert fake.issues[7].state == "open"
    update(fake, report({"x-spark": FAILED}))
    assert len(fake.issues) == 2


def test_without_post_nothing_is_written(fake: FakeGitHub) -> None:
    assert steps(update(fake, report({"x-spark": FAILED}), post=False)) == {"x-spark": "open"}
    assert writes(fake) == []


def test_one_run_opens_a_limited_number_of_issues(fake: FakeGitHub) -> None:
    names = [f"x-{number:02}" for number in range(MOST_NEW + 3)]
    many = report(dict.fromkeys(names, FAILED))
    first = update(fake, many)
    assert sum(result.plan.step is LateStep.OPEN for result in first) == MOST_NEW
    update(fake, many)
    assert len(fake.issues) == len(names)


def test_a_refused_issue_stops_no_other(fake: FakeGitHub) -> None:
    def refuse(request: Request, response: Response) -> Response:
        return Response(422, {}, "{}") if b"x-bare" in bytes(request.body or b"") else response

    fake.tamper = refuse
    results = update(fake, report({"x-spark": FAILED, "x-bare": FAILED}))
    assert [(result.plan.name, result.error is None) for result in results] == [("x-bare", False), ("x-spark", True)]


def test_a_run_without_requests_left_stops_and_the_next_one_does_the_rest(fake: FakeGitHub) -> None:
    both = report({"x-spark": FAILED, "x-bare": FAILED})
    with pytest.raises(BudgetError):
        update(fake, both, budget=4)
    update(fake, both)
    assert sorted(issue.title[:7] for issue in fake.issues.values()) == ["x-bare ", "x-spark"]


@given(st.data())
def test_steps_that_were_taken_are_never_taken_again(data: st.DataObject) -> None:
    names = ["x-a", "x-b", "x-c"]
    results = {name: data.draw(st.sampled_from([FAILED, PASSED, UNKNOWN])) for name in names}
    found = report(results)
    mentions = {plugin.name: ["ann"] for plugin in found.late}
    issues = []
    for number, name in enumerate(data.draw(st.lists(st.sampled_from(names), max_size=5)), 1):
        series, is_open = data.draw(st.sampled_from(["1.16", "1.17"])), data.draw(st.booleans())
        text = f"<!-- commonhold late {series} {name} -->\nolder"
        issues.append(read_issue(number, text, is_open=is_open, is_declined=not is_open and data.draw(st.booleans())))
    known = {issue.number: issue for issue in issues if issue is not None}
    for plan in plan_late_issues(found, known.values(), mentions, BY, TODAY):
        if plan.step is LateStep.OPEN:
            opened = read_issue(100 + len(known), plan.body, is_open=True, is_declined=False)
            assert opened is not None
            known[opened.number] = opened
        elif plan.step is not LateStep.NOTHING:
            assert plan.number is not None
            is_open = plan.step is not LateStep.CLOSE
            known[plan.number] = replace(known[plan.number], body=plan.body, is_open=is_open)
    again = plan_late_issues(found, known.values(), mentions, BY, TODAY)
    assert {plan.step for plan in again} <= {LateStep.NOTHING}
    open_issues = [issue.name for issue in known.values() if issue.is_open]
    assert len(open_issues) == len(set(open_issues))
