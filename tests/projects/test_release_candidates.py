"""The release plan reads requirements and versions where the workspace reads them: there is one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.release.plan.candidates import find_candidates
from commonhold.workspace import Files, read_config, read_workspace
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.release.plan.candidates import Candidate

CONFIG = """\
[tool.commonhold]
core = { distribution = "corelib" }
python = ["3.10"]
[tool.commonhold.tiers.official]
path = ["plugins/*"]
[tool.commonhold.plugins.plug-a]
version = "own"
"""
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
STATIC = '[project]\nname = "plug-a"\nversion = "1"\n'
DYNAMIC = (
    SETUPTOOLS + '[project]\nname = "plug-a"\nversion = "1"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\n'
)
POETRY = '[tool.poetry]\nname = "plug-a"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n'
CFG = "[metadata]\nname = plug-a\nversion = 1\n[options]\n"


def candidate(files: Mapping[str, str]) -> Candidate:
    """The release candidate of a plugin with these files."""
    placed = {f"plugins/a/{name}": text for name, text in files.items()}
    tree = Files.of(MemoryTree({"pyproject.toml": CONFIG, **placed}))
    return find_candidates(read_workspace(tree, read_config(tree)), tree)["plug-a"]


def requirements(files: Mapping[str, str]) -> list[str]:
    """The run-time requirements that the plan knows, each as PEP 508 writes it."""
    return sorted(str(each) for several in candidate(files).requires.values() for each in several)


@pytest.mark.parametrize("build", [HATCH, SETUPTOOLS])
@pytest.mark.parametrize(
    "stale",
    [
        {"setup.py": "from setuptools import setup\nsetup(name='plug-a', install_requires=['corelib<1.0'])\n"},
        {"setup.cfg": f"{CFG}install_requires =\n    corelib<1.0\n"},
    ],
)
def test_files_that_the_backend_ignores_add_no_requirements(build: str, stale: dict[str, str]) -> None:
    assert requirements({"pyproject.toml": f"{build}{STATIC}dependencies = []\n", **stale}) == []


def test_requirements_of_included_files_are_in_the_plan() -> None:
    files = {"needs.txt": "-r more.txt\nnumpy\n", "more.txt": "corelib<1.0\n", "pyproject.toml": DYNAMIC}
    assert requirements(files) == ["corelib<1.0", "numpy"]


def test_continued_lines_are_one_requirement() -> None:
    assert requirements({"needs.txt": "corelib \\\n  >=1, \\\n  <2\n", "pyproject.toml": DYNAMIC}) == ["corelib<2,>=1"]


def test_each_choice_of_a_poetry_dependency_is_a_requirement() -> None:
    several = 'corelib = [{ version = "^1", python = "<3.9" }, { version = "^2", python = ">=3.9" }]\n'
    assert requirements({"pyproject.toml": POETRY + several}) == [
        'corelib<2,>=1; python_version < "3.9"',
        'corelib<3,>=2; python_version >= "3.9"',
    ]


def test_semicolons_separate_on_a_single_line_of_setup_cfg() -> None:
    assert requirements({"setup.cfg": CFG + "install_requires = corelib<1.0;numpy\n"}) == ["corelib<1.0", "numpy"]


def test_semicolons_begin_markers_on_dangling_lines_of_setup_cfg() -> None:
    text = CFG + "install_requires =\n    corelib<1.0; python_version < '3'  # old\n"
    assert requirements({"setup.cfg": text}) == ['corelib<1.0; python_version < "3"']
