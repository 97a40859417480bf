"""Two trees and how they differ: all that a selection needs of the past."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import CommonholdError, GitError, ToolError
from commonhold.tree import SUBMODULE
from commonhold.vcs.github_event import event_name, is_ci, resolve_event_range
from commonhold.vcs.repository import open_repository
from commonhold.vcs.revision_range import CompareOptions, RevisionRange, resolve_local_range
from commonhold.vcs.trees import FolderTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.effects.process import Runner
    from commonhold.tree import Tree
    from commonhold.vcs.changes import ChangeSet, Difference
    from commonhold.vcs.repository import Repository


class Comparison(NamedTuple):
    """Head as a tree, and how it differs from base. Git may still be at work on both.

    ``difference`` is ``None`` when it could not be found out, for the reason in ``ends.unknown``. ``in_ci``
    tells that a machine asks: see :meth:`less`.
    """

    ends: RevisionRange
    tree: Tree
    difference: Difference | None
    repository: Repository | None = None
    in_ci: bool = False

    @property
    def changes(self) -> ChangeSet | None:
        """The changes that lead from base to head; ``None`` when they could not be found out."""
        return None if self.difference is None else self.difference.changes

    def before(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents that changed paths had at base; those that did not exist are left out."""
        old = {change.path: change.old_oid for change in self.changes or () if change.old_mode != SUBMODULE}
        oids = {path: oid for path in paths if (oid := old.get(path)) is not None}
        if not oids or self.repository is None:
            return {}
        return self.repository.blobs(oids)

    def less(self, error: CommonholdError) -> Comparison | None:
        """What to do with when git failed at this comparison after all; ``None`` when the error must be told.

        In CI that is head without a base; then, where git cannot read head either, the files as they lie on disk.
        """
        if not self.in_ci:
            return None
        if self.difference is not None:
            return self._replace(ends=RevisionRange(None, self.ends.head, _reason(error)), difference=None)
        if self.repository is None or self.repository.bare:
            return None
        return _on_disk(self.repository.root, self.ends.unknown or _reason(error))


def compare(
    asked: CompareOptions, default_branch: Callable[[Tree], str | None], runner: Runner, environ: Mapping[str, str]
) -> Comparison:
    """Compare what was asked, or what the CI event is about.

    ``default_branch`` reads the configured branch from head; it is only asked where git does not know.

    A person gets a ``GitError`` that says what to type. In CI a question that git cannot answer makes
    the comparison unknown instead, so that everything is tested: an error there is too easily a green
    check on nothing.
    """
    in_ci = is_ci(environ)
    repository = None
    try:
        repository = open_repository(asked.folder, runner, environ)
        return _compare(repository, asked, default_branch, environ)._replace(in_ci=in_ci)
    except (GitError, ToolError) as error:
        if not in_ci:
            raise
        if repository is None:
            return _on_disk(_project_above(asked.folder), _reason(error))
        return _without_base(repository, asked, error)


def _compare(
    repository: Repository,
    asked: CompareOptions,
    default_branch: Callable[[Tree], str | None],
    environ: Mapping[str, str],
) -> Comparison:
    event = event_name(environ)
    if asked.head is None and (event is None or asked.base is not None):
        # Made first, since git can list the files while it is asked for the ends.
        work_tree = repository.work_tree()
        ends = resolve_local_range(repository, asked, lambda: default_branch(work_tree), in_ci=is_ci(environ))
        difference = None if ends.base is None else repository.difference_to_work_tree(ends.base, work_tree)
        return Comparison(ends, work_tree, difference, repository)
    if event is not None and asked.head is None:
        ends = resolve_event_range(repository, event, environ)
    else:
        ends = resolve_local_range(
            repository, asked, lambda: default_branch(repository.tree(asked.head or "HEAD")), in_ci=is_ci(environ)
        )
    tree = repository.tree(ends.head or "HEAD")
    difference = None if ends.base is None else repository.difference(ends.base, ends.head or "HEAD")
    return Comparison(ends, tree, difference, repository)


def _without_base(repository: Repository, asked: CompareOptions, error: CommonholdError) -> Comparison:
    """Head all the same: the commit if git knows it, else the files as they lie on disk."""
    try:
        head = repository.resolve(asked.head or "HEAD")
    except GitError:
        if repository.bare:
            raise error from None
        return _on_disk(repository.root, _reason(error))
    return Comparison(RevisionRange(None, head, _reason(error)), repository.tree(head), None, repository, in_ci=True)


def _on_disk(root: str, reason: str) -> Comparison:
    return Comparison(RevisionRange(None, None, reason), FolderTree(root), None, None, in_ci=True)


def _reason(error: CommonholdError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _project_above(folder: str) -> str:
    """The folder that is a repository's by all appearances, or else the folder itself."""
    place = os.path.abspath(folder)
    while not os.path.exists(os.path.join(place, ".git")):
        place, before = os.path.dirname(place), place
        if place == before:
            return folder
    return place
