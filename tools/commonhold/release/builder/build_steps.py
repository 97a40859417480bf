"""What is done for each plugin, whoever calls its backend: an sdist, and the wheel from that sdist.

Only the standard library: build environments load it too.
"""

from __future__ import annotations

import json
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Backend(Protocol):
        """The hooks of PEP 517, called in the folder of a project."""

        def build(self, kind: str, folder: str, out: str) -> str:
            """Build an ``sdist`` or a ``wheel`` into the folder ``out``; the file's name."""


MAX_OUTPUT_BYTES = 4 * 2**30
"""No file that a build writes may have more bytes, its log least of all."""


class MissingRequirementsError(Exception):
    """A backend requires what its environment may not have."""

    def __init__(self, requires: list[str]) -> None:
        super().__init__(", ".join(requires))
        self.requires = requires


def build_files(
    backend: Backend,
    source: str,
    scratch: str,
    repack: Callable[[bytes], bytes],
    unpack: Callable[[bytes, str], str],
    *,
    direct: bool = False,
) -> list[str]:
    """Build both files into ``scratch/dist``; their names. What fails is raised as it comes.

    ``direct`` makes a wheel alone, without an sdist in between.
    """
    out = os.path.join(scratch, "dist")
    os.makedirs(out, exist_ok=True)
    if direct:
        return [_make_wheel(backend, source, out)]
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
    return [sdist, _make_wheel(backend, unpack(clean, os.path.join(scratch, "unpacked")), out)]


def _make_wheel(backend: Backend, source: str, out: str) -> str:
    wheel = backend.build("wheel", source, out)
    if not wheel.endswith(".whl"):
        raise ValueError(f"the backend made {wheel}, which is no wheel")
    return wheel


def write_build_result(scratch: str, **result: Any) -> None:
    """Leave what came out where :func:`read_result` looks for it."""
    with open(os.path.join(scratch, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)


def read_build_result(scratch: str) -> bytes:
    """What :func:`write_result` left, or whatever a project wrote there. Raises ``OSError``."""
    return read_output(os.path.join(scratch, "result.json"), 2**20)


def read_output(path: str, most: int) -> bytes:
    """A file that a build made. Raises ``OSError`` for what is no file, and for one of more than ``most`` bytes."""
    # A pipe would be read for ever, and a link leads anywhere.
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(f"{os.path.basename(path)!a} is no file")
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"{os.path.basename(path)!a} has more than {most:,} bytes")
    return data


def limit_file_size() -> None:
    """Let this process, and what it starts, write no file without end."""
    try:
        import resource
    except ImportError:  # a platform without limits
        return
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    most = MAX_OUTPUT_BYTES if hard == resource.RLIM_INFINITY else min(hard, MAX_OUTPUT_BYTES)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
