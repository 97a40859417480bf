"""Build one plugin with any build backend: an sdist, and the wheel from that sdist.

Build environments load this module too, so it uses only the standard library.
"""

from __future__ import annotations

import json
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class BuildBackend(Protocol):
        """The hooks of PEP 517, called in a project's folder."""

        def build(self, kind: str, folder: str, out: str) -> str:
            """Build an ``sdist`` or a ``wheel`` into the folder ``out`` and return the file's name."""


MAX_OUTPUT_BYTES = 4 * 2**30
"""The maximum size of each file that a build writes, including its log."""


class MissingRequirementsError(Exception):
    """A backend requested further requirements, which may be missing from its environment."""

    def __init__(self, requires: list[str]) -> None:
        super().__init__(", ".join(requires))
        self.requires = requires


def build_files(
    backend: BuildBackend,
    source: str,
    scratch: str,
    repack: Callable[[bytes], bytes],
    unpack: Callable[[bytes, str], str],
    *,
    direct: bool = False,
) -> list[str]:
    """Build an sdist and its wheel into ``scratch/dist`` and return their names. Backend errors are not caught.

    The wheel is built from the sdist, as users who build from source do, so that a broken sdist fails here. With
    ``direct``, only a wheel is built, directly from the source.
    """
    out = os.path.join(scratch, "dist")
    os.makedirs(out, exist_ok=True)
    if direct:
        return [_build_wheel(backend, source, out)]
    sdist = backend.build("sdist", source, out)
    if not sdist.endswith(".tar.gz"):
        raise ValueError(f"the backend made {sdist}, which is not an sdist: those are .tar.gz files (PEP 625)")
    path = os.path.join(out, sdist)
    with open(path, "rb") as file:
        data = file.read()
    clean = repack(data)
    if clean is not data:
        with open(path, "wb") as file:
            file.write(clean)
    return [sdist, _build_wheel(backend, unpack(clean, os.path.join(scratch, "unpacked")), out)]


def _build_wheel(backend: BuildBackend, source: str, out: str) -> str:
    wheel = backend.build("wheel", source, out)
    if not wheel.endswith(".whl"):
        raise ValueError(f"the backend made {wheel}, which is not a wheel")
    return wheel


def write_build_result(scratch: str, **result: Any) -> None:
    """Write the result of a build to the file that :func:`read_build_result` reads."""
    with open(os.path.join(scratch, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)


def read_build_result(scratch: str) -> bytes:
    """Read the result of a build. The file is untrusted, because the project can overwrite it. Raises ``OSError``."""
    return read_output(os.path.join(scratch, "result.json"), 2**20)


def read_output(path: str, limit: int) -> bytes:
    """Read a file that a build wrote.

    Raises ``OSError`` unless the file is a regular file of at most ``limit`` bytes.
    """
    # Reading a pipe could block forever, and a link could point to any file on this machine.
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(f"{os.path.basename(path)!a} is not a regular file")
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"{os.path.basename(path)!a} has more than {limit:,} bytes")
    return data


def limit_file_size() -> None:
    """Limit the size of files that this process and its children write.

    Without this limit, a build that keeps writing would fill the disk, and every other build would fail too.
    """
    try:
        import resource
    except ImportError:  # Windows does not support resource limits
        return
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = MAX_OUTPUT_BYTES if hard == resource.RLIM_INFINITY else min(hard, MAX_OUTPUT_BYTES)
    # The hard limit is lowered too, so that the build cannot raise the soft limit again.
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
