"""Rules CH1xx: names and layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import Violation
from commonhold.checks.rule import plugin_rule
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin


@plugin_rule("CH101", "The distribution's name matches the tier's pattern", implements=(2,))
def distribution_name(checked: CheckedPlugin) -> Iterator[Violation]:
    """The name of the distribution matches the tier's `distribution` pattern.

    Users see from the name who maintains a plugin: for example, `flytekitplugins-contrib-pint` is a community plugin.

    **To fix it**, rename the distribution: `commonhold rename PLUGIN NEW-NAME`.
    """
    pattern = checked.plugin.tier.distribution
    if pattern is None:
        return
    before, _, after = pattern.partition("{name}")
    start, end = normalize(before), normalize(after)
    if not (checked.name.startswith(start) and checked.name.endswith(end) and len(checked.name) > len(start + end)):
        message = f"the distribution is named {checked.name}, but the tier's plugins are named {pattern}"
        yield Violation(message, checked.project_file)
