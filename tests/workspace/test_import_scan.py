"""Imports between plugins: the search in text, compared with Python's own parser."""

from __future__ import annotations

import ast
from importlib.util import resolve_name
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.scan.import_scan import ImportFinder

ME = "me"
FILES = {
    "me": ["acme/__init__.py", "acme/me/__init__.py", "acme/me/deep/inner.py", "tests/test_me.py"],
    "you": ["acme/__init__.py", "acme/you/__init__.py", "acme/you/tool.py", "acme/me/deep/yours.py"],
    "they": ["single.py", "caf\u00e9/they.py", "tests/helpers/__init__.py"],
}
MODULES = Modules((owner, path) for owner, paths in FILES.items() for path in paths)
MORE_MODULES = Modules(
    [
        *((owner, path) for owner, paths in FILES.items() for path in paths),
        *((f"p{index}", f"root{index}/__init__.py") for index in range(20)),
    ]
)
SHIPPED = PythonFile(ME, "plugins/me/acme/me/deep/inner.py", "acme/me/deep/inner.py")


def found(text: str | bytes, source: PythonFile = SHIPPED, modules: Modules = MODULES) -> set[str]:
    """The modules of other plugins that a file imports."""
    data = text if isinstance(text, bytes) else text.encode()
    return {module for _, module in ImportFinder(modules).targets(source, data)}


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import acme.you", "acme.you"),
        ("import acme.you.tool as t", "acme.you.tool"),
        ("import os, acme.you, single", "acme.you single"),
        ("import os, \\\n    acme.you", "acme.you"),
        ("import \\\n  acme.you", "acme.you"),
        ("import acme . you", "acme.you"),
        ("from acme import you", "acme.you"),
        ("from acme import me, you", "acme.you"),
        ("from acme import me as m, you as y", "acme.you"),
        ("from acme import (\n    me,\n    you,\n)", "acme.you"),
        ("from acme import (  # not ) the end\n    me,  # nor (\n    you)", "acme.you"),
        ("from acme import(you)", "acme.you"),
        ("from acme import me, \\\n    you", "acme.you"),
        ("from acme \\\n  import \\\n  you", "acme.you"),
        ("from acme.you import *", "acme.you"),
        ("from acme.you.tool import thing", "acme.you.tool"),
        ("from acme.you.__init__ import thing", "acme.you"),
        ("from tests.helpers.__init__ import thing", "tests.helpers"),
        ("from caf\u00e9 import they", "caf\u00e9.they"),
        ("import caf\u00e9.they", "caf\u00e9.they"),
        ("\ufeffimport single", "single"),
        ("if True: from acme import you", "acme.you"),
        ("def f():\n    import single\n", "single"),
        ("try:\n    import single\nexcept ImportError:\n    pass", "single"),
        ("try:\n    pass\nexcept ImportError:\n    import single", "single"),
        ("match x:\n    case 1:\n        import single", "single"),
        ("class A:\n    async def f(self):\n        with x:\n            import single", "single"),
        ("x = 1; import single", "single"),
        ("from os import path; from acme import you", "acme.you"),
        ("from os import path\rimport single\r", "single"),
        ("from acme import me, \\\r\n    you\r\n", "acme.you"),
        ("from .yours import x", "acme.me.deep.yours"),
        ("from . import yours", "acme.me.deep.yours"),
        ("from .. import deep\nfrom ...you import tool", "acme.you acme.you.tool"),
        ("from ... you \\\n import tool", "acme.you acme.you.tool"),
        ("from . \\\n import yours", "acme.me.deep.yours"),
        ("if True:\n    from ... import you", "acme.you"),
        ("import importlib\nimportlib.import_module('acme.you')", "acme.you"),
        ("import importlib\nimportlib.import_module(\n    'acme.you',\n)", "acme.you"),
        ("import importlib\nimportlib.import_module(name='acme.you')", "acme.you"),
        ("from importlib import import_module\nimport_module('.yours', 'acme.me.deep')", "acme.me.deep.yours"),
        ("from importlib import import_module\nimport_module('..you', package='acme.me')", "acme.you"),
        ("from importlib import import_module\nimport_module('.yours', __package__)", "acme.me.deep.yours"),
        ("from importlib import import_module as load\nload('acme.you')", "acme.you"),
        (
            "from importlib import (\n    import_module as load,\n)\nload('.yours', 'acme.me.deep')",
            "acme.me.deep.yours",
        ),
        ("import importlib\nload = importlib.import_module\nload('acme.you')", "acme.you"),
        ("from importlib.util import find_spec as has\nif has('single'):\n    pass", "single"),
        ("import pytest\nneed = pytest.importorskip  # short\nneed('acme.you')", "acme.you"),
        ("import importlib\nimportlib.import_module('single' if x else 'acme.you')", "single acme.you"),
        ("__import__('acme.you')", "acme.you"),
        ("__import__('acme', fromlist=['you'])", "acme.you"),
        ("import pytest\npytest.importorskip('acme.you')", "acme.you"),
        ("pytest_plugins = 'acme.you'", "acme.you"),
        ("pytest_plugins = ['pytester', 'acme.you']", "acme.you"),
        ("pytest_plugins = 'pytester, acme.you'", "acme.you"),
        ("pytest_plugins: list[str] = [\n    'acme.you',\n]", "acme.you"),
        ("pytest_plugins += ('acme.you',)", "acme.you"),
    ],
)
def test_an_import_is_found_in_every_form(text: str, modules: str) -> None:
    assert found(text) == set(modules.split())


@pytest.mark.parametrize(
    "text",
    [
        "import acme.me",
        "from acme import me",
        "from . import inner",
        "import numpy",
        "# import acme.you",
        "'import acme.you'",
        '"""\nimport acme.you\n"""',
        '"""For example::\n\n    from acme import you\n"""\n',
        "x = '''\nimport single\n'''",
        "single = 1\nprint(single)",
        "from os import single",
        "x.single.y",
        "import single_but_longer",
        "import notsingle",
        "importlib = None\nimport_module('.yours', 'elsewhere')",
        "text = 'acme.you'",
    ],
)
def test_text_that_only_looks_like_an_import_is_not_one(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize("text", ["import acme.you\nthis is not Python(", "x = '\0'\nimport acme.you"])
def test_an_unparsable_file_imports_every_module_it_mentions(text: str) -> None:
    assert found(text) == {"acme.you"}


def test_many_top_level_names_are_found_like_few() -> None:
    owners = [(f"p{index}", f"root{index}/__init__.py") for index in range(40)]
    text = "import os\nimport root1\nfrom root39 import x\nimport root3x, root12\n"
    assert found(text, modules=Modules(owners)) == {"root1", "root39", "root12"}


@pytest.mark.parametrize("count", [1, 40])
def test_names_with_a_common_start_are_told_apart(count: int) -> None:
    owners = [(f"p{index}", f"acme_{index}/__init__.py") for index in range(count)]
    assert found("import acme_0, acme_\nacme_1 = 1\n", modules=Modules(owners)) == {"acme_0"}


@pytest.mark.parametrize("text", ["from acme import (you " * 99, "from acme.you import " * 99 + "from acme.me"])
def test_a_file_that_would_take_too_long_imports_everything(text: str) -> None:
    assert found(text) == {module for _, module in MODULES.all_of_others(ME)}
    assert {"acme.you", "acme.you.tool", "single"} <= found(text)


class CountingBytes(bytes):
    """The content of a file that counts how many bytes are searched."""

    searched = 0

    def count(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        return super().count(sub, *self._note(start, end))

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        return super().find(sub, *self._note(start, end))

    def rfind(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        return super().rfind(sub, *self._note(start, end))

    def _note(self, start: int, end: int | None) -> tuple[int, int]:
        end = len(self) if end is None else end
        CountingBytes.searched += end - start
        return start, end


@pytest.mark.parametrize("statement", ["import acme.you\n", "import acme.you; ", "import single\n'''\n'''\n"])
def test_the_work_is_proportional_to_the_size_of_a_file(statement: str) -> None:
    data = CountingBytes(statement.encode() * 200)
    CountingBytes.searched = 0
    ImportFinder(MODULES).targets(SHIPPED, data)
    assert 0 < CountingBytes.searched <= 20 * len(data)


# Statements as tokens, between which there may be any space that Python allows.

space = st.sampled_from([" ", "  ", "\t", " \\\n", "\\\n  "])
no_space = st.sampled_from(["", "", "", " ", "\\\n"])
in_brackets = st.sampled_from(["", " ", "\n", "  # a comment, with ) and import single\n", "\\\n"])
names = st.sampled_from(["acme", "acme.you", "acme.you.tool", "acme.me", "acme.me.deep", "single", "os.path", "café"])
words = st.sampled_from(["you", "me", "deep", "tool", "yours", "they", "x"])


@st.composite
def dotted(draw: st.DrawFn, parts: st.SearchStrategy[str] = names) -> str:
    return (draw(no_space) + "." + draw(no_space)).join(draw(parts).split("."))


@st.composite
def listed(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    renamed = [
        item + draw(st.sampled_from(["", " as other"])) for item in draw(st.lists(items, min_size=1, max_size=3))
    ]
    return "".join([renamed[0], *(draw(no_space) + "," + draw(no_space) + item for item in renamed[1:])])


@st.composite
def bracketed(draw: st.DrawFn) -> str:
    items = draw(st.lists(words, min_size=1, max_size=3))
    inner = "".join(draw(in_brackets) + item + draw(in_brackets) + "," for item in items)
    return draw(no_space) + "(" + inner + draw(in_brackets) + ")"


@st.composite
def statement(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return "import" + draw(space) + draw(listed(dotted()))
    if draw(st.booleans()):
        source = draw(space) + draw(dotted())
    else:
        source = draw(no_space) + "." * draw(st.integers(1, 4)) + draw(no_space) + draw(st.sampled_from(["", "you"]))
    what = draw(st.one_of(bracketed(), st.builds("".join, st.tuples(space, listed(words)))))
    return "from" + source + draw(space) + "import" + what


@st.composite
def call(draw: st.DrawFn) -> str:
    name = draw(names)
    quote = draw(st.sampled_from(["'", '"', '"""']))
    argument = draw(in_brackets) + draw(st.sampled_from(["", "r", "name="])) + quote + name + quote + draw(in_brackets)
    if argument.startswith(("name", "r")) and "importorskip" in argument:
        return argument
    return draw(st.sampled_from(["importlib.import_module", "__import__", "pytest.importorskip"])) + f"({argument})"


noise = st.sampled_from(
    ["x = 1", "'''import single'''", '"""\nfrom acme import you\n"""', 'y = \'"""\'', '# it\'s "odd"', "z = [\n1,\n]"]
)
before = st.sampled_from(
    ["", "x = 1; ", "if x: ", "def f():\n    ", "try:\n  pass\nfinally:\n  ", "from os import path; "]
)
lines = st.one_of(st.builds("{}{}".format, before, st.one_of(statement(), call())), noise)


@st.composite
def programs(draw: st.DrawFn) -> str:
    text = "\n".join(draw(st.lists(lines, min_size=1, max_size=5)))
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))) + "\n"


def as_python_reads(text: str) -> set[str] | None:
    """The absolute names that a file imports, from Python's own parser; ``None`` if it is not Python."""
    try:
        tree = ast.parse(text.encode())
    except SyntaxError:
        return None
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level <= 3:
            module = resolve_name("." * node.level + (node.module or ""), "acme.me.deep") if node.level else node.module
            imported |= {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            constants = [*node.args, *(keyword.value for keyword in node.keywords)]
            values = [constant.value for constant in constants if isinstance(constant, ast.Constant)]
            imported |= {value for value in values if isinstance(value, str)}
    return imported


@given(programs())
def test_no_import_is_missed(text: str) -> None:
    imported = as_python_reads(text)
    if imported is None:
        return
    owners = {module for name in imported for owner, module in MODULES.owners(name, ME) if owner != ME}
    assert owners <= found(text)
    assert owners <= found(text, modules=MORE_MODULES)


ENTRY_POINTS = {
    "an object": ("pyproject.toml", '[project.scripts]\nrun = "single:main"\n'),
    "an object with extras": ("pyproject.toml", "[project.entry-points.'x.y']\nrun = 'single : main [fast]'\n"),
    "a module": ("pyproject.toml", '[project.entry-points.pytest11]\nkit = "single"\n'),
    "an inline table": ("pyproject.toml", '[project]\nscripts = { run = "acme.me:main", go = "single:main" }\n'),
    "Poetry": ("pyproject.toml", '[tool.poetry.plugins."x"]\n"a" = "single"\n'),
    "setup.cfg": ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    run = single:main\n"),
    "setup.cfg, a module": ("setup.cfg", "[options.entry_points]\npytest11 =\n    kit=single\n"),
    "setup.py": ("setup.py", 'setup(entry_points={"console_scripts": ["run = single:main"]})\n'),
    "setup.py, a module": ("setup.py", "setup(entry_points={'pytest11': ['kit=single']})\n"),
    "setup.py, a text": ("setup.py", 'setup(entry_points="""\n[console_scripts]\nrun=single:main\n""")\n'),
}


@pytest.mark.parametrize("way", ENTRY_POINTS)
def test_an_entry_point_names_a_module_of_any_length(way: str) -> None:
    path, text = ENTRY_POINTS[way]
    assert found(text, PythonFile(ME, f"plugins/me/{path}", path)) == {"single"}
    deep = text.replace("single", "acme.you.tool")
    assert found(deep, PythonFile(ME, f"plugins/me/{path}", path)) == {"acme.you.tool"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project.scripts]\n# run = "single:main"\nrun = "acme.me:single"\n'),
        ("pyproject.toml", '[project]\nname = "single"\n[tool.x]\nscripts = "single"\n'),
        ("other.toml", '[project.scripts]\nrun = "single:main"\n'),
        ("setup.cfg", "[options.entry_points]\n[options]\npackages =\n    single\nx = single\n"),
        ("setup.py", "single = 1\nsetup(entry_points={}, description='x', packages=['single'])\n"),
    ],
)
def test_other_values_are_not_entry_points(path: str, text: str) -> None:
    assert not found(text, PythonFile(ME, f"plugins/me/{path}", path))
