"""The configuration is read strictly, and every mistake is reported at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.workspace.config import Testing as Settings
from commonhold.workspace.config import closest, decode_config, decode_plugin_table
from commonhold.workspace.config.dialects import explain_refusal
from commonhold.workspace.patterns import Patterns

POLICY_MISTAKE = (
    "tool.commonhold.tiers.official.on-core-change: expected one of 'test', 'advisory', 'skip', got 'tests' "
    "(did you mean 'test'?)"
)
TIER = {"official": {"path": ["plugins/*"]}}


def mistakes(table: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        decode_config(table, "pyproject.toml")
    assert caught.value.exit_code == 2
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_every_mistake_is_reported_with_its_key_and_a_suggestion() -> None:
    found = mistakes(
        {
            "cor": {},
            "python": [3.10, "3"],
            "tiers": {"official": {"pth": ["x"], "on-core-change": "tests", "timeout": "soon"}},
            "shared": [{"path": ["a"]}, {"affects": "everybody", "path": ["b"]}],
            "plugins": {"x!": {}, "y": {"release": "no"}},
        }
    )
    assert found == [
        "tool.commonhold.cor: unknown key (did you mean 'core'?)",
        'tool.commonhold.python[0]: quote the version: "3.1" (TOML reads an unquoted 3.10 as the number 3.1)',
        "tool.commonhold.python[1]: expected a Python version such as \"3.12\", got '3'",
        "tool.commonhold.tiers.official.pth: unknown key (did you mean 'path'?)",
        POLICY_MISTAKE,
        'tool.commonhold.tiers.official.timeout: expected a duration from 1m to 6h, such as "30m" or "1h30m", got \'soon\'',
        "tool.commonhold.shared[0].affects: is required",
        'tool.commonhold.shared[1].affects: expected "all", "none", or an array of plugins and tiers',
        "tool.commonhold.plugins.\"x!\": 'x!' is not a distribution name",
        "tool.commonhold.plugins.y.release: expected true or false, got a string",
    ]


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ({"tiers": {"a": {"path": "plugins/*"}}}, 'tiers.a.path: expected an array, got a string: write ["plugins/*"]'),
        ({"tiers": {"a": {"path": [3]}}}, "tiers.a.path[0]: expected a string, got an integer"),
        ({"tiers": {"a": {"path": ["plugins/**.x"]}}}, "tiers.a.path[0]: 'plugins/**.x' has '**' next to a character"),
        ({"tiers": {"a": {"pth": ["plugins/*"]}}}, "tiers.a.pth: unknown key (did you mean 'path'?)"),
        ({"tiers": {"a": {}}}, "tiers.a.path: is required"),
        ({"tiers": {"a": "plugins/*"}}, "tiers.a: expected a table, got a string"),
        ({"tiers": {"a": ["plugins/*"]}}, "tiers.a: expected a table, got an array"),
        ({"tiers": "plugins/*"}, "tiers: expected a table, got a string"),
        ({"tiers": TIER, "core": "acme"}, "core: expected a table, got a string"),
        ({"tiers": TIER, "core": {"path": "acme"}}, 'core.path: expected an array, got a string: write ["acme"]'),
        ({"tiers": TIER, "core": {"distribution": 3}}, "core.distribution: expected a string, got an integer"),
        ({"tiers": TIER, "core": {"distribution": "a b"}}, "core.distribution: 'a b' is not a distribution name"),
        ({"tiers": TIER, "core": {"paths": ["acme"]}}, "core.paths: unknown key (did you mean 'path'?)"),
        ({"tiers": TIER, "shared": {"path": ["a"]}}, "shared: expected an array, got a table"),
        ({"tiers": TIER, "shared": ["a"]}, "shared[0]: expected a table, got a string"),
        ({"tiers": TIER, "shared": [{"path": "a", "affects": "all"}]}, "shared[0].path: expected an array, got a st"),
        ({"tiers": TIER, "shared": [{"path": ["a"], "affects": 1}]}, 'shared[0].affects: expected "all", "none", or'),
        ({"tiers": TIER, "shared": [{"path": ["a"], "affects": [1]}]}, "shared[0].affects[0]: expected a string"),
        ({"tiers": TIER, "python": "3.12"}, 'python: expected an array, got a string: write ["3.12"]'),
        ({"tiers": TIER, "release": {"tag": "v{version}"}}, 'release.tag: expected an array, got a string: write ["v{'),
        ({"tiers": TIER, "mentions": "ignore"}, "mentions: expected a table, got a string"),
        ({"tiers": TIER, "mentions": {"a/**": "test"}}, "mentions.\"a/**\": expected one of 'ignore', got 'test'"),
        ({"tiers": TIER, "mentions": {"./a": "ignore"}}, "mentions.\"./a\": './a' is not written like a path in git"),
        ({"tiers": TIER, "plugins": {"a": "x"}}, "plugins.a: expected a table, got a string"),
        ({"tiers": TIER, "plugins": {"a": {"env": {"A": 1}}}}, "plugins.a.env.A: expected a string, got an integer"),
        ({"tiers": TIER, "plugins": {"a": {"os": "ubuntu"}}}, "plugins.a.os: expected an array, got a string"),
    ],
)
def test_a_value_of_the_wrong_form_is_one_mistake(table: dict[str, Any], mistake: str) -> None:
    (found,) = mistakes(table)
    assert found.startswith(f"tool.commonhold.{mistake}")


def test_a_configuration_without_tiers_gets_an_example() -> None:
    assert mistakes({}) == [
        'tool.commonhold.tiers: no tiers are configured; add [tool.commonhold.tiers.official] with path = ["..."]'
    ]


@pytest.mark.parametrize("pattern", ["/etc", "../x", "a/../b"])
def test_a_pattern_that_leads_out_of_the_repository_is_a_mistake(pattern: str) -> None:
    assert mistakes({"tiers": TIER, "ignore": [pattern]}) == [
        f"tool.commonhold.ignore[0]: {pattern!r} points outside the repository; patterns are relative to its root"
    ]


def test_a_core_needs_a_distribution_or_a_path() -> None:
    assert mistakes({"tiers": TIER, "core": {}}) == [
        "tool.commonhold.core: needs a distribution (a core on a package index) or a path (a core in this repository)"
    ]


def test_settings_are_decoded() -> None:
    config = decode_config(
        {
            "core": {"distribution": "Flyte_Kit", "pin": ["c.txt"]},
            "tiers": {"t": {"path": ["p/*"], "timeout": "1h30m", "env": {"A": ""}, "on-core-change": "skip"}},
            "shared": [{"path": ["pyproject.toml"], "keys": ["tool.ruff"], "affects": "none"}],
        },
        "pyproject.toml",
    )
    assert config.core.distribution == "flyte-kit"
    assert config.tiers["t"].testing == Settings(timeout=90, env={"A": ""}, tests=config.tests)
    assert config.tiers["t"].on_core_change == "skip"
    assert config.shared[0].keys == (("tool", "ruff"),)
    assert config.tests == Patterns(["tests/**", "test/**", "conftest.py"])


def test_a_plugin_s_table_cannot_set_policies() -> None:
    table = {"test": ["pytest -x"], "on-core-change": "skip"}
    testing, wrong = decode_plugin_table(table, "p/pyproject.toml", normalize("p"), Patterns(()))
    assert testing == Settings(test=("pytest -x",))
    assert wrong == ("p/pyproject.toml (p): tool.commonhold.on-core-change: unknown key",)


def test_only_the_root_declares_generated_files() -> None:
    config = decode_config(
        {
            "tiers": TIER,
            "release": {"generated": ["**/_facts.py"]},
            "plugins": {"Acme_B": {"generated": ["b/*.c"]}},
        },
        "pyproject.toml",
    )
    assert config.generated_files("acme-a") == Patterns(["**/_facts.py"])
    assert config.generated_files("acme-b") == Patterns(["**/_facts.py", "b/*.c"])
    wrong = decode_plugin_table({"generated": ["**"]}, "p/pyproject.toml", normalize("p"), Patterns(()))[1]
    assert wrong == ("p/pyproject.toml (p): tool.commonhold.generated: unknown key",)


def test_settings_are_completed_and_environments_merged() -> None:
    strong = Settings(test=("a",), env={"A": "1"})
    weak = Settings(test=("b",), before=("c",), env={"A": "2", "B": "3"})
    assert strong.or_else(weak) == Settings(test=("a",), before=("c",), env={"A": "1", "B": "3"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["core", "tiers", "shared", "plugins", "release", "python", "ignore", "tests", "default-branch"])


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_table_is_a_configuration_or_an_error(table: dict[str, Any]) -> None:
    found = ""
    try:
        decode_config(table, "pyproject.toml")
    except ConfigurationError as error:
        found = error.message
    assert not found or "tool.commonhold" in found


@pytest.mark.parametrize(
    ("word", "meant"),
    [("guset", "guest"), ("pandas", "acme-pandas"), ("acme", "acme-pandas"), ("zzz", None), ("", None)],
)
def test_a_similar_or_longer_word_is_suggested(word: str, meant: str | None) -> None:
    assert closest(word, ["guest", "acme-pandas"]) == (f" (did you mean {meant!r}?)" if meant else "")


# Each pattern of another dialect, and the spellings that the message gives.
DIALECTS = {
    "!docs/x": [r"\!docs/x"],
    "!(a|b)/x": [],
    "docs**": ["docs/**"],
    "**.md": ["**/*.md"],
    "docs/**.md": ["docs/**/*.md"],
    "a**/b": ["a*/**/b"],
    "a**b": ["a*b"],
    "docs/***": ["docs/**"],
    "docs/{a,b}/*.md": ["docs/a/*.md", "docs/b/*.md"],
    "{docs/a,README.md}": ["docs/a", "README.md"],
    "./docs": ["docs"],
    "docs/./x": ["docs/x"],
    "docs//x": ["docs/x"],
    ".": ["**"],
    "x?(y)": ["x", "xy", "x?[(]y)"],
    "*(a|b).md": [".md", "a.md", "b.md", "*[(]a|b).md"],
    "+(a|b)": ["a", "b", "+[(]a|b)"],
    "@(a|b)/*": ["a/*", "b/*", "@[(]a|b)/*"],
    "docs/x ": ["docs/x"],
    " docs": ["docs"],
    "a[b": ["a[[]b"],
}


@pytest.mark.parametrize("pattern", DIALECTS)
def test_a_pattern_of_another_dialect_is_refused_with_the_right_spelling(pattern: str) -> None:
    (mistake,) = mistakes({"tiers": TIER, "ignore": [pattern]})
    assert mistake.startswith(f"tool.commonhold.ignore[0]: {pattern!r} ")
    assert all(repr(right) in mistake for right in DIALECTS[pattern])
    for right in DIALECTS[pattern]:
        decode_config({"tiers": TIER, "ignore": [right]}, "pyproject.toml")


@pytest.mark.parametrize(
    "pattern",
    [
        *("tpl/{{cookiecutter.slug}}/**", "**", "**/*.md", "docs/", "a/**/b/**/c", "**/**/x", "[!a]b/[[]*", "a b/c"),
        *(r"\!x", r"a\*\*b", "x{a}", "a(1).md", ".github/**", "[*{,}(!]x"),
    ],
)
def test_a_pattern_in_the_syntax_of_git_is_accepted(pattern: str) -> None:
    config = decode_config({"tiers": TIER, "ignore": [pattern]}, "pyproject.toml")
    assert config.ignore.sources == (pattern,)


@given(st.text("ab*/.![]{},?()\\ ", min_size=1, max_size=8))
def test_a_pattern_is_refused_wherever_it_is_a_mistake(pattern: str) -> None:
    found = ""
    try:
        decode_config({"tiers": TIER, "ignore": [pattern]}, "pyproject.toml")
    except ConfigurationError as error:
        found = error.message
    if pattern.strip() and not pattern.startswith("/") and ".." not in pattern.split("/"):
        assert bool(found) == (explain_refusal(pattern) is not None)
