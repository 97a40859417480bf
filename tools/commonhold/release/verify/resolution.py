"""Resolve released plugins with uv, as in a new environment."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.machine import MachineWatch, temporary_folder
from commonhold.effects.process import Command
from commonhold.effects.process.run import stream
from commonhold.effects.scratch import ScratchFolder
from commonhold.index.uv import (
    has_own_config,
    index_arguments,
    is_network_error,
    uv_cache,
    uv_reason,
    without_indexes,
    write_configs,
)
from commonhold.release.verify.plugin_check import VerificationProblem
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.publish.index_state import Index

MAX_REASON = 600
"""Maximum length of the reason for a failed resolution."""

RESOLVE_SECONDS = 300.0
"""Time limit for one resolution."""


@dataclass(frozen=True, slots=True)
class CoreRequirement:
    """The core version with which plugins are resolved; ``is_ours`` means that the release's index has this version."""

    name: str
    version: str
    is_ours: bool


def find_core(state: ReleaseState, plan: ReleasePlan, index: Index) -> CoreRequirement | None:
    """Find the core of a release and the index that has it. Raises ``IndexUnreachableError``.

    Returns ``None`` if the release has no core, or plans a core but has not uploaded it.
    """
    if plan.core is None:
        return None
    if plan.core in state.plugins:
        core = state.plugins[plan.core]
        return CoreRequirement(core.name, core.plugin.version, True) if core.is_uploaded else None
    version = parse_version(plan.version)
    versions = {parse_version(file.version or "") for file in index.files(plan.core) or ()}
    return CoreRequirement(plan.core, plan.version, version in versions)


class ResolutionCheck:
    """A resolver that uses uv.

    Distributions of the release are resolved from the release's index, and so is its ``core`` if that index has it.
    Other packages are resolved from ``others`` or uv's default index. ``uploaded`` are the versions that the release
    has uploaded. uv reads the distributions of the release from the index each time, because they may be new there. uv
    may use cached data about other packages, but a failed resolution is repeated with fresh data.
    """

    def __init__(
        self,
        program: str,
        plan: ReleasePlan,
        simple: str,
        environ: Mapping[str, str],
        others: Sequence[str] = (),
        *,
        uploaded: Mapping[str, str],
        core: CoreRequirement | None = None,
    ) -> None:
        self._program = program
        self._plan = plan
        self._simple = simple
        self._environ = environ
        self._uploaded = uploaded
        self._core = core
        self._machine = MachineWatch(temporary_folder(), environ.get("TMPDIR", ""), uv_cache(environ))
        self._scratch = ScratchFolder("verify")
        self._cached = self._plain = index_arguments(others)
        if others or not has_own_config(environ):
            configs = write_configs(self._scratch.path, environ, others, target=simple)
            self._cached, self._plain = (["--config-file", path] for path in configs)
            self._environ = without_indexes(environ)

    def close(self) -> None:
        """Remove the temporary files."""
        self._scratch.close()

    def check(self, plugin: PlannedDistribution, python: str | None) -> VerificationProblem | None:
        ours = self._ours(plugin)
        requirements = [f"{plugin.name}=={plugin.version}", *ours]
        if self._core is not None:
            requirements.append(f"{self._core.name}=={self._core.version}")
        code, text = self._compile(requirements, ours, python)
        if code and not is_network_error(text):
            code, text = self._compile(requirements, ours, python, refresh=True)
        if code == 0:
            return None
        self._machine.check("uv", text)
        place = f" on Python {python}" if python else ""
        if code is None:
            return VerificationProblem(f"it does not resolve{place} within {RESOLVE_SECONDS:.0f} s", may_pass=True)
        may_pass = is_network_error(text) or not self._finds_files(ours, python)
        return VerificationProblem(f"it does not resolve{place}: {uv_reason(text)[:MAX_REASON]}", may_pass)

    def _finds_files(self, names: Sequence[str], python: str | None) -> bool:
        """Return whether uv finds the uploaded versions; uv may read another server than the comparison of files."""
        found = [name for name in names if name in self._uploaded]
        exact = [f"{name}=={self._uploaded[name]}" for name in found]
        return self._compile(exact, found, python, "--no-deps", "--no-build")[0] == 0

    def _compile(
        self, requirements: Sequence[str], ours: Sequence[str], python: str | None, *options: str, refresh: bool = False
    ) -> tuple[int | None, str]:
        """Resolve requirements; return uv's exit code (``None`` after the time limit) and its output."""
        with ScratchFolder("verify") as scratch:
            folder = scratch.path
            path = os.path.join(folder, "pyproject.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self._project(requirements, ours, python))
            # uv can resolve for a Python that is not installed.
            arguments = [self._program, "pip", "compile", path, "--python", sys.executable, "--no-python-downloads"]
            arguments += ["--quiet", "--no-header", *options]
            arguments += [*self._plain, "--refresh"] if refresh else self._cached
            arguments += [word for name in ours for word in ("--refresh-package", name)]
            arguments += ["--python-version", python] if python else []
            output = io.BytesIO()
            code = stream(Command(tuple(arguments), self._environ, folder, timeout=RESOLVE_SECONDS), [output])
        return code, output.getvalue().decode("utf-8", "replace").replace(folder, "")

    def _ours(self, plugin: PlannedDistribution) -> list[str]:
        """Return the packages to resolve from the release's index: the plugin, the core, and their requirements."""
        core = [self._core.name] if self._core is not None and self._core.is_ours else []
        return list(dict.fromkeys((*(each.name for each in self._plan.closure([plugin.name, *core])), *core)))

    def _project(self, requirements: Sequence[str], ours: Sequence[str], python: str | None) -> str:
        import tomlkit

        document = {
            "project": {
                "name": "commonhold-verifies-this",
                "version": "0",
                # uv applies `sources` only to direct requirements, so every package of the release is listed.
                "dependencies": [*requirements],
                **({"requires-python": f">={python}"} if python else {}),
            },
            "tool": {
                "uv": {
                    "index": [{"name": "release", "url": self._simple, "explicit": True}],
                    "sources": {name: {"index": "release"} for name in ours},
                }
            },
        }
        return tomlkit.dumps(document)
