"""Pins of requirements on other distributions of the repository, in every format."""

from __future__ import annotations

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from commonhold.projects.requirement import pin_lines, pin_requirement
from commonhold.projects.staged_project import StampError
from tests.release.versioned_projects import NAME, stamp_in, toml

PINS = {"example-core": "~=1.17.0", "example-spark": "==1.17.0"}


def _stamped(tmp_path, file, **files):
    named = {name.replace("__", "."): text for name, text in files.items()}
    stamp_in(tmp_path, named, "1.17.0", PINS)
    return (tmp_path / file).read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("example-core", "example-core~=1.17.0"),
        ("Example_Core>=1.3.0b2,<2.0.0", "Example_Core~=1.17.0"),
        ("example.core [x, y]  (>=1) ", "example.core [x, y]~=1.17.0 "),
        ("example-core>=1; python_version<'3.9'", "example-core~=1.17.0; python_version<'3.9'"),
        ('example-core ; extra == "z"', 'example-core~=1.17.0 ; extra == "z"'),
        ("example-core @ file:///x;y", "example-core~=1.17.0"),
        ("example-core[x] @ file:../core ; os_name == 'nt'", "example-core[x]~=1.17.0 ; os_name == 'nt'"),
        ("numpy<2", "numpy<2"),
        ("example-core-extras", "example-core-extras"),
        ("no requirement at all", "no requirement at all"),
    ],
)
def test_a_pin_replaces_only_the_version(before, after):
    assert pin_requirement(before, PINS) == after


_SPACE = st.sampled_from(["", " ", "  "])
_MARKERS = st.sampled_from(["", ";python_version<'3.9'", " ; os_name == \"nt\" and extra == 'a'"])


@given(
    _SPACE,
    st.sampled_from(["", "[a]", " [a,b-c]"]),
    st.sampled_from(["", ">=1", "(~=2.0)", "===1.*;"[:-1], " != 3, <4"]),
    _MARKERS,
)
def test_names_extras_and_markers_are_kept_whatever_the_version_was(space, extras, version, marker):
    text = f"{space}Example.Core{extras}{space}{version}{marker}"
    was, now = Requirement(text), Requirement(pin_requirement(text, PINS))
    assert (now.name, now.extras, str(now.marker)) == (was.name, was.extras, str(was.marker))
    assert now.specifier == SpecifierSet(PINS["example-core"])
    assert pin_requirement(str(now), PINS) == str(now)


def test_lines_keep_their_comments_and_ends():
    text = "# example-core\r\n  example-core>=1  # the core\r\n-r other.txt\r\nexample-spark"
    assert pin_lines(text, PINS) == (
        "# example-core\r\n  example-core~=1.17.0  # the core\r\n-r other.txt\r\nexample-spark==1.17.0"
    )


def test_requirements_in_project_are_pinned_and_all_else_stays_byte_for_byte(tmp_path):
    before = toml(
        "hatchling",
        "version = '0'   # stamped",
        "dependencies = [",
        "    'example-core>=1',   # the core",
        '    "numpy<2", "example-spark[sql] ; python_version < \\"3.12\\"",',
        "]",
        '[project.optional-dependencies]\nall = ["example-spark"]',
    )
    after = (
        before.replace("'0'", "'1.17.0'")
        .replace("'example-core>=1'", "'example-core~=1.17.0'")
        .replace('"example-spark[sql] ;', '"example-spark[sql]==1.17.0 ;')
        .replace('all = ["example-spark"]', 'all = ["example-spark==1.17.0"]')
    )
    assert _stamped(tmp_path, "pyproject.toml", pyproject__toml=before) == after


def test_build_and_development_requirements_stay_as_written(tmp_path):
    before = toml(
        "hatchling", 'version = "1.17.0"', requires=', "example-core"', more='[dependency-groups]\nx = ["example-core"]'
    )
    assert _stamped(tmp_path, "pyproject.toml", pyproject__toml=before) == before


def test_poetry_gets_a_version_instead_of_a_path(tmp_path):
    text = _stamped(
        tmp_path,
        "pyproject.toml",
        pyproject__toml=toml(
            "poetry",
            more=f"""[tool.poetry]
name = "{NAME}"
version = "0"
[tool.poetry.dependencies]
python = "^3.10"
example-core = "^1.0"  # the core
numpy = "^2"
Example_Spark = {{ path = "../spark", develop = true, extras = ["sql"], optional = true }}
[tool.poetry.group.dev.dependencies]
example-spark = {{ path = "../spark" }}
""",
        ),
    )
    assert 'example-core = "~=1.17.0"  # the core\nnumpy = "^2"\n' in text
    spark = tomli.loads(text)["tool"]["poetry"]["dependencies"]["Example_Spark"]
    assert spark == {"version": "==1.17.0", "extras": ["sql"], "optional": True}
    assert 'example-spark = { path = "../spark" }' in text


def test_poetry_next_to_project_loses_the_sources_of_pinned_requirements(tmp_path):
    more = '[tool.poetry.dependencies]\nexample-core = { path = "../core" }\nnumpy = { source = "here" }\n'
    text = _stamped(
        tmp_path,
        "pyproject.toml",
        pyproject__toml=toml("poetry", 'version = "0"', 'dependencies = ["example-core", "numpy"]', more=more),
    )
    assert 'dependencies = ["example-core~=1.17.0", "numpy"]' in text
    assert text.endswith('[tool.poetry.dependencies]\nnumpy = { source = "here" }\n\n')


def test_setup_cfg_is_edited_by_lines(tmp_path):
    before = (
        f"[metadata]\r\nname={NAME}\r\nversion : 0.1\r\n[options]\r\ninstall_requires =\r\n"
        "    example-core >= 1\r\n    # example-core\r\n    numpy\r\n"
        "[options.extras_require]\r\nall = example-spark; numpy\r\n"
    )
    assert _stamped(tmp_path, "setup.cfg", setup__cfg=before) == (
        before.replace(": 0.1", ": 1.17.0")
        .replace("    example-core >= 1", "    example-core~=1.17.0")
        .replace("example-spark;", "example-spark==1.17.0;")
    )


def test_requirements_files_that_metadata_is_read_from_are_pinned(tmp_path):
    pyproject = toml(
        "setuptools",
        'version = "0"',
        'dynamic = ["dependencies", "optional-dependencies"]',
        more='[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\noptional-dependencies.all.file = "all.txt"\n',
    )
    assert _stamped(
        tmp_path, "needs.txt", pyproject__toml=pyproject, needs__txt="example-core\n", all__txt="example-spark\n"
    ) == ("example-core~=1.17.0\n")
    assert (tmp_path / "all.txt").read_text() == "example-spark==1.17.0\n"


SETUP = """# -*- coding: utf-8 -*-
from setuptools import setup

__version__ = '0.0.0+develop'  # é
CORE = "example-core"
requires = ['example-core>=1.2 ; os_name != "nt"', "numpy"]
extras = {"all": ["example-spark"], "x": f"{CORE}[y]=={__version__}"}
setup(
    name="example-thing", version=__version__, description="example-spark",
    install_requires=requires + [CORE + ">=1"], extras_require=extras,
)
"""


def test_setup_py_changes_only_in_the_literals_of_its_requirements(tmp_path):
    text = _stamped(tmp_path, "setup.py", setup__py=SETUP)
    assert text == (
        SETUP.replace("'0.0.0+develop'", "'1.17.0'")
        .replace("'example-core>=1.2 ; os_name != \"nt\"'", "'example-core~=1.17.0 ; os_name != \"nt\"'")
        .replace('{"all": ["example-spark"]', '{"all": ["example-spark==1.17.0"]')
        .replace('f"{CORE}[y]=={__version__}"', '"example-core[y]~=1.17.0"')
        .replace('CORE + ">=1"', '"example-core~=1.17.0"')
    )


def test_a_setup_py_keeps_its_encoding(tmp_path):
    source = "# coding: latin-1\nfrom setuptools import setup\nx = 'é'; setup(version='1', install_requires=['é', 'example-core'][1:])\n"
    (tmp_path / "setup.py").write_bytes(source.encode("latin-1"))
    stamp_in(tmp_path, {}, "1.17.0", PINS)
    after = source.replace("'1'", "'1.17.0'").replace("'example-core'", "'example-core~=1.17.0'")
    assert (tmp_path / "setup.py").read_bytes() == after.encode("latin-1")


def test_a_readme_that_setup_py_opens_is_not_pinned(tmp_path):
    setup = 'from setuptools import setup\nsetup(version="1", long_description=open("README.md").read(), install_requires=["example-core"])\n'
    assert _stamped(tmp_path, "README.md", setup__py=setup, README__md="example-core\n") == "example-core\n"
    assert "example-core~=1.17.0" in (tmp_path / "setup.py").read_text()


def test_requirements_that_setup_py_reads_are_pinned_in_their_file(tmp_path):
    setup = 'from setuptools import setup\nsetup(version="1", install_requires=open("needs.txt").read().splitlines())\n'
    assert (
        _stamped(tmp_path, "needs.txt", setup__py=setup, needs__txt="example-core>=1\nnumpy\n")
        == "example-core~=1.17.0\nnumpy\n"
    )


def test_a_requirement_without_a_literal_is_reported(tmp_path):
    setup = 'from setuptools import setup\nsetup(version="1", install_requires=["-".join(["example", "core"])])\n'
    with pytest.raises(StampError, match=r"plugins/thing/setup.py requires 'example-core'"):
        stamp_in(tmp_path, {"setup.py": setup}, "1.17.0", PINS)


def test_an_unknown_version_is_replaced_by_the_pin(tmp_path):
    setup = (
        "import os\nfrom setuptools import setup\nv = os.environ['V']\n"
        "setup(version='1', install_requires=[f'example-core[x]>={v} ; os_name == \"nt\"', f'numpy>={v}', 'example-spark>' + v])\n"
    )
    assert _stamped(tmp_path, "setup.py", setup__py=setup) == (
        setup.replace("'1'", "'1.17.0'")
        .replace("f'example-core[x]>={v} ; os_name == \"nt\"'", "'example-core[x]~=1.17.0 ; os_name == \"nt\"'")
        .replace("'example-spark>' + v", '"example-spark==1.17.0"')
    )


def test_a_very_long_line_is_pinned_quickly(tmp_path):
    gap = " " * 10**5
    cfg = f"[metadata]\nname = {NAME}\nversion = 0\na{gap}b\n[options]\ninstall_requires =\n    other{gap}thing\n    core>=1\n"
    stamp_in(tmp_path, {"setup.cfg": cfg}, "1.0", {"core": "~=1.0"})
    assert (tmp_path / "setup.cfg").read_text() == cfg.replace("version = 0", "version = 1.0").replace(">=1", "~=1.0")


def test_a_value_of_one_dangling_line_in_setup_cfg_is_pinned(tmp_path):
    before = f"[metadata]\nname = {NAME}\nversion = 1\n[options]\ninstall_requires =\n  example-core; os_name == 'nt'\n"
    text = _stamped(tmp_path, "setup.cfg", setup__cfg=before)
    assert text.endswith("install_requires =\n  example-core~=1.17.0; os_name == 'nt'\n")


def test_included_requirements_files_and_continued_lines_are_pinned(tmp_path):
    more = '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\n'
    files = {
        "pyproject.toml": toml("setuptools", 'version = "1"', 'dynamic = ["dependencies"]', more=more),
        "needs.txt": "# not a \\\nexample-core \\\r\n  >=1, \\\r\n  <2\r\nnumpy \\\n  <2\n-r more/in.txt\n",
        "more/in.txt": "example-spark # here\n-r ../needs.txt\n",
    }
    stamp_in(tmp_path, files, "1.17.0", PINS)
    assert (tmp_path / "needs.txt").read_bytes() == (
        b"# not a \\\nexample-core~=1.17.0\r\nnumpy \\\n  <2\n-r more/in.txt\n"
    )
    assert (tmp_path / "more/in.txt").read_text() == "example-spark==1.17.0 # here\n-r ../needs.txt\n"


def test_files_that_setuptools_ignores_next_to_a_static_project_table_stay_as_they_are(tmp_path):
    setup = "from setuptools import setup\nsetup(install_requires=['-'.join(['example', 'core'])])\n"
    files = {
        "pyproject.toml": toml("setuptools", 'version = "1"', 'dependencies = ["example-core"]'),
        "setup.py": setup,
        "setup.cfg": "[options]\ninstall_requires = example-core\n",
    }
    stamp_in(tmp_path, files, "1.17.0", PINS)
    assert 'dependencies = ["example-core~=1.17.0"]' in (tmp_path / "pyproject.toml").read_text()
    assert (tmp_path / "setup.py").read_text() == setup
    assert (tmp_path / "setup.cfg").read_text() == files["setup.cfg"]
