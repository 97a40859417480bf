"""Compute values of plugins and repositories once, because several rules use the same values."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def once(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return a function that stores its result on its argument, so that the result lives as long as the argument."""
    key = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def remembered(subject: Any) -> T:
        known = vars(subject)
        if key not in known:
            known[key] = function(subject)
        result: T = known[key]
        return result

    return remembered
