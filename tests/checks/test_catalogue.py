"""The catalogue: codes are never used twice, profiles divide the rules, and every founding rule has an answer."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import commonhold.release
from commonhold.checks.catalogue import RETIRED
from commonhold.checks.check_document import finding_document
from commonhold.checks.finding import Severity, State
from commonhold.checks.not_checked import NOT_CHECKED
from commonhold.checks.profiles import PROFILES, profiles_of
from commonhold.checks.rule_set import RuleSet
from commonhold.cli.__main__ import main
from commonhold.release.inspect.compare_tree import LOST_RULE
from commonhold.release.inspect.verdict import rule_finding
from commonhold.release.model.plan import ArtifactFinding

if TYPE_CHECKING:
    from commonhold.checks.rule import Rule

RULES = RuleSet()
EVERY_RULE: list[Rule[Any]] = [*RULES.plugin, *RULES.repository, *RULES.artifact, *RULES.online, *RULES.records]

# The numbers of the founding rules that a tree can show, of the 110 that can be checked in some way.
SHOWN_IN_A_TREE = {
    *(1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 16, 19),
    *(20, 22, 25, 30, 31),
    *range(35, 44),
    *(45, 46, 47, 48),
    *range(50, 57),
    *range(61, 72),
    *range(72, 85),
    *(87, 88, 89, 90, 91, 93, 94),
    *range(95, 106),
    *(107, 108, 109, 110),
}


def test_codes_are_unique_and_never_used_again() -> None:
    codes = [rule.code for rule in EVERY_RULE]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"CH[0-8][0-9]{2}", code) for code in (*codes, *RETIRED))
    assert not {*codes} & {*RETIRED}


def test_requirements_are_rules_of_the_same_subject() -> None:
    for rules in (RULES.plugin, RULES.repository):
        codes = {rule.code for rule in rules}
        assert [rule.code for rule in rules if not {*rule.requires} <= codes] == []


def test_each_rule_is_documented_with_its_reason_and_a_fix() -> None:
    for rule in EVERY_RULE:
        assert re.fullmatch(r"[A-Z_].{5,75}[^.]", rule.title), rule.code
        assert len(rule.documentation) > 50, rule.code
        if rule.violations is not None:
            assert "**To fix it**" in rule.documentation, rule.code


def test_each_finding_of_inspect_has_the_code_of_a_rule() -> None:
    names = {LOST_RULE} | {
        str(ast.literal_eval(node.args[0]))
        for file in Path(commonhold.release.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RawFinding"
        if isinstance(node.args[0], ast.Constant)
    }
    assert names == {name for rule in EVERY_RULE for name in rule.artifact}
    assert len(names) == sum(len(rule.artifact) for rule in EVERY_RULE)


def test_a_finding_of_inspect_is_a_finding_of_its_rule() -> None:
    found = rule_finding("Acme", "official", ArtifactFinding("tree", "it contains x.py"))
    assert finding_document(found) == {
        "code": "CH186",
        "plugin": "acme",
        "tier": "official",
        "severity": "error",
        "state": "fail",
        "because": None,
        "message": "it contains x.py",
        "path": None,
        "line": None,
        "fix": None,
        "fingerprint": found.fingerprint,
    }
    known = rule_finding("acme", None, ArtifactFinding("lost", "it lacks x.py", known=True))
    assert (known.code, known.state, known.because) == (
        "CH187",
        State.BASELINED,
        "the previous release had this defect too",
    )


def test_the_profiles_divide_the_110_rules() -> None:
    assert [number for document in PROFILES.values() for number in document] == [*range(1, 111)]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_enables_exactly_the_rules_of_its_document(profile: str) -> None:
    enabled = {rule.code for rule in EVERY_RULE if rule.usual_severity((profile,)) is not Severity.OFF}
    general = {rule.code for rule in EVERY_RULE if rule.general}
    own = {rule.code for rule in EVERY_RULE if profile in profiles_of(rule.implements)}
    assert enabled == general | own
    # Only a setting enables this rule, because not every build backend accepts the keys.
    assert {rule.code for rule in EVERY_RULE if not rule.general and not rule.implements} == {"CH109"}


def test_every_founding_rule_that_a_tree_can_show_is_checked_or_has_a_reason() -> None:
    checked = {number for rule in EVERY_RULE for number in rule.implements}
    assert SHOWN_IN_A_TREE - checked == {*NOT_CHECKED}


def test_explain_prints_a_rule_and_names_similar_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "ch101"]) == 0
    assert capsys.readouterr().out.startswith("CH101: The distribution's name matches the tier's pattern\n")
    assert main(["check", "--explain", "CH1019"]) == 2
    assert "no rule has the code CH1019 (did you mean 'CH109'?)" in capsys.readouterr().err


def test_explain_says_why_a_code_is_retired(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RETIRED, "CH199", "CH101 checks the same")
    assert main(["check", "--explain", "CH199"]) == 0
    assert capsys.readouterr().out == "CH199 is retired: CH101 checks the same\n"
