"""What a release is going to do, decided once: the plan, as every phase reads it and as JSON keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

SCHEMA = 1

# Names become parts of paths, and plans and journals may come from elsewhere: what is no name is no event either.
_FOLDER = r"^[^/\\\0]*[^/\\\0.][^/\\\0]*\Z"
FILE = r"^[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}\Z"


class PlannedDistribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One distribution of a release: a plugin, or the core where it lies in the tree.

    ``version`` is what it becomes, normalized (PEP 440). ``needs`` are the other distributions of the plan that it
    needs to run, and ``builds_with`` those that it needs to be built, each at first hand and only by their names.
    ``pins`` are the specifiers that its requirements on distributions of this repository get; a requirement that is
    kept as it is written has none. ``pythons`` are the oldest and the newest Python that it supports. ``new`` says
    that the index has no such project yet. ``stops`` says that its failure stops the release, rather than holding
    back itself and what needs it. ``held`` is the sentence that says why it is not released at all, or empty.
    """

    name: Annotated[str, msgspec.Meta(pattern=_FOLDER)]
    path: str
    tier: str
    version: str
    needs: tuple[str, ...] = ()
    builds_with: tuple[str, ...] = ()
    pins: dict[str, str] = {}
    pythons: tuple[str, ...] = ()
    new: bool = False
    stops: bool = False
    held: str = ""


class ReleasePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A release. It never changes once it is written: another decision is another plan.

    ``version`` is the core's, which the plugins follow. ``commit`` is where everything is read from, and ``epoch``
    its time in seconds (SOURCE_DATE_EPOCH). ``core`` is the core's distribution name; ``index`` the address that
    files are uploaded to (or a word for it: ``pypi``, ``testpypi``), ``simple`` where it is read, if not where such an
    index usually is. ``plugins`` are in the order in which they can
    be built and published: what something needs comes before it, and a cycle together. ``only`` are those that were
    asked for alone, a hotfix_command; in a release of all it is empty.
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
        """Those that are not held back by the plan itself."""
        return tuple(plugin for plugin in self.plugins if not plugin.held)

    def plugin(self, name: str) -> PlannedDistribution:
        """The plan for one distribution; ``KeyError`` when it has none."""
        for plugin in self.plugins:
            if plugin.name == name:
                return plugin
        raise KeyError(name)

    def closure(self, names: Iterable[str], among: Container[str] | None = None) -> tuple[PlannedDistribution, ...]:
        """The named distributions, and all of the plan that they need to run; with ``among``, only those in it."""
        by_name = {plugin.name: plugin for plugin in self.plugins}
        found: dict[str, PlannedDistribution] = {}
        todo = [*names]
        for name in todo:  # which grows
            if name in by_name and name not in found and (among is None or name in among):
                found[name] = by_name[name]
                todo += by_name[name].needs
        return tuple(found.values())


class Artifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a release: its name, the SHA-256 of its bytes in hexadecimal, and its size in bytes."""

    name: Annotated[str, msgspec.Meta(pattern=FILE)]
    sha256: str
    size: int


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with an artifact. ``known`` says that the release before had it already."""

    rule: str
    message: str
    known: bool = False
