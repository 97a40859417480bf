"""On which Pythons a plugin is tested."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.specifiers import SpecifierSet

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace.model import Plugin, Workspace

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
_HIGH = 999
"""A patch number that no release reaches."""


@dataclass(frozen=True, slots=True)
class Pythons:
    """``versions`` such as ``3.11``, ascending; ``doubts`` are sentences about how they were found.

    No versions means that nothing can test the plugin; ``restriction`` says what left none.
    """

    versions: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    restriction: str = ""


def plugin_pythons(plugin: Plugin, workspace: Workspace) -> Pythons:
    """The configured Pythons that both the plugin and a core in the tree support.

    The plugin's own ``python`` comes before the repository's. ``requires-python`` (PEP 621) decides;
    classifiers count only where it is absent. One that cannot be parsed restricts nothing, with a doubt.
    """
    wanted, doubts = _wanted(plugin, workspace)
    limits = [_Limit.of(plugin.name, plugin.metadata)]
    if workspace.core.metadata is not None:
        limits.append(_Limit.of(f"the core {workspace.core.name}", workspace.core.metadata))
    doubts += [limit.doubt for limit in limits if limit.doubt]
    versions = tuple(version for version in wanted if all(limit.allows(version) for limit in limits))
    said = [limit.said for limit in limits if limit.said]
    restriction = (
        ""
        if versions
        else f"{' and '.join(said)} leave{'s' if len(said) == 1 else ''} none of python = {_shown(wanted)}"
    )
    return Pythons(versions, tuple(doubts), restriction)


def _wanted(plugin: Plugin, workspace: Workspace) -> tuple[list[str], list[str]]:
    configured = plugin.testing.python or workspace.config.python
    if configured:
        return in_order(configured), []
    listed = in_order(_classified(plugin.metadata.classifiers))
    if listed:
        return listed, []
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    doubt = f"{plugin.name}: no `python` in [tool.commonhold] and no classifiers, so only Python {running} is tested"
    return [running], [doubt]


@dataclass(frozen=True, slots=True)
class _Limit:
    """What one project says about Pythons: ``requires-python``, or else classifiers, or nothing."""

    requires: str | None
    listed: frozenset[str]
    said: str
    doubt: str = ""

    @classmethod
    def of(cls, who: str, metadata: Metadata) -> _Limit:
        requires = metadata.requires_python
        if requires is None:
            listed = _classified(metadata.classifiers)
            said = f"{who}'s classifiers ({_shown(in_order(listed))})" if listed else ""
            return cls(None, listed, said)
        if _specifiers(requires) is None:
            doubt = f"{who}: requires-python {requires!r} is no version specifier (PEP 440); every Python is tried"
            return cls(None, frozenset(), "", doubt)
        return cls(requires, frozenset(), f"{who}'s requires-python {requires!r}")

    def allows(self, version: str) -> bool:
        if self.requires is not None:
            return is_supported(version, self.requires)
        return not self.listed or version in self.listed


@cache
def is_supported(version: str, requires: str) -> bool:
    """Whether some patch release of ``version`` satisfies ``requires``, a valid specifier set (PEP 440).

    >>> is_supported("3.11", ">=3.11.4"), is_supported("3.11", "!=3.11.*")
    (True, False)
    """
    specifiers = _specifiers(requires)
    return specifiers is not None and any(
        specifiers.contains(f"{version}.{patch}", prereleases=True) for patch in _patches(version, specifiers)
    )


def _patches(version: str, specifiers: SpecifierSet) -> set[int]:
    """Patch numbers on both sides of every bound that lies in this series: between two bounds nothing changes."""
    patches = {0, _HIGH}
    for specifier in specifiers:
        parts = specifier.version.split(".")
        if ".".join(parts[:2]) == version and len(parts) > 2 and (digits := re.match(r"\d+", parts[2])):
            bound = int(digits[0])
            patches |= {max(bound - 1, 0), bound, bound + 1}
    return patches


@cache
def _specifiers(requires: str) -> SpecifierSet | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires)
    except InvalidSpecifier:
        return None


def _classified(classifiers: Iterable[str]) -> frozenset[str]:
    found = (_CLASSIFIER.fullmatch(classifier.strip()) for classifier in classifiers)
    return frozenset(match[1] for match in found if match)


def in_order(versions: Iterable[str]) -> list[str]:
    """Versions without repetition, ascending: 3.9 comes before 3.10."""
    return sorted(set(versions), key=lambda version: tuple(map(int, version.split("."))))


def _shown(versions: Sequence[str]) -> str:
    return ", ".join(versions)
