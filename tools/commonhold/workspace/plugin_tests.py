"""Decide which files of a plugin are tests. A plugin's own patterns cannot hide files that it ships."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import normalize
from commonhold.projects.paths import is_among
from commonhold.workspace.config.values import NO_PATTERNS, USUAL_EXAMPLES
from commonhold.workspace.modules import module_of
from commonhold.workspace.plugin_discovery import PROJECT_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace.patterns import Patterns


class PluginTests(NamedTuple):
    """The test files of the plugin in ``folder``. Paths are relative to that folder.

    ``root`` are the patterns of the root's configuration. ``own`` are the patterns in the plugin's own table, which
    take precedence, but only for files that ``root`` matches too or whose first name is in ``unshipped``. Files in
    ``ships`` are never tests.
    """

    root: Patterns = NO_PATTERNS
    own: Patterns | None = None
    ships: frozenset[str] = frozenset()
    unshipped: frozenset[str] = frozenset()

    def match(self, inner: str, *, exists: bool = True) -> bool:
        """Return whether a file is a test. If it does not exist at head, its folder may have been a package before."""
        if self.own is None:
            found = self.root.match(inner)
        else:
            found = self.own.match(inner) and (
                self.root.match(inner) or (exists and inner.partition("/")[0] in self.unshipped)
            )
        return found and not (self.ships and is_among(inner, self.ships))

    def spare(self, inner: str, examples: Patterns) -> bool:
        """Return whether a file is one of ``examples``: neither shipped, nor tested, nor imported.

        The usual folders of examples may contain tests or shipped files; configured patterns apply to all files.
        """
        if not examples.match(inner):
            return False
        usual = examples is USUAL_EXAMPLES
        return not (usual and (self.are_among((inner,)) or (self.ships and is_among(inner, self.ships))))

    def are_among(self, paths: Iterable[str]) -> bool:
        """Return whether any path is a test file, whether it is shipped or not: by a pattern, or by pytest's names."""
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
    inner = [path[start:] for path in paths]
    # Files next to the sources, such as data or C sources, may be part of a build, so only Python folders can be tests.
    unshipped = {path.partition("/")[0] for path in inner if path.endswith(".py")}.difference(PROJECT_FILES)
    if not metadata.ships_only:
        unshipped -= importable((path for path in inner if not patterns.match(path)), metadata.name or "")
    return PluginTests(patterns, own, ships, frozenset(unshipped))


def importable(paths: Iterable[str], project: str) -> set[str]:
    """Return the first names of the paths at which modules can be imported, if metadata does not list packages.

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
