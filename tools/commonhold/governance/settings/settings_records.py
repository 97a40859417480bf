"""Describe GitHub's records of settings: the fields that are examined, with their types.

Other fields are ignored. What GitHub leaves out has a default that is never taken for a right setting. Source: GitHub's
OpenAPI description (``full-repository``, ``short-branch``, ``repository-rule-detailed``, ``repository-ruleset``,
``branch-protection``, ``interaction-limit-response``, ``collaborator``, ``environment``, ``actions-...``).
"""

from __future__ import annotations

import msgspec

from commonhold.governance.approvals.records import UserRecord


class RepositoryPermissions(msgspec.Struct, frozen=True):
    """What an account may do in a repository."""

    admin: bool
    push: bool
    maintain: bool = False

    @property
    def writes(self) -> bool:
        """Whether the account has write access."""
        return self.admin or self.maintain or self.push


class FullRepositoryRecord(msgspec.Struct, frozen=True):
    """The repository (``full-repository``)."""

    full_name: str
    default_branch: str
    permissions: RepositoryPermissions | None = None
    allow_auto_merge: bool | None = None


class ShortBranchRecord(msgspec.Struct, frozen=True):
    """A branch in a list (``short-branch``)."""

    name: str
    protected: bool


class RequiredCheckRecord(msgspec.Struct, frozen=True):
    """A required status; without ``integration_id``, every account with write access can post it."""

    context: str
    integration_id: int | None = None


class ReviewingTeamRecord(msgspec.Struct, frozen=True):
    """A team by its id; ``type`` is ``Team``."""

    id: int
    type: str


class RequiredReviewerRecord(msgspec.Struct, frozen=True):
    """A team that must approve changes to files."""

    file_patterns: list[str]
    minimum_approvals: int
    reviewer: ReviewingTeamRecord


class RuleParametersRecord(msgspec.Struct, frozen=True):
    """The parameters of the rules ``required_status_checks`` and ``pull_request``."""

    required_status_checks: list[RequiredCheckRecord] = []
    required_approving_review_count: int = 0
    require_code_owner_review: bool = False
    required_reviewers: list[RequiredReviewerRecord] = []


class RuleRecord(msgspec.Struct, frozen=True):
    """A rule that applies to a branch, with its ruleset (``repository-rule-detailed``)."""

    type: str
    parameters: RuleParametersRecord = RuleParametersRecord()
    ruleset_id: int | None = None


class BypassActorRecord(msgspec.Struct, frozen=True):
    """Somebody to whom a ruleset does not apply."""

    actor_type: str
    actor_id: int | None = None
    bypass_mode: str = "always"


class RulesetRecord(msgspec.Struct, frozen=True):
    """A ruleset. GitHub shows ``bypass_actors`` only to those who may change it (``repository-ruleset``)."""

    id: int
    name: str
    source: str
    source_type: str = "Repository"
    bypass_actors: list[BypassActorRecord] | None = None


class EnabledRecord(msgspec.Struct, frozen=True):
    """A switch."""

    enabled: bool = False


class ProtectedCheckRecord(msgspec.Struct, frozen=True):
    """A required status of a protected branch."""

    context: str
    app_id: int | None


class ProtectedChecksRecord(msgspec.Struct, frozen=True):
    """The required statuses of a protected branch."""

    checks: list[ProtectedCheckRecord]


class TeamRecord(msgspec.Struct, frozen=True):
    """A team (``team``). A custom role can have another name as ``permission``."""

    id: int
    slug: str
    permission: str
    permissions: RepositoryPermissions | None = None

    @property
    def writes(self) -> bool:
        """Whether the team has write access, or may have it."""
        return self.permissions.writes if self.permissions else self.permission not in ("pull", "triage")


class AppRecord(msgspec.Struct, frozen=True):
    """A GitHub App."""

    slug: str = "without a name"


class ActorsRecord(msgspec.Struct, frozen=True):
    """The accounts, teams and apps that a setting of a protected branch names (``branch-restriction-policy``)."""

    users: list[UserRecord] = []
    teams: list[TeamRecord] = []
    apps: list[AppRecord] = []


class ProtectedReviewsRecord(msgspec.Struct, frozen=True):
    """The reviews that a protected branch requires, and who may push without any."""

    require_code_owner_reviews: bool
    required_approving_review_count: int = 0
    bypass_pull_request_allowances: ActorsRecord = ActorsRecord()


class ProtectionRecord(msgspec.Struct, frozen=True):
    """The protection of a branch, which is older than rulesets (``branch-protection``)."""

    required_status_checks: ProtectedChecksRecord | None = None
    required_pull_request_reviews: ProtectedReviewsRecord | None = None
    restrictions: ActorsRecord | None = None
    enforce_admins: EnabledRecord = EnabledRecord()
    allow_force_pushes: EnabledRecord = EnabledRecord(enabled=True)
    allow_deletions: EnabledRecord = EnabledRecord(enabled=True)


class LimitRecord(msgspec.Struct, frozen=True):
    """The interaction limit, or an empty object if it is off (``interaction-limit-response``)."""

    limit: str | None = None
    origin: str | None = None
    expires_at: str | None = None


class CollaboratorRecord(msgspec.Struct, frozen=True):
    """An account with access (``collaborator``)."""

    login: str
    id: int
    type: str
    permissions: RepositoryPermissions


class ReviewerAccountRecord(msgspec.Struct, frozen=True):
    """A person with a login, or a team with a slug."""

    id: int
    login: str | None = None
    slug: str | None = None


class EnvironmentReviewerRecord(msgspec.Struct, frozen=True):
    """A reviewer of an environment: ``User`` or ``Team``."""

    type: str
    reviewer: ReviewerAccountRecord


class EnvironmentRuleRecord(msgspec.Struct, frozen=True):
    """A protection rule of an environment."""

    type: str
    wait_timer: int = 0
    prevent_self_review: bool = False
    reviewers: list[EnvironmentReviewerRecord] = []


class BranchPolicyRecord(msgspec.Struct, frozen=True):
    """The branches that may deploy to an environment."""

    protected_branches: bool
    custom_branch_policies: bool


class EnvironmentRecord(msgspec.Struct, frozen=True):
    """An environment (``environment``)."""

    name: str
    protection_rules: list[EnvironmentRuleRecord] = []
    deployment_branch_policy: BranchPolicyRecord | None = None


class EnvironmentsRecord(msgspec.Struct, frozen=True):
    """The environments, at most one page."""

    total_count: int
    environments: list[EnvironmentRecord]


class ActionsRecord(msgspec.Struct, frozen=True):
    """Whether GitHub Actions is on (``actions-repository-permissions``)."""

    enabled: bool


class WorkflowPermissionsRecord(msgspec.Struct, frozen=True):
    """What a workflow's token may do (``actions-get-default-workflow-permissions``)."""

    default_workflow_permissions: str
    can_approve_pull_request_reviews: bool


class ForkApprovalRecord(msgspec.Struct, frozen=True):
    """Whose workflow runs wait for an approval (``actions-fork-pr-contributor-approval``)."""

    approval_policy: str
