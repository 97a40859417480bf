"""Change an environment with its own pip."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.installers.failures import failure
from commonhold_plugins.installers.requests import (
    APPLY_TIMEOUT,
    RESOLVE_TIMEOUT,
    InstallRequest,
    Resolution,
    request_files,
)
from commonhold_plugins.names import is_version, is_written, normalize
from commonhold_plugins.programs import run_program
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATHS = ("PYTHON", "TARGET", "PREFIX", "ROOT", "REPORT", "REQUIREMENT", "EDITABLE", "GROUP")
# Variables of the user that would make pip install elsewhere, or something else, have no effect; those that choose a
# package index keep theirs. "0" also replaces a value in pip's configuration.
_VARIABLES: Mapping[str, str | None] = {
    **dict.fromkeys(("PIP_NO_INPUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_COLOR", "NO_COLOR"), "1"),
    **dict.fromkeys(("PIP_USER", "PIP_NO_DEPS", "PIP_DRY_RUN", "PIP_IGNORE_INSTALLED"), "0"),
    **{f"PIP_{name}": None for name in _PATHS},
}


@dataclass(frozen=True)
class PipInstaller:
    """pip, run by the interpreter of the environment."""

    python: str
    name: str = "pip"

    def resolve(self, request: InstallRequest) -> Resolution:
        if not request.install:
            return Resolution(dict.fromkeys(request.remove))
        with request_files(request) as files:
            report = os.path.join(files.folder, "report.json")
            options = ["--dry-run", "--report", report, "-c", files.constraints, "-r", files.requirements]
            self._pip(["install", *options], timeout=RESOLVE_TIMEOUT)
            return Resolution({**_read_report(report), **dict.fromkeys(request.remove)})

    def apply(self, request: InstallRequest, on_line: Callable[[str], None] | None = None) -> None:
        # pip keeps an installed version that has the right number, whichever file it came from.
        replaced = tuple(sorted({*request.remove, *request.reinstall}))
        if replaced:
            with request_files(replace(request, remove=replaced)) as files:
                self._pip(["uninstall", "--yes", "-r", files.removals], timeout=APPLY_TIMEOUT, on_line=on_line)
        if request.install:
            with request_files(request) as files:
                options = ["-c", files.constraints, "-r", files.requirements]
                self._pip(["install", *options], timeout=APPLY_TIMEOUT, on_line=on_line)

    def _pip(self, arguments: list[str], *, timeout: float, on_line: Callable[[str], None] | None = None) -> None:
        argv = [self.python, "-I", "-m", "pip", *arguments]
        ended = run_program(argv, timeout=timeout, environ=_VARIABLES, on_line=on_line)
        if ended.code:
            raise failure(ended, self.name)


def _read_report(path: str) -> dict[str, str | None]:
    try:
        with open(path, "rb") as file:
            return dict(_change(each["metadata"]) for each in json.load(file)["install"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnavailableError(f"pip wrote a report that cannot be read: {printable(str(error))}") from error


def _change(metadata: dict[str, str]) -> tuple[str, str]:
    name, version = metadata["name"], metadata["version"]
    if not is_written(name) or not is_version(version):
        raise ValueError("it contains an invalid name or version")
    return normalize(name), version
