"""Find the distributions that cannot or should not be released, regardless of their requirements."""

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
class Exclusion:
    """The reason why a distribution is not released, and whether that is a failure or intended."""

    why: str
    failure: bool


def find_exclusions(
    workspace: Workspace,
    version: Version,
    candidates: Mapping[str, Candidate],
    versions: Mapping[str, Version | None],
    projects: Mapping[str, IndexProject],
) -> dict[str, Exclusion]:
    """Return exclusions by candidate name; ``version`` is the version of the core."""
    found: dict[str, Exclusion] = {}
    for name, candidate in candidates.items():
        intended = next(_intended(candidate, versions[name], projects[name]), None)
        failure = next(_failures(workspace, version, candidate, versions[name], projects[name]), None)
        # Intended reasons take precedence, so that a defect of a private plugin does not stop the release.
        if intended is not None or failure is not None:
            found[name] = Exclusion(intended or failure or "", failure=intended is None)
    return found


def _intended(candidate: Candidate, version: Version | None, project: IndexProject) -> Iterator[str]:
    if candidate.private:
        yield candidate.private
    if candidate.follows != "core" and version is not None and version in project.versions:
        yield f"its version {version} is already on the index"


def _failures(
    workspace: Workspace, core: Version, candidate: Candidate, version: Version | None, project: IndexProject
) -> Iterator[str]:
    if not candidate.plugin.path.isprintable():
        yield f"its folder {printable(candidate.plugin.path)} has an unprintable name; rename it"
    if not candidate.plugin.named:
        yield "its name cannot be read without running its code; declare it in pyproject.toml"
    yield from _version_failures(core, candidate, version, project)
    yield from _out_of_range(workspace, core, candidate)
    # Anyone can register an unused name on a public index, including the name of a plugin that was never released.
    if not project.ours:
        theirs, owners = sorted(project.owners or ()), sorted(workspace.config.release.owners)
        yield f"its project on the index belongs to {printable(', '.join(theirs))} instead of {' or '.join(owners)}"
    if not candidate.pythons:
        yield f"it cannot be tested: {candidate.unproven}"


def _version_failures(
    core: Version, candidate: Candidate, version: Version | None, project: IndexProject
) -> Iterator[str]:
    if candidate.follows == "core":
        return
    if version is None:
        yield "its own version cannot be read without running its code; declare it in pyproject.toml"
    elif version.local is not None:
        yield f"its version {version} is a local version, which the index rejects"
    elif candidate.follows == "series" and series(version) != series(core):
        yield f"its version {version} is not in the series of {core}"
    elif (last := overtaking(version, project.installable)) is not None:
        yield f"its version {version} is lower than {last}, the highest of its series on the index"


def _out_of_range(workspace: Workspace, core: Version, candidate: Candidate) -> Iterator[str]:
    name = workspace.core.name
    specified = candidate.requires.get(name, ()) if name is not None and candidate.plugin.tier.name != CORE else ()
    if not admits_any(specified, [core]):
        excluding = next(each for each in specified if not each.specifier.contains(core, prereleases=True))
        yield f"its requirement {str(excluding)!r} excludes {name} {core}"
