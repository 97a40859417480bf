"""A repository without a configuration: commands print lines to paste."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

ROOT = '[project]\nname = "whole"\nversion = "1"\n'


def project(folder: str) -> dict[str, str]:
    name = re.sub(r"\W+", "-", folder)
    return {f"{folder}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\n'}


def printed_lines(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip() == "[tool.commonhold]")
    return "\n".join(lines[start:]) + "\n"


@pytest.mark.parametrize(
    ("folders", "plugins"),
    [
        (("plugins/official/a", "plugins/official/b", "plugins/community/c", "plugins/community/d"), 4),
        (("core", "packages/a", "packages/b", "packages/b/inner", "tests/x", "tests/y", ".github/z"), 2),
        (("a", "b", "docs"), 2),
        (tuple(f"p{number}" for number in range(12)), 12),
        (("x/plugins/a", "x/plugins/b", "y/plugins/c", "y/plugins/d"), 4),
        (('odd [1] "2"/a', 'odd [1] "2"/b'), 2),
        (("providers/a", "providers/b", "providers/apache/c", "providers/apache/d", "providers/cncf/e"), 5),
    ],
)
def test_the_lines_work_when_they_are_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folders: tuple[str, ...], plugins: int
) -> None:
    files = {path: text for folder in folders for path, text in project(folder).items()}
    repo = Repo.of(tmp_path, {"pyproject.toml": ROOT, **files})
    assert main(["-C", str(tmp_path), "affected"]) == 2
    repo.commit({"pyproject.toml": ROOT + printed_lines(capsys)})
    assert main(["-C", str(tmp_path), "affected", "--base", "HEAD~1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == plugins


def test_every_command_prints_the_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = Repo.of(tmp_path / "repo", {**project("plugins/a"), **project("plugins/b"), **project("acme")})
    repo.commit({"pyproject.toml": ROOT})
    other = tmp_path / "other.toml"
    other.write_text(ROOT, encoding="utf-8")
    expected = (
        '  [tool.commonhold]\n  # If acme is the core: core = { path = ["acme/**"] }\n\n'
        '  [tool.commonhold.tiers.plugins]\n  path = ["plugins/*"]\n'
    )
    first = ["-C", str(tmp_path / "repo")]
    for words in (["affected"], ["plan"], ["graph"], ["audit"], ["--config", str(other), "affected"]):
        assert main([*first, *words]) == 2
        assert capsys.readouterr().err.endswith(expected), words
    repo.remove("pyproject.toml")
    assert main([*first, "affected"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "error: there is neither a pyproject.toml nor a commonhold.toml in the repository root\n  Create commonhold.toml with these lines"
    )
    assert said.endswith(expected)


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("acme", '# If acme is the core: core = { path = ["acme/**", "pyproject.toml", "setup.py"] }'),
        ("src/acme", '# If src/acme is the core: core = { path = ["src/acme/**", "pyproject.toml", "setup.py"] }'),
        ("tests", None),
        ("acme/inner", None),
    ],
)
def test_the_package_of_a_project_at_the_root_may_be_the_core(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], package: str, line: str | None
) -> None:
    files = {"pyproject.toml": ROOT, "setup.py": "", f"{package}/__init__.py": "", **project("plugins/a")}
    repo = Repo.of(tmp_path, {**files, **project("plugins/b")})
    assert main(["-C", str(tmp_path), "graph"]) == 2
    printed = printed_lines(capsys)
    found = [text.strip() for text in printed.splitlines() if "core" in text]
    assert found == ([line] if line else [])
    if line:
        repo.commit({"pyproject.toml": ROOT + printed.replace(line.partition("core = ")[0], "")})
        assert main(["-C", str(tmp_path), "graph"]) == 0


def test_a_repository_without_projects_gets_an_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Repo.of(tmp_path, {"pyproject.toml": ROOT, "src/whole.py": ""})
    assert main(["-C", str(tmp_path), "affected"]) == 2
    assert printed_lines(capsys).endswith('[tool.commonhold.tiers.plugins]\n  path = ["plugins/*"]\n')
