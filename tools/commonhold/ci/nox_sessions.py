"""The nox sessions of a plugin monorepo.

Its whole noxfile is::

    # /// script
    # dependencies = ["nox", "commonhold"]
    # ///
    from commonhold.ci.nox_sessions import register

    register(__file__)

``nox -s affected`` then tests what a branch can break, ``nox -s NAME-3.11`` one plugin on one Python, and
``nox -s plugins -- "NAME-3.11 NAME-3.12"`` what a job of the matrix names.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import nox
from nox.logger import logger

from commonhold.ci.checkout import needed_paths, private_copy
from commonhold.ci.job_plan import session_name
from commonhold.ci.monorepo import Monorepo, keep_folder, open_monorepo
from commonhold.ci.nox_adapter import (
    BACKEND,
    core_choice,
    environment,
    grouped,
    log_message,
    reporting_errors,
    sentence,
)
from commonhold.ci.nox_commands import JOBS, SESSION_OPTIONS, run_affected, run_named
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.results import junit_path
from commonhold.ci.session import Session, run_session
from commonhold.ci.session_plan import TEST_NAMES, SessionContext, plan_session
from commonhold.ci.session_runner import QUIET, can_run_in_parallel
from commonhold.errors import CommonholdError
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from typing import Any, BinaryIO, NoReturn

    from commonhold.workspace.model import Plugin


def register(noxfile: str, folder: str | None = None, config: str | None = None) -> str | None:
    """Register a session for each plugin and Python, and the sessions ``affected`` and ``plugins``.

    ``noxfile`` is the calling noxfile's ``__file__``; ``folder`` lies in the repository (the noxfile's own, if
    not given), and ``config`` is a file, relative to it, that takes the place of the root's ``pyproject.toml``.
    Returns the repository's root. One that cannot be read breaks none of the noxfile's other sessions: it is
    told, ``affected`` and ``plugins`` fail with the reason, and the root is ``None``.
    """
    noxfile = os.path.abspath(noxfile)
    try:
        house = open_monorepo(os.path.abspath(folder or os.path.dirname(noxfile)), config)
    except CommonholdError as error:
        logger.error(sentence(error))
        _register_failing(error)
        return None
    for plugin in house.workspace.plugins.values():
        _register_plugin(house, plugin)
    _register_affected(house, noxfile)
    _register_plugins(house, noxfile)
    return house.root


def _register_plugin(house: Monorepo, plugin: Plugin) -> None:
    versions = plugin_pythons(plugin, house.workspace).versions
    if not versions:
        return  # `affected` and the plan say so

    def test(session: nox.Session) -> None:
        _test_plugin(session, house, plugin)

    test.__doc__ = f"Test {plugin.path}."
    options: dict[str, Any] = {"allow_parallel": True} if can_run_in_parallel() else {}
    tags = [plugin.tier.name]
    nox.session(name=plugin.name, python=list(versions), venv_backend=BACKEND, tags=tags, default=False, **options)(
        test
    )


def _register_affected(house: Monorepo, noxfile: str) -> None:
    def affected(session: nox.Session) -> None:
        with reporting_errors(session):
            if run_affected(house, noxfile, session.posargs, log_message):
                session.error("a required plugin failed")

    options = " ".join(option.usage for option in (*SESSION_OPTIONS, JOBS))
    affected.__doc__ = f"Test what this branch can break: `-- {options} -- POSARGS`."
    nox.session(python=False)(affected)


def _register_plugins(house: Monorepo, noxfile: str) -> None:
    @nox.session(python=False, default=False)
    def plugins(session: nox.Session) -> None:
        """Test plugins by the names of their sessions, as a job of the matrix does: `-- "NAME-3.11 NAME-3.12"`."""
        with reporting_errors(session):
            if run_named(house, noxfile, session.posargs, log_message):
                session.error("a session failed")


def _register_failing(error: CommonholdError) -> None:
    def fail(session: nox.Session) -> NoReturn:
        session.error(sentence(error))

    for name in ("affected", "plugins"):
        nox.session(name=name, python=False, default=name == "affected")(fail)


def _test_plugin(session: nox.Session, house: Monorepo, plugin: Plugin) -> None:
    python = str(session.python)
    name = session_name(plugin.name, python)
    keep_folder(house.root)
    quiet = QUIET in os.environ
    paths = needed_paths(plugin, house.workspace, house.tree)
    with (
        reporting_errors(session),
        open(house.log(name), "wb") as log,
        grouped(name, quiet=quiet),
        private_copy(house.root, paths, house.tree, house.repository) as root,
    ):
        venv = environment(session)
        place = SessionContext(
            root=root,
            python=python,
            junit=junit_path(house.results, name),
            posargs=tuple(session.posargs),
            uv=venv.uv is not None,
            core=core_choice(),
        )
        recipe = plan_session(plugin, house.workspace, place, paths, _group_requirements(plugin, root))
        subject = Session(name, plugin.name, python, house.workspace.core.name)
        sinks: list[BinaryIO] = [log] if quiet else [log, sys.stdout.buffer]
        result = run_session(subject, recipe, venv, house.results, sinks)
    if not result.good:
        session.error(f"{result.outcome}; the log is {os.path.relpath(house.log(name), house.root)}")


def _group_requirements(plugin: Plugin, root: str) -> list[str]:
    """What the plugin's dependency groups for tests hold (PEP 735), with the groups that they include."""
    path = os.path.join(root, plugin.path, "pyproject.toml")
    if not os.path.isfile(path):
        return []
    document = nox.project.load_toml(path)
    names = [name for name in document.get("dependency-groups", {}) if normalize(name) in TEST_NAMES]
    return list(nox.project.dependency_groups(document, *names)) if names else []
