"""A real release of two of this repository's plugins to a package index on this machine, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.release.indexes import Server, pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
VERSION = "1.16.30"
PLUGINS = ("flytekitplugins-msgspec", "flytekitplugins-contrib-pint")


@dataclass(frozen=True)
class RealRelease:
    """A clone of this repository with the store of a release, and the package index that has its files."""

    repository: Path
    store: Path
    packages: Path
    server: Server


@pytest.fixture(scope="session")
def real_release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRelease]:
    """An official and a community plugin, released with the real flytekit."""
    folder = tmp_path_factory.mktemp("real-release")
    repository, store = folder / "repository", folder / "store"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))}
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ROOT, repository], env=environ, check=True)
    subprocess.run(
        ["git", "-C", repository, "remote", "set-url", "origin", "https://github.com/octo/plugins"], check=True
    )
    with pypiserver(folder / "index") as server:
        words = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-m", "commonhold.cli"]
        words += ["-C", str(repository), "release", "run", VERSION, "--store", str(store), "--yes"]
        words += ["--to", server.address.upload, "--simple", server.address.simple, "--core-from", "pypi"]
        words += [word for plugin in PLUGINS for word in ("--only", plugin)]
        done = subprocess.run(
            words, env={**environ, **server.environ()}, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield RealRelease(repository, store, folder / "index/packages", server)
