"""Plugins in environments that uv tool, pipx, a project or the operating system manages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tomli

from commonhold_plugins.environments.kinds import LockedProject, project_of
from commonhold_plugins.environments.target import read_environment
from commonhold_plugins.errors import MissingCoreError, RefusedError
from commonhold_plugins.installers.choose import choose_installer
from commonhold_plugins.installers.project import change_project
from commonhold_plugins.installers.requests import PinnedRequirement
from commonhold_plugins.plan.removal import plan_removal
from tests.client.installing.community import CORE, CORE_VERSION, Community, Session, make_environment, uv
from tests.release.indexes import python_with
from tests.support.package_index import small_wheel, swapped


@pytest.fixture
def plugins(community: Community) -> Community:
    community.index.add("leaf", "1.0")
    community.release("demo-base", "1.16.5")
    community.release("demo-spark", "1.16.5", "demo-base==1.16.5")
    return community


def remove(session: Session, *names: str) -> None:
    session.apply(plan_removal(names, session.environment, session.state, session.installer))


@pytest.fixture
def tool(plugins: Community, tmp_path: Path) -> Session:
    uv("tool", "install", f"{CORE}>=1.16", "--with", "leaf")
    return Session(plugins, str(tmp_path / "tools" / CORE / "bin/python"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no TOML reader")
def test_the_receipt_of_a_uv_tool_contains_its_plugins(tool: Session) -> None:
    tool.install("spark")
    assert {"demo-base": "1.16.5", "demo-spark": "1.16.5", CORE: CORE_VERSION}.items() <= tool.versions().items()
    receipt = tomli.loads((Path(tool.environment.prefix) / "uv-receipt.toml").read_text())["tool"]
    names = {each["name"]: each for each in receipt["requirements"]}
    assert names.keys() == {CORE, "leaf", "demo-base", "demo-spark"}
    assert names[CORE]["specifier"] == ">=1.16"
    assert "constraints" not in receipt, "the user can still upgrade the core"
    tool.community.index.add(CORE, "1.16.6", files={"INFO/entry_points.txt": b"[console_scripts]\ndemo = democore:x\n"})
    uv("tool", "upgrade", CORE)
    tool.refresh()
    assert {CORE: "1.16.6", "demo-spark": "1.16.5"}.items() <= tool.versions().items()
    remove(tool, "spark")
    assert tool.versions() == {CORE: "1.16.6", "leaf": "1.0", "demo-base": "1.16.5"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no TOML reader")
def test_uv_tool_gets_no_file_with_another_hash(tool: Session) -> None:
    plan = tool.planner.install(["base"])
    before = tool.versions()
    other = small_wheel("demo-base", "1.16.5", CORE, salt="other")[1]
    tool.community.index.faults["demo_base-1.16.5-py3-none-any.whl"] = swapped(other)
    with pytest.raises(RefusedError, match="hash"):
        tool.apply(plan)
    assert tool.versions() == before


@pytest.fixture(scope="session")
def pipx() -> str:
    """The folder of pipx, found before a test changes the settings of uv."""
    return os.path.dirname(python_with("pipx"))


def test_pipx_records_the_plugins(
    pipx: str, plugins: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{pipx}{os.pathsep}{os.environ['PATH']}")
    subprocess.run(["pipx", "install", "--python", sys.executable, CORE], check=True, capture_output=True)
    session = Session(plugins, str(tmp_path / "pipx/venvs" / CORE / "bin/python"))
    session.install("spark")
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}
    metadata = json.loads((Path(session.environment.prefix) / "pipx_metadata.json").read_text())
    assert metadata["injected_packages"].keys() == {"demo-base", "demo-spark"}
    assert "/simple/demo-base/" not in plugins.index.requests
    remove(session, "spark")
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5"}


@pytest.fixture
def project(plugins: Community, tmp_path: Path) -> LockedProject:
    folder = tmp_path / "project"
    folder.mkdir()
    dependencies = f'dependencies = ["{CORE}>=1.16"]'
    text = f'[project]\nname = "work"\nversion = "1"\nrequires-python = ">=3.10"\n{dependencies}\n'
    (folder / "pyproject.toml").write_text(text)
    uv("sync", "--directory", str(folder), "--python", sys.executable)
    found = project_of(read_environment(str(folder / ".venv/bin/python")))
    assert found == LockedProject(str(folder), "uv")
    return found


def test_a_plugin_is_added_to_a_project_and_its_lock_file(project: LockedProject, plugins: Community) -> None:
    session = Session(plugins, f"{project.folder}/.venv/bin/python")
    plan = session.planner.install(["spark"])
    change_project(project, ["uv", "add", "demo-spark==1.16.5"], [each.requirement for each in plan.changes])
    assert '"demo-spark==1.16.5"' in Path(project.folder, "pyproject.toml").read_text()
    uv("sync", "--directory", project.folder)
    session.refresh()
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}


def test_a_project_whose_index_has_another_file_is_left_as_it_was(project: LockedProject, plugins: Community) -> None:
    before = Path(project.folder, "pyproject.toml").read_text()
    wrong = PinnedRequirement("demo-base", "1.16.5", "https://demo.example/x.whl", "0" * 64)
    with pytest.raises(RefusedError, match="hash"):
        change_project(project, ["uv", "add", "demo-base==1.16.5"], [wrong])
    assert Path(project.folder, "pyproject.toml").read_text() == before
    assert read_environment(f"{project.folder}/.venv/bin/python").versions.keys() == {CORE}


def test_the_environment_of_the_operating_system_is_refused(community: Community, tmp_path: Path) -> None:
    environment = read_environment(make_environment(tmp_path / "env"))
    with pytest.raises(RefusedError, match="PEP 668"):
        choose_installer(replace(environment, virtual=False, managed=True))
    with pytest.raises(MissingCoreError) as caught:
        replace(environment, virtual=False, managed=True, installed={}).core_version(CORE)
    assert "Make a virtual environment" in (caught.value.hint or "")
    choose_installer(replace(environment, managed=True))
