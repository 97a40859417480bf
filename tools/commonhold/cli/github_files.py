"""Append to the files from which GitHub Actions reads a step's outputs and summary."""

from __future__ import annotations

import os

from commonhold.errors import ToolError, UsageError


def append_to(variable: str, text: str) -> None:
    """Append to the file that ``GITHUB_OUTPUT`` or ``GITHUB_STEP_SUMMARY`` names.

    Raises ``UsageError`` if the variable is not set, because a missing output would look like "nothing to do".
    """
    path = os.environ.get(variable)
    if not path:
        raise UsageError(
            f"--github needs {variable}, which GitHub Actions sets", hint="Omit --github outside GitHub Actions."
        )
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise ToolError(f"cannot write {variable} ({path}): {error.strerror}") from error
