"""What projects publish about themselves is read from every format, with the place of each value."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.projects.description import read_description
from commonhold.projects.published import Licence, Person, Published, Readme, ValueState
from commonhold.projects.toml_lines import key_lines
from tests.projects.test_hostile import EDITS, FILES, REAL
from tests.release.indexes import python_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.published import Description

FOLDER = "plugins/x"
STATED, MISSING, COMPUTED, INVALID = ValueState

PEP621 = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "Acme_X"
version = "1"
description = "Draws maps."
readme = { file = "README.md", content-type = "text/markdown" }
license = "MIT"
license-files = ["LICENSE*"]
requires-python = ">=3.10"
keywords = ["maps"]
authors = [{ name = "octocat" }]
maintainers = [
    { name = "octocat", email = "octocat@example.org" },
    { email = "team@example.org" },
]
import-names = ["acme.x"]
import-namespaces = ["acme"]
classifiers = [
    "Typing :: Typed",
    "Natural Language :: English",
]
scripts = { acme = "acme.x:main" }
[project.urls]
Home = "https://example.org"
[project.entry-points."acme.plugins"]
x = "acme.x"
"""
POETRY = """\
[tool.poetry]
name = "acme-x"
version = "1"
description = "Draws maps."
license = "MIT"
authors = ["octocat <octocat@example.org>"]
maintainers = ["team@example.org"]
readme = ["README.md", "MORE.md"]
homepage = "https://example.org"
classifiers = ["Typing :: Typed"]
scripts = { acme = "acme.x:main", tool = { reference = "acme.x:tool", type = "console" } }
[tool.poetry.urls]
Docs = "https://docs.example.org"
[tool.poetry.plugins."acme.plugins"]
x = "acme.x"
[tool.poetry.dependencies]
python = "^3.9"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
SETUP_CFG = """\
[metadata]
name = acme-x
version = attr: acme.x.VERSION
description = Draws maps.
long_description = file: README.md
long_description_content_type = text/markdown
license = MIT
license_files =
    LICENSE
author = octocat
author_email = octocat@example.org
url = https://example.org
project_urls =
    Docs = https://docs.example.org
classifiers =
    Typing :: Typed
keywords = maps, cities
[options]
python_requires = >=3.9
[options.entry_points]
acme.plugins =
    x = acme.x
"""
SETUP_PY = """\
import os
from setuptools import setup
here = os.path.dirname(__file__)
setup(
    name="acme-x",
    version=os.environ["VERSION"],
    description="Draws " "maps.",
    long_description=open(os.path.join(here, "README.md")).read(),
    license="MIT",
    author="octocat, hubot",
    maintainer="Example, Inc.",
    maintainer_email="a@example.org, b@example.org",
    url="https://example.org",
    project_urls={"Docs": "https://docs.example.org"},
    classifiers=["Typing :: Typed"],
    python_requires=">=3.9",
    entry_points={"acme.plugins": ["x=acme.x"], "console_scripts": "acme=acme.x:main"},
)
"""


def describe(files: Mapping[str, str | bytes]) -> Description:
    tree = {f"{FOLDER}/{name}": text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return read_description(FOLDER, tree.get)


def stated(description: Description) -> dict[str, tuple[object, str, int | None]]:
    """The stated values with the names of their files and their lines."""
    fields = {name: value for name, value in vars(description).items() if isinstance(value, Published)}
    return {
        name: (value.value, value.path.removeprefix(f"{FOLDER}/"), value.line)
        for name, value in fields.items()
        if value.state is STATED
    }


def states(description: Description, state: ValueState) -> set[str]:
    return {name for name, value in vars(description).items() if isinstance(value, Published) and value.state is state}


def test_every_value_of_pep_621_is_read_with_its_line() -> None:
    description = describe({"pyproject.toml": PEP621, "setup.py": "raise SystemExit"})
    people = (Person("octocat", "octocat@example.org"), Person(None, "team@example.org"))
    points = {"console_scripts": {"acme": "acme.x:main"}, "acme.plugins": {"x": "acme.x"}}
    values = {
        "name": ("Acme_X", 5),
        "version": ("1", 6),
        "summary": ("Draws maps.", 7),
        "readme": (Readme("README.md", None, "text/markdown"), 8),
        "licence": (Licence(expression="MIT"), 9),
        "licence_files": (("LICENSE*",), 10),
        "requires_python": (">=3.10", 11),
        "keywords": (("maps",), 12),
        "authors": ((Person("octocat"),), 13),
        "maintainers": (people, 14),
        "import_names": (("acme.x",), 18),
        "import_namespaces": (("acme",), 19),
        "classifiers": (("Typing :: Typed", "Natural Language :: English"), 20),
        "urls": ({"Home": "https://example.org"}, 25),
        "entry_points": (points, 24),
    }
    assert stated(description) == {name: (value, "pyproject.toml", line) for name, (value, line) in values.items()}
    assert (description.backend, description.has_project_table) == ("hatchling", True)
    assert description.classifiers.line_of("Natural") == 22
    assert description.maintainers.line_of("team@") == 16


def test_every_value_of_poetry_is_read_with_its_line() -> None:
    description = describe({"pyproject.toml": POETRY})
    points = {"console_scripts": {"acme": "acme.x:main", "tool": "acme.x:tool"}, "acme.plugins": {"x": "acme.x"}}
    values = {
        "name": ("acme-x", 2),
        "version": ("1", 3),
        "summary": ("Draws maps.", 4),
        "licence": (Licence(text="MIT"), 5),
        "authors": ((Person("octocat", "octocat@example.org"),), 6),
        "maintainers": ((Person(None, "team@example.org"),), 7),
        "readme": (Readme("README.md"), 8),
        "classifiers": (("Typing :: Typed",), 10),
        "urls": ({"Homepage": "https://example.org", "Docs": "https://docs.example.org"}, 9),
        "entry_points": (points, 11),
        "requires_python": (">=3.9,<4", 17),
    }
    assert stated(description) == {name: (value, "pyproject.toml", line) for name, (value, line) in values.items()}
    assert states(description, MISSING) == {"licence_files", "keywords", "import_names", "import_namespaces"}
    assert description.keywords.line == 1


def test_every_value_of_setup_cfg_is_read_with_its_line() -> None:
    description = describe({"setup.cfg": SETUP_CFG})
    values = {
        "name": ("acme-x", 2),
        "summary": ("Draws maps.", 4),
        "readme": (Readme("README.md", None, "text/markdown"), 5),
        "licence": (Licence(text="MIT"), 7),
        "licence_files": (("LICENSE",), 8),
        "authors": ((Person("octocat", "octocat@example.org"),), 10),
        "urls": ({"Homepage": "https://example.org", "Docs": "https://docs.example.org"}, 13),
        "classifiers": (("Typing :: Typed",), 15),
        "keywords": (("maps", "cities"), 17),
        "requires_python": (">=3.9", 19),
        "entry_points": ({"acme.plugins": {"x": "acme.x"}}, 21),
    }
    assert stated(description) == {name: (value, "setup.cfg", line) for name, (value, line) in values.items()}
    assert states(description, COMPUTED) == {"version"}


def test_every_value_of_setup_py_is_read_with_its_line() -> None:
    description = describe({"setup.py": SETUP_PY})
    company = (Person("Example, Inc.", "a@example.org"), Person(None, "b@example.org"))
    points = {"acme.plugins": {"x": "acme.x"}, "console_scripts": {"acme": "acme.x:main"}}
    values = {
        "name": ("acme-x", 5),
        "summary": ("Draws maps.", 7),
        "readme": (Readme("README.md"), 8),
        "licence": (Licence(text="MIT"), 9),
        "authors": ((Person("octocat"), Person("hubot")), 10),
        "maintainers": (company, 11),
        "urls": ({"Homepage": "https://example.org", "Docs": "https://docs.example.org"}, 13),
        "classifiers": (("Typing :: Typed",), 15),
        "requires_python": (">=3.9", 16),
        "entry_points": (points, 17),
    }
    assert stated(description) == {name: (value, "setup.py", line) for name, (value, line) in values.items()}
    assert states(description, COMPUTED) == {"version"}
    assert description.keywords == Published(MISSING, "plugins/x/setup.py")


def test_setuptools_fills_only_dynamic_fields_from_its_own_files() -> None:
    pyproject = (
        '[project]\nname = "x"\ndynamic = ["version", "readme", "description", "classifiers", "keywords"]\n'
        '[tool.setuptools.dynamic]\nversion = { attr = "x.V" }\nreadme = { file = ["R.rst"], content-type = "text/x-rst" }\n'
        'description = { file = "about.txt" }\n'
    )
    setup = 'from setuptools import setup\nsetup(classifiers=["Typing :: Typed"], license="MIT")\n'
    description = describe({"pyproject.toml": pyproject, "setup.py": setup, "about.txt": "Draws maps.\n"})
    assert stated(description) == {
        "name": ("x", "pyproject.toml", 2),
        "readme": (Readme("R.rst", None, "text/x-rst"), "pyproject.toml", 6),
        "summary": ("Draws maps.", "pyproject.toml", 7),
        "classifiers": (("Typing :: Typed",), "setup.py", 2),
    }
    assert states(description, COMPUTED) == {"version", "keywords"}
    assert description.licence.is_missing


def test_lines_that_end_with_a_carriage_return_are_counted() -> None:
    description = describe({"setup.cfg": SETUP_CFG.replace("\n", "\r")})
    assert (description.keywords.line, description.classifiers.line_of("Typing")) == (17, 15)


def test_flit_reads_the_summary_from_the_module() -> None:
    metadata = (
        'module = "acme"\nauthor = "octocat"\nhome-page = "https://example.org"\ndescription-file = "README.rst"\n'
    )
    description = describe({"pyproject.toml": f"[tool.flit.metadata]\n{metadata}"})
    assert stated(description) == {
        "name": ("acme", "pyproject.toml", 2),
        "authors": ((Person("octocat"),), "pyproject.toml", 3),
        "urls": ({"Homepage": "https://example.org"}, "pyproject.toml", 4),
        "readme": (Readme("README.rst"), "pyproject.toml", 5),
    }
    assert states(description, COMPUTED) == {"version", "summary"}


def test_unknown_arguments_of_setup_make_missing_values_unknown() -> None:
    description = describe({"setup.py": "from setuptools import setup\nsetup(name='x', **unknown())\n"})
    assert stated(description)["name"] == ("x", "setup.py", 2)
    assert {"summary", "licence", "urls"} <= states(description, COMPUTED)


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py"])
def test_a_file_that_cannot_be_parsed_makes_its_values_unknown(name: str) -> None:
    description = describe({name: "(\n"})
    assert states(description, MISSING) <= {"import_names", "import_namespaces"}


def test_values_of_wrong_types_are_invalid_and_name_their_lines() -> None:
    description = describe(
        {"pyproject.toml": '[project]\nname = "x"\nreadme = 5\nauthors = ["octocat"]\nurls = ["x"]\n'}
    )
    assert {(value.message, value.line) for value in description.invalid()} == {
        ("project.readme is not a string, or a table with either a file or a text", 3),
        ("project.authors is not a list of tables", 4),
        ("project.urls is not a table of strings", 5),
    }


def test_keys_in_strings_arrays_and_comments_have_no_lines() -> None:
    text = 'a = """\n[t]\nb = 1\n"""\nc = [\n  ["[x]", "d = 1"],\n] # e = 1\n[[t."u.v"]]\nf = { g = 1 }\n'
    assert key_lines(text) == {("a",): 1, ("c",): 5, ("t", "u.v"): 8, ("t", "u.v", "f"): 9}


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(FILES), REAL), EDITS)
def test_any_edit_of_project_files_gives_a_description(
    files: dict[str, bytes], edits: list[tuple[int, int, bytes]]
) -> None:
    for at, length, text in edits:
        files = {name: raw[:at] + text + raw[at + length :] for name, raw in files.items()}
    description = describe(files)
    for value in vars(description).values():
        if isinstance(value, Published):
            assert (value.value is not None) == (value.state is STATED)
            assert value.line is None or value.line > 0


VALIDATE = """\
import json, sys
from validate_pyproject.api import Validator
from validate_pyproject.errors import ValidationError
if sys.version_info >= (3, 11): import tomllib
validate, accepted = Validator(), []
for text in json.load(sys.stdin):
    try:
        validate(tomllib.loads(text))
        accepted.append(True)
    except ValidationError:
        accepted.append(False)
print(json.dumps(accepted))
"""
VALUES = (
    '"x"',
    "5",
    "true",
    "[]",
    '["x"]',
    "[5]",
    "{}",
    '{ name = "x" }',
    '{ file = "x", content-type = "text/plain" }',
)
KEYS = (
    "description",
    "readme",
    "license",
    "license-files",
    "keywords",
    "classifiers",
    "authors",
    "maintainers",
    "urls",
)


def test_wrong_types_are_those_that_validate_pyproject_rejects() -> None:
    cases = [(key, value) for key in (*KEYS, "requires-python", "import-names") for value in VALUES]
    texts = [f'[project]\nname = "x"\nversion = "1"\n{key} = {value}\n' for key, value in cases]
    words = [python_with("validate-pyproject"), "-c", VALIDATE]
    output = subprocess.run(words, input=json.dumps(texts), capture_output=True, text=True, check=True).stdout
    rejected = [not accepted for accepted in json.loads(output)]
    invalid = [bool(describe({"pyproject.toml": text}).invalid()) for text in texts]
    assert dict(zip(cases, invalid, strict=True)) == dict(zip(cases, rejected, strict=True))
