"""The search for fixed texts, with stringzilla and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.scan import fixed_texts

if TYPE_CHECKING:
    from collections.abc import Callable

FINDS = [fixed_texts.find, bytes.find]
texts = st.binary(max_size=80) | st.text("ab_.", max_size=80).map(str.encode)


@pytest.mark.parametrize("find", FINDS)
@given(
    texts,
    st.binary(min_size=1, max_size=5) | st.text("ab_.", min_size=1, max_size=5).map(str.encode),
    st.integers(0, 90),
)
def test_a_text_is_found_at_its_first_position(find: Callable[..., int], data: bytes, text: bytes, start: int) -> None:
    assert find(data, text, start) == data.find(text, start)
    assert fixed_texts.contains_any(data, [b"\0\0\0", text]) == (text in data or b"\0\0\0" in data)
    assert len([*fixed_texts.places(data, text)]) == data.count(text)
