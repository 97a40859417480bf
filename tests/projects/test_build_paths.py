"""Paths outside a project's folder that its build settings name."""

from __future__ import annotations

import pytest

from tests.projects.read_files import FOLDER, HATCHLING, PROJECT, read

BUILD = "[tool.hatch.build"

IN_PYPROJECT = {
    "force-include": f'{BUILD}.force-include]\n"../b/data" = "x/data"',
    "force-include of the wheel": f'{BUILD}.targets.wheel.force-include]\n"../b/data" = "x/data"',
    "force-include of the sdist": f'{BUILD}.targets.sdist.force-include]\n"../b/data" = "x/data"',
    "force-include from the root": f'{BUILD}.force-include]\n"{{root:parent}}/b/data" = "x/data"',
    "hatch packages": f'{BUILD}.targets.wheel]\npackages = ["src/x", "../b/data"]',
    "hatch include": f'{BUILD}]\ninclude = ["../b/data/**/*.json"]',
    "hatch sources": f'{BUILD}.targets.wheel.sources]\n"../b/data" = "x"',
    "hatch version": '[tool.hatch.version]\npath = "../b/data"',
    "hatch hook": f'{BUILD}.hooks.custom]\npath = "../b/data"',
    "hatch metadata hook": '[tool.hatch.metadata.hooks.fancy-pypi-readme]\nfragments = [{ path = "../b/data" }]',
    "poetry from": '[tool.poetry]\nname = "x"\npackages = [{ include = "data", from = "../b" }]',
    "poetry include": '[tool.poetry]\nname = "x"\ninclude = [{ path = "../b/data", format = "sdist" }]',
    "poetry build": '[tool.poetry]\nname = "x"\n[tool.poetry.build]\nscript = "../b/data"',
    "pdm version": '[tool.pdm.version]\nsource = "file"\npath = "../b/data"',
    "pdm includes": '[tool.pdm.build]\nincludes = ["src", "../b/data/*.json"]',
    "pdm package-dir": '[tool.pdm.build]\npackage-dir = "../b/data"',
    "pdm hook": '[tool.pdm.build]\ncustom-hook = "../b/data"',
    "setuptools package-dir": '[tool.setuptools.package-dir]\nx = "src/x"\nshared = "../b/data"',
    "setuptools find": '[tool.setuptools.packages.find]\nwhere = ["src", "../b/data"]',
    "setuptools data": '[tool.setuptools.data-files]\nshare = ["../b/data/*.json"]',
    "setuptools version": '[tool.setuptools.dynamic]\nversion = { file = ["../b/data"] }',
    "setuptools extension": '[[tool.setuptools.ext-modules]]\nname = "x"\nsources = ["../b/data/x.c"]',
    "setuptools-scm": '[tool.setuptools_scm]\nroot = "../.."\nversion_file = "../b/data"',
    "uv": '[tool.uv.build-backend]\nmodule-root = "../b/data"',
    "flit": '[tool.flit.sdist]\ninclude = ["../b/data/x.md"]',
    "maturin": '[tool.maturin]\nmanifest-path = "../b/data/Cargo.toml"',
    "scikit-build": '[tool.scikit-build]\ncmake.source-dir = "../b/data"',
}


@pytest.mark.parametrize("way", IN_PYPROJECT)
def test_a_path_outside_the_folder_is_read(way: str) -> None:
    project = "" if "poetry" in way else PROJECT
    metadata = read({"pyproject.toml": f"{HATCHLING}{project}{IN_PYPROJECT[way]}\n"})
    assert metadata.problems == ()
    (found,) = metadata.reads
    assert found.startswith("plugins/b/data")


@pytest.mark.parametrize(
    ("table", "requires"), [("own-backend", "own_backend>=1"), ("setuptools-rust", "setuptools-rust")]
)
def test_the_table_of_any_build_requirement_counts(table: str, requires: str) -> None:
    text = f'{PROJECT}[tool.{table}]\nthing = {{ where = "../b/data" }}\n[build-system]\nrequires = '
    assert read({"pyproject.toml": f'{text}["{requires}"]\n'}).reads == {"plugins/b/data"}
    assert read({"pyproject.toml": f'{text}["other"]\n'}).reads == set()


NOTHING = {
    "a folder inside": f'{BUILD}.targets.wheel]\npackages = ["src/x", "./y", "a..b"]',
    "the root of the history": '[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = "../.." }',
    "outside the repository": f'{BUILD}.force-include]\n"../../../data" = "x"\n"/etc/hosts" = "y"',
    "other settings": '[tool.ruff]\nextend = "../ruff.toml"',
    "environments": '[tool.hatch.envs.default.scripts]\ntest = "pytest ../b/tests"',
    "publishing": '[tool.uv]\npublish-url = "../x"',
}


@pytest.mark.parametrize("way", NOTHING)
def test_other_texts_are_not_read(way: str) -> None:
    assert read({"pyproject.toml": f"{HATCHLING}{PROJECT}{NOTHING[way]}\n"}).reads == set()


def test_hatch_toml_describes_builds_too() -> None:
    files = {"pyproject.toml": HATCHLING + PROJECT, "hatch.toml": '[build.force-include]\n"../b/data" = "x"\n'}
    assert read(files).reads == {"plugins/b/data"}


def test_a_crate_that_is_required_by_path_is_read() -> None:
    build = '[build-system]\nrequires = ["maturin>=1"]\nbuild-backend = "maturin"\n'
    files = {
        "pyproject.toml": build + PROJECT,
        "Cargo.toml": '[package]\nname = "x"\nworkspace = "../.."\n[dependencies]\none = { path = "../../crates/one" }\n',
        "crates/one/Cargo.toml": '[dependencies]\ntwo = { path = "../two" }\nback = { path = "../one" }\n',
    }
    assert read(files).reads == {"crates/one", "crates/two"}


IN_SETUP_CFG = {
    "package_dir": "[options]\npackage_dir =\n    = ../b/data\n",
    "find": "[options]\npackages = find:\n[options.packages.find]\nwhere = ../b/data\n",
    "data files": "[options.data_files]\nshare =\n    ../b/data/x.json\n    y.json\n",
    "version": "[metadata]\nversion = file: ../b/data\n",
    "pbr": "[files]\npackages_root = ../b/data\n",
}


@pytest.mark.parametrize("way", IN_SETUP_CFG)
def test_a_path_in_setup_cfg_is_read(way: str) -> None:
    text = "[metadata]\nname = x\n" + IN_SETUP_CFG[way]
    (found,) = read({"setup.cfg": text}).reads
    assert found.startswith("plugins/b/data")


IN_SETUP_PY = {
    "package_dir": "package_dir={'': '../b/data'}",
    "joined": "package_dir={'': os.path.join(os.path.dirname(__file__), '..', 'b', 'data')}",
    "data files": "data_files=[('share', ['../b/data/x.json'])]",
    "extension": "ext_modules=[Extension('x', sources=['../b/data/x.c'])]",
    "find_packages": "packages=find_packages(where='../b/data')",
    "package data": "package_data={'x': ['../../b/data', '../b/data/y']}",
}


@pytest.mark.parametrize("way", IN_SETUP_PY)
def test_a_path_in_setup_py_is_read(way: str) -> None:
    text = f"import os\nfrom setuptools import *\nsetup(name='x', {IN_SETUP_PY[way]})\n"
    metadata = read({"setup.py": text})
    assert metadata.problems == ()
    assert any(path.startswith("plugins/b/data") for path in metadata.reads)


def test_a_list_that_contains_itself_is_read_once() -> None:
    nested = "x = ['../b/data']\nfor i in range(60):\n    x = [x, x]\nsetup(name='x', package_data={'x': x})\n"
    assert read({"setup.py": f"from setuptools import setup\n{nested}"}).reads == {"plugins/b/data"}


PACKAGE_DATA = {
    "pyproject.toml": f'{PROJECT}[tool.setuptools.package-data]\nx = ["../../../b/data/*.json"]\n',
    "setup.cfg": "[metadata]\nname = x\n[options.package_data]\nx = y.txt, ../../b/data/*.json\n",
    "setup.py": "from setuptools import setup\nsetup(name='x', package_data={'x': ['../../b/data/*.json']})\n",
}


@pytest.mark.parametrize("file", PACKAGE_DATA)
def test_a_path_from_the_folder_of_a_package_is_read(file: str) -> None:
    assert "plugins/b/data" in read({file: PACKAGE_DATA[file]}).reads


def test_documents_in_the_folder_are_named_files() -> None:
    text = '[tool.setuptools]\nlicense-files = ["LICENSE"]\n[tool.flit.metadata]\ndescription-file = "R.md"\n'
    included = f'{BUILD}.force-include]\n"NOTES.md" = "x/NOTES.md"\n'
    names = read({"pyproject.toml": f"{HATCHLING}{PROJECT}{text}{included}"}).names
    assert {f"{FOLDER}/LICENSE", f"{FOLDER}/R.md", f"{FOLDER}/NOTES.md"} <= names
