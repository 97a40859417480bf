from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from commonhold.release.inspect.specifiers import are_equivalent


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("~=1.17.0", "~=1.17.0"),
        ("~=1.17.0", ">=1.17.0,<1.18.0"),
        ("~=1.17.0", ">=1.17.0,==1.17.*"),
        ("~=1.17.0rc1", "<1.18.0,>=1.17.0rc1"),
        ("==1.17.0", "==1.17"),
    ],
)
def test_the_same_in_other_words_is_the_same(one: str, other: str) -> None:
    assert are_equivalent(SpecifierSet(one), SpecifierSet(other))
    assert are_equivalent(SpecifierSet(other), SpecifierSet(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("~=1.17.0", "~=1.16.0"),
        ("~=1.17.0", ">=1.17.0,<2"),
        ("~=1.17.0", "==1.17.0"),
        ("~=1.17.0", ">=1.17.0"),
        ("~=1.17.0", "~=1.17.0,!=1.17.1"),
        ("~=1.17.0", "~=1.17.0rc1"),
        ("==1.17.0", "==1.17.0.post1"),
        ("==1.17.0", ""),
        ("==1!1.17.0", "==1.17.0"),
    ],
)
def test_what_admits_more_or_less_is_something_else(one: str, other: str) -> None:
    assert not are_equivalent(SpecifierSet(one), SpecifierSet(other))
    assert not are_equivalent(SpecifierSet(other), SpecifierSet(one))
