"""Test the rules of PyPI for metadata, platforms and entry points; docs/reference/index-rules.md refers to them."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel
from commonhold.release.inspect.core_metadata import parse_core_metadata
from commonhold.release.inspect.entry_points import check_entry_points, script_paths
from commonhold.release.inspect.index_metadata import check_index_metadata, check_project_name
from commonhold.release.inspect.licence_files import check_sdist_licences, check_wheel_licences
from commonhold.release.inspect.platform_tags import check_platforms, check_pythons
from commonhold.release.model.archive import ArchiveContents, RawFinding, open_archive
from commonhold.release.model.plan import Artifact
from tests.release.artifacts import artifact
from tests.release.expected_findings import check_findings
from tests.release.minimal_artifacts import planned, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Iterable

INFO = "x_a-1.17.0.dist-info"


def metadata_findings(*lines: str, version: str = "2.4") -> list[RawFinding]:
    """Return the findings in metadata with these lines."""
    text = "\n".join([f"Metadata-Version: {version}", "Name: x-a", "Version: 1.17.0", *lines, ""])
    metadata, invalid = parse_core_metadata("x", text.encode())
    return [*invalid, *(check_index_metadata("x", metadata) if metadata is not None else ())]


def metadata_problems(*lines: str, version: str = "2.4") -> list[tuple[str, str]]:
    """Return the rule and the subject of each finding in metadata with these lines."""
    return [(finding.rule, finding.about) for finding in metadata_findings(*lines, version=version)]


REJECTED = {
    "two dots in an address": ("Author-email: octo@example..com", "author_email"),
    "an address with a special-use domain": ("Maintainer-email: Octo <octo@acme.test>", "maintainer_email"),
    "an address of a local machine": ("Author-email: octo@localhost", "author_email"),
    "an address in a local domain": ("Author-email: octo@printer.local", "author_email"),
    "an address without a domain": ("Author-email: octocat", "author_email"),
    "an address that begins with a dot": ("Author-email: .octo@example.com", "author_email"),
    "a home page with another scheme": ("Home-page: ftp://example.com", "home_page"),
    "a home page without a scheme": ("Home-page: www.example.com", "home_page"),
    "a download URL with another scheme": ("Download-URL: git://example.com", "download_url"),
    "a home page with an impossible port": ("Home-page: https://example.com:99999/", "home_page"),
    "a project URL without a label": ("Project-URL: , https://example.com", ""),
    "a project URL with a long label": (f"Project-URL: {'x' * 33}, https://example.com", "x" * 33),
    "a project URL without a URL": ("Project-URL: Source", "Source"),
    "a project URL with another scheme": ("Project-URL: Source, ftp://example.com", "Source"),
    "an invalid Provides-Dist": ("Provides-Dist: x~~1", "provides_dist"),
    "an invalid Obsoletes-Dist": ("Obsoletes-Dist: x~~1", "obsoletes_dist"),
    "a long summary": (f"Summary: {'x' * 513}", "summary-length"),
    "the field Dynamic as dynamic": ("Dynamic: Dynamic", "dynamic"),
    "an unknown dynamic field": ("Dynamic: Colour", "dynamic"),
    "a licence expression and a licence": ("License: MIT\nLicense-Expression: MIT", "license"),
    "a field that occurs twice": ("Summary: a\nSummary: b", "summary"),
}
ACCEPTED = {
    "an address with a name": ["Author-email: Octo Cat <octo@example.com>"],
    "an address outside ASCII": ["Author-email: octo@b\u00fccher.example.com"],
    "several addresses": ["Author-email: Octo <octo@example.com>, not an address"],
    "fields of old setuptools": ["Home-page: UNKNOWN", "Author-email: UNKNOWN", "License: UNKNOWN"],
    "a URL with a blank, which the index encodes": ["Home-page: https://example.com/a b"],
    "a URL without a host": ["Home-page: https:///a"],
    "a URL with a port and a query": ["Project-URL: Source, https://example.com:8443/a?b=c#d"],
    "a short summary": [f"Summary: {'x' * 512}"],
    "a label of 32 characters": [f"Project-URL: {'x' * 32}, https://example.com"],
    "dynamic fields": ["Dynamic: License-File", "Dynamic: Requires-Dist"],
    "other distributions": ["Provides-Dist: x-b>=1", "Obsoletes-Dist: x-c"],
    "a licence expression": ["License-Expression: MIT"],
    "a licence": ["License: MIT"],
}


@pytest.mark.parametrize("case", REJECTED)
def test_metadata_that_pypi_rejects(case: str) -> None:
    line, about = REJECTED[case]
    assert metadata_problems(line) == [("metadata", about)]
    check_findings(f"PyPI's metadata: {case}", metadata_findings(line))


@pytest.mark.parametrize("case", ACCEPTED)
def test_metadata_that_pypi_accepts(case: str) -> None:
    assert metadata_problems(*ACCEPTED[case]) == []


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_the_metadata_versions_that_pypi_knows(version: str) -> None:
    assert metadata_problems(version=version) == []


@pytest.mark.parametrize("version", ["2.0", "2.6", "3.0", "x"])
def test_the_metadata_versions_that_pypi_does_not_know(version: str) -> None:
    assert metadata_problems(version=version) != []


def test_direct_references_to_other_distributions() -> None:
    lines = ("Provides-Dist: x @ https://example.com/x.whl", "Obsoletes-Dist: y @ https://example.com/y.whl")
    assert metadata_problems(*lines) == [("direct", "provides_dist"), ("direct", "obsoletes_dist")]
    check_findings("direct references to other distributions", metadata_findings(*lines))


def test_licence_files_in_metadata_from_before_pep_639_are_not_sent_to_the_index() -> None:
    assert metadata_problems("License-File: LICENSE", version="2.1") == []
    assert metadata_problems("License-File: ../LICENSE", version="2.4") == [("metadata", "license-file")]


@pytest.mark.parametrize("name", ["json", "os-path", "OS.Path", "distutils", "asyncore", "Email"])
def test_new_projects_named_like_a_module_of_any_standard_library(name: str) -> None:
    message = f"{name} is a module of the standard library, so the index does not accept it as a new project"
    assert [*check_project_name(planned(name, new=True))] == [RawFinding("name", message, name)]
    assert [*check_project_name(planned(name))] == []


def licence_problems(files: Iterable[str], *, kind: str, version: str = "2.4") -> list[str]:
    text = f"Metadata-Version: {version}\nName: x-a\nVersion: 1.17.0\nLicense-File: legal/LICENSE\n"
    metadata, _ = parse_core_metadata("x", text.encode())
    archive = ArchiveContents(Artifact(f"x_a-1.17.0.{kind}", "", 0), dict.fromkeys(files, None), {})  # type: ignore[arg-type]
    context = CheckContext(planned("x-a"), None, {})
    if kind == "whl":
        return [each.about for each in check_wheel_licences(Wheel(archive, INFO, {}, metadata), context)]
    return [each.about for each in check_sdist_licences(Sdist(archive, archive.members, metadata), context)]


def test_licence_files_must_be_where_pep_639_puts_them() -> None:
    assert licence_problems([f"{INFO}/licenses/legal/LICENSE"], kind="whl") == []
    assert licence_problems([f"{INFO}/LICENSE", f"{INFO}/licenses/LICENSE"], kind="whl") == ["legal/LICENSE"]
    assert licence_problems([f"{INFO}/LICENSE"], kind="whl", version="2.1") == []
    assert licence_problems(["legal/LICENSE"], kind="tar.gz") == []
    assert licence_problems(["LICENSE"], kind="tar.gz") == ["legal/LICENSE"]


@pytest.mark.parametrize(
    "platform",
    [
        *("any", "win32", "win_amd64", "win_arm64", "linux_armv6l", "linux_armv7l"),
        *("manylinux1_x86_64", "manylinux2010_i686", "manylinux2014_aarch64", "manylinux_2_28_x86_64"),
        *("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_35_riscv64", "musllinux_1_2_aarch64"),
        *("macosx_10_9_universal2", "macosx_11_0_arm64", "macosx_26_0_arm64", "ios_13_0_arm64_iphoneos"),
        *("android_21_arm64_v8a", "pyemscripten_2026_0_wasm32"),
    ],
)
def test_platforms_that_pypi_accepts(platform: str) -> None:
    assert [*check_platforms(f"x_a-1.17.0-cp311-cp311-{platform}.whl")] == []


@pytest.mark.parametrize(
    "platform",
    [
        *("linux_x86_64", "linux_aarch64", "manylinux2014_x86_64.linux_x86_64", "manylinux_2_28_mips"),
        *("manylinux1_aarch64", "musllinux_1_2_ppc64", "macosx_11_1_arm64", "macosx_10_9_mips", "win_mips"),
        *("ios_13_0_arm64_watch", "android_21_mips", "plan9_amd64", "emscripten_3_1_58_wasm32"),
    ],
)
def test_platforms_that_pypi_rejects(platform: str) -> None:
    (finding,) = check_platforms(f"x_a-1.17.0-cp311-cp311-{platform}.whl")
    rejected = platform.rpartition(".")[2]
    fix = " (auditwheel makes a manylinux wheel of it)" if rejected.startswith("linux_") else ""
    message = f"x_a-1.17.0-cp311-cp311-{platform}.whl is for the platform {rejected}, which the index rejects{fix}"
    assert finding == RawFinding("platform", message, rejected)


LINUX = "manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("tags", "requires", "missing"),
    [
        (["cp311-cp311"], ">=3.11", "3.12"),
        (["cp311-cp311"], ">=3.10", "3.10"),
        (["cp311-cp311"], "", "3.0"),
        (["cp311-cp311"], None, "3.0"),
        (["cp311-cp311"], "==3.11.*", None),
        (["cp311-cp311"], ">=3.11,<3.12", None),
        (["cp311-cp311", "cp312-cp312"], ">=3.11,<3.13", None),
        (["cp310-abi3"], ">=3.10", None),
        (["cp310-abi3"], ">=3.9", "3.9"),
        (["py3-none"], ">=3.9", None),
        (["py310-none"], ">=3.9", "3.9"),
        (["pp310-pypy310_pp73"], ">=3.10,<3.11", "3.10"),
    ],
)
def test_python_versions_without_a_platform_wheel(tags: list[str], requires: str | None, missing: str | None) -> None:
    wheels = [f"x_a-1.17.0-{tag}-{LINUX}.whl" for tag in tags]
    found = [*check_pythons("x-a", wheels, None if requires is None else SpecifierSet(requires))]
    assert [finding.rule for finding in found] == (["platform"] if missing else [])
    assert all(f"Python {missing}," in finding.message for finding in found)
    check_findings(f"Python versions: {', '.join(tags)} for {requires!r}", found)


def test_a_pure_wheel_serves_every_python() -> None:
    wheels = [f"x_a-1.17.0-cp311-cp311-{LINUX}.whl", "x_a-1.17.0-py3-none-any.whl"]
    assert [*check_pythons("x-a", wheels, None)] == []
    assert [*check_pythons("x-a", wheels[1:], None)] == []
    assert [*check_pythons("x-a", ["not a wheel.whl"], None)] == []


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (b"[console_scripts]\nrun = a:b\n[other]\nan odd name = a:c\n", None),
        (b"", None),
        (b"run = a:b\n", "invalid"),
        (b"[console_scripts]\nrun = a:b\nrun = a:c\n", "invalid"),
        (b"[console_scripts]\nrun : a\n", "invalid"),
        (b"[console_scripts]\n\xff = a:b\n", "invalid"),
        (b"[console_scripts]\nrun me = a:b\n", "run me"),
        (b"[gui_scripts]\n../run = a:b\n", "../run"),
    ],
)
def test_entry_points_that_pypi_rejects(text: bytes, about: str | None) -> None:
    archive = ArchiveContents(Artifact("x.whl", "", 0), {}, {f"{INFO}/entry_points.txt": text})
    found = [*check_entry_points(Wheel(archive, INFO, {}, None))]
    assert [(finding.rule, finding.about) for finding in found] == ([("entry-points", about)] if about else [])
    check_findings(f"entry points: {text!r}", found)


def test_scripts_are_found_even_if_a_name_occurs_twice() -> None:
    text = b"[console_scripts]\nRun = a:b\nRun = a:c\n"
    archive = ArchiveContents(Artifact("x.whl", "", 0), {}, {f"{INFO}/entry_points.txt": text})
    assert script_paths(Wheel(archive, INFO, {}, None)) == ("{bin}/Run",)


def sparse_sdist() -> bytes:
    """Return an sdist with a file in GNU's sparse format."""
    name, data = sdist(planned("x-a"))
    with tarfile.open(fileobj=io.BytesIO(data)) as old:
        contents = [(info, old.extractfile(info)) for info in old]
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
            for info, file in contents:
                archive.addfile(info, file)
            holes = tarfile.TarInfo(f"{name.removesuffix('.tar.gz')}/holes.bin")
            holes.pax_headers = {"GNU.sparse.size": "10", "GNU.sparse.map": "0,1"}
            holes.size = 1
            archive.addfile(holes, io.BytesIO(b"x"))
    return out.getvalue()


def test_a_sparse_file_is_found() -> None:
    found = open_archive(artifact("x_a-1.17.0.tar.gz", sparse_sdist()), sparse_sdist()).findings
    assert [(finding.rule, finding.about) for finding in found] == [("archive", "sparse")]


def test_a_file_that_is_both_a_zip_and_a_tar_file_is_found() -> None:
    name, data = wheel(planned("x-a"))
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        info = tarfile.TarInfo("x")
        archive.addfile(info)
    for both in (plain.getvalue() + data, gzip.compress(plain.getvalue()) + data):
        found = {(finding.rule, finding.about) for finding in open_archive(artifact(name, both), both).findings}
        assert ("archive", "polyglot") in found
    assert open_archive(artifact(name, data), data).findings == ()
