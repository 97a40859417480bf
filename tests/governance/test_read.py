"""A pull request is read from GitHub completely and twice; what differs or is missing is reported, never decided on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import ToolError, UsageError
from commonhold.github import Budget, GitHub, Patience, ResponseError
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals.facts import Account, ChangedFile, PullCommit
from commonhold.governance.approvals.read import PullReader
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakePull, user
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commonhold.governance.approvals.read import ReadPullRequest

OCTOCAT = user("octocat", 583231)
SETTINGS = '[tool.commonhold]\ncore = { distribution = "flytekit" }\n'


@pytest.fixture
def fake(tmp_path: Path) -> FakeGitHub:
    repo = Repo.of(
        tmp_path / "repo", {"pyproject.toml": SETTINGS, "plugins/a/x.py": "a\n", "plugins/a/y.py": "y\n" * 9}
    )
    repo.git("switch", "-q", "-c", "topic")
    repo.git("mv", "plugins/a/y.py", "plugins/a/z.py")
    repo.commit({"plugins/a/x.py": "b\n"})
    fake = FakeGitHub(repo)
    fake.pulls[7] = FakePull(7, OCTOCAT, "main", fake.tip("topic"))
    fake.pulls[7].review(user("monalisa", 2))
    fake.pulls[7].comment(OCTOCAT, "Please look.")
    fake.pulls[7].happened("base_ref_changed", OCTOCAT)
    fake.pulls[7].timeline.append({"event": "committed", "sha": fake.tip("topic")})
    return fake


def read(fake: FakeGitHub) -> ReadPullRequest:
    github = GitHub(fake, REPOSITORY, Budget(100), Patience(20, lambda _: None))
    return PullReader(github).read(7)


def test_the_facts_are_those_of_github_and_git(fake: FakeGitHub) -> None:
    found = read(fake)
    facts, repo = found.facts, fake.repo
    assert facts.unread == ()
    assert facts.author == Account("octocat", 583231)
    assert (facts.base_tip, facts.merge_base, facts.head_sha) == (fake.tip("main"), fake.tip("main"), fake.tip("topic"))
    assert facts.base_protected
    assert facts.files == (
        ChangedFile("plugins/a/x.py", None, "modified", repo.git("rev-parse", "topic:plugins/a/x.py")),
        ChangedFile("plugins/a/z.py", "plugins/a/y.py", "renamed", repo.git("rev-parse", "topic:plugins/a/z.py")),
    )
    assert facts.commits == (PullCommit(fake.tip("topic"), 583231, 583231, (fake.tip("main"),)),)
    assert [(review.account, review.state, review.commit_id) for review in facts.reviews] == [
        (Account("monalisa", 2), "APPROVED", fake.tip("topic"))
    ]
    assert [comment.body for comment in facts.comments] == ["Please look."]
    assert [event.kind for event in facts.timeline] == ["base_ref_changed"]
    assert facts.settings_changed is False
    assert found.head.read(["plugins/a/x.py"]) == {"plugins/a/x.py": b"b\n"}


def test_trailers_are_read_to_be_shown(fake: FakeGitHub) -> None:
    fake.pulls[7].head = fake.repo.commit({"x": ""}, message="Change\n\nCo-authored-by: Mona Lisa <mona@example.com>")
    assert read(fake).facts.commits[-1].trailers == ("Mona Lisa <mona@example.com>",)


def test_base_is_the_tip_of_the_branch_and_not_of_the_payload(fake: FakeGitHub) -> None:
    fake.repo.git("switch", "-q", "main")
    newest = fake.repo.commit({"README.md": "new\n"})
    facts = read(fake).facts
    assert facts.base_tip == newest
    assert facts.merge_base == fake.repo.git("rev-parse", "main~1")


@pytest.mark.parametrize(
    ("content", "changed"),
    [
        (SETTINGS + "[tool.ruff]\n", False),
        (SETTINGS.replace("flytekit", "other"), True),
        ("[tool.ruff]\n", True),
        ("[broken", True),
        (SETTINGS.replace('"flytekit"', '"flytekit", strict = true'), True),
        (SETTINGS + "#" * (1 << 20), True),
    ],
)
def test_only_a_change_of_the_settings_counts_as_one(fake: FakeGitHub, content: str, *, changed: bool) -> None:
    fake.pulls[7].head = fake.repo.commit({"pyproject.toml": content})
    assert read(fake).facts.settings_changed is changed


def test_a_value_of_another_type_is_a_change_of_the_settings(fake: FakeGitHub) -> None:
    fake.repo.git("switch", "-q", "main")
    fake.repo.commit({"pyproject.toml": SETTINGS + "[tool.commonhold.approvals]\nordered = true\n"})
    fake.repo.git("switch", "-q", "topic")
    fake.repo.git("reset", "-q", "--hard", "main")
    fake.pulls[7].head = fake.repo.commit({"pyproject.toml": SETTINGS + "[tool.commonhold.approvals]\nordered = 1\n"})
    assert read(fake).facts.settings_changed


def test_a_number_without_a_pull_request_is_a_usage_error(fake: FakeGitHub) -> None:
    del fake.pulls[7]
    with pytest.raises(UsageError, match="no pull request 7"):
        read(fake)


def once(path: str, edit: Callable[[Response], Response], after: int = 0) -> Callable[[Request, Response], Response]:
    """Change one response to requests whose path ends this way: the first, or one after it."""
    seen = iter(range(1000))

    def tamper(request: Request, response: Response) -> Response:
        return edit(response) if request.path.split("?")[0].endswith(path) and next(seen) == after else response

    return tamper


def emptied(response: Response) -> Response:
    return Response(200, {}, "[]")


@pytest.mark.parametrize("name", ["files", "commits", "reviews", "comments", "timeline"])
def test_a_list_that_is_shorter_in_the_last_response_is_reported(fake: FakeGitHub, name: str) -> None:
    fake.tamper = once(f"/{name}", emptied, 1)
    assert name in {unread.what for unread in read(fake).facts.unread}


@pytest.mark.parametrize("name", ["files", "commits", "reviews", "comments", "timeline"])
def test_a_list_that_is_shorter_in_the_first_response_is_reported(fake: FakeGitHub, name: str) -> None:
    fake.tamper = once(f"/{name}", emptied)
    assert name in {unread.what for unread in read(fake).facts.unread}


def test_a_review_that_changes_between_the_reads_is_reported(fake: FakeGitHub) -> None:
    def dismissed(response: Response) -> Response:
        return Response(200, {}, response.body.replace("APPROVED", "DISMISSED"))

    fake.tamper = once("/reviews", dismissed, 1)
    assert [unread.what for unread in read(fake).facts.unread] == ["reviews"]


def test_a_comment_by_anybody_during_the_reads_concerns_its_author_alone(fake: FakeGitHub) -> None:
    def comment(request: Request, response: Response) -> Response:
        if request.path.endswith("/pulls/7"):  # before the comments are read
            fake.pulls[7].comment(user("out", 100), "me too")
        return response

    fake.tamper = comment
    facts = read(fake).facts
    assert {unread.people for unread in facts.unread} == {frozenset({100})}
    assert len(facts.comments) == 3


@pytest.mark.parametrize("last", [False, True])
def test_a_comment_that_its_author_edits_or_deletes_concerns_its_author_alone(fake: FakeGitHub, last: bool) -> None:
    fake.pulls[7].comment(user("out", 100), "me too")
    fake.pulls[7].happened("commented", user("out", 100))

    def delete(request: Request, response: Response) -> Response:
        if request.path.endswith("/pulls/7") and len(fake.requests) > 5 * last:
            fake.pulls[7].comments[1:] = fake.pulls[7].timeline[2:] = []
        return response

    fake.tamper = delete if last else once("/comments", lambda same: Response(200, {}, same.body.replace("too", "2")))
    assert {unread.people for unread in read(fake).facts.unread} == {frozenset({100})}


def test_a_review_that_an_outsider_withdraws_concerns_its_author_alone(fake: FakeGitHub) -> None:
    fake.pulls[7].review(user("out", 100), "COMMENTED")

    def withdraw(request: Request, response: Response) -> Response:
        if "/timeline?" in request.path:
            del fake.pulls[7].reviews[1:]
        return response

    fake.tamper = withdraw
    assert [(unread.what, unread.people) for unread in read(fake).facts.unread] == [("reviews", frozenset({100}))]


def test_a_change_of_a_file_that_the_base_branch_moved_must_be_updated(fake: FakeGitHub) -> None:
    fake.repo.git("switch", "-q", "main")
    fake.repo.git("mv", "plugins/a", "plugins/b")
    fake.repo.commit({})
    (unread,) = read(fake).facts.unread
    assert unread.why == "merge the base branch, which moved or deleted 'plugins/a/x.py'"


@pytest.mark.parametrize("name", ["files", "commits", "comments"])
def test_a_list_that_is_always_too_short_is_reported(fake: FakeGitHub, name: str) -> None:
    fake.tamper = lambda request, response: emptied(response) if f"/{name}?" in request.path else response
    assert {unread.what for unread in read(fake).facts.unread} == {name}


@pytest.mark.parametrize("after", [0, 1])
def test_a_head_that_moves_is_reported(fake: FakeGitHub, after: int) -> None:
    def older(response: Response) -> Response:
        document = json.loads(response.body)
        document["head"]["sha"] = fake.tip("main")
        return Response(200, {}, json.dumps(document))

    fake.tamper = once("/pulls/7", older, after)
    assert "pull" in {unread.what for unread in read(fake).facts.unread}


def test_an_error_in_the_second_read_is_reported(fake: FakeGitHub) -> None:
    fake.tamper = once("/pulls/7/reviews", lambda _: Response(404, {}, "{}"), after=1)
    assert [unread.what for unread in read(fake).facts.unread] == ["the pull request"]


@pytest.mark.parametrize(
    ("path", "edit"),
    [
        ("/pulls/7", {"draft": None}),
        ("/pulls/7", {"changed_files": "2"}),
        ("/branches/main", {"protected": 1}),
        ("/branches/main", {"commit": {}}),
    ],
)
def test_a_field_that_is_missing_or_mistyped_is_an_error(fake: FakeGitHub, path: str, edit: dict[str, object]) -> None:
    def change(response: Response) -> Response:
        return Response(200, {}, json.dumps({**json.loads(response.body), **edit}))

    fake.tamper = once(path, change)
    with pytest.raises(ResponseError):
        read(fake)


def test_more_files_than_github_lists_are_reported(fake: FakeGitHub) -> None:
    def claim(response: Response) -> Response:
        return Response(200, {}, json.dumps({**json.loads(response.body), "changed_files": 3001}))

    fake.tamper = lambda request, response: claim(response) if request.path.endswith("/pulls/7") else response
    assert [str(unread.why) for unread in read(fake).facts.unread] == ["GitHub lists at most 3000 of 3001"]


def test_a_first_read_that_fails_is_an_error_of_a_tool(fake: FakeGitHub) -> None:
    fake.tamper = lambda request, response: Response(500, {}, "") if "reviews" in request.path else response
    with pytest.raises(ToolError):
        read(fake)


def test_a_list_of_files_that_is_not_the_difference_of_the_trees_is_reported(fake: FakeGitHub) -> None:
    def another(response: Response) -> Response:
        files = json.loads(response.body)
        files[0]["filename"] = "plugins/b/x.py"
        return Response(200, {}, json.dumps(files))

    fake.tamper = lambda request, response: another(response) if "/files?" in request.path else response
    assert [str(unread.why) for unread in read(fake).facts.unread] == ["the list differs from the trees of the commits"]
