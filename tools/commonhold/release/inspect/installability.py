"""Whether a plugin can be installed: with the core of its version, on each Python that it supports, asked of uv.

Each plugin is asked about alone, with what it needs in the repository: plugins that exclude each other are
common, and nobody installed_paths all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import TimedOutError
from commonhold.index.client import IndexUnreachableError
from commonhold.index.uv import index_arguments, uv_reason
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from commonhold.effects.process import Finished
    from commonhold.effects.process.run import GroupRunner
    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.store import Store

_NETWORK = ("error sending request", "Request failed", "operation timed out", "connection", "dns error")
_LINES = 12
RESOLVE_SECONDS = 600.0
"""How long a resolution, or an installation, may take."""


@dataclass(frozen=True, slots=True)
class Uv:
    """The program, its environment, and where it looks for what the store does not hold.

    The environment is seen by strangers' code, too, where uv has to build an sdist to learn what that requires.
    ``simple`` are the addresses of indexes, the first one first; without any it is uv's own configuration.
    """

    program: str
    env: Mapping[str, str]
    runner: GroupRunner
    simple: tuple[str, ...] = ()
    timeout: float = RESOLVE_SECONDS

    def run(self, *words: str, stdin: str = "") -> Finished:
        """Run it to its end, whatever that is."""
        command = Command((self.program, *words), self.env, input=stdin.encode(), timeout=self.timeout)
        return self.runner.start(command).wait()

    def sources(self, folders: Iterable[str]) -> list[str]:
        """The arguments that tell where distributions are found."""
        words = ["--no-config", *index_arguments(self.simple)]
        for folder in folders:
            words += ["--find-links", folder]
        return words


@dataclass(frozen=True, slots=True)
class InstallTarget:
    """What is to be installed: the exact versions, and the folders of the store in which what was ``built`` lies."""

    requirements: tuple[str, ...]
    folders: tuple[str, ...]
    built: tuple[str, ...] = ()


def install_target(planned: PlannedDistribution, store: Store, built: Iterable[str]) -> InstallTarget:
    """A plugin with everything of the release that it needs, at first hand or further away, and with the core."""
    plan = store.plan
    found = plan.closure([planned.name, *([plan.core] if plan.core is not None else [])], {*built})
    names = sorted(plugin.name for plugin in found)
    exact = [f"{plugin.name}=={plugin.version}" for plugin in found]
    if plan.core is not None and plan.core not in names:
        exact.append(f"{plan.core}=={plan.version}")
    folders = tuple(store.path(name, "").rstrip("/") for name in names)
    return InstallTarget(tuple(sorted(exact)), folders, tuple(names))


def previous_target(name: str, version: str, plan: ReleasePlan, cores: Container[str]) -> InstallTarget:
    """A release of before, with the core of its version if there is one among ``cores``, else whichever it takes."""
    core = [] if plan.core is None else [f"{plan.core}=={version}" if version in cores else plan.core]
    return InstallTarget((f"{name}=={version}", *core), ())


def check_resolves(uv: Uv, name: str, what: InstallTarget, python: str | None) -> RawFinding | None:
    """Whether there is a set of distributions that agree; ``IndexUnreachableError`` when nobody can tell."""
    words = ["pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--no-python-downloads"]
    words += ["--python-version", python] if python else []
    # Where a wheel does not suit, uv would run the sdist: nothing that was built is run here.
    words += [word for built in what.built for word in ("--only-binary", built)]
    try:
        finished = uv.run(*words, *uv.sources(what.folders), stdin="\n".join(what.requirements) + "\n")
        why = resolution_error(finished) if finished.code else None
    except TimedOutError as error:
        why = error.message
    if why is None:
        return None
    on = f" on Python {python}" if python else ""
    return RawFinding("resolve", f"{name} cannot be installed{on}: {why}", python or "")


def resolution_error(finished: Finished) -> str:
    """What uv says, as far as a message goes; ``IndexUnreachableError`` when it is that an index does not answer."""
    text = finished.stderr.decode("utf-8", "backslashreplace").strip()
    reason = uv_reason("\n".join(text.splitlines()[:_LINES]))
    if finished.code == 2 and any(sign in text for sign in _NETWORK):
        raise IndexUnreachableError(f"uv gets no answer from an index: {reason}", hint="Try again later.")
    return reason
