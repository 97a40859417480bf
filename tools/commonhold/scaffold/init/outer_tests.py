"""Find the tests outside plugins that import plugins, such as those in a ``tests`` folder at the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.paths import folders_above
from commonhold.scaffold.init.facts import line_of
from commonhold.scaffold.init.named_paths import NamedPath
from commonhold.selection.evidence import imported_modules
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace import Files, Workspace

_FOLDERS = frozenset(("test", "tests"))
_OTHERS = frozenset(("doc", "docs", "example", "examples", "template", "templates"))


def is_test_file(path: str) -> bool:
    """Return whether pytest collects a file by default, and a folder above it is named after tests."""
    *folders, name = path.split("/")
    is_named = name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))
    return is_named and not _FOLDERS.isdisjoint(folders) and _OTHERS.isdisjoint(folders)


def find_outer_tests(files: Files, workspace: Workspace) -> dict[str, NamedPath]:
    """Return the tests outside plugins that import plugins, and the other files next to these tests and above them."""
    owners = Owners(plugin.path for plugin in workspace.plugins.values())
    core = workspace.config.core.path
    outside = [path for path in files.entries if owners.of(path) is None and not core.match(path)]
    tests = sorted(filter(is_test_file, outside))
    files.prefetch(tests)
    # A name such as `utils` may also be a file outside plugins.
    others = {part.removesuffix(".py") for path in outside for part in path.split("/")}
    modules = {module: name for module, name in _modules(workspace).items() if module not in others}
    found: dict[str, NamedPath] = {}
    for path in tests:
        data = files.get(path) or b""
        users = {modules[module]: module for module, _ in imported_modules(data) if module in modules}
        if users:
            name = min(users)
            last = users[name].rpartition("/")[2]
            line = line_of(data, rf"^\s*(?:from|import)\b.*\b{last}\b") or line_of(data, rf"\b{last}\b")
            found[path] = NamedPath(frozenset(users), f"{path}:{line} imports {name}")
    return {**found, **dict(_near(found, outside))}


def _near(tests: Mapping[str, NamedPath], outside: Iterable[str]) -> Iterator[tuple[str, NamedPath]]:
    """Yield the other files next to tests and above them, such as helpers: they affect the plugins of these tests."""
    below: dict[str, set[Name]] = {}
    for path, named in tests.items():
        for folder in folders_above(path):
            if not _FOLDERS.isdisjoint(folder.split("/")):
                below.setdefault(folder, set()).update(named.packages or ())
    for path in outside:
        folder = path.rpartition("/")[0]
        if folder in below and not is_test_file(path):
            yield path, NamedPath(frozenset(below[folder]), f"tests in {folder} import plugins")


def _modules(workspace: Workspace) -> dict[str, Name]:
    """Return the packages that exactly one plugin ships, as paths; files of its own tests are not shipped."""
    found: dict[str, Name | None] = {}
    for name, plugin in workspace.plugins.items():
        for path in plugin.files or ():
            inner = path[len(plugin.path) + 1 :].removeprefix("src/")
            if inner.endswith("/__init__.py") and _FOLDERS.isdisjoint(inner.split("/")):
                place = inner.removesuffix("/__init__.py")
                found[place] = name if found.get(place, name) == name else None
    return {place: name for place, name in found.items() if name is not None}
