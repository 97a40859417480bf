"""Build real wheels and sdists, and damage them."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from commonhold.release.inspect.artifact_checks import CheckedArtifacts, check_artifacts
from commonhold.release.inspect.check_context import CheckContext
from commonhold.release.inspect.staged_files import read_project_file, read_staged_files
from commonhold.release.model.archive import open_archive
from commonhold.release.model.plan import Artifact, PlannedDistribution
from commonhold.workspace.config import Tier
from commonhold.workspace.patterns import Patterns
from tests.release.indexes import python_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Changes: TypeAlias = "Mapping[str, bytes | Callable[[bytes], bytes] | None]"
"""The new content of files by path; ``None`` removes a file, a function changes its content."""

TIERS = {
    "official": Tier(
        name="official", path=Patterns(("official/*",)), distribution="acme-{name}", import_="acme.{name}"
    ),
    "community": Tier(name="community", path=Patterns(("community/*",)), on_release_failure="hold-back"),
}
_HOOKS = """\
import importlib, os, sys
backend = importlib.import_module(sys.argv[1])
for hook in (backend.build_sdist, backend.build_wheel):
    if not os.fork():
        hook(sys.argv[2])
        sys.exit()
    if os.wait()[1]:
        sys.exit(1)
"""
TIME = (2026, 1, 1, 0, 0, 0)

HATCH = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-spark"
version = "1.17.0"
description = "Runs tasks elsewhere"
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
requires-python = ">=3.10"
classifiers = ["Programming Language :: Python :: 3"]
dependencies = ["acme-base~=1.17.0"]
[project.scripts]
acme-spark = "acme.spark:main"
[project.urls]
Source = "https://example.com/acme"
[tool.hatch.build.targets.wheel]
packages = ["acme"]
"""
SETUP = """\
from setuptools import find_namespace_packages, setup

setup(
    name="acme-dask", version="1.17.0", description="Runs tasks", packages=find_namespace_packages("src"),
    package_dir={"": "src"}, package_data={"acme.dask": ["table.json"]}, python_requires=">=3.10",
    long_description=open("README.rst").read(), long_description_content_type="text/x-rst",
    install_requires=["click>=8"],
)
"""
SPARK = {
    "pyproject.toml": HATCH,
    "README.md": "# Spark\n\nRuns *tasks*.\n",
    "LICENSE": "Apache\n",
    "acme/spark/__init__.py": "def main():\n    pass\n",
    "acme/spark/inner/__init__.py": "",
    "acme/spark/inner/task.py": "TASK = 1\n",
    "acme/spark/py.typed": "",
    "tests/test_spark.py": "def test_it():\n    pass\n",
}
DASK = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n',
    "setup.py": SETUP,
    "README.rst": "Dask\n====\n\nRuns tasks.\n",
    "src/acme/dask/__init__.py": "NAME = 'dask'\n",
    "src/acme/dask/table.json": "{}\n",
    "tests/test_dask.py": "def test_it():\n    pass\n",
}
PLANNED = {
    "acme-spark": PlannedDistribution(
        "acme-spark", "official/spark", "official", "1.17.0", ("acme-base",), pins={"acme-base": "~=1.17.0"}, stops=True
    ),
    "acme-dask": PlannedDistribution("acme-dask", "official/dask", "official", "1.17.0"),
}


@dataclass(frozen=True)
class BuiltArtifacts:
    """The wheel and sdist of one project, and the context that rules check them in."""

    context: CheckContext
    files: Mapping[str, bytes]

    def check(self, **planned: object) -> CheckedArtifacts:
        """Apply the rules, optionally with other values in the plan."""
        import msgspec

        context = replace(self.context, planned=msgspec.structs.replace(self.context.planned, **planned))
        return check_artifacts([open_archive(artifact(name, data), data) for name, data in self.files.items()], context)

    def rules(self, **planned: object) -> set[str]:
        return {finding.rule for finding in self.check(**planned).findings}

    @property
    def wheel(self) -> tuple[str, bytes]:
        return next(each for each in self.files.items() if each[0].endswith(".whl"))

    @property
    def sdist(self) -> tuple[str, bytes]:
        return next(each for each in self.files.items() if each[0].endswith(".gz"))

    def with_wheel(self, data: bytes, name: str | None = None) -> BuiltArtifacts:
        old = self.wheel[0]
        return replace(self, files={name or old: data, self.sdist[0]: self.sdist[1]})

    def with_sdist(self, data: bytes, name: str | None = None) -> BuiltArtifacts:
        old = self.sdist[0]
        return replace(self, files={self.wheel[0]: self.wheel[1], name or old: data})

    def changed(self, changes: Changes) -> BuiltArtifacts:
        """Change files of the wheel, and its RECORD accordingly."""
        return self.with_wheel(rewrite_wheel(self.wheel[1], changes))

    def with_metadata(self, change: Callable[[bytes], bytes]) -> BuiltArtifacts:
        """Change the metadata of both files."""
        name, version = self.wheel[0].split("-")[:2]
        changed = self.changed({f"{name}-{version}.dist-info/METADATA": change})
        return changed.with_sdist(rewrite_sdist(self.sdist[1], {f"{name}-{version}/PKG-INFO": change}))


@lru_cache
def _python_with(package: str) -> str:
    return python_with(package)


def artifact(name: str, data: bytes) -> Artifact:
    return Artifact(name, hashlib.sha256(data).hexdigest(), len(data))


def build(
    files: Mapping[str, str], planned: PlannedDistribution, folder: Path, names: Iterable[str] = ()
) -> BuiltArtifacts:
    """Build a project with its real backend, in a copy of its files."""
    source, out, staged = folder / "source", folder / "out", folder / "staged"
    for path, content in files.items():
        for root in (source, staged):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content, encoding="utf-8")
    out.mkdir()
    package, backend = ("hatchling", "hatchling.build")
    if "hatchling" not in files["pyproject.toml"]:
        package, backend = ("setuptools", "setuptools.build_meta")
    words = [_python_with(package), "-c", _HOOKS, backend, str(out)]
    finished = subprocess.run(words, cwd=source, capture_output=True, text=True, check=False)
    assert not finished.returncode, finished.stderr
    built = {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.suffix in (".whl", ".gz")}
    return BuiltArtifacts(
        CheckContext(
            planned,
            TIERS[planned.tier],
            read_staged_files(str(staged)),
            frozenset(names),
            read_project_file(str(staged)),
        ),
        built,
    )


def rewrite_wheel(data: bytes, changes: Changes, *, record: bool = True) -> bytes:
    """Change files of a wheel, and its RECORD accordingly."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    contents = changed(contents, changes)
    place = next(path for path in contents if path.endswith(".dist-info/RECORD"))
    if record and place not in changes:
        contents[place] = make_record(contents, place)
    return make_zip(contents.items())


def make_record(contents: Mapping[str, bytes], place: str) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        rows.writerow((path, "", "") if path == place else (path, f"sha256={digest}", len(content)))
    return text.getvalue().encode()


def make_zip(contents: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents:
            archive.writestr(zipfile.ZipInfo(path, TIME), content)
    return out.getvalue()


def rewrite_sdist(data: bytes, changes: Changes, *more: tarfile.TarInfo) -> bytes:
    """Change files of an sdist and append entries without content."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        files = {info.name: archive.extractfile(info) for info in archive if info.isfile()}
        contents = {name: file.read() for name, file in files.items() if file is not None}
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in changed(contents, changes).items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info)
    return out.getvalue()


def changed(contents: Mapping[str, bytes], changes: Changes) -> dict[str, bytes]:
    result = dict(contents)
    for path, change in changes.items():
        if change is None:
            del result[path]
        else:
            result[path] = change(result[path]) if callable(change) else change
    return result
