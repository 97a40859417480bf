"""Rules about projects on the package index, which only ``--online`` applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import Violation
from commonhold.checks.rule import plugin_rule
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin


@plugin_rule("CH390", "The project on the index belongs to the repository", implements=(2,))
def index_owner(checked: CheckedPlugin) -> Iterator[Violation]:
    """If the package index has a project with the plugin's name, one of the configured owners owns it.

    Otherwise, the plugin cannot be released, and users who install it get another person's code. The owners are
    `release.owners` in `[tool.commonhold]`; without them, the rule is not applied. The rule needs `check --online`, and
    is skipped without it.

    **To fix it**, ask the owner of the project to add one of your owners, or rename the plugin.
    """
    project = (checked.repository.index_projects or {}).get(checked.name)
    if project is not None and project.exists and not project.ours:
        owners = ", ".join(sorted(project.owners or ()))
        text = f"the project {checked.name} on the index belongs to {printable(owners)}"
        yield Violation(text, checked.project_file)
