"""Compute and print a selection, for `affected` and the other commands that use the global options."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.cli.terminal import BOLD, GREEN, YELLOW, columns, echo_err, emit, is_verbose, paint
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.text import printable
from commonhold.vcs import CompareOptions, compare, ignored_variables, open_repository

if TYPE_CHECKING:
    from commonhold.selection import AffectedPlugin, Override, SelectionResult
    from commonhold.tree import Tree
    from commonhold.vcs import Comparison, Repository
    from commonhold.workspace import Cache, Workspace
    from commonhold.workspace.config import Config


class Context(NamedTuple):
    """The options that precede the command name."""

    folder: str
    config: str | None

    def override(self, root: str | None = None) -> Override | None:
        """Read the file passed to ``--config``; ``root`` is the repository's root, if there is a repository."""
        from commonhold.selection import read_override

        return None if self.config is None else read_override(self.config, root)

    def place(self, text: str) -> str:
        """Return an existing folder relative to ``folder``, as ``-C`` promises, or a text that is not such a folder."""
        path = os.path.join(self.folder, text)
        return path if self.folder != "." and os.path.isdir(path) else text

    def repository(self) -> Repository:
        """Open the repository that contains ``folder``. Raises ``GitError``."""
        _report_ignored_variables()
        return open_repository(self.folder, SpawnRunner(), os.environ, locate=self.locate)

    def locate(self, folder: str, root: str) -> str:
        """Find the workspace that contains ``folder``.

        The workspace is ``folder`` itself if ``-C`` is given and no configuration of a folder that contains it applies.
        """
        from commonhold.workspace.config.locate import inside, is_configured, locate_workspace

        if self.folder == "." or (self.config is None and is_configured(folder, root)):
            return locate_workspace(folder, root)
        return inside(folder, root)

    def read_config(self, tree: Tree, root: str | None = None) -> Config:
        """Read a tree's configuration, or the file passed to ``--config``."""
        from commonhold.workspace import read_config

        override = self.override(root)
        return read_config(tree, (override.source, override.data) if override else None)

    def compare(self, options: CompareOptions) -> Comparison:
        """Compare the trees that the options select."""
        return compare(options, self._default_branch, SpawnRunner(), os.environ, self.locate)

    def select(self, options: CompareOptions) -> SelectionResult:
        """Find the plugins that the compared changes affect."""
        comparison = self.compare(options)
        _report_ignored_variables()
        # Imported after git was started, so that the imports run while git works.
        from commonhold.selection import find_affected

        repository = comparison.repository
        if repository is None:
            return find_affected(comparison, self.override())
        cache = self.recall(repository)
        selected = find_affected(comparison, self.override(repository.root), cache)
        self.remember(repository, cache)
        return selected

    def recall(self, repository: Repository) -> Cache:
        """Read the cache of a repository's parsed files."""
        from commonhold.cli.cache_file import recall

        return recall(repository.folder)

    def remember(self, repository: Repository, cache: Cache) -> None:
        """Write the cache if it has new entries."""
        from commonhold.cli.cache_file import remember

        remember(repository.folder, cache)

    def _default_branch(self, tree: Tree) -> str | None:
        return self.read_config(tree).default_branch


def _report_ignored_variables() -> None:
    for name in ignored_variables(os.environ):
        echo_err(f"warning: {name} is set, but commonhold ignores it; specify the repository with -C DIR", YELLOW)


def check_and_warn(workspace: Workspace) -> Workspace:
    """Return a workspace without contradictions; warn about tiers without plugins. Raises ``ConfigurationError``."""
    from commonhold.workspace import check_workspace, empty_tiers

    check_workspace(workspace)
    for warning in empty_tiers(workspace):
        echo_err(f"warning: {printable(warning)}", YELLOW)
    return workspace


def print_affected(selected: SelectionResult, *, as_json: bool = False, explain: str | None = None) -> None:
    """Print a selection as JSON, as a table, or with every reason (``explain``: one plugin, or ``""`` for all)."""
    if as_json:
        from commonhold.selection.document import affected_document, dump

        emit(dump(affected_document(selected.affected)))
        return
    from commonhold.selection.listing import (
        Layout,
        closing_lines,
        comparison_lines,
        only_plugin,
        plugin_lines,
        touched_warnings,
        warning_lines,
    )

    affected = only_plugin(selected, explain) if explain else selected.affected
    for line in comparison_lines(selected):
        echo_err(line)
    every = is_verbose()
    for line in warning_lines(selected.affected.warnings if every else touched_warnings(selected), every=every):
        echo_err(line, YELLOW)
    echo_err(printable(affected.because), BOLD)
    width = columns()
    layout = Layout(_bold if explain is not None else _coloured, width, fold=width is not None)
    for line in plugin_lines(affected, explain=explain is not None, layout=layout):
        emit(line)
    for line in closing_lines(affected):
        echo_err(line)


def _bold(_: AffectedPlugin, name: str) -> str:
    return paint(name, BOLD)


def _coloured(plugin: AffectedPlugin, name: str) -> str:
    return paint(name, YELLOW if plugin.advisory else GREEN)
