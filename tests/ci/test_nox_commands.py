"""The nox session ``affected``, without nox: one selection, whose lines are those of ``commonhold affected``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commonhold.ci import monorepo as opened
from commonhold.ci.nox_commands import run_affected
from commonhold.cli.__main__ import main
from commonhold.errors import UsageError
from commonhold.selection import SelectionResult, find_affected
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("explain", [[], ["--explain"], ["--explain", "user"]], ids=" ".join)
def test_the_session_selects_once_and_prints_what_the_command_prints(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, explain: list[str]
) -> None:
    sample = Monorepo.of(tmp_path, plugin("official/user", ["alone"]))
    sample.commit({"official/alone/x.py": ""})
    root = str(sample.repo.root)
    assert main(["-C", root, "affected", "--base", "HEAD^", *explain]) == 0
    out, err = capfd.readouterr()

    selections: list[object] = []

    def counting(*arguments: Any) -> SelectionResult:
        selections.append(arguments)
        return find_affected(*arguments)

    monkeypatch.setattr(opened, "find_affected", counting)
    monkeypatch.setattr("commonhold.ci.nox_commands.run_suite", lambda *_: 0)
    lines: list[str] = []
    arguments = ["--base", "HEAD^", *explain]
    assert run_affected(opened.open_monorepo(root), "noxfile.py", arguments, lines.append) == 0
    first, *messages = err.splitlines()
    assert capfd.readouterr().err.splitlines() == [first]
    assert lines[: len(messages) + len(out.splitlines())] == [*messages, *out.splitlines()]
    assert len(selections) == 1
    assert capfd.readouterr() == ("", "")


def test_an_unknown_plugin_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    sample = Monorepo.of(tmp_path, plugin("official/user"))
    with pytest.raises(UsageError, match=r"no plugin is named usre \(did you mean 'user'\?\)"):
        run_affected(opened.open_monorepo(str(sample.repo.root)), "noxfile.py", ["--explain", "usre"], print)
