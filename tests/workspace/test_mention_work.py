"""The work of searching a file for mentions: it grows with the file's size, whatever an author writes."""

from __future__ import annotations

import json
import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.mentions import MentionFinder
from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.open_quotes import QuotesBefore

FILES = {"plugins/a": ["acme_a/__init__.py"], "plugins/b": ["acme_b/__init__.py"]}
FINDER = MentionFinder(
    [("plugins/a", "acme-a"), ("plugins/b", "acme-b")],
    FILES,
    Modules((owner, path) for owner, paths in FILES.items() for path in paths),
)
SIZE = 500_000


@pytest.mark.parametrize(
    ("path", "start", "repeated"),
    [
        ("x.py", "if x:\n pass\n", "elif y:\n import acme_b\n"),
        ("x.py", "x = ", "acme_b + "),
        ("x.py", "x = (", '"acme" '),
        ("x.py", "x = (", '"acme"\n'),
        ("x.py", "x = ", "plugins/b/x+"),
        ("x.py", "# ", "acme_b."),
        ("x.toml", "acme-b ", "x/"),
        ("x.toml", "acme-b ", ' #"'),
        ("x.sh", "acme-b ", "../b/../"),
    ],
)
def test_repeated_text_is_searched_in_linear_time(path: str, start: str, repeated: str) -> None:
    data = (start + repeated * (SIZE // len(repeated))).encode()
    begin = process_time()
    FINDER.find(PythonFile("plugins/a", f"plugins/a/{path}", path), data)
    assert process_time() - begin < 4  # quadratic work takes longer than 10 s


def test_lines_of_a_notebook_that_are_not_found_are_searched_in_linear_time() -> None:
    cells = [{"cell_type": "code", "source": ["é import acme_b\n"] * 15_000}]
    data = json.dumps({"cells": cells, "more": "x" * SIZE}).encode()
    begin = process_time()
    assert FINDER.find(PythonFile("plugins/a", "plugins/a/x.ipynb", "x.ipynb"), data)
    assert process_time() - begin < 4


@given(st.text(st.sampled_from("a\"' \n"), max_size=40))
def test_open_quotes_are_found_in_any_order(text: str) -> None:
    data = text.replace(" ", '"""').encode()
    quotes = QuotesBefore(data)
    places = [match.start() for match in re.finditer(rb"a+", data)]
    for at in (*places, *reversed(places)):
        line = data[data.rfind(b"\n", 0, at) + 1 : at]
        opened = (line.count(b'"'), line.count(b"'"), data.count(b'"""', 0, at), data.count(b"'''", 0, at))
        assert quotes.are_open(at) == any(count % 2 for count in opened)
