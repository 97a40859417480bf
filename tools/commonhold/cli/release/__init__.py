"""``commonhold release``: one module for each command."""

from __future__ import annotations

from importlib.util import find_spec

import click

from commonhold.cli.lazy_group import LazyGroup
from commonhold.errors import ToolError
from commonhold.index.uv import HOW_TO_INSTALL

PHASES: dict[str, str] = {
    "plan": "Decide which plugins to release, at which versions and in which order.",
    "stage": "Show the files that would be built, with each plugin's new version and pins.",
    "build": "Build planned artifacts that are missing.",
    "gather": "Merge the results of several machines into one store.",
    "inspect": "Find artifacts that the index would reject or that cannot be installed.",
    "publish": "Upload everything that passed inspection.",
    "verify": "Check the uploaded files on the index, and resolve each plugin from there.",
    "resume": "Publish and verify the rest of a release.",
    "notes": "Write the release notes and other documents; create and push tags.",
    "status": "Show the state of each plugin, and the command to run next.",
    "abort": "Abort a release, and prevent further uploads.",
    "run": "Run every phase of a release, or resume an earlier run.",
    "jobs": "Divide a plan into jobs for GitHub Actions.",
}
"""The commands with their help, in the order of a release.

Each command is the ``command`` of a module in this package.
"""

_NEEDED = ("build", "pypi_simple", "tomlkit", "twine")


@click.group(cls=LazyGroup, package="commonhold.cli.release", texts=PHASES, heading="Phases")
def command() -> None:
    """Release every plugin with a release of the core."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"packages that a release needs are not installed: {', '.join(missing)}",
            hint=HOW_TO_INSTALL,
        )
