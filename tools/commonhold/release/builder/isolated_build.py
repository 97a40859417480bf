"""A build in environments of its own, by the `build` library: slow, and right for every backend.

It runs as a program beside the release, as a zygote does, so that it can be ended and knows no secret.
"""

from __future__ import annotations

import os
import sys
import threading

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
    """What to build, and with what; ``wheels`` are paths of those of this release that it requires."""

    source: str
    scratch: str
    epoch: int
    direct: bool
    stamped: dict[str, str]
    wheels: tuple[str, ...]
    uv: str
    env: dict[str, str]


class _Backend:
    """A project's hooks, each kind in a new environment that has what the project and its backend ask for."""

    def __init__(self, request: IsolatedRequest) -> None:
        self._request = request
        self._installer = Installer(request.uv, request.env, SpawnRunner())

    def build(self, kind: str, folder: str, out: str) -> str:
        from build import ProjectBuilder

        request = self._request
        environment = self._installer.make(os.path.join(request.scratch, f"{kind}-environment"), (), request.wheels)
        environ = build_environ(request.env, environment, request.scratch, request.stamped, request.epoch)
        os.environ.clear()
        # A hook that has to be ended would take along what it has not written yet.
        os.environ.update({**environ, "PYTHONUNBUFFERED": "1"})
        builder = ProjectBuilder(folder, environment.python)
        self._installer.add(environment, sorted(builder.build_system_requires))
        if kind == "sdist":
            self._installer.add(environment, sorted(builder.get_requires_for_build("sdist")))
            return os.path.basename(builder.build("sdist", out))
        self._installer.add(environment, sorted(builder.get_requires_for_build("wheel")))
        return os.path.basename(builder.build("wheel", out))


def _end_with_the_release() -> None:
    """Nobody waits for a build any more when the process that asked for it is gone."""
    while os.read(0, 4096):
        pass
    end_group(os.getpid())  # which leads its group


def main() -> int:
    """Build what standard input asks for; the exit code. Why it failed goes to the log."""
    import tarfile

    from build import BuildException

    # Standard output is where the release hears that this process ended; what hooks print goes to the log.
    os.dup(1)
    os.dup2(2, 1)
    os.umask(0o022)
    build_steps.limit_file_size()
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=IsolatedRequest)
    if hasattr(os, "killpg"):
        threading.Thread(target=_end_with_the_release, daemon=True).start()
    try:
        files = build_steps.build_files(
            _Backend(request),
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
