"""Group packages into tiers by the folders that contain them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects.paths import project_folders
from commonhold.scaffold.init.facts import TierFolders
from commonhold.scaffold.init.name_templates import common_start
from commonhold.workspace.patterns import Patterns, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from commonhold.scaffold.init.facts import Package

COMMUNITY = frozenset(("community", "contrib", "experimental", "incubator", "third_party", "third-party"))
"""Names of folders whose packages are maintained by other people than the core team."""

_SMALL = 4  # fewer packages than this do not form a tier
_SHORTEST_PREFIX = 3


def group_tiers(packages: Sequence[Package], paths: Iterable[str]) -> tuple[TierFolders, ...]:
    """Return the tiers: one for each folder with several packages, and one for the packages of all other folders."""
    projects = project_folders(paths)
    by_parent: dict[str, list[Package]] = {}
    for package in packages:
        by_parent.setdefault(package.parent, []).append(package)
    large = [
        parent for parent, inside in by_parent.items() if len(inside) >= _SMALL or COMMUNITY & {*parent.split("/")}
    ]
    small = [parent for parent in by_parent if parent not in large]
    if len(small) == 1 or not large:
        large, small = [*large, *small[:1]], small[1:]
    names = _names(large, has_others=bool(small))
    tiers = [_tier(names[parent], [parent], by_parent, projects) for parent in sorted(large)]
    if small:
        tiers.append(_tier("others", sorted(small), by_parent, projects))
    return tuple(tiers)


def _names(parents: Sequence[str], *, has_others: bool) -> dict[str, str]:
    """Name each tier after the last part of its folder, or after the whole folder if two tiers have the same part."""
    lasts = [parent.rpartition("/")[2] for parent in parents]
    names = {}
    for parent, last in zip(parents, lasts, strict=True):
        at_root = "plugins" if len(parents) == 1 and not has_others else "base"
        name = last if lasts.count(last) == 1 and last != "others" else parent.replace("/", "-")
        names[parent] = name or at_root
    return names


def _tier(name: str, parents: Sequence[str], by_parent: dict[str, list[Package]], projects: set[str]) -> TierFolders:
    patterns: list[str] = []
    for parent in parents:
        patterns += _patterns(parent, by_parent[parent], projects)
    packages = tuple(package for parent in parents for package in by_parent[parent])
    known = {package.folder for package in packages}
    matching = Patterns(patterns)
    exclude = sorted(escape(each) for each in projects - known if each.isprintable() and matching.match_folder(each))
    is_community = any(COMMUNITY & {*parent.split("/")} for parent in parents)
    return TierFolders(name, tuple(patterns), packages, is_community, tuple(exclude))


def _patterns(parent: str, inside: Sequence[Package], projects: set[str]) -> Iterator[str]:
    """Yield one pattern for the packages of a folder, or a pattern for each package if one would match others."""
    start = f"{escape(parent)}/" if parent else ""
    siblings = {each for each in projects if each.rpartition("/")[0] == parent} - {each.folder for each in inside}
    if parent and not siblings:
        yield f"{start}*"
        return
    prefix = common_start([package.last for package in inside])
    shared = len(inside) > 1 and len(prefix) >= _SHORTEST_PREFIX
    if shared and not any(each.rpartition("/")[2].startswith(prefix) for each in siblings):
        yield f"{start}{escape(prefix)}*"
    elif parent and len(siblings) < len(inside):
        yield f"{start}*"
    else:
        yield from (f"{start}{escape(package.last)}" for package in inside)
