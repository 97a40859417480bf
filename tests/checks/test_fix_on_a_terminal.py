"""``check --fix`` on a real terminal: the fixes are shown, and written only after a yes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.dialogues import on_terminal
from tests.support.monorepos import Monorepo

if TYPE_CHECKING:
    from pathlib import Path

FIX = [sys.executable, "-m", "commonhold.cli", "check", "lonely", "--fix"]
README = "community/lonely/README.md"
TEXT = "# Lonely\n\nIt draws maps.\n"
FIXED = TEXT + "\n## Status\n\nThis is a community plugin.\n"


@pytest.fixture(scope="module")
def monorepo(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    return Monorepo.of(tmp_path_factory.mktemp("fix") / "repo", {README: TEXT})


@pytest.mark.parametrize(("answer", "code", "after"), [("n\n", 1, TEXT), ("\x03", 130, TEXT), ("y\n", 1, FIXED)])
def test_fixes_are_written_only_after_a_yes(monorepo: Monorepo, answer: str, code: int, after: str) -> None:
    path: Path = monorepo.repo.path(README)
    path.write_text(TEXT, encoding="utf-8")
    with on_terminal(FIX, monorepo.repo.root) as program:
        program.wait_for("+This is a community plugin.")
        program.wait_for("Write these changes?")
        if answer == "\x03":
            assert program.leave(answer) == code
        else:
            program.type(answer)
            assert program.finish() == code
    assert path.read_text(encoding="utf-8") == after
    assert ("CH406" in program.shown) is (answer == "n\n")
