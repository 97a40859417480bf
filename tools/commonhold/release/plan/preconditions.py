"""What cannot be released at all: nothing is planned then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError, UsageError
from commonhold.release.plan.candidates import CORE
from commonhold.versions import overtaking
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.version import Version

    from commonhold.index.projects import IndexProject
    from commonhold.release.plan.candidates import Candidate
    from commonhold.workspace import Workspace


def check_core(workspace: Workspace, version: Version, project: IndexProject, *, alone: bool) -> bool:
    """Whether this version of the core is on the index; if not, it must lie in the tree, and not be left out.

    ``alone`` says that the core is not released with the plugins. Raises ``UsageError``.
    """
    name = workspace.core.name
    if version in project.installable:
        return True
    if version in project.versions:
        raise UsageError(f"{name} {version} was yanked from the index", hint="Name a version that stands.")
    if workspace.core.metadata is not None and not alone:
        check_order({str(name): version}, {str(name): project})
        return False
    newest = max(project.installable, default=None)
    raise UsageError(
        f"the index has no {name} {version}",
        hint="Name another index with --core-from, or a version that is there"
        + (f"; the newest is {newest}." if newest else "."),
    )


def check_only(only: Iterable[str], subjects: Mapping[str, Candidate]) -> None:
    """Raise ``UsageError`` for a name that no plugin has, or whose plugin is never released by itself."""
    for name in only:
        if name not in subjects:
            raise UsageError(f"no plugin is named {name}{closest(name, subjects)}", hint="See: commonhold graph.")
        if subjects[name].plugin.tier.name == CORE:
            raise UsageError(f"{name} is the core, and no plugin", hint="Release its next version, with all plugins.")
        if subjects[name].private:
            raise UsageError(f"{name} is never uploaded: {subjects[name].private}")


def check_released(version: Version, projects: Mapping[str, IndexProject], *, finish: bool) -> None:
    """Raise ``UsageError`` when plugins have this version; with ``finish`` some may, though not all."""
    there = sorted(name for name, project in projects.items() if version in project.versions)
    if there and len(there) == len(projects):
        raise UsageError(
            f"{version} is released already: the index has it of all {len(there)} plugins",
            hint="Release the next version; or of single plugins the next post-release, with --only PLUGIN.",
        )
    if there and not finish:
        raise UsageError(
            f"{version} is released in part: the index has it of {len(there)} of {len(projects)} plugins, "
            f"such as {there[0]}",
            hint="Go on where its store is: commonhold release resume. If the store is lost, plan with --finish.",
        )


def check_order(versions: Mapping[str, Version], projects: Mapping[str, IndexProject]) -> None:
    """Raise ``UsageError`` when a project has a higher version of the series of the one that it is to get."""
    found = ((overtaking(version, projects[name].installable), name) for name, version in versions.items())
    higher = [(last, name) for last, name in found if last is not None]
    if higher:
        last, name = max(higher)
        raise UsageError(
            f"{versions[name]} is lower than {last}, the last of its series that the index has of {name}",
            hint="Installers would prefer the older release: release a higher version.",
        )


def check_tiers(subjects: Mapping[str, Candidate]) -> None:
    """Raise ``ConfigurationError`` where what stops a release needs, to run or to be built, what may be held back.

    A build would run the code of both on one machine.
    """
    told = [
        f"  {name} ({subject.plugin.tier.name}) needs {need} ({subjects[need].plugin.tier.name})"
        for name, subject in sorted(subjects.items())
        if subject.stops and not subject.private
        for need in dict.fromkeys((*subject.needs, *subject.builds_with))
        if need in subjects and not subjects[need].stops
    ]
    if told:
        raise ConfigurationError(
            "\n".join(["plugins whose failure stops a release need some whose failure does not:", *told]),
            hint="Drop the requirement, make it an extra, or move a plugin to another tier.",
        )
