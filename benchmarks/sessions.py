"""Time a first and a second run of `nox -s affected` next to a plain loop: `python -m benchmarks.sessions`.

The loop runs `uv venv`, `uv pip install` and pytest for each plugin. Every command tests the same small plugins, after
an edit to each of them. Their requirements and build backend are in uv's cache, but not in an environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.repository import Snapshot, write_repository
from benchmarks.run import say
from benchmarks.table import write_results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLUGINS = 8
ROUNDS = 5

BEGIN, END = "<!-- sessions:begin -->", "<!-- sessions:end -->"
"""The markers of the block that this module writes."""

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-{name}"
version = "1"
dependencies = ["click", "requests"]

[tool.hatch.build.targets.wheel]
packages = ["src/acme_{name}"]
"""
CONFIG = """\
[tool.commonhold]
core = {{ distribution = "click" }}
python = ["{python}"]

[tool.commonhold.tiers.official]
path = ["plugins/*"]
"""
NOXFILE = "from commonhold.ci.nox_sessions import register\n\nregister(__file__)\n"
TEST = """\
import click
import requests

import acme_{name}


def test_it():
    assert acme_{name}.EDITS >= 0
"""


class Monorepo(NamedTuple):
    """The repository in ``folder``, its plugins, and the environment variables of the measured commands."""

    folder: Path
    plugins: tuple[str, ...]
    environment: Mapping[str, str]

    def edit(self, number: int) -> None:
        """Change a module of each plugin."""
        for name in self.plugins:
            path = self.folder / "plugins" / name / "src" / f"acme_{name}" / "__init__.py"
            path.write_text(f"EDITS = {number}\n", encoding="utf-8")

    def run(self, *command: str, folder: str = ".") -> None:
        """Run a command. Raises ``SystemExit`` if it fails."""
        done = subprocess.run(
            command, cwd=self.folder / folder, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with code {done.returncode}:\n{done.stdout[-3000:]}")


def make(folder: Path, count: int) -> Monorepo:
    """Write a repository with ``count`` independent plugins."""
    plugins = tuple(f"p{number}" for number in range(count))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    files = {"pyproject.toml": CONFIG.format(python=python), "noxfile.py": NOXFILE, ".gitignore": "build/\n"}
    for name in plugins:
        files[f"plugins/{name}/pyproject.toml"] = PROJECT.format(name=name)
        files[f"plugins/{name}/src/acme_{name}/__init__.py"] = "EDITS = 0\n"
        files[f"plugins/{name}/tests/test_{name}.py"] = TEST.format(name=name)
    write_repository(folder, [Snapshot("Add plugins", files)])
    # Compiled modules are written, as for most users, and the runs are local runs.
    dropped = ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CI", "GITHUB_ACTIONS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("NOX_")}
    return Monorepo(folder, plugins, {**kept, "NOX_SCRIPT_MODE": "none"})


def affected(monorepo: Monorepo, *options: str) -> None:
    """Run `nox -s affected`."""
    monorepo.run(sys.executable, "-m", "nox", "-s", "affected", "--", "--base", "HEAD", *options)


def plain_loop(monorepo: Monorepo) -> None:
    """Create an environment for each plugin, install the plugin and pytest into it, and run the tests."""
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    for name in monorepo.plugins:
        venv = monorepo.folder / "build" / name
        python = str(venv / "bin" / "python")
        monorepo.run(uv or "uv", "venv", "--clear", "--python", sys.executable, str(venv))
        monorepo.run(uv or "uv", "pip", "install", "--python", python, f"plugins/{name}", "click", "pytest")
        monorepo.run(python, "-m", "pytest", folder=f"plugins/{name}")


def forget(monorepo: Monorepo) -> None:
    """Delete the environments of nox."""
    shutil.rmtree(monorepo.folder / ".nox", ignore_errors=True)


def nothing(_: Monorepo) -> None:
    """Keep everything that an earlier command left."""


ROWS: tuple[tuple[str, Callable[[Monorepo], None], Callable[[Monorepo], None]], ...] = (
    ("`nox -s affected`, first run", forget, affected),
    ("`nox -s affected`, second run", nothing, affected),
    ("`nox -s affected -- -j 1`, first run", forget, lambda monorepo: affected(monorepo, "-j", "1")),
    ("`nox -s affected -- -j 1`, second run", nothing, lambda monorepo: affected(monorepo, "-j", "1")),
    ("the plain loop", nothing, plain_loop),
)
"""The title of each row, what is done before the time starts, and what is measured."""


def measure(monorepo: Monorepo, rounds: int) -> dict[str, list[float]]:
    """Run all commands in each round, after an untimed round that fills uv's cache; return the seconds by title."""
    seconds: dict[str, list[float]] = {title: [] for title, _, _ in ROWS}
    edits = 0
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "the untimed round")
        for title, prepare, command in ROWS:
            edits += 1
            monorepo.edit(edits)
            prepare(monorepo)
            started = time.perf_counter()
            command(monorepo)
            elapsed = time.perf_counter() - started
            say(f"  {title}: {elapsed:.1f} s")
            if number:
                seconds[title].append(elapsed)
    return seconds


def render(seconds: Mapping[str, Sequence[float]], plugins: int) -> str:
    """Generate the text between the markers."""
    loop = seconds[ROWS[-1][0]]
    rounds = len(loop)
    lines = [
        f"Number of plugins: {plugins}; rounds: {rounds}; cores: {len(os.sched_getaffinity(0))}.",
        "",
        "| command | s | time / plain loop |",
        "|:--|--:|--:|",
    ]
    for title, samples in seconds.items():
        ratio = median(one / other for one, other in zip(samples, loop, strict=True))
        lines.append(f"| {title} | {median(samples):.1f} | {ratio:.2f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description="Measure runs of sessions.")
    parser.add_argument("--plugins", type=int, default=PLUGINS, help=f"number of plugins (default {PLUGINS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"timed rounds (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="one plugin, one round: does it run?")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="where the repository is")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    options = parser.parse_args(argv)
    if options.quick:
        options.plugins = options.rounds = 1
    monorepo = make(options.cache.resolve() / "sessions", options.plugins)
    seconds = measure(monorepo, options.rounds)
    text = render(seconds, options.plugins)
    write_results(text, {"schema": 1, "seconds": seconds}, options.page, options.json, BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
