"""Check with uv that a plugin can be installed with the core of the same version, on each Python it supports.

Each plugin is resolved separately, with its requirements from the repository. It need not be compatible with all
other plugins: conflicting plugins are common, and users do not install all plugins together.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.effects.machine import MachineWatch
from commonhold.effects.process import Command
from commonhold.effects.process.run import TimedOutError
from commonhold.index.client import IndexUnreachableError
from commonhold.index.uv import index_arguments, is_network_error, uv_reason
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from commonhold.effects.process import Finished
    from commonhold.effects.process.run import GroupRunner
    from commonhold.index.uv import UvConfigs
    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.store import Store

_MAX_LINES = 12
RESOLVE_SECONDS = 600.0
"""The time limit for a resolution or an installation."""


@dataclass(frozen=True, slots=True)
class Uv:
    """The uv program, its environment variables, and the package indexes that it reads in addition to the store.

    Untrusted code can read these variables, because uv may have to build an sdist to find its requirements. ``simple``
    are the addresses of indexes, in order of preference; if it is empty, uv's own configuration applies. ``machine``
    recognizes failures that the machine caused. ``configs`` replace ``simple``.
    """

    program: str
    env: Mapping[str, str]
    runner: GroupRunner
    simple: tuple[str, ...] = ()
    timeout: float = RESOLVE_SECONDS
    machine: MachineWatch = field(default_factory=MachineWatch)
    configs: UvConfigs | None = None

    def run(self, *words: str, stdin: str = "") -> Finished:
        """Run uv and return its result, even if it fails."""
        command = Command((self.program, *words), self.env, input=stdin.encode(), timeout=self.timeout)
        return self.runner.start(command).wait()

    def sources(self, folders: Iterable[str], *, refresh: bool = False) -> list[str]:
        """Return the uv arguments for the sources of distributions: the indexes and these folders.

        With ``refresh``, uv reads all pages of the indexes again.
        """
        if self.configs is not None:
            words = ["--config-file", self.configs.plain if refresh else self.configs.cached]
        else:
            # Users do not have the settings of the release manager's machine.
            words = ["--no-config", *index_arguments(self.simple)]
        words += ["--refresh"] if refresh else []
        for folder in folders:
            words += ["--find-links", folder]
        return words


@dataclass(frozen=True, slots=True)
class InstallTarget:
    """The packages to install: exact requirements, the store's folders, and the names that this release builds."""

    requirements: tuple[str, ...]
    folders: tuple[str, ...]
    built: tuple[str, ...] = ()


def install_target(planned: PlannedDistribution, store: Store, built: Iterable[str]) -> InstallTarget:
    """Return a target with a plugin, the core, and their requirements from this release."""
    plan = store.plan
    found = plan.closure([planned.name, *([plan.core] if plan.core is not None else [])], {*built})
    names = sorted(plugin.name for plugin in found)
    exact = [f"{plugin.name}=={plugin.version}" for plugin in found]
    # A core that this release does not build is already on the index.
    if plan.core is not None and plan.core not in names:
        exact.append(f"{plan.core}=={plan.version}")
    folders = tuple(store.path(name, "").rstrip("/") for name in names)
    return InstallTarget(tuple(sorted(exact)), folders, tuple(names))


def previous_target(name: str, version: str, plan: ReleasePlan, core_versions: Container[str]) -> InstallTarget:
    """Return a target with an earlier release of a plugin, and the core of that version if the index has it."""
    core = [] if plan.core is None else [f"{plan.core}=={version}" if version in core_versions else plan.core]
    return InstallTarget((f"{name}=={version}", *core), ())


def check_resolves(uv: Uv, name: str, target: InstallTarget, python: str | None) -> RawFinding | None:
    """Return a finding if no set of distributions satisfies the target, else ``None``.

    Raises ``IndexUnreachableError`` if an index does not respond, because that is not a defect of the plugin.
    """
    # --python, because uv would otherwise run every interpreter on PATH, which takes longer than the resolution.
    words = ["pip", "compile", "-", "--python", sys.executable, "--no-python-downloads"]
    words += ["--quiet", "--no-header", "--no-annotate"]
    words += ["--python-version", python] if python else []
    # Without a wheel for this platform, uv would build the sdist and so run the plugin's code.
    words += [word for built in target.built for word in ("--only-binary", built)]
    # A failure may be caused by pages of the index that uv has kept, so it is confirmed without them.
    error = _resolve(uv, [*words, *uv.sources(target.folders)], target)
    if error is not None:
        error = _resolve(uv, [*words, *uv.sources(target.folders, refresh=True)], target)
    if error is None:
        return None
    on = f" on Python {python}" if python else ""
    return RawFinding("resolve", f"{name} cannot be installed{on}: {error}", python or "")


def _resolve(uv: Uv, words: Iterable[str], target: InstallTarget) -> str | None:
    try:
        finished = uv.run(*words, stdin="\n".join(target.requirements) + "\n")
        return resolution_error(finished, uv.machine) if finished.code else None
    except TimedOutError as timed_out:
        return timed_out.message


def resolution_error(finished: Finished, machine: MachineWatch | None = None) -> str:
    """Return the reason that uv printed for a failed resolution.

    Raises ``IndexUnreachableError`` if an index did not respond, and ``MachineError``.
    """
    text = finished.stderr.decode("utf-8", "backslashreplace").strip()
    if machine is not None:
        machine.check("uv", text)
    reason = uv_reason("\n".join(text.splitlines()[:_MAX_LINES]))
    if finished.code == 2 and is_network_error(text):
        raise IndexUnreachableError(f"uv cannot reach a package index: {reason}", hint="Try again later.")
    return reason
