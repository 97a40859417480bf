"""Hostile project files give findings, never an exception, and in a short time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.checks.catalogue import PLUGIN_RULES
from commonhold.checks.context import CheckedRepository
from commonhold.checks.engine import check_plugin
from commonhold.checks.licences import expression_for, parse_expression, permits
from commonhold.checks.rule_set import ordered_rules
from commonhold.projects.wheel_files import wheel_files
from commonhold.workspace import Files, read_config, read_workspace
from tests.checks.sample_plugins import plugin as toml_plugin
from tests.checks.sample_plugins import poetry_plugin, setup_plugin
from tests.support.checked import TODAY
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = """\
[tool.commonhold.tiers.official]
path = ["plugins/*"]
distribution = "acme-{name}"
import = "acme.{name}"
"""
RULES = ordered_rules(rule for rule in PLUGIN_RULES if rule.code[2] in "0125")
SAMPLES = [sample("a") for sample in (toml_plugin, setup_plugin, poetry_plugin)]
JUNK = st.sampled_from(["", "\0", '"', "[", "]", "{", "}", "=", "\n", "3", "(", ")", "**", "../", "'", ",", "\x1b[2J"])
EDITS = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 12), JUNK), min_size=1, max_size=5)


def findings(files: Mapping[str, str]) -> list[str]:
    tree = MemoryTree({"pyproject.toml": CONFIG, **{f"plugins/a/{path}": text for path, text in files.items()}})
    cached = Files(tree)
    repository = CheckedRepository(read_workspace(cached, read_config(cached)), cached, TODAY)
    found = [each for checked in repository.plugins.values() for each in check_plugin(RULES, checked)]
    return [each.violation.message + each.because for each in found]


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(SAMPLES), EDITS)
def test_any_edit_gives_findings(sample: dict[str, str], edits: list[tuple[int, int, str]]) -> None:
    name = next(name for name in ("pyproject.toml", "setup.py") if name in sample)
    text = sample[name]
    for at, length, junk in edits:
        text = text[:at] + junk + text[at + length :]
    assert all(len(message) < 2000 for message in findings({**sample, name: text}))


WORDS = st.sampled_from(["", "acme", "/acme/", "*", "**", "a/**/b", "../x", "src", "!x", "[a", "acme/*.py", "."])
KEYS = st.sampled_from(
    [
        *("hatch", "build", "targets", "wheel", "packages", "include", "exclude", "only-include", "force-include"),
        *("sources", "poetry", "from", "to", "format", "setuptools", "find", "where", "package-dir", "py-modules"),
        *("flit", "module", "name", "uv", "build-backend", "module-name", "module-root", "namespaces", "pdm"),
    ]
)
TABLES: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.integers(0, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | WORDS, inner, max_size=4),
    max_leaves=20,
)
BACKENDS = ["hatchling", "setuptools", "poetry", "flit_core", "uv_build", "pdm", "unknown"]


@settings(deadline=None)
@given(st.sampled_from(BACKENDS), st.dictionaries(KEYS, TABLES, max_size=4))
def test_any_build_settings_give_a_list_of_files(backend: str, tool: dict[str, Any]) -> None:
    paths = ["acme/__init__.py", "acme/a/b.py", "src/acme_a/__init__.py", "tests/test_a.py", "pyproject.toml"]
    found = wheel_files("acme-a", backend, {"tool": tool}, paths, lambda _path: None)
    assert set(found.values()) <= set(paths)


PATTERN = "*a" * 40
SLOW: Mapping[str, Mapping[str, Any]] = {
    "pattern of a build": {"pyproject.toml": ('packages = ["acme"]', f'include = ["{PATTERN}b", "{"**/" * 300}x"]')},
    "pattern of licences": {"pyproject.toml": ('["LICENSE"]', f'["{PATTERN}b", "{"**/" * 300}x"]')},
    "version": {"pyproject.toml": ('version = "', 'version = "' + "9" * 5000)},
    "expression": {"pyproject.toml": ('"MIT"', '"' + "(" * 5000 + "MIT" + ")" * 5000 + '"')},
    "classifiers": {"pyproject.toml": ('"Typing :: Typed"', ", ".join(f'"Topic :: {at}"' for at in range(3000)))},
    "quotes": {"pyproject.toml": ("[project]", '"""' * 20000)},
    "values": {"pyproject.toml": ('"Draws maps."', '"' + "x" * 1_000_000 + '"')},
    "words": {"LICENSE": "permission is hereby granted " * 300_000},
}


@pytest.mark.parametrize("name", SLOW)
def test_no_file_takes_long(name: str) -> None:
    files = toml_plugin("a", SLOW[name]) | {f"acme/a/{'a' * 60}{at}.py": "" for at in range(50)}
    start = time.process_time()
    assert all(len(message) < 2000 for message in findings(files))
    assert time.process_time() - start < 5


@given(st.text(max_size=60))
def test_any_text_is_a_name_of_a_licence_or_not(text: str) -> None:
    expression = parse_expression(text) or expression_for(text)
    assert expression is None or permits(expression, (expression,)) in (True, False)
