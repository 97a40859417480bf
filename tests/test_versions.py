"""Versions of a release."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.errors import UsageError
from commonhold.versions import admits, next_post, overtaking, parse_release, pin_to, series

_numbers = st.integers(0, 30)


@st.composite
def versions(draw):
    epoch = draw(st.sampled_from(("", "", "", "1!")))
    release = ".".join(map(str, draw(st.lists(_numbers, min_size=1, max_size=4))))
    pre = draw(st.sampled_from(("", "", "a1", "b2", "rc3")))
    post = draw(st.sampled_from(("", "", ".post0", ".post4")))
    dev = draw(st.sampled_from(("", "", ".dev5")))
    return Version(f"{epoch}{release}{pre}{post}{dev}")


@pytest.mark.parametrize(
    ("typed", "released"),
    [
        ("v1.17.0", "1.17.0"),
        (" 1.17.0-RC.1 ", "1.17.0rc1"),
        ("1.17.0-1", "1.17.0.post1"),
        ("1.17.0.DEV4", "1.17.0.dev4"),
        ("01.017", "1.17"),
    ],
)
def test_a_version_is_normalized_before_anything_is_done_with_it(typed, released):
    assert str(parse_release(typed)) == released


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1.17.x", "'1.17.x' is not a version"),
        ("1" * 5000, f"{'1' * 5000!r} is not a version"),
        ("", "'' is not a version"),
        ("latest", "'latest' is not a version"),
        ("1.17.0+cu12", "1.17.0+cu12 is a local version, which an index rejects"),
    ],
)
def test_versions_that_an_index_rejects_are_an_error(typed, told):
    with pytest.raises(UsageError) as caught:
        parse_release(typed)
    assert (caught.value.message, caught.value.exit_code) == (told, 2)


def pin(policy: str, version: Version) -> SpecifierSet:
    return SpecifierSet(pin_to(policy, version) or "")


@given(versions(), st.sampled_from(("~=", "==")))
def test_a_pin_admits_its_own_version_and_nothing_lower_nor_of_another_series(version, policy):
    allowed = pin(policy, version)
    assert allowed.contains(version, prereleases=True)
    epoch, major, minor = series(version)
    before = f"{epoch}!" if epoch else ""
    assert not allowed.contains(f"{before}{major}.{minor + 1}.0", prereleases=True)
    assert not allowed.contains(f"{before}{major + 1}.0", prereleases=True)


@given(versions(), versions())
def test_a_compatible_pin_admits_no_lower_version(version, other):
    assume(other < version)
    assert not pin("~=", version).contains(other, prereleases=True)


@given(versions(), versions())
def test_an_exact_pin_admits_nothing_else(version, other):
    assert pin("==", version).contains(other, prereleases=True) == (other == version)


def test_requirements_stay_as_written_under_that_policy():
    assert pin_to("as-written", Version("1.0")) is None


@given(versions(), st.lists(versions()))
def test_the_next_post_release_comes_after_every_other_of_its_version(version, released):
    assume(not version.is_devrelease)
    following = next_post(version, released)
    assert following > version
    assert following not in released
    assert series(following) == series(version)
    assert following.is_prerelease == (version.pre is not None)


def test_post_releases_are_numbered_on():
    released = [Version("1.17.0"), Version("1.17.0.post1"), Version("1.17.1.post7"), Version("1.17.0rc1.post9")]
    assert str(next_post(Version("1.17.0"), released)) == "1.17.0.post2"
    assert str(next_post(Version("1.17.0.post1"), released)) == "1.17.0.post2"
    assert str(next_post(Version("1.17.0rc1"), released)) == "1.17.0rc1.post10"


def test_a_fix_of_an_old_series_is_compared_only_with_that_series():
    released = [Version(text) for text in ("1.16.1", "1.14.8", "1.14.7", "1!1.14.9")]
    assert overtaking(Version("1.14.9"), released) is None
    assert overtaking(Version("1.14.7"), released) == Version("1.14.8")
    assert overtaking(Version("1.14.8"), released) is None
    assert overtaking(Version("1.15.0"), released) is None


def test_a_specifier_admits_pre_releases_and_an_invalid_one_admits_everything():
    assert admits(">=1.17.0rc1", [Version("1.17.0rc1")])
    assert not admits(">=1.17.0", [Version("1.17.0rc1"), Version("1.16")])
    assert admits("what?", [Version("0.1")])
    assert not admits("what?", [])
