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
PARTS = st.sampled_from(["**", "*", "?", "a*", "*.md", "docs", "plugins", "x", "x*", "[ax]*", "[!a]*", "tests", "a.md"])


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.of(tmp_path_factory.mktemp("patterns"), dict.fromkeys(PATHS, "x"))


@settings(deadline=None, max_examples=60)
@given(st.lists(PARTS, min_size=1, max_size=4).map("/".join))
def test_a_pattern_matches_what_git_matches(tracked: Repo, pattern: str) -> None:
    listed = tracked.git("ls-files", "-z", "--", f":(glob){pattern}").split("\0")[:-1]
    assert [path for path in sorted(PATHS) if Patterns([pattern]).match(path)] == sorted(listed)


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
