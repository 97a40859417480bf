"""The series of core versions, and the series that a range admits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.catalog.series import admits_series, series_of


@pytest.mark.parametrize(
    ("version", "minor", "major"),
    [
        ("1.16.3", "1.16", "1"),
        ("1.16.3.post1", "1.16", "1"),
        ("1.17.0b1", "1.17", "1"),
        ("1.17.0rc2", "1.17", "1"),
        ("1.17.0.dev3", "nightly", "nightly"),
        ("1.17.0b1.dev3", "nightly", "nightly"),
        ("1.17.0+local", "nightly", "nightly"),
        ("19", "19.0", "19"),
    ],
)
def test_a_version_belongs_to_one_series(version: str, minor: str, major: str):
    assert (series_of(Version(version)), series_of(Version(version), "{major}")) == (minor, major)


NUMBERS = st.integers(0, 3)
NAMED = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["", "", "b1", "rc1"]))
CLAUSES = st.one_of(
    st.builds("{}{}".format, st.sampled_from([">=", ">", "<=", "<", "==", "!=", "~="]), NAMED),
    st.builds("{}{}.{}.*".format, st.sampled_from(["==", "!="]), NUMBERS, NUMBERS),
)
VERSIONS = [
    Version(f"{major}.{minor}.{micro}{pre}")
    for major in range(4)
    for minor in (*range(4), 9)
    for micro in range(6)
    for pre in ("a1", "b1", "rc1", "")
]


@given(clauses=st.lists(CLAUSES, max_size=3), rule=st.sampled_from(["{major}", "{major}.{minor}"]))
def test_a_range_admits_the_series_of_each_version_that_it_admits(clauses: list[str], rule: str):
    allowed = SpecifierSet(",".join(clauses))
    for version in allowed.filter(VERSIONS, prereleases=True):
        assert admits_series(str(allowed), series_of(version, rule)), version


@pytest.mark.parametrize(
    ("specifier", "series"),
    [("<1.16", "1.16"), (">=1.17", "1.16"), ("==1.16.*", "1.17"), (">=1.15,<1.16", "1.16"), ("<0", "1.16")],
)
def test_a_range_outside_a_series_does_not_admit_it(specifier: str, series: str):
    assert not admits_series(specifier, series)
    assert admits_series(specifier, "nightly")
