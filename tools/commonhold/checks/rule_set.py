"""Define the set of rules that a run applies: the catalogue, and rules of other distributions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from commonhold import __version__
from commonhold.checks.catalogue import ARTIFACT_RULES, ONLINE_RULES, PLUGIN_RULES, RECORD_RULES, REPOSITORY_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.rule import Rule, S


@dataclass(frozen=True)
class RuleSet:
    """Rules by subject. ``sources`` names the distributions that the rules come from, each with its version.

    ``artifact`` rules are checked only in built artifacts, and ``online`` rules only with the package index.
    ``records`` rules are about waivers and the baseline.
    """

    plugin: tuple[Rule[CheckedPlugin], ...] = PLUGIN_RULES
    repository: tuple[Rule[CheckedRepository], ...] = REPOSITORY_RULES
    artifact: tuple[Rule[CheckedPlugin], ...] = ARTIFACT_RULES
    online: tuple[Rule[CheckedPlugin], ...] = ONLINE_RULES
    records: tuple[Rule[CheckedRepository], ...] = RECORD_RULES
    sources: tuple[str, ...] = (f"commonhold {__version__}",)

    @cached_property
    def by_code(self) -> Mapping[str, Rule[Any]]:
        """Every rule, by code."""
        rules: list[Rule[Any]] = [*self.plugin, *self.repository, *self.artifact, *self.online, *self.records]
        return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}

    @cached_property
    def ordered_plugin_rules(self) -> tuple[Rule[CheckedPlugin], ...]:
        """The rules about plugins, each after the rules that it requires."""
        return ordered_rules(self.plugin)

    @cached_property
    def ordered_with_online(self) -> tuple[Rule[CheckedPlugin], ...]:
        """The rules about plugins and those that need the package index."""
        return ordered_rules((*self.plugin, *self.online))

    @cached_property
    def ordered_repository_rules(self) -> tuple[Rule[CheckedRepository], ...]:
        """The rules about the repository, each after the rules that it requires."""
        return ordered_rules(self.repository)


@lru_cache
def artifact_code(name: str) -> str:
    """Return the code of the rule with which ``release inspect`` checks artifacts under a name; empty if unknown.

    >>> artifact_code("tree")
    'CH186'
    """
    return next((code for code, rule in RuleSet().by_code.items() if name in rule.artifact), "")


def ordered_rules(rules: Iterable[Rule[S]]) -> tuple[Rule[S], ...]:
    """Return the rules with every rule after the rules that it requires, otherwise by code."""
    by_code = {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}
    graph = {code: [other for other in rule.requires if other in by_code] for code, rule in by_code.items()}
    return tuple(by_code[code] for code in TopologicalSorter(graph).static_order())
