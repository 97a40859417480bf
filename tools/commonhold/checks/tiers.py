"""Tell the official tier from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.checks.context import CheckedRepository
    from commonhold.workspace.config import Tier

OFFICIAL = "official"
"""The name of the tier that the core team maintains, by convention."""


def official_tier(repository: CheckedRepository) -> Tier | None:
    """Return the tier named ``official``, or ``None`` if the repository does not distinguish official plugins."""
    return repository.workspace.config.tiers.get(OFFICIAL)


def unofficial_tiers(repository: CheckedRepository) -> tuple[Tier, ...]:
    """Return the tiers that are not official; none if the repository does not distinguish official plugins."""
    tiers = repository.workspace.config.tiers
    return tuple(tier for name, tier in tiers.items() if name != OFFICIAL) if OFFICIAL in tiers else ()
