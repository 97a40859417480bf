"""``commonhold catalog``: one module for each command."""

from __future__ import annotations

import click

from commonhold.cli.lazy_group import LazyGroup

CATALOG_COMMANDS = {
    "build": "Add the plugins of a release to the plugin index.",
    "nightly": "List the plugins of the current commit for users of a nightly core.",
    "status": "Update the status of the plugins in the plugin index.",
    "validate": "Check a plugin index: documents, hashes and licences.",
    "diff": "Compare two versions of a plugin index, and reject changes that it must not make.",
    "site": "Make the web pages of a plugin index.",
    "mirror": "Copy a plugin index with its files, for machines without access to other hosts.",
    "late": "List the plugins that are not ready for the coming release of the core.",
}


@click.group(
    cls=LazyGroup,
    package="commonhold.cli.catalog",
    modules={"status": "plugin_status"},
    texts=CATALOG_COMMANDS,
    heading="Commands",
)
def command() -> None:
    """Make the plugin index, and the web pages that are generated from it."""
