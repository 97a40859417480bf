"""Whether a plugin works at all: installed by itself, its modules imported, its entry points loaded, then the core."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import TimedOutError
from commonhold.errors import ToolError
from commonhold.release.inspect.installability import resolution_error
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.inspect.installability import InstallTarget, Uv

_SCRIPT = """\
import importlib, importlib.metadata, json, os, sys, traceback

asked = json.load(sys.stdin)


def modules_of(name):
    for path in importlib.metadata.files(name) or ():
        if len(path.parts) == 2 and path.name == "__init__.py":
            yield path.parts[0]
        elif len(path.parts) == 1 and path.suffix == ".py":
            yield path.stem


def steps():
    for module in asked["modules"]:
        yield "import " + module, lambda: importlib.import_module(module)
    for point in importlib.metadata.distribution(asked["name"]).entry_points:
        yield "load the entry point " + point.name + " (" + point.group + ")", point.load
    for module in modules_of(asked["core"]) if asked["core"] else ():
        yield "import " + module + " of the core afterwards", lambda: importlib.import_module(module)


for what, step in steps():
    try:
        step()
    except BaseException:
        lines = traceback.format_exc().strip().splitlines()
        said = "\\n" + json.dumps({"step": what, "why": lines[-1][:500]}) + "\\n"
        # Nothing may have another word after this.
        os.write(2, said.encode())
        os._exit(1)
"""


def check_imports(
    uv: Uv, name: str, what: InstallTarget, pythons: tuple[str, ...], asked: tuple[Iterable[str], str | None]
) -> Iterator[RawFinding]:
    """Try it in an environment of its own, on the newest of its Pythons that is here; this runs the plugin's code.

    ``asked`` are its modules, and the core. Raises ``ToolError`` when none of its Pythons is here.
    """
    modules, core = asked
    with tempfile.TemporaryDirectory(prefix="commonhold-smoke-") as folder:
        place = os.path.join(folder, "env")
        program = os.path.join(place, "bin", "python")
        _make(uv, name, place, pythons)
        words = ["pip", "install", "--quiet", "--python", program, *uv.sources(what.folders), *what.requirements]
        try:
            finished = uv.run(*words)
            why = resolution_error(finished) if finished.code else None
        except TimedOutError as error:
            why = error.message
        if why is not None:
            yield RawFinding("import", f"{name} cannot be installed: {why}", "install")
            return
        question = {"name": name, "modules": [*modules], "core": core}
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder}
        try:
            script, stdin = (program, "-I", "-c", _SCRIPT), json.dumps(question).encode()
            finished = uv.runner.start(Command(script, env, input=stdin, timeout=uv.timeout)).wait()
        except TimedOutError as error:
            yield RawFinding("import", f"{name} is installed, but one cannot import it: {error.message}", "import it")
            return
        if finished.code:
            yield _understand(name, finished.stderr)


def _make(uv: Uv, name: str, place: str, pythons: tuple[str, ...]) -> None:
    words = ["venv", "--quiet", "--no-config", "--no-python-downloads"]
    wishes = [pythons[-1], f">={pythons[0]},<={pythons[-1]}.99"] if pythons else [None]
    for wish in wishes:
        finished = uv.run(*words, *(["--python", wish] if wish else []), place)
        if not finished.code:
            return
    raise ToolError(
        f"there is no Python to try {name} with: {finished.error_text()}",
        hint=f"Install one that it supports: uv python install {pythons[-1] if pythons else ''}",
    )


def _understand(name: str, stderr: bytes) -> RawFinding:
    last = (stderr.decode("utf-8", "backslashreplace").strip().splitlines() or [""])[-1]
    try:
        said = json.loads(last)
        step, why = str(said["step"]), str(said["why"])
    except (ValueError, KeyError, TypeError):
        step, why = "import it", f"it ended in the middle ({last[:200]})"
    return RawFinding("import", f"{name} is installed, but one cannot {step}: {why}", step)


def top_level_modules(installed_paths: Iterable[str]) -> list[str]:
    """The packages and modules at the top of what a wheel installed_paths, below namespaces that belong to nobody.

    >>> modules_in(["ns/a/__init__.py", "ns/a/b.py", "ns/a/c/__init__.py", "one.py", "{bin}/one"])
    ['ns.a', 'one']
    """
    sources = [path for path in installed_paths if path.endswith(".py") and not path.startswith("{")]
    packages = {path.rpartition("/")[0] for path in sources if path.endswith("/__init__.py")}
    found = set(packages) | {path[:-3] for path in sources if not path.endswith("/__init__.py")}
    tops = {path for path in found if not _parents(path) & packages}
    return sorted(name for name in (path.replace("/", ".") for path in tops) if _is_dotted(name))


def _parents(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
