"""Run the quick starts in the READMEs of plugins: the session ``quickstart``."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.ci.job_plan import session_name
from commonhold.ci.monorepo import make_folders
from commonhold.ci.nox_commands import is_python_installed
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.session_runner import Suite, run_suite
from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import ToolError, UsageError
from commonhold.projects.description import read_description
from commonhold.projects.names import normalize
from commonhold.projects.quick_start import find_readme, python_script
from commonhold.vcs import CompareOptions
from commonhold.workspace import Files
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from commonhold.ci.monorepo import Monorepo
    from commonhold.ci.session_plan import SessionPlan
    from commonhold.workspace import Plugin

QUICK_START = "COMMONHOLD_QUICK_START"
"""The environment variable that makes a plugin's session run its quick start (``offline`` or ``network``)."""

NETWORK = "--network"
_FOLDER = ".commonhold-quick-start"
_WITHOUT_NETWORK = ("unshare", "--net", "--map-root-user")
"""The command (util-linux) that runs another command without a network; it needs no rights."""


def run_quick_starts(
    monorepo: Monorepo, noxfile: str, arguments: Sequence[str], write_line: Callable[[str], None]
) -> int:
    """Run the quick starts of the named plugins, or of the affected plugins; return 1 if one failed, else 0.

    ``--network`` among the names lets the code use the network. Raises ``CommonholdError``.
    """
    names = [normalize(word) for word in arguments if word != NETWORK]
    plugins = monorepo.workspace.plugins
    for name in names:
        if name not in plugins:
            raise UsageError(f"no plugin is named {name}{closest(name, plugins)}")
    if not names:
        selected = monorepo.select(CompareOptions(monorepo.root)).affected
        write_line(selected.because)
        names = [plugin.name for plugin in selected.plugins]
    network = NETWORK in arguments
    if not network and not _can_isolate():
        write_line("warning: this machine cannot turn off the network for one command, so the quick starts can use it")
    sessions = []
    for plugin in map(plugins.__getitem__, names):
        python = next(filter(is_python_installed, plugin_pythons(plugin, monorepo.workspace).versions), None)
        if python is None:
            write_line(f"warning: no Python version of {plugin.name} is installed here")
        elif quick_start_of(plugin, monorepo) is None:
            write_line(f"warning: the README of {plugin.name} contains no quick start in Python")
        else:
            sessions.append(session_name(plugin.name, python))
    if not sessions:
        write_line("nothing to run")
        return 0
    make_folders(monorepo.root)
    variables = {QUICK_START: "network" if network else "offline"}
    return run_suite(monorepo, Suite(noxfile, tuple(sessions), variables=variables), write_line)


def quick_start_of(plugin: Plugin, monorepo: Monorepo) -> tuple[str, str] | None:
    """Return the path of a plugin's README, and the Python code of its quick start; ``None`` without such code."""
    files = Files(monorepo.tree)
    start = len(plugin.path) + 1
    names = [path[start:] for path in plugin.files or ()]

    def read(path: str) -> str | None:
        data = files.get(path)
        return None if data is None else data.decode("utf-8", "replace")

    document = find_readme(read_description(plugin.path, files.get), plugin.path, names, read)
    script = None if document is None else python_script(document)
    return None if document is None or script is None else (document.path, script)


def plan_quick_start(plan: SessionPlan, plugin: Plugin, monorepo: Monorepo, mode: str) -> SessionPlan:
    """Return the plan of a test session with the quick start instead of the commands.

    The code runs in an empty folder. Its file has the name of the README, which tracebacks show. Raises ``ToolError``
    if the README contains no quick start.
    """
    found = quick_start_of(plugin, monorepo)
    if found is None:
        raise ToolError(f"the README of {plugin.name} contains no quick start in Python")
    path, script = found
    folder = os.path.join(plan.root, _FOLDER)
    os.makedirs(os.path.join(folder, "empty"))
    file = os.path.join(folder, os.path.basename(path))
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(script)
    isolated = _WITHOUT_NETWORK if mode != "network" and _can_isolate() else ()
    return replace(plan, folder=os.path.join(folder, "empty"), commands=((*isolated, "python", file),))


def _can_isolate() -> bool:
    try:
        return SpawnRunner().start(Command((*_WITHOUT_NETWORK, "true"))).wait().code == 0
    except ToolError:
        return False
