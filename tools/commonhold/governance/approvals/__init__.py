"""Decide whether a pull request has the approvals that it needs, who is next, and how to say so."""

from commonhold.governance.approvals.case import Case
from commonhold.governance.approvals.comments import Outreach, people_to_ask, plan_outreach
from commonhold.governance.approvals.decision import (
    BindingSide,
    Decision,
    GateState,
    Need,
    NextStep,
    PendingReason,
    PluginSide,
)
from commonhold.governance.approvals.evaluate import decide_approvals
from commonhold.governance.approvals.gate_settings import ACTIONS_BOT, GateMode, GateSettings, Periods
from commonhold.governance.approvals.rules import ROWS, Row, table_markdown
from commonhold.governance.approvals.status import combined_status, status_text
from commonhold.governance.approvals.summary import summary_markdown

__all__ = [
    "ACTIONS_BOT",
    "ROWS",
    "BindingSide",
    "Case",
    "Decision",
    "GateMode",
    "GateSettings",
    "GateState",
    "Need",
    "NextStep",
    "Outreach",
    "PendingReason",
    "Periods",
    "PluginSide",
    "Row",
    "combined_status",
    "decide_approvals",
    "people_to_ask",
    "plan_outreach",
    "status_text",
    "summary_markdown",
    "table_markdown",
]
