"""`commonhold new` asks on a real pseudo-terminal, and never without one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import tomli

from tests.support.dialogues import on_terminal
from tests.support.monorepos import Monorepo, project

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
[tool.commonhold]
core = { distribution = "flytekit" }

[tool.commonhold.tiers.official]
path = ["official/*"]

[tool.commonhold.tiers.community]
path = ["community/fw-*"]
distribution = "acme-{name}"
on-release-failure = "hold-back"

[tool.commonhold.tiers.community.check]
maintainers = 2
"""
NEW = (sys.executable, "-m", "commonhold.cli", "new")
OCTOCAT = "octocat <octocat@example.com>"
ALL = (
    "--tier",
    "community",
    "--template",
    "task",
    "--description",
    "Runs.",
    "--maintainer",
    OCTOCAT,
    "--maintainer",
    OCTOCAT,
)


@pytest.fixture
def monorepo(tmp_path: Path) -> Monorepo:
    files = {"official/fw-jinja2/pyproject.toml": project("acme-jinja2")}
    return Monorepo.of(tmp_path / "repo", files, config=CONFIG)


def written(monorepo: Monorepo) -> str:
    return monorepo.repo.git("status", "--porcelain")


def test_missing_values_are_asked_for_until_they_are_valid(monorepo: Monorepo) -> None:
    monorepo.repo.git("config", "user.name", "The Octocat")
    monorepo.repo.git("config", "user.email", "octocat@example.org")
    with on_terminal([*NEW, "--offline"], monorepo.repo.root) as program:
        program.wait_for("Tier: ")
        program.type("comunnity\n")
        program.wait_for("'comunnity' is not in the list")
        program.type("community\n")
        program.wait_for("Name: ")
        program.type("../evil\n")
        program.wait_for("is not a plugin name")
        program.type("jinja3\n")
        program.wait_for("looks like the official plugin acme-jinja2")
        program.type("polars\n")
        program.wait_for("Template [")
        program.type("transformer\n")
        program.wait_for("One sentence: ")
        program.type("\x1b[31mred\n")
        program.wait_for("characters that cannot be printed")
        program.type('Pass "frames".\n')
        program.wait_for("[The Octocat <octocat@example.org>]: ")
        program.type("\n")
        program.wait_for("Another maintainer: ")
        program.type("octocat\n")
        program.wait_for("is not a name with an e-mail address")
        program.type(f"{OCTOCAT}\n")
        program.wait_for("Next steps:")
        assert program.finish() == 0
    table = tomli.loads(monorepo.repo.path("community/fw-polars/pyproject.toml").read_text())["tool"]["commonhold"]
    assert table["template"]["answers"] == {
        "name": "polars",
        "tier": "community",
        "description": 'Pass "frames".',
        "maintainers": ["The Octocat <octocat@example.org>", OCTOCAT],
        "license": "Apache-2.0",
    }


def test_with_all_values_as_options_nothing_is_asked_on_a_terminal(monorepo: Monorepo) -> None:
    with on_terminal([*NEW, "polars", *ALL, "--offline"], monorepo.repo.root) as program:
        assert program.finish() == 0
    assert "]: " not in program.shown
    assert written(monorepo) == "?? community/fw-polars/"


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_an_interrupted_question_leaves_the_tree_as_it_was(monorepo: Monorepo, key: str) -> None:
    with on_terminal([*NEW, "polars", "--tier", "community", "--offline"], monorepo.repo.root) as program:
        program.wait_for("Template [")
        assert program.leave(key) == 130
    assert written(monorepo) == ""


@pytest.mark.parametrize("words", [(), ("polars",), ("polars", "--tier", "community"), ("polars", *ALL[:-2])])
def test_without_a_terminal_the_command_ends_at_once(monorepo: Monorepo, words: tuple[str, ...]) -> None:
    read, write = os.pipe()  # an input that never ends, and contains nothing
    try:
        finished = subprocess.run(
            [*NEW, *words, "--offline"],
            cwd=monorepo.repo.root,
            stdin=read,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(read)
        os.close(write)
    assert finished.returncode == 2
    assert "--maintainer" in finished.stderr
    assert written(monorepo) == ""


SLOW = """\
import os, signal
from commonhold.cli.__main__ import console_script
from commonhold.effects import file_changes

write, calls = file_changes.write_atomically, []

def write_slowly(*words, **options):
    write(*words, **options)
    calls.append(words)
    if len(calls) == 3:
        os.kill(os.getpid(), getattr(signal, os.environ["SIGNAL"]))

file_changes.write_atomically = write_slowly
console_script()
"""


@pytest.mark.parametrize(
    ("name", "code"), [("SIGINT", 130), ("SIGTERM", 130), ("SIGHUP", 130), ("SIGKILL", -signal.SIGKILL)]
)
def test_an_interruption_while_files_are_written_leaves_the_tree_as_it_was(
    monorepo: Monorepo, name: str, code: int
) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", SLOW, "new", "polars", *ALL, "--offline"],
        cwd=monorepo.repo.root,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SIGNAL": name},
    )
    assert finished.returncode == code, finished.stderr
    assert written(monorepo) == ""
    assert not monorepo.repo.path("community/fw-polars").exists()
