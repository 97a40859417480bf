"""``commonhold owners`` shows who owns paths, and whose approval is binding."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo, plugin
from tests.support.terminals import in_terminal

SCHEMA = Path(__file__).parents[2] / "docs/reference/schemas/owners.schema.json"
A, B = "official/alone", "community/lonely"
PEOPLE = """\
[[people]]
name = "The Octocat"
login = "octocat"
id = 583231
core = { from = 2024-01-01 }
tsc = { from = 2025-01-01, until = 2025-12-31 }

[[people]]
name = "Hubot"
login = "hubot"
id = 3
core = { from = 2020-01-01, until = 2021-01-01 }
emeritus = true
"""
MAINTAINERS = """\
state = "noticed"
since = 2026-01-01
reason = "no release for a year"

[[maintainers]]
name = "Mona Lisa"
login = "mona"
id = 2
from = 2026-01-01
"""


@pytest.fixture
def monorepo(tmp_path: Path) -> Monorepo:
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/*"]\napprovals = "core"')
    files = {"governance/people.toml": PEOPLE, f"{B}/governance.toml": MAINTAINERS}
    return Monorepo.of(tmp_path / "repo", files, config=config)


def owners(monorepo: Monorepo, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main(["-C", str(monorepo.repo.root), "owners", *words, "--at", "2026-06-01", "--json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


def test_the_table_lists_every_plugin_and_role(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(monorepo.repo.root), "owners", "--at", "2026-06-01"]) == 0
    assert capsys.readouterr().out == (
        "path               core approvals  owner, and who approves first\n"
        "community/lonely/  1               lonely (community, noticed); first mona (Mona Lisa)\n"
        "official/alone/    1               alone (official); nobody approves first, because the tier official has "
        'approvals = "core"\n'
        "core (binding): octocat (The Octocat)\n"
        "TSC: nobody\n"
        "release managers: nobody\n"
        "emeritus: hubot (Hubot)\n"
    )


@pytest.mark.parametrize(
    ("path", "kind", "name", "first", "binding"),
    [
        (f"{A}/acme/x.py", "plugin", "alone", [], 1),
        (B, "plugin", "lonely", ["mona"], 1),
        (f"{B}/governance.toml", "lifecycle", "lonely", ["mona"], 1),
        ("governance/people.toml", "policy", None, [], 2),
        ("governance/ledger/lonely/0001-listed.toml", "ledger", None, [], 1),
        ("constraints.txt", "core", None, [], 1),
        ("a/new/file", "shared", None, [], 1),
    ],
)
def test_a_path_need_not_exist(
    monorepo: Monorepo,
    capsys: pytest.CaptureFixture[str],
    path: str,
    kind: str,
    name: str | None,
    first: list[str],
    binding: int,
) -> None:
    (found,) = owners(monorepo, capsys, str(monorepo.repo.root / path))["owners"]
    assert (found["kind"], found["plugin"] and found["plugin"]["name"]) == (kind, name)
    assert (found["first"], found["binding"]) == (first, binding)


def test_a_folder_stands_for_the_plugins_in_it(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.write(plugin(f"{B}/nested"))
    paths = [each["path"] for each in owners(monorepo, capsys, "community", "community/lonely")["owners"]]
    assert paths == ["community/", "community/lonely/"]
    assert [each["path"] for each in owners(monorepo, capsys, ".")["owners"]] == [
        "community/lonely/",
        "official/alone/",
    ]


def test_json_lists_the_people_with_their_roles_on_the_day(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    octocat, hubot = owners(monorepo, capsys)["people"]
    assert (octocat["id"], octocat["roles"], octocat["emeritus"]) == (583231, ["core"], False)
    assert (hubot["login"], hubot["roles"], hubot["emeritus"]) == ("hubot", [], True)


def test_a_mistake_makes_the_owners_uncertain(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.write({f"{B}/governance.toml": MAINTAINERS.replace("id = 2", "id = true")})
    (found,) = owners(monorepo, capsys, B, code=2)["owners"]
    assert found["first"] == []
    assert found["plugin"]["problems"][0]["line"] == 5
    assert owners(monorepo, capsys, A)["problems"] == []
    monorepo.write({"governance/people.toml": "[[people"})
    assert main(["-C", str(monorepo.repo.root), "owners", A]) == 2
    assert "governance/people.toml is not TOML" in capsys.readouterr().err


def test_wrong_arguments_are_explained(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in {
        ("../x",): "../x is outside the repository",
        ("--at", "soon"): "'soon' is not a date",
    }.items():
        assert main(["-C", str(monorepo.repo.root), "owners", *words]) == 2
        assert message in capsys.readouterr().err


def test_a_link_is_a_path_of_its_own(monorepo: Monorepo, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monorepo.repo.link(f"{B}/outside", str(tmp_path))
    os.symlink(monorepo.repo.root, tmp_path / "clone")
    (found,) = owners(monorepo, capsys, f"{B}/outside")["owners"]
    assert found["path"] == f"{B}/outside"
    assert main(["-C", str(tmp_path / "clone"), "owners", B, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["owners"][0]["path"] == f"{B}/"


@pytest.mark.parametrize("width", [60, 120])
def test_the_table_fits_the_terminal(monorepo: Monorepo, width: int) -> None:
    command = [sys.executable, "-m", "commonhold.cli.__main__", "-C", str(monorepo.repo.root), "owners"]
    assert all(len(line) <= width for line in in_terminal(command, width))
