"""Find the causes of full runs, and settings that avoid full runs but do not exclude files that plugins use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING

from commonhold.errors import assert_never
from commonhold.projects.paths import PROJECT_FILES, is_within
from commonhold.selection.affected import (
    CoreChanged,
    LockNotComparable,
    RulesChanged,
    SharedChanged,
    UnknownBase,
    Unmatched,
    Unnamed,
)
from commonhold.selection.evidence import Evidence
from commonhold.text import and_more
from commonhold.workspace.config import SharedRule
from commonhold.workspace.patterns import Patterns, escape, literal_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.names import Name
    from commonhold.selection.affected import CommonReason
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Config

_MOST_USERS = 3
NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class RunAllCause:
    """A cause of full runs: changed paths that match ``pattern``. ``fix`` is advice in words.

    ``suggestion`` is the setting that the advice suggests, if there is one.
    """

    pattern: str
    fix: str
    suggestion: Harmless | NotNeeded | None = None


@dataclass(frozen=True, slots=True)
class Harmless:
    """A shared rule with which paths affect no plugin; ``written`` is the rule's pattern as users write it."""

    pattern: str
    written: str

    def __str__(self) -> str:
        return f'[[tool.commonhold.shared]] path = [{json.dumps(self.written)}], affects = "none"'

    def apply(self, config: Config) -> Config:
        """Return the configuration with this rule as the last one."""
        return config._replace(shared=(*config.shared, SharedRule(Patterns([self.pattern]), "none")))


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """A plugin that the core imports but does not need."""

    name: Name

    def __str__(self) -> str:
        return f'not-needs = ["{self.name}"] in tool.commonhold.core, if the core works without it'

    def apply(self, config: Config) -> Config:
        """Return the configuration with this plugin excluded from the core's dependencies."""
        return config._replace(core=config.core._replace(not_needs=(*config.core.not_needs, self.name)))


def run_all_cause(reason: CommonReason, workspace: Workspace, evidence: Evidence = NO_EVIDENCE) -> RunAllCause:
    """Return the paths that caused a full run, and a setting that would affect fewer plugins.

    No setting excludes the core's own files, or a path that plugins use according to ``evidence``.
    """
    if isinstance(reason, CoreChanged) and reason.via:
        return _core_dependency_cause(reason.via[0], workspace)
    if isinstance(reason, CoreChanged):
        # Advisory jobs run, too, so on-core-change = "advisory" would save nothing.
        return RunAllCause("the core", "none: plugins depend on the core")
    if isinstance(reason, SharedChanged):
        rule = workspace.config.shared[reason.rule]
        fix = f"none: shared rule {reason.rule} affects every plugin; if that is too much, set keys or name plugins"
        return RunAllCause(", ".join(map(workspace.config.as_written, rule.path.sources)), fix)
    if isinstance(reason, Unnamed):
        return RunAllCause(reason.path, "write the project name as a literal string")
    if isinstance(reason, RulesChanged):
        return RunAllCause(reason.path, "none: a changed configuration can affect any plugin")
    if isinstance(reason, LockNotComparable):
        return RunAllCause(reason.path, "none: a lock file that cannot be compared affects every plugin")
    if isinstance(reason, UnknownBase):
        return RunAllCause("unknown base", f"none: {reason.detail}")
    if isinstance(reason, Unmatched):
        return _unmatched_cause(normpath(workspace.config.path(reason.path)), workspace, evidence)
    return assert_never(reason)


def _core_dependency_cause(name: Name, workspace: Workspace) -> RunAllCause:
    core = workspace.core
    kinds = {edge.how for edge in workspace.graph.edges if (edge.source, edge.target) == (core.node, name)}
    pattern = f"the core's dependency {name}"
    if kinds == {"import"}:
        suggestion = NotNeeded(name)
        return RunAllCause(pattern, str(suggestion), suggestion)
    return RunAllCause(pattern, f"none: the core requires {name}")


def _unmatched_cause(path: str, workspace: Workspace, evidence: Evidence) -> RunAllCause:
    core, config = workspace.core, workspace.config
    for project in evidence.required:
        if _belongs(path, project.folder, config.folder):
            place = config.as_written(path if project.folder == config.folder else f"{project.folder}/**")
            return RunAllCause(place, f"none: {project.name} is required by {_plugins(project.users)}")
    for used, users in evidence.imported.items():
        if path == used or path.startswith(f"{used}/"):
            place = config.as_written(path if path == used else f"{used}/**")
            return RunAllCause(place, f"none: used by {_plugins(users)}")
    if core.folder is not None and _belongs(path, core.folder, config.folder):
        place = config.as_written(path if core.folder == config.folder else f"{core.folder}/**")
        return RunAllCause(place, f'none: it belongs to the core; add "{place}" to tool.commonhold.core.path')
    pattern = _pattern(path, tuple(_kept(workspace, evidence)))
    suggestion = Harmless(pattern, config.as_written(pattern))
    return RunAllCause(suggestion.written, str(suggestion), suggestion)


def _belongs(path: str, folder: str, root: str) -> bool:
    """Return whether a path belongs to the project in ``folder``; a project at the root owns only project files."""
    if is_within(root, folder):
        return path.rpartition("/")[0] == folder and path.rpartition("/")[2] in PROJECT_FILES
    return path.startswith(f"{folder}/")


def _plugins(names: Iterable[Name]) -> str:
    listed = tuple(names)
    return ", ".join(listed[:_MOST_USERS]) + and_more(len(listed), _MOST_USERS)


def _kept(workspace: Workspace, evidence: Evidence) -> Iterator[str]:
    """Yield folders and files that no rule may exclude."""
    yield from (plugin.path for plugin in workspace.plugins.values())
    yield from (project.folder for project in evidence.required if project.folder)
    yield from evidence.imported
    yield from filter(None, (workspace.core.folder, *map(literal_prefix, workspace.config.core.path.sources)))


def _pattern(path: str, kept: tuple[str, ...]) -> str:
    """Return a pattern for the topmost folder that contains the path but nothing in ``kept``, or for the path alone."""
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth]) + "/"
        if not any(f"{each}/".startswith(folder) for each in kept):
            return f"{escape(folder)}**"
    return escape(path)
