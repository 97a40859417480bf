"""Nobody can stop the gate's run for others, keep a status that is no longer right, or make a run read without end."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from commonhold.errors import UsageError
from commonhold.github import Recording, decode_recording, encode_recording
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals import GateState, summary_markdown
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.targets import Target
from tests.governance.test_run import NOW, approve, fake, github, person, posted, run, two
from tests.support.approvals import BARE, BASE, SPARK
from tests.support.fake_github import FakeGitHub, FakePull

__all__ = ["fake", "two"]  # fixtures


def test_a_pull_request_that_disappears_stops_no_other(two: FakeGitHub) -> None:
    two.tamper = lambda request, same: type(same)(404, {}, "{}") if "/pulls/7" in request.path else same
    results = {result.numbers: result for result in run(two)}
    assert results[7,].error is not None
    assert results[9,].error is None


def test_a_queue_branch_of_an_unknown_base_stops_no_pull_request(two: FakeGitHub) -> None:
    tip = two.tip("main")
    two.repo.git("update-ref", f"refs/heads/gh-readonly-queue/none/pr-7-{tip}", two.tip("topic"))
    (group,) = (result for result in run(two) if not result.numbers)
    assert group.state is GateState.PENDING
    assert {result.numbers for result in run(two)} == {(), (7,), (9,)}


def test_a_queue_branch_cannot_lend_its_status_to_a_pull_request(two: FakeGitHub) -> None:
    approve(two, 7)
    two.repo.git("update-ref", f"refs/heads/gh-readonly-queue/main/pr-7-{two.tip('main')}", two.pulls[9].head)
    run(two)
    assert "success" not in {each["state"] for each in two.statuses if each["url"].endswith(two.pulls[9].head)}


@pytest.mark.parametrize("settings", ['[tool.commonhold.approvals]\nmode = "no"\n', "[tool.commonhold.approvals]\n"])
def test_a_success_does_not_outlive_the_settings(fake: FakeGitHub, settings: str) -> None:
    approve(fake, 7)
    assert run(fake)[0].state is GateState.SUCCESS
    fake.repo.git("switch", "-q", "main")
    fake.repo.commit({"pyproject.toml": BASE["pyproject.toml"] + settings, f"{SPARK}/governance.toml": ""})
    (result,) = run(fake)
    if "no" in settings:
        assert result.state is GateState.PENDING
    assert posted(fake)[-1][1] == result.state.value
    assert len(posted(fake)) == 2


def test_a_broken_owners_file_is_repaired_by_two_core_maintainers_and_delays_no_other_plugin(two: FakeGitHub) -> None:
    owners = f"{SPARK}/governance.toml"
    two.repo.git("switch", "-q", "main")
    two.repo.commit({owners: "["})
    for number, files in ((7, {owners: BASE[owners]}), (9, {f"{BARE}/x.py": "2"})):
        two.repo.git("switch", "-q", "-C", f"topic-{number}", "main")
        two.pulls[number].head = two.repo.commit(files)
        two.pulls[number].review(person("kim"), at="2026-03-01T13:00:00Z")
    assert {result.numbers: result.state.value for result in run(two)} == {(7,): "pending", (9,): "success"}
    two.pulls[7].review(person("lee"), at="2026-03-01T14:00:00Z")
    assert run(two, 7)[0].state is GateState.SUCCESS


@pytest.mark.parametrize("content", ["[", "[tool.commonhold.approvals]\nmode = 1\n"])
def test_a_broken_configuration_needs_an_administrator(fake: FakeGitHub, content: str) -> None:
    approve(fake, 7)
    fake.repo.git("switch", "-q", "main")
    fake.repo.commit({"pyproject.toml": BASE["pyproject.toml"] + content})
    (result,) = run(fake)
    assert result.text == (
        "Administrator: merge a repair of pyproject.toml without the gate; nobody can bind until then"
    )
    assert "disable it until then" in summary_markdown(result.decisions[0])


def test_one_pull_request_cannot_spend_the_requests_of_a_run(two: FakeGitHub) -> None:
    two.repo.git("switch", "-q", "-c", "many", "main")
    files: dict[str, str] = {}
    for number in range(300):
        folder = f"plugins/community/new{number}"
        files |= {f"{folder}/pyproject.toml": "", f"{folder}/governance.toml": f"# {number}\n"}
    two.pulls[5] = FakePull(5, person("out"), "main", two.repo.commit(files), updated="2026-03-02T11:59:00Z")
    two.pulls = {number: two.pulls[number] for number in (5, 7, 9)}
    results = {result.numbers: result for result in run_gate(github(two, 450), Target(), lambda: NOW)}
    assert results[5,].state is GateState.PENDING
    assert "split" in results[5,].text
    assert results[7,].error is None
    assert results[9,].error is None


def test_a_recording_from_the_end_of_time_is_refused() -> None:
    recording = Recording(1, "flyteorg/flytekit", 7, datetime.max.replace(tzinfo=timezone.utc), [])
    with pytest.raises(UsageError, match="9999"):
        decode_recording(encode_recording(recording), "x.json")


def test_a_folder_cannot_write_a_command_into_the_log(fake: FakeGitHub) -> None:
    fake.pulls[7].head = fake.repo.commit({"a\n::error::x/f": "", "a\n::error::x/g": ""})

    def shorten(request: Request, same: Response) -> Response:
        body = json.loads(same.body)
        if "/git/trees/" in request.path:
            body["tree"] = [item for item in body["tree"] if not item["path"].endswith("/g")]
        return Response(same.status, same.headers, json.dumps(body))

    fake.tamper = shorten
    (result,) = run(fake)
    assert result.error is not None
    assert result.error.message.splitlines() == [result.error.message]
