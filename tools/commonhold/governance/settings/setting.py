"""Define the result of examining one setting, and the commands that change settings."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from commonhold.github import NotFoundError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

INDEX_BRANCH = "plugin-index"
"""The branch with the documents of the plugin index. Only workflows write it, so it needs other rules."""


class SettingState(Enum):
    """Whether a setting is as the gate needs it; ``UNKNOWN`` if GitHub does not report it."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SettingResult:
    """A setting as it is, why the gate needs it otherwise, and what to do.

    ``commands`` fix the setting. ``question`` is for a person if GitHub does not report it; "yes" means right.
    """

    name: str
    state: SettingState
    found: str
    why: str
    commands: tuple[str, ...] = ()
    question: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A setting that GitHub does not show to this token, with the reason."""

    why: str


def read_setting(read: Callable[[], T]) -> T | Unavailable:
    """Read a setting; a refused or unexpected response is not a value."""
    try:
        return read()
    except (NotFoundError, ResponseError) as error:
        return Unavailable(error.message)


def judged(right: bool, name: str, found: str, why: str, *commands: str, branch: str | None = None) -> SettingResult:
    """Return the result for a setting that could be read; the commands are needed only if it is wrong."""
    if right:
        return SettingResult(name, SettingState.OK, found, why, branch=branch)
    return SettingResult(name, SettingState.WRONG, found, why, commands, branch=branch)


def asked(name: str, found: str, why: str, question: str, branch: str | None = None) -> SettingResult:
    """Return the result for a setting that only a person can look up."""
    return SettingResult(name, SettingState.UNKNOWN, found, why, question=question, branch=branch)


def gh_command(method: str, path: str, *fields: str, body: Mapping[str, Any] | None = None) -> str:
    r"""Return a command for a shell. Names in it come from GitHub, so every word is quoted, and JSON is ASCII.

    >>> gh_command("DELETE", "repos/octo/plugins/interaction-limits")
    'gh api --method DELETE repos/octo/plugins/interaction-limits'
    >>> gh_command("PUT", "x", body={"name": "a'b"})
    'printf %s \'{"name": "a\'"\'"\'b"}\' | gh api --method PUT x --input -'
    """
    command = shlex.join(["gh", "api", "--method", method, path, *fields])
    if body is None:
        return command
    text = json.dumps(body).replace("\x7f", "\\u007f")
    return f"printf %s {shlex.quote(text)} | {command} --input -"
