"""The client reads all pages, waits only as long as it may, and sends its token to one address."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.errors import UsageError
from commonhold.github import (
    Budget,
    BudgetError,
    GitHub,
    GitHubUnreachableError,
    HttpTransport,
    NotFoundError,
    Patience,
    RateLimitError,
    RecordedTransport,
    Recorder,
    Recording,
    ResponseError,
    decode_recording,
    encode_recording,
)
from commonhold.github.transport import Request, Response
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakePull, FakeServer, user
from tests.support.servers import serving

if TYPE_CHECKING:
    from tests.support.repositories import Repo


NO_REPOSITORY: Any = None


class Item(msgspec.Struct, frozen=True):
    id: int


class Scripted:
    """A transport that sends prepared responses, and repeats the last one."""

    def __init__(self, *responses: Response) -> None:
        self.responses = list(responses)
        self.sent: list[str] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request.path)
        return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]


OK = Response(200, {}, '{"id": 1}')


def github(
    transport: Scripted | FakeGitHub | HttpTransport | RecordedTransport | Recorder, budget: int = 100
) -> GitHub:
    return GitHub(transport, REPOSITORY, Budget(budget), Patience(20, lambda _: None))


@pytest.fixture
def fake(repo: Repo) -> FakeGitHub:
    fake = FakeGitHub(repo, most_per_page=7)
    fake.pulls[1] = FakePull(1, user("octocat", 583231), "main", repo.git("rev-parse", "main"))
    for number in range(30):
        fake.pulls[1].comment(user("octocat", 583231), f"{number}")
    return fake


def test_all_pages_of_a_list_are_read_over_http_with_the_token(fake: FakeGitHub) -> None:
    with serving(FakeServer(fake)) as server:
        items = github(HttpTransport(server.address, "secret")).read_pages("/issues/1/comments", Item)
    assert [item.id for item in items] == list(range(1000, 1030))
    assert server.tokens == ["Bearer secret"] * 5


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 29)), max_size=30), st.integers(0, 3))
def test_an_item_is_not_missed_while_others_are_deleted_and_added(deletions: list[tuple[int, int]], more: int) -> None:
    fake = FakeGitHub(NO_REPOSITORY, most_per_page=7)
    pull = fake.pulls[1] = FakePull(1, user("octocat", 583231), "main", "0" * 40)
    for number in range(30):
        pull.comment(user("octocat", 583231), f"{number}")
    deleted = {1000 + number for _, number in deletions}

    def delete(_: Request, response: Response) -> Response:
        gone = {1000 + number for when, number in deletions if when == len(fake.requests)}
        pull.comments[:] = [each for each in pull.comments if each["id"] not in gone]
        for number in range(more):
            pull.comments.append({**pull.comments[0], "id": 5000 + 10 * len(fake.requests) + number})
        return response

    pull.comments.append({**pull.comments[0], "id": 1030})
    fake.tamper = delete
    found = [item.id for item in github(fake).read_log("/issues/1/comments", Item)]
    assert [id_ for id_ in found if id_ < 5000 and id_ not in deleted] == [
        id_ for id_ in range(1000, 1031) if id_ not in deleted
    ]
    assert len(found) == len({*found})


@pytest.mark.parametrize("link", ["", '<https://api.example/repos/a/b/x?cursor=2>; rel="last"'])
def test_a_list_without_numbered_pages_is_read_in_its_order(link: str) -> None:
    more = '<https://api.example/repositories/1/x?cursor=2>; rel="next"'
    header = {"link": f"{more}, {link}" if link else more}
    transport = Scripted(Response(200, header, '[{"id": 1}]'), Response(200, {}, '[{"id": 2}]'))
    assert [item.id for item in github(transport).read_log("/x", Item)] == [1, 2]


def test_a_list_with_too_many_pages_is_refused_before_it_is_read() -> None:
    transport = Scripted(Response(200, {"link": '<https://api.example/repositories/1/x?page=61>; rel="last"'}, "[]"))
    with pytest.raises(ResponseError, match="more than 60 pages"):
        github(transport).read_log("/x", Item)
    assert len(transport.sent) == 1


def test_a_next_page_of_another_list_is_refused() -> None:
    for link in ("https://evil.example/repos/a/b/issues/2/comments", "https://api.example/user/repos"):
        transport = Scripted(Response(200, {"link": f'<{link}?page=2>; rel="next"'}, "[]"))
        with pytest.raises(ResponseError, match="another list"):
            github(transport).read_pages("/issues/1/comments", Item)


def test_links_may_name_the_repository_by_its_number() -> None:
    link = "https://api.example/repositories/42/issues/1/comments"
    transport = Scripted(
        Response(200, {"link": f'<{link}?page=2>; rel="next"'}, '[{"id": 1}]'), Response(200, {}, "[]")
    )
    assert github(transport).read_pages("/issues/1/comments", Item) == (Item(1),)
    assert transport.sent[1] == f"/repos/{REPOSITORY}/issues/1/comments?page=2"


def test_links_may_name_an_organization_and_a_team_by_their_numbers() -> None:
    link = "https://api.example/organizations/3/team/5/members"
    first = Response(200, {"link": f'<{link}?page=2>; rel="next"'}, '[{"id": 1}]')
    transport = Scripted(first, Response(200, {}, "[]"))
    assert github(transport).read_organization_pages("/teams/core/members", Item) == (Item(1),)
    assert transport.sent[1] == f"/orgs/{REPOSITORY.partition('/')[0]}/teams/core/members?page=2"
    other = Response(200, {"link": '<https://api.example/organizations/3/team/5/repos?page=2>; rel="next"'}, "[]")
    with pytest.raises(ResponseError, match="another list"):
        github(Scripted(other)).read_organization_pages("/teams/core/members", Item)


def test_an_endless_list_ends() -> None:
    link = "https://api.example/repos/a/b/pulls?page=2"
    transport = Scripted(Response(200, {"link": f'<{link}>; rel="next"'}, "[]"))
    with pytest.raises(ResponseError, match="more than 60 pages"):
        github(transport).read_pages("/pulls", Item)


def test_a_server_error_is_retried_and_then_reported() -> None:
    assert github(Scripted(Response(502, {}, ""), OK)).read("/pulls/1", Item) == Item(1)
    with pytest.raises(GitHubUnreachableError, match="HTTP 502"):
        github(Scripted(Response(502, {}, ""))).read("/pulls/1", Item)


def test_a_change_is_never_sent_twice() -> None:
    transport = Scripted(Response(502, {}, ""))
    with pytest.raises(GitHubUnreachableError):
        github(transport).write("POST", "/statuses/1", {}, Item)
    assert len(transport.sent) == 1


@pytest.mark.parametrize(
    "response",
    [
        Response(429, {"retry-after": "5"}, ""),
        Response(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 5)}, ""),
    ],
)
def test_a_short_rate_limit_is_waited_for(response: Response) -> None:
    assert github(Scripted(response, OK)).read("/pulls/1", Item) == Item(1)


@pytest.mark.parametrize(
    "response",
    [
        Response(429, {"retry-after": "3600"}, ""),
        Response(403, {}, '{"message": "You have exceeded a secondary rate limit"}'),
        Response(403, {"x-ratelimit-remaining": "0"}, ""),
    ],
)
def test_a_long_rate_limit_names_the_time_when_it_ends(response: Response) -> None:
    with pytest.raises(RateLimitError, match=r"until \d\d:\d\d UTC"):
        github(Scripted(response)).read("/pulls/1", Item)


def test_the_number_of_requests_is_limited() -> None:
    client = github(Scripted(OK), budget=2)
    client.read("/pulls/1", Item)
    client.read("/pulls/1", Item)
    with pytest.raises(BudgetError):
        client.read("/pulls/1", Item)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"id": "1"}', '{"id": true}', '{"id": 1.5}', "[" * 100_000, '{"id": 1'], ids=range(8)
)
def test_a_response_of_another_form_is_refused(body: str) -> None:
    with pytest.raises(ResponseError, match="/pulls/1"):
        github(Scripted(Response(200, {}, body))).read("/pulls/1", Item)


def test_unknown_fields_are_ignored() -> None:
    assert github(Scripted(Response(200, {}, '{"new": [], "id": 1}'))).read("/pulls/1", Item) == Item(1)


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (301, ResponseError), (401, ResponseError)])
def test_other_statuses_are_errors(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        github(Scripted(Response(status, {}, "{}"))).read("/pulls/1", Item)


@pytest.mark.parametrize("name", ["", "flytekit", "a/b/c", "../x", "a/b?x", "-a/b", "a/b#c"])
def test_only_a_repositorys_name_is_accepted(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name"):
        GitHub(Scripted(OK), name, Budget(1))


def test_a_recording_answers_as_github_did(fake: FakeGitHub) -> None:
    recorder = Recorder(fake)
    first = github(recorder).read_pages("/issues/1/comments", Item)
    recording = Recording(1, REPOSITORY, 1, datetime(2026, 3, 1, tzinfo=timezone.utc), recorder.exchanges)
    again = decode_recording(encode_recording(recording), "x.json")
    assert again == recording
    client = github(RecordedTransport(again.exchanges))
    assert client.read_pages("/issues/1/comments", Item) == first
    with pytest.raises(UsageError, match="no response for GET"):
        client.read("/pulls/1", Item)


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"schema": 1}', json.dumps([1]).encode()])
def test_a_file_that_is_no_recording_is_refused(raw: bytes) -> None:
    with pytest.raises(UsageError, match=r"x\.json"):
        decode_recording(raw, "x.json")
