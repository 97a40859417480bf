"""Change an environment with uv."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold_plugins.installers.failures import failure
from commonhold_plugins.installers.requests import (
    APPLY_TIMEOUT,
    RESOLVE_TIMEOUT,
    InstallRequest,
    Resolution,
    request_files,
)
from commonhold_plugins.names import is_version, normalize
from commonhold_plugins.programs import FinishedProgram, run_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UV_VARIABLES: Mapping[str, str | None] = {"UV_NO_PROGRESS": "1", "NO_COLOR": "1", "UV_NO_VERIFY_HASHES": None}
OFFLINE = {"UV_OFFLINE": "1"}
_LINE = re.compile(r" (?P<sign>[-+~]) (?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(==(?P<version>[^ ]+)| @ (?P<url>\S+))")


def find_uv() -> str | None:
    """Return the path of uv, or ``None`` if it is not installed."""
    return os.environ.get("UV") or shutil.which("uv")


@dataclass(frozen=True)
class UvInstaller:
    """``uv pip``, for an environment without pip of its own."""

    uv: str
    python: str
    offline: bool = False
    name: str = "uv"

    def resolve(self, request: InstallRequest) -> Resolution:
        if not request.install:
            return Resolution(dict.fromkeys(request.remove))
        with request_files(request) as files:
            options = [*_reinstalls(request), "-c", files.constraints, "-r", files.requirements]
            ended = self._pip(["install", "--dry-run", *options], timeout=RESOLVE_TIMEOUT)
        known = {each.name: each.version for each in request.install}
        return Resolution({**_changes(ended.stderr, known), **dict.fromkeys(request.remove)})

    def apply(self, request: InstallRequest, on_line: Callable[[str], None] | None = None) -> None:
        if request.remove:
            with request_files(request) as files:
                self._pip(["uninstall", "-r", files.removals], timeout=APPLY_TIMEOUT, on_line=on_line)
        if request.install:
            with request_files(request) as files:
                options = [*_reinstalls(request), "-c", files.constraints, "-r", files.requirements]
                self._pip(["install", *options], timeout=APPLY_TIMEOUT, on_line=on_line)

    def _pip(
        self, arguments: list[str], *, timeout: float, on_line: Callable[[str], None] | None = None
    ) -> FinishedProgram:
        command, *options = arguments
        # A configuration file can turn off the check of hashes; only the option turns it on again.
        checks = ["--verify-hashes"] if command == "install" else []
        argv = [self.uv, "pip", command, "--python", self.python, *checks, *options]
        ended = run_program(argv, timeout=timeout, environ=self._variables(), on_line=on_line)
        if ended.code:
            raise failure(ended, self.name)
        return ended

    def _variables(self) -> dict[str, str | None]:
        return {**UV_VARIABLES, **(OFFLINE if self.offline else {})}


def _reinstalls(request: InstallRequest) -> list[str]:
    """Return the options that install a version again. Names are checked: none begins with a hyphen."""
    return [word for name in sorted(request.reinstall) for word in ("--reinstall-package", name)]


def _changes(output: str, known: dict[str, str]) -> dict[str, str | None]:
    """Read the lines ``+ name==version`` and ``- name==version`` of a dry run.

    A line with a URL has no version: the plugin index gives it (``known``).
    """
    changes: dict[str, str | None] = {}
    for line in output.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name = normalize(match["name"])
        if match["sign"] == "-":
            changes.setdefault(name, None)  # also printed before "+" for a distribution that is replaced
            continue
        version = match["version"] or known.get(name, "")
        if is_version(version):
            changes[name] = version
    return changes
