"""A repository: which trees there are, and how two of them differ."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.errors import GitError, UsageError
from commonhold.vcs.blobs import read_blobs
from commonhold.vcs.changes import RAW, Difference, compare_work_tree, parse_raw
from commonhold.vcs.git import Git, checked_output
from commonhold.vcs.trees import CommitTree, WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from commonhold.effects.process import Finished, Runner
    from commonhold.tree import Tree


class Repository(NamedTuple):
    """A git repository. ``root`` is its work tree's folder, or its own when it is bare; ``folder`` is git's own."""

    git: Git
    root: str
    folder: str
    bare: bool
    shallow: bool

    def resolve(self, rev: str) -> str:
        """The commit that ``rev`` names, as a full object id; ``GitError`` when there is none."""
        return self.found(rev, *self.commits(rev))

    def found(self, rev: str, commit: str | None) -> str:
        """``commit``, or a ``GitError`` that tells how to get the commit that ``rev`` names."""
        if commit is None:
            raise GitError(f"{rev} is not a commit of this clone", hint=self._how_to_get(rev))
        return commit

    def commits(self, *revs: str) -> tuple[str | None, ...]:
        """The commits that revisions name, all in one question; ``None`` for those that this clone has not."""
        return self.references(revs, ())[0]

    def references(
        self, revs: Sequence[str], symbolic: Sequence[str]
    ) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
        """The commits that revisions name, and where symbolic references point, as full names.

        All are looked up at once; ``None`` stands for what this clone has not.
        """
        asked = [self.git.start("symbolic-ref", "--quiet", name) for name in symbolic]
        # A line is a revision, so that what holds a line break can be none.
        lines = ("" if "\n" in rev else f"{rev}^{{commit}}" for rev in revs)
        finished = self.git.start_offline("cat-file", "--batch-check=%(objectname)", stdin=_encoded(lines)).wait()
        answers = [line.decode("ascii", "replace") for line in checked_output(finished).split(b"\n")[:-1]]
        targets = (os.fsdecode(question.wait().stdout.strip()) or None for question in asked)
        return tuple(line if _is_oid(line) else None for line in answers), tuple(targets)

    def committed(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970."""
        return int(self.git.ask("show", "--no-patch", "--no-show-signature", "--format=%ct", commit))

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits; ``GitError`` when this clone cannot tell."""
        return one if one == other else self.begin_merge_base(one, other)(one, other)

    def begin_merge_base(self, one: str, other: str) -> Callable[[str, str], str]:
        """Begin to look for it, by any names; what is returned takes the commits that these names mean."""
        asked = self.git.start_offline("merge-base", "--end-of-options", one, other, stdin=b"")
        return lambda first, second: self._found_base(asked.wait(), first, second)

    def _found_base(self, finished: Finished, one: str, other: str) -> str:
        if finished.code == 1:
            raise GitError(f"{one} and {other} have no common ancestor in this clone", hint=self._deepen())
        base = checked_output(finished).decode("ascii").split()[0]
        if self.shallow and self._is_cut(base, one, other):
            raise GitError(
                f"the history between {base} and {one} or {other} is not whole in this clone", hint=self._deepen()
            )
        return base

    def _is_cut(self, base: str, *tips: str) -> bool:
        """Whether commits after ``base`` have lost their parents, behind which a better base may be."""
        lines = self.git.ask("rev-list", "--parents", *tips, f"^{base}").decode("ascii").splitlines()
        return any(" " not in line for line in lines)

    def tree(self, commit: str) -> Tree:
        """The files of a commit."""
        return CommitTree(self.git, commit)

    def work_tree(self) -> WorkTree:
        """The files on disk; ``UsageError`` in a bare repository, which has none."""
        if self.bare:
            raise UsageError("this repository is bare, so it has no work tree", hint="Name a commit with --head.")
        return WorkTree(self.git, self.root)

    def difference(self, base: str, head: str) -> Difference:
        """How two commits differ."""
        asked = self.git.start("diff-tree", *RAW, base, head)
        return Difference(lambda: parse_raw(checked_output(asked.wait())))

    def difference_to_work_tree(self, base: str, work_tree: WorkTree) -> Difference:
        """How the work tree differs from a commit, untracked files included."""
        asked = self.git.start("diff", *RAW, base, "--")
        return Difference(
            lambda: compare_work_tree(parse_raw(checked_output(asked.wait())), work_tree.entries, work_tree.untracked)
        )

    def blobs(self, wanted: Mapping[str, str]) -> Mapping[str, bytes]:
        """The contents of blobs, by the keys of ``wanted``; in a partial clone, missing ones are fetched together."""
        return read_blobs(self.git, wanted)()

    def _how_to_get(self, rev: str) -> str:
        if self.shallow:
            return (
                "This clone is shallow. Try: git fetch --unshallow (in GitHub Actions: fetch-depth: 0), "
                f"or git fetch origin {rev}"
            )
        if any(mark in rev for mark in ("~", "^", ":", "@{")):  # which no reference's name may hold
            return "`git log` shows the commits that there are."
        return f"Try: git fetch origin {rev}"

    def _deepen(self) -> str:
        if self.shallow:
            return "This clone is shallow. Try: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)"
        return "Name the commit to compare with by --base REV --exact."


def open_repository(folder: str, runner: Runner, environ: Mapping[str, str]) -> Repository:
    """The repository that ``folder`` lies in; ``GitError`` when it lies in none."""
    if not os.path.isdir(folder):
        raise UsageError(f"{folder} is not a folder", hint="Name an existing folder after -C.")
    git = Git(folder, runner, environ)
    finished = git.attempt(*_IDENTITY)
    if finished.code and b"safe.directory" in finished.stderr and git.trust_as_the_user_does():
        finished = git.attempt(*_IDENTITY)
    bare, shallow, inside, rest = _split(os.fsdecode(finished.stdout), 3)
    if finished.code:
        raise _not_a_repository(os.path.abspath(folder), finished.error_text())
    if bare == "true":
        own = rest.removesuffix("\n")
        git.folder = own
    elif inside == "true":
        up, rest = _split(rest, 1)
        own = rest.removesuffix("\n")
        git.folder = os.path.realpath(os.path.join(folder, up))
    else:
        raise GitError(f"{folder} is git's own folder", hint="Name the work tree after -C.")
    return Repository(git, git.folder, own, bare == "true", shallow == "true")


# A path may hold line breaks, so that there is only one, and it comes last.
_IDENTITY = (
    "rev-parse",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--is-inside-work-tree",
    "--show-cdup",
    "--absolute-git-dir",
)


def _split(text: str, lines: int) -> list[str]:
    """The first lines of a text, and the rest of it."""
    return [*text.split("\n", lines), *[""] * lines][: lines + 1]


def _not_a_repository(folder: str, complaint: str) -> GitError:
    if "not a git repository" in complaint:
        return GitError(f"{folder} is not in a git repository", hint="Name one with -C DIR.")
    return GitError(f"git cannot open the repository at {folder}: {complaint}", hint="Run `git status` there.")


def _encoded(lines: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(line) + b"\n" for line in lines)


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and set(text) <= set("0123456789abcdef")
