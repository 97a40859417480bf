"""Real git repositories for tests, made the same way every time: fixed dates, no user's configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EPOCH = 1_700_000_000
_seconds = iter(range(EPOCH, EPOCH + 10**9))

FILES_ALLOWED = ("-c", "protocol.file.allow=always")
"""Submodules and fetches from a path; git refuses the former by default since 2.38.1."""


class PreparationError(AssertionError):
    """A git command of a test's preparation failed: the test itself is wrong."""


def git_environment(home: Path) -> dict[str, str]:
    """An environment in which git knows of no user: what tests build repositories with."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "LC_ALL": "C",
    }


class Repo:
    """A repository in a folder. Paths are relative to it; text that is not UTF-8 is as ``os.fsdecode`` gives it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def init(cls, root: Path, *, bare: bool = False, object_format: str = "sha1") -> Repo:
        """A new repository whose branch is ``main``, without a commit."""
        root.mkdir(parents=True, exist_ok=True)
        repo = cls(root)
        options = ["--bare"] if bare else []
        repo.git("init", "-q", "-b", "main", "--template=", f"--object-format={object_format}", *options)
        return repo

    @classmethod
    def of(cls, root: Path, files: Mapping[str, str | bytes]) -> Repo:
        """A new repository with these files in its first commit."""
        repo = cls.init(root)
        repo.commit(files, message="first")
        return repo

    def git(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> str:
        """Run git here and return what it wrote, without the last newline."""
        return os.fsdecode(self.git_bytes(*args, stdin=stdin, env=env, check=check)).removesuffix("\n")

    def git_bytes(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> bytes:
        """Run git here and return the bytes that it wrote."""
        date = f"{next(_seconds)} +0000"
        person = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Octo Cat"), ("EMAIL", "octocat@example.com"), ("DATE", date))
        }
        finished = subprocess.run(
            ["git", *FILES_ALLOWED, *args],
            cwd=self.root,
            env={**git_environment(self.root), **person, **(env or {})},
            input=stdin,
            capture_output=True,
            check=False,
        )
        if check and finished.returncode:
            raise PreparationError(f"git {args}: {finished.stderr.decode('utf-8', 'backslashreplace')}")
        return finished.stdout

    def path(self, path: str) -> Path:
        """Where a file of the repository lies."""
        return self.root / path

    def write(self, path: str, content: str | bytes = "", *, executable: bool = False) -> Path:
        """Write a file, making its folders; replaces a symbolic link rather than following it."""
        full = self.path(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        if full.is_symlink():
            full.unlink()
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        if executable:
            full.chmod(0o755)
        return full

    def link(self, path: str, target: str) -> Path:
        """Make a symbolic link, in the place of whatever was there."""
        self.remove(path)
        full = self.path(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.symlink_to(target)
        return full

    def remove(self, path: str) -> None:
        """Remove a file or a folder from disk, if it is there."""
        full = self.path(path)
        if full.is_dir() and not full.is_symlink():
            shutil.rmtree(full)
        else:
            full.unlink(missing_ok=True)

    def commit(self, files: Mapping[str, str | bytes] | None = None, *, message: str = "change") -> str:
        """Write ``files``, then commit everything that is on disk; the new commit's object id."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.rev("HEAD")

    def rev(self, name: str) -> str:
        """The object id that a name stands for."""
        return self.git("rev-parse", "--verify", name)

    def switch(self, branch: str, start: str | None = None) -> None:
        """Check a branch out; with ``start``, make it there first."""
        self.git("checkout", "-q", *(["-b", branch, start] if start else [branch]))

    def merge(self, other: str, *, message: str = "merge") -> str:
        """Merge a branch or commit into the one that is checked out, always with a merge commit."""
        self.git("merge", "-q", "--no-ff", "-m", message, other)
        return self.head

    def copy(self, to: Path) -> Repo:
        """The same repository in another place: sooner there than by making it once more."""
        shutil.copytree(self.root, to, symlinks=True)
        return Repo(to)

    def clone(self, to: Path, *options: str) -> Repo:
        """A clone over ``file://``, so that depth and filters count; this repository allows filters."""
        self.git("config", "uploadpack.allowFilter", "true")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.git("clone", "-q", *options, self.root.absolute().as_uri(), str(to))
        return Repo(to)
