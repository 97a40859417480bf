"""Import a backend once inside its build environment, and fork a process for each plugin.

Importing a backend takes longer than building most plugins, and a forked process already has every module.

``fork_server.py BACKEND`` reads one JSON object per line: ``{"id", "source", "scratch", "log", "env", "epoch",
"direct", "satisfied"}``. It writes ``{"installed": {name: version}}`` or ``{"broken": why}`` after importing the
backend, ``{"id", "pid"}`` when a build begins, and ``{"id", "code"}`` when it ends. commonhold is not installed in
build environments. So this module imports only the standard library, and modules that themselves import only the
standard library.
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
    """Load a module from this folder, under a name that does not clash with a project's modules."""
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
    """A backend's hooks for the build of one plugin.

    ``satisfied`` are requirements that are known to be installed, ``known`` the hook results that declarative projects
    share. PEP 517 recommends a fresh process for each hook, because hooks leave state in memory. The sdist is therefore
    built in a child process, which also runs a project's ``setup.py``; only the wheel, the last step, is built in this
    process.
    """

    def __init__(self, entry: str, backend: Any, satisfied: list[str], known: dict[str, list[str]]) -> None:
        self._entry = entry
        self._backend = backend
        self._satisfied = {*satisfied}
        self._modules_before = {*sys.modules}
        self.known = known
        self.imported: set[str] = set()

    def build(self, kind: str, folder: str, out: str) -> str:
        """Build an ``sdist`` or a ``wheel``. Raises ``MissingRequirementsError`` if requirements are missing."""

        def run_hooks() -> dict[str, Any]:
            return self._run_hooks(kind, folder, out)

        result: dict[str, Any] = run_hooks() if kind == "wheel" else call_in_child(run_hooks)
        self.imported.update(result["imported"])
        self.known = result["known"]
        if "requires" in result:
            raise build_steps.MissingRequirementsError(result["requires"])
        return str(result["file"])

    def _run_hooks(self, kind: str, folder: str, out: str) -> dict[str, Any]:
        os.chdir(folder)
        requires = self._extra_requirements(kind)
        if {*requires} <= self._satisfied:
            result = {"file": getattr(self._backend, f"build_{kind}")(out, None)}
        else:
            result = {"requires": requires}
        return {**result, "imported": sorted(new_modules(self._modules_before)), "known": self.known}

    def _extra_requirements(self, kind: str) -> list[str]:
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
    """Return whether the backend returns the same build requirements for this project as for every other project.

    Querying setuptools is slow, because it runs half a build to find ``setup_requires``. Only ``setup.py`` and
    ``setup.cfg`` can contain that setting; in ``setup.cfg``, case is ignored and a dash can replace the underscore.
    """
    if entry.partition(":")[0] != "setuptools.build_meta" or os.path.exists("setup.py"):
        return False
    try:
        with open("setup.cfg", "rb") as file:
            return b"setup_requires" not in file.read().lower().replace(b"-", b"_")
    except FileNotFoundError:
        return True


def call_in_child(function: Callable[[], Any]) -> Any:
    """Call a function in a forked child and return its result, which must be JSON data."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        run_child(lambda: send_message(write, function()))
    os.close(write)
    with open(read, "rb") as file:
        data = file.readline()  # not to the end: a process that the backend left running may keep the pipe open
    _, status = os.waitpid(child, 0)
    if status or not data:
        raise ChildFailedError
    return json.loads(data)


class ChildFailedError(Exception):
    """A hook failed in a child process, which has printed the traceback to the log."""


def run_child(function: Callable[[], Any]) -> NoReturn:
    """Run a function, then end this forked process without running the exit handlers inherited from its parent."""
    code = 1
    try:
        function()
        code = 0
    except ChildFailedError:
        pass
    except SystemExit as end:
        sys.stderr.write(f"the backend exited with {end.code!r}\n")
    except BaseException:  # noqa: BLE001 - nothing may unwind into the parent's copy of the stack
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def new_modules(known: set[str]) -> set[str]:
    """Return the modules imported since ``known`` was recorded, without the project's own modules."""
    roots = tuple({f"{os.path.realpath(root)}{os.sep}" for root in (sys.prefix, sys.base_prefix)})
    files = ((name, getattr(sys.modules[name], "__file__", None)) for name in sys.modules.keys() - known)
    return {name for name, file in files if file and os.path.realpath(file).startswith(roots)}


def send_message(handle: int, value: Any) -> None:
    """Write a value as one line of JSON."""
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(handle, data) :]


def build(hooks: BackendHooks, request: dict[str, Any]) -> None:
    """Build one plugin in this forked process."""
    source, scratch, epoch, direct = (request[key] for key in ("source", "scratch", "epoch", "direct"))
    try:
        files = build_steps.build_files(
            hooks, source, scratch, lambda data: sdist_repack.repack(data, epoch), sdist_repack.unpack, direct=direct
        )
    except build_steps.MissingRequirementsError as more:
        build_steps.write_build_result(scratch, requires=more.requires)
    else:
        build_steps.write_build_result(scratch, files=files, imported=sorted(hooks.imported), known=hooks.known)


class ForkServer:
    """A server that forks a process for each request and reports when the process ends."""

    def __init__(self, entry: str, backend: Any, output: int) -> None:
        self._entry = entry
        self._backend = backend
        self._known: dict[str, list[str]] = {}
        self._output = output
        self._running: dict[int, dict[str, Any]] = {}
        # Python writes to this pipe on each signal, so that one `select` waits for both requests and ended children.
        self._wake, notify = os.pipe()
        for handle in (self._wake, notify):
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(notify)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Handle requests until standard input is closed, then kill the builds that are still running."""
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
        # Garbage collection in a child would write to every object, and so copy all the memory shared with the parent.
        gc.freeze()
        child = os.fork()
        if child == 0:
            run_child(lambda: self._build_in_child(request))
        # Parent and child both create the process group, so that it exists before either of them uses it.
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)
        self._running[child] = request
        send_message(self._output, {"id": request["id"], "pid": child})

    def _build_in_child(self, request: dict[str, Any]) -> None:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._output)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        empty = os.open(os.devnull, os.O_RDONLY)
        for handle, number in ((empty, 0), (log, 1), (log, 2)):
            os.dup2(handle, number)
        if sys.stdout is not None:
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.environ.clear()
        os.environ.update(request["env"])
        # Otherwise the sdist could contain compiled modules from the project's folder.
        sys.dont_write_bytecode = True
        build_steps.limit_file_size()
        build(BackendHooks(self._entry, self._backend, request["satisfied"], self._known), request)

    def _reap(self) -> None:
        for child in list(self._running):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                request = self._running.pop(child)
                end_group(child)  # processes that the build left running could still write to its files
                if status == 0:
                    self._import_for_next_builds(request["scratch"])
                send_message(self._output, {"id": request["id"], "code": os.waitstatus_to_exitcode(status)})

    def _import_for_next_builds(self, scratch: str) -> None:
        """Import the modules that a build imported, and keep its hooks' results, so that the next builds are faster."""
        # The file is untrusted: the project may have exited early and written any content to it.
        with contextlib.suppress(Exception):
            result = json.loads(build_steps.read_build_result(scratch))
            self._known.update({kind: [*map(str, requires)] for kind, requires in result["known"].items()})
            for name in result["imported"]:
                if name not in sys.modules:
                    with contextlib.suppress(Exception, SystemExit):
                        import_module(name)


def find_backend(entry: str) -> Any:
    """Return the object that a ``build-backend`` entry point names (PEP 517)."""
    module, _, path = entry.partition(":")
    found: Any = import_module(module)
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found


def main(entry: str) -> None:
    """Import the backend, report the installed distributions, and serve requests."""
    # Backends print to standard output, so messages are sent through a copy of it, and the backends' output is
    # redirected to the log.
    output = os.dup(1)
    os.set_inheritable(output, False)
    os.dup2(2, 1)
    os.umask(0o022)  # file modes become part of the archives
    try:
        backend = find_backend(entry)
    except Exception as error:  # noqa: BLE001 - a backend may raise anything
        traceback.print_exc()
        send_message(output, {"broken": f"its build backend {entry} cannot be imported: {error!r}"})
        return
    send_message(output, {"installed": {each.metadata["Name"]: each.version for each in metadata.distributions()}})
    ForkServer(entry, backend, output).serve()


if __name__ == "__main__":
    main(sys.argv[1])
