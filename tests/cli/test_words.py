"""Messages of commands next to their result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.cli.__main__ import main
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

A, B, C = "official/a", "official/b", "community/c"


def source(folder: str, name: str = "__init__") -> str:
    return f"{folder}/acme/{folder[-1]}/{name}.py"


def run(monorepo: Monorepo, *words: str) -> int:
    return main(["-C", str(monorepo.repo.root), *words])


def test_files_that_import_the_same_share_a_line_of_the_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports = {source(B, name): "import acme.a\n" for name in ("one", "three", "two")}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B, ["a"]), plugin(C, groups={"dev": ["a"]}), imports)
    assert run(monorepo, "graph") == 0
    assert capsys.readouterr().out.splitlines() == [
        "official (3)",
        "  a",
        "  alone",
        "  b",
        f"    └ a (import): {source(B, 'one')} and 2 more",
        "    └ a (runtime)",
        "community (2)",
        "  c",
        "    └ a (group)",
        "  lonely",
    ]


def test_many_warnings_do_not_hide_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = [f"official/b{number}" for number in range(7)]
    imports = {f"{folder}/acme/x.py": "import acme.a\n" for folder in users}
    monorepo = Monorepo.of(tmp_path, plugin(A), *map(plugin, users), imports)
    monorepo.commit({f"{A}/data.txt": "more\n"})
    for command in ("affected", "plan"):
        assert run(monorepo, command, "--base", "HEAD~1") == 0
        warnings = [line for line in capsys.readouterr().err.splitlines() if "import" in line or "more" in line]
        assert warnings[0] == f"warning: b0 imports a ({users[0]}/acme/x.py) but does not declare it"
        assert warnings[5:] == ["warning: … and 2 more; `commonhold graph` lists all of them"]


def test_removed_plugins_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B))
    monorepo.commit(dict.fromkeys(plugin(A)))
    assert run(monorepo, "affected", "--base", "HEAD~1") == 0
    assert capsys.readouterr().err.splitlines()[1:] == ["removed: a"]
    assert run(monorepo, "affected", "--base", "HEAD~1", "--explain", "A") == 0
    assert capsys.readouterr().err.splitlines() == ["a was removed"]


def test_a_shallow_history_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path / "whole", plugin(A))
    monorepo.commit({"docs/a.md": "a\n"})
    shallow = tmp_path / "shallow"
    monorepo.repo.git("clone", "-q", "--depth", "2", f"file://{monorepo.repo.root}", str(shallow))
    assert main(["-C", str(shallow), "audit", "--last", "5"]) == 0
    said = capsys.readouterr()
    assert "warning: this clone is shallow and has only 2 commits; run: git fetch --unshallow" in said.err
    assert said.out.startswith("1 commit: 1 none")


def test_a_file_without_rules_is_not_answered_with_how_to_name_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = Monorepo.of(tmp_path, plugin(A))
    (tmp_path / "other.toml").write_text("[commonhold]\n")
    assert main(["-C", str(monorepo.repo.root), "--config", str(tmp_path / "other.toml"), "graph"]) == 2
    assert "A file passed to --config also needs a [tool.commonhold] table." in capsys.readouterr().err
