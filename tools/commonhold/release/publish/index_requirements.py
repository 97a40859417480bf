"""Check whether the versions on an index satisfy a distribution's requirements."""

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
    """The requirements of a distribution's wheels on another one, of which one must be satisfied.

    If no wheel has one, it is the planned pin.
    """
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    found: list[Requirement] = []
    for artifact in files:
        if artifact.name.endswith(".whl"):
            metadata = read_wheel_metadata(store.read(plugin.name, artifact))
            found += [Requirement(line) for line in metadata.get("requires_dist", ())]
    matching = [requirement for requirement in found if canonicalize_name(requirement.name) == name]
    if not matching:
        return (SpecifierSet(plugin.pins.get(name, "")),)
    always = SpecifierSet(",".join(str(each.specifier) for each in matching if each.marker is None))
    # A requirement with a marker applies only in some environments, so each makes an alternative of its own.
    return tuple(always & each.specifier for each in matching if each.marker is not None) or (always,)


def index_satisfies(requirements: Iterable[SpecifierSet], served: Iterable[IndexFile] | None) -> bool:
    """Whether any version of a project that is not yanked satisfies any of the requirements."""
    versions = {version for file in served or () if not file.yanked and (version := parse_version(file.version or ""))}
    return any(any(True for _ in specifier.filter(versions)) for specifier in requirements)
