"""Write snapshots of a tree as a git repository. The same snapshots give the same commit ids on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIRST_COMMIT = 1_767_225_600
"""Time of the first commit in seconds since the epoch (2026-01-01T00:00:00Z); later commits follow hourly."""


class Snapshot(NamedTuple):
    """One commit: its message, and the text of every file of its tree by path."""

    message: str
    files: Mapping[str, str]


def git_environment() -> dict[str, str]:
    """Create an environment without the user's git variables and configuration."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}


def git(repository: Path, *arguments: str, **environment: str) -> str:
    """Run git in ``repository`` and return its output.

    Raises:
        subprocess.CalledProcessError: git failed; its message is on stderr.
    """
    command = ("git", "-c", "core.autocrlf=false", "-c", "gc.auto=0", *arguments)
    done = subprocess.run(
        command,
        cwd=repository,
        env=git_environment() | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def commit(repository: Path, message: str, hour: int) -> str:
    """Commit the whole working tree at ``hour`` hours after :data:`FIRST_COMMIT`; return the commit's id."""
    git(repository, "add", "--all")
    command = ("commit", "--quiet", "--allow-empty", "--no-verify", "--no-gpg-sign", "--message", message)
    git(repository, *command, **identity(hour))
    return git(repository, "rev-parse", "HEAD")


def commit_tag(repository: Path, name: str, revision: str) -> None:
    """Create the annotated tag ``name`` on ``revision``, or move it."""
    git(
        repository,
        "tag",
        "--force",
        "--annotate",
        "--no-sign",
        "--message",
        name,
        name,
        revision,
        **identity(0),
    )


def identity(hour: int) -> dict[str, str]:
    """The author and time of a commit or tag, as git's environment variables."""
    date = f"{FIRST_COMMIT + 3600 * hour} +0000"
    fields = {"NAME": "octocat", "EMAIL": "octocat@example.com", "DATE": date}
    return {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in fields.items()}


def write_repository(target: Path, snapshots: Sequence[Snapshot]) -> list[str]:
    """Write ``snapshots`` as commits of a new repository at ``target``; delete existing files there first.

    The objects are packed like those of a clone. Returns the commit ids, oldest first.
    """
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    git(target, "init", "--quiet", "--template=", "--initial-branch=main", "--object-format=sha1")
    commits: list[str] = []
    before: Mapping[str, str] = {}
    for hour, (message, files) in enumerate(snapshots):
        write_changes(target, before, files)
        commits.append(commit(target, message, hour))
        before = files
    settle(target)
    return commits


def write_changes(target: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Change the working tree from ``before`` to ``after``, and touch only the files that differ."""
    for path in before.keys() - after.keys():
        (target / path).unlink()
    for path, text in after.items():
        if before.get(path) != text:
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")


def settle(repository: Path) -> None:
    """Pack the objects, and make git trust its index.

    An index written within the same clock tick as its files makes every later git read those files again.
    """
    git(repository, "gc", "--quiet")
    os.utime(repository / ".git" / "index")
    git(repository, "update-index", "-q", "--refresh")
