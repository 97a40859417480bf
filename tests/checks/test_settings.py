"""The settings of checks: every mistake is reported, tiers override the root, and plugins can only be stricter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.checks.finding import Severity
from commonhold.checks.profiles import PROFILES
from commonhold.checks.rule import Rule
from commonhold.checks.settings import PERMISSIVE, CheckSettings, RepositorySettings, read_settings
from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.workspace.config import decode_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.checks.context import CheckedPlugin

RULES: dict[str, Rule[CheckedPlugin]] = {
    rule.code: rule
    for rule in (
        Rule("CH101", "", "", None),
        Rule("CH201", "", "", None, severity=Severity.WARNING),
        Rule("CH301", "", "", None, implements=(60,), general=False),
    )
}


def settings(root: Mapping[str, Any], tier: Mapping[str, Any] | None = None) -> RepositorySettings:
    table = {"check": root, "tiers": {"official": {"path": ["plugins/*"], "check": tier or {}}}}
    return read_settings(decode_config(table, "pyproject.toml"), RULES)


def test_a_tier_overrides_the_root_key_by_key() -> None:
    read = settings(
        {"profile": "flyte", "severity": {"CH101": "off", "CH201": "error"}, "maintainers": 1, "hosts": ["Flask"]},
        {"profile": ["tutor", "pytorch"], "severity": {"CH101": "warning"}, "image": True},
    )
    severity = {"CH101": Severity.OFF, "CH201": Severity.ERROR}
    assert read.root == CheckSettings(profile=("flyte",), severity=severity, hosts=(normalize("flask"),))
    assert read.tiers["official"] == CheckSettings(
        profile=("tutor", "pytorch"),
        severity=severity | {"CH101": Severity.WARNING},
        hosts=(normalize("flask"),),
        image=True,
    )


def test_each_mistake_is_reported_once_with_its_place() -> None:
    with pytest.raises(ConfigurationError) as error:
        settings(
            {"profile": "flite", "severity": {"CH102": "error", "x": "error", "CH101": "fatal"}, "maintainer": 2},
            {"maintainers": -1, "image": "yes", "hosts": ["a/b"], "licences": "MIT", "profile": [3]},
        )
    profiles = "'flyte', 'pallets', 'pytorch', 'tutor', 'arcaflow'"
    tier = "tool.commonhold.tiers.official.check"
    assert error.value.message.splitlines() == [
        "the settings of checks contain errors:",
        f"  tool.commonhold.check.profile: expected one of {profiles}, got 'flite' (did you mean 'flyte'?)",
        "  tool.commonhold.check.severity.CH102: no rule has this code (did you mean 'CH101'?)",
        "  tool.commonhold.check.severity.x: is not a rule's code, such as CH101",
        "  tool.commonhold.check.severity.CH101: expected one of 'error', 'warning', 'off', got 'fatal'",
        "  tool.commonhold.check.maintainer: unknown key (did you mean 'maintainers'?)",
        f"  {tier}.maintainers: expected a number from 0 to 100",
        f"  {tier}.image: expected true or false, got a string",
        f"  {tier}.hosts[0]: 'a/b' is not a distribution name",
        f'  {tier}.licences: expected an array, got a string: write ["MIT"]',
        f"  {tier}.profile[0]: expected one of {profiles}, got 3",
    ]


def test_a_plugin_can_be_stricter_and_is_told_where_it_is_weaker() -> None:
    read = settings(
        {"profile": "flyte", "severity": {"CH301": "warning"}, "maintainers": 2, "image": True, "licences": ["MIT"]}
    )
    own = {"severity": {"CH101": "off", "CH201": "error", "CH301": "error"}, "maintainers": 1, "image": False}
    found, problems = read.for_plugin("official", {"check": {**own, "licences": ["GPL-3.0"], "profile": ["pytorch"]}})
    assert found == CheckSettings(
        profile=("flyte", "pytorch"),
        severity={"CH101": Severity.ERROR, "CH201": Severity.ERROR, "CH301": Severity.ERROR},
        image=True,
        licences=("MIT",),
        maintainers=2,
    )
    assert problems == (
        "tool.commonhold.check.severity: CH101 must not be 'off', which is weaker than 'error'",
        "tool.commonhold.check.maintainers: must be at least 2, as for the tier",
        "tool.commonhold.check.image: must be true, as for the tier",
        "tool.commonhold.check.licences: must not contain 'GPL-3.0', because the tier's does not",
    )


SEVERITIES = st.dictionaries(st.sampled_from(sorted(RULES)), st.sampled_from([each.value for each in Severity]))
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.lists(st.sampled_from(sorted(PROFILES)), max_size=3),
        "severity": SEVERITIES,
        "hosts": st.lists(st.sampled_from(["flask", "jinja2", "click"]), unique=True),
        "image": st.booleans(),
        "licences": st.lists(st.sampled_from(["MIT", "Apache-2.0", "GPL-3.0-only"]), unique=True),
        "maintainers": st.integers(0, 5),
    },
)


def permitted(settings: CheckSettings) -> set[str]:
    """The licences that a plugin may have; without a setting, those of the rule's own list."""
    return set(settings.licences or PERMISSIVE)


@given(root=TABLES, tier=TABLES, own=st.one_of(TABLES, st.just({"profile": 3, "severity": []}), st.just(3)))
def test_no_table_of_a_plugin_makes_a_check_weaker(root: dict[str, Any], tier: dict[str, Any], own: Any) -> None:
    read = settings(root, tier)
    ours, (mine, _) = read.tiers["official"], read.for_plugin("official", {"check": own})
    assert set(ours.profile) <= set(mine.profile)
    assert mine.image >= ours.image
    assert mine.maintainers >= ours.maintainers
    assert set(mine.hosts) <= set(ours.hosts)  # no host means the core
    assert permitted(mine) <= permitted(ours)
    for rule in RULES.values():
        assert mine.severity_of(rule).rank >= ours.severity_of(rule).rank
