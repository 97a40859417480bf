"""The gate runs against a stand-in for GitHub: it decides, posts only what is new, and never posts what is outdated."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from commonhold.cli.__main__ import main
from commonhold.github import Budget, BudgetError, GitHub, Patience
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals import GateState
from commonhold.governance.approvals.ask import ask_people, must_ask
from commonhold.governance.approvals.bypasses import find_bypasses, open_issue
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.post import Posting
from commonhold.governance.approvals.read import PullReader
from commonhold.governance.approvals.targets import Target, target_of_event
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.dialogues import on_terminal
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeIssue, FakePull, FakeServer, user
from tests.support.repositories import Repo
from tests.support.servers import serving

if TYPE_CHECKING:
    from commonhold.governance.approvals.gate_run import GateResult

SCHEMA = Path(__file__).parents[2] / "docs/reference/schemas/approvals.schema.json"
NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
LATER = [partial(NOW.__add__, timedelta(minutes=30 * number)) for number in range(3)]
REQUIRED = '[tool.commonhold.approvals]\nmode = "required"\n'


def person(login: str) -> dict[str, object]:
    return user(login, IDS[login])


@pytest.fixture
def fake(tmp_path: Path) -> FakeGitHub:
    repo = Repo.of(tmp_path / "repo", {**BASE, "pyproject.toml": BASE["pyproject.toml"] + REQUIRED})
    repo.git("switch", "-q", "-c", "topic")
    repo.commit({f"{SPARK}/x.py": "2"})
    fake = FakeGitHub(repo)
    fake.pulls[7] = FakePull(7, person("out"), "main", fake.tip("topic"))
    return fake


def github(fake: FakeGitHub, budget: int = 200) -> GitHub:
    return GitHub(fake, REPOSITORY, Budget(budget), Patience(20, lambda _: None))


def run(fake: FakeGitHub, *numbers: int) -> list[GateResult]:
    return list(run_gate(github(fake), Target(numbers), lambda: NOW))


def posted(fake: FakeGitHub) -> list[tuple[str, str, str]]:
    return [(each["context"], each["state"], each["description"]) for each in fake.statuses]


def test_the_two_stages_from_the_first_run_to_success(fake: FakeGitHub) -> None:
    pull = fake.pulls[7]
    run(fake)
    pull.review(person("ann"), at="2026-03-01T13:00:00Z")
    run(fake)
    pull.review(person("kim"), at="2026-03-01T14:00:00Z")
    (last,) = run(fake)
    assert last.state is GateState.SUCCESS
    assert posted(fake) == [
        ("approvals (main)", "pending", "Waiting for @ann or @bo (spark)"),
        ("approvals (main)", "pending", "Plugin side done. Core: your approval is the last step"),
        ("approvals (main)", "success", "Done: @ann (spark), then @kim (core)"),
    ]
    assert all(each["url"].endswith(fake.tip("topic")) for each in fake.statuses)


def test_the_same_decision_is_posted_once(fake: FakeGitHub) -> None:
    assert [result.posting for result in (*run(fake), *run(fake))] == [Posting.POSTED, Posting.UNCHANGED]
    assert len(fake.statuses) == 1


def test_a_push_makes_approvals_stale(fake: FakeGitHub) -> None:
    pull = fake.pulls[7]
    pull.review(person("ann"), at="2026-03-01T13:00:00Z")
    pull.review(person("kim"), at="2026-03-01T14:00:00Z")
    assert run(fake)[0].state is GateState.SUCCESS
    pull.head = fake.repo.commit({f"{SPARK}/x.py": "3"})
    assert run(fake)[0].state is GateState.PENDING


def test_in_shadow_mode_nothing_is_posted(fake: FakeGitHub) -> None:
    fake.repo.git("switch", "-q", "main")
    fake.repo.commit({"pyproject.toml": BASE["pyproject.toml"]})
    (result,) = run(fake)
    assert (result.state, result.posting) == (GateState.PENDING, None)
    assert [request.method for request in fake.requests if request.method != "GET"] == []


def test_nothing_is_posted_for_a_head_that_moved_meanwhile(fake: FakeGitHub) -> None:
    def push(request: Request, response: Response) -> Response:
        if request.path.startswith(f"/repos/{REPOSITORY}/pulls?"):  # after the list, before the pull request is read
            fake.pulls[7].head = fake.repo.commit({f"{SPARK}/x.py": "3"})
        return response

    fake.tamper = push
    (result,) = run(fake)
    assert result.posting is Posting.OUTDATED
    assert fake.statuses == []


def queue(fake: FakeGitHub, *numbers: int) -> list[str]:
    """Build merge groups as GitHub does: each pull request is merged into the group before it."""
    onto, heads = fake.tip("main"), []
    for number in numbers:
        tree = fake.repo.git("merge-tree", "--write-tree", onto, fake.pulls[number].head)
        head = fake.repo.git("commit-tree", tree, "-p", onto, "-m", "Merge #1 and #2")
        fake.repo.git("update-ref", f"refs/heads/gh-readonly-queue/main/pr-{number}-{onto}", head)
        heads.append(head)
        onto = head
    return heads


def approve(fake: FakeGitHub, number: int) -> None:
    for login, hour in (("ann", 13), ("kim", 14)):
        fake.pulls[number].review(person(login), at=f"2026-03-01T{hour}:00:00Z")


@pytest.fixture
def two(fake: FakeGitHub) -> FakeGitHub:
    fake.repo.git("switch", "-q", "-c", "other", "main")
    fake.pulls[9] = FakePull(9, person("out"), "main", fake.repo.commit({f"{SPARK}/y.py": "9"}))
    return fake


def states(fake: FakeGitHub) -> dict[str, str]:
    return {each["url"].rpartition("/")[2]: each["state"] for each in fake.statuses}


def test_a_merge_group_passes_if_each_of_its_pull_requests_does(two: FakeGitHub) -> None:
    approve(two, 7)
    first, second = queue(two, 7, 9)
    run(two)
    assert (states(two)[first], states(two)[second]) == ("success", "pending")
    approve(two, 9)
    run(two)
    assert states(two)[second] == "success"


def test_an_event_of_a_merge_group_is_about_that_group_alone(two: FakeGitHub) -> None:
    _, second = queue(two, 7, 9)
    results = list(run_gate(github(two), Target(heads=frozenset({second})), lambda: NOW))
    assert [result.numbers for result in results] == [(7, 9)]


def test_a_merge_group_with_an_unknown_pull_request_is_pending(two: FakeGitHub) -> None:
    for number in (7, 9):
        approve(two, number)
    first, second = queue(two, 7, 9)
    two.repo.git("update-ref", "-d", f"refs/heads/gh-readonly-queue/main/pr-7-{two.tip('main')}")
    results = {result.numbers: result for result in run(two)}
    assert results[()].state is GateState.PENDING
    assert not {first, second} & states(two).keys()


def test_a_run_that_read_older_data_does_not_replace_a_newer_status(fake: FakeGitHub) -> None:
    pull = fake.pulls[7]
    reads: list[Request] = []

    def finish_another_run(request: Request, response: Response) -> Response:
        if request.path.endswith("/pulls/7") and not reads:
            reads.append(request)
            fake.tamper = lambda _, same: same
            pull.review(person("ann"), at="2026-03-01T13:00:00Z")
            pull.review(person("kim"), at="2026-03-01T14:00:00Z")
            assert run(fake)[0].state is GateState.SUCCESS
            pull.review(person("kim"), "DISMISSED", at="2026-03-01T15:00:00Z")
        return response

    fake.tamper = finish_another_run
    (result,) = run(fake)
    assert result.state is GateState.PENDING
    assert posted(fake)[-1][1] == "pending"


def test_what_a_maintainer_writes_during_the_reads_is_read_at_once(fake: FakeGitHub) -> None:
    approve(fake, 7)

    def write(request: Request, response: Response) -> Response:
        if "/timeline?" in request.path and not fake.pulls[7].comments:
            fake.pulls[7].comment(person("bo"), "Thank you.")
        return response

    fake.tamper = write
    assert run(fake)[0].state is GateState.SUCCESS


def test_two_runs_that_post_at_the_same_time_evaluate_again(fake: FakeGitHub) -> None:
    """Another run that read newer data posts between the last look at the statuses and the post."""
    pull = fake.pulls[7]
    approve(fake, 7)

    def post_before(request: Request, response: Response) -> Response:
        if request.method == "POST" and len(fake.statuses) == 1:
            pull.review(person("kim"), "DISMISSED", at="2026-03-01T15:00:00Z")
            newer = {**fake.statuses[0], "id": 1, "state": "pending", "description": "Core"}
            fake.statuses.insert(0, newer)
            fake.statuses[1]["id"] = 2
            return Response(201, {}, json.dumps(fake.statuses[1]))
        return response

    fake.tamper = post_before
    (result,) = run(fake)
    assert (result.state, posted(fake)[-1][1]) == (GateState.PENDING, "pending")


def about(fake: FakeGitHub, payload: dict[str, object]) -> list[tuple[int, ...]]:
    """Run the gate for an event, and return which pull requests it evaluated."""
    results = run_gate(github(fake), target_of_event(json.dumps(payload).encode()), lambda: NOW)
    return [result.numbers for result in results]


@pytest.mark.parametrize("leaving", ["closed", "edited", "synchronize"])
def test_a_pull_request_that_leaves_others_with_its_head_no_longer_counts_for_them(
    two: FakeGitHub, leaving: str
) -> None:
    head = two.tip("topic")
    two.pulls[8] = FakePull(8, person("lee"), "main", head)
    approve(two, 7)
    assert [result.state for result in run(two, 7)] == [GateState.PENDING]
    payload: dict[str, object] = {"action": leaving, "pull_request": {"number": 8, "head": {"sha": head}}}
    if leaving == "closed":
        two.pulls[8].state = "closed"
    elif leaving == "edited":
        two.repo.git("branch", "release", "main")
        two.protected.add("release")
        two.pulls[8].base = "release"
    else:
        two.pulls[8].head = two.repo.commit({f"{SPARK}/z.py": ""})
        payload = {**payload, "before": head, "pull_request": {"number": 8, "head": {"sha": two.pulls[8].head}}}
    assert {*about(two, payload)} == {(7,)} | ({(8,)} if leaving != "closed" else set())
    own = [each for each in two.statuses if each["context"] == "approvals (main)" and each["url"].endswith(head)]
    assert [each["state"] for each in own] == ["pending", "success"]


def test_an_event_of_a_closed_pull_request_alone_is_about_none(two: FakeGitHub) -> None:
    two.pulls[7].state = "closed"
    pull = {"number": 7, "head": {"sha": two.pulls[7].head}}
    assert about(two, {"action": "closed", "pull_request": pull}) == []
    assert two.statuses == []


def test_a_pull_request_that_cannot_be_read_loses_its_success_and_stops_no_other(fake: FakeGitHub) -> None:
    for login, hour in (("ann", 13), ("kim", 14)):
        fake.pulls[7].review(person(login), at=f"2026-03-01T{hour}:00:00Z")
    fake.repo.git("switch", "-q", "-c", "other", "main")
    fake.pulls[9] = FakePull(9, person("out"), "main", fake.repo.commit({f"{SPARK}/y.py": "9"}))
    assert run(fake, 7)[0].state is GateState.SUCCESS
    fake.tamper = lambda request, same: Response(200, {}, "{}") if "/pulls/7/reviews" in request.path else same
    results = {result.numbers: result for result in run(fake)}
    assert results[7,].error is not None
    assert results[9,].error is None
    assert [state for context, state, text in posted(fake) if "Could not read" in text] == ["pending"]


def test_a_run_stops_when_its_requests_are_spent(fake: FakeGitHub) -> None:
    with pytest.raises(BudgetError):
        list(run_gate(github(fake, 12), Target(), lambda: NOW))
    assert len(fake.requests) == 12


def test_a_sweep_begins_with_what_changed_and_what_passed(fake: FakeGitHub) -> None:
    for number in range(8, 16):
        fake.repo.git("switch", "-q", "-c", f"topic-{number}", "main")
        fake.pulls[number] = FakePull(number, person("out"), "main", fake.repo.commit({f"{SPARK}/y.py": f"{number}"}))
    approve(fake, 12)
    run(fake, 12)
    fake.pulls[15].updated = "2026-03-02T11:30:00Z"
    orders = [[result.numbers[0] for result in run_gate(github(fake, 600), Target(), at)] for at in LATER]
    assert [order[:2] for order in orders] == [[15, 12]] * len(LATER)
    assert [sorted(order) for order in orders] == [[*range(7, 16)]] * len(LATER)
    assert len({order[2] for order in orders}) > 1


def test_people_who_are_next_are_asked_once(fake: FakeGitHub) -> None:
    client = github(fake)
    first = evaluate_pull_request(PullReader(client), 7, NOW)
    assert must_ask(first)
    ask_people(client, first)
    assert must_ask(evaluate_pull_request(PullReader(client), 7, NOW)) is False
    assert len(fake.pulls[7].comments) == 1
    assert "@ann" in fake.pulls[7].comments[0]["body"]


def test_a_review_is_requested_where_github_allows_it(fake: FakeGitHub) -> None:
    fake.collaborators = {"ann": IDS["ann"], "bo": IDS["bo"]}
    client = github(fake)
    ask_people(client, evaluate_pull_request(PullReader(client), 7, NOW))
    assert (fake.pulls[7].requested, fake.pulls[7].comments) == (["ann", "bo"], [])
    assert must_ask(evaluate_pull_request(PullReader(client), 7, NOW)) is False


def test_people_are_addressed_by_the_present_login_of_their_id(fake: FakeGitHub) -> None:
    fake.accounts[IDS["ann"]] = user("ann-new", IDS["ann"])  # and `ann` may belong to somebody else now
    fake.accounts[IDS["bo"]] = user("bo", 999)
    client = github(fake)
    decision = evaluate_pull_request(PullReader(client), 7, NOW)
    ask_people(client, decision)
    marker, _, text = fake.pulls[7].comments[0]["body"].partition("\n")
    assert re.findall(r"@[\w-]+", text) == ["@ann-new"]
    assert "bo (not mentioned: GitHub does not confirm that this is the listed account)" in text
    assert f"{IDS['ann']}@" in marker
    assert f"{IDS['bo']}@" not in marker  # silence of somebody who was not asked is no consent
    fake.requests.clear()
    ask_people(client, evaluate_pull_request(PullReader(client), 7, NOW))
    assert {request.method for request in fake.requests} == {"GET"}
    assert not any(request.path.startswith("/user/") for request in fake.requests)  # each account is read once


def test_reviews_are_requested_by_the_present_login(fake: FakeGitHub) -> None:
    fake.collaborators = {"ann-new": IDS["ann"], "bo": IDS["bo"]}
    fake.accounts[IDS["ann"]] = user("ann-new", IDS["ann"])
    del fake.accounts[IDS["bo"]]
    client = github(fake)
    _, refused = ask_people(client, evaluate_pull_request(PullReader(client), 7, NOW))
    assert (fake.pulls[7].requested, fake.pulls[7].comments) == (["ann-new"], [])
    assert refused == ("cannot request a review by bo: no account has the listed id",)


def merged(fake: FakeGitHub, number: int = 7) -> FakeGitHub:
    fake.pulls[number].state, fake.pulls[number].merged_at = "closed", "2026-03-02T11:00:00Z"
    return fake


def test_a_merge_without_the_status_is_found_and_reported_once(fake: FakeGitHub) -> None:
    client = github(merged(fake))
    (bypass,) = find_bypasses(client, NOW)
    assert "#7 was merged into `main` at 2026-03-02 11:00 UTC" in bypass.describe()
    assert [open_issue(client, bypass), open_issue(client, bypass)] == [True, False]
    (issue,) = fake.issues.values()
    assert (issue.labels, "governance/ledger" in (issue.body or "")) == (["merged-without-approval"], True)


def test_a_stranger_cannot_hide_a_bypass_behind_an_issue(fake: FakeGitHub) -> None:
    client = github(merged(fake))
    (bypass,) = find_bypasses(client, NOW)
    fake.issues[50] = FakeIssue(50, person("out"), f"{bypass.marker}\n", "closed", ["merged-without-approval"])
    assert open_issue(client, bypass)


def test_a_merge_that_passed_is_no_bypass(fake: FakeGitHub) -> None:
    approve(fake, 7)
    run(fake)
    assert find_bypasses(github(merged(fake)), NOW) == ()


def test_a_merge_into_a_branch_without_the_gate_is_no_bypass(fake: FakeGitHub) -> None:
    fake.repo.git("switch", "-q", "main")
    fake.repo.commit({"pyproject.toml": BASE["pyproject.toml"]})
    assert find_bypasses(github(merged(fake)), NOW) == ()


def test_an_old_merge_is_not_reported_again(fake: FakeGitHub) -> None:
    assert find_bypasses(github(merged(fake)), NOW + timedelta(days=2)) == ()


def commonhold(fake: FakeGitHub, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    with serving(FakeServer(fake)) as server:
        environment = {"GITHUB_API_URL": server.address, "GITHUB_TOKEN": "secret", "GITHUB_REPOSITORY": REPOSITORY}
        return subprocess.run(
            [sys.executable, "-m", "commonhold.cli", "approvals", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment, **variables},
        )


def test_the_command_posts_what_an_event_is_about(fake: FakeGitHub, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": {"head_sha": fake.tip("topic")}}))
    names = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    names.update(GITHUB_SERVER_URL="https://github.com", GITHUB_RUN_ID="42")
    found = commonhold(fake, "--event", "--post", "--github", GITHUB_EVENT_PATH=str(tmp_path / "event.json"), **names)
    assert found.stdout == "#7 pending (posted): Waiting for @ann or @bo (spark)\n"
    assert (found.stderr, found.returncode) == ("", 0)
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "ask=7\n"
    assert fake.statuses[0]["target_url"] == f"https://github.com/{REPOSITORY}/actions/runs/42?pr=7"
    assert "## Approvals of #7: pending" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()


def test_people_are_asked_although_the_merges_cannot_be_read(fake: FakeGitHub, tmp_path: Path) -> None:
    fake.tamper = lambda request, same: Response(200, {}, "{}") if "state=closed" in request.path else same
    names = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    found = commonhold(fake, "--all", "--post", "--github", **names)
    assert found.returncode == 4
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "ask=7\n"


def test_the_explanation_is_laid_out_on_a_terminal_and_markdown_elsewhere(fake: FakeGitHub, tmp_path: Path) -> None:
    words = ("--pr", "7", "--explain")
    assert "| <code>plugins/community/spark</code> |" in commonhold(fake, *words).stdout
    command = [sys.executable, "-m", "commonhold.cli", "approvals", *words]
    with serving(FakeServer(fake)) as server:
        variables = {**os.environ, "GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": REPOSITORY}
        with on_terminal(command, tmp_path, variables) as program:
            assert program.finish() == 1
    assert "Why it is pending" in program.shown
    assert "<code>" not in program.shown


def test_a_recording_gives_the_same_decision_without_a_connection(fake: FakeGitHub, tmp_path: Path) -> None:
    file = str(tmp_path / "pull.json")
    recorded = commonhold(fake, "--pr", "7", "--json", "--record", file)
    replayed = commonhold(fake, "--replay", file, "--json", GITHUB_API_URL="http://127.0.0.1:1")
    assert recorded.stdout == replayed.stdout
    jsonschema.validate(json.loads(recorded.stdout), json.loads(SCHEMA.read_text()))
    assert json.loads(recorded.stdout)["pulls"][0]["status"] == "Waiting for @ann or @bo (spark)"
    assert "secret" not in (tmp_path / "pull.json").read_text()
    assert (recorded.returncode, replayed.returncode) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--pr", "1", "--all"),
        ("--all",),
        ("--event",),
        ("--pr", "1", "--post", "--ask"),
        ("--pr", "1", "--pr", "2", "--record", "x"),
        ("--replay", "x", "--post"),
        ("--replay", "missing.json"),
        ("--pr", "0"),
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_refused(words: tuple[str, ...]) -> None:
    assert main(["approvals", *words]) == 2


def test_a_number_without_a_pull_request_is_refused(fake: FakeGitHub) -> None:
    found = commonhold(fake, "--pr", "99")
    assert found.returncode == 2
    assert "has no pull request 99" in found.stderr
