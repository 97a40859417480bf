"""Build staged copies with real backends: an sdist, and the wheel from that sdist."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.release.model.plan import PlannedDistribution
from commonhold.release.stage.staging import stage
from commonhold.vcs import open_repository
from tests.release.versioned_projects import NAME, WAYS, Backends, toml
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATA = {"example_thing/__init__.py": "", "example_thing/data.txt": "data\n"}
_NEEDS = (
    "dependencies = ['example-core>=1']",
    "[project.optional-dependencies]\nall = ['example-core[x]; os_name != \"nt\"']",
)
_TOML = 'dynamic = ["version"]'

PROJECTS = {
    "setuptools": {
        **_DATA,
        "setup.py": WAYS["setup.py, placeholder"]["setup.py"].replace(
            "version=",
            "extras_require={'all': ['example-core[x]; os_name != \"nt\"']}, install_requires=['example-core>=1'], package_data={'': ['*.txt']}, version=",
        ),
    },
    "setuptools-scm": {
        **_DATA,
        "pyproject.toml": toml(
            "setuptools",
            _TOML,
            *_NEEDS,
            more='[tool.setuptools_scm]\nversion_file = "example_thing/_version.py"\n',
            requires=', "setuptools-scm>=8"',
        ),
        ".gitignore": "_version.py\n",
    },
    "hatch-vcs": {
        **_DATA,
        "pyproject.toml": toml(
            "hatchling", _TOML, *_NEEDS, more='[tool.hatch.version]\nsource = "vcs"\n', requires=', "hatch-vcs"'
        ),
    },
    "poetry": {**_DATA, "pyproject.toml": toml("poetry", 'version = "0"', *_NEEDS)},
    "meson": {
        **_DATA,
        "pyproject.toml": toml("meson", 'version = "0"', *_NEEDS),
        "meson.build": "project('example-thing')\n"
        "import('python').find_installation(pure: true).install_sources(\n"
        "  'example_thing/__init__.py', 'example_thing/data.txt', subdir: 'example_thing')\n",
    },
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    found = Backends.install(tmp_path_factory.mktemp("backends") / "venv")
    yield found.python
    found.close()


@pytest.mark.parametrize("backend", PROJECTS)
def test_the_wheel_from_the_sdist_has_the_version_the_pins_and_the_data(
    backend: str, python: str, tmp_path: Path
) -> None:
    from build import ProjectBuilder

    repo = Repo.of(tmp_path / "repo", {f"plugins/thing/{name}": text for name, text in PROJECTS[backend].items()})
    repository = open_repository(str(repo.root), SpawnRunner(), os.environ)
    planned = PlannedDistribution(
        NAME, "plugins/thing", "official", "1.17.0rc1.post2", pins={"example-core": "~=1.17.0rc1"}
    )
    staged = stage(repository.tree(repository.resolve("HEAD")), planned, str(tmp_path / "copy"))

    def run(argv, cwd=None, extra_environ=None):
        path = os.pathsep.join((os.path.dirname(python), os.environ["PATH"]))
        env = {**os.environ, "PATH": path, **staged.env, **(extra_environ or {})}
        subprocess.run(argv, cwd=cwd, env=env, check=True)

    sdist = ProjectBuilder(staged.folder, python_executable=python, runner=run).build("sdist", str(tmp_path))
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    wheel = ProjectBuilder(str(unpacked), python_executable=python, runner=run).build("wheel", str(tmp_path))
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        metadata = Parser().parsestr(packed.read(next(name for name in names if name.endswith("METADATA"))).decode())
    assert metadata["Version"] == "1.17.0rc1.post2"
    needs = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    # Poetry writes what it was given in other words, ">=1.17.0rc1,<1.18.0".
    versions = ["1.16.9", "1.17.0b1", "1.17.0rc1", "1.17.0", "1.17.9.post1", "1.18.0", "2"]
    admitted = versions[2:5]
    assert [(need.name, list(need.specifier.filter(versions, prereleases=True)), need.extras) for need in needs] == [
        ("example-core", admitted, set()),
        ("example-core", admitted, {"x"}),
    ]
    assert "example_thing/data.txt" in names
    assert not any(".git/" in name for name in names)


def test_pbr_does_not_ship_the_history_of_the_copy(python: str, tmp_path: Path) -> None:
    files = WAYS["setuptools, called by pbr"]
    repo = Repo.of(tmp_path / "repo", {f"plugins/thing/{name}": text for name, text in files.items()})
    repository = open_repository(str(repo.root), SpawnRunner(), os.environ)
    planned = PlannedDistribution(NAME, "plugins/thing", "official", "1.17.0")
    staged = stage(repository.tree(repository.resolve("HEAD")), planned, str(tmp_path / "copy"))
    words = [python, "-m", "build", "--no-isolation", "--sdist", "--outdir", str(tmp_path), staged.folder]
    subprocess.run(words, env={**os.environ, **staged.env}, check=True)
    with tarfile.open(tmp_path / "example_thing-1.17.0.tar.gz") as archive:
        names = {name.rpartition("/")[2] for name in archive.getnames()}
    assert "__init__.py" in names
    assert not {"AUTHORS", "ChangeLog"} & names
