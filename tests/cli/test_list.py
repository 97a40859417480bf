"""``commonhold list`` shows the state of every plugin, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo, plugin

ROOT = Path(__file__).parents[2]
A, B, C = "official/a", "official/b", "community/c"
PEOPLE = 'requires-python = ">=3.10"\nmaintainers = [{ name = "octocat", email = "octocat@example.com" }]'
RULES = (
    CONFIG.replace("[tool.commonhold]", '[tool.commonhold]\npython = ["3.9", "3.10", "3.11", "3.12", "3.14"]')
    + """
[tool.commonhold.release]
tag = ["v{version}", "{folder}-{version}"]

[tool.commonhold.plugins.c]
version = "own"
"""
)


@pytest.fixture
def monorepo(tmp_path: Path) -> Monorepo:
    """Three plugins: a changed since the release 1.1, b did not, and c was never released."""
    monorepo = Monorepo.of(
        tmp_path, plugin(A, more=PEOPLE), plugin(B), plugin(C), {f"{B}/tests/test_b.py": None}, config=RULES
    )
    monorepo.repo.git("tag", "v1.0")
    monorepo.after(f"{A}/acme/a/__init__.py", f"{B}/acme/b/__init__.py")
    monorepo.repo.git("tag", "v1.1")
    monorepo.repo.git("tag", "v1.2rc1")
    monorepo.after(f"{A}/acme/a/__init__.py")
    monorepo.after(f"{A}/tests/test_a.py", f"{C}/acme/c/__init__.py")
    return monorepo


def listed(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    assert main(["-C", str(monorepo.repo.root), "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs/reference/schemas/list.schema.json").read_text())
    pytest.importorskip("jsonschema").Draft202012Validator(schema).validate(document)
    return {each["name"]: each for each in document["plugins"]}


def test_json_has_every_fact(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = listed(monorepo, capsys)
    released = plugins["a"].pop("released")
    assert plugins["a"] == {
        "name": "a",
        "path": "official/a",
        "tier": "official",
        "follows": "core",
        "version": "1",
        "python": ["3.10", "3.11", "3.12", "3.14"],
        "maintainers": [{"name": "octocat", "email": "octocat@example.com"}],
        "test-files": 1,
        "unreleased-commits": 2,
    }
    assert (released["tag"], released["version"]) == ("v1.1", "1.1")  # type: ignore[index]
    assert (plugins["b"]["test-files"], plugins["b"]["unreleased-commits"]) == (0, 0)
    assert (plugins["c"]["follows"], plugins["c"]["released"], plugins["c"]["unreleased-commits"]) == (
        "own",
        None,
        None,
    )


def test_a_tag_of_one_plugin_is_its_last_release(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.repo.git("tag", "c-0.5")
    c = listed(monorepo, capsys)["c"]
    assert (c["released"]["tag"], c["unreleased-commits"]) == ("c-0.5", 0)  # type: ignore[index]


def test_the_table_lists_plugins_by_tier(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(monorepo.repo.root), "list"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert rows[0] == ["plugin", "tier", "version", "Python", "tests", "released", "folder and maintainers"]
    assert rows[1] == ["a", "official", "core", "3.10, 3.11, 3.12, 3.14", "1", "1.1 +2", "official/a (octocat)"]
    assert [row[0] for row in rows[1:]] == ["a", "b", "c"]


def test_hostile_names_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = 'maintainers = [{ name = "\\u001b[2Joctocat" }]'
    monorepo = Monorepo.of(tmp_path, plugin(A, more=hostile))
    assert main(["-C", str(monorepo.repo.root), "list"]) == 0
    output = capsys.readouterr()
    assert "\x1b" not in output.out
    assert "\\x1b[2Joctocat" in output.out
    assert output.err == "note: this clone has no tag like v{version} or {version}, so the last releases are unknown\n"


def test_without_a_core_the_version_of_the_files_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = "".join(line for line in CONFIG.splitlines(keepends=True) if not line.startswith("core"))
    monorepo = Monorepo.of(tmp_path, plugin(A), config=rules)
    assert main(["-C", str(monorepo.repo.root), "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["a", "official", "1"]
