"""Resolve released plugins with uv, as in a new environment without a cache."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import stream
from commonhold.index.uv import index_arguments, uv_reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan

MAX_REASON = 600
"""Maximum length of the reason for a failed resolution."""

RESOLVE_SECONDS = 300.0
"""Time limit for one resolution."""


class ResolutionCheck:
    """A resolver that uses uv.

    Plugins of the release are resolved from the release's index, other packages from ``others`` or uv's default index.
    The resolver has its own cache, and refreshes the plugins of the release each time, because they may be new on the
    index.
    """

    def __init__(
        self, program: str, plan: ReleasePlan, simple: str, environ: Mapping[str, str], others: Sequence[str] = ()
    ) -> None:
        self._program = program
        self._plan = plan
        self._simple = simple
        self._environ = environ
        self._others = index_arguments(others)
        self._cache = tempfile.TemporaryDirectory(prefix="commonhold-verify-")

    def close(self) -> None:
        """Remove the cache."""
        self._cache.cleanup()

    def error(self, plugin: PlannedDistribution, python: str | None) -> str:
        with tempfile.TemporaryDirectory(prefix="commonhold-verify-") as folder:
            path = os.path.join(folder, "pyproject.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self._project(plugin, python))
            output = io.BytesIO()
            command = Command(tuple(self._arguments(path, python)), self._environ, folder, timeout=RESOLVE_SECONDS)
            code = stream(command, [output])
        if code == 0:
            return ""
        place = f" on Python {python}" if python else ""
        if code is None:
            return f"it does not resolve{place} within {RESOLVE_SECONDS:.0f} s"
        reason = uv_reason(output.getvalue().decode("utf-8", "replace").replace(folder, ""))
        return f"it does not resolve{place}: {reason[:MAX_REASON]}"

    def _arguments(self, path: str, python: str | None) -> list[str]:
        # uv can resolve for a Python that is not installed.
        arguments = [self._program, "pip", "compile", path, "--python", sys.executable, "--no-python-downloads"]
        arguments += ["--quiet", "--no-header", "--cache-dir", self._cache.name, *self._others]
        for planned in self._plan.plugins:
            arguments += ["--refresh-package", planned.name]
        return [*arguments, "--python-version", python] if python else arguments

    def _project(self, plugin: PlannedDistribution, python: str | None) -> str:
        import tomlkit

        # uv applies `sources` only to direct requirements, so every required plugin is listed.
        ours = [planned.name for planned in self._plan.closure([plugin.name])]
        requirements = [f"{plugin.name}=={plugin.version}", *ours[1:]]
        core = self._plan.core
        if core is not None and core not in ours:
            requirements.append(f"{core}=={self._plan.version}")
        document = {
            "project": {
                "name": "commonhold-verifies-this",
                "version": "0",
                "dependencies": requirements,
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
