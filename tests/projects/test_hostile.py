"""Hostile project files give metadata or a problem, never an exception, and always in a short time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.projects.declaration import Declaration, ProjectFiles
from commonhold.projects.pep621 import read_project
from commonhold.projects.setup_py import FILE, SetupCalls
from commonhold.projects.staged_project import StagedProject
from commonhold.projects.typed_table import TypedTable
from tests.projects.read_files import messages, read, setup

if TYPE_CHECKING:
    from commonhold.projects.metadata import Metadata

TOO_MUCH = "the file computes too much to be read without running it; move its metadata to pyproject.toml"
NO_PYTHON = "the file cannot be parsed as Python; move its metadata to pyproject.toml"
FILES = ["pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "dev-requirements.in"]

PYPROJECT = b"""[build-system]
requires = ["hatchling", "h @ {root:parent:uri}/h"]
[project]
name = "x"
dependencies = ["a@file:../a", "c[q,w]>=1"]
readme = { file = "R.md" }
dynamic = ["optional-dependencies"]
[dependency-groups]
a = ["x", {include-group="b"}]
b = ["y"]
[tool.poetry.dependencies]
python = "^3.8 || ~2.7"
core = {path="../core", extras=["X"]}
[tool.uv.sources]
c = {path="../dd"}
"""
SETUP_CFG = b"[metadata]\nname = z\n[options]\ninstall_requires =\n    c\n[options.extras_require]\nt = file: t.txt\n"
SETUP_PY = b"""from setuptools import setup
NAME = "x"
r = [f"{NAME}-y", *open("requirements.txt").read().split("\\n")]
for n in ["a", unknown]:
    r.append("%s" % n)
setup(name=NAME, install_requires=r, extras_require={"e": ["{}".format(NAME)]})
"""
REQUIREMENTS = b"-r ../c.txt\n-e file:../s/.#egg=s[z]\nfoo \\\n --hash=a\n./p[e]\nq==${V} # why\n"
REAL = st.sampled_from([PYPROJECT, SETUP_CFG, SETUP_PY, REQUIREMENTS])
EDITS = st.lists(
    st.tuples(
        st.integers(0, 800),
        st.integers(0, 20),
        st.sampled_from(
            [b"", b"\0", b'"', b"[", b"]", b"{", b"}", b"=", b"\n", b"3", b"\xff", b"(", b"**", b"-r ", b"@"]
        ),
    ),
    max_size=6,
)


def reading_of(files: dict[str, bytes]) -> Metadata:
    metadata = read(files)
    assert all(len(problem.message) < 400 and problem.message.isprintable() for problem in metadata.problems)
    return metadata


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FILES), st.binary(max_size=100)))
def test_any_bytes_give_metadata_or_a_problem(files: dict[str, bytes]) -> None:
    reading_of(files)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FILES), REAL), EDITS)
def test_real_files_with_edits_give_metadata_or_a_problem(
    files: dict[str, bytes], edits: list[tuple[int, int, bytes]]
) -> None:
    for at, length, text in edits:
        files = {name: raw[:at] + text + raw[at + length :] for name, raw in files.items()}
    reading_of(files)


KEYS = st.sampled_from(
    [
        *("project", "build-system", "dependency-groups", "tool", "poetry", "hatch", "pdm", "uv", "setuptools"),
        *("dependencies", "optional-dependencies", "dev-dependencies", "dev", "group", "envs", "features", "extras"),
        *("requires", "build-backend", "backend-path", "name", "dynamic", "classifiers", "python", "commonhold"),
        *(
            "readme",
            "license",
            "license-files",
            "file",
            "paths",
            "include-group",
            "sources",
            "path",
            "version",
            "optional",
        ),
    ]
)
SCALARS = (
    st.integers(-9, 9)
    | st.booleans()
    | st.text(max_size=4)
    | st.sampled_from(["a", "a>=1", "a @ file:../b", "^3.8", "b[x]", "../x", "setuptools.build_meta", "dependencies"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


def to_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {to_toml(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(f"\\U{ord(each):08x}" for each in str(value)) + '"'


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_values_of_any_type_give_metadata_or_a_problem(document: dict[str, object]) -> None:
    text = "\n".join(f'"{key}" = {to_toml(value)}' for key, value in document.items())
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return  # a lone surrogate, which a text of TOML cannot hold
    reading_of({"pyproject.toml": text.encode()})


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_a_project_table_of_any_values_gives_metadata_or_a_problem(project: dict[str, object]) -> None:
    stated = Declaration("pyproject.toml", "")
    top = TypedTable({"project": project}, "", lambda message: stated.problem("", message))
    read_project(ProjectFiles("", lambda path: None), stated, top, "setuptools")
    assert all(field in ("", "runtime") for field, _ in stated.problems)


@pytest.mark.parametrize(
    "body",
    [
        "x = " + "+".join(["a"] * 20_000),
        "x = a" + ".b" * 20_000,
        "x = a" + "()" * 20_000,
        "x = " + "(" * 5_000,
        "x = " + "-" * 50_000 + "1",
        "x = " + "9" * 50_000,
        "def f(x):\n    return f(x) + f(x)\nsetup(name=f(1))",
        "exec(open('setup.py').read())",
        "x = []\nfor a in '" + "y" * 900 + "':\n for b in '" + "y" * 900 + "':\n  x.append(a)",
        "x = 1" + "\n" * 200_000,
    ],
)
def test_code_that_would_exhaust_the_reader_is_a_problem(body: str) -> None:
    assert messages(setup(body)) in ([TOO_MUCH], [NO_PYTHON])


@pytest.mark.parametrize(
    "body",
    [
        "b = 'x'\n" + "b = b + b\n" * 60,
        "b = 'x'\n" + "b = f'{b}{b}'\n" * 60,
        "b = 'x'\n" + "b = b.join([b, b, b])\n" * 60,
        "b = 'x'\n" + "b = '%s%s' % (b, b)\n" * 60,
        "b = 'x'\n" + "b = '{0}{0}'.format(b)\n" * 60,
        "b = 'xxxxxx'\n" + "b = b.replace('x', 'xxxxxx')\n" * 60,
        "b = 'x'\n" + "b = b / b\n" * 60,
        "b = ['x']\n" + "b = b + b\n" * 60,
        "b = ['x']\n" + "b.extend(b)\n" * 60,
        "b = ('x',)\n" + "b = (b, b)\n" * 60 + "unknown(b)",
        "b = '{:999999999}'.format(1) + '%999999999d' % 1 + f'{1:999999999}'",
        "b = []\nb.append(b)",
        "b = {}\nb['b'] = b\nb = [b]",
        "b = '\\ud800'",
        "b = 'a\\0'\nb = ['\\x1b[31m']",
        "b = 9 ** 9 ** 9 ** 9",
    ],
)
def test_values_that_grow_without_end_are_unknown(body: str) -> None:
    problems = messages(setup(f"{body}\nsetup(name='x', install_requires=b)"))
    assert len(problems) >= 1
    assert all(len(problem) < 200 and problem.isprintable() for problem in problems)


@pytest.mark.parametrize("nested", ["[p]", "[p, p]", "{'a': p}", "(p, [p])"])
@pytest.mark.parametrize("key", ["packages", "scripts", "entry_points", "package_data", "install_requires"])
def test_deeply_nested_arguments_are_read(key: str, nested: str) -> None:
    body = "p = ['acme_x']\n" + f"p = {nested}\n" * 2_000 + f"setup(name='x', {key}=p)"
    assert setup(body).name == "x"
    calls = SetupCalls(StagedProject(".", "x", "x", "1", {}), {FILE: f"from setuptools import setup\n{body}".encode()})
    assert calls.requirements() == (["acme_x"] if key == "install_requires" else [])


def test_statements_outside_of_what_they_belong_to_do_no_harm() -> None:
    assert setup("setup(name='x')\nbreak").name == "x"
    assert setup("def f():\n    continue\nf()\nsetup(name='x')").name == "x"


@pytest.mark.parametrize("expression", ["'\\d'", "1if True else 2", "0 is 0"])
def test_python_warnings_about_a_file_are_not_shown(expression: str) -> None:
    assert setup(f"x = {expression}\nsetup(name='x')").problems == ()


def test_a_very_long_line_is_read_like_any_other() -> None:
    assert read({"setup.cfg": f"[metadata]\nname = x\na{' ' * 10**5}b\n"}).name == "x"


@pytest.mark.parametrize(
    "number", ["1" * 5000, "-" + "1" * 5000, "0x" + "f" * 5000, "0b" + "1_0" * 5000, "0o" + "7" * 5000]
)
@pytest.mark.parametrize(
    "key", ["build-system.build-backend", "project.name", "tool.poetry.version", "tool.commonhold.timeout"]
)
def test_a_number_that_python_cannot_show_is_a_problem(number: str, key: str) -> None:
    """Python reads long numbers in base 16, but raises an error when a message shows them."""
    (message,) = messages(read({"pyproject.toml": f"{key} = {number}\n"}))
    assert message.startswith("the file is not TOML (")
