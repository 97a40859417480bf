"""Which two trees are compared when a person asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold.history.repository import Repository


class Ends(NamedTuple):
    """The two sides of a comparison.

    ``base`` is a commit, or ``None`` when there is nothing to compare with, for the reason in
    ``unknown``. ``head`` is a commit, or ``None`` for the work tree.
    """

    base: str | None
    head: str | None
    unknown: str | None = None


def local_ends(
    repository: Repository,
    *,
    base: str | None,
    head: str | None,
    exact: bool,
    default_branch: Callable[[], str | None],
) -> Ends:
    """The ends that ``--base``, ``--head`` and ``--exact`` mean.

    A base means its merge base with head, or itself when ``exact``. Without one it is the merge base
    with the default branch; on that branch, the parent. Raises ``GitError`` with what to type.
    """
    head_commit = repository.resolve(head or "HEAD")
    head_side = head_commit if head is not None else None
    if base is not None:
        commit = repository.resolve(base)
        return Ends(commit if exact else repository.merge_base(commit, head_commit), head_side)
    branch = repository.default_branch(default_branch)
    if branch is None:
        raise GitError(
            "no branch to compare with: neither origin/HEAD nor main nor master exists here",
            hint="Name one with --base REV, or set default-branch in [tool.commonhold].",
        )
    common = repository.merge_base(repository.resolve(branch), head_commit)
    if common == head_commit and _is_on(repository, branch, explicit=head is not None):
        return _against_parent(repository, head_commit, head_side)
    return Ends(common, head_side)


def _is_on(repository: Repository, branch: str, *, explicit: bool) -> bool:
    """Whether head is a commit of the branch itself, rather than a new branch without commits of its own."""
    current = repository.current_branch()
    return explicit or current is None or current == branch.removeprefix("origin/")


def _against_parent(repository: Repository, commit: str, head: str | None) -> Ends:
    parents = repository.parents(commit)
    if parents:
        return Ends(parents[0], head)
    if repository.shallow:
        raise GitError(f"the parent of {commit} is not in this shallow clone", hint="Try: git fetch --unshallow")
    return Ends(None, head, f"{commit} is the first commit")
