"""Change an environment that pipx manages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold_plugins.installers.failures import failure
from commonhold_plugins.installers.requests import (
    APPLY_TIMEOUT,
    Installer,
    InstallRequest,
    RequestFiles,
    Resolution,
    request_files,
)
from commonhold_plugins.installers.uv import OFFLINE
from commonhold_plugins.programs import run_program

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class PipxInstaller:
    """``pipx inject``, which records the plugins, so that pipx installs them again when it rebuilds the environment.

    ``dry_run`` resolves, because pipx cannot.
    """

    pipx: str
    prefix: str
    dry_run: Installer
    offline: bool = False
    name: str = "pipx"

    def resolve(self, request: InstallRequest) -> Resolution:
        return self.dry_run.resolve(request)

    def apply(self, request: InstallRequest, on_line: Callable[[str], None] | None = None) -> None:
        environment = os.path.basename(self.prefix)
        # pipx installs one requirement after the other: the constraints give every plugin's file from the start.
        with request_files(request, pin_all=True) as files:
            if request.remove:
                self._run(["uninject", "--leave-deps", environment, *request.remove], files, on_line)
            if request.install:
                lines = [each.line for each in request.install]
                self._run(["inject", "--force", environment, *lines], files, on_line)

    def _run(self, words: list[str], files: RequestFiles, on_line: Callable[[str], None] | None) -> None:
        home = os.path.dirname(os.path.dirname(self.prefix))
        variables: dict[str, str | None] = {"NO_COLOR": "1", "UV_NO_VERIFY_HASHES": None, "PIPX_HOME": home}
        variables.update(OFFLINE if self.offline else {})
        # pipx records the options of pip for later, when these files are gone; it does not record variables.
        for variable in ("PIP_CONSTRAINT", "UV_CONSTRAINT"):
            variables[variable] = " ".join(filter(None, [os.environ.get(variable), files.constraints]))
        ended = run_program([self.pipx, *words], timeout=APPLY_TIMEOUT, environ=variables, on_line=on_line)
        if ended.code:
            raise failure(ended, self.name)
