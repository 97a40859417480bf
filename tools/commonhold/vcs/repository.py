"""Open a git repository, and read its commits, its trees, and the differences between trees."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError, UsageError
from commonhold.tree import MOST_BYTES, SUBMODULE
from commonhold.vcs.blobs import read_blobs
from commonhold.vcs.changes import RAW, Change, Difference, compare_work_tree, parse_or_store, parse_raw
from commonhold.vcs.filters import disable_filters
from commonhold.vcs.git import Git, checked_output
from commonhold.vcs.partial_clone import output_with_trees
from commonhold.vcs.trees import CommitTree, WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from commonhold.effects.process import Finished, Runner, Running
    from commonhold.tree import Tree

    Locate: TypeAlias = Callable[[str, str], str]


# What the name of a branch or tag cannot contain (git-check-ref-format), and abbreviated or empty object ids.
_NO_NAME = r"^-|\.\.|@\{|[\0- ~^:?*\[\\\x7f]|^[0-9a-f]{4,39}$|^0+$"
_SHALLOW = "This clone is shallow. Run `git fetch --unshallow` (in GitHub Actions, set `fetch-depth: 0`)"


class Repository(NamedTuple):
    """A repository: ``root`` is its working tree (the git folder if it is bare), and ``folder`` is the git folder.

    ``workspace`` is the folder with the configuration, relative to ``root``; it is empty for ``root`` itself.
    """

    git: Git
    root: str
    folder: str
    bare: bool
    shallow: bool
    workspace: str = ""

    @property
    def workspace_root(self) -> str:
        """The path of the folder with the configuration."""
        return os.path.join(self.root, self.workspace) if self.workspace else self.root

    def resolve(self, rev: str) -> str:
        """Return the object id of the commit that ``rev`` names. Raises ``GitError`` if no such commit exists."""
        return self.require_commit(rev, *self.commits(rev))

    def require_commit(self, rev: str, commit: str | None) -> str:
        """Return ``commit``. Raises ``GitError`` with a hint on how to fetch ``rev`` if ``commit`` is ``None``."""
        if commit is None:
            raise GitError(f"{rev} is not a commit in this clone", hint=self.how_to_fetch(rev))
        return commit

    def commits(self, *revs: str) -> tuple[str | None, ...]:
        """Return the commits that revisions name, using one process; ``None`` for commits missing from this clone."""
        return self.references(revs, ())[0]

    def references(
        self, revs: Sequence[str], symbolic: Sequence[str]
    ) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
        """Look up the commits of revisions and the targets (full names) of symbolic references, all in parallel.

        ``None`` stands for a commit or reference that is not in this clone.
        """
        targets, commits = start_references(self.git, revs, symbolic)
        lines = [line.decode("ascii", "replace") for line in checked_output(commits.wait()).split(b"\n")[:-1]]
        names = (os.fsdecode(target.wait().stdout.strip()) or None for target in targets)
        return tuple(line if _is_oid(line) else None for line in lines), tuple(names)

    def committed(self, commit: str) -> int:
        """Return the time of a commit, in seconds since 1970."""
        return int(
            self.git.output("show", "--no-patch", "--no-show-signature", "--format=%ct", "--end-of-options", commit)
        )

    def count_commits(self, base: str, head: str) -> int | None:
        """Count the commits of head that are not in the history of base; ``None`` if git cannot read the history."""
        finished = self.git.attempt("rev-list", "--count", "--end-of-options", head, f"^{base}")
        return int(finished.stdout) if finished.code == 0 else None

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits.

        Raises ``GitError`` if this clone lacks the commits' history.
        """
        return one if one == other else self.start_merge_base(one, other)(one, other)

    def start_merge_base(self, one: str, other: str) -> Callable[[str, str], str]:
        """Start looking for the merge base of two revisions; the returned function takes their commits and waits."""
        running = self.git.start("merge-base", "--end-of-options", one, other)
        return lambda first, second: self._check_merge_base(running.wait(), first, second)

    def _check_merge_base(self, finished: Finished, one: str, other: str) -> str:
        if finished.code == 1:
            raise GitError(f"{one} and {other} have no common ancestor in this clone", hint=self._how_to_deepen())
        base = checked_output(finished).decode("ascii").split()[0]
        # In a shallow clone, git silently returns an older base if the best one is beyond the shallow boundary.
        if self.shallow and self._is_cut(base, one, other):
            raise GitError(
                f"this clone does not have the full history between {base} and {one} or {other}",
                hint=self._how_to_deepen(),
            )
        return base

    def _is_cut(self, base: str, *tips: str) -> bool:
        """Return whether this clone lacks the parents of a commit after ``base``, so that a better base may exist."""
        lines = (
            self.git.output("rev-list", "--parents", "--end-of-options", *tips, f"^{base}").decode("ascii").splitlines()
        )
        return any(" " not in line for line in lines)

    def tree(self, commit: str) -> Tree:
        """Return the files of a commit."""
        return CommitTree(self.git, commit, self.workspace)

    def work_tree(self) -> WorkTree:
        """Return the files on disk. Raises ``UsageError`` in a bare repository, which has no files on disk."""
        if self.bare:
            raise UsageError(
                "this repository is bare, so it has no working tree",
                hint="Run the command in a clone with a working tree.",
            )
        disable_filters(self.git, self.folder)
        return WorkTree(self.git, self.root, self.workspace)

    def difference(self, base: str, head: str) -> Difference:
        """Return the difference between two commits."""
        args = ("diff-tree", *RAW, "--end-of-options", base, head)
        running = self.git.start(*args)

        def wait() -> Iterable[Change]:
            output = output_with_trees(self.git, running, args, base, head)
            return parse_or_store(lambda: parse_raw(output), len(output))

        return Difference(wait)

    def difference_to_work_tree(self, base: str, work_tree: WorkTree) -> Difference:
        """Return the difference between a commit and the working tree, including untracked files."""
        # Git would examine submodules with their own configuration.
        args = ("diff", *RAW, "--ignore-submodules=dirty", "--end-of-options", base, "--")
        running = self.git.start(*args)

        def wait() -> Iterable[Change]:
            output = output_with_trees(self.git, running, args, base)
            dirty: list[Change] = []

            def parse() -> Iterator[Change]:
                yield from compare_work_tree(parse_raw(output), work_tree.entries, work_tree.untracked)
                yield from dirty

            dirty += self._dirty_submodules(work_tree, parse())
            return parse_or_store(parse, len(output) + sum(map(len, work_tree.untracked)))

        return Difference(wait)

    def _dirty_submodules(self, work_tree: WorkTree, changes: Iterator[Change]) -> list[Change]:
        """Return the changes of submodules whose files differ, but whose commits are not among the ``changes``."""
        submodules = work_tree.submodules
        known = {change.path for change in changes if change.path in submodules} if submodules else set()
        dirty = [path for path in submodules if path not in known and self._is_dirty(path)]
        return [Change(path, SUBMODULE, work_tree.entries[path].oid, SUBMODULE, None) for path in dirty]

    def _is_dirty(self, submodule: str) -> bool:
        """Return whether the files of a submodule differ from its commit; false if it is not checked out."""
        folder = os.path.join(self.root, submodule)
        if not os.path.lexists(os.path.join(folder, ".git")):
            return False
        try:
            found = open_repository(folder, self.git.runner, self.git.user_environment)
            # Git looks in the parent folders if this folder's repository is damaged.
            if found.root != folder:
                return True
            return bool(found.difference_to_work_tree(found.resolve("HEAD"), found.work_tree()).changes)
        except (GitError, UsageError):
            return True

    def blobs(self, oids: Mapping[str, str]) -> Mapping[str, bytes]:
        """Return the contents of blobs, keyed like ``oids``. A partial clone fetches all missing blobs together.

        The content of a blob that is too large for a selection is ``TOO_LARGE``.
        """
        return read_blobs(self.git, oids, MOST_BYTES)()

    def how_to_fetch(self, rev: str) -> str:
        """Return the advice for a revision that is not in this clone."""
        import re
        import shlex

        # Servers know branches, tags and whole object ids. Other texts are expressions, or would be an option.
        named = re.search(_NO_NAME, rev) is None
        # The name of a fetched branch can stay unknown in this clone, but FETCH_HEAD is always the fetched commit.
        name = shlex.quote(rev.removeprefix("origin/"))
        fetch = f"`git fetch origin {name}`, then write FETCH_HEAD instead of {rev}."
        if self.shallow:
            return f"{_SHALLOW}, or {fetch}" if named else f"{_SHALLOW}."
        if named and b"origin" in self.git.attempt("remote").stdout.split():
            return f"Run {fetch}"
        return "Run `git log --all --oneline` to list the commits in this clone."

    def _how_to_deepen(self) -> str:
        if self.shallow:
            return f"{_SHALLOW}."
        return "Specify the commit to compare with: --base REV --exact."


def start_references(git: Git, revs: Sequence[str], symbolic: Sequence[str]) -> tuple[list[Running], Running]:
    """Start the processes of ``Repository.references``: one per symbolic reference, and one for all revisions."""
    targets = [git.start("symbolic-ref", "--quiet", name) for name in symbolic]
    return targets, git.start(*_RESOLVE, stdin=_rev_lines(revs))


def prefetch_references(git: Git, revs: Sequence[str], symbolic: Sequence[str]) -> None:
    """Start the processes of ``Repository.references`` before the repository is open."""
    targets, commits = start_references(git, revs, symbolic)
    for name, running in zip(symbolic, targets, strict=True):
        git.prefetch(running, "symbolic-ref", "--quiet", name)
    git.prefetch(commits, *_RESOLVE, stdin=_rev_lines(revs))


_RESOLVE = ("cat-file", "--batch-check=%(objectname)")


def _rev_lines(revs: Iterable[str]) -> bytes:
    # Git reads one revision per line, so a revision with a line break, which cannot name a commit, becomes an empty
    # line.
    lines = ("" if "\n" in rev else f"{rev}^{{commit}}" for rev in revs)
    return b"".join(os.fsencode(line) + b"\n" for line in lines)


def open_repository(
    folder: str,
    runner: Runner,
    environ: Mapping[str, str],
    prefetch: Callable[[Git], object] | None = None,
    locate: Locate | None = None,
) -> Repository:
    """Open the repository that contains ``folder``; raise ``GitError`` if no repository contains it.

    ``prefetch`` starts commands whose output is needed next; they run while git looks for the repository. ``locate``
    finds the workspace, given ``folder`` and the repository's root; it is called only if ``folder`` is not the root.
    """
    if not os.path.isdir(folder):
        raise UsageError(f"{folder} is not a folder", hint="Specify an existing folder with -C.")
    git = Git(folder, runner, environ)
    running = git.start(*_IDENTITY)
    if prefetch is not None:
        prefetch(git)
    finished = running.wait()
    if finished.code and b"safe.directory" in finished.stderr and git.trust_as_the_user_does():
        finished = git.attempt(*_IDENTITY)
    bare, shallow, inside, rest = _split(os.fsdecode(finished.stdout), 3)
    workspace = ""
    if finished.code:
        raise _not_a_repository(os.path.abspath(folder), finished.error_text())
    if bare == "true":
        own = rest.removesuffix("\n")
        git.folder = own
    elif inside == "true":
        up, rest = _split(rest, 1)
        own = rest.removesuffix("\n")
        git.folder = os.path.realpath(os.path.join(folder, up))
        if up and locate is not None:
            workspace = locate(os.path.realpath(folder), git.folder)
    else:
        raise GitError(f"{folder} is git's own folder", hint="Specify the working tree with -C.")
    return Repository(git, git.folder, own, bare == "true", shallow == "true", workspace)


# The path comes last, because it may contain line breaks.
_IDENTITY = (
    "rev-parse",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--is-inside-work-tree",
    "--show-cdup",
    "--absolute-git-dir",
)


def _split(text: str, lines: int) -> list[str]:
    """Return the first lines of a text, and the rest."""
    return [*text.split("\n", lines), *[""] * lines][: lines + 1]


def _not_a_repository(folder: str, message: str) -> GitError:
    if "not a git repository" in message:
        return GitError(f"{folder} is not in a git repository", hint="Specify a folder in a repository with -C DIR.")
    return GitError(f"git cannot open the repository at {folder}: {message}", hint="Run `git status` there.")


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and set(text) <= set("0123456789abcdef")
