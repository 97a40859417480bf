"""Decide which files of a plugin are tests. A plugin's own patterns cannot hide files that it ships."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import normalize
from commonhold.projects.paths import PROJECT_FILES, is_among, is_within
from commonhold.workspace.config.values import NO_PATTERNS, USUAL_EXAMPLES
from commonhold.workspace.import_roots import FLAT, NOT_SHIPPED, SUFFIXES, all_roots
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace.patterns import Patterns


class PluginTests(NamedTuple):
    """The test files of the plugin in ``folder``. Paths are relative to that folder.

    ``root`` are the patterns of the root's configuration. ``own`` are the patterns in the plugin's own table, which
    take precedence, but only for some files: those that ``root`` matches too, and those whose path starts with a name
    in ``unshipped`` unless the metadata ``names`` them. Files in ``ships`` are never tests.
    """

    root: Patterns = NO_PATTERNS
    own: Patterns | None = None
    ships: frozenset[str] = frozenset()
    unshipped: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def match(self, inner: str, *, exists: bool = True) -> bool:
        """Return whether a file is a test.

        If the file is missing at head, its folder may have been a package at base.
        """
        if self.own is None:
            found = self.root.match(inner)
        else:
            is_free = exists and inner.partition("/")[0] in self.unshipped and inner not in self.names
            found = self.own.match(inner) and (is_free or self.root.match(inner))
        return found and not (self.ships and is_among(inner, self.ships))

    def ship_linked(self, folder: str, targets: Iterable[str]) -> PluginTests:
        """Add the targets of shipped symbolic links, whose contents builds ship under the paths of the links."""
        start = len(folder) + 1
        inside = (path for path in targets if is_within(path, folder) or is_within(folder, path))
        return self._replace(ships=self.ships.union(path[start:] for path in inside))

    def spare(self, inner: str, examples: Patterns) -> bool:
        """Return whether a file is one of ``examples``, which are neither shipped nor tested nor imported.

        The usual folders of examples may contain tests or shipped files; configured patterns apply to all files.
        """
        if not examples.match(inner):
            return False
        usual = examples is USUAL_EXAMPLES
        return not (usual and (self.are_among((inner,)) or (self.ships and is_among(inner, self.ships))))

    def are_among(self, paths: Iterable[str]) -> bool:
        """Return whether any path, shipped or not, is a test file by a pattern or by pytest's naming rules."""
        for inner in paths:
            name = inner.rpartition("/")[2]
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
                return True
            if self.root.match(inner) or (self.own is not None and self.own.match(inner)):
                return True
        return False


def find_plugin_tests(
    folder: str, metadata: Metadata, root: Patterns | None, own: Patterns | None, paths: Iterable[str]
) -> PluginTests:
    """Return the test files of the plugin in ``folder``, which contains ``paths`` (relative to the repository)."""
    start = len(folder) + 1
    ships = frozenset(path[start:] for path in metadata.ships)
    patterns = root or NO_PATTERNS
    if own is None:
        return PluginTests(patterns, None, ships)
    if metadata.builds_any:
        return PluginTests(patterns, own, ships)
    inner = [path[start:] for path in paths]
    # Files next to the sources, such as data or C sources, may be part of a build, so only Python folders can be tests.
    unshipped = {path.partition("/")[0] for path in inner if path.endswith(".py")}.difference(PROJECT_FILES)
    if not metadata.ships_only:
        unshipped -= importable((path for path in inner if not patterns.match(path)), metadata.name or "")
    names = frozenset(path[start:] for path in metadata.names)
    return PluginTests(patterns, own, ships, frozenset(unshipped), names)


def shipped_paths(folder: str, metadata: Metadata, tests: PluginTests, paths: Iterable[str]) -> list[str]:
    """Return the paths of a plugin that a build may ship: in an import root, or named in its settings."""
    start = len(folder) + 1
    inner = [path[start:] for path in paths]
    python = [path for path in inner if path.endswith(SUFFIXES)]
    roots = {root for root, _ in (FLAT if metadata.builds_any else all_roots(metadata.roots, python))}
    # Build backends look for modules in the project's folder only if it contains no packages.
    is_flat = metadata.builds_any or not any("/" in path and _is_in_roots(path, roots) for path in python)
    shipped = (path for path in inner if _is_in_roots(path, roots) and (is_flat or "." not in path.partition("/")[0]))
    named = (path for path in inner if is_among(path, tests.ships))
    return [folder + "/" + path for path in (*shipped, *named) if not tests.match(path)]


def _is_in_roots(path: str, roots: Iterable[str]) -> bool:
    top = path.partition("/")[0]
    return any(path.startswith(f"{root}/") if root else top not in NOT_SHIPPED for root in roots)


def importable(paths: Iterable[str], project: str) -> set[str]:
    """Return the first parts of the paths from which modules can be imported, if metadata does not list packages.

    ``paths`` are relative to the project's folder. Folders without ``__init__.py`` count only if there is no regular
    package, because build backends then find no other packages.
    """
    regular: set[str] = set()
    namespaces: set[str] = set()
    modules: set[str] = set()
    for path in paths:
        top, _, below = path.partition("/")
        if below and top == "src":
            regular.add(top)
        elif module_of(path) is None:
            continue
        elif not below:
            modules.add(top)
        elif path.rpartition("/")[2].startswith("__init__.") or normalize(top) == project:
            regular.add(top)
        else:
            namespaces.add(top)
    return modules | (regular or namespaces)
