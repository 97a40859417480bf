"""Patterns match as git's ``:(glob)`` pathspecs do."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.workspace.patterns import Patterns, literal_prefix
from tests.support.repositories import Repo

PATHS = [
    "a.md",
    "docs/a.md",
    "docs/b/c.md",
    "plugins/x/a.py",
    "plugins/x/tests/t.py",
    "plugins/xy/a.py",
    "[a]/b",
    "a b/c",
]
PARTS = st.sampled_from(
    [
        *("**", "*", "?", "a*", "*.md", "docs", "plugins", "x", "x*", "[ax]*", "[!a]*", "tests", "a.md", "*[x-z]*"),
        *("[z-a]*", "[[:alpha:]]*", "[![:alpha:]]*", "[]a]*", "[a\\]]*", "[^x]*", "\\[a]", "*a*m*", "*l*g*n*"),
    ]
)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.of(tmp_path_factory.mktemp("patterns"), dict.fromkeys(PATHS, "x"))


@settings(deadline=None, max_examples=60)
@given(st.lists(PARTS, min_size=1, max_size=4).map("/".join))
def test_a_pattern_matches_what_git_matches(tracked: Repo, pattern: str) -> None:
    listed = tracked.git("ls-files", "-z", "--", f":(glob){pattern}").split("\0")[:-1]
    assert [path for path in sorted(PATHS) if Patterns([pattern]).match(path)] == sorted(listed)


def reference(pattern: str, path: str) -> bool:
    """Whether a pattern of letters, stars and ``**/`` matches, by trying every length for each star."""
    if not pattern:
        return not path
    if pattern.startswith("**/"):
        starts = [0, *(index + 1 for index, char in enumerate(path) if char == "/")]
        return any(reference(pattern[3:], path[start:]) for start in starts)
    if pattern[0] == "*":
        name = path.partition("/")[0]
        return any(reference(pattern[1:], path[start:]) for start in range(len(name) + 1))
    return path[:1] == pattern[0] and reference(pattern[1:], path[1:])


NAMES = st.one_of(st.just("**"), st.text("ab", max_size=2), st.sampled_from(["*", "a*", "*b", "a*b", "*a*b*", "*ab*a"]))


@given(
    st.lists(NAMES.filter(bool), min_size=1, max_size=5)
    .map("/".join)
    .filter(lambda pattern: not pattern.endswith("**")),
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5).map("/".join),
)
def test_the_first_place_of_a_star_is_as_good_as_any_other(pattern: str, path: str) -> None:
    assert Patterns([pattern]).match_folder(path) is reference(pattern, path)


@pytest.mark.parametrize(
    "pattern", ["a*" * 40 + "b", "**/a*/" * 20 + "b", "**/" * 50 + "b", "*" * 99 + "b", "**/*a" * 30 + "**/b"]
)
def test_many_stars_do_not_multiply(pattern: str) -> None:
    """A matcher that tries every length for each star would not end."""
    assert not Patterns([pattern]).match("a" * 100 + "/a" * 100)
    assert Patterns([pattern, "**/a"]).match("a" * 100 + "/a" * 100)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("docs", "docs/b/c.md", True),
        ("docs", "docs2/c.md", False),
        ("plugins/*", "plugins/x/a.py", False),
        ("**/*.md", "a.md", True),
        ("plugins/**", "plugins/x/a.py", True),
        ("plugins/**", "plugins", False),
        ("a[", "a[", True),
    ],
)
def test_folders_and_stars(pattern: str, path: str, matches: bool) -> None:
    assert Patterns([pattern]).match(path) is matches


def test_match_folder_matches_the_folder_and_not_its_contents() -> None:
    tier = Patterns(["plugins/*"])
    assert tier.match_folder("plugins/x")
    assert not tier.match_folder("plugins/x/tests")
    assert not tier.match_folder("plugins")


def test_no_patterns_match_nothing() -> None:
    assert not Patterns(()).match("a")
    assert not Patterns(())


@given(st.text(string.printable, max_size=12), st.text(string.printable, max_size=12))
def test_any_text_is_a_pattern(pattern: str, path: str) -> None:
    assert Patterns([pattern]).match(path) in (True, False)


def test_a_literal_prefix_ends_before_the_first_wildcard() -> None:
    assert [literal_prefix(text) for text in ("a/b/*", "a/**/c", "*", "a/b")] == ["a/b", "a", "", "a/b"]
