"""All rules for one plugin's own artifacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.release.inspect.compare_tree import check_sdist_files, check_wheel_files
from commonhold.release.inspect.core_metadata import check_metadata, requirements
from commonhold.release.inspect.cross_plugin import scripts_of
from commonhold.release.inspect.layout import find_sdist, find_wheel
from commonhold.release.inspect.licence_files import check_sdist_licences, check_wheel_licences
from commonhold.release.inspect.namespace import check_namespace
from commonhold.release.inspect.project_names import check_name
from commonhold.release.inspect.readme import check_readme, has_description
from commonhold.release.inspect.record_file import check_record
from commonhold.release.model.archive_contents import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.metadata import Metadata

    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive_contents import Opened


@dataclass(frozen=True, slots=True)
class Looked:
    """What the files of a plugin are: what is wrong with them, and where its wheels put which files.

    ``described`` says whether any of them holds a description.
    """

    flaws: tuple[RawFinding, ...]
    installs: frozenset[str] = frozenset()
    described: bool = False


def look(archives: Iterable[Opened], subject: CheckContext) -> Looked:
    """Hold the artifacts of one plugin against every rule that needs no other plugin and no index."""
    parts = [_wheel(opened, subject) if opened.is_wheel else _sdist(opened, subject) for opened in archives]
    flaws = [*check_name(subject.planned)]
    wheels = sum(part.is_wheel for part in parts)
    if not wheels or len(parts) - wheels != 1:
        counts = f"{len(parts) - wheels} sdists and {wheels} wheels"
        flaws.append(RawFinding("files", f"{subject.planned.name} has {counts}, not one sdist and a wheel"))
    for part in parts:
        flaws += part.flaws
        if part.metadata is not None:
            flaws += check_metadata(part.name, part.metadata, subject)
            flaws += check_readme(part.name, part.metadata)
    flaws += _differences(parts)
    installs = frozenset[str]().union(*(part.installs for part in parts))
    described = any(part.metadata is not None and has_description(part.metadata) for part in parts)
    return Looked(tuple(dict.fromkeys(flaws)), installs, described)


def look_at_foreign(archives: Iterable[Opened], subject: CheckContext) -> Looked:
    """The same, of what may have been made to break whoever looks at it: that is a flaw, too."""
    try:
        return look(archives, subject)
    except Exception as error:  # noqa: BLE001 - the libraries that read it raise whatever they do
        words = f"{subject.planned.name} holds what cannot be looked at: {type(error).__name__}"
        return Looked((RawFinding("archive", words, "unreadable"),))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one artifact is found to be."""

    name: str
    is_wheel: bool
    flaws: tuple[RawFinding, ...]
    installs: frozenset[str] = frozenset()
    metadata: Metadata | None = None


def _wheel(opened: Opened, subject: CheckContext) -> _Part:
    wheel, flaws = find_wheel(opened, subject) if opened.members else (None, ())
    part = _Part(opened.artifact.name, True, (*opened.flaws, *flaws))
    if wheel is None:
        return part
    checks = (check_wheel_files, check_namespace, check_wheel_licences)
    found = chain(check_record(wheel), *(check(wheel, subject) for check in checks))
    return replace(
        part,
        flaws=(*part.flaws, *found),
        installs=frozenset((*wheel.installed, *scripts_of(wheel))),
        metadata=wheel.metadata,
    )


def _sdist(opened: Opened, subject: CheckContext) -> _Part:
    sdist, flaws = find_sdist(opened, subject) if opened.members else (None, ())
    part = _Part(opened.artifact.name, False, (*opened.flaws, *flaws))
    if sdist is None:
        return part
    found = (*check_sdist_files(sdist, subject), *check_sdist_licences(sdist, subject))
    return replace(part, flaws=(*part.flaws, *found), metadata=sdist.metadata)


def _differences(parts: Iterable[_Part]) -> Iterator[RawFinding]:
    """Installers choose the wheel or the sdist; both must ask for the same."""
    asked = [(part.name, {str(each) for each in requirements(part.metadata)}) for part in parts if part.metadata]
    for name, asks in asked[1:]:
        first, wanted = asked[0]
        if asks != wanted:
            other = ", ".join(sorted(asks ^ wanted))
            yield RawFinding("metadata", f"{name} and {first} ask for other things: {other}", "differs")
