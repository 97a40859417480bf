"""Evaluate a pull request: read it, read who owns its paths at its base and at its head, and decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.governance.approvals.commit_diffs import is_exact_revert, read_diffs
from commonhold.governance.approvals.evaluate import decide_approvals
from commonhold.governance.approvals.facts import Unread
from commonhold.governance.approvals.gate_config import read_gate_settings
from commonhold.governance.approvals.gate_settings import GateSettings
from commonhold.governance.approvals.overrides import OVERRIDE
from commonhold.governance.approvals.post import status_context
from commonhold.governance.approvals.read import PullReader
from commonhold.governance.approvals.readings import paths_to_read, touched_paths
from commonhold.ownership import Ownership
from commonhold.workspace import read_config
from commonhold.workspace.config import Config

if TYPE_CHECKING:
    from datetime import datetime

    from commonhold.github import GitHub
    from commonhold.governance.approvals.decision import Decision


def pull_reader(github: GitHub) -> PullReader:
    """Return a reader of pull requests that knows the names of the gate's statuses."""
    return PullReader(github, status_context)


def evaluate_pull_request(reader: PullReader, number: int, now: datetime) -> Decision:
    """Read and decide about a pull request. Raises ``UsageError`` if it does not exist, or ``ToolError``."""
    read = reader.read(number)
    pull = read.facts
    try:
        config = read_config(read.base)
        settings = read_gate_settings(config)
    except ConfigurationError as error:
        # Nobody can be asked before the base is repaired.
        config, settings = Config(), GateSettings()
        unread = Unread("the configuration at base", error.message.partition("\n")[0])
        pull = replace(pull, unread=(*pull.unread, unread))
    if settings.same_diff:
        pull = replace(pull, diffs=read_diffs(reader.github, pull, read.start, read.head))
    if any(each.body.startswith(OVERRIDE) for each in pull.comments):
        pull = replace(pull, exact_revert=is_exact_revert(reader.github, pull, read.start, read.head))
    # The head is read by the rules of the base, so that a pull request cannot change who owns its paths.
    head = Ownership.read(read.head, config, touched_paths(pull))
    base = Ownership.read(read.base, config, paths_to_read(pull, head))
    return decide_approvals(pull, base, head, settings, now)
