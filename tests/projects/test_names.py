"""Names of distributions: the same results as ``packaging``, without its import."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from commonhold.projects.names import is_valid, normalize

NAMES = st.text(st.sampled_from("aZ09-_.\n é²"), max_size=8) | st.text(max_size=8)


@given(NAMES)
@example("--a__b..C-")
def test_names_are_normalized_as_packaging_does_it(name: str) -> None:
    assert str(normalize(name)) == str(canonicalize_name(name))


@given(NAMES)
def test_a_name_is_valid_if_it_is_an_identifier_of_pep_508(name: str) -> None:
    identifier = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.ASCII | re.IGNORECASE)
    assert is_valid(name) == (identifier.fullmatch(name) is not None)


@pytest.mark.parametrize("name", ["", "a\n", "-a", "a-", "a b", "é", "²"])
def test_other_texts_are_not_names(name: str) -> None:
    assert not is_valid(name)
