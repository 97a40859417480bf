"""What the job that builds an image does with a folder that the plugin's author wrote."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.workflows.runner import PROGRAMS
from tests.workflows.sample_repo import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "plugins/x"


@dataclass(frozen=True)
class Machine:
    """A machine before its job builds: what was checked out, the job's temporary folder, and what Docker was told."""

    checkout: Path
    temporary: Path
    store: Path

    def build(self, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the step that builds."""
        jobs = yaml.safe_load((REPOSITORY / ".github/workflows/image.yml").read_text())["jobs"]
        (script,) = [step["run"] for step in jobs["build"]["steps"] if step.get("id") == "build"]
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.checkout,
            env={
                "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temporary),
                "STAND_IN_STORE": str(self.store),
                "GITHUB_OUTPUT": str(self.temporary / "output"),
                "GITHUB_STEP_SUMMARY": str(self.temporary / "summary"),
                "PLUGIN": "x",
                "VERSION": "1.0",
                "FOLDER": FOLDER,
                "IMAGES": "",
                **env,
            },
            check=False,
            capture_output=True,
            text=True,
        )

    @property
    def image(self) -> Path:
        """The folder that was built."""
        return self.temporary / "docker-images" / "x_1.0"

    def kept(self) -> bool:
        """Whether the image is handed over."""
        output = self.temporary / "output"
        return output.exists() and "kept=true\n" in output.read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which a plugin with a Dockerfile is checked out, which is on the index."""
    found = Machine(tmp_path / "checkout", tmp_path / "temporary", tmp_path / "store")
    for folder in (found.checkout / FOLDER, found.temporary / "release" / "after", found.store):
        folder.mkdir(parents=True)
    (found.checkout / FOLDER / "Dockerfile").touch()
    document = {"plugins": [{"name": "x", "up": True}, {"name": "y", "up": False}]}
    (found.temporary / "release" / "after" / "release.json").write_text(json.dumps(document))
    return found


def test_the_dockerfile_gets_release_json_in_its_folder(machine: Machine) -> None:
    machine.build().check_returncode()
    assert json.loads((machine.image / "release.json").read_text())["plugins"]
    assert not machine.kept()


def test_an_image_is_kept_if_a_destination_is_set(machine: Machine) -> None:
    machine.build(IMAGES="registry.example/x").check_returncode()
    assert machine.kept()
    assert (machine.temporary / "image" / "image.tar").stat().st_size


def test_no_image_is_built_for_a_plugin_that_is_not_on_the_index(machine: Machine) -> None:
    machine.build(PLUGIN="y").check_returncode()
    assert "y is not on the package index" in (machine.temporary / "summary").read_text()
    assert not (machine.store / "docker.log").exists()


@pytest.mark.parametrize("target", ["../../README.md", "..", "nowhere"])
def test_a_symbolic_link_named_release_json_is_replaced(machine: Machine, target: str) -> None:
    readme = machine.checkout / "README.md"
    readme.write_text("as it was")
    (machine.checkout / FOLDER / "release.json").symlink_to(target)
    machine.build().check_returncode()
    assert readme.read_text() == "as it was"
    assert (machine.image / "release.json").is_file()
    assert not (machine.image / "release.json").is_symlink()
    assert sorted(path.name for path in machine.checkout.rglob("release.json")) == ["release.json"]


@pytest.mark.parametrize("folder", [FOLDER, "plugins"])
def test_no_image_is_built_for_a_folder_behind_a_symbolic_link(machine: Machine, folder: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (machine.checkout / folder).rename(elsewhere)
    (machine.checkout / folder).symlink_to(elsewhere)
    done = machine.build()
    assert done.returncode == 1
    assert "is reached through a symbolic link" in done.stdout
    assert not list(elsewhere.rglob("release.json"))


@pytest.mark.parametrize("version", ["1.0; touch PWNED", "$(touch PWNED)", "`touch PWNED`"])
def test_a_version_is_data(machine: Machine, version: str) -> None:
    machine.build(VERSION=version).check_returncode()
    assert not list(machine.checkout.rglob("PWNED"))
