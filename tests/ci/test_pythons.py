"""A plugin's Python versions: those configured that the plugin and the core support."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from commonhold.ci.pythons import Pythons, in_order, is_supported, plugin_pythons
from commonhold.projects.metadata import Metadata
from commonhold.projects.names import Name
from commonhold.workspace import Core
from commonhold.workspace.config import Testing as Settings
from tests.ci.builders import plugin, workspace

CLASSIFIERS = ("Programming Language :: Python :: 3", "Programming Language :: Python :: 3.11", "Typing :: Typed")


@pytest.mark.parametrize(
    ("requires", "supported"),
    [
        (">=3.11", ["3.11", "3.12"]),
        (">=3.11.4", ["3.11", "3.12"]),
        (">3.11", ["3.11", "3.12"]),
        (">3.11.0", ["3.11", "3.12"]),
        ("<3.11", ["3.10"]),
        ("<3.11.1", ["3.10", "3.11"]),
        ("<=3.11", ["3.10", "3.11"]),
        ("!=3.11.0", ["3.10", "3.11", "3.12"]),
        ("!=3.11.*", ["3.10", "3.12"]),
        ("==3.11.*", ["3.11"]),
        ("==3.11.7", ["3.11"]),
        ("~=3.11", ["3.11", "3.12"]),
        ("~=3.11.2", ["3.11"]),
        ("===3.11.9", ["3.11"]),
        (">=3.12.0rc1", ["3.12"]),
        (">=3.8,<4", ["3.10", "3.11", "3.12"]),
        (">=3.13", []),
        ("", ["3.10", "3.11", "3.12"]),
    ],
)
def test_a_version_is_supported_when_one_of_its_patch_releases_is(requires: str, supported: list[str]) -> None:
    assert [version for version in ("3.10", "3.11", "3.12") if is_supported(version, requires)] == supported


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["<", "<=", ">", ">=", "!=", "=="]),
            st.integers(9, 13),
            st.one_of(st.none(), st.integers(0, 30)),
        ),
        max_size=4,
    ),
    st.integers(9, 13),
)
def test_looking_at_the_bounds_is_as_good_as_trying_every_patch_release(
    parts: list[tuple[str, int, int | None]], minor: int
) -> None:
    requires = ",".join(f"{op}3.{x}" + ("" if patch is None else f".{patch}") for op, x, patch in parts)
    every = any(SpecifierSet(requires).contains(f"3.{minor}.{patch}") for patch in range(60))
    assert is_supported(f"3.{minor}", requires) == every


def test_versions_are_ordered_as_numbers() -> None:
    assert in_order(["3.10", "3.9", "3.11", "3.9"]) == ["3.9", "3.10", "3.11"]


def test_the_plugins_own_pythons_come_before_the_repositorys() -> None:
    mine = plugin("a", Settings(python=("3.12", "3.11")))
    assert plugin_pythons(mine, workspace([mine])) == Pythons(("3.11", "3.12"))


def test_a_core_in_the_tree_restricts_its_plugins() -> None:
    core = Core(Name("framework"), Metadata(Name("framework"), requires_python="<3.12"), "")
    mine = plugin("a", requires_python=">=3.11")
    assert plugin_pythons(mine, workspace([mine], core=core)).versions == ("3.11",)


def test_classifiers_count_where_requires_python_is_absent() -> None:
    mine = plugin("a", classifiers=CLASSIFIERS)
    assert plugin_pythons(mine, workspace([mine])).versions == ("3.11",)


def test_classifiers_are_ignored_if_requires_python_exists() -> None:
    mine = plugin("a", classifiers=CLASSIFIERS, requires_python=">=3.10")
    assert plugin_pythons(mine, workspace([mine])).versions == ("3.10", "3.11", "3.12")


def test_a_classifier_of_a_major_version_restricts_nothing() -> None:
    mine = plugin("a", classifiers=("Programming Language :: Python :: 3",))
    assert plugin_pythons(mine, workspace([mine])).versions == ("3.10", "3.11", "3.12")


def test_an_invalid_specifier_is_ignored_with_a_warning() -> None:
    mine = plugin("a", requires_python="3.10 or so", classifiers=CLASSIFIERS)
    found = plugin_pythons(mine, workspace([mine]))
    assert found.versions == ("3.10", "3.11", "3.12")
    assert found.doubts == ("a: requires-python '3.10 or so' is not a version specifier (PEP 440); it is ignored",)


def test_an_empty_choice_names_its_restrictions() -> None:
    mine = plugin("a", requires_python=">=3.13")
    found = plugin_pythons(mine, workspace([mine]))
    assert found == Pythons((), (), "a's requires-python '>=3.13' excludes all of python = 3.10, 3.11, 3.12")


def test_without_any_configuration_the_classifiers_are_the_pythons() -> None:
    mine = plugin("a", classifiers=CLASSIFIERS)
    assert plugin_pythons(mine, workspace([mine], python=())) == Pythons(("3.11",))


def test_without_configuration_the_running_python_is_chosen_with_a_warning() -> None:
    mine = plugin("a")
    found = plugin_pythons(mine, workspace([mine], python=()))
    assert found.versions == (f"{sys.version_info.major}.{sys.version_info.minor}",)
    assert "no `python` in [tool.commonhold]" in found.doubts[0]


@pytest.mark.parametrize("requires", [">=3." + "1" * 5000, "==" + "9" * 5000, ">=3.10," + ">=" + "3" * 4301 + ".1"])
def test_numbers_that_no_version_has_are_a_doubt(requires: str) -> None:
    found = plugin_pythons(plugin("a", requires_python=requires), workspace([plugin("a")]))
    assert found.versions
    assert "is not a version specifier" in found.doubts[0]
    assert len(found.doubts[0]) < 400


def test_a_classifier_with_a_number_that_no_version_has_is_skipped() -> None:
    listed = ("Programming Language :: Python :: 3." + "1" * 5000, "Programming Language :: Python :: 3.11")
    found = plugin_pythons(plugin("a", classifiers=listed), workspace([plugin("a")]))
    assert found.versions == ("3.11",)
