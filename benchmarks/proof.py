"""Prove the known truth: run all tests before and after a change, and list the plugins that notice it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.changes import Change
    from benchmarks.generate import Files

OPTIONS = ("--import-mode=importlib", "--continue-on-collection-errors", "-p", "no:cacheprovider", "-c", os.devnull)


def noticing(change: Change, folder: Path) -> frozenset[str]:
    """Return the plugins of which a test fails only after the change, and the new plugins; ``folder`` is emptied."""
    before, after = change.trees()
    new = frozenset(
        re.findall(r"/[a-z]+-(\w+)$", "\n".join(plugin_folders(after) - plugin_folders(before)), re.MULTILINE)
    )
    return new | (failing(after, folder) - failing(before, folder))


def plugin_folders(tree: Files) -> set[str]:
    """Return the folders of the plugins in a tree."""
    return {path.rpartition("/")[0] for path in tree if re.fullmatch(r"plugins/\w+/[^/]+/pyproject\.toml", path)}


def failing(tree: Files, folder: Path) -> frozenset[str]:
    """Write a tree, run all its tests as if every plugin were installed, and return the plugins with a failed test."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    roots = ":".join(str(folder / path) for path in sorted(plugin_folders(tree)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", *OPTIONS, f"--rootdir={folder}", "plugins"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": roots, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(f"pytest ended with code {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return frozenset(re.findall(r"^(?:FAILED|ERROR) \S*?plugins/\w+/[a-z]+-(\w+)/", done.stdout, re.MULTILINE))
