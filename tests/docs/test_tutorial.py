"""The tutorial, done as it stands: every file written, every command typed, what it prints compared."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MINUTES = 10
CHECKOUT = "~/commonhold"


@pytest.fixture
def wheel(root: Path, tmp_path: Path) -> Path:
    """The wheel that is installed in place of the reader's checkout."""
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(tmp_path / "dist"), str(root)],
        check=True,
    )
    (built,) = (tmp_path / "dist").glob("*.whl")
    return built


@pytest.fixture
def environment() -> dict[str, str]:
    """One in which git knows somebody."""
    person = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "octocat"), ("EMAIL", "octocat@example.com"))
    }
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    # Unbuffered, so that both streams come in the order in which a terminal shows them.
    return {**os.environ, **person, "PATH": path, "PYTHONUNBUFFERED": "1"}


class Shell:
    """A shell that keeps its environment from one command to the next, so that an activation lasts."""

    def __init__(self, folder: Path, environment: dict[str, str], state: Path) -> None:
        self._folder = folder
        self._environment = environment
        self._state = state
        state.touch()

    def type(self, line: str) -> str:
        """What a command prints, on either stream; it must succeed."""
        script = f'. "$STATE"\n{line}\ncode=$?\nexport -p > "$STATE"\nexit $code'
        finished = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env={**self._environment, "STATE": str(self._state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60 * MINUTES,
            check=False,
        )
        assert finished.returncode == 0, f"{line}\n{finished.stdout}"
        return finished.stdout


def test_every_command_prints_what_the_tutorial_says(
    root: Path, tmp_path: Path, wheel: Path, environment: dict[str, str]
):
    from generator.walk import File, steps

    folder = tmp_path / "acme"
    folder.mkdir()
    shell = Shell(folder, environment, tmp_path / "state")
    typed = 0
    for step in steps((root / "docs/tutorial.md").read_text(encoding="utf-8")):
        if isinstance(step, File):
            step.write(folder)
            continue
        printed = shell.type(step.line.replace(CHECKOUT, str(wheel)))
        assert step.prints(printed), f"$ {step.line}\n{printed}\ninstead of\n{step.output}"
        typed += 1
    assert typed > 20


def test_three_dots_stand_for_anything_and_the_rest_for_itself():
    from generator.walk import Command

    command = Command("x", "a\n...\nc ... e\n")
    assert command.prints("a\nb\nb\nc d e\n")
    assert command.prints("a  \nb\nc d e")
    assert not command.prints("a\nb\nc d f\n")
    assert not Command("x", "").prints("something")


def test_a_file_block_is_written_or_added(tmp_path: Path):
    from generator.walk import File, steps

    text = '```text title="d/a"\none\n```\n\n```text title="d/a (at the end)"\ntwo\n```\n'
    files = [step for step in steps(text) if isinstance(step, File)]
    for file in files:
        file.write(tmp_path)
    assert (tmp_path / "d/a").read_text() == "one\ntwo\n"
