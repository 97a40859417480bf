"""Run the quick starts in the READMEs of plugins: the session ``quickstart``."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.ci.job_plan import session_name
from commonhold.ci.nox_commands import is_python_installed, split_flags
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.session_runner import WITH_NETWORK, Suite, run_suite
from commonhold.effects.process import Command, offline
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import ToolError, UsageError
from commonhold.options import Option
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

NETWORK = Option("--network", "network", "Let the code use the network.")
_OFFLINE = ("-I", offline.__file__)
"""The arguments of Python that run another command without a network."""


def run_quick_starts(
    monorepo: Monorepo, noxfile: str, arguments: Sequence[str], write_line: Callable[[str], None]
) -> int:
    """Run the quick starts of the named or of the affected plugins; return 1 if a required one failed, else 0.

    A named plugin is required. ``--network`` among the names lets the code use the network. Raises
    ``CommonholdError``, for example if this machine cannot turn off the network.
    """
    names, flags = split_flags(arguments, NETWORK)
    advisory: frozenset[str] = frozenset()
    if names:
        plugins = _named_plugins(monorepo, names)
    else:
        selected = monorepo.select(CompareOptions(monorepo.root)).affected
        write_line(selected.because)
        plugins = [monorepo.workspace.plugins[plugin.name] for plugin in selected.plugins]
        advisory = frozenset(plugin.name for plugin in selected.plugins if plugin.advisory)
    found = [(plugin.name, session) for plugin in plugins if (session := _session_of(plugin, monorepo, write_line))]
    if not found:
        write_line("nothing to run")
        return 0
    if not flags:
        _require_isolation(names)
    monorepo = monorepo.for_quick_starts()
    monorepo.make_folders()
    sessions = tuple(session for _, session in found)
    suite = Suite(
        noxfile,
        sessions,
        frozenset(session for name, session in found if name in advisory),
        quick_starts=WITH_NETWORK if flags else "offline",
    )
    return run_suite(monorepo, suite, write_line)


def _named_plugins(monorepo: Monorepo, names: Sequence[str]) -> list[Plugin]:
    plugins = monorepo.workspace.plugins
    normalized = dict.fromkeys(map(normalize, names))
    for name in normalized:
        if name not in plugins:
            raise UsageError(f"no plugin is named {name}{closest(name, plugins)}")
    return [plugins[name] for name in normalized]


def _session_of(plugin: Plugin, monorepo: Monorepo, write_line: Callable[[str], None]) -> str | None:
    """Return the session that runs a plugin's quick start; print the reason if there is none."""
    python = next(filter(is_python_installed, plugin_pythons(plugin, monorepo.workspace).versions), None)
    if python is None:
        write_line(f"warning: no Python version of {plugin.name} is installed here")
    elif quick_start_of(plugin, monorepo) is None:
        write_line(f"warning: the README of {plugin.name} contains no quick start in Python")
    else:
        return session_name(plugin.name, python)
    return None


def _require_isolation(names: Sequence[str]) -> None:
    """Raise ``ToolError`` if this machine cannot run a command without a network."""
    finished = SpawnRunner().start(Command((sys.executable, *_OFFLINE, sys.executable, "-I", "-c", ""))).wait()
    if finished.code != 0:
        raise ToolError(
            f"the quick starts were not run: {finished.error_text().removeprefix('error: ')}",
            hint=f"Let the code use the network: `nox -s quickstart -- {shlex.join((*names, NETWORK.flag))}`.",
        )


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


def plan_quick_start(plan: SessionPlan, plugin: Plugin, monorepo: Monorepo, *, network: bool) -> SessionPlan:
    """Return the plan of a test session with the quick start instead of the commands.

    The code runs in an empty folder. Its file has the name of the README, which tracebacks show. Unless ``network``, it
    does not start if the network cannot be turned off. Raises ``ToolError`` if the README contains no quick start.
    """
    found = quick_start_of(plugin, monorepo)
    if found is None:
        raise ToolError(f"the README of {plugin.name} contains no quick start in Python")
    path, script = found
    # Files of the repository can have any name that is known in advance.
    folder = tempfile.mkdtemp(prefix=".commonhold-quick-start-", dir=plan.root)
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    file = os.path.join(folder, os.path.basename(path))
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(script)
    isolated = () if network else ("python", *_OFFLINE)
    return replace(plan, folder=empty, commands=((*isolated, "python", file),))
