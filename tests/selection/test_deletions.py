"""Plugins, tiers and patterns that a change removes, and the plugins that still need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.errors import ConfigurationError
from commonhold.selection.affected import DependsOn
from tests.support.monorepos import CONFIG, Monorepo, answers, names, plugin

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "official/a", "official/b", "official/c"
OLD = "old/x"
WITH_OLD = CONFIG + '\n[tool.commonhold.tiers.old]\npath = ["old/*"]\n'
ADVISORY = CONFIG.replace('["official/*"]', '["official/*"]\non-shared-change = "advisory"')
NO_PLUGIN = "tool.commonhold.tiers.old.path: 'old/*' matches no folder with a project file"


def test_a_plugin_that_loses_only_its_project_file_is_followed_by_import(tmp_path: Path) -> None:
    imports = {f"{A}/tests/test_a.py": "import acme.b\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C), imports)
    affected = monorepo.after({f"{B}/pyproject.toml": None})
    assert (names(affected), affected.removed) == ({"a"}, ("b",))
    assert affected.plugins[0].reasons == (DependsOn(("b",), "import"),)  # type: ignore[arg-type]


@pytest.mark.parametrize("need", ["requirement", "import"])
def test_the_dependents_of_a_plugin_that_is_deleted_with_its_tier_are_tested(tmp_path: Path, need: str) -> None:
    user = plugin(A, ["x"] if need == "requirement" else [])
    user |= {f"{A}/tests/test_a.py": "import acme.x\n"} if need == "import" else {}
    tier = '\n[tool.commonhold.tiers.old]\npath = ["old/*"]\n'
    monorepo = Monorepo.of(tmp_path, user, plugin(B), plugin(OLD), config=ADVISORY + tier)
    affected = monorepo.after({OLD: None, "pyproject.toml": ADVISORY})
    assert answers(affected) == {"a": "test", "alone": "advisory", "b": "advisory", "lonely": "advisory"}
    assert affected.removed == ("x",)


def test_a_tier_whose_last_plugin_is_deleted_is_a_warning(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A, ["x"]), plugin(OLD), config=WITH_OLD)
    affected = monorepo.after({OLD: None})
    assert (answers(affected), affected.removed) == ({"a": "test"}, ("x",))
    assert NO_PLUGIN in affected.warnings
    assert NO_PLUGIN in monorepo.after({f"{A}/data.txt": ""}).warnings
    assert NO_PLUGIN in monorepo.between(None, monorepo.repo.head).affected.warnings


@pytest.mark.parametrize(
    "command", ["affected", "graph", "plan", "list", "audit", "check", "check --changed", "doctor"]
)
def test_every_command_warns_about_a_tier_without_plugins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(OLD), config=WITH_OLD)
    monorepo.after({OLD: None})
    main(["-C", str(monorepo.repo.root), *command.split()])
    assert capsys.readouterr().err.count(NO_PLUGIN) == 1


@pytest.mark.parametrize("before", [CONFIG, WITH_OLD.replace("old/*", "old/z*"), "", "[tool.commonhold"])
def test_a_new_pattern_without_plugins_is_an_error(tmp_path: Path, before: str) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin("official/alone"), plugin("community/b"), config=before)
    if before.endswith("commonhold"):  # base's configuration cannot be read
        assert NO_PLUGIN in monorepo.after({"pyproject.toml": WITH_OLD}).warnings
        return
    with pytest.raises(ConfigurationError, match="old/\\*"):
        monorepo.after({"pyproject.toml": WITH_OLD})


def test_a_refused_pattern_in_the_configuration_at_base_means_that_the_rules_changed(tmp_path: Path) -> None:
    old = CONFIG.replace('"**/*.md"', '"**.md"')
    monorepo = Monorepo.of(tmp_path, plugin(A), config=old)
    affected = monorepo.after({"pyproject.toml": CONFIG})
    assert affected.because == "every plugin is affected: the configuration in pyproject.toml changed"
    with pytest.raises(ConfigurationError, match=r"write '\*\*/\*\.md'"):
        monorepo.after({"pyproject.toml": old})


def test_patterns_that_match_nothing_are_reported(tmp_path: Path) -> None:
    config = CONFIG.replace('ignore = ["', 'ignore = ["doc/**", "doc.md", "')
    config += '\n[[tool.commonhold.shared]]\npath = ["ci/**", "tox.ini"]\naffects = "all"\n'
    affected = Monorepo.of(tmp_path, plugin(A), {"ci/run": ""}, config=config).after()
    assert affected.warnings == (
        "tool.commonhold.ignore: 'doc/**', 'doc.md' match no file",
        "tool.commonhold.shared[0].path: 'tox.ini' matches no file",
    )


def test_an_excluded_folder_is_not_a_plugin(tmp_path: Path) -> None:
    config = CONFIG.replace('path = ["official/*"]', 'path = ["official/*"]\nexclude = ["official/b"]')
    config += '\n[[tool.commonhold.shared]]\npath = ["official/b"]\naffects = ["a"]\n'
    affected = Monorepo.of(tmp_path, plugin(A), plugin(B), config=config).after(f"{B}/acme/b/__init__.py")
    assert (names(affected), affected.warnings) == ({"a"}, ())


@pytest.mark.parametrize(
    ("pattern", "path", "more"),
    [
        ("ci/{folder}.yml", "ci/a_b.yml", ""),
        ("ci/{name}.yml", "ci/a-b.yml", ""),
        ("ci/{name}/**", "ci/b/run", 'distribution = "A_{name}"\n'),
        ("ci/{{name}}.yml", "ci/{a-b}.yml", ""),
    ],
)
def test_placeholders_in_the_reads_of_a_tier_are_filled_in(tmp_path: Path, pattern: str, path: str, more: str) -> None:
    config = CONFIG.replace('path = ["official/*"]', f'path = ["official/*"]\nreads = ["{pattern}"]\n{more}')
    config += '\n[[tool.commonhold.shared]]\npath = ["ci/**"]\naffects = "none"\n'
    user = {"official/a_b/pyproject.toml": '[project]\nname = "A.b"\n'}
    monorepo = Monorepo.of(tmp_path, user, plugin(C), {path: ""}, config=config)
    assert names(monorepo.after(path)) == {"a-b"}


def test_a_dangling_requirement_is_in_the_warnings_and_in_the_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = plugin(A, ["b"]) | {f"{A}/requirements.txt": "-e ../nowhere\n-e ../c\n"}
    monorepo = Monorepo.of(tmp_path, user, plugin(B), plugin(C))
    assert monorepo.after().warnings == ("a requires official/nowhere, which does not exist",)
    monorepo.repo.git("switch", "-q", "-c", "topic")
    affected = monorepo.after({B: None})
    expected = ("a depends on b (runtime), which was removed", "a requires official/nowhere, which does not exist")
    assert affected.warnings == expected
    assert main(["-C", str(monorepo.repo.root), "graph"]) == 0
    written = capsys.readouterr()
    assert "└ b (runtime), which was removed" in written.out
    assert all(f"warning: {warning}" in written.err for warning in expected)
    for form in ("json", "mermaid"):
        assert main(["-C", str(monorepo.repo.root), "graph", "--format", form]) == 0
        assert '"removed": ["b"]' in (text := capsys.readouterr().out) or '"b (removed)"' in text
