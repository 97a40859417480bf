"""`commonhold governance doctor` and the branch of the plugin index, which workflows write without a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.governance.settings import SettingState
from commonhold.governance.settings.setting import INDEX_BRANCH
from commonhold.governance.settings.settings_reader import ordered_branches
from tests.governance.test_settings import FILES, access, body, examine, someone
from tests.support.fake_github import FakeGitHub, Record
from tests.support.fake_settings import good_rules, good_settings, rule, short_branch, status_rule
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from commonhold.governance.settings import SettingResult

KEPT = [rule("deletion"), rule("non_fast_forward")]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.of(tmp_path_factory.mktemp("settings") / "repo", FILES)


def judge(repo: Repo, rules: list[Record]) -> dict[str, SettingResult]:
    fake = FakeGitHub(repo)
    fake.settings = good_settings([someone("kim"), someone("lee")], [access("kim", "admin"), access("lee")])
    fake.settings["/branches"] = [short_branch("main"), short_branch(INDEX_BRANCH, protected=False)]
    fake.settings[f"/rules/branches/{INDEX_BRANCH}"] = rules
    return {each.name: each for each in examine(fake) if each.branch == INDEX_BRANCH}


def test_a_branch_of_the_plugin_index_that_keeps_its_history_is_right(repo: Repo) -> None:
    results = judge(repo, KEPT)
    assert {name: each.state for name, each in results.items()} == dict.fromkeys(
        ("force pushes", "deletion", "rules that stop the workflow"), SettingState.OK
    )


def test_a_branch_of_the_plugin_index_without_rules_gets_those_that_let_the_workflow_push(repo: Repo) -> None:
    results = judge(repo, [])
    assert {name for name, each in results.items() if each.state is SettingState.WRONG} == {"force pushes", "deletion"}
    (command,) = {command for each in results.values() for command in each.commands}
    assert [each["type"] for each in body(command)["rules"]] == ["deletion", "non_fast_forward"]
    assert body(command)["conditions"]["ref_name"]["include"] == [f"refs/heads/{INDEX_BRANCH}"]


@pytest.mark.parametrize("rules", [[*KEPT, status_rule("ci")], good_rules(INDEX_BRANCH)])
def test_rules_of_the_gate_would_stop_the_workflow(repo: Repo, rules: list[Record]) -> None:
    result = judge(repo, rules)["rules that stop the workflow"]
    assert result.state is SettingState.WRONG
    assert "required_status_checks" in result.found


def test_the_branch_is_examined_only_where_it_exists() -> None:
    assert ordered_branches({"main": True}, "main", ()) == ["main"]
    assert ordered_branches({INDEX_BRANCH: False, "main": True}, "main", ()) == ["main", INDEX_BRANCH]
