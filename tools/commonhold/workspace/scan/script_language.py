"""Find the language of a script without a suffix in its first line."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.workspace.python_files import TEXT_NAMES

if TYPE_CHECKING:
    from commonhold.workspace.modules import PythonFile

_PYTHON = rb"#!.*(?:python|pypy|\buv run\b|\bpipx run\b)"


def as_searched(source: PythonFile, data: bytes) -> PythonFile | None:
    """Return a file with the suffix of its language; ``None`` if it has no suffix and is not a script.

    Files with a suffix, and scripts in other languages than Python, are returned unchanged.
    """
    name = source.path.rpartition("/")[2]
    if "." in name or name in TEXT_NAMES:
        return source
    if data[:2] != b"#!":
        return None
    if re.match(_PYTHON, data.partition(b"\n")[0]) is None:
        return source
    return source._replace(path=f"{source.path}.py", path_in_plugin=f"{source.path_in_plugin}.py")
