"""Why a distribution is not released, for reasons of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.plan.candidates import CORE
from commonhold.text import printable
from commonhold.versions import admits_any, overtaking, series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.version import Version

    from commonhold.index.projects import IndexProject
    from commonhold.release.plan.candidates import Candidate
    from commonhold.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence without its end, and whether something is wrong, rather than as it was meant."""

    why: str
    failure: bool


def find_withheld(
    workspace: Workspace,
    version: Version,
    subjects: Mapping[str, Candidate],
    versions: Mapping[str, Version | None],
    projects: Mapping[str, IndexProject],
) -> dict[str, Withheld]:
    """Those of ``subjects`` that stay behind, whatever they need; ``version`` is the core's."""
    found: dict[str, Withheld] = {}
    for name, subject in subjects.items():
        wanted = next(_wanted(subject, versions[name], projects[name]), None)
        wrong = next(_wrong(workspace, version, subject, versions[name], projects[name]), None)
        if wanted is not None or wrong is not None:
            found[name] = Withheld(wanted or wrong or "", failure=wanted is None)
    return found


def _wanted(subject: Candidate, version: Version | None, project: IndexProject) -> Iterator[str]:
    if subject.private:
        yield subject.private
    if subject.follows != "core" and version is not None and version in project.versions:
        yield f"its version {version} is on the index already"


def _wrong(
    workspace: Workspace, core: Version, subject: Candidate, version: Version | None, project: IndexProject
) -> Iterator[str]:
    if not subject.plugin.path.isprintable():
        yield f"its folder {printable(subject.plugin.path)} has a name that no plan can hold; rename it"
    if not subject.plugin.named:
        yield "its name cannot be read without running its code; state it in pyproject.toml"
    yield from _wrong_version(core, subject, version, project)
    yield from _out_of_range(workspace, core, subject)
    if not project.ours:
        theirs, owners = sorted(project.owners or ()), sorted(workspace.config.release.owners)
        yield f"on the index it belongs to {printable(', '.join(theirs))}, and not to {' or '.join(owners)}"
    if not subject.pythons:
        yield f"nothing can prove it: {subject.unproven}"


def _wrong_version(core: Version, subject: Candidate, version: Version | None, project: IndexProject) -> Iterator[str]:
    if subject.follows == "core":
        return
    if version is None:
        yield "its own version cannot be read without running its code; state it in pyproject.toml"
    elif version.local is not None:
        yield f"its version {version} is a local one, and an index takes none"
    elif subject.follows == "series" and series(version) != series(core):
        yield f"its version {version} is not of the series of {core}"
    elif (last := overtaking(version, project.installable)) is not None:
        yield f"its version {version} is lower than {last}, the last of its series on the index"


def _out_of_range(workspace: Workspace, core: Version, subject: Candidate) -> Iterator[str]:
    name = workspace.core.name
    asked = subject.requires.get(name, ()) if name is not None and subject.plugin.tier.name != CORE else ()
    if not admits_any(asked, [core]):
        wrong = next(each for each in asked if not each.specifier.contains(core, prereleases=True))
        yield f"its requirement {str(wrong)!r} leaves out {name} {core}"
