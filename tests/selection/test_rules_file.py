"""The configuration is in pyproject.toml or in commonhold.toml, and every command finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.errors import ConfigurationError
from commonhold.selection.affected import RulesChanged
from tests.support.monorepos import CONFIG, Content, Monorepo, names, plugin

if TYPE_CHECKING:
    from pathlib import Path

A, B = "official/a", "official/b"
OTHER_RULES = CONFIG + '\n[[tool.commonhold.shared]]\npath = ["docs/**"]\naffects = "none"\n'


def monorepo_with(tmp_path: Path, files: dict[str, Content]) -> Monorepo:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    monorepo.commit({"pyproject.toml": None, **files})
    return monorepo


def test_commands_read_commonhold_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = monorepo_with(tmp_path, {"commonhold.toml": CONFIG})
    assert names(monorepo.after({f"{A}/acme/a/__init__.py": "x = 1\n"})) == {"a"}
    folder = str(monorepo.repo.root)
    for words in (["affected", "--json"], ["plan", "--json"], ["graph"], ["audit", "--last", "1"], ["check"]):
        assert main(["-C", folder, *words]) in (0, 1), capsys.readouterr().err


def test_a_workspace_below_the_root_has_its_own_commonhold_toml(tmp_path: Path) -> None:
    files: dict[str, Content] = {f"python/{path}": text for path, text in plugin(A).items()}
    monorepo = monorepo_with(tmp_path, {"python/commonhold.toml": CONFIG, **files})
    assert main(["-C", str(monorepo.repo.path("python") / A), "graph"]) == 0


@pytest.mark.parametrize("other", ["[project]\nname = 'root'\nversion = '1'\n", None])
def test_rules_that_move_to_commonhold_toml_are_unchanged(tmp_path: Path, other: str | None) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), {"pyproject.toml": CONFIG + (other or "")})
    moved = monorepo.after({"pyproject.toml": other, "commonhold.toml": CONFIG})
    assert not any(isinstance(reason, RulesChanged) for reason in moved.common)


def test_changed_rules_select_every_plugin_and_a_comment_selects_none(tmp_path: Path) -> None:
    monorepo = monorepo_with(tmp_path, {"commonhold.toml": CONFIG})
    changed = monorepo.after({"commonhold.toml": OTHER_RULES})
    assert changed.selection == "all"
    assert "commonhold.toml" in changed.because
    assert monorepo.after({"commonhold.toml": f"# a comment\n{OTHER_RULES}"}).selection == "none"


def test_rules_in_both_files_are_an_error(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    with pytest.raises(
        ConfigurationError, match=r"pyproject.toml and commonhold.toml both contain \[tool.commonhold\]"
    ):
        monorepo.after({"commonhold.toml": OTHER_RULES})


def test_rules_in_both_files_at_base_mean_that_the_rules_changed(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    base = monorepo.commit({"commonhold.toml": CONFIG})
    head = monorepo.commit({"commonhold.toml": None})
    assert monorepo.between(base, head).affected.selection == "all"
