"""The reason why a folder is missing from a session's copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.ci.checkout import explain_omissions, needed_paths
from commonhold.workspace import read_config, read_workspace
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = '[tool.commonhold.tiers.t]\npath = ["plugins/*"]\n'
TREE = MemoryTree(
    {
        "pyproject.toml": CONFIG,
        "plugins/a/pyproject.toml": '[project]\nname = "acme-a"\ndependencies = ["acme-d"]\n',
        **{f"plugins/{name}/pyproject.toml": f'[project]\nname = "acme-{name}"\n' for name in ("b", "bb", "d")},
    }
)
MISSING = "plugins/b is not in this session's copy because acme-a declares no dependency on acme-b"


def explained(log: str, files: Mapping[str, str] | None = None) -> list[str]:
    workspace = read_workspace(TREE, read_config(TREE))
    plugin = next(plugin for plugin in workspace.plugins.values() if plugin.path == "plugins/a")
    return list(explain_omissions(plugin, workspace, needed_paths(plugin, workspace, TREE), log))


@pytest.mark.parametrize(
    "log",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/commonhold-x/plugins/b/data.json'",
        "error: Distribution not found at: file:///tmp/commonhold-x/plugins/b",
        "ERROR: file or directory not found: ../b/tests",
        "cat: plugins/b: No such file or directory",
    ],
)
def test_a_failure_that_names_a_missing_folder_is_explained(log: str) -> None:
    (line,) = explained(f"....F\n{log}\n1 failed\n")
    assert line.startswith(MISSING)


@pytest.mark.parametrize(
    "log", ["", "plugins/d/x.json is missing", "plugins/a: error", "see plugins/bbb", "my-plugins/b", "no b here"]
)
def test_a_failure_that_names_no_missing_folder_is_not_explained(log: str) -> None:
    assert explained(log) == []
