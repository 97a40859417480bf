"""Test the comparison of version specifiers by the versions that they admit."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from commonhold.release.inspect.specifiers import are_equivalent

LONGEST = ".".join("1" * 20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("~=1.17.0", "~=1.17.0"),
        ("~=1.17.0", ">=1.17.0,<1.18.0"),
        ("~=1.17.0", ">=1.17.0,==1.17.*"),
        ("~=1.17.0rc1", "<1.18.0,>=1.17.0rc1"),
        ("==1.17.0", "==1.17"),
        (f"=={LONGEST}", f">={LONGEST},<={LONGEST}"),
    ],
)
def test_specifiers_that_admit_the_same_versions_are_equivalent(one: str, other: str) -> None:
    assert are_equivalent(SpecifierSet(one), SpecifierSet(other))
    assert are_equivalent(SpecifierSet(other), SpecifierSet(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"=={LONGEST}.1", f">={LONGEST}.1,<={LONGEST}.1"),  # too many parts to compare
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
def test_specifiers_that_admit_other_versions_are_not_equivalent(one: str, other: str) -> None:
    assert not are_equivalent(SpecifierSet(one), SpecifierSet(other))
    assert not are_equivalent(SpecifierSet(other), SpecifierSet(one))
