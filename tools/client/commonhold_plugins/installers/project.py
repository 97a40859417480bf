"""Change the plugins of a project with uv or Poetry, so that its lock file describes them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.installers.failures import failure
from commonhold_plugins.installers.requests import APPLY_TIMEOUT, DifferentHashError
from commonhold_plugins.programs import run_program
from commonhold_plugins.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonhold_plugins.environments.kinds import LockedProject
    from commonhold_plugins.installers.requests import PinnedRequirement

_VARIABLES = {"NO_COLOR": "1", "UV_NO_PROGRESS": "1", "POETRY_NO_INTERACTION": "1"}


def change_project(
    project: LockedProject,
    command: Sequence[str],
    plugins: Sequence[PinnedRequirement],
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Run a command that changes the project, its lock file and its environment, and check the hashes.

    The lock file must contain the hash of each of ``plugins``, which include those that others require. The project
    and its environment get their previous state back if it does not, or if the command fails.
    """
    files = [os.path.join(project.folder, name) for name in ("pyproject.toml", f"{project.tool}.lock")]
    before = {path: _read(path) for path in files}
    try:
        _run(project, command, on_line)
        locked = _read(files[-1]).decode(errors="replace")
        wrong = [each.name for each in plugins if each.sha256 is not None and each.sha256 not in locked]
        if wrong:
            raise DifferentHashError(
                f"{project.tool}.lock has no file with the hash that the plugin index gives for {listed(wrong)}",
                hint="The package index of this project serves other files. Check its settings.",
            )
    except BaseException:
        for path, data in before.items():
            with open(path, "wb") as file:
                file.write(data)
        _run(project, [project.tool, *project.sync_words], None)
        raise


def _run(project: LockedProject, argv: Sequence[str], on_line: Callable[[str], None] | None) -> None:
    ended = run_program(argv, timeout=APPLY_TIMEOUT, environ=_VARIABLES, cwd=project.folder, on_line=on_line)
    if ended.code:
        raise failure(ended, " ".join(argv[:2]))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UnavailableError(f"cannot read {printable(path)}: {error.strerror}") from error
