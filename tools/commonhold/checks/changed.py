"""Find the plugins whose findings a change can alter, and what it does to the baseline, the people and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.accepted import grown_baseline, read_accepted
from commonhold.checks.baseline import BASELINE, read_baseline
from commonhold.checks.core_team import listed_people
from commonhold.checks.finding import Finding, Violation
from commonhold.checks.rules.records import GROWING_LEDGER, STABLE_ID
from commonhold.ownership import GOVERNANCE, PEOPLE, read_governance, read_people, rewritten_entries
from commonhold.tree import Entry
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedRepository
    from commonhold.projects.names import Name
    from commonhold.selection import SelectionResult

_SHARED_FOLDERS = (".github", "docs", "doc", "website", "site", "governance")
"""The folders outside plugins from which rules read files, in addition to the repository's root."""


def changed_plugins(selected: SelectionResult) -> tuple[Name, ...]:
    """Return the plugins to check after a change: every plugin that is affected or contains a changed file.

    A change to a file that rules about plugins may read (in the root, next to the folders of plugins, or in a folder
    such as ``governance``) concerns every plugin.
    """
    workspace, changes = selected.workspace, selected.comparison.changes
    if changes is None:
        return tuple(workspace.plugins)
    by_folder = {plugin.path: name for name, plugin in workspace.plugins.items()}
    owners, parents = Owners(by_folder), {folder.rpartition("/")[0] for folder in by_folder}
    found = {plugin.name for plugin in selected.affected.plugins}
    for change in changes:
        folder = owners.of(change.path)
        if folder is not None:
            found.add(by_folder[folder])
        elif change.path.rpartition("/")[0] in parents or _is_shared(workspace.config.shown(change.path)):
            return tuple(workspace.plugins)
    return tuple(name for name in workspace.plugins if name in found)


def _is_shared(path: str) -> bool:
    return "/" not in path or path.startswith(tuple(f"{folder}/" for folder in (*_SHARED_FOLDERS, "..")))


def added_to_baseline(repository: CheckedRepository, selected: SelectionResult) -> Iterator[Finding]:
    """Report entries that a change adds to an existing baseline for plugins that existed before the change."""
    path = repository.workspace.config.path(BASELINE)
    changes = {change.path: change for change in selected.comparison.changes or ()}
    if path not in changes:
        return
    data = selected.comparison.base_contents([path]).get(path)
    if data is None:
        return
    new = {path for path, change in changes.items() if not change.old_mode}
    old = {name for name, checked in repository.plugins.items() if checked.project_file not in new}
    yield from grown_baseline(read_accepted(repository).baseline, read_baseline(data, path), old)


def changed_ids(repository: CheckedRepository, selected: SelectionResult) -> Iterator[Finding]:
    """Report logins to which a change gives another id, in any governance file."""
    people_path = repository.workspace.config.path(PEOPLE)
    changes = {
        change.path: Entry(change.old_mode, change.old_oid)
        for change in selected.comparison.changes or ()
        if change.path == people_path or change.path.endswith(f"/{GOVERNANCE}")
    }
    before: dict[str, tuple[int, str]] = {}
    for path, data in selected.comparison.base_contents(changes).items():
        read = read_people(path, data, changes[path]) if path == people_path else None
        people = read.people if read else read_governance(path, data, changes[path]).maintainers
        before.update((person.login.lower(), (person.id, path)) for person in people)
    for path, person in listed_people(repository) if before else ():
        old, place = before.get(person.login.lower(), (person.id, ""))
        if old != person.id:
            text = f"the change gives the login {person.login} the id {person.id}, but it had {old} in {place}"
            yield Finding(
                STABLE_ID.code,
                None,
                None,
                STABLE_ID.severity,
                Violation(text, path, person.line, f"{person.login} {person.id}"),
            )


def changed_ledger(repository: CheckedRepository, selected: SelectionResult) -> Iterator[Finding]:
    """Report entries of the ledger that a change removes or changes."""
    comparison = selected.comparison
    base = comparison.range.base
    if comparison.repository is None or base is None or comparison.changes is None:
        return
    tree = comparison.repository.tree(base)
    for problem in rewritten_entries(tree, repository.files, repository.workspace.config):
        place = Violation(problem.message, problem.path, subject=problem.path)
        yield Finding(GROWING_LEDGER.code, None, None, GROWING_LEDGER.severity, place)
