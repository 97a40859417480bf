"""A repository: which trees there are, and how two of them differ."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from commonhold.errors import GitError, UsageError
from commonhold.history.changes import RAW, Change, merge_unmerged, parse_raw
from commonhold.history.git import Git, answer
from commonhold.history.trees import CommitTree, WorkTree, read_blobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.effects.processes import Runner
    from commonhold.history.changes import ChangeSet
    from commonhold.workspace.tree import Tree


class Repository(NamedTuple):
    """A git repository. ``root`` is its work tree's folder, or its own when it is bare; ``folder`` is git's own."""

    git: Git
    root: str
    folder: str
    bare: bool
    shallow: bool

    def resolve(self, rev: str) -> str:
        """The commit that ``rev`` names, as a full object id; ``GitError`` when there is none."""
        found = self.try_resolve(rev)
        if found is None:
            raise GitError(f"{rev} is not a commit of this clone", hint=self._how_to_get(rev))
        return found

    def try_resolve(self, rev: str) -> str | None:
        """The commit that ``rev`` names, or ``None``."""
        finished = self.git.attempt("rev-parse", "--quiet", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        return finished.stdout.decode("ascii").strip() if finished.code == 0 else None

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit as this clone knows them: none at the edge of a shallow one."""
        line = self.git.ask("rev-list", "--parents", "--max-count=1", "--end-of-options", commit)
        return tuple(line.decode("ascii").split()[1:])

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits; ``GitError`` when they have none in this clone."""
        finished = self.git.attempt("merge-base", "--end-of-options", one, other)
        if finished.code == 0:
            return finished.stdout.decode("ascii").split()[0]
        if finished.code == 1:
            raise GitError(f"{one} and {other} have no common ancestor in this clone", hint=self._deepen())
        answer(finished)
        raise AssertionError(finished)

    def current_branch(self) -> str | None:
        """The branch that is checked out, or ``None`` when head is detached."""
        finished = self.git.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
        return os.fsdecode(finished.stdout.strip()) if finished.code == 0 else None

    def default_branch(self, configured: Callable[[], str | None]) -> str | None:
        """The branch that others are compared with: ``origin/HEAD``, the configured one, ``main`` or ``master``."""
        finished = self.git.attempt("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        if finished.code == 0:
            return os.fsdecode(finished.stdout.strip()).removeprefix("refs/remotes/")
        name = configured()
        names = (name,) if name else ("main", "master")
        candidates = [rev for name in names for rev in (f"origin/{name}", name)]
        return next((rev for rev in candidates if self.try_resolve(rev) is not None), None)

    def tree(self, commit: str) -> Tree:
        """The files of a commit."""
        return CommitTree(self.git, commit)

    def work_tree(self) -> WorkTree:
        """The files on disk; ``UsageError`` in a bare repository, which has none."""
        if self.bare:
            raise UsageError("this repository is bare, so it has no work tree", hint="Name a commit with --head.")
        return WorkTree(self.git, self.root)

    def changes(self, base: str, head: str) -> ChangeSet:
        """How two commits differ."""
        return tuple(parse_raw(self.git.ask("diff-tree", *RAW, base, head)))

    def changes_in_work_tree(self, base: str, work_tree: WorkTree) -> ChangeSet:
        """How the work tree differs from a commit, untracked files included."""
        tracked = tuple(merge_unmerged(parse_raw(self.git.ask("diff", *RAW, base, "--"))))
        known = {change.path for change in tracked}
        entries = work_tree.entries
        untracked = (
            Change(path, 0, None, entries[path].mode, None) for path in work_tree.untracked if path not in known
        )
        return (*tracked, *untracked)

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of blobs; in a partial clone, those that are missing are fetched together first."""
        wanted = tuple(dict.fromkeys(oids))
        remote = self._promisor() if wanted else None
        if remote is not None:
            self._fetch(remote, wanted)
        return read_blobs(self.git, wanted)

    def first_parents(self, head: str, count: int) -> tuple[str, ...]:
        """The last ``count`` commits on the first-parent line of ``head``, newest first."""
        output = self.git.ask("rev-list", "--first-parent", f"--max-count={count}", "--end-of-options", head)
        return tuple(output.decode("ascii").split())

    def _promisor(self) -> str | None:
        finished = self.git.attempt("config", "-z", "--get-regexp", r"^remote\..*\.promisor$")
        for record in finished.stdout.split(b"\0"):
            key, _, value = os.fsdecode(record).partition("\n")
            if value == "true":
                return key.removeprefix("remote.").removesuffix(".promisor")
        return None

    def _fetch(self, remote: str, oids: tuple[str, ...]) -> None:
        """What git does by itself for one missing object at a time (partial-clone, "Fetching Missing Objects")."""
        options = (
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
            "--filter=blob:none",
            "--quiet",
        )
        finished = self.git.start(
            *("-c", "fetch.negotiationAlgorithm=noop"),
            *("fetch", remote, *options, "--stdin"),
            stdin="".join(f"{oid}\n" for oid in oids).encode(),
        ).wait()
        answer(finished)

    def _how_to_get(self, rev: str) -> str:
        if self.shallow:
            return f"This clone is shallow. Try: git fetch --unshallow, or git fetch origin {rev}"
        return f"Try: git fetch origin {rev}"

    def _deepen(self) -> str:
        if self.shallow:
            return "This clone is shallow. Try: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)"
        return "Name the commit to compare with by --base REV --exact."


def open_repository(folder: str, runner: Runner, environ: Mapping[str, str]) -> Repository:
    """The repository that ``folder`` lies in; ``GitError`` when it lies in none."""
    git = Git(folder, runner, environ)
    finished = git.attempt(*_IDENTITY)
    if finished.code and b"dubious ownership" in finished.stderr and git.trust_as_the_user_does():
        finished = git.attempt(*_IDENTITY)
    lines = os.fsdecode(finished.stdout).removesuffix("\n").split("\n")
    bare = lines[0] == "true"  # git answers three questions of a bare repository, and fails at the fourth
    if finished.code and not bare:
        raise _not_a_repository(folder, finished.complaint())
    root = lines[2] if bare else "\n".join(lines[3:])
    git.folder = root
    return Repository(git, root, lines[2], bare, lines[1] == "true")


_IDENTITY = (
    "rev-parse",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--absolute-git-dir",
    "--show-toplevel",
)


def _not_a_repository(folder: str, complaint: str) -> GitError:
    if "not a git repository" in complaint:
        return GitError(f"{folder} is not in a git repository", hint="Name one with -C DIR.")
    return GitError(f"git cannot open the repository at {folder}: {complaint}", hint="Run `git status` there.")
