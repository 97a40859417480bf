"""Whether what the index serves resolves for somebody who has nothing yet."""

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

MOST = 600
"""As many characters of why it does not resolve are told."""

RESOLUTION = 300.0
"""Seconds that one resolution may take."""


class ResolutionCheck:
    """Resolves with uv: what belongs to the release from its index, all else from ``others``, or where uv looks.

    Nothing that was cached before is used, and of what belongs to the release nothing at all.
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
        """Remove what was cached."""
        self._cache.cleanup()

    def complaint(self, plugin: PlannedDistribution, python: str | None) -> str:
        with tempfile.TemporaryDirectory(prefix="commonhold-verify-") as folder:
            path = os.path.join(folder, "pyproject.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self._project(plugin, python))
            said = io.BytesIO()
            command = Command(tuple(self._words(path, python)), self._environ, folder, timeout=RESOLUTION)
            code = stream(command, [said])
        if code == 0:
            return ""
        place = f" on Python {python}" if python else ""
        if code is None:
            return f"it does not resolve{place} within {RESOLUTION:.0f} s"
        reason = uv_reason(said.getvalue().decode("utf-8", "replace").replace(folder, ""))
        return f"it does not resolve{place}: {reason[:MOST]}"

    def _words(self, path: str, python: str | None) -> list[str]:
        # Resolving for another Python does not take that Python.
        words = [self._program, "pip", "compile", path, "--python", sys.executable, "--no-python-downloads"]
        words += ["--quiet", "--no-header", "--cache-dir", self._cache.name, *self._others]
        for planned in self._plan.plugins:
            words += ["--refresh-package", planned.name]
        return [*words, "--python-version", python] if python else words

    def _project(self, plugin: PlannedDistribution, python: str | None) -> str:
        import tomlkit

        # uv takes sources only for what is named itself.
        ours = [planned.name for planned in self._plan.closure([plugin.name])]
        wanted = [f"{plugin.name}=={plugin.version}", *ours[1:]]
        core = self._plan.core
        if core is not None and core not in ours:
            wanted.append(f"{core}=={self._plan.version}")
        document = {
            "project": {
                "name": "commonhold-verifies-this",
                "version": "0",
                "dependencies": wanted,
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
