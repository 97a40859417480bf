"""Divide a release into build shards for different machines, each with plugins of one tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import UsageError

if TYPE_CHECKING:
    from commonhold.release.model.plan import ReleasePlan


def divide(plan: ReleasePlan, count: int) -> tuple[tuple[str, ...], ...]:
    """Divide plugins into shards of similar size and return their names; the result depends only on the plan.

    The shards of tiers whose failure stops the release come first. Raises ``UsageError`` if there are several shards
    but fewer shards than tiers. A single shard contains every tier.
    """
    if count == 1:
        return (tuple(planned.name for planned in plan.released),)
    # Builds run plugin code, so a community plugin must not be built on the same machine as an official plugin.
    tiers: dict[str, list[str]] = {}
    for planned in sorted(plan.released, key=lambda planned: not planned.stops):
        tiers.setdefault(planned.tier, []).append(planned.name)
    if count < len(tiers):
        raise UsageError(
            f"{count} shards are too few for the tiers {', '.join(tiers)}, which are built separately",
            hint=f"Use at least {len(tiers)} shards.",
        )
    shares = dict.fromkeys(tiers, 1)
    for _ in range(count - len(tiers)):
        # Each additional shard is assigned to the tier with the most plugins per shard.
        fullest = max(tiers, key=lambda tier: len(tiers[tier]) / shares[tier]) if tiers else ""
        if not fullest:
            break
        shares[fullest] += 1
    shards = [tuple(names[start :: shares[tier]]) for tier, names in tiers.items() for start in range(shares[tier])]
    return (*shards, *[()] * (count - len(shards)))
