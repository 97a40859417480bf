"""A few small rules, and a repository that violates them, for tests of everything except the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.catalogue import RECORD_RULES
from commonhold.checks.finding import Fix, Severity, Violation
from commonhold.checks.rule import artifact_rule, plugin_rule, repository_rule
from commonhold.checks.rule_set import RuleSet
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonhold.checks.context import CheckedPlugin, CheckedRepository

BASELINE = "governance/check-baseline.toml"
NOTES = "community/todo/notes.txt"
WAIVERS = "governance/waivers.toml"


@plugin_rule("ACME001", "The plugin is not broken", requires=())
def not_broken(checked: CheckedPlugin) -> Iterator[Violation]:
    """There is no file `broken`."""
    if "broken" in checked.paths:
        yield Violation("the plugin is broken", checked.path("broken"))


@plugin_rule("ACME101", "There is a readme", requires=("ACME001",), implements=(52,))
def has_readme(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin has a readme.

    **To fix it**, write
    a readme.
    """
    if "README.md" not in checked.paths:
        path = checked.path("README.md")
        fix = Fix(lambda changes: changes.write(path, f"# {checked.name}\n".encode()), safe=True)
        yield Violation("there is no README.md", checked.project_file, fix=fix)


@plugin_rule("ACME102", "Nothing is left to do", requires=("ACME101",), severity=Severity.WARNING)
def nothing_to_do(checked: CheckedPlugin) -> Iterator[Violation]:
    """`notes.txt` is empty."""
    for number, line in enumerate((checked.text("notes.txt") or "").splitlines(), 1):
        fix = Fix(lambda changes: changes.delete(checked.path("notes.txt")))
        yield Violation(f"to do: {line}", checked.path("notes.txt"), number, line, fix)


@plugin_rule("ACME301", "Only Tutor asks for this", implements=(80,), general=False)
def only_tutor(checked: CheckedPlugin) -> Iterator[Violation]:
    """No plugin of the tier `official` follows this rule."""
    if checked.plugin.tier.name == "official":
        yield Violation("it is not for Tutor", checked.project_file)


@repository_rule("ACME801", "There is a guide")
def has_guide(repository: CheckedRepository) -> Iterator[Violation]:
    """The repository has a guide."""
    if repository.text("CONTRIBUTING.md") is None:
        yield Violation("there is no CONTRIBUTING.md", "CONTRIBUTING.md")


RULES = RuleSet(
    plugin=(nothing_to_do, only_tutor, has_readme, not_broken),
    repository=(has_guide,),
    artifact=(artifact_rule("ACME180", "Wheels are good", "Only wheels show it.", "archive"),),
    online=(),
    records=RECORD_RULES,
    sources=("small rules 1",),
)


def mixed_repository(root: Path) -> Monorepo:
    """A plugin without violations, a broken one, and one with two warnings; two more without a readme."""
    return Monorepo.of(
        root,
        plugin("official/good") | {"official/good/README.md": "# good\n"},
        plugin("official/bad") | {"official/bad/broken": ""},
        plugin("community/todo") | {"community/todo/README.md": "", "community/todo/notes.txt": "one\ntwo\n"},
    )
