"""Find the import package of a plugin in its files, and where its files move under a new name."""

from __future__ import annotations

import ast
import os.path
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_NOT_PACKAGES = frozenset(
    (
        *("test", "tests", "testing", "doc", "docs", "example", "examples", "script", "scripts", "tool", "tools"),
        *("benchmark", "benchmarks", "notebooks", "build", "dist", "ci", "src", "requirements", "node_modules"),
    )
)
_NOT_MODULES = frozenset(("setup.py", "conftest.py", "noxfile.py", "tasks.py", "manage.py", "versioneer.py"))


@dataclass(frozen=True, slots=True)
class PackageLayout:
    """An import package: its dotted name, and the folder (``root``) from which it is imported.

    ``is_module`` is true for a package that is a single file. ``siblings`` are the names of the distribution's other
    packages, which are shipped with it. Paths are relative to the plugin's folder.
    """

    name: str
    root: str
    is_module: bool = False
    siblings: tuple[str, ...] = ()

    @property
    def tops(self) -> tuple[str, ...]:
        """The outermost packages that the distribution ships."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in (self.name, *self.siblings)))

    @property
    def path(self) -> str:
        """The package's folder, or its file."""
        return posixpath.join(self.root, *self.name.split(".")) + (".py" if self.is_module else "")

    def renamed(self, name: str, siblings: tuple[str, ...] = ()) -> PackageLayout:
        """Return the layout of the same package with another name, which is a folder."""
        return PackageLayout(name, self.root, siblings=siblings)

    def moves(self, paths: Iterable[str], new: PackageLayout) -> dict[str, str]:
        """Return the new path of each file of the package."""
        if self.is_module:
            return {self.path: f"{new.path}/__init__.py"}
        start = f"{self.path}/"
        return {path: f"{new.path}/{path[len(start) :]}" for path in paths if path.startswith(start)}

    def module_of(self, path: str) -> str | None:
        """Return the dotted name of a module of the package; ``None`` for other files.

        For ``__init__.py``, the last part is ``__init__``, so that relative imports count from the right folder.
        """
        if path == self.path:
            return f"{self.name}.__init__"
        if not path.startswith(f"{self.path}/") or not path.endswith(".py"):
            return None
        start = len(self.root) + 1 if self.root else 0
        return os.path.splitext(path[start:])[0].replace("/", ".")


def find_packages(paths: Iterable[str], roots: Iterable[str] = ()) -> tuple[PackageLayout, ...]:
    """Return the import packages among the paths of a plugin.

    ``roots`` are the folders with packages that the project files declare. A package is the outermost folder with an
    ``__init__.py``: its parents are namespaces.

    >>> [each.name for each in find_packages(["src/ns/a/__init__.py", "src/ns/a/b/__init__.py", "tests/__init__.py"])]
    ['ns.a']
    """
    every = sorted(paths)
    for root in dict.fromkeys((*(root.strip("/") for root in roots), "src", "")):
        found = tuple(_packages_below(root, every))
        if found:
            return found
    return ()


def _packages_below(root: str, paths: list[str]) -> Iterator[PackageLayout]:
    start = f"{root}/" if root else ""
    inside = [path[len(start) :] for path in paths if path.startswith(start)]
    folders: list[str] = []
    for path in inside:
        folder, _, name = path.rpartition("/")
        parts = folder.split("/")
        is_package = name == "__init__.py" and bool(folder) and all(part.isidentifier() for part in parts)
        if is_package and parts[0] not in _NOT_PACKAGES and not any(folder.startswith(f"{one}/") for one in folders):
            folders.append(folder)
    # A nested package can precede the package around it: `a/B/__init__.py` is sorted before `a/__init__.py`.
    outer = [folder for folder in folders if not any(folder.startswith(f"{one}/") for one in folders)]
    yield from (PackageLayout(folder.replace("/", "."), root) for folder in outer)
    if not outer:
        for path in inside:
            is_code = path.endswith(".py") and "/" not in path and path not in _NOT_MODULES
            if is_code and path[:-3].isidentifier() and not path.startswith(("test_", "_")):
                yield PackageLayout(path[:-3], root, is_module=True)


def choose_package(packages: Iterable[PackageLayout], distribution: str) -> PackageLayout | None:
    """Return the only package, or the one that is named like the distribution; ``None`` if there is no such package."""
    every = tuple(packages)
    if len(every) == 1:
        return every[0]
    wanted = distribution.replace("-", "").replace("_", "").replace(".", "").lower()
    same = [each for each in every if each.name.replace("_", "").replace(".", "").lower() == wanted]
    return same[0] if len(same) == 1 else None


def members(layout: PackageLayout, paths: Iterable[str], read: Callable[[str], bytes | None]) -> frozenset[str]:
    """Return the modules of a package, and the names that its ``__init__.py`` defines or imports."""
    start = f"{layout.path}/"
    first = {path[len(start) :].partition("/")[0] for path in paths if path.startswith(start)}
    names = {name.partition(".")[0] for name in first if name.endswith(".py") or "." not in name}
    source = read(layout.path if layout.is_module else f"{start}__init__.py")
    return frozenset(name for name in (*names, *_defined(source or b"")) if name.isidentifier())


def _defined(source: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
