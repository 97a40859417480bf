"""Files that a build generates or writes again are not differences from the commit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.release.inspect.generated_files import is_same_project
from commonhold.release.model.archive import ArchiveMember
from commonhold.workspace.patterns import Patterns
from tests.release.artifacts import HATCH, PLANNED, SPARK, BuiltArtifacts, build, rewrite_sdist

if TYPE_CHECKING:
    import pathlib

    from tests.release.artifacts import Changes

TOP = "acme_spark-1.17.0"
SETUP = """\
# -*- coding: utf-8 -*-
from setuptools import setup

package_dir = {"": "."}
packages = ["acme", "acme.spark"]
install_requires = ["acme-base>=1.17.0,<1.18.0"]
setup_kwargs = {
    "name": "acme-spark", "version": "1.17.0", "packages": packages, "package_dir": package_dir,
    "install_requires": install_requires, "python_requires": ">=3.10",
}
setup(**setup_kwargs)
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> BuiltArtifacts:
    """A plugin built by hatchling."""
    folder: pathlib.Path = tmp_path_factory.mktemp("spark")
    return build(SPARK, PLANNED["acme-spark"], folder, PLANNED)


def with_sdist(spark: BuiltArtifacts, changes: Changes) -> BuiltArtifacts:
    """Change files of the sdist, given by their paths in the project."""
    return spark.with_sdist(rewrite_sdist(spark.sdist[1], {f"{TOP}/{path}": new for path, new in changes.items()}))


def subjects(artifacts: BuiltArtifacts) -> list[str]:
    return [finding.about for finding in artifacts.check().findings]


COMMITTED = """\
# A comment
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"
[project]
name = "a"
dynamic = ["version", "dependencies"]
license = "MIT"
[tool.pdm.version]
source = "scm"
"""
SAME = {
    "the same file": COMMITTED,
    "another order, without comments": (
        'project.license = "MIT"\nproject.name = "a"\nproject.dynamic = ["dependencies", "version"]\n'
        'tool.pdm.version.source = "scm"\n[build-system]\nbuild-backend = "pdm.backend"\nrequires = ["pdm-backend"]\n'
    ),
    "a dynamic version that the backend has filled in": COMMITTED.replace(
        'dynamic = ["version", "dependencies"]', 'version = "1.0"\ndynamic = ["dependencies"]'
    ),
    "all dynamic fields filled in": COMMITTED.replace(
        'dynamic = ["version", "dependencies"]', 'version = "1.0"\ndependencies = ["b"]'
    ),
    "an additional empty table": COMMITTED + "[tool.other]\n",
}
DIFFERENT = {
    "another name": COMMITTED.replace('"a"', '"b"'),
    "another licence": COMMITTED.replace("MIT", "Apache-2.0"),
    "another field": COMMITTED.replace('"MIT"', '"MIT"\nreadme = "README.md"'),
    "another dynamic field": COMMITTED.replace('["version", ', '["version", "readme", '),
    "another backend": COMMITTED.replace("pdm.backend", "evil"),
    "another build requirement": COMMITTED.replace('["pdm-backend"]', '["pdm-backend", "evil"]'),
    "another setting of a tool": COMMITTED.replace("scm", "file"),
    "no project": "[build-system]\nrequires = []\n",
    "no TOML": "[project\n",
    "a project that is no table": "project = 1\n",
    "nothing": "",
}


@pytest.mark.parametrize("values", [("1", "true"), ("1", "1.0"), ("[0]", "[false]"), ("[{x = 1}]", "[{x = 1.0}]")])
def test_values_that_only_python_treats_as_equal_are_different(values: tuple[str, str]) -> None:
    ours, theirs = (f"[tool.x]\nkey = {value}\n".encode() for value in values)
    assert not is_same_project(ours, theirs)


@pytest.mark.parametrize("value", ["nan", "-inf", "[nan]", "1979-05-27T07:32:00Z"])
def test_every_value_is_equal_to_itself(value: str) -> None:
    project = f"[tool.x]\nkey = {value}\n".encode()
    assert is_same_project(b"# written again\n" + project, project)


@pytest.mark.parametrize("case", SAME)
def test_a_project_file_that_was_written_again_is_the_same_project(case: str) -> None:
    assert is_same_project(SAME[case].encode(), COMMITTED.encode())


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_project_file_with_another_meaning_is_different(case: str) -> None:
    assert not is_same_project(DIFFERENT[case].encode(), COMMITTED.encode())


def test_a_rewritten_project_file_is_no_finding(spark: BuiltArtifacts) -> None:
    def rewrite(data: bytes) -> bytes:
        return b"# written by a backend\n" + data

    assert subjects(with_sdist(spark, {"pyproject.toml": rewrite, "pyproject.toml.orig": HATCH.encode()})) == []
    other = {"pyproject.toml": HATCH.replace("acme-base", "evil").encode(), "pyproject.toml.orig": b"other"}
    assert subjects(with_sdist(spark, other)) == ["pyproject.toml", "pyproject.toml.orig"]


def test_a_generated_setup_file_with_the_same_metadata_is_no_finding(spark: BuiltArtifacts) -> None:
    assert subjects(with_sdist(spark, {"setup.py": SETUP.encode()})) == []
    assert subjects(with_sdist(spark, {"nested/setup.py": SETUP.encode()})) == ["nested/setup.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("acme-base", "evil"),
        ('"acme-spark"', '"acme-sparks"'),
        ("1.17.0", "1.17.1"),
        ("setup_kwargs = {", "import evil; setup_kwargs = {**evil.more(),"),
    ],
)
def test_a_setup_file_with_other_metadata_is_found(spark: BuiltArtifacts, old: str, new: str) -> None:
    assert subjects(with_sdist(spark, {"setup.py": SETUP.replace(old, new).encode()})) == ["setup.py"]


def test_a_setup_file_that_setuptools_would_run_is_found(spark: BuiltArtifacts) -> None:
    project = b'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    changed = replace(spark, context=replace(spark.context, project_file=project))
    assert "setup.py" in subjects(with_sdist(changed, {"setup.py": SETUP.encode()}))


@pytest.mark.parametrize(
    "pattern", ["acme/spark/_generated.py", "acme/**/_generated.*", "src/acme/spark/_generated.py"]
)
def test_files_that_the_configuration_declares_as_generated_are_no_findings(
    spark: BuiltArtifacts, pattern: str
) -> None:
    module = {"acme/spark/_generated.py": b"FACTS = 1\n"}
    found = with_sdist(spark.changed(module), module)
    assert {*subjects(found)} == {"acme/spark/_generated.py"}
    allowed = replace(found, context=replace(found.context, generated=Patterns([pattern])))
    assert subjects(allowed) == []


def test_c_code_next_to_its_cython_source_is_no_finding(spark: BuiltArtifacts) -> None:
    files: Changes = {"acme/spark/fast.c": b"/* Generated by Cython */\n", "acme/spark/other.c": b""}
    source = {"acme/spark/fast.pyx": ArchiveMember("acme/spark/fast.pyx", 1, "")}
    found = with_sdist(spark.changed(files), files)
    found = replace(found, context=replace(found.context, staged={**found.context.staged, **source}))
    assert {*subjects(found)} == {"acme/spark/other.c"}


def test_a_file_that_the_build_copied_is_no_finding(spark: BuiltArtifacts) -> None:
    data = b'["all"]\n'
    files: Changes = {"acme/spark/names.json": data}
    found = with_sdist(spark.changed(files), {**files, "copied/LICENSE": SPARK["LICENSE"].encode()})
    assert {*subjects(found)} == {"acme/spark/names.json"}
    outside = frozenset([hashlib.sha256(data).hexdigest()])
    assert subjects(replace(found, context=replace(found.context, outside=outside))) == []
