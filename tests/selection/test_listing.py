"""The text that lists affected plugins: every line, and how lines are folded and wrapped for a terminal."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonhold.projects.names import Name
from commonhold.selection.affected import CoreChanged, FilesChanged, RulesChanged, Unmatched
from commonhold.selection.document import dump
from commonhold.selection.listing import (
    MIN_COLUMN,
    MOST_ALIKE,
    Layout,
    closing_lines,
    plugin_lines,
    warning_lines,
)
from tests.ci.builders import chosen, selection


def plain(width: int | None = None, *, fold: bool = False) -> Layout:
    return Layout(lambda _plugin, text: text, width, fold)


def test_an_explanation_lists_all_files_that_the_reason_names() -> None:
    complete = FilesChanged(("x/a.py", "x/b.py"), 2)
    found = selection(chosen("x", complete), chosen("y", FilesChanged(("y/a.py", "y/b.py"), 5)))
    assert [*plugin_lines(found, explain=True)] == [
        "x  plugins/x  (official, test)",
        "  changed: x/a.py and 1 more",
        "    x/a.py",
        "    x/b.py",
        "y  plugins/y  (official, test)",
        "  changed: y/a.py and 4 more",
        "    y/a.py",
        "    y/b.py",
        "    … and 3 more",
    ]


def test_plugins_with_the_same_line_are_folded() -> None:
    shared = Unmatched("Makefile")
    alike = [chosen(name, shared) for name in "abcde"[: MOST_ALIKE + 1]]
    other = chosen("other", FilesChanged(("other/a.py",), 1))
    found = selection(*alike, other)
    reason = "no rule matches Makefile"
    assert [*plugin_lines(found, explain=False, layout=plain(fold=True))] == [
        "other      official  test  changed: other/a.py",
        f"4 plugins  official  test  {reason}",
    ]
    few = selection(*alike[:MOST_ALIKE])
    lines = [f"{name}  official  test  {reason}" for name in "abc"]
    assert [*plugin_lines(few, explain=False, layout=plain(fold=True))] == lines


WORD = st.text("abc-/", min_size=1, max_size=45)


@example(["a", "b" * 40, "c"], 40)
@example(["a", "b" * 60, "c"], 60)
@given(st.lists(WORD, min_size=1, max_size=30), st.integers(10, 120))
def test_a_reason_is_wrapped_between_words_only(words: list[str], width: int) -> None:
    found = selection(chosen("x", Unmatched(" ".join(words))))
    (whole,) = plugin_lines(found, explain=False)
    assert [*plugin_lines(found, explain=False, layout=plain(len(whole)))] == [whole]
    start = "x  official  test"
    lines = [*plugin_lines(found, explain=False, layout=plain(width))]
    assert (len(lines) == 1) == (len(whole) <= width)
    if len(lines) == 1:
        return
    column, reason = width - len(start) - 2, whole.removeprefix(start).strip()
    room = column >= MIN_COLUMN and max(map(len, reason.split())) <= column
    indent = len(start) + 2 if room else 4
    first = lines[0].removeprefix(start).strip()
    assert lines[0].startswith(start)
    assert bool(first) == room
    assert all(line.startswith(" " * indent) and line[indent] != " " for line in lines[1:])
    parts = [*([first] if first else []), *(line.strip() for line in lines[1:])]
    assert " ".join(parts) == reason
    most = column if room else max(width - 4, MIN_COLUMN)
    assert all(len(part) <= most or " " not in part for part in parts)
    # Each line is as full as possible.
    assert all(len(f"{part} {after.split()[0]}") > most for part, after in pairwise(parts))


def test_the_last_lines_report_removed_plugins_the_core_and_changed_rules() -> None:
    found = selection(chosen("x", RulesChanged("pyproject.toml")))
    found = found._replace(removed=(Name("gone"), Name("old")), core=(CoreChanged(("src/core.py",), 1),))
    assert [*closing_lines(found)] == ["removed: gone, old", "the core is affected, too"]
    rules = found._replace(removed=(), core=(), common=(RulesChanged("pyproject.toml"),))
    assert [*closing_lines(rules)] == [
        "to see the effect of your other changes, commit the new rules and run with --base HEAD"
    ]
    mixed = rules._replace(common=(RulesChanged("pyproject.toml"), Unmatched("Makefile")))
    assert [*closing_lines(mixed)] == []


@pytest.mark.parametrize("number", [4, 5, 6])
def test_the_first_five_warnings_are_listed(number: int) -> None:
    warnings = [f"warning {index}" for index in range(number)]
    more = ["warning: … and 1 more; `commonhold graph` lists all of them"] if number == 6 else []
    assert [*warning_lines(warnings)] == [*(f"warning: {each}" for each in warnings[:5]), *more]
    assert [*warning_lines(warnings, every=True)] == [f"warning: {each}" for each in warnings]


def test_json_is_indented_for_people_only() -> None:
    assert dump({"a": ["é"]}, pretty=True) == '{\n  "a": [\n    "\\u00e9"\n  ]\n}'
    assert dump({"a": ["é"]}, pretty=False) == '{"a": ["\\u00e9"]}'
