"""Define the profiles: each enables the rules of one founding document."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PROFILES: Mapping[str, range] = MappingProxyType(
    {
        "flyte": range(1, 20),
        "pallets": range(20, 34),
        "pytorch": range(34, 72),
        "tutor": range(72, 95),
        "arcaflow": range(95, 111),
    }
)
"""The numbers of each document's rules; ``implements`` of a rule contains such numbers."""


def profiles_of(numbers: Collection[int]) -> tuple[str, ...]:
    """Return the profiles whose documents contain at least one of these numbers.

    >>> profiles_of((7, 46))
    ('flyte', 'pytorch')
    """
    return tuple(name for name, document in PROFILES.items() if any(number in document for number in numbers))
