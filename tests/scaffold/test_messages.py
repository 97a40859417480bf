"""References to issues in imported messages: bare ones get the project, all others stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.scaffold.transfer.messages import rewrite_message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Fix it (#12)", "Fix it (o/r#12)"),
        ("fixes #12, closes #3.", "fixes o/r#12, closes o/r#3."),
        ("Merge pull request #7 from x/y", "Merge pull request o/r#7 from x/y"),
        ("[#12] and GH-13", "[o/r#12] and o/r#13"),
        ("#1\n#2", "o/r#1\no/r#2"),
        ("other/repo#3 and repo#4", "other/repo#3 and repo#4"),
        ("https://x.org/y#5 and page/#6", "https://x.org/y#5 and page/#6"),
        ("&#39; ##7 #0 #fff #12ab #12-x", "&#39; ##7 #0 #fff #12ab #12-x"),
        ("`#4` and ``` #5 ```", "`#4` and ``` #5 ```"),
        ("Text\n\n    #6 in code\n\t#7", "Text\n\n    #6 in code\n\t#7"),
        ("color: #123456; background=#333", "color: #123456; background=#333"),
        ("Use the colour #123456", "Use the colour #123456"),
        ("See #333 and #123456", "See o/r#333 and o/r#123456"),
        ("esc \x1b[2J", "esc \\x1b[2J"),
    ],
)
def test_references_in_messages(before: str, after: str) -> None:
    assert rewrite_message(before.encode(), b"o/r") == after.encode()


@given(st.text(alphabet="#12 /abc`(\n\t:", max_size=60))
def test_a_second_rewrite_changes_nothing(text: str) -> None:
    once = rewrite_message(text.encode(), b"o/r")
    assert rewrite_message(once, b"o/r") == once
    assert re.sub(rb"o/r#", b"#", once) == text.encode()


@given(st.binary(max_size=60))
def test_any_bytes_can_be_rewritten(data: bytes) -> None:
    assert b"\x1b" not in rewrite_message(data, b"o/r")
