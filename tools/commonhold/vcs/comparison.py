"""Compare two trees; the result contains everything that a selection needs from git."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import CommonholdError, GitError, ToolError
from commonhold.text import count
from commonhold.tree import SUBMODULE
from commonhold.vcs.github_event import event_name, is_ci, resolve_event_range
from commonhold.vcs.repository import open_repository
from commonhold.vcs.revision_range import CompareOptions, RevisionRange, prefetch_local_range, resolve_local_range
from commonhold.vcs.trees import FolderTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.effects.process import Runner
    from commonhold.tree import Tree
    from commonhold.vcs.changes import ChangeSet, Difference
    from commonhold.vcs.git import Git
    from commonhold.vcs.repository import Locate, Repository


_SHORT = 7
"""The length of a commit's id in messages."""


class Comparison(NamedTuple):
    """Head as a tree, and its difference from base. Git may still be computing the tree and the difference.

    ``difference`` is ``None`` if it is unknown; ``range.unknown`` is the reason. ``in_ci`` controls the handling of
    later errors: see :meth:`degraded`.
    """

    range: RevisionRange
    tree: Tree
    difference: Difference | None
    repository: Repository | None = None
    in_ci: bool = False

    @property
    def changes(self) -> ChangeSet | None:
        """The changes from base to head; ``None`` if they are unknown."""
        return None if self.difference is None else self.difference.changes

    def summary(self) -> str | None:
        """Describe in one line which trees are compared; ``None`` if there is no base."""
        base, head, _, origin = self.range
        if base is None or self.repository is None:
            return None
        commits = self.repository.count_commits(base, head or "HEAD")
        details = base[:_SHORT] if commits is None else f"{base[:_SHORT]}, {count(commits, 'commit')}"
        subject = "" if head is None else f"{head[:_SHORT]} "
        return f"{subject}compared with {origin} ({details})"

    def base_contents(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of changed paths at base; leave out paths that did not exist at base."""
        wanted = {*paths}
        if not wanted or self.repository is None:
            return {}
        found = [change for change in self.changes or () if change.path in wanted and change.old_mode != SUBMODULE]
        oids = {change.path: change.old_oid for change in found if change.old_oid is not None}
        return self.repository.blobs(oids) if oids else {}

    def degraded(self, error: CommonholdError) -> Comparison | None:
        """Return the comparison to use after git has failed in this comparison; ``None`` if the error must be raised.

        In CI, the fallback is head without a base, so that everything is tested. If git cannot read head either, the
        fallback is the files on disk.
        """
        if not self.in_ci:
            return None
        if self.difference is not None:
            return self._replace(range=RevisionRange(None, self.range.head, _reason(error)), difference=None)
        if self.repository is None or self.repository.bare:
            return None
        return _on_disk(self.repository.root, self.repository.workspace, self.range.unknown or _reason(error))


def compare(
    options: CompareOptions,
    default_branch: Callable[[Tree], str | None],
    runner: Runner,
    environ: Mapping[str, str],
    locate: Locate | None = None,
) -> Comparison:
    """Compare the trees that the options select; without options, compare the trees of a GitHub Actions event.

    ``default_branch`` reads the configured branch from head; it is called only if git has no default branch. ``locate``
    finds the workspace in a repository, as for :func:`open_repository`.

    Raises ``GitError`` with a command that fixes the problem. In CI, a git failure makes the base unknown instead, so
    that everything is tested: a failed plan could be mistaken for a plan without jobs.
    """
    in_ci = is_ci(environ)
    event = _event(options, environ)
    repository = None

    def prefetch(git: Git) -> None:
        if event is None and options.base is None:
            prefetch_local_range(git, options)

    try:
        repository = open_repository(options.folder, runner, environ, prefetch, locate)
        return _compare(repository, options, event, default_branch, environ)._replace(in_ci=in_ci)
    except (GitError, ToolError) as error:
        if not in_ci:
            raise
        if repository is None:
            root = _enclosing_project(options.folder)
            workspace = locate(os.path.realpath(options.folder), os.path.realpath(root)) if locate is not None else ""
            return _on_disk(root, workspace, _reason(error))
        return _without_base(repository, options, error)


def _event(options: CompareOptions, environ: Mapping[str, str]) -> str | None:
    """Return the GitHub event that selects the trees; ``None`` if the options select them."""
    return event_name(environ) if options.base is None and options.head is None else None


def _compare(
    repository: Repository,
    options: CompareOptions,
    event: str | None,
    default_branch: Callable[[Tree], str | None],
    environ: Mapping[str, str],
) -> Comparison:
    if event is None and options.head is None:
        # Create the working tree first, so that git lists its files while the range is resolved.
        work_tree = repository.work_tree()
        found = resolve_local_range(repository, options, lambda: default_branch(work_tree), in_ci=is_ci(environ))
        difference = None if found.base is None else repository.difference_to_work_tree(found.base, work_tree)
        return Comparison(found, work_tree, difference, repository)
    if event is not None:
        found = resolve_event_range(repository, event, environ)
    else:
        found = resolve_local_range(
            repository, options, lambda: default_branch(repository.tree(options.head or "HEAD")), in_ci=is_ci(environ)
        )
    tree = repository.tree(found.head or "HEAD")
    difference = None if found.base is None else repository.difference(found.base, found.head or "HEAD")
    return Comparison(found, tree, difference, repository)


def _without_base(repository: Repository, options: CompareOptions, error: CommonholdError) -> Comparison:
    """Return head without a base: the commit if git can read the commit, otherwise the files on disk."""
    try:
        head = repository.resolve(options.head or "HEAD")
    except GitError:
        if repository.bare:
            raise error from None
        return _on_disk(repository.root, repository.workspace, _reason(error))
    return Comparison(RevisionRange(None, head, _reason(error)), repository.tree(head), None, repository, in_ci=True)


def _on_disk(root: str, workspace: str, reason: str) -> Comparison:
    return Comparison(RevisionRange(None, None, reason), FolderTree(root, workspace), None, None, in_ci=True)


def _reason(error: CommonholdError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _enclosing_project(folder: str) -> str:
    """Return the nearest enclosing folder that contains ``.git``, or the folder itself."""
    place = os.path.abspath(folder)
    while not os.path.exists(os.path.join(place, ".git")):
        place, before = os.path.dirname(place), place
        if place == before:
            return folder
    return place
