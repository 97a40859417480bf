"""Make repositories with a scripted build backend, which is a plugin itself.

The backend needs no network and almost no time. ``orders.txt`` in a plugin's folder contains one order per line.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.index.uv import find_uv
from commonhold.release.builder.environments import make_installer
from commonhold.release.builder.release_build import BuildRequest, BuildResult, build_release
from commonhold.release.model.plan import Artifact, PlannedDistribution, ReleasePlan
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.store import Store, make_store
from commonhold.vcs import open_repository
from tests.support.repositories import EPOCH, Repo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERSION = "1.17.0"
BACKEND = "x-backend"

UV_CACHE = subprocess.run([find_uv(os.environ), "cache", "dir"], capture_output=True, text=True, check=True).stdout
"""The uv cache of the user who runs the tests, because each test gets another home folder."""

SOURCE = r"""
import json, os, random, re, signal, sys, tarfile, time, zipfile

def orders():
    if os.path.exists("orders.txt"):
        with open("orders.txt") as file:
            return dict((line.split() + [""])[:2] for line in file)
    return {}

def stem():
    with open("pyproject.toml") as file:
        text = file.read()
    name, version = (re.search(f'^{key} = "(.*)"', text, re.M)[1] for key in ("name", "version"))
    return f"{orders().get('call-it', name).replace('-', '_')}-{version}"

def follow_orders():
    given = orders()
    if "say" in given:
        print("the backend says", given["say"])
    if "fail" in given:
        raise RuntimeError("as ordered")
    if "leave" in given:
        sys.exit("nothing to do")
    if "crash" in given:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in given:
        with open(given["hang"], "w") as file:
            file.write(str(os.getpid()))
        time.sleep(600)

def get_requires_for_build_wheel(settings=None):
    return [orders()["ask"]] if "ask" in orders() else []

def build_sdist(out, settings=None):
    follow_orders()
    with tarfile.open(os.path.join(out, f"{stem()}.tar.gz"), "w:gz") as archive:
        archive.add(".", stem())
    return f"{stem()}.tar.gz"

def build_wheel(out, settings=None, metadata=None):
    if os.path.exists("at_wheel.txt"):
        with open("at_wheel.txt") as file:
            exec(file.read(), {**globals(), "out": out})
    info, name = f"{stem()}.dist-info", stem().split("-")[0]
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % tuple(stem().split("-")),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}/recorded.json": json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "modules": sorted(sys.modules)})
            if "record" in orders() else str(random.SystemRandom().random()) if "vary" in orders() else "",
    }
    for module in sorted(each for each in os.listdir() if each.endswith(".py")):
        with open(module) as file:
            files[module] = file.read()
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(os.path.join(out, f"{stem()}-py3-none-any.whl"), "w") as archive:
        for each, text in files.items():
            archive.writestr(zipfile.ZipInfo(each), text)
    return f"{stem()}-py3-none-any.whl"
"""


def project(name: str, system: str) -> str:
    return f'[build-system]\n{system}\n\n[project]\nname = "{name}"\nversion = "0"\nrequires-python = ">=3.8"\n'


IN_TREE = 'requires = []\nbuild-backend = "xbackend"\nbackend-path = ["."]'
BY_PLUGIN = f'requires = ["{BACKEND}"]\nbuild-backend = "xbackend"'
IN_TREE_PROJECT = {"pyproject.toml": project("x-in-tree", IN_TREE), "xbackend.py": SOURCE}


class RecordingReporter(SilentReporter):
    """A reporter that records environments and the last log lines of failures."""

    def __init__(self) -> None:
        self.environments: list[tuple[str, ...]] = []
        self.last: dict[str, Sequence[str]] = {}

    def preparing(self, requirements: Sequence[str]) -> None:
        self.environments.append(tuple(requirements))

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None:
        self.last[plugin] = log


@dataclass(frozen=True)
class BuildMonorepo:
    """A repository and the plan of its release."""

    folder: Path
    repo: Repo
    plan: ReleasePlan

    def at_head(self) -> BuildMonorepo:
        """Return the same release, planned from the newest commit."""
        return replace(self, plan=msgspec.structs.replace(self.plan, commit=self.repo.head))

    def store(self, name: str = "store") -> Store:
        return make_store(str(self.folder / name), self.plan)

    def build(self, store: Store, *plugins: str, reporter: RecordingReporter | None = None, **settings) -> BuildResult:
        tree = open_repository(str(self.repo.root), SpawnRunner(), os.environ).tree(self.plan.commit)
        environ = {**os.environ, "UV_CACHE_DIR": UV_CACHE.strip()}
        request = BuildRequest(plugins or None, **{"jobs": 2, **settings})
        with store.lock():
            return build_release(store, tree, make_installer(environ), reporter or RecordingReporter(), request)


def make_build_monorepo(folder: Path, plugins: Mapping[str, str | Mapping[str, str]], **more: Any) -> BuildMonorepo:
    """Make a release of plugins, each with orders for the backend or with all of its files; ``more`` is for their plans."""
    files = {f"plugins/{BACKEND}/{path}": text for path, text in IN_TREE_PROJECT.items()}
    files[f"plugins/{BACKEND}/pyproject.toml"] = project(BACKEND, IN_TREE)
    for name, orders in plugins.items():
        given = (
            {"pyproject.toml": project(name, BY_PLUGIN), "orders.txt": orders} if isinstance(orders, str) else orders
        )
        files |= {f"plugins/{name}/{path}": text for path, text in given.items()}
    repo = Repo.of(folder / "repo", files)
    names = [BACKEND, *plugins]
    plans = [
        PlannedDistribution(
            name,
            f"plugins/{name}",
            **{"tier": "official", "version": VERSION, "builds_with": _with(files, name), **more.get(name, {})},
        )
        for name in names
    ]
    plan = ReleasePlan(
        version=VERSION, commit=repo.head, epoch=EPOCH, core=None, index="testpypi", plugins=tuple(plans)
    )
    return BuildMonorepo(folder, repo, plan)


def _with(files: Mapping[str, str], name: str) -> tuple[str, ...]:
    return (BACKEND,) if f'requires = ["{BACKEND}"]' in files.get(f"plugins/{name}/pyproject.toml", "") else ()


def recorded(store: Store, plugin: str) -> dict[str, Any]:
    """Return the environment that the build of a plugin with the order ``record`` saw."""
    name = plugin.replace("-", "_")
    with zipfile.ZipFile(store.path(plugin, f"{name}-{VERSION}-py3-none-any.whl")) as archive:
        found: dict[str, Any] = json.loads(archive.read(f"{name}/recorded.json"))
    return found


def files_of(store: Store, plugin: str) -> dict[str, bytes]:
    """Return the files of a plugin in the store."""
    folder = os.path.dirname(store.path(plugin, "x"))
    found = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


def artifacts(store: Store) -> dict[str, tuple[Artifact, ...]]:
    from commonhold.release.builder.artifacts import read_built

    return {name: built.files for name, built in read_built(store.journal.read()).items()}
