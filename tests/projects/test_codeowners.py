"""CODEOWNERS files, read as GitHub reads them."""

from __future__ import annotations

import pytest

from commonhold.projects.codeowners import CodeownersRule, codeowners_path, read_codeowners
from commonhold.workspace.patterns import Patterns

PATH = ".github/CODEOWNERS"


def test_rules_are_read_with_their_lines() -> None:
    text = "# all\n*  @org/core\n\n/plugins/a/ @one two@example.com # both\nplugins/b\nwith\\ blank @one\n"
    assert read_codeowners(PATH, text.encode()).rules == (
        CodeownersRule("*", ("@org/core",), 2),
        CodeownersRule("/plugins/a/", ("@one", "two@example.com"), 4),
        CodeownersRule("plugins/b", (), 5),
        CodeownersRule("with blank", ("@one",), 6),
    )


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("*", ["a", "a/b"], []),
        ("*.py", ["a.py", "b/a.py"], ["a.pyc"]),
        ("docs/", ["docs/a", "b/docs/c/d"], ["docs"]),
        ("/docs/", ["docs/a"], ["b/docs/c"]),
        ("/plugins/a", ["plugins/a", "plugins/a/b"], ["b/plugins/a", "plugins/ab"]),
        ("plugins/a", ["plugins/a/b"], ["b/plugins/a"]),
        ("docs/*", ["docs/a"], ["docs/a/b"]),
        ("plugins/**", ["plugins/a/b"], ["a"]),
        ("**/logs", ["logs/a", "b/logs/c"], ["logsa"]),
    ],
)
def test_a_pattern_matches_as_on_github(pattern: str, matches: list[str], others: list[str]) -> None:
    globs = Patterns(CodeownersRule(pattern, (), 1).globs)
    assert [path for path in (*matches, *others) if globs.match(path)] == matches


@pytest.mark.parametrize("line", ["!a @b", "[a] @b", "a b", "a @", "a @b\x1b[2J"])
def test_a_line_that_github_ignores_is_a_problem(line: str) -> None:
    read = read_codeowners(PATH, line.encode())
    assert read.rules == ()
    assert [problem.message.startswith(f"{PATH}:1: ") for problem in read.problems] == [True]


def test_the_first_file_counts() -> None:
    assert codeowners_path({"CODEOWNERS", "docs/CODEOWNERS"}) == "CODEOWNERS"
    assert codeowners_path({"a/CODEOWNERS"}) is None


def test_a_large_file_is_not_read() -> None:
    assert "more than" in read_codeowners(PATH, b"a @b\n" * 700_000).problems[0].message
