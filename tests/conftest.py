"""Guards for every test: none may depend on who runs it, or on which machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.processes import default_signals
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Here and not in a fixture, so that pytest-xdist's workers inherit it.
default_signals()

_FOREIGN = ("GIT_", "GITHUB_", "RUNNER_", "ACTIONS_", "COMMONHOLD_")


@pytest.fixture(autouse=True)
def _nobody_in_particular(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without configuration, and an environment in which nothing says where this runs."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in os.environ:
        if name.startswith(_FOREIGN) or name == "CI":
            monkeypatch.delenv(name)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository on its branch ``main``, with one commit that holds ``a.txt``."""
    return Repo.of(tmp_path / "repo", {"a.txt": "a\n"})
