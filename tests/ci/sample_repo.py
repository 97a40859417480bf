"""A small plugin monorepo whose sessions run without any network: its backend is its own, its index a folder."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import commonhold
from commonhold.ci.collected_results import read_results
from commonhold.effects.process import Command
from commonhold.effects.process.run import stream
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.ci.results import SessionResult

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = str(Path(commonhold.__file__).parents[1])

NOXFILE = """\
from commonhold.ci.nox_sessions import register

register(__file__)
"""

CONFIG = f"""\
[tool.commonhold]
core = {{ distribution = "framework", pin = ["constraints.txt"] }}
python = ["{PYTHON}"]

[tool.commonhold.tiers.official]
path = ["official/*"]
test = ["python -m unittest discover -s tests {{posargs}}"]

[tool.commonhold.tiers.community]
path = ["community/*"]
on-dependency-change = "advisory"
on-shared-change = "advisory"
test = ["python -m unittest discover -s tests"]
"""

BACKEND = '''\
"""A build backend (PEP 517) without dependencies that writes files next to the sources, as setuptools does."""
import os, pathlib, zipfile

NAME, NEEDS = {name!r}, {needs!r}

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    os.makedirs("build", exist_ok=True)
    pathlib.Path("build", "left.txt").write_text("left")
    info = f"{{NAME}}-1.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: 1\\n"
    metadata += "".join(f"Requires-Dist: {{need}}\\n" for need in NEEDS)
    wheel = f"{{NAME}}-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as file:
        file.write(f"{{NAME}}.py")
        file.writestr(f"{{info}}/METADATA", metadata)
        file.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr(f"{{info}}/RECORD", "")
    return wheel
'''


def plugin(folder: str, needs: Iterable[str] = ("framework",), more: str = "") -> dict[str, str]:
    """A plugin with a module, and a test that fails when the module's ``GOOD`` is false."""
    name = folder.rpartition("/")[2]
    needs = list(needs)
    return {
        f"{folder}/pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "1"\ndependencies = {needs}\n{more}'
        ),
        f"{folder}/backend.py": BACKEND.format(name=name, needs=needs),
        f"{folder}/{name}.py": "GOOD = True\n",
        f"{folder}/tests/test_{name}.py": (
            f"import unittest, {name}\n"
            "class Test(unittest.TestCase):\n"
            "    def test_it(self):\n"
            "        open('written-by-a-test', 'w').close()\n"
            f"        print('the core is', __import__('framework').VERSION)\n"
            f"        self.assertTrue({name}.GOOD, 'it is bad')\n"
        ),
    }


@dataclass(frozen=True)
class Run:
    """The exit code and output of nox."""

    code: int | None
    output: str

    def after(self, text: str) -> str:
        """The output after the first occurrence of a text."""
        assert text in self.output, self.output
        return self.output.partition(text)[2]


@dataclass(frozen=True)
class SampleRepo:
    """The repository, and a folder that replaces the package index."""

    repo: Repo
    wheels: Path

    @classmethod
    def build(cls, folder: Path, files: Mapping[str, str], config: str = CONFIG) -> SampleRepo:
        """A sample repository with these files in its first commit, and a core in three versions."""
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        for version in ("1.0", "2.0", "3.0rc1"):
            _core_wheel(wheels, version)
        common = {"pyproject.toml": config, "noxfile.py": NOXFILE, "constraints.txt": "framework==1.0\n"}
        return cls(Repo.of(folder / "sample", {**common, **files}), wheels)

    def nox(self, *arguments: str, online: bool = False, **more: str) -> Run:
        """Run nox in the sample repository; unless ``online``, its folder of wheels is all that there is to install."""
        foreign = ("NOX",) if online else ("NOX", "PIP_", "UV_")
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.wheels),
        }
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "PYTHONPATH": LIBRARY,
            "NOX_SCRIPT_MODE": "none",
            **({} if online else offline),
            **more,
        }
        output = io.BytesIO()
        command = (sys.executable, "-m", "nox", "--no-color", *arguments)
        code = stream(Command(command, env, str(self.repo.root), timeout=300), [output])
        return Run(code, output.getvalue().decode("utf-8", "replace"))

    def results(self) -> dict[str, SessionResult]:
        """The results that sessions left, by session."""
        folder = self.repo.path(".commonhold/results")
        found = read_results(str(folder)).results if folder.is_dir() else ()
        return {result.session: result for result in found}

    def break_plugin(self, folder: str) -> None:
        """Make a plugin's test fail."""
        self.repo.write(f"{folder}/{folder.rpartition('/')[2]}.py", "GOOD = False\n")

    def untracked(self) -> str:
        """The files in the working tree that git does not know."""
        return self.repo.git(
            "status", "--porcelain", "--untracked-files=all", "--", ".", ":(exclude,glob)**/__pycache__/**"
        )


def _core_wheel(folder: Path, version: str) -> None:
    info = f"framework-{version}.dist-info"
    with zipfile.ZipFile(folder / f"framework-{version}-py3-none-any.whl", "w") as file:
        file.writestr("framework.py", f"VERSION = {version!r}\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: framework\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
