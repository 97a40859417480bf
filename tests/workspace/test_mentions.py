"""Mentions: the words of a file that name another plugin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace.cache import NOT_SEARCHED
from commonhold.workspace.modules import Modules, PythonFile
from commonhold.workspace.python_files import is_text_source
from commonhold.workspace.scan.mention_text import guess_names
from commonhold.workspace.scan.mentions import MAX_SIZE, MentionFinder

FILES = {
    "plugins/a": ["acme_a/__init__.py", "space/a/__init__.py", "tests/test_a.py"],
    "plugins/b": ["src/acme_b/__init__.py", "src/acme_b/tool.py", "space/b/__init__.py", "tests/kit.py", "single.py"],
    "plugins/c": ["acme_c/__init__.py", "old/c/x.py", "click/__init__.py", "click/shell.py"],
}
NAMES = {"plugins/a": "acme-a", "plugins/b": "acme-b", "plugins/c": "acme-c", "plugins/click": "click"}
FINDER = MentionFinder(NAMES.items(), FILES, Modules((owner, path) for owner, paths in FILES.items() for path in paths))


def found(text: str | bytes, path: str = "x.toml") -> dict[str, int]:
    """The texts that a file of the plugin in plugins/a mentions, with their lines."""
    data = text if isinstance(text, bytes) else text.encode()
    return {text: line for _, text, line in FINDER.find(PythonFile("plugins/a", f"plugins/a/{path}", path), data)}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ('x = "acme-b"', "acme-b"),
        ("x = ['Acme_B>=1', 'six']", "acme-b"),
        ('x = "acme.b[extra] @ ../elsewhere"', "acme-b"),
        ('x = "space.b:main"', "space.b"),
        ('x = "acme_b.tool.Class.method"', "acme_b.tool"),
        ('module = ["acme_b.other.*"]', "acme_b"),
        ('x = "click.shell"', "click.shell"),
        ('x = "old.c"', "old.c"),
        ('x = { path = "../b", editable = true }', "/plugins/b"),
        ("x = {path='../b/tests'}", "/plugins/b/tests"),
        ('x = "plugins/b/data.json"', "/plugins/b/data.json"),
        ('x = "pytest -p kit --rootdir=../b/tests"', "/plugins/b/tests"),
        ('x = "{root}/../b"', "/plugins/b"),
        ('x = "{toxinidir}/../b"', "/plugins/b"),
        ('x = "{tox_root}/../b[test]"', "/plugins/b"),
        ('x = "-e file:///${PROJECT_ROOT}/../b"', "/plugins/b"),
        ('x = "$HERE/../b/run.sh"', "/plugins/b/run.sh"),
        ("PYTHONPATH=src:../b/src:../c/src", "/plugins/b/src"),
        ("-e../b", "/plugins/b"),
    ],
)
def test_a_word_mentions_a_plugin(text: str, target: str) -> None:
    assert found(f"# first line\n{text}\n")[target] == 2


SCRIPT = (
    "#!/usr/bin/env -S uv run\n# /// script\n# requires-python = '>=3.10'\n# dependencies = [{}]\n#\n# ///\nprint()\n"
)


@pytest.mark.parametrize(("need", "name"), [("'Acme_B[x]>=1'", "acme-b"), ("'click'", "click"), ("'six'", "six")])
def test_the_block_of_a_script_names_its_requirements(need: str, name: str) -> None:
    """A name that no plugin has is dropped later."""
    assert found(SCRIPT.format(need), "tests/run.py") == {name: 2}
    assert found(SCRIPT.format(need).replace("\n", "\r\n"), "tests/run.py") == {name: 2}


@pytest.mark.parametrize("path", ["{ path = '../../b' }", "[{ path = '../../b/tests', editable = true }]"])
def test_the_block_of_a_script_mentions_the_paths_of_its_local_sources(path: str) -> None:
    block = SCRIPT.format("'six'").replace("#\n# ///", f"# [tool.uv.sources]\n# six = {path}\n# ///")
    assert found(block, "tests/run.py") == {"six": 2, path.split("'")[1].replace("../../", "/plugins/"): 2}


@pytest.mark.parametrize(
    "text", [SCRIPT.format("[}"), "# /// script\n# dependencies = ['acme-b']\n", "# /// other\n# x = 'acme-b'\n# ///\n"]
)
def test_a_comment_that_is_no_block_of_a_script_names_no_plugin(text: str) -> None:
    assert found(text, "tests/run.py") == {}


@pytest.mark.parametrize(
    "text",
    [
        "# acme-b",
        "x = 1  # acme-b and ../b",
        "; acme_b",
        'x = "acme-b-extra"',
        'x = "acme-b.yaml"',
        'x = "acme_b.yaml"',
        'x = "--acme-b"',
        'x = "my-acme-b"',
        'x = "https://example.org/acme-b/../b"',
        'x = "click"',
        'x = "single"',
        'x = "acme-a"',
        'x = "space.a"',
        'x = "space"',
        'x = "../a/tests"',
        'x = "../b-extra"',
        'x = "../../../../b"',
        'x = "b"',
        'x = "tests/b"',
    ],
)
def test_other_words_mention_no_plugin(text: str) -> None:
    assert found(text).keys() <= {"acme-a"}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("X = {'b': 'acme_b.tool'}", "acme_b.tool"),
        ("X = 'acme_b.' 'tool'", "acme_b.tool"),
        ("X = ('acme_'\n  r'b')", "acme-b"),
        ("X = f'acme_b.{name}'", "acme-b"),
        ("X = f'space.b.{name}'", "space.b"),
        ("def f(x='acme-b'): pass", "acme-b"),
        ("run(['pip', 'install', 'acme-b==1'])", "acme-b"),
        ("X = 'pytest ../b/tests'", "/plugins/b/tests"),
        ("run(['protoc', '--proto_path=../b/proto'])", "/plugins/b/proto"),
        ("X = 'PYTHONPATH=src,../b/src'", "/plugins/b/src"),
        ("X = f'{x[\"acme_b\"]} more'", "acme-b"),
        ("X = 'acme_b.tool:main'  # comment", "acme_b.tool"),
        ("X: 'acme_b.tool.Class'", "acme_b.tool"),
        ("X = 'acme_a.x acme_b.tool'.split()", "acme_b.tool"),
        ("run([sys.executable, '-c', 'import acme_b'])", "acme-b"),
        ("X = 'import os; from acme_b.tool import x'", "acme_b.tool"),
        ("X = '''\nfrom space import b\nimport acme_c\n'''", "space.b"),
        ("X = '''\n  acme_b.tool\n'''", "acme_b.tool"),
        ("this is not ( Python: 'acme_b", "acme-b"),
    ],
)
def test_a_string_constant_mentions_a_plugin(text: str, target: str) -> None:
    assert found(f"{text}\n", "x.py")[target] == 1


@pytest.mark.parametrize("text", ["X = 'acme_b.'", "X = name.startswith('acme_b.tool.')"])
def test_a_string_constant_that_is_the_start_of_names_mentions_no_plugin(text: str) -> None:
    assert found(f"{text}\n", "x.py") == {}


@pytest.mark.parametrize(
    "text",
    [
        "'''acme_b'''",
        "def f():\n    'acme_b'\n",
        "class A:\n    x = 1\n    'acme_b'\n",
        "# 'acme_b'",
        "X = 'install acme-b first'",
        "X = 'https://example.org/acme-b'",
        "X = 'https://example.org/x?from=../b/x'",
        "X = f'{x}acme_b'",
        "acme_b = 1",
        "X = b'acme_b'",
        "X = 'my acme_b.tool'",
        "X = '''\nYou can use acme_b.tool.\n'''",
        "X = 'install acme-b'; from acme_b import x",
    ],
)
def test_docstrings_comments_and_sentences_mention_no_plugin(text: str) -> None:
    assert not found(text, "x.py")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / 'b' / 'testlib'))", "/plugins/b/testlib"),
        ("X = Path(__file__).resolve().parent.parent.parent / 'b/tests'", "/plugins/b/tests"),
        ("X = os.path.join(os.path.dirname(os.path.dirname(__file__)), '..', 'b', 'tests')", "/plugins/b/tests"),
        ("X = os.path.dirname(__file__) + '/../../b'", "/plugins/b"),
        ("X = Path(__file__).parent.joinpath('..', '..', 'b', 'tests')", "/plugins/b/tests"),
        ("HERE = Path(__file__).parent.parent; X = f'{HERE}/../b'", "/plugins/b"),
        ("X = Path.cwd().parent / 'b'", "/plugins/b"),
        ("X = os.path.abspath(os.path.join(os.getcwd(), os.pardir)) or ROOT / 'plugins' / 'b' / 'x'", "/plugins/b/x"),
    ],
)
def test_a_computed_path_mentions_a_plugin(text: str, target: str) -> None:
    assert found(f"{text}\n", "tests/x.py") == {target: 1}


@pytest.mark.parametrize(
    "text",
    [
        "X = tmp_path / 'b' / 'testlib'",
        "X = Path(__file__).parent / 'b'",
        "X = Path(__file__).parents[1] / 'b'",
        "X = Path(__file__).parents[n] / 'b'",
        "X = ' '.join([__file__, 'b'])",
        "X = Path(__file__).parents[2] / name / 'b'",
        "X = Path(__file__).parents[2] / 'a' / 'b'",
    ],
)
def test_other_computed_paths_mention_no_plugin(text: str) -> None:
    assert not found(f"{text}\n", "tests/x.py")


def test_tables_that_a_reader_understands_do_not_count() -> None:
    text = """
[project]
name = "acme-a"
description = "Like acme-b."
urls.Home = "acme-b"
[project.scripts]
a = "acme_b.tool:main"
[tool.poetry.dependencies]
acme-b = "*"
[[tool.mypy.overrides]]
module = ["space.b"]
[tool.uv.sources]
acme-c = { path = "../c" }
"""
    assert found(text, "pyproject.toml") == {"acme_b.tool": 7, "space.b": 11}
    assert found(text, "other.toml").keys() >= {"acme-b", "acme-c", "/plugins/c"}
    assert not found("[options]\ninstall_requires =\n    acme-b\n", "setup.cfg")
    assert found("[options.entry_points]\nx =\n    y = acme_b.tool:main\n", "setup.cfg") == {"acme_b.tool": 3}


RECORDING = """\
interactions:
- request:
    body: '{"text": "pip install acme-b"}'
    uri: https://api.example.org/
  response:
    body:
      string: 'from acme_b.tool import x; python -m acme_b ../b/data'
version: 1
"""


def test_recorded_requests_and_responses_mention_no_plugin() -> None:
    """A server's words are not a use; the same words in other files are."""
    for path in ("tests/cassettes/test_x/test_it.yaml", "recording.yml"):
        assert not found(RECORDING, path)
        assert not found(f"---\n# recorded\n{RECORDING}", path)
        assert found(RECORDING.replace("interactions:\n", "steps:\n"), path).keys() == {
            "acme-b",
            "acme_b.tool",
            "/plugins/b/data",
        }
    assert found("interactions:\n- name: acme-b\n", "x.yaml") == {"acme-b": 2}


def test_only_the_code_of_a_notebook_counts() -> None:
    notebook = """{"cells": [
 {"cell_type": "markdown", "source": ["acme-b"]},
 {"cell_type": "code", "source": [
   "# acme-b\\n",
   "import acme_b.tool\\n"], "outputs": ["acme-c"]},
 {"cell_type": "code", "source": "x = \\"acme-c\\""}
]}"""
    assert found(notebook, "x.ipynb") == {"acme_b.tool": 5, "acme-c": 6}
    assert found('{"cells": 1, "acme-b": 1}', "x.ipynb") == {"acme-b": 1}
    notebook = '{"cells": [{"cell_type": "code", "source": "from space import a, b"}]}'
    assert found(notebook, "x.ipynb") == {"space.b": 1}
    assert found("from space cimport b\n", "x.pyx") == {"space.b": 1}


@pytest.mark.parametrize("path", ["x.py", "x.yaml"])
def test_a_large_file_is_not_searched(path: str) -> None:
    data = b"x = 'acme_b'\n".ljust(MAX_SIZE, b"#")
    source = PythonFile("plugins/a", f"plugins/a/{path}", path)
    assert [text for _, text, _ in FINDER.find(source, data)] == ["acme-b"]
    assert FINDER.find(source, data + b"#") == (NOT_SEARCHED,)


def test_many_names_without_a_common_part_are_found_like_few() -> None:
    names = [(f"plugins/n{index}", f"n{index}-m{index}") for index in range(40)]
    finder = MentionFinder(names, FILES, Modules([]))
    for path, text in (("x.toml", "x = 'n39_m39'"), ("x.py", "X = 'n39.m39' or 'n3-m3' 'x'")):
        assert finder.find(PythonFile("plugins/a", path, path), text.encode()) == (("", "n39-m39", 1),)


@pytest.mark.parametrize(
    ("path", "is_source"),
    [
        ("pixi.toml", True),
        ("Pipfile", True),
        ("environment.yml", True),
        ("requirements/test.txt", True),
        ("dev-requirements.in", True),
        ("scripts/run.sh", True),
        ("rules.mk", True),
        ("tests/.env", True),
        ("run.bat", True),
        ("GNUmakefile", True),
        ("notes.txt", False),
        ("README.md", False),
        ("Pipfile.lock", False),
        ("conda-lock.yml", False),
        ("pylock.dev.toml", False),
        ("requirements-lock.txt", False),
        ("clock.toml", True),
        ("test_reqs.txt", True),
        ("bin/run", True),
        ("docker/Dockerfile", True),
        ("Dockerfile.dev", True),
        ("dev.Containerfile", True),
        ("run.rb", False),
    ],
)
def test_configuration_and_scripts_are_sources(path: str, is_source: bool) -> None:
    assert is_text_source(path) == is_source


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[project]\nname = "Acme_B"\n', "acme-b"),
        ("[metadata]\nname = acme.b\n", "acme-b"),
        ("setup(name='acme-b')", "acme-b"),
        ("setup(name = 'acme-b', version='1')", "acme-b"),
        ('PLUGIN = "b"\nfull = f"acme-{PLUGIN}"\nsetup(\n    name=full,\n)', "acme-b"),
    ],
)
def test_a_literal_name_is_guessed(text: str, name: str) -> None:
    assert name in set(guess_names(text.encode()))


tokens = st.text(st.sampled_from("ab-_.cmeA"), min_size=1, max_size=12)


@given(tokens)
def test_a_name_is_compared_whole_in_every_spelling(token: str) -> None:
    import re

    normal = re.sub(r"[-_.]+", "-", token.rstrip(".")).lower()
    assert ("acme-b" in found(f"x = {token!r}")) == (normal == "acme-b")
    # In Python, a string that ends with a dot is the start of a longer text.
    normal = re.sub(r"[-_.]+", "-", token).lower()
    assert ("acme-b" in found(f"x = {token!r}", "x.py")) == (normal == "acme-b")


def test_a_name_that_begins_with_an_underscore_is_searched_by_its_letters() -> None:
    modules = Modules([("a", "src/_native/__init__.py"), ("b", "src/_native_b/__init__.py"), ("b", "src/acme/b.py")])
    finder = MentionFinder([("a", "acme-a")], ["a", "b"], modules)
    searched = list(finder._tokens(b"one = two + three  # _native, acme-a"))
    assert [b"one = two + three  # _native, acme-a"[start:end] for start, end in searched] == [b"_native", b"acme-a"]
