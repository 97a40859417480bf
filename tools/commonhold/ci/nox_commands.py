"""Implement the nox sessions ``affected`` and ``plugins``, which choose sessions, run them and report the results."""

from __future__ import annotations

import argparse
import inspect
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.durations import Durations
from commonhold.ci.job_plan import find_sessions, session_name
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.session_runner import Suite, run_suite
from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.options import COMPARISON, EXACT_WITHOUT_BASE, EXPLAIN, VERBOSITY, Option, usage
from commonhold.selection.listing import (
    PLAIN,
    closing_lines,
    comparison_lines,
    only_plugin,
    plugin_lines,
    touched_warnings,
    warning_lines,
)
from commonhold.vcs import CompareOptions, is_ci
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import NoReturn

    from commonhold.ci.monorepo import Monorepo
    from commonhold.selection import SelectionResult


SESSION_OPTIONS = (*COMPARISON, EXPLAIN, *VERBOSITY)
"""The options of ``commonhold affected`` that its nox session supports, which are all except ``--json``."""

MANY = 10
"""If at least this many sessions will run, their number is printed first, because the run may take long."""

JOBS = Option("-j", "jobs", "The number of sessions to run in parallel, or auto.", "N")

FRESH = Option("--fresh", "fresh", "Create every environment anew instead of reusing those of earlier runs.")

RUN_OPTIONS = (*SESSION_OPTIONS, JOBS, FRESH)
"""The options of the session ``affected``, of which the last two apply to the run rather than the selection."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The arguments of ``nox -s affected --``."""

    compare: CompareOptions
    explain: str | None
    jobs: str
    posargs: tuple[str, ...]
    quiet: bool = False
    verbose: bool = False
    fresh: bool = False


def run_affected(monorepo: Monorepo, noxfile: str, arguments: Sequence[str], write_line: Callable[[str], None]) -> int:
    """Test the plugins that a change can break; return 1 if a required session failed, else 0.

    Raises ``CommonholdError``.
    """
    options = parse_options(monorepo.root, arguments)
    if options.verbose:
        from commonhold.vcs.trace import trace_programs

        trace_programs(write_line)
    report = _discard if options.quiet else write_line
    selected = monorepo.select(options.compare)
    _show(selected, options, report)
    # In CI, and if nox may download Python, a missing version must not go unnoticed.
    needs_all = is_ci(os.environ) or os.environ.get("NOX_DOWNLOAD_PYTHON") in ("auto", "always")
    found = choose_sessions(selected, is_python_installed if not needs_all else lambda _: True)
    for line in found.notes:
        report(line)
    code = 0
    if found.names:
        monorepo.make_folders()
        if len(found.names) > MANY and not is_ci(os.environ):
            report(f"starting {len(found.names)} sessions; `commonhold plan` lists them without running them")
        suite = Suite(
            noxfile,
            found.names,
            found.advisory,
            options.jobs,
            options.posargs,
            quiet=options.quiet,
            fresh=options.fresh,
        )
        code = run_suite(monorepo, suite, write_line)
    elif not found.untestable:
        report("nothing to test")
    for detail in found.untestable:
        write_line(f"error: no Python version can test {detail}")
    return 1 if found.untestable else code


def run_named(monorepo: Monorepo, noxfile: str, arguments: Sequence[str], write_line: Callable[[str], None]) -> int:
    """Run the sessions with the given names, separated by spaces; return 1 if a session failed, else 0.

    ``--fresh`` among the names creates new environments. Raises ``UsageError`` for an unknown name.
    """
    names, flags = split_flags(arguments, FRESH)
    plugins = monorepo.workspace.plugins.values()
    known = {
        session_name(plugin.name, python)
        for plugin in plugins
        for python in plugin_pythons(plugin, monorepo.workspace).versions
    }
    if not names:
        raise UsageError("no session names were given", hint='Run `nox -s plugins -- "NAME-3.11 NAME-3.12"`.')
    for name in names:
        if name not in known:
            raise UsageError(f"no session is named {name}{closest(name, known)}", hint="`nox -l` lists all sessions.")
    monorepo.make_folders()
    return run_suite(monorepo, Suite(noxfile, names, live=True, fresh=FRESH.flag in flags), write_line)


def split_flags(arguments: Iterable[str], *known: Option) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names and the flags among the arguments, each of them once; an argument can contain several of both.

    Raises ``UsageError`` for a flag that is not known.
    """
    words = tuple(dict.fromkeys(" ".join(arguments).split()))
    flags = frozenset(word for word in words if word.startswith("-"))
    available = [option.flag for option in known]
    for flag in sorted(flags.difference(available)):
        raise UsageError(f"no such option: {flag}{closest(flag, available)}", hint=f"Options: {usage(known)}.")
    return tuple(word for word in words if word not in flags), flags


def parse_options(folder: str, arguments: Sequence[str]) -> SessionOptions:
    """Read the arguments after ``nox -s affected --``; arguments after a second ``--`` are passed to the tests.

    Raises ``UsageError``.
    """
    own, posargs = _split(arguments)
    parser = _Parser(prog="nox -s affected --", add_help=False, allow_abbrev=False)
    for option in SESSION_OPTIONS:
        if option.is_flag:
            parser.add_argument(*filter(None, (option.flag, option.alias)), dest=option.parameter, action="store_true")
        elif option.value_optional:
            parser.add_argument(option.flag, dest=option.parameter, nargs="?", const="")
        else:
            parser.add_argument(option.flag, dest=option.parameter)
    # Only the nox session has these options, because `commonhold affected` does not run tests.
    parser.add_argument(JOBS.flag, "--jobs", dest=JOBS.parameter, default="auto")
    parser.add_argument(FRESH.flag, dest=FRESH.parameter, action="store_true")
    values = parser.parse_args(own)
    if values.exact and values.base is None:
        raise UsageError(EXACT_WITHOUT_BASE)
    if values.jobs != "auto" and not (values.jobs.isdecimal() and int(values.jobs) > 0):
        raise UsageError(f"-j {values.jobs}: expected a number of parallel sessions, or auto")
    compare = CompareOptions(folder, values.base, values.head, values.exact)
    flags = (values.quiet, values.verbose, values.fresh)
    return SessionOptions(compare, values.explain, values.jobs, tuple(posargs), *flags)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(arguments)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"Options: {usage(RUN_OPTIONS)}, -- ARGUMENTS FOR THE TESTS.")


def _discard(_: str) -> None:
    """Write nothing."""


def _show(selected: SelectionResult, options: SessionOptions, write_line: Callable[[str], None]) -> None:
    """Print the affected plugins and their reasons as ``commonhold affected`` does."""
    explain = options.explain
    affected = only_plugin(selected, explain) if explain else selected.affected
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = plugin_lines(affected, explain=explain is not None, layout=PLAIN._replace(width=width, fold=True))
    warnings = warning_lines(touched_warnings(selected))
    if options.verbose:
        warnings = warning_lines(selected.affected.warnings, every=True)
    for line in () if options.quiet else comparison_lines(selected):
        sys.stderr.write(f"{line}\n")
    for line in (*warnings, affected.because, *lines, *closing_lines(affected)):
        write_line(line)


@dataclass(frozen=True, slots=True)
class ChosenSessions:
    """The sessions to run, notes about skipped ones, and the required plugins that no Python version can test."""

    names: tuple[str, ...]
    advisory: frozenset[str]
    notes: tuple[str, ...]
    untestable: tuple[str, ...]


def choose_sessions(selected: SelectionResult, is_installed: Callable[[str], bool]) -> ChosenSessions:
    """Choose the sessions of a selection for which Python is installed.

    If none of a plugin's planned Python versions is installed, another supported version is used. If no supported
    version is installed, the plugin is left to CI.
    """
    affected, workspace, _ = selected
    found = find_sessions(affected, workspace, Durations())
    planned: dict[str, list[str]] = {}
    for entry in found.entries:
        planned.setdefault(entry.plugin, []).append(entry.python)
    names: list[str] = []
    advisory: set[str] = set()
    skipped: dict[str, list[str]] = {}
    for plugin in affected.plugins:
        pythons = list(dict.fromkeys(planned.get(plugin.name, ())))
        supported = plugin_pythons(workspace.plugins[plugin.name], workspace).versions
        # Testing on another version finds most bugs, and CI tests the planned version anyway.
        chosen = list(filter(is_installed, pythons)) or list(filter(is_installed, supported))[:1]
        sessions = [session_name(plugin.name, python) for python in chosen if pythons]
        names += sessions
        advisory.update(sessions if plugin.advisory else ())
        for python in pythons:
            if python not in chosen:
                skipped.setdefault(python, []).append(plugin.name)
    notes = [*found.doubts, *_notes(skipped)]
    notes += [f"warning: no Python version can test {plugin.detail}" for plugin in found.untestable if plugin.advisory]
    untestable = tuple(plugin.detail for plugin in found.untestable if not plugin.advisory)
    ordered = sorted(names, key=lambda session: (session in advisory, session))
    return ChosenSessions(tuple(ordered), frozenset(advisory), tuple(notes), untestable)


def _notes(skipped: Mapping[str, list[str]]) -> Iterator[str]:
    for python, names in sorted(skipped.items()):
        yield f"warning: Python {python} is not installed here; left to CI: {', '.join(names)}"


def is_python_installed(python: str) -> bool:
    """Return whether nox can find this Python without a download; true if this version of nox cannot check it."""
    from nox.virtualenv import InterpreterNotFound, VirtualEnv

    options = {"download_python": "never"} if "download_python" in inspect.signature(VirtualEnv).parameters else {}
    try:
        found = getattr(VirtualEnv("", interpreter=python, **options), "_resolved_interpreter", None)  # type: ignore[arg-type]
    except InterpreterNotFound:
        return False
    # pyenv puts a shim for each Python that it manages on PATH, and the shim fails if that Python is not active here.
    return found is None or SpawnRunner().start(Command((found, "-c", ""))).wait().code == 0
