"""Generate the reference of the rules of ``commonhold check`` from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.checks.catalogue import RETIRED
from commonhold.checks.not_checked import NOT_CHECKED
from commonhold.checks.profiles import PROFILES, profiles_of
from commonhold.checks.rule_set import RuleSet
from generator import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.rule import Rule

PAGE = "reference/rules.md"

HEAD = """\
# Rules

[`commonhold check`](../how-to/check.md) applies these rules. A code never changes its meaning, and the code of a
removed rule is not used again. The first digit is the subject.

*General* rules apply to every repository. Other rules apply if a [profile](configuration.md#check-profile) or a
[severity](configuration.md#check-severity) enables them: a profile enables the rules that implement rules of its
document. A rule is skipped if a rule that it needs was violated.
"""

HUNDREDS = {
    "CH0": "Readable files",
    "CH1": "Names and layout",
    "CH2": "Metadata",
    "CH3": "People",
    "CH4": "Documents",
    "CH5": "Licence",
    "CH6": "Dependencies",
    "CH7": "Tests and CI",
    "CH8": "Repository",
}

DOCUMENTS_HEAD = """\
## The founding documents { #documents }

The founding documents contain 110 rules that can be checked in some way. The profiles divide their numbers:
RANGES. This table shows the rules of this page that implement each number.

| number | profile | rules |
|:--|:--|:--|"""

NOT_CHECKED_HEAD = """
## Not checked { #not-checked }

These numbers could be read from files, but no rule checks them:

| number | subject | reason |
|:--|:--|:--|"""


def make() -> dict[str, str]:
    """Generate the page."""
    return {PAGE: "\n".join(_lines(RuleSet())) + "\n"}


def _lines(rules: RuleSet) -> Iterator[str]:
    yield NOTE + HEAD
    for hundred, title in HUNDREDS.items():
        yield f"## {hundred}xx: {title.lower()} {{ #{hundred.lower()} }}\n"
        for code, rule in rules.by_code.items():
            if code.startswith(hundred):
                yield from _rule(rule)
    if RETIRED:
        yield "## Retired codes { #retired }\n"
        yield from (f"- <a id='{code.lower()}'></a>{code}: {reason}" for code, reason in RETIRED.items())
        yield ""
    yield from _documents(rules)


def _rule(rule: Rule[Any]) -> Iterator[str]:
    yield f"### {rule.code}: {rule.title} {{ #{rule.code.lower()} }}\n"
    profiles = profiles_of(rule.implements)
    scope = "general" if rule.general else f"profile {' or '.join(f'`{name}`' for name in profiles)}"
    facts = [rule.severity.value, scope]
    if rule.requires:
        facts.append(f"needs {', '.join(f'[{code}](#{code.lower()})' for code in rule.requires)}")
    if rule.artifact:
        facts.append("checked by `release inspect` only" if rule.violations is None else "also in `release inspect`")
    yield f"*{', '.join(facts)}*\n"
    yield f"{rule.documentation}\n"


def _documents(rules: RuleSet) -> Iterator[str]:
    checked: dict[int, list[str]] = {}
    for code, rule in rules.by_code.items():
        for number in rule.implements:
            checked.setdefault(number, []).append(f"[{code}](#{code.lower()})")
    ranges = ", ".join(f"`{name}` {document[0]} to {document[-1]}" for name, document in PROFILES.items())
    yield DOCUMENTS_HEAD.replace("RANGES", ranges)
    for number, codes in sorted(checked.items()):
        yield f"| {number} | {profiles_of((number,))[0]} | {', '.join(codes)} |"
    yield NOT_CHECKED_HEAD
    for number, (subject, reason) in NOT_CHECKED.items():
        yield f"| {number} | {subject} | {reason} |"
