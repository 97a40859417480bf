"""The files of wheels are predicted from build settings exactly as real build backends create them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from commonhold.checks.rules.naming import is_common_name
from commonhold.projects.description import read_description
from commonhold.projects.toml import decode_toml
from commonhold.projects.wheel_files import wheel_files
from tests.release.indexes import python_with

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BUILD = """\
import importlib, json, os, sys, zipfile
found, hooks = {}, json.loads(sys.argv[1])
modules = {backend: importlib.import_module(backend) for backend in hooks.values()}
for name, backend in hooks.items():
    os.chdir(os.path.join(sys.argv[2], name))
    if not os.fork():
        sys.stdout = sys.stderr
        modules[backend].build_wheel("../out-" + name)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(name)
    wheel, = os.listdir("../out-" + name)
    names = zipfile.ZipFile(os.path.join("../out-" + name, wheel)).namelist()
    found[name] = [each for each in names if ".dist-info/" not in each and ".data/" not in each]
print(json.dumps(found))
"""
BACKENDS = {
    "hatchling": "hatchling.build",
    "setuptools": "setuptools.build_meta",
    "poetry-core": "poetry.core.masonry.api",
    "flit_core": "flit_core.buildapi",
    "pdm-backend": "pdm.backend",
}


def project(backend: str, table: str = "", *files: str, name: str = "acme-x", **more: str) -> dict[str, str]:
    """A project with ``pyproject.toml`` and these Python files."""
    system = f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{BACKENDS[backend]}"\n'
    metadata = f'[project]\nname = "{name}"\nversion = "1"\ndescription = "X"\n'
    texts = {file.replace("__", "."): text for file, text in more.items()}
    return {"pyproject.toml": f"{system}{metadata}{table}", **dict.fromkeys(files, "X = 1\n"), **texts}


HATCH = "[tool.hatch.build.targets.wheel]\n"
NESTED = ("acme/x/__init__.py", "acme/x/y/z.py", "acme/x/y/data.txt", "tests/test_x.py", "noxfile.py")
FLAT = ("acme_x/__init__.py", "acme_x/inner/z.py", "tests/__init__.py", "docs/conf.py", "setup_helper/__init__.py")
SRC = ("src/acme_x/__init__.py", "src/acme_x/z.py", "tests/test_x.py")
CALL = "from setuptools import *\nimport setuptools\nsetup(name='acme-x', version='1', {})\n"

PROJECTS: Mapping[str, dict[str, str]] = {
    "hatch-packages": project("hatchling", f'{HATCH}packages = ["acme"]\n', *NESTED),
    "hatch-src": project("hatchling", f'{HATCH}packages = ["src/acme_x"]\n', *SRC),
    "hatch-default": project("hatchling", "", *FLAT),
    "hatch-default-src": project("hatchling", "", *SRC),
    "hatch-default-namespace": project("hatchling", "", *NESTED, name="x"),
    "hatch-default-module": project("hatchling", "", "acme_x.py", "other.py"),
    "hatch-exclude": project(
        "hatchling", f'{HATCH}packages = ["acme"]\nexclude = ["*.txt", "/acme/x/__init__.py", "y/z"]\n', *NESTED
    ),
    "hatch-exclude-folder": project(
        "hatchling", f'{HATCH}packages = ["acme"]\nexclude = ["**/y"]\nartifacts = ["*.so"]\n', *NESTED
    ),
    "hatch-include": project("hatchling", f'{HATCH}include = ["acme/**/*.py", "/noxfile.py"]\n', *NESTED),
    "hatch-only-include": project("hatchling", f'{HATCH}only-include = ["acme/x/y"]\nsources = ["acme"]\n', *NESTED),
    "hatch-force": project(
        "hatchling",
        f'{HATCH}packages = ["acme"]\n[tool.hatch.build.force-include]\n"noxfile.py" = "acme/n.py"\n',
        *NESTED,
    ),
    "hatch-sources": project(
        "hatchling",
        f'{HATCH}only-include = ["acme/x"]\n[{HATCH.strip("[]")[:-2]}.sources]\n"acme" = "other"\n',
        *NESTED,
    ),
    "setup-list": {"setup.py": CALL.format("packages=['acme.' + 'x', 'acme.x.y']")} | dict.fromkeys(NESTED, ""),
    "setup-find": {"setup.py": CALL.format("packages=find_packages(exclude=['tests*'])")} | dict.fromkeys(FLAT, ""),
    "setup-namespace": {"setup.py": CALL.format("packages=find_namespace_packages(where='.')")}
    | dict.fromkeys(NESTED, ""),
    "setup-src": {"setup.py": CALL.format("package_dir={'': 'src'}, packages=setuptools.find_packages('src')")}
    | dict.fromkeys(SRC, ""),
    "setup-mapped": {"setup.py": CALL.format("package_dir={'acme.x': 'src/acme_x'}, packages=['acme.x']")}
    | dict.fromkeys(SRC, ""),
    "setup-modules": {"setup.py": CALL.format("py_modules=['noxfile']")} | dict.fromkeys(NESTED, ""),
    "setup-automatic": {"setup.py": CALL.format("")} | dict.fromkeys(("acme/x/__init__.py", "tests/a.py"), ""),
    "cfg-find": {
        "setup.cfg": "[metadata]\nname = acme-x\nversion = 1\n[options]\npackages = find:\npackage_dir =\n    = src\n"
        "[options.packages.find]\nwhere = src\n",
        "setup.py": "from setuptools import setup\nsetup()\n",
        **dict.fromkeys(SRC, ""),
    },
    "toml-list": project("setuptools", '[tool.setuptools]\npackages = ["acme.x"]\n', *NESTED),
    "toml-find": project("setuptools", '[tool.setuptools.packages.find]\ninclude = ["acme*"]\n', *FLAT, *NESTED),
    "toml-regular": project("setuptools", "[tool.setuptools.packages.find]\nnamespaces = false\n", *FLAT),
    "toml-where": project("setuptools", '[tool.setuptools.packages.find]\nwhere = ["src"]\n', *SRC),
    "toml-automatic": project("setuptools", "", *SRC),
    "toml-automatic-flat": project("setuptools", "", "acme/x/__init__.py", "acme/x/z.py", "tests/a.py"),
    "poetry-include": project("poetry-core", '[tool.poetry]\npackages = [{ include = "acme" }]\n', *NESTED),
    "poetry-from": project(
        "poetry-core",
        '[tool.poetry]\npackages = [{ include = "acme_x", from = "src" }, { include = "tests", format = "sdist" }]\n',
        *SRC,
    ),
    "poetry-to": project(
        "poetry-core", '[tool.poetry]\npackages = [{ include = "x", from = "acme", to = "other" }]\n', *NESTED
    ),
    "poetry-default": project("poetry-core", "", *FLAT),
    "flit-module": project("flit_core", '[tool.flit.module]\nname = "acme.x"\n', *NESTED),
    "flit-default": project("flit_core", "", *SRC),
    "pdm-default": project("pdm-backend", "", *SRC),
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the projects and their wheels."""
    return tmp_path_factory.mktemp("projects")


@pytest.fixture(scope="module")
def built(wheels: Path) -> Mapping[str, list[str]]:
    """The names of the files in the wheels of all projects, which real backends build."""
    root, backends = wheels, {}
    for name, files in PROJECTS.items():
        for path, text in files.items():
            (root / name / path).parent.mkdir(parents=True, exist_ok=True)
            (root / name / path).write_text(text)
        (root / f"out-{name}").mkdir()
        text = files.get("pyproject.toml", "")
        backends[name] = next((hook for hook in BACKENDS.values() if hook in text), BACKENDS["setuptools"])
    python = python_with("hatchling", "setuptools", "poetry-core", "flit-core", "pdm-backend")
    words = [python, "-c", BUILD, json.dumps(backends), str(root)]
    finished = subprocess.run(words, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    names: Mapping[str, list[str]] = json.loads(finished.stdout)
    return names


@pytest.mark.parametrize("name", PROJECTS)
def test_the_files_of_a_wheel_are_predicted(name: str, built: Mapping[str, list[str]]) -> None:
    contents = {path: text.encode() for path, text in PROJECTS[name].items()}
    description = read_description("", contents.get)
    top = decode_toml(contents.get("pyproject.toml", b""))
    predicted = wheel_files(description.name.value or "", description.backend, top, sorted(contents), contents.get)
    assert predicted, "nothing is predicted"
    assert sorted(predicted) == sorted(built[name])
    assert {PROJECTS[name][path] for path in predicted.values()} <= {"", "X = 1\n"}


def test_common_names_are_those_that_check_wheel_contents_reports(built: Mapping[str, list[str]], wheels: Path) -> None:
    python = python_with("check-wheel-contents")
    paths = {name: str(next((wheels / f"out-{name}").glob("*.whl"))) for name in PROJECTS}
    words = [python, "-m", "check_wheel_contents", "--no-config", "--select", "W005", *paths.values()]
    told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    reported = {name for name, path in paths.items() if f"{path}: W005" in told}
    ours = {name for name, files in built.items() if any(is_common_name(path) for path in files)}
    assert ours == reported == {"setup-namespace", "toml-regular"}
