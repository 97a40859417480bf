"""Find the core: the one project that nearly every package requires at run time, in the tree or on an index."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from commonhold.projects.names import normalize
from commonhold.projects.paths import PROJECT_FILES
from commonhold.scaffold.init.facts import CoreFound, Found, Place, lines_with_numbers
from commonhold.scaffold.init.packages import NOT_PLUGINS
from commonhold.workspace.patterns import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Package
    from commonhold.workspace import Files

_MOST = 0.8  # of the packages require a core
_COMMON_WORDS = frozenset(("ai", "api", "core", "client", "lib", "py", "python", "sdk", "plugin", "plugins"))
_BUILD_FILES = (*PROJECT_FILES, "MANIFEST.in")


def choose_core(files: Files, packages: Sequence[Package], root: Package | None) -> CoreFound | None:
    """Return the core; ``None`` if most packages require no project, or more than one project of the tree."""
    counts = Counter(name for package in packages for name in _required(package))
    needed = max(2, _MOST * len(packages))
    by_name = {package.name: package for package in (*packages, *([root] if root else []))}
    # A core in the tree does not require itself.
    usual = [name for name, count in counts.items() if count >= needed - (name in by_name)]
    inside = [by_name[name] for name in usual if name in by_name]
    outside = sorted(
        (name for name in usual if name not in by_name and _is_related(name, packages)),
        key=lambda name: (-counts[name], name),
    )
    total = len(packages)
    if outside and all(outside[0] in _required(package) for package in inside):
        name = outside[0]
        return CoreFound(name, counts[name], total, pins=tuple(_pins(files, name)))
    if len(inside) != 1:
        return None
    (package,) = inside
    # A package next to the other packages is a plugin that they require.
    if sum(other.parent == package.parent for other in packages) > total / 2:
        return None
    paths = _core_paths(files, packages) if package is root else (f"{escape(package.folder)}/**",)
    return CoreFound(package.name, counts[package.name], total, package, paths, tuple(_pins(files, package.name)))


def _required(package: Package) -> frozenset[Name]:
    return frozenset(each.name for each in package.metadata.runtime if each.name is not None)


def _is_related(name: Name, packages: Sequence[Package]) -> bool:
    """Return whether the names of most packages contain a word of a distribution's name."""
    words = {*name.split("-")} - _COMMON_WORDS
    return sum(not words.isdisjoint(package.name.split("-")) for package in packages) >= _MOST * len(packages)


def _core_paths(files: Files, packages: Sequence[Package]) -> tuple[str, ...]:
    """Return patterns for the packages and build files of a core at the root of the repository."""
    used = {package.folder.partition("/")[0] for package in packages}
    folders = {
        parts[0]
        for path in files.entries
        if path.endswith(".py")
        and len(parts := path.split("/")) > 1
        and parts[0].isprintable()
        and f"{parts[0]}/__init__.py" in files.entries
    }
    shipped = sorted(each for each in folders if each not in used and each not in NOT_PLUGINS)
    if not shipped and any(path.startswith("src/") and path.endswith(".py") for path in files.entries):
        shipped = ["src"]
    return (*(f"{escape(folder)}/**" for folder in shipped), *(name for name in _BUILD_FILES if name in files.entries))


def _pins(files: Files, name: Name) -> Iterator[Found]:
    """Yield the constraints and requirements files at the root that pin the core."""
    for path in sorted(files.entries):
        if "/" in path or not re.fullmatch(r"[\w.-]*(?:constraints|requirements)[\w.-]*\.(?:txt|in)", path):
            continue
        for number, line in lines_with_numbers(files.get(path)):
            match = re.match(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\]\s*)?==", line)
            if match and normalize(match[1]) == name:
                yield Found(path, Place(path, number))
                break
