"""Find the release of a plugin that fits the target environment, for commands that only show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.model import Release


@dataclass(frozen=True)
class Fit:
    """The newest release that fits a core and a Python, or the reason why none does. ``core`` may not be installed."""

    core: str | None
    python: str
    release: Release | None = None
    refusal: str | None = None

    def problems(self, entry: CatalogEntry, release: Release) -> list[str]:
        """Return why a release does not fit; the list is empty if it fits, or if no core is installed."""
        from commonhold_plugins.choose import release_problems

        return release_problems(entry, release, self.core, self.python) if self.core else []


def find_fit(invocation: Invocation, entry: CatalogEntry) -> Fit:
    """Find the newest release that fits the core and the Python of the target environment."""
    from commonhold_plugins.choose import choose_release
    from commonhold_plugins.errors import MissingCoreError, RefusedError

    python = invocation.python_version()
    try:
        core = invocation.core_version()
    except MissingCoreError as error:
        return Fit(None, python, refusal=error.message)
    try:
        return Fit(core, python, choose_release(entry, core, python))
    except RefusedError as error:
        return Fit(core, python, refusal=error.message)
