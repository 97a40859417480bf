"""Adapt the library's errors, environments and output to nox."""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast, get_args

import nox

from commonhold.ci.session import SessionEnvironment, environment_of
from commonhold.ci.session_plan import CoreChoice
from commonhold.ci.session_runner import QUIET
from commonhold.ci.snapshot import SNAPSHOT
from commonhold.errors import CommonholdError, UsageError
from commonhold.index.uv import find_uv
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

CORE = "COMMONHOLD_CORE"
"""The environment variable that selects the core to install: ``pinned`` (default), ``newest`` or ``prerelease``."""

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
    for name in (QUIET, CORE, SNAPSHOT):
        variables.pop(name, None)
    uv = find_uv(os.environ) if session.venv_backend == "uv" else None
    return environment_of(session.bin, variables, uv)


def core_choice() -> CoreChoice:
    """Return the value of ``COMMONHOLD_CORE``, by default ``pinned``. Raises ``UsageError`` for an unknown value."""
    choice = os.environ.get(CORE) or "pinned"
    for known in get_args(CoreChoice):
        if choice == known:
            return cast("CoreChoice", choice)
    raise UsageError(f"{CORE} is {choice!r}", hint=f"Set it to one of {', '.join(get_args(CoreChoice))}.")


def python_options() -> dict[str, Any]:
    """Return the options with which nox does not download Python unless its command line or environment says so."""
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
