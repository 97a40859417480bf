"""Build one plugin in its own environments with the `build` library, which is slow but supports every backend.

This module runs as a separate program, like the fork server, so that it can be killed and has no credentials.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping

import msgspec

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.effects.process.termination import end_group
from commonhold.errors import CommonholdError
from commonhold.release.builder import build_steps, sdist_repack
from commonhold.release.builder.environments import Installer, build_environ

ISOLATED_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from commonhold.release.builder.isolated_build import main; sys.exit(main())"
)


class IsolatedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one build; ``wheels`` are the paths of the required wheels from this release."""

    source: str
    scratch: str
    epoch: int
    direct: bool
    stamped: Mapping[str, str]
    wheels: tuple[str, ...]
    uv: str
    env: Mapping[str, str]
    indexes: tuple[str, ...]


class _IsolatedBackend:
    """A project's hooks, run in a new environment for each kind of artifact."""

    def __init__(self, request: IsolatedRequest) -> None:
        self._request = request
        self._installer = Installer(request.uv, request.env, SpawnRunner(), simple=request.indexes)

    def build(self, kind: str, folder: str, out: str) -> str:
        from build import ProjectBuilder

        request = self._request
        environment = self._installer.make(os.path.join(request.scratch, f"{kind}-environment"), (), request.wheels)
        environ = build_environ(request.env, environment, request.scratch, request.stamped, request.epoch)
        os.environ.clear()
        # Unbuffered, so that the log is complete even if a hook is killed.
        os.environ.update({**environ, "PYTHONUNBUFFERED": "1"})
        builder = ProjectBuilder(folder, environment.python)
        self._installer.add(environment, sorted(builder.build_system_requires))
        if kind == "sdist":
            self._installer.add(environment, sorted(builder.get_requires_for_build("sdist")))
            return os.path.basename(builder.build("sdist", out))
        self._installer.add(environment, sorted(builder.get_requires_for_build("wheel")))
        return os.path.basename(builder.build("wheel", out))


def _end_with_the_release() -> None:
    """Wait until the release closes standard input, then kill this process and its children."""
    # A release that was killed cannot end its builds, but the operating system closes its end of the pipe.
    while os.read(0, 4096):
        pass
    end_group(os.getpid())  # this process leads its group


def main() -> int:
    """Build the distributions that standard input requests; print errors to the log and return the exit code."""
    import tarfile

    from build import BuildException

    # The release waits until standard output is closed, so a copy keeps it open until this process ends. The output of
    # hooks is redirected to the log.
    os.dup(1)
    os.dup2(2, 1)
    # File modes become part of the archives, and must not depend on the user's umask.
    os.umask(0o022)
    build_steps.limit_file_size()
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=IsolatedRequest)
    if hasattr(os, "killpg"):
        threading.Thread(target=_end_with_the_release, daemon=True).start()
    try:
        files = build_steps.build_files(
            _IsolatedBackend(request),
            request.source,
            request.scratch,
            lambda data: sdist_repack.repack(data, request.epoch),
            sdist_repack.unpack,
            direct=request.direct,
        )
    except (BuildException, CommonholdError, tarfile.TarError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    build_steps.write_build_result(request.scratch, files=files)
    return 0
