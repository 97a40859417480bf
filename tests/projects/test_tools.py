"""Requirements in the files of tools that run tests: tox, hatch, PDM, pbr, and what their commands install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.commands import installed_by
from commonhold.projects.stamp import StagedProject, stamp
from tests.projects.read_files import HATCHLING, PROJECT, dependencies, dependency, messages, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

B = dependency(None, path="plugins/b")

TOX_INI = {
    "deps": "[testenv]\ndeps =\n    pytest\n    -e ../b\n",
    "one line": "[testenv:py]\ndeps = -e ../b\n",
    "a factor": "[testenv]\ndeps =\n    py{310,311}-!win: -e ../b\n",
    "-r": "[testenv]\ndeps = -r needs.txt\n",
    "glued -r": "[testenv]\ndeps = -rneeds.txt\n",
    "tox_root": "[testenv]\ndeps = -e {tox_root}/../b\n",
    "toxinidir": "[testenv]\ndeps = -e{toxinidir}{/}..{/}b\n",
    "a reference": "[base]\ndeps = -e ../b\n[testenv]\ndeps =\n    {[base]deps}\n    pytest\n",
    "a default": "[testenv]\ndeps = -e {env:B_PATH:../b}\n",
    "requires": "[tox]\nrequires = -e ../b\n",
    "commands": "[testenv]\ncommands_pre = python -m pip install \\\n    -e ../b\ncommands = pytest {posargs}\n",
}


@pytest.mark.parametrize("way", TOX_INI)
def test_tox_ini_names_requirements_of_tests(way: str) -> None:
    metadata = read({"pyproject.toml": PROJECT, "tox.ini": TOX_INI[way], "needs.txt": "-e ../b\n"})
    assert metadata.problems == ()
    assert B in metadata.groups["tox.environments"]  # type: ignore[index]


def test_tox_settings_in_setup_cfg_and_pyproject_are_read() -> None:
    ini = "[tox:tox]\n[testenv]\ndeps = -e ../b\n"
    assert B in read({"pyproject.toml": PROJECT, "setup.cfg": ini}).groups["tox.environments"]  # type: ignore[index]
    legacy = f"[tool.tox]\nlegacy_tox_ini = '''\n{ini}'''\n"
    assert B in read({"pyproject.toml": PROJECT + legacy}).groups["tox.environments"]  # type: ignore[index]


TOX_TOML = {
    "deps": '[env_run_base]\ndeps = ["pytest", "-e ../b"]\n',
    "an environment": '[env.lint]\ndeps = ["-e {tox_root}/../b"]\n',
    "a condition": '[env_run_base]\ndeps = [{ replace = "if", condition = "env.CI", then = ["-e ../b"] }]\n',
    "commands": '[env_run_base]\ncommands = [["pip", "install", "-e", "../b"], ["pytest"]]\n',
}


@pytest.mark.parametrize("way", TOX_TOML)
def test_tox_toml_names_requirements_of_tests(way: str) -> None:
    metadata = read({"pyproject.toml": PROJECT, "tox.toml": TOX_TOML[way]})
    assert B in metadata.groups["tox.environments"]  # type: ignore[index]
    table = TOX_TOML[way].replace("[env", "[tool.tox.env", 1)
    assert read({"pyproject.toml": PROJECT + table}).groups == metadata.groups


@pytest.mark.parametrize("line", ["{env:UNKNOWN}", "{posargs}", "{[none]deps}", "-r {envdir}/x.txt", "???"])
def test_a_line_of_tox_that_names_no_project_is_no_problem(line: str) -> None:
    metadata = read({"pyproject.toml": PROJECT, "tox.ini": f"[testenv]\ndeps =\n    {line}\n    y\n"})
    assert (metadata.problems, metadata.groups["tox.environments"]) == ((), dependencies("y"))  # type: ignore[index]


HATCH_TOML = {
    "extra-dependencies": '[envs.hatch-test]\nextra-dependencies = ["b @ {root:uri}/../b"]\n',
    "an override": '[envs.default.overrides]\nmatrix.x.dependencies = [{ value = "b @ {root:uri}/../b", if = ["1"] }]\n',
    "an override that replaces": '[envs.default.overrides]\nenv.CI.set-extra-dependencies = ["b @ {root:uri}/../b"]\n',
    "a command": '[envs.default]\npost-install-commands = ["pip install -e ../b"]\n',
    "a script": '[envs.default.scripts]\ntest = ["uv pip install -e ../b", "pytest"]\n',
    "an override of commands": '[envs.a.overrides]\nplatform.linux.post-install-commands = ["pip install -e ../b"]\n',
}


@pytest.mark.parametrize("way", HATCH_TOML)
def test_hatch_toml_is_read_like_the_table_of_pyproject(way: str) -> None:
    found = read({"pyproject.toml": HATCHLING + PROJECT, "hatch.toml": HATCH_TOML[way]})
    assert {one.path for several in found.groups.values() for one in several} == {"plugins/b"}
    table = HATCH_TOML[way].replace("[envs", "[tool.hatch.envs")
    assert read({"pyproject.toml": f"{HATCHLING}{PROJECT}{table}"}).groups == found.groups


def test_a_broken_hatch_toml_is_a_problem() -> None:
    metadata = read({"pyproject.toml": HATCHLING + PROJECT, "hatch.toml": "[envs"})
    assert [problem.path for problem in metadata.problems] == ["plugins/x/hatch.toml"]


@pytest.mark.parametrize("in_hatch_toml", [False, True])
def test_the_literals_of_a_metadata_hook_are_requirements(in_hatch_toml: bool) -> None:
    hook = (
        '[metadata.hooks.uv-dynamic-versioning]\ndependencies = ["b[q]=={{ version }}", "c>={{ base_version }},<9"]\n'
    )
    hook += '[metadata.hooks.uv-dynamic-versioning.optional-dependencies]\nAll = ["d=={{version}}"]\n'
    dynamic = 'dynamic = ["dependencies", "optional-dependencies", "version"]\n'
    text = HATCHLING + PROJECT.replace('version = "1"\n', dynamic)
    files = {"hatch.toml": hook} if in_hatch_toml else {}
    metadata = read(
        {"pyproject.toml": text + ("" if files else hook.replace("[metadata", "[tool.hatch.metadata")), **files}
    )
    assert metadata.problems == ()
    assert metadata.runtime == (dependency("b", "q"), dependency("c"))
    assert metadata.extras == {"all": dependencies("d")}


def test_a_metadata_hook_reads_requirements_files() -> None:
    hook = '[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["needs.txt", "../common.txt"]\n'
    text = f'{HATCHLING}{PROJECT}dynamic = ["dependencies"]\n{hook}'
    metadata = read({"pyproject.toml": text, "needs.txt": "a\n", "plugins/common.txt": "b\n"})
    assert (metadata.runtime, metadata.problems) == (dependencies("a", "b"), ())
    assert metadata.reads == {"plugins/common.txt"}


def test_dependencies_that_an_unknown_hook_computes_are_a_problem() -> None:
    hook = "[tool.hatch.metadata.hooks.custom]\n"
    metadata = read({"pyproject.toml": f'{HATCHLING}{PROJECT}dynamic = ["dependencies"]\n{hook}'})
    assert messages(metadata) == ["project.dependencies is dynamic and computed by 'hatchling.build'; list it instead"]


def test_an_editable_requirement_of_pdm_is_a_path() -> None:
    table = '[tool.pdm.dev-dependencies]\ntest = ["-e file:///${PROJECT_ROOT}/../b#egg=acme-b", "pytest"]\n'
    metadata = read({"pyproject.toml": PROJECT + table})
    assert metadata.problems == ()
    assert set(metadata.groups["test"]) == {dependency("acme-b", path="plugins/b"), dependency("pytest")}  # type: ignore[index]


PBR = {
    "setup.py": {"setup.py": "import setuptools\nsetuptools.setup(setup_requires=['pbr'], pbr=True)\n"},
    "pyproject": {"pyproject.toml": '[build-system]\nrequires = ["pbr>=6"]\nbuild-backend = "pbr.build"\n'},
}


@pytest.mark.parametrize("way", PBR)
def test_pbr_takes_run_time_requirements_from_a_file(way: str) -> None:
    cfg = '[metadata]\nname = x\n[files]\npackages = x\n[extras]\ntest =\n    c\n    d:python_version<"3.9"\n'
    files = {**PBR[way], "setup.cfg": cfg, "requirements.txt": "b>=1\n", "test-requirements.txt": "e\n"}
    metadata = read(files)
    assert (metadata.runtime, metadata.files, metadata.problems) == (dependencies("b"), dependencies("e"), ())
    assert metadata.extras == {"test": dependencies("c", "d")}
    others = read({**files, "setup.py": "import setuptools\nsetuptools.setup()\n", "pyproject.toml": ""})
    assert (others.runtime, set(others.files)) == ((), set(dependencies("b", "e")))


def stamped(folder: Path, files: Mapping[str, str]) -> Mapping[str, str]:
    """Write the files of a project, stamp version 2.1 and pins into it, and return the variables of its build."""
    for name, text in files.items():
        (folder / name).write_text(text)
    return stamp(StagedProject(str(folder), "", "x", "2.1", {"b": "~=2.1.0", "d": "==2.1"}))


@pytest.mark.parametrize("way", PBR)
def test_pins_are_written_into_the_file_that_pbr_reads(tmp_path: Path, way: str) -> None:
    cfg = "[metadata]\nname = x\n[extras]\ntest =\n    d\n"
    assert stamped(tmp_path, {**PBR[way], "setup.cfg": cfg, "requirements.txt": "b>=1\nc\n"})["PBR_VERSION"] == "2.1"
    assert (tmp_path / "requirements.txt").read_text() == "b~=2.1.0\nc\n"
    assert (tmp_path / "setup.cfg").read_text() == cfg.replace("    d", "    d==2.1")


def test_pins_replace_the_templates_of_a_metadata_hook(tmp_path: Path) -> None:
    text = HATCHLING + '[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n'
    hook = '[version]\nsource = "uv-dynamic-versioning"\n[metadata.hooks.uv-dynamic-versioning]\n'
    hook += 'dependencies = ["b[q]=={{ version }}", "e=={{ version }}"]\n'
    variables = stamped(tmp_path, {"pyproject.toml": text, "hatch.toml": hook})
    assert variables == {"UV_DYNAMIC_VERSIONING_BYPASS": "2.1"}
    assert '["b[q]~=2.1.0", "e=={{ version }}"]' in (tmp_path / "hatch.toml").read_text()


def test_a_folder_of_requirements_files_is_read() -> None:
    files = {"requirements/test.txt": "-e ../b\n", "requirements/dev.in": "c\n", "docs/requirements/x.txt": "d\n"}
    metadata = read({"pyproject.toml": PROJECT, **{f"plugins/x/{name}": text for name, text in files.items()}})
    assert set(metadata.files) == {dependency(None, path="plugins/b"), *dependencies("c"), *found_elsewhere()}


def found_elsewhere() -> tuple[object, ...]:
    """The other folders from which an installer may resolve ``../b``."""
    return (dependency(None, path="plugins/x/b"),)


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("pip install -e ../b", ["-e ../b"]),
        ("python -m pip install --upgrade 'b[x]>=1' c", ["b[x]>=1", "c"]),
        ("uv pip install --editable=../b -r needs.txt", ["-e ../b", "-r needs.txt"]),
        ("{python} -m pip install -q --index-url https://x.invalid b && pytest tests", ["b"]),
        ("uv run --with b --with-editable ../c pytest -e x", ["b", "-e ../c"]),
        ("uvx --with=b pytest", ["b"]),
        ("sh -c 'cd ../b; pip install .'", []),
        ("poetry add b; pdm add -e ../c", ["b", "-e ../c"]),
        ("pytest -r a -e b install", []),
        ("pip --version", []),
        ("", []),
    ],
)
def test_what_a_command_installs_is_known(command: str, lines: list[str]) -> None:
    assert installed_by(command) == lines


@given(st.text(st.sampled_from("ab -e=\"';&|\n/."), max_size=40))
def test_any_command_can_be_read(command: str) -> None:
    installed_by(f"pip install {command}")


def test_the_development_dependencies_of_rye_are_a_group() -> None:
    text = '[tool.rye]\ndev-dependencies = ["click", "b @ file:///${PROJECT_ROOT}/../b"]\n'
    metadata = read({"pyproject.toml": PROJECT + text})
    assert metadata.problems == ()
    assert metadata.groups["dev"] == (dependency("click"), dependency("b", path="plugins/b"))  # type: ignore[index]
