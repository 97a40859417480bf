"""A configuration from another file than the root's ``pyproject.toml``."""

from __future__ import annotations

import os

from commonhold._typing import NamedTuple
from commonhold.errors import UsageError


class Override(NamedTuple):
    """The file that takes the place of the root's ``pyproject.toml``.

    ``path`` is where it lies in the repository, if it does: a change of it is a change of the rules.
    """

    source: str
    data: bytes
    path: str | None = None


def read_override(source: str, root: str | None) -> Override:
    """Read such a file; ``root`` is the repository's. Raises ``UsageError`` when it cannot be read."""
    try:
        with open(source, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}", hint="Name a file of configuration.") from error
    return Override(source, data, None if root is None else _inside(source, root))


def _inside(file: str, root: str) -> str | None:
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(root)).replace(os.sep, "/")
    return None if path.startswith("../") else path
