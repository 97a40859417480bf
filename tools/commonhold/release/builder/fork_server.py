"""Runs inside a build environment: imports a backend once, and forks for each plugin that it is told to build.

``fork_server.py BACKEND`` reads a JSON object a line: ``{"id", "source", "scratch", "log", "env", "epoch", "direct",
"accepts"}``. It answers ``{"installed": {name: version}}`` or ``{"broken": why}`` when the backend is there, ``{"id",
"pid"}`` when a build begins and ``{"id", "code"}`` when it ends. Only the standard library is there.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import traceback
from importlib import import_module, metadata
from importlib.util import module_from_spec, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, NoReturn

    from commonhold.effects.process.termination import end_group
    from commonhold.release.builder import build_steps, sdist_repack


def load_module(name: str) -> ModuleType:
    """Load a module by its path from this folder, under a name that no project's own module can have."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = spec_from_file_location(f"_commonhold_{os.path.basename(name)}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if not TYPE_CHECKING:
    sdist_repack, build_steps = load_module("sdist_repack"), load_module("build_steps")
    end_group = load_module("../../effects/process/termination").end_group


class BackendHooks:
    """A backend's hooks, as one plugin's build calls them. ``known`` are answers that plain projects share.

    The sdist is made in a process of its own, and so is what a project's own ``setup.py`` answers: the wheel, which
    comes last, shall not see what they left in memory (PEP 517).
    """

    def __init__(self, entry: str, backend: Any, accepts: list[str], known: dict[str, list[str]]) -> None:
        self._entry = entry
        self._backend = backend
        self._accepts = {*accepts}
        self._before = {*sys.modules}
        self.known = known
        self.imported: set[str] = set()

    def build(self, kind: str, folder: str, out: str) -> str:
        """Build an ``sdist`` or a ``wheel``; ``AsksForMoreError`` when that needs more than there is."""

        def built() -> dict[str, Any]:
            return self._build(kind, folder, out)

        done: dict[str, Any] = built() if kind == "wheel" else call_in_child(built)
        self.imported.update(done["imported"])
        self.known = done["known"]
        if "asks" in done:
            raise build_steps.MissingRequirementsError(done["asks"])
        return str(done["file"])

    def _build(self, kind: str, folder: str, out: str) -> dict[str, Any]:
        os.chdir(folder)
        requires = self._ask(kind)
        if {*requires} <= self._accepts:
            done = {"file": getattr(self._backend, f"build_{kind}")(out, None)}
        else:
            done = {"asks": requires}
        return {**done, "imported": sorted(new_modules(self._before)), "known": self.known}

    def _ask(self, kind: str) -> list[str]:
        hook = getattr(self._backend, f"get_requires_for_build_{kind}", None)
        if hook is None:
            return []
        if os.path.exists("setup.py"):
            return list(call_in_child(lambda: hook(None)))
        if not is_declarative(self._entry):
            return list(hook(None))
        if kind not in self.known:
            self.known[kind] = list(hook(None))
        return self.known[kind]


def is_declarative(entry: str) -> bool:
    """Whether the project in this folder has nothing that a backend's answer could depend on.

    setuptools runs half a build to find a project's ``setup_requires``, which only two files can hold, the second
    one in any letters and with a dash, too.
    """
    if entry.partition(":")[0] != "setuptools.build_meta" or os.path.exists("setup.py"):
        return False
    try:
        with open("setup.cfg", "rb") as file:
            return b"setup_requires" not in file.read().lower().replace(b"-", b"_")
    except FileNotFoundError:
        return True


def call_in_child(function: Callable[[], Any]) -> Any:
    """What a function returns in a child of this process; it may be anything that JSON can tell."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        run_child(lambda: send_message(write, function()))
    os.close(write)
    with open(read, "rb") as file:
        data = file.readline()  # what a backend left running may hold the pipe open
    _, status = os.waitpid(child, 0)
    if status or not data:
        raise ChildFailedError
    return json.loads(data)


class ChildFailedError(Exception):
    """A hook failed, and its traceback is in the log already."""


def run_child(function: Callable[[], Any]) -> NoReturn:
    """Run the rest of a forked process. Nothing of what it got from its parent may run once more."""
    code = 1
    try:
        function()
        code = 0
    except ChildFailedError:
        pass
    except SystemExit as end:
        sys.stderr.write(f"the backend left with {end.code!r}\n")
    except BaseException:  # noqa: BLE001 - also what is no Exception must end here
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def new_modules(known: set[str]) -> set[str]:
    """The new modules that came from the environment or the standard library: any project would get the same."""
    roots = tuple({f"{os.path.realpath(root)}{os.sep}" for root in (sys.prefix, sys.base_prefix)})
    files = ((name, getattr(sys.modules[name], "__file__", None)) for name in sys.modules.keys() - known)
    return {name for name, file in files if file and os.path.realpath(file).startswith(roots)}


def send_message(handle: int, value: Any) -> None:
    """Write a line of JSON."""
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(handle, data) :]


def build(hooks: BackendHooks, request: dict[str, Any]) -> None:
    """Build one plugin, in a process that was forked for it."""
    source, scratch, epoch, direct = (request[key] for key in ("source", "scratch", "epoch", "direct"))
    try:
        files = build_steps.build_files(
            hooks, source, scratch, lambda data: sdist_repack.repack(data, epoch), sdist_repack.unpack, direct=direct
        )
    except build_steps.MissingRequirementsError as more:
        build_steps.write_build_result(scratch, asks=more.requires)
    else:
        build_steps.write_build_result(scratch, files=files, imported=sorted(hooks.imported), known=hooks.known)


class ForkServer:
    """The process that has the backend, and answers for its children."""

    def __init__(self, entry: str, backend: Any, answers: int) -> None:
        self._entry = entry
        self._backend = backend
        self._known: dict[str, list[str]] = {}
        self._answers = answers
        self._running: dict[int, dict[str, Any]] = {}
        self._wake, notify = os.pipe()
        for handle in (self._wake, notify):
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(notify)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Build until nobody asks any more; what still runs then is ended."""
        pending = b""
        while True:
            ready, _, _ = select.select([0, self._wake], [], [])
            if self._wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
                self._reap()
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    break
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._start(json.loads(line))
        for child in self._running:
            end_group(child)

    def _start(self, request: dict[str, Any]) -> None:
        gc.freeze()
        child = os.fork()
        if child == 0:
            run_child(lambda: self._become(request))
        # Both say so: whichever comes first, the group is there when somebody has to end it.
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)
        self._running[child] = request
        send_message(self._answers, {"id": request["id"], "pid": child})

    def _become(self, request: dict[str, Any]) -> None:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._answers)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for handle, number in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(handle, number)
        if sys.stdout is not None:
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.environ.clear()
        os.environ.update(request["env"])
        # A module that is compiled in a project's folder could end up in its sdist.
        sys.dont_write_bytecode = True
        build_steps.limit_file_size()
        build(BackendHooks(self._entry, self._backend, request["accepts"], self._known), request)

    def _reap(self) -> None:
        for child in list(self._running):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                request = self._running.pop(child)
                end_group(child)
                if status == 0:
                    self._learn(request["scratch"])
                send_message(self._answers, {"id": request["id"], "code": os.waitstatus_to_exitcode(status)})

    def _learn(self, scratch: str) -> None:
        """Import what a build had to import, so that the next need not; and keep what it was answered."""
        # A project may have ended the build by itself, and may have written there whatever it likes.
        with contextlib.suppress(Exception):
            result = json.loads(build_steps.read_build_result(scratch))
            self._known.update({kind: [*map(str, asked)] for kind, asked in result["known"].items()})
            for name in result["imported"]:
                if name not in sys.modules:
                    with contextlib.suppress(Exception, SystemExit):
                        import_module(name)


def find_backend(entry: str) -> Any:
    """The object that ``build-backend`` names (PEP 517)."""
    module, _, path = entry.partition(":")
    found: Any = import_module(module)
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found


def main(entry: str) -> None:
    """Import the backend, say what there is, and build."""
    # Standard output is the backend's from here on, and what it prints is no answer.
    answers = os.dup(1)
    os.set_inheritable(answers, False)
    os.dup2(2, 1)
    os.umask(0o022)
    try:
        backend = find_backend(entry)
    except Exception as error:  # noqa: BLE001 - whatever a backend's import may raise
        traceback.print_exc()
        send_message(answers, {"broken": f"its build backend {entry} cannot be imported: {error!r}"})
        return
    send_message(answers, {"installed": {each.metadata["Name"]: each.version for each in metadata.distributions()}})
    ForkServer(entry, backend, answers).serve()


if __name__ == "__main__":
    main(sys.argv[1])
