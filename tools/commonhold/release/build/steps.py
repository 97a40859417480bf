"""What is done for each plugin, whoever calls its backend: an sdist, and the wheel from that sdist.

Only the standard library: build environments load it too.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Backend(Protocol):
        """The hooks of PEP 517, called in the folder of a project."""

        def build(self, kind: str, folder: str, out: str) -> str:
            """Build an ``sdist`` or a ``wheel`` into the folder ``out``; the file's name."""


class AsksForMoreError(Exception):
    """A backend requires what its environment may not have."""

    def __init__(self, requires: list[str]) -> None:
        super().__init__(", ".join(requires))
        self.requires = requires


def make(
    backend: Backend,
    source: str,
    scratch: str,
    repack: Callable[[bytes], bytes],
    unpack: Callable[[bytes, str], str],
) -> list[str]:
    """Build both files into ``scratch/dist``; their names. What fails is raised as it comes."""
    out = os.path.join(scratch, "dist")
    os.makedirs(out, exist_ok=True)
    sdist = backend.build("sdist", source, out)
    if not sdist.endswith(".tar.gz"):
        raise ValueError(f"the backend made {sdist}, which is no sdist: that is a .tar.gz (PEP 625)")
    path = os.path.join(out, sdist)
    with open(path, "rb") as file:
        data = file.read()
    clean = repack(data)
    if clean is not data:
        with open(path, "wb") as file:
            file.write(clean)
    wheel = backend.build("wheel", unpack(clean, os.path.join(scratch, "unpacked")), out)
    if not wheel.endswith(".whl"):
        raise ValueError(f"the backend made {wheel}, which is no wheel")
    return [sdist, wheel]


def write_result(scratch: str, **result: Any) -> None:
    """Leave what came out where :mod:`commonhold.release.build.building` looks for it."""
    with open(os.path.join(scratch, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)
