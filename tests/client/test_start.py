"""What the command line imports: the start of a core's own command line, and a search, must stay fast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.plugin_indexes import PluginIndex

REPORT = "import json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"


def imported(code: str) -> set[str]:
    ended = subprocess.run([sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=True)
    return set(json.loads(ended.stderr.rpartition("[")[1] + ended.stderr.rpartition("[")[2]))


def test_the_command_line_imports_click_and_little_else() -> None:
    added = imported("import commonhold_plugins.cli") - imported("import click, copy, importlib")
    own = {name for name in added if name.partition(".")[0] == "commonhold_plugins"}
    assert added - own == set()
    assert {name.rpartition(".")[2] for name in own} <= {
        "commonhold_plugins", "cli", "group", "invocation", "options", "errors",
    }  # fmt: skip


def test_a_search_imports_neither_a_decoder_nor_the_network(
    index: PluginIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path / "home"))
    program = [sys.executable, "-m", "commonhold_plugins", "--series", "1.16"]
    for words in (["use", str(index.folder)], ["update"]):
        subprocess.run([*program, *words], check=True, capture_output=True, env=dict(os.environ))
    code = (
        "from commonhold_plugins.cli.group import plugins_group, run_group\n"
        "assert run_group(plugins_group(), ['--series', '1.16', 'search', 'spark']) == 0"
    )
    slow = ("requests", "rich", "packaging", "hashlib", "http", "subprocess", "tempfile", "importlib.metadata")
    found = imported(code)
    assert [name for name in (*slow, "commonhold_plugins.documents", "commonhold_plugins.model") if name in found] == []
