"""Two trees and how they differ: all that a selection needs of the past."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from commonhold.errors import GitError
from commonhold.history.ends import Ends, local_ends
from commonhold.history.events import event_ends, event_name, is_ci
from commonhold.history.repository import open_repository
from commonhold.history.trees import FolderTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.effects.processes import Runner
    from commonhold.history.changes import ChangeSet
    from commonhold.history.repository import Repository
    from commonhold.workspace.tree import Tree


class Asked(NamedTuple):
    """What the command line asks to be compared."""

    folder: str = "."
    base: str | None = None
    head: str | None = None
    exact: bool = False


class Comparison(NamedTuple):
    """Head as a tree, and the changes that lead to it from base.

    ``changes`` is ``None`` when they could not be found out, for the reason in ``unknown``.
    """

    ends: Ends
    tree: Tree
    changes: ChangeSet | None
    repository: Repository | None = None

    def before(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents that changed paths had at base; those that did not exist are left out."""
        old = {change.path: change.old_oid for change in self.changes or ()}
        oids = {path: oid for path in paths if (oid := old.get(path)) is not None}
        if not oids or self.repository is None:
            return {}
        blobs = self.repository.blobs(oids.values())
        return {path: blobs[oid] for path, oid in oids.items()}

    def without_base(self, reason: str) -> Comparison:
        """The same head, with nothing to compare it with."""
        return self._replace(ends=self.ends._replace(base=None, unknown=reason), changes=None)


def compare(
    asked: Asked, default_branch: Callable[[Tree], str | None], runner: Runner, environ: Mapping[str, str]
) -> Comparison:
    """Compare what was asked, or what the CI event is about.

    ``default_branch`` reads the configured branch from head; it is only asked where git does not know.

    A person gets a ``GitError`` that says what to type. In CI a question that git cannot answer makes
    the comparison unknown instead, so that everything is tested: an error there is too easily a green
    check on nothing.
    """
    try:
        repository = open_repository(asked.folder, runner, environ)
    except GitError as error:
        if not is_ci(environ):
            raise
        return Comparison(Ends(None, None, error.message), FolderTree(asked.folder), None)
    try:
        return _between(repository, _ends(repository, asked, default_branch, environ))
    except GitError as error:
        if not is_ci(environ):
            raise
        return _unknown(repository, asked, error.message)


def _ends(
    repository: Repository,
    asked: Asked,
    default_branch: Callable[[Tree], str | None],
    environ: Mapping[str, str],
) -> Ends:
    event = event_name(environ)
    if event is not None and asked.base is None and asked.head is None:
        return event_ends(repository, event, environ)
    return local_ends(
        repository,
        base=asked.base,
        head=asked.head,
        exact=asked.exact,
        default_branch=lambda: default_branch(repository.tree(asked.head or "HEAD")),
    )


def _between(repository: Repository, ends: Ends) -> Comparison:
    if ends.head is None:
        work_tree = repository.work_tree()
        if ends.base is None:
            return Comparison(ends, work_tree, None, repository)
        return Comparison(ends, work_tree, repository.changes_in_work_tree(ends.base, work_tree), repository)
    tree = repository.tree(ends.head)
    changes = None if ends.base is None else repository.changes(ends.base, ends.head)
    return Comparison(ends, tree, changes, repository)


def _unknown(repository: Repository, asked: Asked, reason: str) -> Comparison:
    """Head all the same: the commit if git can read it, else the files as they lie on disk."""
    head = repository.try_resolve(asked.head or "HEAD")
    if head is not None:
        tree = repository.tree(head)
        try:
            if tree.entries:
                return Comparison(Ends(None, head, reason), tree, None, repository)
        except GitError:
            pass  # the reason is already a failure of git; the files on disk are what is left
    if repository.bare:
        raise GitError(reason)
    return Comparison(Ends(None, None, reason), FolderTree(os.path.abspath(repository.root)), None, repository)
