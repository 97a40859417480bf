from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from commonhold.release.inspect.specifiers import admit_the_same


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
    assert admit_the_same(SpecifierSet(one), SpecifierSet(other))
    assert admit_the_same(SpecifierSet(other), SpecifierSet(one))


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
    assert not admit_the_same(SpecifierSet(one), SpecifierSet(other))
    assert not admit_the_same(SpecifierSet(other), SpecifierSet(one))
