"""How strongly a plugin answers: the strongest of its reasons decides."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.selection.affected import (
    AffectedPlugin,
    Changed,
    Core,
    DependsOn,
    Lock,
    Reads,
    Shared,
)

if TYPE_CHECKING:
    from commonhold.selection.affected import Reason
    from commonhold.workspace.config import Answer, Tier
    from commonhold.workspace.model import Plugin


def answer_to(reason: Reason, tier: Tier, *, own: bool) -> Answer:
    """What a tier does about a reason. ``own``: the plugin itself counts as changed.

    What is unknown is tested: a doubt is never a reason to skip.
    """
    if own or isinstance(reason, (Changed, Reads)):
        return "test"
    if isinstance(reason, Core):
        return tier.on_core_change
    if isinstance(reason, (DependsOn, Lock)):
        return tier.on_dependency_change
    if isinstance(reason, Shared):
        return tier.on_shared_change
    return "test" if tier.on_shared_change == "test" else "advisory"


def judge(plugin: Plugin, reasons: list[tuple[Reason, bool]]) -> AffectedPlugin | None:
    """The plugin with those reasons that its tier answers to, or ``None`` when it answers to none.

    Each reason comes with whether it makes the plugin itself count as changed.
    """
    answers = [(reason, answer_to(reason, plugin.tier, own=own)) for reason, own in reasons]
    heard = tuple(reason for reason, answer in answers if answer != "skip")
    if not heard:
        return None
    advisory = all(answer != "test" for _, answer in answers)
    return AffectedPlugin(plugin.name, plugin.path, plugin.tier.name, advisory, heard)
