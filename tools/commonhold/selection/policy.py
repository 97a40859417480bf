"""How strongly a plugin answers: the strongest of its reasons decides."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.selection.affected import (
    AffectedPlugin,
    CoreChanged,
    DependsOn,
    FilesChanged,
    LockChanged,
    ReadsPath,
    SharedChanged,
)

if TYPE_CHECKING:
    from commonhold.selection.affected import Reason
    from commonhold.workspace.config import Tier, TierResponse
    from commonhold.workspace.model import Plugin


def tier_response(reason: Reason, tier: Tier, *, own: bool) -> TierResponse:
    """What a tier does about a reason. ``own``: the plugin itself counts as changed.

    What is unknown is tested: a doubt is never a reason to skip.
    """
    if own or isinstance(reason, (FilesChanged, ReadsPath)):
        return "test"
    if isinstance(reason, CoreChanged):
        return tier.on_core_change
    if isinstance(reason, (DependsOn, LockChanged)):
        return tier.on_dependency_change
    if isinstance(reason, SharedChanged):
        return tier.on_shared_change
    return "test" if tier.on_shared_change == "test" else "advisory"


def classify_plugin(plugin: Plugin, reasons: list[tuple[Reason, bool]]) -> AffectedPlugin | None:
    """The plugin with those reasons that its tier answers to, or ``None`` when it answers to none.

    Each reason comes with whether it makes the plugin itself count as changed.
    """
    answers = [(reason, tier_response(reason, plugin.tier, own=own)) for reason, own in reasons]
    heard = tuple(reason for reason, answer in answers if answer != "skip")
    if not heard:
        return None
    advisory = all(answer != "test" for _, answer in answers)
    return AffectedPlugin(plugin.name, plugin.path, plugin.tier.name, advisory, heard)
