"""List every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.rules import (
    dependencies,
    documents,
    guidance,
    index_owners,
    layout,
    licence,
    metadata,
    naming,
    ownership,
    people,
    python_versions,
    readable,
    records,
    repository,
    testing,
    tier_policy,
)
from commonhold.checks.rules.artifacts import ARTIFACT_RULES

if TYPE_CHECKING:
    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.rule import Rule

PLUGIN_RULES: tuple[Rule[CheckedPlugin], ...] = (
    readable.readable_project_files,
    readable.published_types,
    readable.own_settings,
    *naming.RULES,
    *layout.RULES,
    *metadata.RULES,
    *python_versions.RULES,
    *people.PLUGIN_RULES,
    *ownership.PLUGIN_RULES,
    *documents.RULES,
    *guidance.RULES,
    *licence.PLUGIN_RULES,
    *dependencies.RULES,
    *testing.PLUGIN_RULES,
    *tier_policy.PLUGIN_RULES,
)
"""The rules about one plugin."""

REPOSITORY_RULES: tuple[Rule[CheckedRepository], ...] = (
    readable.linked_projects,
    *people.REPOSITORY_RULES,
    *ownership.REPOSITORY_RULES,
    *licence.REPOSITORY_RULES,
    *dependencies.REPOSITORY_RULES,
    *testing.REPOSITORY_RULES,
    *repository.RULES,
    *tier_policy.REPOSITORY_RULES,
)
"""The rules about the repository."""

ONLINE_RULES: tuple[Rule[CheckedPlugin], ...] = (index_owners.index_owner,)
"""The rules about plugins that need the package index."""

RECORD_RULES = (
    records.VALID_WAIVER,
    records.USED_WAIVER,
    records.USED_BASELINE,
    records.SHRINKING_BASELINE,
    records.STABLE_ID,
    records.GROWING_LEDGER,
)
"""The rules about waivers, the baseline, and changes to the people and the ledger."""

RETIRED: dict[str, str] = {
    "CH188": "CH107 applies to built wheels too",
    "CH189": "CH106 applies to built wheels too",
    "CH284": "CH208 applies to built wheels too",
    "CH580": "CH505 applies to built wheels too",
}
"""The codes of removed rules, which are never used again, each with the reason and the rule that replaces it."""

__all__ = ["ARTIFACT_RULES", "ONLINE_RULES", "PLUGIN_RULES", "RECORD_RULES", "REPOSITORY_RULES", "RETIRED"]
