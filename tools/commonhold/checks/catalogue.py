"""List every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.rules import dependencies, naming, readable

if TYPE_CHECKING:
    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.rule import Rule

PLUGIN_RULES: tuple[Rule[CheckedPlugin], ...] = (
    readable.readable_project_files,
    naming.distribution_name,
    dependencies.extends_host,
    dependencies.newest_core_releases,
    dependencies.lockstep_requirements,
    dependencies.declared_imports,
    dependencies.used_dependencies,
    dependencies.matching_major,
)
"""The rules about one plugin."""

REPOSITORY_RULES: tuple[Rule[CheckedRepository], ...] = ()
"""The rules about the repository."""
