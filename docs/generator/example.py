"""The tutorial's monorepo as a repository: what examples are made of. Its commits are the same on every machine."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from commonhold.cli.__main__ import main
from generator.walk import Command, File, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

TUTORIAL = Path(__file__).resolve().parent.parent / "tutorial.md"
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "octocat"), ("EMAIL", "octocat@example.com"), ("DATE", "1700000000 +0000"))
}


@contextmanager
def example_repository() -> Iterator[Path]:
    """The tutorial's repository, with its first change committed on a branch."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "acme"
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch", "main")
        files = iter(steps(TUTORIAL.read_text(encoding="utf-8")))
        for step in files:
            if isinstance(step, Command) and step.line.startswith("git commit"):
                break
            if isinstance(step, File):
                step.write(folder)
        commit(folder, "Three plugins")
        git(folder, "switch", "--quiet", "--create", "skip-empty-lines")
        next(step for step in files if isinstance(step, File)).write(folder)
        commit(folder, "Skip empty lines")
        yield folder


def commit(folder: Path, message: str) -> None:
    """Commit all that is there."""
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, with nobody's configuration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **WHO}
    finished = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    if finished.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {finished.stderr.decode('utf-8', 'backslashreplace')}")


class _Screen(io.StringIO):
    """What is shown, in the order in which it comes."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def isatty(self) -> bool:
        return self._colour


def output(folder: Path, *arguments: str, colour: bool = False) -> str:
    """What commonhold prints in a folder, stdout and stderr as they come; it must succeed."""
    screen = _Screen(colour=colour)
    with redirect_stdout(screen), redirect_stderr(screen), _nobodys_environment():
        code = main(["-C", str(folder), *arguments])
    if code:
        raise SystemExit(f"commonhold {' '.join(arguments)}: {screen.getvalue()}")
    return screen.getvalue()


@contextmanager
def _nobodys_environment() -> Iterator[None]:
    """Neither CI's variables nor git's, nor anybody's taste in colours."""
    foreign = ("GITHUB_", "GIT_", "CI", "NO_COLOR", "FORCE_COLOR", "TERM")
    kept = {name: value for name, value in os.environ.items() if name.startswith(foreign)}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)
