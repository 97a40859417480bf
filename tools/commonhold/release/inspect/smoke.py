"""Install a plugin without other plugins, import its modules, load its entry points, and then import the core."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import TimedOutError
from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import ToolError
from commonhold.release.inspect.installability import resolution_error
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.inspect.installability import InstallTarget, Uv

# The core is imported last, to find plugins that break it by replacing a shared dependency or by patching the core.
_SCRIPT = """\
import importlib, importlib.metadata, json, os, sys, traceback

request = json.load(sys.stdin)


def modules_of(name):
    for path in importlib.metadata.files(name) or ():
        if len(path.parts) == 2 and path.name == "__init__.py":
            yield path.parts[0]
        elif len(path.parts) == 1 and path.suffix == ".py":
            yield path.stem


def steps():
    for module in request["modules"]:
        yield "import " + module, lambda: importlib.import_module(module)
    for point in importlib.metadata.distribution(request["name"]).entry_points:
        yield "load the entry point " + point.name + " (" + point.group + ")", point.load
    for module in modules_of(request["core"]) if request["core"] else ():
        yield "import " + module + " of the core afterwards", lambda: importlib.import_module(module)


for what, step in steps():
    try:
        step()
    except BaseException:
        lines = traceback.format_exc().strip().splitlines()
        report = "\\n" + json.dumps({"step": what, "why": lines[-1][:500]}) + "\\n"
        # The report must be the last line: exit handlers of the plugin could print more.
        os.write(2, report.encode())
        os._exit(1)
"""


def check_imports(
    uv: Uv, name: str, target: InstallTarget, pythons: tuple[str, ...], imports: tuple[Iterable[str], str | None]
) -> Iterator[RawFinding]:
    """Install and import a plugin, which runs its code, with the newest installed Python version that it supports.

    ``imports`` are the plugin's modules and the name of the core. Raises ``ToolError`` if no such Python is installed.
    """
    modules, core = imports
    with ScratchFolder("smoke") as scratch:
        folder = scratch.path
        environment = os.path.join(folder, "env")
        python = os.path.join(environment, "bin", "python")
        _make_environment(uv, name, environment, pythons)
        words = ["pip", "install", "--quiet", "--python", python, *uv.sources(target.folders), *target.requirements]
        try:
            finished = uv.run(*words)
            error = resolution_error(finished, uv.machine) if finished.code else None
        except TimedOutError as timed_out:
            error = timed_out.message
        if error is not None:
            yield RawFinding("import", f"{name} cannot be installed: {error}", "install")
            return
        request = {"name": name, "modules": [*modules], "core": core}
        # The plugin's code must not find credentials, so it gets only these variables and an empty home.
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder}
        try:
            # -I, because the current folder and PYTHON* variables could add modules that users do not have.
            script, stdin = (python, "-I", "-c", _SCRIPT), json.dumps(request).encode()
            finished = uv.runner.start(Command(script, env, input=stdin, timeout=uv.timeout)).wait()
        except TimedOutError as timed_out:
            yield RawFinding("import", f"{name}, once installed, fails to import: {timed_out.message}", "import it")
            return
        if finished.code:
            uv.machine.check(f"the import of {name}", finished.stderr.decode("utf-8", "replace"))
            yield _parse_report(name, finished.stderr)


def _make_environment(uv: Uv, name: str, place: str, pythons: tuple[str, ...]) -> None:
    words = ["venv", "--quiet", "--no-config", "--no-python-downloads"]
    # The newest Python is tried first, because new versions break more plugins than old ones.
    choices = [pythons[-1], f">={pythons[0]},<={pythons[-1]}.99"] if pythons else [None]
    for python in choices:
        finished = uv.run(*words, *(["--python", python] if python else []), place)
        if not finished.code:
            return
        uv.machine.check("uv", finished.error_text())
    raise ToolError(
        f"no installed Python can import {name}: {finished.error_text()}",
        hint=f"Install one that it supports: `uv python install {pythons[-1] if pythons else '3'}`.",
    )


def _parse_report(name: str, stderr: bytes) -> RawFinding:
    # The plugin may print any text first, so only the last line can be the report.
    last = (stderr.decode("utf-8", "backslashreplace").strip().splitlines() or [""])[-1]
    try:
        report = json.loads(last)
        step, why = str(report["step"]), str(report["why"])
    except (ValueError, KeyError, TypeError):
        step, why = "import it", f"the process ended without a report ({last[:200]})"
    return RawFinding("import", f"{name}, once installed, fails to {step}: {why}", step)


def top_level_modules(installed_paths: Iterable[str]) -> list[str]:
    """Return the top packages and modules among the installed paths, below namespace packages.

    >>> top_level_modules(["ns/a/__init__.py", "ns/a/b.py", "ns/a/c/__init__.py", "one.py", "{bin}/one"])
    ['ns.a', 'one']
    """
    sources = [path for path in installed_paths if path.endswith(".py") and not path.startswith("{")]
    packages = {path.rpartition("/")[0] for path in sources if path.endswith("/__init__.py")}
    found = set(packages) | {path[:-3] for path in sources if not path.endswith("/__init__.py")}
    tops = {path for path in found if not _parents(path) & packages}
    return sorted(name for name in (path.replace("/", ".") for path in tops) if _is_dotted_name(name))


def _parents(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}


def _is_dotted_name(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
