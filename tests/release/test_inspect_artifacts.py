"""Test each rule on artifacts that were really built and then damaged."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.release.model.archive import open_archive
from tests.release.artifacts import (
    DASK,
    HATCH,
    PLANNED,
    SPARK,
    TIME,
    BuiltArtifacts,
    artifact,
    build,
    make_zip,
    rewrite_sdist,
)
from tests.release.expected_findings import check_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.release.artifacts import Changes

INFO = "acme_spark-1.17.0.dist-info"
TOP = "acme_spark-1.17.0"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> BuiltArtifacts:
    """A plugin built by hatchling."""
    return build(SPARK, PLANNED["acme-spark"], tmp_path_factory.mktemp("spark"), PLANNED)


@pytest.fixture(scope="session")
def dask(tmp_path_factory: pytest.TempPathFactory) -> BuiltArtifacts:
    """A plugin built by setuptools, from src."""
    return build(DASK, PLANNED["acme-dask"], tmp_path_factory.mktemp("dask"), PLANNED)


def test_sound_artifacts_have_no_findings(spark: BuiltArtifacts, dask: BuiltArtifacts) -> None:
    assert spark.check().findings == ()
    assert dask.check().findings == ()


def test_installed_paths_include_programs(spark: BuiltArtifacts) -> None:
    assert spark.check().installed_paths == {
        "acme/spark/__init__.py",
        "acme/spark/inner/__init__.py",
        "acme/spark/inner/task.py",
        "acme/spark/py.typed",
        "{bin}/acme-spark",
    }


def line(name: str, value: str) -> Callable[[bytes], bytes]:
    """Return a change of metadata that gives a field this value only."""

    def change(data: bytes) -> bytes:
        head, _, body = data.partition(b"\n\n")
        kept = [each for each in head.split(b"\n") if not each.startswith(f"{name}:".encode())]
        return b"\n".join([*kept, f"{name}: {value}".encode()]) + b"\n\n" + body

    return change


METADATA = {
    "another name": ("name", line("Name", "acme-sparks")),
    "another version": ("version", line("Version", "1.17.1")),
    "no version": ("metadata", lambda data: re.sub(rb"Version: 1.17.0\n", b"", data)),
    "a malformed version": ("metadata", line("Version", "one")),
    "an unknown version of metadata": ("metadata", line("Metadata-Version", "9.9")),
    "a field of a later version": ("metadata", line("Metadata-Version", "2.1")),
    "a long summary": ("metadata", line("Summary", "x" * 513)),
    "a bogus classifier": ("classifier", line("Classifier", "Framework :: Acme")),
    "a deprecated classifier": ("classifier", line("Classifier", "Natural Language :: Ukranian")),
    "a private classifier": ("classifier", line("Classifier", "Private :: Do Not Upload")),
    "a malformed Requires-Python": ("metadata", line("Requires-Python", "three")),
    "a malformed requirement": ("metadata", line("Requires-Dist", "acme-base ~~ 1")),
    "a requirement on an address": ("direct", line("Requires-Dist", "acme-base @ https://example.com/a.zip")),
    "another pin": ("pin", line("Requires-Dist", "acme-base>=1")),
    "a lost requirement": ("pin", line("Requires-Dist", "click")),
    "a malformed address of the author": ("metadata", line("Author-email", "Octo Cat <octocat>")),
    "a malformed project URL": ("metadata", line("Project-URL", "Source, not a place")),
    "a long label of a project URL": ("metadata", line("Project-URL", f"{'x' * 33}, https://example.com")),
    "a malformed home page": ("metadata", line("Home-page", "ftp://example.com")),
    "an invalid licence expression": ("metadata", line("License-Expression", "Something")),
    "a licence file that is not there": ("licence", line("License-File", "COPYING")),
    "an unknown field": ("metadata", line("Favourite-Colour", "green")),
    "an empty description": ("readme", lambda data: data.partition(b"\n\n")[0] + b"\n\n"),
    "a description of blanks": ("readme", lambda data: data.partition(b"\n\n")[0] + b"\n\n \n \n"),
    "a description of another type": ("metadata", line("Description-Content-Type", "text/html")),
    "reStructuredText that does not render": (
        "readme",
        lambda data: line("Description-Content-Type", "text/x-rst")(
            data.partition(b"\n\n")[0] + b"\n\nA\n=\n\n`a\n~\n"
        ),
    ),
}


@pytest.mark.parametrize("case", METADATA)
def test_metadata_that_an_index_rejects_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, change = METADATA[case]
    check_findings(f"metadata: {case}", spark.with_metadata(change).check().findings, rule)


def test_a_local_version_is_found_even_where_it_was_planned(spark: BuiltArtifacts) -> None:
    damaged = spark.with_metadata(line("Version", "1.17.0+local"))
    assert "local-version" in damaged.rules()


def test_a_requirement_that_only_the_wheel_has_is_found(spark: BuiltArtifacts) -> None:
    damaged = spark.changed({f"{INFO}/METADATA": lambda data: b"Requires-Dist: click\n" + data})
    findings = damaged.check().findings
    assert [(finding.rule, finding.about) for finding in findings] == [("metadata", "differs")]
    assert "click" in findings[0].message


def test_a_requirement_that_the_plan_does_not_know_is_found(spark: BuiltArtifacts) -> None:
    names = replace(spark.context, planned_names=frozenset({"acme-base", "acme-spark"}))
    assert replace(spark, context=names).rules(needs=(), pins={}) == {"pin"}


def test_an_optional_requirement_is_accepted(spark: BuiltArtifacts) -> None:
    extra = b'Provides-Extra: more\nRequires-Dist: acme-dask; extra == "more"\n'
    assert (
        spark.with_metadata(lambda data: data.replace(b"Requires-Python", extra + b"Requires-Python")).rules() == set()
    )


@pytest.mark.parametrize("name", ["json", "Import-Lib", "a_", "", "ä"])
def test_names_that_an_index_does_not_assign_are_found(spark: BuiltArtifacts, name: str) -> None:
    name = name.replace("Import-Lib", "importlib")
    check_findings(f"project name: {name}", spark.check(name=name, new=True).findings, "name")


CONTENTS: Mapping[str, tuple[str, Changes]] = {
    "another module": ("tree", {"acme/spark/stale.py": b"x = 1\n"}),
    "another module that contains the version": ("tree", {"acme/spark/stale.py": b"x = '1.17.0'\n"}),
    "a version module of another version": ("tree", {"acme/spark/_version.py": b"x = '9.9'\n"}),
    "an empty package that is not in the commit": ("tree", {"acme/spark/gone/__init__.py": b""}),
    "a module with different content": ("tree", {"acme/spark/inner/task.py": b"TASK = 2\n"}),
    "a compiled module in a pure wheel": ("tree", {"acme/spark/fast.so": b"\x7fELF"}),
    "a missing module": ("missing", {"acme/spark/inner/task.py": None}),
    "a missing package": ("missing", {"acme/spark/inner/task.py": None, "acme/spark/inner/__init__.py": None}),
    "a missing py.typed": ("missing", {"acme/spark/py.typed": None}),
    "no module at all": (
        "missing",
        dict.fromkeys(("acme/spark/__init__.py", "acme/spark/inner/__init__.py", "acme/spark/inner/task.py")),
    ),
    "an __init__.py in the namespace": ("namespace", {"acme/__init__.py": b""}),
    "tests at the top level": ("namespace", {"tests/test_spark.py": SPARK["tests/test_spark.py"].encode()}),
    "a .pth file": ("namespace", {"acme.pth": b"import os\n"}),
    "a module installed as data": ("namespace", {f"{TOP}.data/data/lib/python3/site-packages/os.py": b""}),
    "no licence file": ("licence", {f"{INFO}/licenses/LICENSE": None}),
    "no WHEEL": ("layout", {f"{INFO}/WHEEL": None}),
    "no METADATA": ("layout", {f"{INFO}/METADATA": None}),
    "a WHEEL of the next major version": (
        "layout",
        {f"{INFO}/WHEEL": lambda data: data.replace(b"Version: 1.0", b"Version: 2.0")},
    ),
    "a WHEEL without a version": (
        "layout",
        {f"{INFO}/WHEEL": lambda data: data.replace(b"Wheel-Version: 1.0\n", b"")},
    ),
    "a WHEEL with other tags": ("filename", {f"{INFO}/WHEEL": lambda data: data.replace(b"py3-none", b"py2-none")}),
    "a second dist-info": ("layout", {"other-1.dist-info/METADATA": b""}),
    "another distribution's data": ("layout", {"other-1.data/purelib/a.py": b""}),
    "data of an unknown scheme": ("layout", {f"{TOP}.data/weird/a.py": b""}),
    "a path that leads out": ("paths", {"../evil.py": b""}),
    "an absolute path": ("paths", {"/etc/evil": b""}),
    "a drive": ("paths", {"C:/evil": b""}),
    "a backslash": ("paths", {"acme\\evil.py": b""}),
    "a control character": ("paths", {"acme/ev\x1bil.py": b""}),
    "an empty part": ("paths", {"acme//evil.py": b""}),
    "the same path in a different case": ("paths", {"acme/spark/Py.typed": b""}),
    "a path that is a file and a folder": ("paths", {"acme/spark": b""}),
}


def test_the_pth_files_of_old_setuptools_are_accepted(spark: BuiltArtifacts) -> None:
    assert spark.changed({"acme_spark-1.17.0-py3.11-nspkg.pth": b"import types\n"}).rules() == set()


def test_a_generated_version_module_is_accepted(spark: BuiltArtifacts) -> None:
    assert spark.changed({"acme/spark/_version.py": b"version = '1.17.0'\n"}).rules() == set()


@pytest.mark.parametrize("case", CONTENTS)
def test_a_damaged_wheel_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, changes = CONTENTS[case]
    check_findings(f"contents: {case}", spark.changed(changes).check().findings, rule)


def test_changed_files_are_found_below_src_too(dask: BuiltArtifacts) -> None:
    assert dask.changed({"acme/dask/table.json": b"[]\n"}).rules() == {"tree"}


RECORDS = {
    "a missing line": lambda data: data.replace(b"acme/spark/py.typed", b"acme/spark/py.typed2"),
    "another hash": lambda data: re.sub(rb"(task.py,sha256=)....", rb"\1AAAA", data),
    "another size": lambda data: re.sub(rb"(task.py,sha256=[^,]+),\d+", rb"\1,1", data),
    "no hash": lambda data: re.sub(rb"(task.py),[^\n]+", rb"\1,,", data),
    "a weak hash": lambda data: re.sub(rb"(task.py),sha256=", rb"\1,md5=", data),
    "a line twice": lambda data: data + data.splitlines(keepends=True)[0],
    "not UTF-8": lambda data: b"\xff" + data,
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("case", RECORDS)
def test_an_incorrect_record_is_found(spark: BuiltArtifacts, case: str) -> None:
    check_findings(f"RECORD: {case}", spark.changed({f"{INFO}/RECORD": RECORDS[case]}).check().findings, "record")


def test_a_size_may_be_left_out_of_a_record(spark: BuiltArtifacts) -> None:
    assert spark.changed({f"{INFO}/RECORD": lambda data: re.sub(rb",\d+(\r?\n)", rb",\1", data)}).rules() == set()


def test_a_record_may_have_empty_lines(spark: BuiltArtifacts) -> None:
    assert spark.changed({f"{INFO}/RECORD": lambda data: data.replace(b"\n", b"\n\n", 1)}).rules() == set()


def test_a_hash_may_be_hexadecimal_in_a_record(spark: BuiltArtifacts) -> None:
    digest = hashlib.sha256(SPARK["acme/spark/inner/task.py"].encode()).hexdigest().encode()
    changed = {f"{INFO}/RECORD": lambda data: re.sub(rb"(task.py,sha256=)[^,]+", rb"\g<1>" + digest, data)}
    assert spark.changed(changed).rules() == set()


def test_a_duplicate_file_is_found(spark: BuiltArtifacts) -> None:
    with zipfile.ZipFile(io.BytesIO(spark.wheel[1])) as archive:
        contents = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = make_zip([*contents, ("acme/spark/inner/task.py", b"EVIL = 1\n")])
    assert "paths" in spark.with_wheel(twice).rules()


def symlinked(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("acme/spark/link.py", TIME)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def bzip2_compressed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, TIME), old.read(info), zipfile.ZIP_BZIP2)
    return out.getvalue()


def bomb(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("acme/spark/zeros", TIME), b"\0" * (65 * 2**20), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def renamed_locally(data: bytes) -> bytes:
    return data.replace(b"acme/spark/inner/task.py", b"acme/spark/inner/evil.py", 1)


ZIPS = {
    "a truncated file": ("archive", lambda data: data[: len(data) // 2]),
    "an empty file": ("archive", lambda data: b""),
    "zeros": ("archive", lambda data: b"\0" * 1000),
    "bytes before it": ("archive", lambda data: b"#!/bin/sh\n" + data),
    "bytes after it": ("archive", lambda data: data + b"\0"),
    "a comment": ("archive", lambda data: data[:-2] + struct.pack("<H", 4) + b"evil"),
    "another name before the file": ("archive", renamed_locally),
    "a damaged file": ("archive", lambda data: data.replace(b"PK\3\4", b"PK\3\5", 1)),
    "a link": ("paths", symlinked),
    "an unusual compression": ("archive", bzip2_compressed),
    "a decompression bomb": ("size", bomb),
    "too many bytes": ("size", lambda data: data + b"\0" * 100_000_001),
}


@pytest.mark.parametrize("case", ZIPS)
def test_a_wheel_that_is_a_damaged_zip_file_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, damage = ZIPS[case]
    check_findings(f"zip: {case}", spark.with_wheel(damage(spark.wheel[1])).check().findings, rule)


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{TOP}/{name}")
    info.type, info.linkname = kind, link
    return info


def with_entry(name: str, kind: bytes, link: str = "") -> Callable[[bytes], bytes]:
    return lambda data: rewrite_sdist(data, {}, special(name, kind, link))


def tar_bomb(data: bytes) -> bytes:
    return gzip.compress(zlib.decompress(data, zlib.MAX_WBITS | 16) + b"\0" * (65 * 2**20))


SDISTS = {
    "a truncated file": ("archive", lambda data: data[: len(data) // 2]),
    "an empty file": ("archive", lambda data: b""),
    "zeros": ("archive", lambda data: b"\0" * 1000),
    "a second archive after it": ("archive", lambda data: data + gzip.compress(b"evil")),
    "a device": ("paths", with_entry("null", tarfile.CHRTYPE)),
    "a pipe": ("paths", with_entry("pipe", tarfile.FIFOTYPE)),
    "a hard link": ("paths", with_entry("hard", tarfile.LNKTYPE, f"{TOP}/LICENSE")),
    "a link to elsewhere": ("paths", with_entry("link", tarfile.SYMTYPE, "/etc/passwd")),
    "a link that leads out": ("paths", with_entry("acme/link", tarfile.SYMTYPE, "../../x")),
    "a link that is not in the commit": ("tree", with_entry("link", tarfile.SYMTYPE, "LICENSE")),
    "a path that leads out": ("paths", with_entry("../../evil", tarfile.REGTYPE)),
    "a file outside its folder": ("layout", lambda data: rewrite_sdist(data, {"other/a": b""})),
    "a file that is not in the commit": ("tree", lambda data: rewrite_sdist(data, {f"{TOP}/secret.env": b"x"})),
    "a file with different content": ("tree", lambda data: rewrite_sdist(data, {f"{TOP}/LICENSE": b"x"})),
    "no licence file": ("licence", lambda data: rewrite_sdist(data, {f"{TOP}/LICENSE": None})),
    "no PKG-INFO": ("layout", lambda data: rewrite_sdist(data, {f"{TOP}/PKG-INFO": None})),
    "a decompression bomb": ("size", tar_bomb),
}


@pytest.mark.parametrize("case", SDISTS)
def test_a_damaged_sdist_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, damage = SDISTS[case]
    check_findings(f"sdist: {case}", spark.with_sdist(damage(spark.sdist[1])).check().findings, rule)


@pytest.mark.parametrize(
    "name",
    [
        "acme_sparks-1.17.0-py3-none-any.whl",
        "acme_spark-1.17.1-py3-none-any.whl",
        "acme_spark-1.17.0-py3-any.whl",
        "acme_spark-1.17.0-cp311-cp311-linux_x86_64.whl",
        "Acme_Spark-1.17.0-py3-none-any.whl",
    ],
)
def test_a_wheel_with_an_incorrect_name_is_found(spark: BuiltArtifacts, name: str) -> None:
    check_findings(f"wheel name: {name}", spark.with_wheel(spark.wheel[1], name).check().findings, "filename")


@pytest.mark.parametrize("name", ["acme-spark-1.17.0.tar.gz", "acme_spark-1.17.1.tar.gz", "acme.tar.gz"])
def test_an_sdist_with_an_incorrect_name_is_found(spark: BuiltArtifacts, name: str) -> None:
    check_findings(f"sdist name: {name}", spark.with_sdist(spark.sdist[1], name).check().findings, "filename")


@pytest.mark.parametrize("kind", [".whl", ".gz"])
def test_a_missing_artifact_is_found(spark: BuiltArtifacts, kind: str) -> None:
    left = {name: data for name, data in spark.files.items() if not name.endswith(kind)}
    check_findings(f"missing: {kind}", replace(spark, files=left).check().findings, "files")


def test_a_long_wheel_name_is_found(spark: BuiltArtifacts) -> None:
    long = spark.with_wheel(spark.wheel[1], f"acme_spark-1.17.0-1{'0' * 220}-py3-none-any.whl")
    assert [each.rule for each in long.check().findings] == ["filename"]


def test_an_empty_file_has_no_members() -> None:
    archive = open_archive(artifact("a-1-py3-none-any.whl", b""), b"")
    assert [finding.rule for finding in archive.findings] == ["archive"]
    assert not archive.members


def test_a_module_that_the_build_moved_is_accepted(tmp_path: Path) -> None:
    moving = HATCH.replace('packages = ["acme"]', 'sources = { "lib/code" = "acme/spark" }\nonly-include = ["lib"]')
    moved = {path.replace("acme/spark", "lib/code"): content for path, content in SPARK.items()}
    built = build({**moved, "pyproject.toml": moving}, PLANNED["acme-spark"], tmp_path)
    assert built.rules() == set()
    assert built.changed({"acme/spark/inner/more.py": b"x = 1\n"}).rules() == {"tree"}
