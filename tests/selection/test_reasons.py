"""The kinds of reasons: no kind equals another, and every function that distinguishes kinds handles all of them."""

from __future__ import annotations

import typing
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold._typing import Variant
from commonhold.ci.job_plan import JobPlan, counts_as_changed
from commonhold.ci.step_summary import job_plan_summary
from commonhold.projects.names import Name
from commonhold.selection import affected
from commonhold.selection.advice import run_all_cause
from commonhold.selection.affected import CommonReason, Reason, category
from commonhold.selection.describe import HOW, describe
from commonhold.selection.document import KINDS, affected_document, reason_document
from commonhold.selection.listing import plugin_lines
from commonhold.selection.select import tier_response
from commonhold.text import code, markdown
from commonhold.workspace import graph
from commonhold.workspace.config import SharedRule
from commonhold.workspace.patterns import Patterns
from tests.ci.builders import TIER, chosen, selection, workspace

REASONS: tuple[Any, ...] = get_args(Reason)
COMMON: tuple[Any, ...] = get_args(CommonReason)


def literals(alias: Any) -> tuple[str, ...]:
    """The values of an alias for a ``Literal``, which the library keeps as text."""
    return get_args(eval(alias, vars(typing)))


EDGE_KINDS = literals(graph.EdgeKind)
WORKSPACE = workspace([], shared=[SharedRule(Patterns(["tool/**"]), "all")])

VALUES = {
    str: st.text(min_size=1, max_size=3),
    int: st.just(0),
    str | None: st.none() | st.text(min_size=1, max_size=3),
    int | None: st.none() | st.just(1),
    tuple[str, ...]: st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=3).map(tuple),
    tuple[Name, ...]: st.lists(st.just(Name("a")), min_size=1, max_size=3).map(tuple),
}


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Reasons of a kind, with values for each of its fields."""
    hints = typing.get_type_hints(kind, localns={"Name": Name, "EdgeKind": str})
    values = {field: st.sampled_from(EDGE_KINDS) if field == "how" else VALUES[hints[field]] for field in kind._fields}
    return st.builds(kind, **values)


def example(kind: Any) -> Any:
    """One reason of a kind; kinds with the same fields get the same values."""
    values = {"paths": ("a",), "total": 1, "via": ("a",), "how": "runtime", "packages": ("a",), "rule": 0}
    return kind(*(values.get(field, "a") for field in kind._fields))


def test_the_union_lists_every_kind() -> None:
    defined = {value for value in vars(affected).values() if isinstance(value, type) and value.__base__ is Variant}
    assert set(REASONS) == defined
    assert set(COMMON) < set(REASONS)


@given(st.data())
def test_reasons_are_equal_only_to_reasons_of_their_kind_with_the_same_values(data: st.DataObject) -> None:
    for one, other in combinations(REASONS, 2):
        if one._fields != other._fields:
            continue
        reason = data.draw(instances(one))
        twin = other(*reason)
        assert reason != twin
        assert reason != tuple(reason)
        assert tuple(reason) != reason
        assert len({reason, twin, tuple(reason)}) == 3
        assert reason == one(*reason)
        assert hash(reason) == hash(one(*reason))


@pytest.mark.parametrize("kind", REASONS)
def test_a_reason_cannot_be_changed(kind: Any) -> None:
    with pytest.raises(AttributeError):
        setattr(example(kind), kind._fields[0], "other")
    with pytest.raises(AttributeError):
        example(kind).note = "more"


@pytest.mark.parametrize("kind", REASONS)
@given(data=st.data())
def test_every_kind_has_a_category_a_description_and_a_document(kind: Any, data: st.DataObject) -> None:
    reason = data.draw(instances(kind))
    assert category(reason) in literals(affected.Category)
    assert tier_response(reason, TIER, own=False) == "test"
    assert describe(reason).isprintable()
    assert describe(reason, quote=code, escape=markdown)
    assert reason_document(reason)["kind"] == KINDS[kind]


@pytest.mark.parametrize("kind", REASONS)
def test_terminal_and_step_summary_use_the_same_description(kind: Any) -> None:
    plugin = chosen("x", example(kind))
    found = selection(plugin)
    (line,) = plugin_lines(found, explain=False)
    assert line.endswith(f"  {describe(example(kind))}")
    assert describe(example(kind), code, markdown) in job_plan_summary(JobPlan((), (), core=False), found)
    assert affected_document(found)["plugins"][0]["reasons"] == [reason_document(example(kind))]
    assert counts_as_changed(plugin, WORKSPACE.config) == (category(example(kind)) == "direct")


def test_no_two_kinds_have_the_same_description() -> None:
    assert len({describe(example(kind)) for kind in REASONS}) == len(REASONS)


def test_only_known_kinds_are_in_the_table_for_json() -> None:
    assert set(KINDS) == set(REASONS)
    assert set(KINDS.values()) == {
        *("changed", "depends-on", "core", "shared", "lock", "reads", "unreadable", "unmatched", "unknown-base"),
    }


def test_every_kind_of_edge_has_words() -> None:
    assert set(HOW) == set(EDGE_KINDS)


@pytest.mark.parametrize("kind", COMMON)
def test_every_reason_that_affects_all_plugins_has_a_cause_with_a_fix(kind: Any) -> None:
    cause = run_all_cause(example(kind), WORKSPACE)
    assert cause.pattern
    assert cause.fix


def test_an_unknown_kind_is_an_error_everywhere() -> None:
    class Other(Variant):
        path: str

    reason: Any = Other("a")
    for function in (category, describe, lambda other: run_all_cause(other, WORKSPACE)):
        with pytest.raises(AssertionError, match="unhandled value"):
            function(reason)
    with pytest.raises(KeyError):
        reason_document(reason)
