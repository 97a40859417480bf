"""`commonhold governance doctor` examines a repository's settings on a stand-in for GitHub, and changes nothing."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from commonhold.github import Budget, GitHub, Patience, segment
from commonhold.github.transport import Response
from commonhold.governance.settings import SettingResult, SettingsReader, SettingState, examine_settings, read_policy
from commonhold.governance.settings.setting import gh_command
from commonhold.governance.settings.settings_reader import ordered_branches
from tests.support.approvals import BASE, IDS, people
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeServer, Record, user
from tests.support.fake_settings import (
    RULESET,
    app,
    collaborator,
    core_team,
    environment,
    good_rules,
    good_settings,
    protection,
    repository,
    review_rule,
    rule,
    ruleset,
    short_branch,
    status_rule,
    team,
)
from tests.support.repositories import Repo
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold.github.transport import Request

SCHEMA = Path(__file__).parents[2] / "docs/reference/schemas/doctor.schema.json"
DAY = date(2026, 6, 20)
REQUIRED = '[tool.commonhold.approvals]\nmode = "required"\n'
PEOPLE = people(kim="core release-manager", lee="core release-manager", max="core")
OK, WRONG, UNKNOWN = SettingState.OK, SettingState.WRONG, SettingState.UNKNOWN
FILES = {**BASE, "governance/people.toml": PEOPLE, "pyproject.toml": BASE["pyproject.toml"] + REQUIRED}
ASKED = {"code review limits", "workflow execution protections"}
MEMBERS = "/orgs/flyteorg/teams/core/members"
ADMIN_ONLY = (
    "/branches/main/protection",
    f"/rulesets/{RULESET}",
    "/interaction-limits",
    "/collaborators",
    "/teams",
    MEMBERS,
    "/actions/permissions",
    "/actions/permissions/workflow",
    "/actions/permissions/fork-pr-contributor-approval",
)


def someone(login: str) -> Record:
    return user(login, IDS[login])


def access(login: str, role: str = "write") -> Record:
    return collaborator(login, IDS[login], role)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.of(tmp_path_factory.mktemp("settings") / "repo", FILES)


@pytest.fixture
def fake(repo: Repo) -> FakeGitHub:
    fake = FakeGitHub(repo)
    core = [access("kim", "admin"), access("lee"), access("ann", "triage")]
    fake.settings = good_settings([someone("kim"), someone("lee")], core)
    return fake


def examine(fake: FakeGitHub, *branches: str) -> list[SettingResult]:
    github = GitHub(fake, REPOSITORY, Budget(200), Patience(20, lambda _: None))
    read = SettingsReader(github).read(branches)
    policy = read_policy(github, read.repository.default_branch)
    return list(examine_settings(read, policy, DAY, ("pypi",)))


def replacing(path: str, document: object) -> Callable[[Request, Response], Response]:
    """Replace a response on its way by one that GitHub does not describe."""

    def tamper(request: Request, response: Response) -> Response:
        same = request.path.partition("?")[0].removeprefix(f"/repos/{REPOSITORY}") == path
        return Response(200, {}, json.dumps(document)) if same else response

    return tamper


def wrong(fake: FakeGitHub, *branches: str) -> dict[str, SettingResult]:
    return {each.name: each for each in examine(fake, *branches) if each.state is WRONG}


def body(command: str) -> Any:
    """The JSON that a command sends; a shell splits it as a person's would."""
    words = shlex.split(command)
    assert words[:2] == ["printf", "%s"]
    assert words[3] == "|"
    return json.loads(words[2])


def test_only_what_no_api_reports_is_asked_if_everything_is_right(fake: FakeGitHub) -> None:
    results = examine(fake)
    assert {each.name for each in results if each.state is not OK} == ASKED
    assert all(each.question for each in results if each.state is UNKNOWN)
    assert {request.method for request in fake.requests} == {"GET"}


@pytest.mark.parametrize(
    ("path", "document", "name", "found", "command"),
    [
        ("/interaction-limits", {"limit": "collaborators_only", "origin": "repository", "expires_at": "2026-07-01T00:00:00Z"},
         "interaction limits", "collaborators_only", f"--method DELETE repos/{REPOSITORY}/interaction-limits"),
        ("/interaction-limits", {"limit": "existing_users", "origin": "organization", "expires_at": "2026-07-01T00:00:00Z"},
         "interaction limits", "existing_users", "--method DELETE orgs/flyteorg/interaction-limits"),
        ("/actions/permissions", {"enabled": False}, "GitHub Actions", "off", "-F enabled=true"),
        ("/actions/permissions/workflow",
         {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": False},
         "default workflow permissions", "write", "default_workflow_permissions=read"),
        ("/actions/permissions/workflow",
         {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True},
         "approvals by workflows", "allowed", "can_approve_pull_request_reviews=false"),
        ("", repository(allow_auto_merge=True), "auto-merge", "on", "-F allow_auto_merge=false"),
        ("/collaborators", [access("kim"), access("lee"), access("ann")],
         "maintainers with write access", "ann", f"DELETE repos/{REPOSITORY}/collaborators/ann"),
        ("/collaborators", [access("kim"), access("lee"), access("out", "maintain")],
         "others with write access", "out", f"DELETE repos/{REPOSITORY}/collaborators/out"),
        ("/collaborators", [access("kim"), access("lee", "triage")],
         "plugin index", "kim can merge", f"PUT repos/{REPOSITORY}/collaborators/lee -f permission=push"),
    ],
)  # fmt: skip
def test_a_wrong_setting_has_the_command_that_fixes_it(
    fake: FakeGitHub, path: str, document: Any, name: str, found: str, command: str
) -> None:
    fake.settings[path] = document
    result = wrong(fake)
    assert [*result] == [name]
    assert found in result[name].found
    assert any(command in each for each in result[name].commands)


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (good_rules("main")[1:], {"deletion"}),
        (good_rules("main")[:1] + good_rules("main")[2:], {"force pushes"}),
        (good_rules("main")[:3], {"required status"}),
        ([*good_rules("main")[:3], status_rule("approvals (release/1)")], {"required status"}),
        ([*good_rules("main")[:3], status_rule("approvals (main)", None)], {"expected source"}),
        ([*good_rules("main")[:3], status_rule("approvals (main)", 1)], {"expected source"}),
        ([*good_rules("main"), status_rule("approvals (main)", None)], set()),
        ([*good_rules("main"), review_rule(0)], set()),
        (
            [*good_rules("main")[:2], good_rules("main")[3], review_rule(0)],
            {"pull request with an approval", "required reviewers"},
        ),
        ([*good_rules("main")[:2], good_rules("main")[3], review_rule(owners=True)], {"required reviewers"}),
        (
            [
                *good_rules("main")[:2],
                good_rules("main")[3],
                review_rule(reviewers=[core_team("**", "!governance/**")]),
            ],
            {"required reviewers"},
        ),
        (
            [],
            {"required status", "pull request with an approval", "required reviewers", "force pushes", "deletion"},
        ),
    ],
)
def test_each_rule_of_a_branch_is_needed(fake: FakeGitHub, rules: list[Record], names: set[str]) -> None:
    fake.settings["/rules/branches/main"] = rules
    assert wrong(fake).keys() == names


def test_rules_that_are_not_known_yet_are_ignored(fake: FakeGitHub) -> None:
    new = rule("a_new_rule", {"unknown": 1})
    fake.tamper = replacing("/rules/branches/main", [new, *good_rules("main")])
    assert wrong(fake) == {}


def test_the_command_for_a_branch_creates_what_the_examination_needs(fake: FakeGitHub) -> None:
    fake.settings["/rules/branches/main"] = []
    document = body(wrong(fake)["required status"].commands[0])
    assert document["conditions"]["ref_name"]["include"] == ["refs/heads/main"]
    fake.settings["/rules/branches/main"] = [rule(each["type"], each.get("parameters")) for each in document["rules"]]
    assert wrong(fake).keys() == {"required reviewers"}  # CODEOWNERS does not name anybody yet
    fake.settings["/rules/branches/main"] = []
    fake.settings["/rulesets"] = [ruleset(document["name"])]
    assert wrong(fake)["deletion"].commands[0].endswith(f"PUT repos/{REPOSITORY}/rulesets/{RULESET} --input -")


def test_code_owners_protect_the_gate_if_they_are_named(fake: FakeGitHub, tmp_path: Path) -> None:
    owners = "* @flyteorg/core\n/governance/ @flyteorg/core\n"
    fake.repo = Repo.of(tmp_path / "repo", {**FILES, ".github/CODEOWNERS": owners})
    rules = [*good_rules("main")[:2], good_rules("main")[3], review_rule(owners=True)]
    fake.settings["/rules/branches/main"] = rules
    assert wrong(fake) == {}
    fake.repo.commit({".github/CODEOWNERS": f"{owners}pyproject.toml\n"})
    assert "pyproject.toml" in wrong(fake)["required reviewers"].found


@pytest.mark.parametrize(
    ("actors", "state"),
    [([], OK), (None, UNKNOWN), ([{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}], WRONG)],
)
def test_who_bypasses_the_gate(fake: FakeGitHub, actors: list[Record] | None, state: SettingState) -> None:
    fake.settings[f"/rulesets/{RULESET}"] = ruleset(actors=actors)
    (result,) = [each for each in examine(fake) if each.name == "bypass"]
    assert result.state is state
    if state is WRONG:
        assert result.found == "RepositoryRole 5 (always)"
        assert body(result.commands[0]) == {"bypass_actors": []}


def test_the_rule_against_force_pushes_can_be_bypassed_alone(fake: FakeGitHub) -> None:
    team = {"actor_id": 8, "actor_type": "Team", "bypass_mode": "pull_request"}
    rules = [each for each in good_rules("main") if each["type"] != "non_fast_forward"]
    fake.settings["/rules/branches/main"] = [*rules, rule("non_fast_forward", ruleset=78)]
    fake.settings["/orgs/flyteorg/teams/admins/members"] = [someone("out")]
    fake.settings["/rulesets/78"] = ruleset(actors=[team], id=78, source_type="Organization", source="flyteorg")
    result = wrong(fake)["bypass"]
    assert result.found == "team admins (out) (pull_request)"
    assert result.commands[0].endswith("gh api --method PUT orgs/flyteorg/rulesets/78 --input -")
    fake.settings["/rules/branches/main"] += [rule("non_fast_forward")]
    assert wrong(fake) == {}


def test_in_shadow_mode_a_required_status_would_close_the_branch(fake: FakeGitHub, tmp_path: Path) -> None:
    fake.repo = Repo.of(tmp_path / "repo", {**BASE, "governance/people.toml": PEOPLE})
    assert wrong(fake).keys() == {"mode"}


def test_a_branch_can_have_the_older_protection(fake: FakeGitHub) -> None:
    older = protection("approvals (main)", admins=False)
    fake.settings.update({"/rules/branches/main": [], "/branches/main/protection": older})
    found = wrong(fake)
    assert found.keys() == {"required reviewers", "bypass"}
    assert found["bypass"].commands == (
        f"gh api --method POST repos/{REPOSITORY}/branches/main/protection/enforce_admins",
    )


@pytest.mark.parametrize(
    ("lists", "wrong_names", "found", "command"),
    [
        ({"bypass": {"users": ["out"]}}, {"bypass of pull requests"}, "out",
         '{"bypass_pull_request_allowances": {"users": [], "teams": [], "apps": []}}'),
        ({"bypass": {"teams": ["core"]}}, {"bypass of pull requests"}, "team core (kim, lee)", "PATCH"),
        ({"bypass": {"apps": ["releaser"]}}, {"bypass of pull requests"}, "releaser", "PATCH"),
        ({"bypass": {"users": []}}, set(), "", ""),
        ({"restrictions": {"users": ["kim"], "teams": ["core"]}}, set(), "", ""),
        ({"restrictions": {"users": ["kim", "out"]}}, {"people who may push"}, "kim, out; not core maintainers: out",
         '{"users": ["kim", "lee", "max"]}'),
        ({"restrictions": {"teams": ["admins"]}}, {"people who may push"}, "team admins (out)", '{"teams": []}'),
        ({"restrictions": {"apps": ["releaser"]}}, {"people who may push"}, "the app releaser", '{"apps": []}'),
        ({"restrictions": {"users": []}}, {"people who may push"}, "nobody", '{"users": ["kim", "lee", "max"]}'),
    ],
)  # fmt: skip
def test_the_lists_of_the_older_protection_are_judged(
    fake: FakeGitHub, lists: dict[str, Any], wrong_names: set[str], found: str, command: str
) -> None:
    kinds: dict[str, Any] = {"users": someone, "teams": lambda slug: team(slug, {"core": 5}.get(slug, 8)), "apps": app}

    def made(name: str) -> Record | None:
        groups = lists.get(name)
        return groups and {kind: [make(each) for each in groups.get(kind, ())] for kind, make in kinds.items()}

    fake.settings["/orgs/flyteorg/teams/admins/members"] = [someone("out")]
    rules = [status_rule("approvals (main)")]
    older = protection("approvals (main)", bypass=made("bypass"), restrictions=made("restrictions"), owners=False)
    fake.settings.update({"/rules/branches/main": rules, "/branches/main/protection": older})
    results = wrong(fake)
    assert results.keys() - {"required reviewers"} == wrong_names
    for name in wrong_names:
        assert found in results[name].found
        assert any(command in each for each in results[name].commands)


def test_a_bypass_of_the_older_protection_has_no_effect_on_a_ruleset(fake: FakeGitHub) -> None:
    everyone = {"users": [someone("out")], "teams": [], "apps": []}
    fake.settings["/branches"] = [short_branch("main")]
    fake.settings["/branches/main/protection"] = protection(bypass=everyone)
    assert wrong(fake) == {}


TEAM_USES: dict[str, dict[str, Any]] = {
    "required reviewers": {},
    "team core": {"/rules/branches/main": [*good_rules("main")[:2], good_rules("main")[3], review_rule(owners=True)]},
    "environment pypi": {"/environments": {"total_count": 1, "environments": [environment("pypi", [team("core", 5)])]}},
}


@pytest.mark.parametrize("name", TEAM_USES)
@pytest.mark.parametrize(
    ("members", "state", "found"),
    [
        (["kim", "lee"], OK, "team core (kim, lee)"),
        (["kim", "lee", "out"], WRONG, ": out"),
        (403, UNKNOWN, "cannot see its members"),
        (404, UNKNOWN, "cannot see its members"),
    ],
)
def test_the_members_of_a_team_are_judged(
    fake: FakeGitHub, tmp_path: Path, name: str, members: Any, state: SettingState, found: str
) -> None:
    fake.repo = Repo.of(tmp_path / "repo", {**FILES, ".github/CODEOWNERS": "* @flyteorg/core\n"})
    fake.settings.update(TEAM_USES[name])
    fake.settings[MEMBERS] = members if isinstance(members, int) else [someone(each) for each in members]
    (result,) = [each for each in examine(fake) if each.name == name]
    assert result.state is state
    assert found in result.found
    if state is UNKNOWN:
        assert "the team core" in (result.question or "")
    if state is WRONG and name != "environment pypi":
        assert result.commands == ("gh api --method DELETE orgs/flyteorg/teams/core/memberships/out",)


def test_a_team_that_github_does_not_list_is_asked_about(fake: FakeGitHub) -> None:
    fake.settings["/orgs/flyteorg/teams"] = []
    (result,) = [each for each in examine(fake) if each.name == "required reviewers"]
    assert (result.state, "the team 5" in (result.question or "")) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("owners", "state"),
    [
        ("@kim", OK),
        ("@KIM @lee", OK),
        ("@kim @out", WRONG),
        ("@kim octocat@example.com", UNKNOWN),
        ("@other/core", UNKNOWN),
    ],
)
def test_code_owners_are_core_maintainers(fake: FakeGitHub, tmp_path: Path, owners: str, state: SettingState) -> None:
    fake.repo = Repo.of(tmp_path / "repo", {**FILES, ".github/CODEOWNERS": f"* {owners}\n"})
    fake.settings.update(TEAM_USES["team core"])
    (result,) = [each for each in examine(fake) if each.name == "required reviewers"]
    assert result.state is state


@pytest.mark.parametrize("policy", ["first_time_contributors_new_to_github", "all_external_contributors"])
def test_no_approval_policy_for_outsiders_is_wrong(fake: FakeGitHub, policy: str) -> None:
    fake.settings["/actions/permissions/fork-pr-contributor-approval"] = {"approval_policy": policy}
    (result,) = [each for each in examine(fake) if each.name == "held workflow runs"]
    assert (result.state, policy.replace("_", " ") in result.found) == (OK, True)


def test_the_newest_release_branch_is_first_and_need_not_exist(fake: FakeGitHub) -> None:
    fake.settings["/branches"] = [short_branch("main"), short_branch("release/1.9"), short_branch("release/1.10")]
    for name in ("release%2F1.9", "release%2F1.10", "release%2F1.11"):
        fake.settings[f"/rules/branches/{name}"] = []
        fake.settings[f"/branches/{name}/protection"] = 404
    results = examine(fake, "release/1.11")
    branches = list(dict.fromkeys(each.branch for each in results if each.branch))
    assert branches == ["release/1.11", "release/1.10", "release/1.9", "main"]
    assert results[0].name == "required status"
    assert "approvals (release/1.11) is not required" in results[0].found


def test_unprotected_release_branches_are_examined_and_topics_are_not() -> None:
    listed = {"topic": False, "v1.2": False, "main": True, "release-2.0": False, "docs": True, "1.10.x": False}
    assert ordered_branches(listed, "main", ()) == ["release-2.0", "1.10.x", "v1.2", "main", "docs"]


@pytest.mark.parametrize("status", [403, 404])
def test_what_the_token_may_not_read_is_unknown_and_never_right(fake: FakeGitHub, status: int) -> None:
    expected = {each.name for each in examine(fake)}
    fake.settings.update(dict.fromkeys(ADMIN_ONLY, status), **{"": repository(admin=False)})
    fake.settings["/rules/branches/main"] = []
    results = examine(fake)
    assert {each.name for each in results if each.state is WRONG} == set()
    assert {each.name for each in results if each.state is OK} == {"listed people", "mode", "environment pypi"}
    assert {each.name for each in results} >= expected - {"expected source", "bypass", "team core"}


# Without the list of teams, their members are still among the collaborators.
@pytest.mark.parametrize("path", sorted({*ADMIN_ONLY, "/environments", "/rules/branches/main"} - {"/teams"}))
def test_an_unexpected_response_is_unknown(fake: FakeGitHub, path: str) -> None:
    fake.tamper = replacing(path, {"enabled": "yes", "total_count": None, "bypass_actors": 1, "limit": 1})
    if path == "/branches/main/protection":
        fake.tamper = replacing(path, {"enforce_admins": 1})
        fake.settings["/rules/branches/main"] = []
    names = {each.name for each in examine(fake) if each.state is UNKNOWN}
    assert names > ASKED


@pytest.mark.parametrize(
    ("reviewers", "state"),
    [
        ([someone("kim"), someone("lee")], OK),
        ([someone("kim")], WRONG),
        ([], WRONG),
        ([someone("kim"), someone("lee"), someone("max")], WRONG),
        ([team("releasers", 9)], UNKNOWN),
        ([team("releasers", 9), someone("out")], WRONG),
    ],
)
def test_release_managers_review_uploads(fake: FakeGitHub, reviewers: list[Record], state: SettingState) -> None:
    listed = [environment("testpypi", []), environment("pypi", reviewers)]
    fake.settings["/environments"] = {"total_count": 2, "environments": listed}
    (result,) = [each for each in examine(fake) if each.name == "environment pypi"]
    assert result.state is state
    if state is WRONG:
        assert body(result.commands[0]) == {
            "wait_timer": 30,
            "prevent_self_review": True,
            "reviewers": [{"type": "User", "id": IDS["kim"]}, {"type": "User", "id": IDS["lee"]}],
            "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
        }


def test_a_missing_environment_is_wrong(fake: FakeGitHub) -> None:
    fake.settings["/environments"] = {"total_count": 0, "environments": []}
    assert wrong(fake)["environment pypi"].found == "it does not exist"


def test_mistakes_in_the_list_of_people_are_wrong_and_nothing_depends_on_it(fake: FakeGitHub, tmp_path: Path) -> None:
    fake.repo = Repo.of(tmp_path / "repo", {**FILES, "governance/people.toml": "people = 1\n"})
    results = examine(fake)
    assert [each.name for each in results if each.state is WRONG] == ["listed people"]
    assert "plugin index" not in {each.name for each in results}


@settings(max_examples=25)
@given(st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name and name not in (".", "..")))
def test_commands_are_safe_to_paste_whatever_the_name_of_a_branch(name: str) -> None:
    command = gh_command("PUT", f"repos/o/r/branches/{segment(name)}", body={"ref": f"refs/heads/{name}"})
    assert command.isascii()
    assert command.isprintable()
    assert body(command) == {"ref": f"refs/heads/{name}"}
    assert shlex.split(command)[4:] == [
        "gh",
        "api",
        "--method",
        "PUT",
        f"repos/o/r/branches/{segment(name)}",
        "--input",
        "-",
    ]


def test_a_shell_reads_the_command_as_it_is_printed(fake: FakeGitHub) -> None:
    hostile = "release/$(touch${IFS}x)`id`';\"&|"
    fake.settings[f"/rules/branches/{hostile}"] = []
    command = gh_command("POST", "repos/o/r/rulesets", body={"ref": hostile})
    script = f"gh() {{ cat; }}; {command}"
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert msgspec.json.decode(printed) == {"ref": hostile}


def doctor(fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    with serving(FakeServer(fake)) as server:
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        monkeypatch.setenv("GITHUB_TOKEN", "secret")
        return main(["governance", "doctor", "--repository", REPOSITORY, *words])


def test_the_command_lists_settings_commands_and_questions(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(fake, monkeypatch) == 0
    assert capsys.readouterr().err == "0 wrong, 2 unknown\n"
    fake.settings.update({"/rules/branches/main": [], "": repository(allow_auto_merge=True)})
    assert doctor(fake, monkeypatch) == 1
    printed, message = capsys.readouterr()
    assert message == "6 wrong, 2 unknown\n"
    assert printed.count("rulesets --input -") == 1
    assert f"\ngh api --method PATCH repos/{REPOSITORY} -F allow_auto_merge=false\n" in printed
    assert "- Look at Settings › Moderation options › Code review limits: are they off?" in printed


def test_the_command_prints_json(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = json.loads(SCHEMA.read_text())
    fake.settings["/rules/branches/main"] = []
    assert doctor(fake, monkeypatch, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema)
    assert (document["schema"], document["repository"]) == (1, REPOSITORY)
    assert {each["state"] for each in document["settings"]} == {"ok", "wrong", "unknown"}
    document["settings"][0]["state"] = "maybe"
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


def test_a_person_at_a_terminal_is_asked(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([True, False])
    monkeypatch.setattr("commonhold.cli.governance.gate_doctor.can_ask", lambda: True)
    monkeypatch.setattr("commonhold.cli.governance.gate_doctor.ask_confirmation", lambda _: next(answers))
    assert doctor(fake, monkeypatch) == 1
    printed, message = capsys.readouterr()
    assert message == "1 wrong, 0 unknown\n"
    assert "- Look at Settings › Actions › General › Workflow execution protections" in printed
