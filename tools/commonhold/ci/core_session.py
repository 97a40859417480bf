"""A session for a core that lies elsewhere: it and all plugins that count on it, installed at once and imported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import nox

from commonhold.ci.checkout import private_copy
from commonhold.ci.job_plan import MINUTES
from commonhold.ci.monorepo import keep_folder, open_monorepo
from commonhold.ci.nox_adapter import BACKEND, core_choice, environment, reporting_errors
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
    """Register the session ``core`` for the repository that ``folder`` lies in."""
    try:
        house = open_monorepo(os.path.abspath(folder), config)
    except CommonholdError:
        return  # `register` tells it
    python = _python(house)

    @nox.session(name=NAME, python=python, venv_backend=BACKEND, default=False)
    def core(session: nox.Session) -> None:
        """Install the core with all plugins that a change of it must not break, and import them."""
        with reporting_errors(session):
            _install_together(session, house, python)


def _python(house: Monorepo) -> str:
    """The Python that runs nox if plugins are tested on it, else the lowest of theirs."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = in_order(
        version for plugin in _members(house) for version in plugin_pythons(plugin, house.workspace).versions
    )
    return running if running in found or not found else found[0]


def _members(house: Monorepo) -> list[Plugin]:
    return [plugin for plugin in house.workspace.plugins.values() if plugin.tier.on_core_change == "test"]


def _install_together(session: nox.Session, house: Monorepo, python: str) -> None:
    members = [plugin for plugin in _members(house) if python in plugin_pythons(plugin, house.workspace).versions]
    if not members:
        raise UsageError(f"no plugin that counts on the core is tested on Python {python}")
    keep_folder(house.root)
    paths = frozenset(house.tree.entries)
    with open(house.log(NAME), "wb") as log, private_copy(house.root, paths, house.tree, house.repository) as root:
        venv = environment(session)
        place = SessionContext(root, python, "", uv=venv.uv is not None, core=core_choice())
        recipe = _recipe(house, members, place, paths)
        subject = Session(NAME, NAME, python, house.workspace.core.name)
        result = run_session(subject, recipe, venv, os.path.join(root, ".commonhold"), [log, sys.stdout.buffer])
    if not result.good:
        session.error(f"{result.outcome}; the log is {os.path.relpath(house.log(NAME), house.root)}")


def _recipe(house: Monorepo, members: Collection[Plugin], place: SessionContext, paths: frozenset[str]) -> SessionPlan:
    workspace = house.workspace
    pins = pin_files(workspace, paths)
    projects = (os.path.join(place.root, plugin.path) for plugin in members)
    modules = sorted({module for plugin in members for module in _modules(plugin, paths)})
    return SessionPlan(
        root=place.root,
        folder=place.root,
        install=(*projects, *core_requirement(workspace, place), *constraint_arguments(pins, place)),
        commands=(("python", "-I", "-c", _IMPORT, *modules),),
        env={},
        constraints=(),
        loosen=() if place.core == "pinned" else tuple(pins),
        minutes=MINUTES,
    )


def _modules(plugin: Plugin, paths: frozenset[str]) -> set[str]:
    """The packages with code of their own that a plugin ships."""
    folder = f"{plugin.path}/"
    mine = (path[len(folder) :] for path in paths if path.startswith(folder) and path.endswith("/__init__.py"))
    shipped = (path for path in mine if plugin.testing.tests is None or not plugin.testing.tests.match(path))
    return {module for path in shipped if (module := module_of(path)) is not None}
