"""The client for users of plugins as a command of commonhold."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from tests.support.plugin_indexes import PluginIndex, plugin_entry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delitem(sys.modules, "commonhold.cli.plugins", raising=False)
    plugins = [plugin_entry("acme-spark", "1.16.3")]
    return str(PluginIndex(tmp_path, plugins={("1.16", "official"): plugins}).write().folder)


def test_the_client_is_a_command(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--root", root, "--series", "1.16"]
    assert main(["plugins", *options, "search"]) == 0
    assert "spark" in capsys.readouterr().out
    assert main(["plugins", *options, "show", "none"]) == 1
    assert "commonhold plugins search WORD" in capsys.readouterr().err
    assert main(["plugins", "unknown"]) == 2


@pytest.mark.parametrize("words", [["-q", "plugins"], ["plugins", "-q"], ["plugins", "-v", "-q"]])
def test_quiet_means_the_same_for_the_client(words: list[str], root: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--root", root, "search", "--series", "1.16"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("has_pip", [True, False])
@pytest.mark.parametrize("words", [[], ["search", "--json", "x"], ["--help"]])
def test_without_the_client_the_command_that_installs_it_is_shown(
    words: list[str], has_pip: bool, root: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("commonhold_plugins")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "commonhold_plugins", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if has_pip else None)
    assert main(["plugins", *words]) == 2
    command = f"{sys.executable} -m pip install" if has_pip else f"uv pip install --python {sys.executable}"
    assert f"Install it: {command} commonhold-plugins\n" in capsys.readouterr().err
