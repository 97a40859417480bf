"""Define the plan of a release, which is stored as JSON and read by every phase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

SCHEMA = 1

# Names become parts of paths, and plans and journals may come from other machines, so unsafe names are rejected.
_FOLDER = r"^[^/\\\0]*[^/\\\0.][^/\\\0]*\Z"
FILE = r"^[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}\Z"
Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class PlannedDistribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One distribution of a release: a plugin, or a core that is in the repository.

    ``version`` is its new version, normalized (PEP 440). ``needs`` are the names of the plan's distributions that it
    requires directly at run time; ``builds_with`` are the names of the distributions that its build requires directly.
    ``pins`` maps distributions of this repository to the specifiers to write into its requirements on them;
    requirements without an entry do not change. ``pythons`` are the oldest and the newest Python that it supports.
    ``new`` means that the project does not exist on the index yet. ``stops`` means that its failure stops the whole
    release; otherwise only the distribution and its dependents are held back. ``held`` is the reason why it is not
    released, or empty.
    """

    name: Annotated[str, msgspec.Meta(pattern=_FOLDER)]
    path: str
    tier: str
    version: str
    needs: tuple[str, ...] = ()
    builds_with: tuple[str, ...] = ()
    pins: Mapping[str, str] = {}
    pythons: tuple[str, ...] = ()
    new: bool = False
    stops: bool = False
    held: str = ""


class ReleasePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The plan of a release. A plan never changes; a different decision requires a new plan.

    ``version`` is the version of the core, which the plugins follow. ``commit`` is the commit to release, and ``epoch``
    its time in seconds (SOURCE_DATE_EPOCH). ``core`` is the name of the core's distribution. ``index`` is the URL to
    upload to, or ``pypi`` or ``testpypi``; ``simple`` is the URL of its simple API, if that URL is not the default.
    ``plugins`` are in the order of building and publishing: dependencies precede their dependents, and plugins that
    depend on each other are adjacent. ``only`` are the plugins of a hotfix; it is empty in a release of all plugins.
    """

    schema: int = SCHEMA
    version: str
    commit: str
    epoch: int
    core: str | None
    index: str
    simple: str | None = None
    plugins: tuple[PlannedDistribution, ...]
    only: tuple[str, ...] = ()

    @property
    def released(self) -> tuple[PlannedDistribution, ...]:
        """The distributions that are not held back."""
        return tuple(plugin for plugin in self.plugins if not plugin.held)

    def plugin(self, name: str) -> PlannedDistribution:
        """Return the planned distribution with this name. Raises ``KeyError`` if the plan does not contain it."""
        for plugin in self.plugins:
            if plugin.name == name:
                return plugin
        raise KeyError(name)

    def closure(self, names: Iterable[str], among: Container[str] | None = None) -> tuple[PlannedDistribution, ...]:
        """Return distributions and their transitive run-time requirements; with ``among``, leave out all others."""
        by_name = {plugin.name: plugin for plugin in self.plugins}
        found: dict[str, PlannedDistribution] = {}
        todo = [*names]
        for name in todo:  # grows during the loop
            if name in by_name and name not in found and (among is None or name in among):
                found[name] = by_name[name]
                todo += by_name[name].needs
        return tuple(found.values())


class Artifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a release: its name, its SHA-256 in hexadecimal, and its size in bytes."""

    name: Annotated[str, msgspec.Meta(pattern=FILE)]
    sha256: Sha256
    size: Annotated[int, msgspec.Meta(ge=0)]


RULES_OF_THIS_RELEASE = frozenset({"tree", "pin", "version", "files"})
"""The rules that compare a file with this release's commit and plan; an earlier release cannot break them."""


class ArtifactFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A defect of an artifact; ``known`` means that the previous release had the same defect.

    ``rule`` is a name among the ``artifact`` names of a rule of :mod:`commonhold.checks`.
    """

    rule: str
    message: str
    known: bool = False

    @property
    def code(self) -> str:
        """The code of the rule; empty for the number of further findings."""
        from commonhold.checks.rule_set import artifact_code

        return artifact_code(self.rule)
