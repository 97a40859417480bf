"""Resolve the two trees that ``--base``, ``--head`` and ``--exact`` select."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError
from commonhold.vcs.repository import prefetch_references

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonhold.vcs.git import Git
    from commonhold.vcs.repository import Repository

_REMOTE_HEAD = "refs/remotes/origin/HEAD"
_USUAL = ("main", "master")


class RevisionRange(NamedTuple):
    """The two sides of a comparison.

    ``base`` is a commit. It is ``None`` if there is nothing to compare with, and ``unknown`` is the reason. ``head`` is
    a commit, or ``None`` for the working tree. ``origin`` describes for messages how the base was found.
    """

    base: str | None
    head: str | None
    unknown: str | None = None
    origin: str = ""


class CompareOptions(NamedTuple):
    """The command-line options that select the two trees to compare."""

    folder: str = "."
    base: str | None = None
    head: str | None = None
    exact: bool = False


class _Branch(NamedTuple):
    name: str
    commit: str
    reference: str


def prefetch_local_range(git: Git, options: CompareOptions) -> None:
    """Start the first commands of ``resolve_local_range``, for options without ``--base``."""
    prefetch_references(git, *_first_references(options))


def resolve_local_range(
    repository: Repository, options: CompareOptions, configured: Callable[[], str | None], *, in_ci: bool
) -> RevisionRange:
    """Resolve ``--base``, ``--head`` and ``--exact`` to commits.

    The base is the merge base of ``--base`` and head, or the named commit itself with ``--exact``. Without ``--base``,
    the base is the merge base with the default branch; on the default branch, the base is the parent commit.
    ``configured`` returns the configured default branch; it is called only if git has no default branch. Raises
    ``GitError`` with a command that fixes the problem.
    """
    if options.base is not None:
        return _named_base(repository, options, options.base)
    revs, symbolic = _first_references(options)
    rev, _, _, *usual = revs
    (commit, parent, remote, *known), (current, target) = repository.references(revs, symbolic)
    if commit is None and options.head is None and _is_unborn(repository):
        return RevisionRange(None, None, "there is no commit yet")
    commit = repository.require_commit(rev, commit)
    if target is not None and remote is not None:
        branch = _Branch(target.removeprefix("refs/remotes/origin/"), remote, target)
    else:
        branch = _other_branch(repository, configured(), dict(zip(usual, known, strict=True)))
    common = repository.merge_base(branch.commit, commit)
    head = None if options.head is None else commit
    # A new branch without commits has the same commit as the default branch, but it has changed nothing. So compare
    # with the parent only on the default branch itself.
    on_branch = head is not None or current in (None, f"refs/heads/{branch.name}")
    if common != commit or not on_branch:
        return RevisionRange(common, head, origin=f"the merge base of {_short(branch.reference)}")
    if in_ci and head is None:
        # A push may contain several commits, so comparing with the parent would be a guess.
        return RevisionRange(None, None, f"the commits that were pushed to {branch.name} are unknown: use --base REV")
    if head is not None:
        (parent,) = repository.commits(f"{commit}^1")
    return _against_parent(repository, commit, head, parent)


def _first_references(options: CompareOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the revisions and the symbolic references to look up first; one process resolves all revisions.

    The revisions include the parent of ``HEAD``, but not the parent of ``options.head``: in a revision like ``:/text``,
    a trailing ``^1`` would be part of the text.
    """
    return (options.head or "HEAD", "HEAD^1", _REMOTE_HEAD, *_candidates(_USUAL)), ("HEAD", _REMOTE_HEAD)


def _named_base(repository: Repository, options: CompareOptions, base: str) -> RevisionRange:
    rev = options.head or "HEAD"
    # Start looking for the merge base by name, in parallel to resolving the names to commits.
    common = None if options.exact else repository.start_merge_base(base, rev)
    ours, theirs = repository.commits(rev, base)
    ours, theirs = repository.require_commit(rev, ours), repository.require_commit(base, theirs)
    head = None if options.head is None else ours
    if common is None:
        return RevisionRange(theirs, head, origin=base)
    found = common(theirs, ours)
    return RevisionRange(found, head, origin=base if found == theirs else f"the merge base of {base}")


def _is_unborn(repository: Repository) -> bool:
    """Return whether ``HEAD`` is a branch without commits, rather than a branch whose commit is missing."""
    return repository.git.attempt("rev-parse", "--quiet", "--verify", "HEAD").code != 0


def _candidates(names: Sequence[str]) -> list[str]:
    """Return the full names of references that a branch name may mean; a tag may have the same short name."""
    return [f"{place}{name}" for name in names for place in ("refs/remotes/origin/", "refs/heads/")]


def _other_branch(repository: Repository, name: str | None, usual: dict[str, str | None]) -> _Branch:
    """Return the default branch if ``origin/HEAD`` is not set: the configured branch, else ``main`` or ``master``."""
    if name:
        references = [*_candidates([name]), f"refs/remotes/{name}"]
        usual = dict(zip(references, repository.commits(*references), strict=True))
    for reference, commit in usual.items():
        if commit is not None:
            return _Branch(name or reference.rpartition("/")[2], commit, reference)
    if name:
        from shlex import quote

        fetch = f"git fetch origin {quote(f'{name}:{name}')}"
        raise GitError(f"the default branch {name} is not in this clone", hint=f"Run `{fetch}`.")
    raise GitError(
        "no branch to compare with: neither origin/HEAD nor main nor master exists here",
        hint="Specify a commit with --base REV, or set default-branch in [tool.commonhold].",
    )


def _short(reference: str) -> str:
    """Return a reference as users write it, such as ``origin/main``."""
    return reference.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def _against_parent(repository: Repository, commit: str, head: str | None, parent: str | None) -> RevisionRange:
    if parent is not None:
        return RevisionRange(parent, head, origin="the parent commit")
    if repository.shallow:
        raise GitError(f"the parent of {commit} is not in this shallow clone", hint="Run `git fetch --unshallow`.")
    return RevisionRange(None, head, f"{commit} is the first commit")
