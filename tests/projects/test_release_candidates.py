"""The release plan's requirements and versions are those of the workspace: project files have one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from commonhold.projects.names import normalize
from commonhold.release.plan.candidates import find_candidates
from commonhold.workspace import Files, read_config, read_workspace
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


NAMES = st.sampled_from(["corelib", "Core.Lib_2", "numpy", "x-y"])
EXTRAS = st.sampled_from(["", "[a]", "[B_b, c]"])
SPECIFIERS = st.sampled_from(["", ">=1", "~=1.4", "==1.*", ">=1.2,<2", "!=1.5,>=1", "<1.0"])
MARKERS = st.sampled_from(["", "python_version < '3.12'", "os_name == 'nt' and python_version >= '3.9'"])
REQUIREMENTS = st.lists(st.tuples(NAMES, EXTRAS, SPECIFIERS, MARKERS), max_size=5)
Parts = tuple[str, str, str, str]

STALE = {
    "setup.py": "from setuptools import setup\nsetup(name='plug-a', version='0', install_requires=['stale<1'])\n",
    "setup.cfg": CFG + "install_requires =\n    stale<2\n",
    "requirements.txt": "stale<3\n",
}


def written(parts: Parts) -> str:
    name, extras, specifier, marker = parts
    return f"{name}{extras}{specifier}" + (f" ; {marker}" if marker else "")


def array(listed: list[Parts]) -> str:
    return "[" + ", ".join(f'"{written(parts)}"' for parts in listed) + "]"


def in_project_table(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    build = draw(st.sampled_from([HATCH, SETUPTOOLS, ""]))
    stale = draw(st.sets(st.sampled_from(sorted(STALE))))
    text = f"{build}{STATIC}dependencies = {array(listed)}\n"
    return {"pyproject.toml": text, **{file: STALE[file] for file in stale}}


def in_included_files(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    """Requirements files of setuptools: ``-r`` from one to the next, comments, continued lines."""
    files: dict[str, str] = {}
    for at, parts in enumerate(listed):
        line = written(parts)
        if draw(st.booleans()):
            line = line.replace(",", ", \\\n    ").replace(" ; ", " \\\n  ; ")
        files[f"in/r{at}.txt"] = f"# one\n{line}  # end\n-r r{at + 1}.txt\n"
    files[f"in/r{len(listed)}.txt"] = draw(
        st.sampled_from(["", "\n", "# nothing \\\n", "--no-binary :all:\n-r r0.txt"])
    )
    return {**files, "needs.txt": "-r in/r0.txt", "pyproject.toml": DYNAMIC}


def in_setup_py(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    texts = [written(parts) for parts in listed]
    is_one_text = draw(st.booleans())
    value = repr("\n".join(["# all", *(f"{text}  # one" for text in texts)])) if is_one_text else repr(texts)
    setup = f"from setuptools import setup\nrequires = {value}\nsetup(name='plug-a', install_requires=requires)\n"
    table = '[project]\nname = "plug-a"\nversion = "1"\ndynamic = ["dependencies"]\n'
    return {"setup.py": setup, **({"pyproject.toml": SETUPTOOLS + table} if draw(st.booleans()) else {})}


def in_conditional_extras(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    """``extras_require`` with markers as keys: those without an extra's name are required to run."""
    by_marker: dict[str, list[str]] = {}
    for parts in listed:
        by_marker.setdefault(":" + parts[3], []).append(written((*parts[:3], "")))
    return {"setup.py": f"from setuptools import setup\nsetup(name='plug-a', extras_require={by_marker!r})\n"}


def in_setup_cfg(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    texts = [written(parts) for parts in listed]
    if draw(st.booleans()):
        return {"setup.cfg": CFG + "install_requires = file: a.txt, b.txt\n", "a.txt": "\n".join(texts), "b.txt": ""}
    if len(texts) > 1 and not any(parts[3] for parts in listed):
        return {"setup.cfg": CFG + "install_requires = " + ";".join(texts) + "\n"}
    return {"setup.cfg": CFG + "install_requires =\n" + "".join(f"  # one\n    {text}  # end\n" for text in texts)}


def in_poetry(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    choices: dict[str, list[str]] = {}
    for name, extras, specifier, marker in listed:
        fields = [f'version = "{specifier or "*"}"']
        fields += [f"extras = {extras[1:-1].split(', ')}"] if extras else []
        fields += [f'markers = "{marker}"'] if marker else []
        choices.setdefault(name, []).append("{ " + ", ".join(fields) + " }")
    lines = (
        f'"{name}" = ' + (found[0] if len(found) == 1 and draw(st.booleans()) else f"[{', '.join(found)}]")
        for name, found in choices.items()
    )
    build = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
    return {"pyproject.toml": build + POETRY + "\n".join(lines), **(STALE if draw(st.booleans()) else {})}


FORMATS = [in_project_table, in_included_files, in_setup_py, in_conditional_extras, in_setup_cfg, in_poetry]


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[Parts], dict[str, str]]:
    listed = draw(REQUIREMENTS)
    return listed, draw(st.sampled_from(FORMATS))(draw, listed)


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
