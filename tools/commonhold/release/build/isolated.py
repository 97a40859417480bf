"""A build in environments of its own, by the `build` library: slow, and right for every backend.

It runs as a program beside the release, as a zygote does, so that it can be ended and knows no secret.
"""

from __future__ import annotations

import os
import sys

import msgspec

from commonhold.effects.processes import Processes
from commonhold.errors import CommonholdError, ToolError
from commonhold.release.build import repack, steps
from commonhold.release.build.environments import Installer, build_environ
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from commonhold.release.build.isolated import main; sys.exit(main())"
)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to build, and with what; ``wheels`` are paths of those of this release that it requires."""

    source: str
    scratch: str
    epoch: int
    stamped: dict[str, str]
    wheels: tuple[str, ...]
    uv: str
    env: dict[str, str]


class _Backend:
    """A project's hooks, each kind in a new environment that has what the project and its backend ask for."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._installer = Installer(request.uv, request.env, Processes())

    def build(self, kind: str, folder: str, out: str) -> str:
        from build import ProjectBuilder

        request = self._request
        environment = self._installer.make(os.path.join(request.scratch, f"{kind}-environment"), (), request.wheels)
        environ = build_environ(request.env, environment, request.scratch, request.stamped, request.epoch)
        runner = _Runner(environ)
        builder = ProjectBuilder(folder, environment.python, runner)
        self._installer.add(environment, sorted(builder.build_system_requires))
        if kind == "sdist":
            self._installer.add(environment, sorted(builder.get_requires_for_build("sdist")))
            return os.path.basename(builder.build("sdist", out))
        self._installer.add(environment, sorted(builder.get_requires_for_build("wheel")))
        return os.path.basename(builder.build("wheel", out))


class _Runner:
    """Runs a hook for the `build` library, in the group of this process; its output goes to the log."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(
        self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        os.chdir(cwd or os.curdir)
        finished = Processes().start(cmd, env={**self._environ, **(extra_environ or {})}).wait()
        for output in (finished.stdout, finished.stderr):
            sys.stderr.buffer.write(output)
        sys.stderr.buffer.flush()
        if finished.code:
            raise ToolError(f"the hook ended with code {finished.code}")


def main() -> int:
    """Build what standard input asks for; the exit code. Why it failed goes to the log."""
    import tarfile

    from build import BuildException

    os.umask(0o022)
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=Request)
    try:
        files = steps.make(
            _Backend(request),
            request.source,
            request.scratch,
            lambda data: repack.repack(data, request.epoch),
            repack.unpack,
        )
    except (BuildException, CommonholdError, tarfile.TarError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    steps.write_result(request.scratch, files=files)
    return 0
