"""Read the repository that ``commonhold check`` checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.checks.context import CheckedRepository
from commonhold.checks.report import CheckReport, CheckScope, run_checks
from commonhold.cli.context import check_and_warn
from commonhold.errors import ToolError, UsageError
from commonhold.projects.names import normalize
from commonhold.text import printable
from commonhold.workspace import Files, check_workspace, read_workspace
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.checks.finding import Finding
    from commonhold.checks.online import IndexFacts
    from commonhold.checks.rule_set import RuleSet
    from commonhold.cli.context import Context
    from commonhold.projects.names import Name
    from commonhold.tree import Tree
    from commonhold.vcs import CompareOptions
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Tier


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The options of ``commonhold check`` that determine what is checked."""

    plugins: tuple[str, ...]
    compare: CompareOptions
    tier: str | None = None
    profiles: tuple[str, ...] = ()
    changed: bool = False
    online: bool = False
    simple: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedCheck:
    """A repository that was read for a run. ``root`` is its folder on disk."""

    repository: CheckedRepository
    rules: RuleSet
    scope: CheckScope
    root: str
    more: tuple[Finding, ...] = ()

    def run(self) -> CheckReport:
        """Apply the rules."""
        report = run_checks(self.repository, self.rules, self.scope)
        return replace(report, findings=(*self.more, *report.findings))


def open_check(context: Context, options: CheckOptions, rules: RuleSet) -> OpenedCheck:
    """Read the working tree, the commit after ``--head``, or the change that ``--changed`` selects."""
    if options.changed:
        return _open_changed(context, options, rules)
    repository = context.repository()
    head = options.compare.head
    tree: Tree = repository.work_tree() if head is None else repository.tree(repository.resolve(head))
    files = Files(tree)
    config = context.read_config(files, repository.root)
    cache = context.recall(repository)
    workspace = check_and_warn(read_workspace(files, config, cache=cache))
    context.remember(repository, cache)
    names = _names(options.plugins, workspace)
    tier = _tier(options.tier, names, workspace)
    if tier is not None:
        moved = {workspace.plugins[name].path: tier.name for name in names}
        workspace = check_workspace(read_workspace(files, config._replace(moved=moved), cache=cache))
    checked = CheckedRepository(workspace, files, today(), rules.by_code, options.profiles)
    scope = CheckScope(names or tuple(workspace.plugins), not names, tier is not None)
    opened = OpenedCheck(checked, rules, scope, repository.root)
    if not options.online:
        return opened
    from commonhold.checks.versions import CORE_RELEASES
    from commonhold.effects.file_changes import FileChanges

    facts = _query(workspace, options.simple)
    changes = FileChanges(repository.root)
    if facts.core_releases is not None:
        changes.write(config.path(CORE_RELEASES), facts.core_releases.encode())
    if changes:
        changes.apply()
        # The rules read the new file like any other file.
        opened = open_check(context, replace(options, online=False), rules)
    return replace(opened, repository=replace(opened.repository, index_projects=facts.projects))


def _query(workspace: Workspace, simple: str | None) -> IndexFacts:
    from commonhold.checks.online import query_index
    from commonhold.index.uv import HOW_TO_INSTALL

    try:
        from commonhold.index.addresses import read_address
        from commonhold.index.client import IndexClient

        client = IndexClient(read_address(simple))
    except ImportError as error:
        raise ToolError(f"--online needs {error.name}, which is not installed", hint=HOW_TO_INSTALL) from error
    return query_index(workspace, client)


def _open_changed(context: Context, options: CheckOptions, rules: RuleSet) -> OpenedCheck:
    from commonhold.checks.changed import added_to_baseline, changed_ids, changed_ledger, changed_plugins

    selected = context.select(options.compare)
    workspace = check_and_warn(selected.workspace)
    checked = CheckedRepository(workspace, Files(selected.comparison.tree), today(), rules.by_code, options.profiles)
    names, changed = _names(options.plugins, workspace), changed_plugins(selected)
    scope = CheckScope(tuple(name for name in changed if not names or name in names), not names)
    repository = selected.comparison.repository
    root = "" if repository is None else repository.root
    found = (compare(checked, selected) for compare in (added_to_baseline, changed_ids, changed_ledger))
    return OpenedCheck(checked, rules, scope, root, tuple(chain.from_iterable(found)))


def _names(given: Iterable[str], workspace: Workspace) -> tuple[Name, ...]:
    names = {normalize(text): text for text in given}
    for name, text in names.items():
        if name not in workspace.plugins:
            shown = printable(text) or repr(text)
            hint = "`commonhold list` lists all plugins."
            raise UsageError(f"no plugin is named {shown}{closest(name, workspace.plugins)}", hint=hint)
    return tuple(names)


def _tier(given: str | None, names: tuple[Name, ...], workspace: Workspace) -> Tier | None:
    if given is None:
        return None
    if not names:
        raise UsageError("--as needs a plugin", hint=f"Run `commonhold check --as {given} PLUGIN`.")
    tier = workspace.config.tiers.get(given)
    if tier is None:
        known = ", ".join(workspace.config.tiers)
        raise UsageError(
            f"no tier is named {given!r}{closest(given, workspace.config.tiers)}", hint=f"The tiers are {known}."
        )
    return tier


def today() -> date:
    """Return the current day in UTC."""
    return datetime.now(timezone.utc).date()
