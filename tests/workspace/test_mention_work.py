"""Mentions in files whose repeated text once took quadratic time to search."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.scan.mentions import MentionFinder
from commonhold.workspace.scan.open_quotes import QuotesBefore

FILES = {"plugins/a": ["acme_a/__init__.py"], "plugins/b": ["acme_b/__init__.py"]}
FINDER = MentionFinder(
    [("plugins/a", "acme-a"), ("plugins/b", "acme-b")],
    FILES,
    Modules((owner, path) for owner, paths in FILES.items() for path in paths),
)
SIZE = 100_000


@pytest.mark.parametrize(
    ("path", "start", "repeated"),
    [
        ("x.py", "if x:\n pass\n", "elif y:\n import acme_b\n"),
        ("x.py", "x = ", "acme_b + "),
        ("x.py", "x = (", '"acme" '),
        ("x.py", "x = ", '"acme_b" + '),
        ("x.py", "x = ", '"acme_b"; '),
        ("x.py", "x = (", '"acme"\n'),
        ("x.py", "# ", "acme_b."),
        ("x.toml", "acme-b ", "x/"),
        ("x.toml", "acme-b ", ' #"'),
        ("x.sh", "acme-b ", "../b/../"),
        ("x.sh", "", "../"),
        ("x.sh", "", "file:../b:"),
        ("x.sh", "", ":parent"),
        ("x.sh", "plugins/b ", "a."),
    ],
)
def test_long_repeated_text_gives_the_same_mentions_as_short_text(path: str, start: str, repeated: str) -> None:
    source = PythonFile("plugins/a", f"plugins/a/{path}", path)

    def found(times: int) -> set[tuple[str, str]]:
        return {mention[:2] for mention in FINDER.find(source, (start + repeated * times).encode())}

    assert found(SIZE // len(repeated)) == found(3)


@pytest.mark.parametrize("repeated", [" + 'x'", " / 'x'", ".parent", "[0]"])
def test_a_long_expression_of_paths_is_searched(repeated: str) -> None:
    code = f"import acme_b\nx = __file__{repeated * 900}\ny = 'plugins/b/x'\n"
    assert FINDER.find(PythonFile("plugins/a", "plugins/a/x.py", "x.py"), code.encode())


def test_a_notebook_with_many_lines_that_its_text_escapes_is_searched() -> None:
    cells = [{"cell_type": "code", "source": ["é import acme_b\n"] * 3_000}]
    data = json.dumps({"cells": cells, "more": "x" * SIZE}).encode()
    assert FINDER.find(PythonFile("plugins/a", "plugins/a/x.ipynb", "x.ipynb"), data)


@given(st.text(st.sampled_from("a\"' \n"), max_size=40))
def test_open_quotes_are_found_in_any_order(text: str) -> None:
    data = text.replace(" ", '"""').encode()
    quotes = QuotesBefore(data)
    places = [match.start() for match in re.finditer(rb"a+", data)]
    for at in (*places, *reversed(places)):
        line = data[data.rfind(b"\n", 0, at) + 1 : at]
        opened = (line.count(b'"'), line.count(b"'"), data.count(b'"""', 0, at), data.count(b"'''", 0, at))
        assert quotes.are_open(at) == any(count % 2 for count in opened)
