"""The release plan has the requirements and versions of the workspace, because project files have one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from packaging.requirements import Requirement

from commonhold.projects.names import normalize
from commonhold.release.plan.candidates import find_candidates
from commonhold.workspace import Files, read_config, read_workspace
from tests.projects.generated_projects import CFG, DYNAMIC, HATCH, POETRY, SETUPTOOLS, STATIC, Parts, projects, written
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def candidate(files: Mapping[str, str]) -> Candidate:
    """The release candidate of a plugin with these files; :attr:`Candidate.plugin` is the workspace's."""
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


def test_an_unknown_version_is_reported_and_not_taken_for_no_requirement() -> None:
    setup = (
        "import unknown\nfrom setuptools import setup\nsetup(name='plug-a', install_requires=[f'corelib=={unknown}'])\n"
    )
    found = candidate({"setup.py": setup})
    assert (found.requires, [one.name for one in found.unreadable]) == ({}, ["corelib"])


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": HATCH + STATIC},
        {"pyproject.toml": POETRY},
        {"setup.cfg": CFG},
        {"setup.py": "from setuptools import setup\nsetup(name='plug-a', version='1')\n"},
        {
            "setup.py": "from setuptools import setup\nsetup(name='plug-a', version=open('VERSION').read())\n",
            "VERSION": "1",
        },
        {
            "pyproject.toml": HATCH + '[project]\nname = "plug-a"\ndynamic = ["version"]\n'
            '[tool.hatch.version]\npath = "plug/__init__.py"\n',
            "plug/__init__.py": '__version__ = "1"\n',
        },
        {
            "pyproject.toml": SETUPTOOLS + '[project]\nname = "plug-a"\ndynamic = ["version"]\n'
            '[tool.setuptools.dynamic]\nversion = { attr = "plug.VERSION" }\n',
            "src/plug/__init__.py": "from plug._v import VERSION\n",
            "src/plug/_v.py": "VERSION = '1'\n",
        },
    ],
)
def test_a_version_is_read_from_every_format(files: dict[str, str]) -> None:
    assert str(candidate(files).own) == "1"


def test_a_version_that_only_a_run_would_determine_is_none() -> None:
    setup = "import v\nfrom setuptools import setup\nsetup(name='plug-a', version=v.get())\n"
    assert candidate({"setup.py": setup}).own is None
    broken = {"pyproject.toml": HATCH + '[project]\nname = "plug-a"\n[tool.hatch.version]\npath = "gone.py"\n'}
    assert candidate(broken).own is None


def canonical(texts: Iterable[str]) -> set[tuple[str, frozenset[str], str, str]]:
    parsed = map(Requirement, texts)
    return {
        (normalize(each.name), frozenset(map(normalize, each.extras)), str(each.specifier), str(each.marker))
        for each in parsed
    }


@given(projects())
def test_the_plan_requires_what_the_workspace_and_the_files_do(generated: tuple[list[Parts], dict[str, str]]) -> None:
    listed, files = generated
    found = candidate(files)
    in_plan = canonical(str(each) for several in found.requires.values() for each in several)
    assert in_plan == canonical(one.text for one in found.plugin.metadata.runtime)
    assert in_plan == canonical(map(written, listed))
    assert (found.unreadable, found.plugin.metadata.problems) == ((), ())
