"""Return values that rules need; a rule is skipped, instead of passed, if a value is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from commonhold.checks.finding import RuleSkippedError
from commonhold.projects.published import ValueState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.checks.context import CheckedPlugin
    from commonhold.projects.published import Published

T = TypeVar("T")


def known(published: Published[T]) -> T | None:
    """Return a published value, or ``None`` if it is missing. Raises ``RuleSkippedError`` if it is unknown."""
    if published.state in (ValueState.COMPUTED, ValueState.INVALID):
        raise RuleSkippedError(published.message)
    return published.value


def known_wheel(checked: CheckedPlugin) -> Mapping[str, str]:
    """Return the files of the plugin's wheel. Raises ``RuleSkippedError`` if the build settings do not show them."""
    if not checked.wheel_files:
        raise RuleSkippedError("the build settings do not show the files of the wheel")
    return checked.wheel_files
