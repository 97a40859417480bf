"""Real git repositories for tests, with fixed dates and without the user's configuration."""

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
"""Allow submodules and fetches from a path: git refuses such submodules by default since 2.38.1."""


class PreparationError(AssertionError):
    """A git command that prepares a test failed: the test itself is wrong."""


def git_environment(home: Path) -> dict[str, str]:
    """An environment without the user's git configuration, in which tests create repositories."""
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
    """A repository in a folder. Paths are relative to the folder; text that is not UTF-8 is decoded by ``os.fsdecode``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def init(cls, root: Path, *, bare: bool = False, object_format: str = "sha1") -> Repo:
        """Create a repository with the branch ``main`` and without commits."""
        root.mkdir(parents=True, exist_ok=True)
        repo = cls(root)
        options = ["--bare"] if bare else []
        repo.git("init", "-q", "-b", "main", "--template=", f"--object-format={object_format}", *options)
        return repo

    @classmethod
    def of(cls, root: Path, files: Mapping[str, str | bytes]) -> Repo:
        """Create a repository with these files in its first commit."""
        repo = cls.init(root)
        repo.commit(files, message="first")
        return repo

    def git(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> str:
        """Run git in the repository and return its output without the last newline."""
        return os.fsdecode(self.git_bytes(*args, stdin=stdin, env=env, check=check)).removesuffix("\n")

    def git_bytes(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> bytes:
        """Run git in the repository and return its output as bytes."""
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
        """The path of a file in the repository."""
        return self.root / path

    def write(self, path: str, content: str | bytes = "", *, executable: bool = False) -> Path:
        """Write a file and create its folders; a symbolic link is replaced, not followed."""
        full = self.path(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        if full.is_symlink():
            full.unlink()
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        if executable:
            full.chmod(0o755)
        return full

    def link(self, path: str, target: str) -> Path:
        """Create a symbolic link; an existing file or folder is replaced."""
        self.remove(path)
        full = self.path(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.symlink_to(target)
        return full

    def remove(self, path: str) -> None:
        """Remove a file or a folder from disk, if it exists."""
        full = self.path(path)
        if full.is_dir() and not full.is_symlink():
            shutil.rmtree(full)
        else:
            full.unlink(missing_ok=True)

    def commit(self, files: Mapping[str, str | bytes] | None = None, *, message: str = "change") -> str:
        """Write ``files``, commit everything on disk, and return the object id of the commit."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        """The object id of the checked-out commit."""
        return self.rev("HEAD")

    def rev(self, name: str) -> str:
        """The object id that a revision names."""
        return self.git("rev-parse", "--verify", name)

    def switch(self, branch: str, start: str | None = None) -> None:
        """Check out a branch; with ``start``, create it there first."""
        self.git("checkout", "-q", *(["-b", branch, start] if start else [branch]))

    def merge(self, other: str, *, message: str = "merge") -> str:
        """Merge a branch or commit into the checked-out branch, always with a merge commit."""
        self.git("merge", "-q", "--no-ff", "-m", message, other)
        return self.head

    def copy(self, to: Path) -> Repo:
        """Copy the repository to another folder, which is faster than creating it again."""
        shutil.copytree(self.root, to, symlinks=True)
        return Repo(to)

    def clone(self, to: Path, *options: str) -> Repo:
        """Clone over ``file://``, because git ignores depth and filters for a path; this repository allows filters."""
        self.git("config", "uploadpack.allowFilter", "true")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.git("clone", "-q", *options, self.root.absolute().as_uri(), str(to))
        return Repo(to)
