"""Evaluate a pull request: read it, read who owns its paths at its base and at its head, and decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.governance.approvals.commit_diffs import is_exact_revert, read_diffs
from commonhold.governance.approvals.evaluate import decide_approvals
from commonhold.governance.approvals.gate_config import read_gate_settings
from commonhold.governance.approvals.gate_settings import GateSettings
from commonhold.governance.approvals.last_push import last_push
from commonhold.governance.approvals.overrides import may_override
from commonhold.governance.approvals.post import read_statuses, status_context
from commonhold.governance.approvals.readings import paths_to_read, touched_paths
from commonhold.ownership import GovernanceProblem, Ownership
from commonhold.workspace import read_config
from commonhold.workspace.config import Config
from commonhold.workspace.config.locate import rules_files

if TYPE_CHECKING:
    from datetime import datetime

    from commonhold.governance.approvals.decision import Decision
    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.governance.approvals.read import PullReader, ReadPullRequest


def evaluate_pull_request(reader: PullReader, number: int, now: datetime) -> Decision:
    """Read and decide about a pull request. Raises ``UsageError`` if it does not exist, or ``ToolError``."""
    read = reader.read(number)
    pull = read.facts
    problems: tuple[GovernanceProblem, ...] = ()
    try:
        config = read_config(read.base)
        settings = read_gate_settings(config)
    except ConfigurationError as error:
        # Nobody can be asked before the base is repaired.
        config, settings = Config(), GateSettings()
        problems = (GovernanceProblem(rules_files(config.folder)[0], " ".join(error.message.split())),)
    if settings.same_diff:
        pull = replace(pull, diffs=read_diffs(reader, pull, read.start, read.head))
    # The head is read by the rules of the base, so that a pull request cannot change who owns its paths.
    head = Ownership.read(read.head, config, touched_paths(pull))
    base = Ownership.read(read.base, config, paths_to_read(pull, head))
    base = replace(base, problems=(*problems, *base.problems))
    if may_override(pull.comments, base.core((pull.merged_at or now).date())):
        pull = _with_reasons(reader, read, pull, settings)
    return decide_approvals(pull, base, head, settings, now)


def _with_reasons(reader: PullReader, read: ReadPullRequest, pull: PullRequest, settings: GateSettings) -> PullRequest:
    """Read the facts for which one core maintainer can override alone; only then are they read."""
    statuses = read_statuses(reader.github, pull.head_sha)
    return replace(
        pull,
        exact_revert=is_exact_revert(reader.github, pull, read.start, read.head),
        last_push=last_push(pull, statuses, status_context(pull.base_ref), settings.gate_account),
    )
