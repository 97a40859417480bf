"""What stands for GitHub: a runner with stand-ins for its actions, and a repository that is a copy of a clone's."""

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
    """What setup-python gives a job, in ``folder``; and in ``wheels`` this library, for jobs to install."""

    folder: Path
    wheels: Path

    @classmethod
    def make(cls, folder: Path) -> Python:
        """A new one, without anything installed."""
        made = cls(folder / "python", folder / "wheels")
        run(sys.executable, "-m", "venv", made.folder, cwd=folder)
        made.pip("wheel", "--no-deps", "--wheel-dir", made.wheels, PROJECT)
        return made

    def install(self, *words: str | Path) -> None:
        """Have dependencies at hand, as with the cache of pip; this library is left for the jobs to install."""
        self.pip("install", "--find-links", self.wheels, *words)
        self.pip("uninstall", "--yes", "commonhold")

    def pip(self, command: str, *words: str | Path) -> None:
        run(self.folder / "bin/python", "-m", "pip", command, "--quiet", *words, cwd=self.folder)


def prepare_runner(folder: Path, python: Python, uses: set[str]) -> Runner:
    """The runner, with stand-ins for the actions that are used."""
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
    """The repository on it, ``hub``; a checkout of that, which the runner reads; and what jobs leave, in ``store``."""

    hub: Path
    checkout: Path
    store: Path

    @classmethod
    def of(cls, clone: Path, folder: Path) -> GitHub:
        """One with the repository of ``clone``, in a new folder; the clone is only read."""
        made = cls(folder / "hub.git", folder / "checkout", folder / "store")
        made.store.mkdir(parents=True)
        run("git", "clone", "--quiet", "--bare", clone, made.hub, cwd=folder)
        for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            run("git", "config", key, "true", cwd=made.hub)
        run("git", "clone", "--quiet", "--shared", made.hub, made.checkout, cwd=folder)
        made.git("config", "user.name", "octocat")
        made.git("config", "user.email", "octocat@example.org")
        # The runner reads the repository's name out of `origin`, and never goes there.
        made.git("remote", "set-url", "origin", f"https://github.com/{NAME}")
        return made

    def git(self, *args: str) -> str:
        """Run git in the checkout."""
        return run("git", *args, cwd=self.checkout)

    def push(self, *refs: str) -> None:
        """Push to the repository, whatever it has there."""
        self.git("push", "--quiet", "--force", str(self.hub), *refs)

    def run(self, runner: Runner, workflow: str, event: str, **payload: object) -> Run:
        """Run a workflow for an event, and leave its log beside the checkout."""
        env = {**runner.env, "STAND_IN_HUB": self.hub.as_uri(), "STAND_IN_STORE": str(self.store)}
        about = {"repository": {"full_name": NAME, "default_branch": "master"}}
        done = replace(runner, env=env).run(self.checkout, workflow, event, {**about, **payload})
        (self.checkout.parent / "log.txt").write_text(done.log)
        return done


def lay_over(target: Path, files: Mapping[str, Path]) -> None:
    """Copy files to where a repository would have them."""
    for path, source in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target / path)


def run(*argv: str | Path, cwd: Path) -> str:
    """What a command wrote, without the last newline."""
    done = subprocess.run([str(word) for word in argv], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
