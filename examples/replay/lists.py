"""Compare flytekit's hand-written lists of plugins with the plugins in its tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.workspace import Plugin, Workspace

WORKFLOW = ".github/workflows/pythonbuild.yml"
NAME = re.compile(r"flytekitplugins-[A-Za-z0-9_-]*[A-Za-z0-9]")
MODULE = re.compile(r"\.\. automodule:: flytekitplugins\.(\w+)")
BUILT = "3.12"


class HandList(NamedTuple):
    """One list: its place and purpose, the number of listed plugins, the missing plugins, and its errors."""

    where: str
    purpose: str
    names: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...] = ()


def compare_lists(root: str, workspace: Workspace) -> Iterator[HandList]:
    """Compare the lists of the clone at ``root``. Plugins are named by their folders below ``plugins/``."""
    base = Path(root)
    plugins = {plugin.path.removeprefix("plugins/"): plugin for plugin in workspace.plugins.values()}
    matrix = yaml.safe_load((base / WORKFLOW).read_text())["jobs"]["build-plugins"]["strategy"]["matrix"]
    yield _matrix(matrix, plugins.keys())
    yield _pull_requests(matrix)
    yield _sources(ast.parse((base / "plugins/setup.py").read_text()), plugins.values())
    yield _make_test(plugins.values())
    yield _named(base / "plugins/README.md", "plugins/README.md", "the table that users read", plugins)
    yield _documented(base, plugins)


def _matrix(matrix: dict[str, Any], folders: Iterable[str]) -> HandList:
    listed = set(matrix["plugin-names"])
    excluded = {rule["plugin-names"] for rule in matrix["exclude"]}
    wrong = [f"excludes {name}, which it does not list" for name in sorted(excluded - listed)]
    wrong += [f"lists {name}, which does not exist" for name in sorted(listed - {*folders})]
    return HandList(
        f"{WORKFLOW}, `plugin-names`",
        "which plugins are tested",
        len(listed),
        _sorted({*folders} - listed),
        tuple(wrong),
    )


def _pull_requests(matrix: dict[str, Any]) -> HandList:
    listed = set(matrix["plugin-names"])
    never = {rule["plugin-names"] for rule in matrix["exclude"] if str(rule["python-version"]) == BUILT} & listed
    purpose = f"which are tested on a pull request (Python {BUILT} alone)"
    return HandList(f"{WORKFLOW}, `exclude`", purpose, len(listed - never), _sorted(never))


def _sources(module: ast.Module, plugins: Iterable[Plugin]) -> HandList:
    value = next(node.value for node in module.body if isinstance(node, ast.Assign) and _is_named(node, "SOURCES"))
    listed = {normalize(name): folder for name, folder in ast.literal_eval(value).items()}
    folders = {plugin.name: plugin.path.removeprefix("plugins/") for plugin in plugins}
    wrong = [
        f"looks for {name} in plugins/{folder}; it is in plugins/{folders[name]}"
        for name, folder in listed.items()
        if name in folders and folders[name] != folder
    ]
    wrong += [f"lists {name}, which does not exist" for name in listed if name not in folders]
    missing = _sorted(folder for name, folder in folders.items() if name not in listed)
    return HandList("plugins/setup.py, `SOURCES`", "installs all plugins", len(listed), missing, tuple(wrong))


def _is_named(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _make_test(plugins: Iterable[Plugin]) -> HandList:
    """``find . -maxdepth 1 -type d | grep 'flytekit-'`` finds no deeper folders."""
    folders = [plugin.path.removeprefix("plugins/") for plugin in plugins]
    deeper = [folder for folder in folders if "/" in folder]
    purpose = "tests all plugins (`find -maxdepth 1`)"
    return HandList("plugins/Makefile, `test`", purpose, len(folders) - len(deeper), _sorted(deeper))


def _named(file: Path, where: str, purpose: str, plugins: dict[str, Plugin]) -> HandList:
    rows = [line for line in file.read_text().splitlines() if line.startswith("|")]
    listed = {normalize(name) for row in rows for name in NAME.findall(row)}
    known = {plugin.name for plugin in plugins.values()}
    missing = _sorted(folder for folder, plugin in plugins.items() if plugin.name not in listed)
    wrong = tuple(f"names {name}, which does not exist" for name in sorted(listed - known))
    return HandList(where, purpose, len(listed & known), missing, wrong)


def _documented(base: Path, plugins: dict[str, Plugin]) -> HandList:
    pages = sorted((base / "docs/source/plugins").glob("*.rst"))
    modules = {name for page in pages for name in MODULE.findall(page.read_text())}
    known = {folder: _modules(base / plugin.path) for folder, plugin in plugins.items()}
    missing = _sorted(folder for folder, own in known.items() if not own & modules)
    strangers = modules - {name for own in known.values() for name in own}
    wrong = tuple(f"documents flytekitplugins.{name}, which does not exist" for name in sorted(strangers))
    return HandList("docs/source/plugins/*.rst", "the API reference", len(known) - len(missing), missing, wrong)


def _modules(folder: Path) -> set[str]:
    return {child.stem for child in folder.glob("flytekitplugins/*") if child.stem != "__pycache__"}


def _sorted(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(folders))
