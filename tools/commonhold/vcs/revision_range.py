"""Which two trees are compared when a person asks."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonhold.vcs.repository import Repository

_REMOTE_HEAD = "refs/remotes/origin/HEAD"
_USUAL = ("main", "master")


class RevisionRange(NamedTuple):
    """The two sides of a comparison.

    ``base`` is a commit, or ``None`` when there is nothing to compare with, for the reason in
    ``unknown``. ``head`` is a commit, or ``None`` for the work tree.
    """

    base: str | None
    head: str | None
    unknown: str | None = None


class CompareOptions(NamedTuple):
    """What the command line asks to be compared."""

    folder: str = "."
    base: str | None = None
    head: str | None = None
    exact: bool = False


class _Branch(NamedTuple):
    name: str
    commit: str


def resolve_local_range(
    repository: Repository, asked: CompareOptions, configured: Callable[[], str | None], *, in_ci: bool
) -> RevisionRange:
    """The ends that ``--base``, ``--head`` and ``--exact`` mean.

    A base means its merge base with head, or itself when ``exact``. Without one it is the merge base
    with the default branch; on that branch, the parent. ``configured`` tells the default branch where
    git does not know it. Raises ``GitError`` with what to type.
    """
    if asked.base is not None:
        return _asked_base(repository, asked, asked.base)
    rev = asked.head or "HEAD"
    usual = _candidates(_USUAL)
    (commit, remote, *known), (current, target) = repository.references(
        (rev, _REMOTE_HEAD, *usual), ("HEAD", _REMOTE_HEAD)
    )
    if commit is None and asked.head is None and _is_unborn(repository):
        return RevisionRange(None, None, "there is no commit yet")
    commit = repository.found(rev, commit)
    if target is not None and remote is not None:
        branch = _Branch(target.removeprefix("refs/remotes/origin/"), remote)
    else:
        branch = _other_branch(repository, configured(), dict(zip(usual, known, strict=True)))
    common = repository.merge_base(branch.commit, commit)
    head = None if asked.head is None else commit
    # A new branch without commits of its own is at the same commit, but nothing has changed on it.
    on_branch = head is not None or current in (None, f"refs/heads/{branch.name}")
    if common != commit or not on_branch:
        return RevisionRange(common, head)
    if in_ci and head is None:
        return RevisionRange(None, None, f"how much was pushed to {branch.name} is not known: --base REV says it")
    return _against_parent(repository, commit, head)


def _asked_base(repository: Repository, asked: CompareOptions, base: str) -> RevisionRange:
    rev = asked.head or "HEAD"
    common = None if asked.exact else repository.begin_merge_base(base, rev)
    ours, theirs = repository.commits(rev, base)
    ours, theirs = repository.found(rev, ours), repository.found(base, theirs)
    return RevisionRange(common(theirs, ours) if common else theirs, None if asked.head is None else ours)


def _is_unborn(repository: Repository) -> bool:
    """Whether ``HEAD`` is a branch without commits, rather than one that has lost them."""
    return repository.git.attempt("rev-parse", "--quiet", "--verify", "HEAD").code != 0


def _candidates(names: Sequence[str]) -> list[str]:
    """The references that a branch may have, in full: a tag may have the same name."""
    return [f"{place}{name}" for name in names for place in ("refs/remotes/origin/", "refs/heads/")]


def _other_branch(repository: Repository, name: str | None, usual: dict[str, str | None]) -> _Branch:
    """The default branch where ``origin/HEAD`` does not tell: the configured one, else ``main`` or ``master``."""
    if name:
        references = [*_candidates([name]), f"refs/remotes/{name}"]
        usual = dict(zip(references, repository.commits(*references), strict=True))
    for reference, commit in usual.items():
        if commit is not None:
            return _Branch(name or reference.rpartition("/")[2], commit)
    if name:
        raise GitError(f"the default branch {name} is not in this clone", hint=f"Try: git fetch origin {name}:{name}")
    raise GitError(
        "no branch to compare with: neither origin/HEAD nor main nor master exists here",
        hint="Name one with --base REV, or set default-branch in [tool.commonhold].",
    )


def _against_parent(repository: Repository, commit: str, head: str | None) -> RevisionRange:
    (parent,) = repository.commits(f"{commit}^1")
    if parent is not None:
        return RevisionRange(parent, head)
    if repository.shallow:
        raise GitError(f"the parent of {commit} is not in this shallow clone", hint="Try: git fetch --unshallow")
    return RevisionRange(None, head, f"{commit} is the first commit")
