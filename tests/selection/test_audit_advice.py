"""The settings that `commonhold audit` suggests: none hides what plugins use, and each is replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo, plugin, project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.monorepos import Content

IN_TREE = CONFIG.replace('pin = ["constraints.txt"]', 'path = ["framework/src/**"]')
ONLY_NAMED = CONFIG.replace(', pin = ["constraints.txt"]', "")
NO_CORE = CONFIG.replace('core = { distribution = "framework", pin = ["constraints.txt"] }\n', "")
NONE = 'affects = "none"'
FRAMEWORK = {
    "framework/pyproject.toml": project("framework"),
    "framework/src/framework/run.py": "",
    "framework/Makefile": "",
}


def audit(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["-C", str(monorepo.repo.root), "audit", "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize(
    ("config", "path", "pattern", "reason"),
    [
        (IN_TREE, "framework/Makefile", "framework/**", "it belongs to the core"),
        (IN_TREE, "framework/pyproject.toml", "framework/**", "it belongs to the core"),
        (IN_TREE, "framework/src/framework/run.py", "the core", "plugins depend on the core"),
        (ONLY_NAMED, "framework/Makefile", "framework/**", "framework is required by user"),
        (NO_CORE, "framework/src/framework/run.py", "framework/**", "framework is required by user"),
        (CONFIG, "helpers/fakes.py", "helpers/fakes.py", "used by user"),
        (CONFIG, "kit/src/kit/deep/inner.py", "kit/src/kit/**", "used by user"),
        (CONFIG, "kit/src/kit/data.json", "kit/src/kit/**", "used by user"),
        (CONFIG, "helpers/more.py", "helpers/more.py", "used by user"),
        (CONFIG, "tools.d/shared_code.py", "tools.d/shared_code.py", "used by user"),
        (CONFIG, "vendored/lib/data.json", "vendored/lib/**", "used by user"),
        (CONFIG, "official/conftest.py", "official/conftest.py", "used by alone, user"),
    ],
)
def test_no_rule_excludes_what_plugins_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str, path: str, pattern: str, reason: str
) -> None:
    imports = "from helpers import fakes\nimport kit.deep.inner as inner\nimport shared_code, lib.mod\n"
    files: Mapping[str, Content] = {
        **plugin("official/user", ["framework"]),
        **FRAMEWORK,
        "official/user/tests/test_user.py": imports,
        "official/conftest.py": "",
        "helpers/fakes.py": "import helpers.more\n",
        "helpers/more.py": "",
        "kit/src/kit/__init__.py": "",
        "kit/src/kit/deep/inner.py": "",
        "tools.d/shared_code.py": "",
        **dict.fromkeys(("vendored/__init__.py", "vendored/lib/__init__.py", "vendored/lib/mod/__init__.py"), ""),
    }
    monorepo = Monorepo.of(tmp_path, files, config=config)
    monorepo.commit({path: "# changed\n" if not path.endswith(".toml") else project("framework", more="# x")})
    (cause,) = audit(monorepo, capsys)["causes"]
    assert cause["pattern"] == pattern
    assert reason in cause["cure"]
    assert cause["saves"] is None
    assert NONE not in cause["cure"]
    assert "advisory" not in cause["cure"]


def test_a_file_next_to_a_used_one_is_excluded_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"official/alone/tests/test_it.py": "import helpers.fakes\n", "helpers/fakes.py": "", "helpers/a/b.sh": ""}
    monorepo = Monorepo.of(tmp_path, files)
    monorepo.commit({"helpers/a/b.sh": "true\n"})
    monorepo.commit({"helpers/x[1].sh": "true\n"})
    causes = audit(monorepo, capsys)["causes"]
    assert [cause["pattern"] for cause in causes] == ["helpers/a/**", "helpers/x\\[1].sh"]
    assert [cause["saves"] for cause in causes] == [2, 2]


def test_a_suggestion_is_applied_to_the_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.commit({"Makefile": "all:\n"})
    monorepo.commit({"Makefile": "all: x\n", "official/alone/acme/alone/__init__.py": "NAME = 'other'\n"})
    monorepo.commit({"Makefile": "all: y\n", "constraints.txt": "framework==2\n"})
    before = audit(monorepo, capsys)
    causes = {cause["pattern"]: cause for cause in before["causes"]}
    assert causes["the core"]["saves"] is None
    monorepo.repo.write("rules.toml", CONFIG + '[[tool.commonhold.shared]]\npath = ["Makefile"]\naffects = "none"\n')
    command = ["-C", str(monorepo.repo.root), "--config", str(monorepo.repo.path("rules.toml")), "audit"]
    assert main([*command, "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert causes["Makefile"]["saves"] == before["jobs"] - after["jobs"] > 0
    assert main(["-C", str(monorepo.repo.root), "audit"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "  Makefile" in line)
    assert line.endswith(f'path = ["Makefile"], affects = "none"; saves {causes["Makefile"]["saves"]} jobs')


def test_a_rule_that_saves_nothing_is_not_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path, {"official/conftest.py": ""})
    monorepo.commit({"Makefile": "all:\n", "official/conftest.py": "# changed\n"})
    causes = {cause["pattern"]: cause for cause in audit(monorepo, capsys)["causes"]}
    assert causes["Makefile"]["cure"].startswith("none: other changes")
    assert causes["Makefile"]["saves"] is None


def test_the_rules_work_when_they_are_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path)
    for path in ("Makefile", 'odd "name" [1].txt', "scripts/x/a.sh"):
        monorepo.commit({path: ""})
    assert main(["-C", str(monorepo.repo.root), "audit"]) == 0
    _, _, lines = capsys.readouterr().out.partition("paste:\n")
    rules = monorepo.repo.path("pyproject.toml")
    rules.write_text(f"{rules.read_text(encoding='utf-8')}\n{lines}", encoding="utf-8")
    assert main(["-C", str(monorepo.repo.root), "--config", str(rules), "audit"]) == 0
    assert capsys.readouterr().out.startswith("3 commits: 3 none, 0 some, 0 all\n")


def test_two_rules_can_save_jobs_only_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path)
    monorepo.commit({"a.txt": "", "b.txt": ""})
    for cause in audit(monorepo, capsys)["causes"]:
        assert cause["saves"] == 0
        assert cause["cure"].endswith("(only together with the other rules)")


def test_a_project_in_the_root_can_be_the_likely_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = plugin("official/b", ["framework"])
    monorepo = Monorepo.of(tmp_path, needs, config=NO_CORE + project("framework"))
    monorepo.commit({"a.txt": ""})
    assert audit(monorepo, capsys)["required"] == [{"path": ".", "name": "framework", "plugins": ["b"]}]


def test_the_likely_core_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = plugin("official/b", ["framework", "kit"]) | plugin("official/c", extras={"x": ["framework"]})
    kit = {"kit/setup.cfg": "[metadata]\nname = kit\n", "unused/pyproject.toml": project("unused")}
    monorepo = Monorepo.of(tmp_path, needs, FRAMEWORK, kit, config=ONLY_NAMED)
    monorepo.commit({"a.txt": ""})
    assert audit(monorepo, capsys)["required"] == [
        {"path": "framework", "name": "framework", "plugins": ["b", "c"]},
        {"path": "kit", "name": "kit", "plugins": ["b"]},
    ]
    assert main(["-C", str(monorepo.repo.root), "audit"]) == 0
    said = capsys.readouterr().out
    advice = 'likely the core: core = { path = ["framework/**"] } in [tool.commonhold]'
    assert f"  framework (framework), required by 2 plugins; {advice}" in said
    assert "  kit (kit), required by 1 plugin; add its folder to a tier" in said
    monorepo.commit({"pyproject.toml": IN_TREE})
    assert [project["name"] for project in audit(monorepo, capsys)["required"]] == ["kit"]
