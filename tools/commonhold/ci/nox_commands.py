"""What the sessions ``affected`` and ``plugins`` do: find sessions, run them, say how it went."""

from __future__ import annotations

import argparse
import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.durations import Durations
from commonhold.ci.job_plan import find_sessions, session_name
from commonhold.ci.monorepo import keep_folder
from commonhold.ci.pythons import plugin_pythons
from commonhold.ci.session_runner import Suite, run_suite
from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.options import COMPARISON, EXACT_WITHOUT_BASE, EXPLAIN, Option, usage
from commonhold.selection.listing import closing_lines, only_plugin, plugin_lines, warning_lines
from commonhold.vcs import CompareOptions, is_ci
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import NoReturn

    from commonhold.ci.monorepo import Monorepo
    from commonhold.selection import SelectionResult


SESSION_OPTIONS = (*COMPARISON, EXPLAIN)
"""The options of ``affected`` that its nox session has, too: it prints text, never JSON."""

JOBS = Option("-j", "jobs", "The number of sessions to run in parallel, or auto.", "N")


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The arguments of ``nox -s affected --``."""

    compare: CompareOptions
    explain: str | None
    jobs: str
    posargs: tuple[str, ...]


def run_affected(house: Monorepo, noxfile: str, arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Test what a change can break; 1 when something that counts failed, else 0.

    Raises ``CommonholdError``.
    """
    options = parse_options(house.root, arguments)
    selected = house.select(options.compare)
    _show(selected, options.explain, say)
    found = choose_sessions(selected, _here if not is_ci(os.environ) else lambda _: True)
    for line in found.notes:
        say(line)
    code = 0
    if found.names:
        keep_folder(house.root)
        suite = Suite(noxfile, found.names, found.advisory, options.jobs, options.posargs)
        code = run_suite(house, suite, say)
    elif not found.untestable:
        say("nothing to test")
    for detail in found.untestable:
        say(f"error: no Python version can test {detail}")
    return 1 if found.untestable else code


def run_named(house: Monorepo, noxfile: str, arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Run the sessions with these names, given as words or as one text; 1 when one failed, else 0.

    Raises ``UsageError`` for a name that no session has.
    """
    names = tuple(dict.fromkeys(" ".join(arguments).split()))
    plugins = house.workspace.plugins.values()
    known = {
        session_name(plugin.name, python)
        for plugin in plugins
        for python in plugin_pythons(plugin, house.workspace).versions
    }
    if not names:
        raise UsageError("there are no sessions to run", hint='Name some: nox -s plugins -- "NAME-3.11 NAME-3.12"')
    for name in names:
        if name not in known:
            raise UsageError(f"no session is named {name}{closest(name, known)}", hint="`nox -l` lists them all.")
    keep_folder(house.root)
    return run_suite(house, Suite(noxfile, names, live=True), say)


def parse_options(folder: str, arguments: Sequence[str]) -> SessionOptions:
    """Read what was typed after ``nox -s affected --``; what follows a second ``--`` goes to the tests.

    Raises ``UsageError``.
    """
    mine, posargs = _split(arguments)
    parser = _Parser(prog="nox -s affected --", add_help=False, allow_abbrev=False)
    for option in SESSION_OPTIONS:
        if option.is_flag:
            parser.add_argument(option.flag, dest=option.parameter, action="store_true")
        elif option.value_optional:
            parser.add_argument(option.flag, dest=option.parameter, nargs="?", const="")
        else:
            parser.add_argument(option.flag, dest=option.parameter)
    parser.add_argument(JOBS.flag, "--jobs", dest=JOBS.parameter, default="auto")
    values = parser.parse_args(mine)
    if values.exact and values.base is None:
        raise UsageError(EXACT_WITHOUT_BASE)
    if values.jobs != "auto" and not (values.jobs.isdecimal() and int(values.jobs) > 0):
        raise UsageError(f"-j {values.jobs}: expected a number of parallel sessions, or auto")
    compare = CompareOptions(folder, values.base, values.head, values.exact)
    return SessionOptions(compare, values.explain, values.jobs, tuple(posargs))


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(arguments)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"Options: {usage((*SESSION_OPTIONS, JOBS))}, -- ARGUMENTS FOR THE TESTS.")


def _show(selected: SelectionResult, explain: str | None, say: Callable[[str], None]) -> None:
    """Print the affected plugins and their reasons as ``commonhold affected`` does."""
    affected = only_plugin(selected, explain) if explain else selected.affected
    lines = plugin_lines(affected, explain=explain is not None)
    for line in (*warning_lines(selected.affected.warnings), affected.because, *lines, *closing_lines(affected)):
        say(line)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sessions to run, what is said of those that are not, and what counts and cannot be tested at all."""

    names: tuple[str, ...]
    advisory: frozenset[str]
    notes: tuple[str, ...]
    untestable: tuple[str, ...]


def choose_sessions(selected: SelectionResult, here: Callable[[str], bool]) -> Chosen:
    """The sessions of a selection, on Pythons that are ``here``.

    A plugin none of whose planned Pythons is here is tested on another of its own; where none of them is, the
    session is kept, and nox gets that Python or fails.
    """
    affected, workspace = selected
    found = find_sessions(affected, workspace, Durations())
    planned: dict[str, list[str]] = {}
    for leg in found.legs:
        planned.setdefault(leg.plugin, []).append(leg.python)
    names: list[str] = []
    advisory: set[str] = set()
    left_out: dict[str, list[str]] = {}
    for plugin in affected.plugins:
        wanted = list(dict.fromkeys(planned.get(plugin.name, ())))
        versions = plugin_pythons(workspace.plugins[plugin.name], workspace).versions
        taken = [python for python in wanted if here(python)] or [python for python in versions if here(python)][:1]
        mine = [session_name(plugin.name, python) for python in taken or wanted]
        names += mine
        advisory.update(mine if plugin.advisory else ())
        for python in wanted if taken else ():
            if python not in taken:
                left_out.setdefault(python, []).append(plugin.name)
    notes = [*found.doubts, *_notes(left_out)]
    notes += [f"warning: no Python version can test {plugin.detail}" for plugin in found.untestable if plugin.advisory]
    untestable = tuple(plugin.detail for plugin in found.untestable if not plugin.advisory)
    ordered = sorted(names, key=lambda session: (session in advisory, session))
    return Chosen(tuple(ordered), frozenset(advisory), tuple(notes), untestable)


def _notes(left_out: Mapping[str, list[str]]) -> Iterator[str]:
    for python, names in sorted(left_out.items()):
        yield f"warning: Python {python} is not on this machine, so CI alone tests on it: {', '.join(names)}"


def _here(python: str) -> bool:
    """Whether nox would find this Python without downloading it; where nox cannot be asked, it may."""
    from nox.virtualenv import InterpreterNotFound, VirtualEnv

    options = {"download_python": "never"} if "download_python" in inspect.signature(VirtualEnv).parameters else {}
    try:
        found = getattr(VirtualEnv("", interpreter=python, **options), "_resolved_interpreter", None)  # type: ignore[arg-type]
    except InterpreterNotFound:
        return False
    # pyenv puts a program on PATH for every Python that it has ever seen, whether or not it may be used here.
    return found is None or SpawnRunner().start(Command((found, "-c", ""))).wait().code == 0
