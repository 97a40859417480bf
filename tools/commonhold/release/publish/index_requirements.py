"""Whether what an index has satisfies what a distribution requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.wheel_metadata import read_wheel_metadata
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.specifiers import SpecifierSet

    from commonhold.index.client import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store


def requirements_on(
    store: Store, plugin: PlannedDistribution, files: Iterable[Artifact], name: str
) -> tuple[SpecifierSet, ...]:
    """What the files of a distribution require of another, one of which is enough; as planned, where no wheel tells."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    found: list[Requirement] = []
    for artifact in files:
        if artifact.name.endswith(".whl"):
            metadata = read_wheel_metadata(store.read(plugin.name, artifact))
            found += [Requirement(line) for line in metadata.get("requires_dist", ())]
    mine = [wanted for wanted in found if canonicalize_name(wanted.name) == name]
    if not mine:
        return (SpecifierSet(plugin.pins.get(name, "")),)
    always = SpecifierSet(",".join(str(wanted.specifier) for wanted in mine if wanted.marker is None))
    # A requirement under a marker holds somewhere only.
    return tuple(always & wanted.specifier for wanted in mine if wanted.marker is not None) or (always,)


def index_satisfies(wanted: Iterable[SpecifierSet], served: Iterable[IndexFile] | None) -> bool:
    """Whether one version, among the files of a project that are not yanked, is in one of the specifiers."""
    versions = {version for file in served or () if not file.yanked and (version := parse_version(file.version or ""))}
    return any(any(True for _ in specifier.filter(versions)) for specifier in wanted)
