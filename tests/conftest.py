"""Guards for every test: a result must not depend on who runs the tests, or on which machine."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import commonhold
from tests.support.repositories import Repo

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = Path(commonhold.__file__).parent
# Set by the session `tests_wheel`.
INSTALLED = os.environ.get("COMMONHOLD_TESTS") == "installed"

# How long an example takes depends on the machine, not on the code. A change must not fail because of an example that
# has nothing to do with it, so the examples are the same in each run; `--hypothesis-profile=explore` tries others.
SLOW = [HealthCheck.too_slow]
settings.register_profile("same examples", deadline=None, suppress_health_check=SLOW, derandomize=True)
settings.register_profile("explore", deadline=None, suppress_health_check=SLOW, print_blob=True)
settings.load_profile("same examples")

_FOREIGN = ("GIT_", "GITHUB_", "RUNNER_", "ACTIONS_", "COMMONHOLD_")


def pytest_configure() -> None:
    """Stop where the tests would pass for the wrong library, and undo what the parent process did to signals."""
    if LIBRARY.is_relative_to(ROOT / "tools") == INSTALLED:
        wanted = "the installed distribution" if INSTALLED else f"{ROOT / 'tools'}"
        pytest.exit(f"commonhold is imported from {LIBRARY}, but these tests are for {wanted}", returncode=4)
    # A shell without job control (`nox &`, a CI runner, `nohup`) starts programs with some signals ignored, and
    # ignored signals are inherited: neither the tests' interrupts nor those of the programs they start would arrive.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGCHLD"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_report_header() -> str:
    """Say which copy of the library is tested."""
    return f"commonhold {commonhold.__version__}: {LIBRARY}"


@pytest.fixture(autouse=True)
def _no_user_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test an empty home directory, and no variables of git, CI or commonhold."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in os.environ:
        if name.startswith(_FOREIGN) or name == "CI":
            monkeypatch.delenv(name)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with the branch ``main`` and one commit, which adds ``a.txt``."""
    return Repo.of(tmp_path / "repo", {"a.txt": "a\n"})
