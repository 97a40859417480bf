"""Define the settings of the approval gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

ACTIONS_BOT = 41898282
"""The id of ``github-actions[bot]``, the account that a workflow's own token acts as."""


class GateMode(Enum):
    """Whether the gate only reports its decision, or also posts the status that rulesets require."""

    SHADOW = "shadow"
    REQUIRED = "required"


@dataclass(frozen=True)
class Periods:
    """The periods of the table of rows."""

    bulk: timedelta = timedelta(days=7)
    """Silence after which a maintainer's side of a bulk change is met (row 10)."""

    removal: timedelta = timedelta(days=21)
    """Silence after which a person can be removed as maintainer (row 17)."""

    override: timedelta = timedelta(days=14)
    """Time ready for review after which one core maintainer can override (row 23)."""

    quiet: timedelta = timedelta(days=3)
    """Time since the last push that such an override needs (row 23)."""

    reminders: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=14))
    """Waiting times after which the people who were asked are reminded."""


@dataclass(frozen=True)
class GateSettings:
    """The settings of the approval gate, as the base configures them."""

    ordered: bool = True
    """Whether a core approval counts only after the plugin's side is met."""

    same_diff: bool = False
    """Whether an approval of an earlier commit counts if it changes the same files to the same content."""

    mode: GateMode = GateMode.SHADOW
    periods: Periods = Periods()
    bulk_plugins: int = 5
    """A change is a bulk change if it touches more plugins than this number."""

    gate_account: int = ACTIONS_BOT
    """The id of the account that posts the gate's comments and statuses."""
