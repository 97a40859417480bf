"""``commonhold governance``: one module for each command."""

from __future__ import annotations

import click

from commonhold.cli.lazy_group import LazyGroup

GOVERNANCE_COMMANDS = {
    "doctor": "Compare the repository's settings on GitHub with those that the gate needs.",
    "late": "Ask the maintainers of plugins that are not ready for the coming core.",
}


@click.group(
    cls=LazyGroup,
    package="commonhold.cli.governance",
    modules={"doctor": "gate_doctor"},
    texts=GOVERNANCE_COMMANDS,
    heading="Commands",
)
def command() -> None:
    """Govern the repository: its settings, people and plugins."""
