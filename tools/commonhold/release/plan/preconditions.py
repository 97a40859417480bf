"""Check the preconditions of a release, before it is planned."""

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
    """Return whether the index has this version of the core; otherwise the core must be part of the release.

    ``alone`` means that the plugins are released without the core. Raises ``UsageError``.
    """
    name = workspace.core.name
    if version in project.installable:
        return True
    # Installers skip a yanked version, so plugins that require it could not be installed.
    if version in project.versions:
        raise UsageError(f"{name} {version} was yanked from the index", hint="Pass a version that was not yanked.")
    if workspace.core.metadata is not None and not alone:
        check_order({str(name): version}, {str(name): project})
        return False
    newest = max(project.installable, default=None)
    raise UsageError(
        f"the index has no {name} {version}",
        hint="Choose another index with --core-from, or an existing version"
        + (f"; the newest is {newest}." if newest else "."),
    )


def check_only(only: Iterable[str], candidates: Mapping[str, Candidate]) -> None:
    """Raise ``UsageError`` for a name that is not a plugin's name, and for a plugin that cannot be released alone."""
    for name in only:
        if name not in candidates:
            raise UsageError(
                f"no plugin is named {name}{closest(name, candidates)}", hint="`commonhold graph` lists all plugins."
            )
        if candidates[name].plugin.tier.name == CORE:
            raise UsageError(
                f"{name} is the core, not a plugin", hint="Release its next version together with all plugins."
            )
        if candidates[name].private:
            raise UsageError(f"{name} is never uploaded: {candidates[name].private}")


def check_released(version: Version, projects: Mapping[str, IndexProject], *, finish: bool) -> None:
    """Raise ``UsageError`` if any plugin already has this version; with ``finish``, only if every plugin has it."""
    there = sorted(name for name, project in projects.items() if version in project.versions)
    if there and len(there) == len(projects):
        raise UsageError(
            f"{version} is already released: all {len(there)} plugins are on the index",
            hint="Release the next version, or a post-release of single plugins with --only PLUGIN.",
        )
    if there and not finish:
        raise UsageError(
            f"{version} is partly released: {len(there)} of {len(projects)} plugins are on the index, "
            f"such as {there[0]}",
            hint=f"Run `commonhold release resume {version}` where its store is; plan with --finish if it is lost.",
        )


def check_order(versions: Mapping[str, Version], projects: Mapping[str, IndexProject]) -> None:
    """Raise ``UsageError`` if a project has a higher version in the series of its planned version."""
    found = ((overtaking(version, projects[name].installable), name) for name, version in versions.items())
    higher = [(last, name) for last, name in found if last is not None]
    if higher:
        last, name = max(higher)
        raise UsageError(
            f"{versions[name]} is lower than {last}, the highest version of {name} in its series on the index",
            hint="Installers would prefer the earlier release, so release a higher version.",
        )


def check_tiers(candidates: Mapping[str, Candidate]) -> None:
    """Raise ``ConfigurationError`` if a plugin that stops a release requires a plugin that can be held back.

    Otherwise a failure of the second plugin would stop the release after all, and the same machine would run the code
    of both plugins.
    """
    violations = [
        f"  {name} ({candidate.plugin.tier.name}) needs {need} ({candidates[need].plugin.tier.name})"
        for name, candidate in sorted(candidates.items())
        if candidate.stops and not candidate.private
        for need in dict.fromkeys((*candidate.needs, *candidate.builds_with))
        if need in candidates and not candidates[need].stops
    ]
    if violations:
        raise ConfigurationError(
            "\n".join(["plugins whose failure stops a release require plugins whose failure does not:", *violations]),
            hint="Remove the requirement, make it an extra, or move a plugin to another tier.",
        )
