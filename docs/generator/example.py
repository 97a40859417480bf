"""Create the tutorial's monorepo as a git repository for examples. Its commits are the same on every machine."""

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
IDENTITY = {
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
    """Commit every file in the folder."""
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, without any user's configuration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **IDENTITY}
    finished = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    if finished.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {finished.stderr.decode('utf-8', 'backslashreplace')}")


class _Screen(io.StringIO):
    """Collects stdout and stderr in order, as a terminal shows them."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def isatty(self) -> bool:
        return self._colour


def output(folder: Path, *arguments: str, colour: bool = False) -> str:
    """Run commonhold in a folder, and return its stdout and stderr in order. It must succeed."""
    screen = _Screen(colour=colour)
    with redirect_stdout(screen), redirect_stderr(screen), _clean_environment():
        code = main(["-C", str(folder), *arguments])
    if code:
        raise SystemExit(f"commonhold {' '.join(arguments)}: {screen.getvalue()}")
    return screen.getvalue()


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Hide the variables of CI, of git, and of the terminal."""
    prefixes = ("GITHUB_", "GIT_", "CI", "NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")
    hidden = {name: value for name, value in os.environ.items() if name.startswith(prefixes)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
