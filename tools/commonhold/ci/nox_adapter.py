"""Adapt the library's errors, environments and output to nox."""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, cast, get_args

import nox
from nox.virtualenv import VirtualEnv

from commonhold import __version__
from commonhold.ci.environment_inputs import program_version
from commonhold.ci.kept_environment import KeptEnvironment, remove_least_recently_used
from commonhold.ci.session import SessionEnvironment, environment_of
from commonhold.ci.session_plan import CoreChoice
from commonhold.ci.session_runner import QUICK_START, QUIET
from commonhold.ci.snapshot import SNAPSHOT
from commonhold.errors import CommonholdError, UsageError
from commonhold.index.uv import find_uv
from commonhold.text import printable
from commonhold.vcs import is_ci

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

CORE = "COMMONHOLD_CORE"
"""The environment variable that selects the core to install: ``pinned`` (default), ``newest`` or ``prerelease``."""

ENVIRONMENTS = "COMMONHOLD_ENVIRONMENTS"
"""The environment variable for the number of environments to keep; with 0, every session creates a new environment."""

MOST_ENVIRONMENTS = 50
"""The number of environments to keep by default."""

BACKEND = "uv|virtualenv"


@contextmanager
def reporting_errors(session: nox.Session) -> Iterator[None]:
    """Fail the session with a ``CommonholdError``'s message instead of a traceback."""
    try:
        yield
    except CommonholdError as error:
        session.error(error_text(error))


def error_text(error: CommonholdError) -> str:
    """Format an error and its hint without the final full stop, because nox adds one."""
    text = f"{error.message}\n  {error.hint}" if error.hint else error.message
    return text.removesuffix(".")


def log_message(line: str) -> None:
    """Write a line to stdout and flush it."""
    sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


def environment(session: nox.Session) -> SessionEnvironment:
    """Return the session's virtual environment."""
    variables = {name: value for name, value in {**os.environ, **session.env}.items() if value is not None}
    # These variables control commonhold, so a test that runs nox itself must not inherit them.
    for name in (QUIET, QUICK_START, CORE, SNAPSHOT, ENVIRONMENTS):
        variables.pop(name, None)
    uv = find_uv(os.environ) if session.venv_backend == "uv" else None
    return environment_of(session.bin, variables, uv)


@contextmanager
def kept_environment(session: nox.Session, paths: Iterable[str]) -> Iterator[SessionEnvironment]:
    """Return the session's virtual environment, which later runs on this machine can reuse.

    In CI it is always new. ``paths`` are the paths in the session's copy of the repository.
    """
    venv = environment(session)
    made: Any = session.virtualenv
    most = environments_to_keep()
    programs = _programs(made, venv) if most else None
    # This nox attribute is not public. Without it, an environment counts as reused, so that it is created again.
    is_new = not getattr(made, "_reused", True)

    def create() -> None:
        made.reuse_existing = False
        made.create()

    if programs is None:
        if not is_new and hasattr(made, "reuse_existing"):
            create()
        yield venv
        return
    with KeptEnvironment(made.location, create, programs, paths, is_new=is_new) as kept:
        yield replace(venv, kept=kept)
        remove_least_recently_used(os.path.dirname(made.location), most)


def environments_to_keep() -> int:
    """Return the number of environments that later runs can reuse, which is 0 in CI. Raises ``UsageError``."""
    text = os.environ.get(ENVIRONMENTS) or str(MOST_ENVIRONMENTS)
    if not (text.isdecimal() and len(text) < 10):
        raise UsageError(f"{ENVIRONMENTS} is {text!r}", hint="Set it to the number of environments to keep.")
    return 0 if is_ci(os.environ) else int(text)


def _programs(made: Any, venv: SessionEnvironment) -> dict[str, str] | None:
    """Describe the programs that create and fill an environment; ``None`` if one of them is unknown."""
    interpreter = getattr(made, "_resolved_interpreter", None)
    if interpreter is None or not isinstance(made, VirtualEnv):
        return None
    return {
        "location": made.location,
        "version of Python": program_version(interpreter),
        "installer": program_version(venv.uv) if venv.uv is not None else f"virtualenv {version('virtualenv')}",
        "version of commonhold": __version__,
    }


def core_choice() -> CoreChoice:
    """Return the value of ``COMMONHOLD_CORE``, by default ``pinned``. Raises ``UsageError`` for an unknown value."""
    choice = os.environ.get(CORE) or "pinned"
    for known in get_args(CoreChoice):
        if choice == known:
            return cast("CoreChoice", choice)
    raise UsageError(f"{CORE} is {choice!r}", hint=f"Set it to one of {', '.join(get_args(CoreChoice))}.")


def python_options() -> dict[str, Any]:
    """Return the nox options that prevent downloads of Python, unless nox's command line or environment allows them."""
    return {"download_python": "never"} if "download_python" in inspect.signature(nox.session).parameters else {}


@contextmanager
def grouped(name: str, *, quiet: bool) -> Iterator[None]:
    """Fold a session's output in GitHub's log."""
    if quiet or os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    log_message(f"::group::{name}")
    try:
        yield
    finally:
        log_message("::endgroup::")
