"""Every field that commonhold reads from GitHub is in a record of the stand-in, and is decoded strictly.

So a misspelled field that GitHub may leave out is noticed: ``nox -s contract`` compares the stand-in's records with
GitHub's description, and this test compares what is read with the stand-in's records.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from commonhold.github import Budget, GitHub, Patience, client, git_tree
from commonhold.governance.approvals import records
from commonhold.governance.approvals.ask import ask_people
from commonhold.governance.approvals.bypasses import find_bypasses, open_issue
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.targets import Target
from commonhold.governance.settings import SettingsReader, settings_records
from commonhold.governance.settings.setting import Unavailable
from commonhold.governance.triage import issue_records
from commonhold.governance.triage.triage_run import TriageRules, triage_issue
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeIssue, FakePull, user
from tests.support.fake_settings import app, collaborator, good_settings, protection, short_branch, team
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
REQUIRED = '[tool.commonhold.approvals]\nmode = "required"\n'


def structs(form: Any) -> Iterator[Any]:
    """The structs in a type."""
    if get_origin(form) is Annotated:
        form = get_args(form)[0]
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        yield form
    for part in get_args(form):
        yield from structs(part)


def fields_in(form: Any, document: Any) -> Iterator[tuple[type, str]]:
    """The fields of a type that a document has."""
    for each in document if isinstance(document, list) else [document]:
        for struct in structs(form):
            for name, inner in get_type_hints(struct, include_extras=True).items():
                if isinstance(each, dict) and name in each:
                    yield struct, name
                    yield from fields_in(inner, each[name])


@pytest.fixture
def fake(tmp_path: Path) -> FakeGitHub:
    repo = Repo.of(tmp_path / "repo", {**BASE, "pyproject.toml": BASE["pyproject.toml"] + REQUIRED})
    repo.git("switch", "-q", "-c", "topic")
    repo.git("mv", f"{SPARK}/y.py", f"{SPARK}/z.py")
    repo.commit({f"{SPARK}/x.py": "2"})
    fake = FakeGitHub(repo)
    pull = fake.pulls[7] = FakePull(7, user("out", IDS["out"]), "main", fake.tip("topic"))
    pull.review(user("ann", IDS["ann"]))
    pull.happened("review_requested", user("out", IDS["out"]), requested_reviewer=user("ann", IDS["ann"]))
    fake.issues[8] = FakeIssue(8, user("out", IDS["out"]), "### Plugin\n\nspark\n", labels=["bug"])
    core = [collaborator("kim", IDS["kim"], "admin"), collaborator("lee", IDS["lee"])]
    fake.settings = good_settings([user("kim", IDS["kim"]), team("core", 5)], core)
    fake.settings["/orgs/flyteorg/teams/core/members"] = [user("kim", IDS["kim"])]
    lists = {"users": [user("out", IDS["out"])], "teams": [team("core", 5)], "apps": [app("releaser")]}
    fake.settings["/branches"] = [short_branch("main")]
    fake.settings["/branches/main/protection"] = protection("approvals (main)", bypass=lists, restrictions=lists)
    fake.settings["/interaction-limits"] = {
        "limit": "existing_users",
        "origin": "repository",
        "expires_at": "2026-07-01T00:00:00Z",
    }
    (ruleset,) = fake.settings["/rulesets"]
    actor = {"actor_id": 5, "actor_type": "Team", "bypass_mode": "always"}
    fake.settings["/rulesets"] = [{**ruleset, "bypass_actors": [actor]}]
    return fake


def use_everything(fake: FakeGitHub) -> None:
    """Decide, post, ask, find a bypass, triage an issue and read the settings."""
    github = GitHub(fake, REPOSITORY, Budget(500), Patience(20, lambda _: None))
    fake.repo.git("update-ref", f"refs/heads/gh-readonly-queue/main/pr-7-{fake.tip('main')}", fake.tip("topic"))
    for _ in range(2):  # the second time, there is a status
        decisions = [decision for result in run_gate(github, Target(), lambda: NOW) for decision in result.decisions]
    ask_people(github, decisions[0])
    for number in (7, 8):
        triage_issue(github, TriageRules.read(github), number, NOW, post=True)
    read = SettingsReader(github).read()
    settings = [getattr(read, field.name) for field in dataclasses.fields(read)]
    assert not any(isinstance(each, Unavailable) for each in [*settings, read.teams.by_number(5).members])
    fake.pulls[7].state, fake.pulls[7].merged_at = "closed", "2026-03-02T11:00:00Z"
    for bypass in find_bypasses(github, NOW):
        open_issue(github, bypass)
        open_issue(github, bypass)


def test_every_field_that_is_read_is_in_a_record_of_the_stand_in(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: set[tuple[type, str]] = set()
    decode = client._decode

    def watch(response: Any, form: Any, path: str) -> Any:
        found.update(fields_in(form, json.loads(response.body)))
        return decode(response, form, path)

    monkeypatch.setattr(client, "_decode", watch)
    use_everything(fake)
    modules = (records, issue_records, settings_records, git_tree)
    declared = {
        (struct, name)
        for module in modules
        for struct in vars(module).values()
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct) and struct.__module__ == module.__name__
        for name in struct.__struct_fields__
    }
    assert {f"{struct.__name__}.{name}" for struct, name in declared - found} == set()
