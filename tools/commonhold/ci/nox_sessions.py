"""Register the nox sessions of a plugin monorepo.

A complete noxfile is::

    # /// script
    # dependencies = ["nox", "commonhold"]
    # ///
    from commonhold.ci.nox_sessions import register

    register(__file__)

``nox -s affected`` then tests what a branch can break, ``nox -s NAME-3.11`` tests one plugin on one Python version, and
``nox -s plugins -- "NAME-3.11 NAME-3.12"`` runs the sessions of one job in the matrix.
``nox -s quickstart`` runs the code in the READMEs of the plugins that a branch can break.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import nox
from nox.logger import logger

from commonhold.ci.checkout import MOST_SEARCHED, explain_omissions, needed_paths, private_copy, used_paths
from commonhold.ci.job_plan import session_name
from commonhold.ci.monorepo import Monorepo, open_monorepo
from commonhold.ci.nox_adapter import (
    BACKEND,
    core_choice,
    error_text,
    grouped,
    kept_environment,
    log_message,
    python_options,
    reporting_errors,
)
from commonhold.ci.nox_commands import RUN_OPTIONS, run_affected, run_named
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.quick_start import plan_quick_start, run_quick_starts
from commonhold.ci.results import junit_path
from commonhold.ci.session import Session, run_session
from commonhold.ci.session_plan import TEST_NAMES, SessionContext, plan_session
from commonhold.ci.session_runner import QUICK_START, QUIET, WITH_NETWORK, can_run_in_parallel
from commonhold.ci.snapshot import LastingSnapshot
from commonhold.errors import CommonholdError
from commonhold.projects.names import normalize
from commonhold.vcs import is_ci

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO, NoReturn

    from commonhold.workspace.model import Plugin


_SNAPSHOT = LastingSnapshot()


def register(noxfile: str, folder: str | None = None, config: str | None = None) -> str | None:
    """Register a session for each plugin and Python version, and ``affected``, ``plugins`` and ``quickstart``.

    ``noxfile`` is the calling noxfile's ``__file__``. ``folder`` is any folder in the repository (default: the
    noxfile's folder). ``config`` is a file, relative to ``folder``, that is read instead of the root
    ``pyproject.toml``; its patterns are relative to ``folder``. Returns the workspace's folder, usually the root of the
    repository. If it cannot be read, the error is logged, these three sessions fail with this error, and the
    result is ``None``. The noxfile's other sessions still work.
    """
    noxfile = os.path.abspath(noxfile)  # the child nox process may run in another folder
    try:
        monorepo = open_monorepo(os.path.abspath(folder or os.path.dirname(noxfile)), config)
    except CommonholdError as error:
        # An exception would also disable unrelated sessions, such as the one that could fix the configuration.
        logger.error(error_text(error))
        _register_failing(error)
        return None
    for plugin in monorepo.workspace.plugins.values():
        _register_plugin(monorepo, plugin)
    _register_affected(monorepo, noxfile)
    _register_plugins(monorepo, noxfile)
    _register_quick_starts(monorepo, noxfile)
    return monorepo.root


def _register_plugin(monorepo: Monorepo, plugin: Plugin) -> None:
    versions = plugin_pythons(plugin, monorepo.workspace).versions
    if not versions:
        return  # `affected` and `plan` report it

    def test(session: nox.Session) -> None:
        _test_plugin(session, monorepo, plugin)

    test.__doc__ = f"Test {monorepo.workspace.config.shown(plugin.path)}."
    options = {**python_options(), **({"allow_parallel": True} if can_run_in_parallel() else {})}
    options["reuse_venv"] = not is_ci(os.environ)  # `kept_environment` decides whether it can be reused
    tags = [plugin.tier.name]
    nox.session(name=plugin.name, python=list(versions), venv_backend=BACKEND, tags=tags, default=False, **options)(
        test
    )


def _register_affected(monorepo: Monorepo, noxfile: str) -> None:
    def affected(session: nox.Session) -> None:
        with reporting_errors(session):
            if run_affected(monorepo, noxfile, session.posargs, log_message):
                session.error("a required plugin failed")

    options = " ".join(option.usage for option in RUN_OPTIONS)
    affected.__doc__ = f"Test what this branch can break: `-- {options} -- POSARGS`."
    nox.session(python=False)(affected)


def _register_plugins(monorepo: Monorepo, noxfile: str) -> None:
    @nox.session(python=False, default=False)
    def plugins(session: nox.Session) -> None:
        """Run plugin sessions by name, like a CI job: `-- "NAME-3.11 NAME-3.12"`."""
        with reporting_errors(session):
            if run_named(monorepo, noxfile, session.posargs, log_message):
                session.error("a session failed")


def _register_quick_starts(monorepo: Monorepo, noxfile: str) -> None:
    @nox.session(python=False, default=False)
    def quickstart(session: nox.Session) -> None:
        """Run the quick starts in READMEs without a network: `-- [PLUGIN ...] [--network]`."""
        with reporting_errors(session):
            if run_quick_starts(monorepo, noxfile, session.posargs, log_message):
                session.error("a quick start failed")


def _register_failing(error: CommonholdError) -> None:
    def fail(session: nox.Session) -> NoReturn:
        session.error(error_text(error))

    for name in ("affected", "plugins", "quickstart"):
        nox.session(name=name, python=False, default=name == "affected")(fail)


def _test_plugin(session: nox.Session, monorepo: Monorepo, plugin: Plugin) -> None:
    python = str(session.python)
    name = session_name(plugin.name, python)
    quick_start = os.environ.get(QUICK_START)
    monorepo = monorepo.for_quick_starts() if quick_start else monorepo
    monorepo.make_folders()
    quiet = QUIET in os.environ
    paths = needed_paths(plugin, monorepo.workspace, monorepo.tree)
    with (
        reporting_errors(session),
        monorepo.open_log(name) as log,
        grouped(name, quiet=quiet),
        private_copy(_source(session, monorepo), paths, monorepo.tree, monorepo.repository) as root,
        kept_environment(session, paths) as venv,
    ):
        context = SessionContext(
            root=root,
            python=python,
            junit=junit_path(monorepo.results, name),
            posargs=tuple(session.posargs),
            uv=venv.uv is not None,
            core=core_choice(),
        )
        plan = plan_session(plugin, monorepo.workspace, context, paths, _group_requirements(plugin, root))
        if quick_start:
            plan = plan_quick_start(plan, plugin, monorepo, network=quick_start == WITH_NETWORK)
        tested = Session(name, plugin.name, python, monorepo.workspace.core.name)
        sinks: list[BinaryIO] = [log] if quiet else [log, sys.stdout.buffer]
        result = run_session(tested, plan, venv, monorepo.results, sinks)
        if not result.good:
            _explain_omissions(monorepo, plugin, paths, sinks)
    if not result.good:
        session.error(f"{result.outcome}; the log is {os.path.relpath(monorepo.log(name), monorepo.root)}")


def _source(session: nox.Session, monorepo: Monorepo) -> str:
    """Return the folder from which this session copies its files.

    If this process runs several sessions, a snapshot is taken before the first one starts.
    """
    runner = getattr(session, "_runner", None)
    if monorepo.source != monorepo.repository.root or len(getattr(runner, "manifest", ())) <= 1:
        return monorepo.source
    paths = used_paths(monorepo.workspace, monorepo.tree)
    return _SNAPSHOT.files(monorepo.repository.root, monorepo.tree, paths)


def _explain_omissions(monorepo: Monorepo, plugin: Plugin, paths: Iterable[str], sinks: Sequence[BinaryIO]) -> None:
    """Append to the log, the first of the ``sinks``, the folders that it mentions but the copy does not contain."""
    log = sinks[0]  # a test can replace the file, but not what is open
    size = log.seek(0, os.SEEK_END)
    log.seek(max(size - MOST_SEARCHED, 0))
    text = log.read().decode("utf-8", "replace")
    for line in explain_omissions(plugin, monorepo.workspace, paths, text):
        for sink in sinks:
            sink.write(f"{line}\n".encode())
            sink.flush()


def _group_requirements(plugin: Plugin, root: str) -> list[str]:
    """List the requirements of the plugin's test dependency groups (PEP 735), including nested groups."""
    path = os.path.join(root, plugin.path, "pyproject.toml")
    if not os.path.isfile(path):
        return []
    document = nox.project.load_toml(path)
    names = [name for name in document.get("dependency-groups", {}) if normalize(name) in TEST_NAMES]
    return list(nox.project.dependency_groups(document, *names)) if names else []
