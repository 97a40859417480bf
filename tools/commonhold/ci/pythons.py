"""Choose the Python versions on which a plugin is tested."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.specifiers import SpecifierSet

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace.model import Plugin, Workspace

_CLASSIFIER = re.compile(r"Programming Language :: Python :: ([0-9]{1,3}\.[0-9]{1,3})")
_LONG_NUMBER = re.compile(r"[0-9]{10}")
"""A number that no version contains. Python refuses to convert numbers with more than 4,300 digits."""
_HIGH = 999
"""A patch number that is higher than any release's."""


@dataclass(frozen=True, slots=True)
class Pythons:
    """Python ``versions`` such as ``3.11`` in ascending order; ``doubts`` are warnings about the choice.

    If ``versions`` is empty, the plugin cannot be tested, and ``restriction`` gives the reason.
    """

    versions: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    restriction: str = ""


def plugin_pythons(plugin: Plugin, workspace: Workspace) -> Pythons:
    """Choose the configured Python versions that both the plugin and a core in the repository support.

    The plugin's own ``python`` setting takes precedence over the repository's. ``requires-python`` (PEP 621) determines
    the supported versions; classifiers are used only if it is missing. If ``requires-python`` cannot be parsed, every
    version counts as supported, with a doubt.
    """
    candidates, doubts = _candidates(plugin, workspace)
    # A core in the repository is installed with the plugin, so it must also support the version.
    limits = [_Limit.of(plugin.name, plugin.metadata)]
    if workspace.core.metadata is not None:
        limits.append(_Limit.of(f"the core {workspace.core.name}", workspace.core.metadata))
    doubts += [limit.doubt for limit in limits if limit.doubt]
    versions = tuple(version for version in candidates if all(limit.allows(version) for limit in limits))
    sources = [limit.source for limit in limits if limit.source]
    restriction = (
        ""
        if versions
        else f"{' and '.join(sources)} exclude{'s' if len(sources) == 1 else ''} all of python = {_shown(candidates)}"
    )
    return Pythons(versions, tuple(doubts), restriction)


def _candidates(plugin: Plugin, workspace: Workspace) -> tuple[list[str], list[str]]:
    configured = plugin.testing.python or workspace.config.python
    if configured:
        return in_order(configured), []
    listed = in_order(_classified(plugin.metadata.classifiers))
    if listed:
        return listed, []
    # No setting or classifier lists versions to test, so use the running Python, which is certainly installed.
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    doubt = f"{plugin.name}: no `python` in [tool.commonhold] and no classifiers; only Python {running} is tested"
    return [running], [doubt]


@dataclass(frozen=True, slots=True)
class _Limit:
    """The Python versions that a project supports: ``requires-python``, else the classifiers, else every version."""

    requires: str | None
    listed: frozenset[str]
    source: str
    doubt: str = ""

    @classmethod
    def of(cls, owner: str, metadata: Metadata) -> _Limit:
        requires = metadata.requires_python
        if requires is None:
            listed = _classified(metadata.classifiers)
            source = f"{owner}'s classifiers ({_shown(in_order(listed))})" if listed else ""
            return cls(None, listed, source)
        if _specifiers(requires) is None:
            doubt = f"{owner}: requires-python {show(requires)} is not a version specifier (PEP 440); it is ignored"
            return cls(None, frozenset(), "", doubt)
        return cls(requires, frozenset(), f"{owner}'s requires-python {requires!r}")

    def allows(self, version: str) -> bool:
        if self.requires is not None:
            return is_supported(version, self.requires)
        return not self.listed or version in self.listed


@cache
def is_supported(version: str, requires: str) -> bool:
    """Return whether some patch release of ``version`` satisfies ``requires``, a valid specifier set (PEP 440).

    >>> is_supported("3.11", ">=3.11.4"), is_supported("3.11", "!=3.11.*")
    (True, False)
    """
    specifiers = _specifiers(requires)
    return specifiers is not None and any(
        specifiers.contains(f"{version}.{patch}", prereleases=True) for patch in _patches(version, specifiers)
    )


def _patches(version: str, specifiers: SpecifierSet) -> set[int]:
    """List the patch numbers around every bound for this Python version; between bounds, the result cannot change."""
    patches = {0, _HIGH}
    for specifier in specifiers:
        parts = specifier.version.split(".")
        if ".".join(parts[:2]) == version and len(parts) > 2 and (digits := re.match(r"\d+", parts[2])):
            bound = int(digits[0])  # ignores the suffix in a version such as 3.11.4rc1
            patches |= {max(bound - 1, 0), bound, bound + 1}
    return patches


@cache
def _specifiers(requires: str) -> SpecifierSet | None:
    from packaging.specifiers import SpecifierSet

    try:
        return None if _LONG_NUMBER.search(requires) else SpecifierSet(requires)
    except ValueError:  # also for numbers of thousands of digits
        return None


def _classified(classifiers: Iterable[str]) -> frozenset[str]:
    found = (_CLASSIFIER.fullmatch(classifier.strip()) for classifier in classifiers)
    return frozenset(match[1] for match in found if match)


def in_order(versions: Iterable[str]) -> list[str]:
    """Sort versions numerically (3.9 before 3.10) and remove duplicates."""
    return sorted(set(versions), key=lambda version: tuple(map(int, version.split("."))))


def _shown(versions: Sequence[str]) -> str:
    return ", ".join(versions)
