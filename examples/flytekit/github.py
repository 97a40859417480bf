"""Replace GitHub in a rehearsal: a runner with stand-ins for actions, and a copy of a repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.workflows.runner import Runner, fetch_act, seed_actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workflows.runner import Run

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
NAME = "octocat/flytekit"
RULES = {"commonhold.toml": HERE.parent / "flytekit.toml"}
NETWORK = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_", "HTTPS_", "NO_", "http_", "https_", "no_")
HOURS = 2


class Python(NamedTuple):
    """The Python that setup-python gives a job, in ``folder``, and a wheel of this library, in ``wheels``."""

    folder: Path
    wheels: Path

    @classmethod
    def make(cls, folder: Path) -> Python:
        """Create an environment without installed packages, and build the wheel."""
        made = cls(folder / "python", folder / "wheels")
        run(sys.executable, "-m", "venv", made.folder, cwd=folder)
        made.pip("wheel", "--no-deps", "--wheel-dir", made.wheels, PROJECT)
        return made

    def install(self, *words: str | Path) -> None:
        """Install dependencies beforehand, like pip's cache; the jobs themselves install this library."""
        self.pip("install", "--find-links", self.wheels, *words)
        self.pip("uninstall", "--yes", "commonhold")

    def pip(self, command: str, *words: str | Path) -> None:
        run(self.folder / "bin/python", "-m", "pip", command, "--quiet", *words, cwd=self.folder)


def prepare_runner(folder: Path, python: Python, uses: set[str]) -> Runner:
    """Create a runner with stand-ins for the actions that the workflows use."""
    home = folder / "home"
    home.mkdir()
    seed_actions(home, uses)
    env = {name: value for name, value in os.environ.items() if name.startswith(NETWORK)}
    env |= {"PIP_FIND_LINKS": str(python.wheels), "STAND_IN_PYTHON": str(python.folder)}
    env |= {"XDG_CONFIG_HOME": _of_user(".config")}
    env |= {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", _of_user(".cache/uv"))}
    return Runner(fetch_act(folder), home, env, 60 * HOURS)


def _of_user(name: str) -> str:
    return str(Path.home() / name)


class GitHub(NamedTuple):
    """A repository (``hub``), a checkout of it for the runner, and a folder for artifacts (``store``)."""

    hub: Path
    checkout: Path
    store: Path

    @classmethod
    def of(cls, clone: Path, folder: Path) -> GitHub:
        """Copy the repository of ``clone`` into a new folder; the clone is only read."""
        made = cls(folder / "hub.git", folder / "checkout", folder / "store")
        made.store.mkdir(parents=True)
        run("git", "clone", "--quiet", "--bare", clone, made.hub, cwd=folder)
        for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            run("git", "config", key, "true", cwd=made.hub)
        run("git", "clone", "--quiet", "--shared", made.hub, made.checkout, cwd=folder)
        made.git("config", "user.name", "octocat")
        made.git("config", "user.email", "octocat@example.org")
        # The runner reads the name of the repository from `origin`, and never connects to it.
        made.git("remote", "set-url", "origin", f"https://github.com/{NAME}")
        return made

    def git(self, *args: str) -> str:
        """Run git in the checkout."""
        return run("git", *args, cwd=self.checkout)

    def push(self, *refs: str) -> None:
        """Push to the repository, and overwrite existing refs."""
        self.git("push", "--quiet", "--force", str(self.hub), *refs)

    def run(self, runner: Runner, workflow: str, event: str, **payload: object) -> Run:
        """Run a workflow for an event, and write its log next to the checkout."""
        env = {**runner.env, "STAND_IN_HUB": self.hub.as_uri(), "STAND_IN_STORE": str(self.store)}
        about = {"repository": {"full_name": NAME, "default_branch": "master"}}
        done = replace(runner, env=env).run(self.checkout, workflow, event, {**about, **payload})
        (self.checkout.parent / "log.txt").write_text(done.log)
        return done


def lay_over(target: Path, files: Mapping[str, Path]) -> None:
    """Copy files to their paths in a repository."""
    for path, source in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target / path)


def run(*argv: str | Path, cwd: Path) -> str:
    """Run a command and return its output without the last newline."""
    done = subprocess.run([str(word) for word in argv], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
