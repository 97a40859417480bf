"""Strings and the calls around them, found without parsing and compared with the syntax tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.python_ast import parse_python
from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.scan.code_around import code_around
from commonhold.workspace.scan.import_ast import imported_names
from commonhold.workspace.scan.import_scan import ImportFinder
from commonhold.workspace.scan.mention_text import python_constants

ONE = [
    "'a'",
    '"b#"',
    "'''c\n'd''' ",
    'r"\\e"',
    "b'f'",
    "f'g{x}'",
    "f'{x=}'",
    "F\"h{x['i']}\"",
    "'j\\n'",
    "'\\x6b'",
    "u'l'",
]
AROUND = [
    *(
        "{0}\n",
        "x = {0}\n",
        "x = ({0} {0})\n",
        "x = [\n    {0},\n    # it's {0}\n    {0}\n]\n",
        "def f(x={0}):\n    {0}\n",
    ),
    *(
        "class A:\n    {0}\n    y: {0}\n",
        "x = {0} \\\n  {0}\n",
        "f({0}, y={0})\n",
        "x = 1; {0}\n",
        "if x in{0}:\n    {0}; y = 1\n",
    ),
    *(
        "# {0}\n",
        "x = {{{0}: {0}}}\n",
        "x = (y if\n{0}\nelse {0})\n",
        "{0}\n{0}\n",
        "return_ = lambda: {0}\n",
        "x = ')' + {0}\n",
    ),
]
snippets = st.builds(str.format, st.sampled_from(AROUND), st.sampled_from(ONE))
programs = st.lists(snippets, min_size=1, max_size=4).map("".join)


@given(programs)
def test_the_known_strings_are_those_of_the_syntax_tree(text: str) -> None:
    data = text.encode()
    tree, code = parse_python(data), code_around(data)
    if tree is None or code is None:
        return
    expected = [constant for constant in python_constants(tree) if constant[1]]
    found = [code.constants([place]) for place in range(len(data)) if code.is_string(place)]
    assert {constant for known in found for constant in known or ()} <= {*expected}
    if None not in found:
        assert code.constants(range(len(data))) == expected


@pytest.mark.parametrize("text", ["x = 'a", "x = '''a", "x = (", "x = f'{y['z']}'", "x = 'a\nb'", "x = 'a'\r\n"])
def test_nothing_is_known_if_the_strings_cannot_be_told_apart(text: str) -> None:
    assert code_around(text.encode()) is None


FILES = {"me": ["me/__init__.py"], "you": ["acme/__init__.py", "acme/you.py"]}
MODULES = Modules((owner, path) for owner, paths in FILES.items() for path in paths)
ME = PythonFile("me", "plugins/me/tests/x.py", "tests/x.py")
CALLS = [
    *(
        "patch({0})\n",
        "patch({0}, 1)\n",
        "mock.patch.dict({0}, {{}})\n",
        "patch.object({0}, 'x')\n",
        "setattr(x, {0})\n",
    ),
    *(
        "setup(packages=[{0}])\n",
        "x = [{0}]\n",
        "f(patch({0}))\n",
        "patch(f({0}))\n",
        "import_module({0})\n",
        "f({0})\n",
    ),
    *("@patch(\n    {0},\n)\ndef f(): pass\n", "import_module({0}, x)\n", "files({0}) / 'x'\n", "# patch({0})\n"),
    *("'''\npatch({0})\n'''\n", "x = {0}\n", "run_module({0}, run_name={0})\n", "patch({0} + x)\n", "patch({0} {0})\n"),
    *(
        "patch(target={0})\n",
        "x = {{{0}: patch}}\n",
        "patch()[{0}]\n",
        "run(['-m', {0}])\n",
        "pytest_plugins = [{0}]\n",
    ),
    *("import acme.you\n", "patch(  # the {0}\n    {0})\n", "x = [patch(y), {0}]\n", "read_text({0},\n{0})\n"),
]
literals = st.builds(
    "{0}{1}{2}{1}".format,
    st.sampled_from(["", "", "r", "f", "b"]),
    st.sampled_from(["'", '"', '"""']),
    st.sampled_from(["acme.you", "acme.you.tool", "acme", "me.acme", "acme.you:x"]),
)
calls = st.lists(st.builds(str.format, st.sampled_from(CALLS), literals), min_size=1, max_size=3).map("".join)


@given(calls)
def test_a_quoted_module_is_imported_if_the_syntax_tree_says_so(text: str) -> None:
    names = imported_names(text.encode(), ["tests"], by_call=True)
    assert names is not None
    expected = {each for name in names for each in MODULES.owners(name, "me") if each[0] != "me"}
    assert ImportFinder(MODULES).targets(ME, text.encode()) == expected
