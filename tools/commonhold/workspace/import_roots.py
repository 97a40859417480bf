"""Find the names under which a plugin's Python files can be imported, given its import roots.

A file in an import root has the same name wherever its plugin is installed. All other files, such as tests, scripts and
stubs, can be imported only by their path in the plugin's folder, while that folder is the working directory.
"""

from __future__ import annotations

from functools import lru_cache

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

ImportRoots: TypeAlias = "tuple[tuple[str, str], ...]"
"""Folders relative to the plugin's folder, each with the package that it is (``""``: the folder contains packages)."""

SRC: ImportRoots = (("src", ""),)
FLAT: ImportRoots = (("", ""),)
PACKAGE = "/__init__"

SUFFIXES = (".py", ".pyi", ".so", ".pyd")
# Every plugin can have its own modules of these names at its root, so other plugins cannot import them.
PRIVATE = frozenset({"__init__", "conftest", "noxfile", "setup", "tasks"})
# Folders that setuptools does not ship if a project has no src folder and lists no packages (FlatLayoutPackageFinder).
NOT_SHIPPED = frozenset(
    {
        *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog"),
        *("test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils"),
        *("python", "build", "benchmark", "benchmarks", "exercise", "exercises", "htmlcov", "tasks", "fabfile"),
        *("site_scons", "conftest", "toxfile", "noxfile", "pavement", "dodo", "conanfile", "manage"),
    }
)


def all_roots(declared: ImportRoots, paths: Iterable[str]) -> ImportRoots:
    """Return a plugin's import roots, given its declared import roots and its Python files.

    If no declared root contains packages, ``src`` is an import root if it contains Python files, else the plugin's
    folder is.
    """
    if any(not package for _, package in declared):
        return declared
    return declared + (SRC if any(path.startswith("src/") for path in paths) else FLAT)


def installed_stems(path: str, roots: ImportRoots) -> Iterator[str]:
    """Yield the names of a file in import roots, as paths without a suffix (``acme/spark/__init__``).

    A stub does not define a module that can be imported.
    """
    stem, _, suffix = path.rpartition(".")
    if suffix == "pyi":
        return
    for folder, package in roots:
        if folder and not stem.startswith(f"{folder}/"):
            continue
        inner = stem[len(folder) + 1 :] if folder else stem
        if folder or package or inner.partition("/")[0] not in NOT_SHIPPED:
            yield f"{package.replace('.', '/')}/{inner}" if package else inner


def plain_stem(path: str) -> str:
    """Return the path of a file in the plugin's folder or in its ``src``, without a suffix."""
    return path.removeprefix("src/").rpartition(".")[0]


def is_importable(path: str, roots: ImportRoots) -> bool:
    """Return whether a file is in an import root, so that the plugin's users can import it."""
    return any(module_name(stem) is not None for stem in installed_stems(path, roots))


def names_of(path: str, roots: ImportRoots) -> set[str]:
    """Return every dotted name under which a file can be imported."""
    if not path.endswith(SUFFIXES):
        return set()
    folder, _, file = path.rpartition("/")
    path = f"{folder}/{file.partition('.')[0]}." if folder else f"{file.partition('.')[0]}."
    names = map(module_name, (*installed_stems(path, roots), plain_stem(path)))
    return {name for name in names if name is not None}


def package_parts(path: str, roots: ImportRoots) -> list[str]:
    """Return the components of the dotted name of the package that contains a file."""
    deepest_first = sorted(roots, key=lambda root: -len(root[0])) if len(roots) > 1 else roots
    stem = next(installed_stems(path, tuple(deepest_first)), plain_stem(path))
    return stem.split("/")[:-1]


def module_name(stem: str) -> str | None:
    """Return the dotted name for a path without a suffix, or ``None`` if the path cannot be imported.

    >>> module_name("acme/spark/__init__"), module_name("my-scripts/run")
    ('acme.spark', None)
    """
    folder, _, name = stem.rpartition("/")
    package = folder.replace("/", ".") if is_package_path(folder) else None
    if package is None or not name.isidentifier() or (not package and name in PRIVATE):
        return None
    if name == "__init__":
        return package or None
    return f"{package}.{name}" if package else name


@lru_cache(maxsize=8192)
def is_package_path(folder: str) -> bool:
    """Return whether a folder, and each folder above it, can be a package."""
    return not folder or all(map(str.isidentifier, folder.split("/")))
