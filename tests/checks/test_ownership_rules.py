"""Rules about the people, the maintainers of plugins and the ledger, in the tree and in a change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonhold.checks.rules import ownership, tier_policy
from commonhold.cli.__main__ import main
from commonhold.effects.file_changes import FileChanges
from commonhold.ownership.issue_forms import with_plugin_list
from commonhold.ownership.plugin_choices import OTHER
from tests.support.checked import CONFIG, TODAY, checked_repository, violations
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.checks.rule import Rule

PEOPLE = "governance/people.toml"
FOLDER = "plugins/community/pint"
PROJECT = f"{FOLDER}/pyproject.toml"
OWN = f"{FOLDER}/governance.toml"
FORM = ".github/ISSUE_TEMPLATE/plugin.yml"
FIRST = "governance/ledger/acme-pint/0001-listed.toml"
ENTRY = (
    'plugin = "acme-pint"\nevent = "listed"\ndate = 2026-01-01\nby = 583231\n'
    'evidence = "https://github.com/acme/acme/pull/1"\n'
)


def person(login: str = "octocat", account: int = 583231, more: str = "core = { from = 2024-01-01 }") -> str:
    return f'[[people]]\nname = "The {login}"\nlogin = "{login}"\nid = {account}\n{more}\n'


def maintainer(login: str = "octocat", account: int = 583231, more: str = "") -> str:
    head = f'[[maintainers]]\nname = "The {login}"\nlogin = "{login}"\nid = {account}\n'
    return f"{head}from = 2024-01-01\n{more}\n"


def plugin(
    governance: str | None = maintainer(), metadata: str = 'maintainers = [{ name = "octocat" }]'
) -> dict[str, str]:
    files = {PROJECT: f'[project]\nname = "acme-pint"\n{metadata}\n'}
    return files if governance is None else {**files, OWN: governance}


def form(*names: str) -> str:
    items = "".join(f'  - "{name}"\n' for name in names)
    return f"body:\n  # plugins: begin (generated)\n{items}  # plugins: end\nname: x\n"


CASES = {
    "nothing is listed": (ownership.active_maintainer, plugin(None), []),
    "a plugin's file is valid": (ownership.valid_governance, plugin(), []),
    "a plugin's file is invalid": (
        ownership.valid_governance,
        plugin("\n\n" + maintainer().replace("id =", "idd =")),
        [
            f"{OWN}:3: maintainers[0].idd: unknown key (did you mean 'id'?)",
            f"{OWN}:3: maintainers[0].id: is required; `gh api users/octocat --jq .id` prints it",
        ],
    ),
    "the people are valid": (ownership.valid_people, {PEOPLE: person()}, []),
    "an id is used twice": (
        ownership.valid_people,
        {PEOPLE: person() + person("hubot")},
        [f"{PEOPLE}:6: people: the id 583231 of hubot is already used for octocat; list each person once"],
    ),
    "the ledger is valid": (ownership.valid_ledger, {FIRST: ENTRY}, []),
    "the ledger is broken": (
        ownership.valid_ledger,
        {FIRST.replace("0001", "0002"): ENTRY},
        [f"{FIRST.replace('0001', '0002')}:-: has the number 0002, but the next number is 0001"],
    ),
    "accounts agree": (ownership.one_account, plugin(maintainer("OctoCat")) | {PEOPLE: person()}, []),
    "a login has two ids": (
        ownership.one_account,
        plugin(maintainer("OctoCat", 2)) | {PEOPLE: person()},
        [f"{OWN}:1: the login OctoCat has the id 2, but 583231 in {PEOPLE}"],
    ),
    "an id has two logins": (
        ownership.one_account,
        plugin(maintainer("hubot")) | {PEOPLE: person()},
        [f"{OWN}:1: the id 583231 has the login hubot, but octocat in {PEOPLE}"],
    ),
    "roles are current": (
        ownership.current_roles,
        {
            PEOPLE: person(more=f"core = {{ from = 2024-01-01, until = {TODAY} }}")
            + person("hubot", 2, "core = { from = 2024-01-01, until = 2025-01-01 }\nemeritus = true")
        },
        [],
    ),
    "a role has expired": (
        ownership.current_roles,
        {PEOPLE: person(more="core = { from = 2024-01-01 }\ntsc = { from = 2024-01-01, until = 2026-05-31 }")},
        [f"{PEOPLE}:1: the role tsc of octocat ended on 2026-05-31"],
    ),
    "nobody is core": (
        ownership.current_roles,
        {PEOPLE: person(more='core = { from = 2024-01-01 }\nsuspended = { from = 2026-01-01, reason = "x" }')},
        [f"{PEOPLE}:-: no core maintainer is active, so nobody can approve a change"],
    ),
    "a maintainer is active": (ownership.active_maintainer, plugin() | {PEOPLE: person()}, []),
    "no file lists maintainers": (
        ownership.active_maintainer,
        plugin(None) | {PEOPLE: person()},
        [f"{OWN}:-: the plugin has no governance.toml, which lists its maintainers, so core decides alone"],
    ),
    "the only term has ended": (
        ownership.active_maintainer,
        plugin(maintainer(more="until = 2026-05-31")) | {PEOPLE: person()},
        [
            f"{OWN}:1: the term of octocat ended on 2026-05-31",
            (
                f"{OWN}:-: the plugin has no active maintainer: each is suspended, or the term has ended or not begun, "
                "so core decides alone"
            ),
        ],
    ),
    "the only maintainer is suspended in the list of people": (
        ownership.active_maintainer,
        plugin() | {PEOPLE: person(more='suspended = { from = 2026-01-01, reason = "x" }')},
        [
            (
                f"{OWN}:-: the plugin has no active maintainer: each is suspended, or the term has ended or not begun, "
                "so core decides alone"
            ),
        ],
    ),
    "an orphan has no maintainer": (
        ownership.active_maintainer,
        plugin('state = "orphaned"\nsince = 2026-01-01\nreason = "x"') | {PEOPLE: person()},
        [],
    ),
    "the metadata agrees by the address": (
        ownership.same_maintainers,
        plugin(maintainer(more='contact = "mailto:Octo@cat.dev"'), 'authors = [{ email = "octo@cat.dev" }]'),
        [],
    ),
    "the metadata names another person": (
        ownership.same_maintainers,
        plugin(maintainer(), 'maintainers = [{ name = "Hubot" }]'),
        [
            f"{OWN}:1: The octocat (octocat) is a maintainer, but the metadata does not name this person",
            f"{PROJECT}:3: the metadata names Hubot as a maintainer, but {OWN} does not",
        ],
    ),
    "an issue form without a list": (ownership.complete_issue_forms, plugin() | {FORM: "name: A question"}, []),
    "an issue form with a complete list": (ownership.complete_issue_forms, plugin() | {FORM: form("pint", OTHER)}, []),
    "an issue form without a plugin": (
        ownership.complete_issue_forms,
        plugin() | {FORM: form(OTHER)},
        [f"{FORM}:-: the list of plugins in the form differs from the plugins of the repository"],
    ),
    "an issue form with half a list": (
        ownership.complete_issue_forms,
        plugin() | {FORM: "# plugins: end\n"},
        [f"{FORM}:-: the form needs one line `# plugins: begin` and, after it, one line `# plugins: end`"],
    ),
    "a former owner in CODEOWNERS": (
        tier_policy.codeowners_are_core,
        {
            PEOPLE: person() + person("hubot", 2, "core = { from = 2024-01-01, until = 2026-05-31 }"),
            "CODEOWNERS": "* @octocat\nplugins/ @hubot\n",
        },
        ["CODEOWNERS:2: CODEOWNERS names @hubot for plugins/, but @hubot is not in the core team"],
    ),
}


@pytest.mark.parametrize(("rule", "files", "expected"), CASES.values(), ids=CASES)
def test_a_rule_about_owners(tmp_path: Path, rule: Rule[Any], files: dict[str, str], expected: list[str]) -> None:
    assert violations(rule, checked_repository(tmp_path, files)) == expected


def test_a_form_is_completed_by_a_fix(tmp_path: Path) -> None:
    repository = checked_repository(tmp_path, plugin() | {FORM: form("gone")})
    changes = FileChanges(str(tmp_path))
    assert ownership.complete_issue_forms.violations is not None
    for violation in ownership.complete_issue_forms.violations(repository):
        assert violation.fix is not None
        violation.fix.apply(changes)
    assert (changes.read(FORM) or b"").decode() == form("pint", OTHER)


@settings(max_examples=50)
@example(["# plugins: end", "# plugins: begin", "\udce9", "\x7f", "no", "1"])
@given(st.lists(st.text(min_size=1), unique=True))
def test_any_printable_name_survives_in_a_form(names: list[str]) -> None:
    written = with_plugin_list(form("old"), names)
    assert written is not None
    assert yaml.safe_load(written) == {"body": [*filter(str.isprintable, names), OTHER], "name": "x"}
    assert with_plugin_list(written, names) == written


def test_a_plugin_of_a_tier_that_core_approves_needs_no_maintainer(tmp_path: Path) -> None:
    config = CONFIG.replace('path = ["plugins/community/*"]', 'path = ["plugins/community/*"]\napprovals = "core"')
    files = plugin(None) | {PEOPLE: person()}
    assert violations(ownership.active_maintainer, checked_repository(tmp_path, files, config)) == []


def test_a_change_cannot_give_a_login_another_id_or_rewrite_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = Repo.init(tmp_path)
    for path, text in (
        {"pyproject.toml": CONFIG, PEOPLE: person(), FIRST: ENTRY} | plugin(maintainer("mona", 2))
    ).items():
        repo.write(path, text)
    repo.commit()

    def found(files: dict[str, str | None]) -> list[str]:
        repo.git("checkout", "-q", "-f", "main")
        repo.git("clean", "-fdq")
        repo.git("checkout", "-q", "-B", "topic")
        for path, text in files.items():
            if text is None:
                repo.path(path).unlink()
            else:
                repo.write(path, text)
        main(["-C", str(tmp_path), "check", "--changed", "--json"])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return [f"{each['code']} {each['message']}" for each in findings if each["code"] in ("CH895", "CH896")]

    renamed = {PEOPLE: person("octocat-2"), OWN: maintainer("mona", 2) + maintainer("hubot", 3)}
    assert found({**renamed, FIRST.replace("0001-listed", "0002-noticed"): ENTRY}) == []
    assert found({PEOPLE: person(account=9)}) == [
        f"CH895 the change gives the login octocat the id 9, but it had 583231 in {PEOPLE}"
    ]
    # Also if the login moves to another file.
    assert found({OWN: None, PEOPLE: person() + person("MONA", 4)}) == [
        f"CH895 the change gives the login MONA the id 4, but it had 2 in {OWN}"
    ]
    assert found({FIRST: ENTRY.replace("583231", "9")}) == [
        "CH896 this entry of the ledger was changed; entries are only added"
    ]
    assert found({FIRST: None}) == ["CH896 this entry of the ledger was removed; entries are only added"]
