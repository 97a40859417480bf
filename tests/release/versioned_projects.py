"""Projects with every source of a version, and the build backends that read it, for tests of stamping."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from commonhold.projects.staged_project import StagedProject
from commonhold.projects.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "example-thing"

_BACKENDS = {
    "setuptools": ("setuptools", "setuptools.build_meta"),
    "hatchling": ("hatchling", "hatchling.build"),
    "flit": ("flit_core", "flit_core.buildapi"),
    "poetry": ("poetry-core", "poetry.core.masonry.api"),
    "pdm": ("pdm-backend", "pdm.backend"),
    "flit-scm": ("flit-scm", "flit_scm:buildapi"),
    "poetry-dynamic-versioning": ("poetry-dynamic-versioning", "poetry_dynamic_versioning.backend"),
    "pbr": ("pbr", "pbr.build"),
    "meson": ("meson-python", "mesonpy"),
}
REQUIREMENTS = (
    "build",
    "setuptools>=77",
    "hatchling",
    "flit_core",
    "poetry-core",
    "pdm-backend",
    "setuptools-scm>=8",
    "hatch-vcs",
    "flit-scm",
    "poetry-dynamic-versioning",
    "pbr",
    "meson-python",
    "ninja",
)


def toml(backend: str, *project: str, more: str = "", requires: str = "") -> str:
    """A ``pyproject.toml``; it has a ``[project]`` table only if lines for it are given."""
    package, module = _BACKENDS[backend]
    build = f'[build-system]\nrequires = ["{package}"{requires}]\nbuild-backend = "{module}"\n'
    table = "\n".join(["[project]", f'name = "{NAME}"', 'description = "An example."', *project]) if project else ""
    return f"{build}\n{table}\n\n{more}\n"


_DYNAMIC = 'dynamic = ["version"]'
_MODULE = '"""An example."""\n\n__version__ = "0.0.0+develop"  # not yet\n'
_PACKAGE = {"example_thing/__init__.py": _MODULE}
_PLAIN = {"example_thing/__init__.py": '"""An example."""\n'}
_HATCH = '[tool.hatch.version]\npath = "example_thing/__init__.py"\n'
_SETUP = "from setuptools import setup\n"
_CALL = f'name="{NAME}", packages=["example_thing"]'

WAYS: dict[str, dict[str, str]] = {
    "setuptools, static": {**_PLAIN, "pyproject.toml": toml("setuptools", "version = '0'  # stamped")},
    "hatchling, static": {**_PLAIN, "pyproject.toml": toml("hatchling", 'version = "0"')},
    "flit, static": {**_PLAIN, "pyproject.toml": toml("flit", 'version = "0"')},
    "poetry, static": {**_PLAIN, "pyproject.toml": toml("poetry", 'version = "0"')},
    "pdm, static": {**_PLAIN, "pyproject.toml": toml("pdm", 'version = "0"')},
    "setuptools, attr": {
        **_PACKAGE,
        "pyproject.toml": toml(
            "setuptools", _DYNAMIC, more='[tool.setuptools.dynamic]\nversion = { attr = "example_thing.__version__" }'
        ),
    },
    "setuptools, attr that is imported, in src": {
        "src/example_thing/__init__.py": "from ._v import VERSION as __version__\n",
        "src/example_thing/_v.py": "VERSION: str = '1'\n",
        "pyproject.toml": toml(
            "setuptools",
            _DYNAMIC,
            more='[tool.setuptools]\npackage-dir = { "" = "src" }\n[tool.setuptools.dynamic]\nversion.attr = "example_thing.__version__"',
        ),
    },
    "setuptools, file": {
        **_PLAIN,
        "VERSION": "0.0.1\n",
        "pyproject.toml": toml(
            "setuptools", _DYNAMIC, more='[tool.setuptools.dynamic]\nversion = { file = ["VERSION"] }'
        ),
    },
    "setuptools-scm": {
        **_PLAIN,
        "pyproject.toml": toml("setuptools", _DYNAMIC, more="[tool.setuptools_scm]", requires=', "setuptools-scm>=8"'),
    },
    "setuptools-scm, in setup.py": {
        **_PLAIN,
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "setuptools-scm>=8"]\n',
        "setup.py": f"{_SETUP}setup({_CALL}, use_scm_version=True)\n",
    },
    "setup.cfg": {
        **_PLAIN,
        "setup.cfg": f"[metadata]\nname = {NAME}\nversion = 0.0.0 \n[options]\npackages = example_thing\n",
    },
    "setup.cfg, attr": {
        **_PACKAGE,
        "setup.cfg": f"[metadata]\nname = {NAME}\nversion = attr: example_thing.__version__\n[options]\npackages = example_thing\n",
    },
    "setup.cfg, file": {
        **_PLAIN,
        "V": "1",
        "setup.cfg": f"[metadata]\nname = {NAME}\nversion = file: V\n[options]\npackages = example_thing\n",
    },
    "setup.py, literal": {**_PLAIN, "setup.py": f"{_SETUP}setup({_CALL}, version='1.0')\n"},
    "setup.py, placeholder": {
        **_PLAIN,
        "setup.py": f'{_SETUP}\n__version__ = "0.0.0+develop"\n\nsetup({_CALL}, version=__version__)\n',
    },
    "setup.py, dictionary": {
        **_PLAIN,
        "setup.py": f'{_SETUP}\nmetadata = {{"version": "1.0", "description": "1.0"}}\nsetup({_CALL}, **metadata)\n',
    },
    "setup.py, two branches": {
        **_PLAIN,
        "setup.py": f'import sys\n{_SETUP}\nif sys.platform == "nowhere":\n    setup({_CALL}, version="1")\nelse:\n    setup({_CALL}, version="1")\n',
    },
    "setup.py, computed": {
        **_PLAIN,
        "setup.py": f'{_SETUP}MAJOR, MINOR = 1, 2\nsetup({_CALL}, version=f"{{MAJOR}}.{{MINOR}}")\n',
    },
    "setup.py, environment": {
        **_PLAIN,
        "setup.py": f'import os\n{_SETUP}setup({_CALL}, version=os.environ.get("THING_VERSION", "0"))\n',
    },
    "setup.py, environment in a module": {
        "example_thing/__init__.py": 'import os\n\n__version__ = os.environ["V"] if "V" in os.environ else "4.17.0"\n',
        "setup.py": f'{_SETUP}about = {{}}\nexec(open("example_thing/__init__.py").read(), about)\n'
        f'setup({_CALL}, version=about["__version__"])\n',
    },
    "setup.py, file read": {
        **_PLAIN,
        "VERSION": "1.0\n",
        "MANIFEST.in": "include VERSION\n",
        "setup.py": f'{_SETUP}setup({_CALL}, version=open("VERSION").read().strip())\n',
    },
    "setup.py, module executed": {
        **_PACKAGE,
        "setup.py": f'{_SETUP}about = {{}}\nexec(open("example_thing/__init__.py").read(), about)\nsetup({_CALL}, version=about["__version__"])\n',
    },
    "setup.py, module searched": {
        **_PACKAGE,
        "setup.py": f'import re\n{_SETUP}text = open("example_thing/__init__.py").read()\nversion = re.search(r"__version__ = .([^\\"]+)", text).group(1)\nsetup({_CALL}, version=version)\n',
    },
    "setup.py, module imported": {
        **_PACKAGE,
        "setup.py": f"import sys\nsys.path.insert(0, '.')\nfrom example_thing import __version__\n{_SETUP}setup({_CALL}, version=__version__)\n",
    },
    "setup.py, pbr": {
        **_PLAIN,
        "setup.py": f"{_SETUP}setup(pbr=True)\n",
        "setup.cfg": f"[metadata]\nname = {NAME}\n[files]\npackages = example_thing\n",
    },
    "setuptools, called by pbr": {**_PLAIN, "pyproject.toml": toml("pbr", _DYNAMIC, requires=', "setuptools"')},
    "hatchling, path": {**_PACKAGE, "pyproject.toml": toml("hatchling", _DYNAMIC, more=_HATCH)},
    "hatchling, pattern": {
        **_PLAIN,
        "about.txt": "the release is 1.0, so far\n",
        "pyproject.toml": toml(
            "hatchling",
            _DYNAMIC,
            more='[tool.hatch.version]\npath = "about.txt"\npattern = "release is (?P<version>[^,]+)"\n',
        ),
    },
    "hatchling, code": {**_PACKAGE, "pyproject.toml": toml("hatchling", _DYNAMIC, more=_HATCH + 'source = "code"\n')},
    "hatchling, env": {
        **_PLAIN,
        "pyproject.toml": toml(
            "hatchling", _DYNAMIC, more='[tool.hatch.version]\nsource = "env"\nvariable = "THING_VERSION"\n'
        ),
    },
    "hatch-vcs": {
        **_PLAIN,
        "pyproject.toml": toml(
            "hatchling", _DYNAMIC, more='[tool.hatch.version]\nsource = "vcs"', requires=', "hatch-vcs"'
        ),
    },
    "flit": {**_PACKAGE, "pyproject.toml": toml("flit", _DYNAMIC)},
    "flit, version.py": {
        **_PLAIN,
        "example_thing/version.py": '__version__ = "0"\n',
        "pyproject.toml": toml("flit", _DYNAMIC),
    },
    "flit-scm": {
        "example_thing/__init__.py": '"""An example."""\n\nfrom ._version import version as __version__\n',
        "pyproject.toml": toml(
            "flit-scm", _DYNAMIC, more='[tool.setuptools_scm]\nwrite_to = "example_thing/_version.py"\n'
        ),
    },
    "poetry-dynamic-versioning": {
        **_PACKAGE,
        "pyproject.toml": toml(
            "poetry-dynamic-versioning",
            _DYNAMIC,
            more='[tool.poetry]\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
        ),
    },
    "poetry, own table": {
        **_PLAIN,
        "pyproject.toml": toml(
            "poetry",
            more=f'[tool.poetry]\nname = "{NAME}"\nversion = "0"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\npython = ">=3.9"\n',
        ),
    },
    "poetry, dynamic": {**_PLAIN, "pyproject.toml": toml("poetry", _DYNAMIC, more='[tool.poetry]\nversion = "0"\n')},
    "pdm, file": {
        **_PACKAGE,
        "pyproject.toml": toml(
            "pdm", _DYNAMIC, more='[tool.pdm.version]\nsource = "file"\npath = "example_thing/__init__.py"\n'
        ),
    },
    "pdm, scm": {**_PLAIN, "pyproject.toml": toml("pdm", _DYNAMIC, more='[tool.pdm.version]\nsource = "scm"\n')},
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a project."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def stamp_in(
    folder: Path, files: Mapping[str, str], version: str, pins: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write a project and stamp it; return the environment variables that its build needs."""
    write(folder, files)
    return dict(stamp(StagedProject(str(folder), "plugins/thing", NAME, version, pins or {})))


_SERVER = """
import importlib, json, os, sys, warnings
modules = ("setuptools.build_meta", "hatchling.build", "flit_core.buildapi", "poetry.core.masonry.api", "pdm.backend")
for module in modules:
    importlib.import_module(module)
for line in sys.stdin:
    job = json.loads(line)
    if os.fork() == 0:
        log = os.open(os.path.join(job["out"], "log"), os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1), os.dup2(log, 2)
        os.environ.update(job["env"])
        os.chdir(job["folder"])
        sys.path.insert(0, job["folder"]) if job["backend"] == "setuptools.build_meta:__legacy__" else None
        module, _, attribute = job["backend"].partition(":")
        backend = importlib.import_module(module)
        backend = getattr(backend, attribute) if attribute else backend
        name = backend.prepare_metadata_for_build_wheel(job["out"])
        os._exit(0)
    _, status = os.wait()
    print(json.dumps(status), flush=True)
"""


class Backends:
    """All build backends, imported once; a new process prepares the metadata of each project."""

    def __init__(self, python: str) -> None:
        self.python = python
        self._process = subprocess.Popen(
            [python, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @classmethod
    def install(cls, folder: Path) -> Backends:
        """Install the backends into a new environment."""
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", str(folder), "--python", sys.executable], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([*uv, "pip", "install", "--python", python, *REQUIREMENTS], check=True)
        return cls(python)

    def metadata(self, folder: Path, out: Path, env: Mapping[str, str]) -> str:
        """The METADATA file that a project's backend produces."""
        out.mkdir()
        job = {"folder": str(folder), "out": str(out), "env": dict(env), "backend": self._backend(folder)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        status = json.loads(self._process.stdout.readline())
        assert status == 0, (out / "log").read_text()
        return next(out.glob("*.dist-info")).joinpath("METADATA").read_text()

    @staticmethod
    def _backend(folder: Path) -> str:
        path = folder / "pyproject.toml"
        text = path.read_text() if path.exists() else ""
        found = [module for _, module in _BACKENDS.values() if f'"{module}"' in text]
        return found[0] if found else "setuptools.build_meta:__legacy__"

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
