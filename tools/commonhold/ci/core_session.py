"""Register a session that installs and imports the core together with every plugin that it must not break."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import nox

from commonhold.ci.checkout import private_copy, used_paths
from commonhold.ci.job_plan import MINUTES
from commonhold.ci.monorepo import open_monorepo
from commonhold.ci.nox_adapter import BACKEND, core_choice, environment, python_options, reporting_errors
from commonhold.ci.pythons import in_order, plugin_pythons
from commonhold.ci.session import Session, run_session
from commonhold.ci.session_plan import SessionContext, SessionPlan, constraint_arguments, core_requirement, pin_files
from commonhold.errors import CommonholdError, UsageError
from commonhold.projects.names import Name
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from commonhold.ci.monorepo import Monorepo
    from commonhold.workspace.model import Plugin

NAME = Name("core")
_IMPORT = """
import importlib, sys
for name in sys.argv[1:]:
    print("import", name, flush=True)
    importlib.import_module(name)
"""


def register_core(folder: str, config: str | None = None) -> None:
    """Register the session ``core`` for the repository that contains ``folder``."""
    try:
        monorepo = open_monorepo(os.path.abspath(folder), config)
    except CommonholdError:
        return  # `register` reports it
    python = _python(monorepo)

    # The plugins that are installed together change with every plugin, so the environment is always new.
    @nox.session(name=NAME, python=python, venv_backend=BACKEND, reuse_venv=False, default=False, **python_options())
    def core(session: nox.Session) -> None:
        """Install and import the core together with every plugin that a core change must not break."""
        with reporting_errors(session):
            _install_together(session, monorepo, python)


def _python(monorepo: Monorepo) -> str:
    """Return nox's own Python version if a plugin supports it, else the lowest version that any plugin supports."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = in_order(
        version for plugin in _members(monorepo) for version in plugin_pythons(plugin, monorepo.workspace).versions
    )
    return running if running in found or not found else found[0]


def _members(monorepo: Monorepo) -> list[Plugin]:
    return [plugin for plugin in monorepo.workspace.plugins.values() if plugin.tier.on_core_change == "test"]


def _install_together(session: nox.Session, monorepo: Monorepo, python: str) -> None:
    members = [plugin for plugin in _members(monorepo) if python in plugin_pythons(plugin, monorepo.workspace).versions]
    if not members:
        raise UsageError(f'no plugin in a tier with on-core-change = "test" is tested on Python {python}')
    monorepo.make_folders()
    paths = used_paths(monorepo.workspace, monorepo.tree)
    with (
        monorepo.open_log(NAME) as log,
        private_copy(monorepo.source, paths, monorepo.tree, monorepo.repository) as root,
    ):
        venv = environment(session)
        context = SessionContext(root, python, "", uv=venv.uv is not None, core=core_choice())
        plan = _session_plan(monorepo, members, context, paths)
        tested = Session(NAME, NAME, python, monorepo.workspace.core.name)
        result = run_session(tested, plan, venv, os.path.join(root, ".commonhold"), [log, sys.stdout.buffer])
    if not result.good:
        session.error(f"{result.outcome}; the log is {os.path.relpath(monorepo.log(NAME), monorepo.root)}")


def _session_plan(
    monorepo: Monorepo, members: Collection[Plugin], context: SessionContext, paths: frozenset[str]
) -> SessionPlan:
    workspace = monorepo.workspace
    pins = pin_files(workspace, paths)
    projects = (os.path.join(context.root, plugin.path) for plugin in members)
    modules = sorted({module for plugin in members for module in _modules(plugin, paths)})
    return SessionPlan(
        root=context.root,
        folder=context.root,
        install=(*projects, *core_requirement(workspace, context), *constraint_arguments(pins, context)),
        commands=(("python", "-I", "-c", _IMPORT, *modules),),
        env={},
        constraints=(),
        loosen=() if context.core == "pinned" else tuple(pins),
        minutes=MINUTES,
    )


def _modules(plugin: Plugin, paths: frozenset[str]) -> set[str]:
    """Return the names of the packages that a plugin ships."""
    folder = f"{plugin.path}/"
    own = (path[len(folder) :] for path in paths if path.startswith(folder) and path.endswith("/__init__.py"))
    shipped = (path for path in own if not plugin.tests.match(path))
    return {module for path in shipped if (module := module_of(path)) is not None}
