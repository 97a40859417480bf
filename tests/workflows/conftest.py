"""The runner, prepared once, and a sample repository and a GitHub for each test."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from tests.workflows import sample_repo
from tests.workflows.runner import NoRunnerError, Run, Runner, actions_used, fetch_act, seed_actions

if TYPE_CHECKING:
    from tests.workflows.sample_repo import Event, SampleRepo

# The sample repository's own tests belong to its plugins.
collect_ignore = ["sample"]

# How this machine reaches its package index, which jobs need to know as well.
NETWORK = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_", "HTTPS_", "NO_", "http_", "https_", "no_")


@dataclass(frozen=True)
class GitHub:
    """What stands for GitHub: the runner, and the store of artifacts and caches that jobs leave behind."""

    runner: Runner
    store: Path

    def run(self, sample: SampleRepo, event: Event, workflow: str = "ci.yml", job: str | None = None) -> Run:
        """Run a workflow of the sample repository, or one job of it, for an event."""
        env = {**self.runner.env, "STAND_IN_HUB": sample.hub.root.as_uri(), "STAND_IN_STORE": str(self.store)}
        return replace(self.runner, env=env).run(sample.checkout.root, workflow, event.name, event.payload, job)


@pytest.fixture(scope="session")
def runner(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """The runner with its stand-ins; where it cannot be had, the test is skipped and says why."""
    if sys.version_info < (3, 11):
        pytest.skip("the workflows were not executed: their jobs use Python 3.11 or newer, which has -P")
    kept = pytestconfig.cache.mkdir("workflows")
    # Several workers of pytest share the folder.
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            binary = fetch_act(kept)
        except NoRunnerError as missing:
            pytest.skip(f"the workflows were not executed: {missing}")
        python = _prepared_python(kept)
    home = tmp_path_factory.mktemp("runner")
    seed_actions(home, actions_used(sample_repo.REPOSITORY))
    env = {
        **{name: value for name, value in os.environ.items() if name.startswith(NETWORK)},
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config")),
        "PIP_CACHE_DIR": str(kept / "pip-cache"),
        "UV_CACHE_DIR": str(kept / "uv-cache"),
        "STAND_IN_PYTHON": str(python),
    }
    return Runner(binary, home, env)


def _prepared_python(kept: Path) -> Path:
    """A virtual environment with all that the jobs' `pip install` ask for, but not the library itself."""
    project = tomli.loads((sample_repo.REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"], "nox", "uv"]
    locked = sample_repo.REPOSITORY / ".github/release/requirements.txt"
    described = [sys.executable, sys.version, *wanted, locked.read_text()]
    key = hashlib.sha256("\n".join(described).encode()).hexdigest()[:16]
    folder = kept / f"python-{key}"
    complete = folder / "complete"
    if not complete.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--no-deps", "--requirement", str(locked)], check=True)
        subprocess.run([*pip, *wanted], check=True)
        complete.touch()
    return folder


@pytest.fixture
def github(runner: Runner, tmp_path: Path) -> GitHub:
    """A GitHub on which nothing has run yet."""
    store = tmp_path / "store"
    store.mkdir()
    return GitHub(runner, store)


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    """A sample repository with one commit on its main branch."""
    return sample_repo.build(tmp_path / "sample")
