"""Test artifacts that are made to break their reader: each is a finding, found in bounded time and memory."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import os
import shutil
import struct
import sys
import tarfile
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.machine import MachineError
from commonhold.effects.process.run import GroupRunner
from commonhold.index.addresses import Address
from commonhold.release.inspect.artifact_checks import check_untrusted_artifacts
from commonhold.release.inspect.installability import InstallTarget, Uv, check_resolves
from commonhold.release.inspect.readme import _render_apart, check_readme
from commonhold.release.inspect.smoke import check_imports
from commonhold.release.inspect.specifiers import are_equivalent
from commonhold.release.inspect.staged_files import read_staged_files
from commonhold.release.model.archive import RawFinding
from commonhold.release.model.archive_paths import find_duplicates
from commonhold.release.phases import inspection_tools
from commonhold.release.stage.export import StageError
from tests.release import minimal_artifacts
from tests.release.artifacts import PLANNED, SPARK, TIME, BuiltArtifacts, build
from tests.release.expected_findings import check_findings
from tests.release.minimal_artifacts import planned
from tests.support.processes import is_alive, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from commonhold.effects.process import Command, Running

INFO, TOP = "acme_spark-1.17.0.dist-info", "acme_spark-1.17.0"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> BuiltArtifacts:
    return build(SPARK, PLANNED["acme-spark"], tmp_path_factory.mktemp("spark"), PLANNED)


def many_entries(data: bytes) -> bytes:
    """A central directory of two million entries whose end record announces none."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, *[0] * 8, 1, *[0] * 6) + b"a"
    directory = entry * 2_000_000
    return directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(directory), 0, 0)


def encrypted(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[data.index(b"PK\3\4") + 6] |= 1
    changed[data.index(b"PK\1\2") + 8] |= 1
    return bytes(changed)


def streamed(data: bytes) -> bytes:
    class Pipe(io.BytesIO):
        def tell(self) -> int:
            raise OSError

    out = Pipe()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, TIME), old.read(info))
    return out.getvalue()


def with_folder(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(zipfile.ZipInfo("../../evil/", TIME), b"")
    return out.getvalue()


WHEELS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "millions of entries": ("archive", many_entries),
    "an encrypted file": ("archive", encrypted),
    "sizes after the files": ("archive", streamed),
    "a folder that leads out": ("paths", with_folder),
}


@pytest.mark.parametrize("case", WHEELS)
def test_a_hostile_wheel_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, damage = WHEELS[case]
    check_findings(f"hostile wheel: {case}", spark.with_wheel(damage(spark.wheel[1])).check().findings, rule)


PARTS = b".".join(b"x%d" % number for number in range(300))
TEXTS = {
    "a version that is not ASCII": ("layout", f"{INFO}/WHEEL", b"Wheel-Version: \xff\nTag: py3-none-any\n"),
    "a tag that is not ASCII": ("filename", f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: \xff-none-any\n"),
    "27 million tags": ("filename", f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: " + b"-".join([PARTS] * 3)),
    "a malformed tag": ("filename", f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nTag: anything\n"),
    "a deep path": ("paths", "acme" + "/x" * 20_000, b""),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_hostile_file_in_a_wheel_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, path, content = TEXTS[case]
    check_findings(f"hostile file: {case}", spark.changed({path: content}).check().findings, rule)


def in_front(text: bytes) -> Callable[[bytes], bytes]:
    return lambda data: text + data.replace(b"Requires-Dist: acme-base~=1.17.0\n", b"")


METADATA = {
    "a deeply nested marker": in_front(b"Requires-Dist: a; " + b"(" * 3000 + b"os_name=='x'" + b")" * 3000 + b"\n"),
    "an arbitrary version": in_front(b"Requires-Dist: acme-base===weird\n"),
    "a version of many parts": in_front(b"Requires-Dist: acme-base==" + b".".join([b"1"] * 50_000) + b"\n"),
    "a number of many digits": in_front(b"Requires-Dist: acme-base==" + b"9" * 10_000 + b"\n"),
}


@pytest.mark.parametrize("case", METADATA)
def test_hostile_requirements_are_found(spark: BuiltArtifacts, case: str) -> None:
    assert "pin" in spark.with_metadata(METADATA[case]).rules()


def sdist_of(*entries: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            archive.addfile(entry)
    return out.getvalue()


def folder(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


SDISTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "paths of a megabyte": ("paths", lambda: sdist_of(tarfile.TarInfo(f"{TOP}{'/a' * 500_000}/f"))),
    "a hundred thousand folders": ("size", lambda: gzip.compress(folder(TOP).tobuf() * 100_001 + b"\0" * 1024, 1)),
    "a million empty members": ("archive", lambda: gzip.compress(b"") * 1_000_000),
    "a name that is not UTF-8": ("paths", lambda: sdist_of(tarfile.TarInfo(f"{TOP}/\udcff"))),
}


@pytest.mark.parametrize("case", SDISTS)
def test_a_hostile_sdist_is_found(spark: BuiltArtifacts, case: str) -> None:
    rule, make = SDISTS[case]
    check_findings(f"hostile sdist: {case}", spark.with_sdist(make()).check().findings, rule)


def test_an_exception_in_a_rule_is_a_finding_of_the_plugin(
    spark: BuiltArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("commonhold.release.inspect.artifact_checks.check_project_name", broken)
    findings = check_untrusted_artifacts([], spark.context).findings
    message = "acme-spark cannot be inspected: MemoryError"
    assert findings == (RawFinding("archive", message, "unreadable"),)
    # On a machine without memory, it is not a finding.
    monkeypatch.setattr("commonhold.effects.machine._lacks_memory", lambda: True)
    with pytest.raises(MachineError, match=r"^inspecting acme-spark failed because the machine ran out of memory$"):
        check_untrusted_artifacts([], spark.context)


RST = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nDescription-Content-Type: text/x-rst\n\n"


@pytest.mark.parametrize(
    "text",
    [
        b"".join(b"  " * depth + b"- a\n\n" for depth in range(400)),
        b"".join(b".. |a%d| replace:: |a%d| |a%d|\n" % (n, n + 1, n + 1) for n in range(12)) + b"\n|a0|\n",
    ],
)
def test_a_description_that_crashes_docutils_does_not_render(text: bytes) -> None:
    from packaging.metadata import Metadata

    findings = [*check_readme("PKG-INFO", Metadata.from_email(RST + text, validate=False))]
    assert [finding.about for finding in findings] == ["render"]


def test_a_description_that_takes_hours_to_render_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from packaging.metadata import Metadata

    monkeypatch.setattr("commonhold.release.inspect.readme.RENDER_SECONDS", 3.0)
    text = RST.replace(b"text/x-rst", b"text/markdown") + b">" * 500_000 + b"["
    findings = [*check_readme("PKG-INFO", Metadata.from_email(text, validate=False))]
    assert [finding.message for finding in findings] == [
        "PKG-INFO: the description does not render as text/markdown within 3 s"
    ]


def test_plain_text_is_not_rendered() -> None:
    from packaging.metadata import Metadata

    text = RST.replace(b"text/x-rst", b"text/plain") + b"`a\n~\n"
    assert [*check_readme("PKG-INFO", Metadata.from_email(text, validate=False))] == []


@pytest.mark.parametrize(("last", "findings"), [(b"the end\n", []), (b"`a\n~\n", ["render"])])
def test_a_long_description_renders_like_a_short_one(last: bytes, findings: list[str]) -> None:
    from packaging.metadata import Metadata

    text = RST + b"Text without end.\n\n" * 2000 + last
    found = [*check_readme("PKG-INFO", Metadata.from_email(text, validate=False))]
    assert [finding.about for finding in found] == findings


def test_descriptions_that_define_roles_render_in_parallel() -> None:
    from packaging.metadata import Metadata

    text = RST + b".. role:: mine\n\n.. default-role:: mine\n\n`a` " * 20
    metadata = Metadata.from_email(text, validate=False)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.extend(check_readme("x", metadata))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == []


def test_specifiers_that_cannot_be_compared_differ() -> None:
    from packaging.specifiers import SpecifierSet

    assert not are_equivalent(SpecifierSet("===weird"), SpecifierSet("~=1.0"))
    assert are_equivalent(SpecifierSet("===weird"), SpecifierSet("===weird"))


def test_a_path_that_is_a_file_and_a_folder_is_found_at_any_depth() -> None:
    paths = ["a", "a!", "a/b", "a/b/c", "d/e/f/g", "d/e", "d-e", "h/i"]
    assert sorted(path for path, _ in find_duplicates(paths)) == ["a", "a/b", "d/e"]


def test_circular_links_are_followed_once(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        for other in "abc":
            (tmp_path / name / other).symlink_to(f"../{other}")
    (tmp_path / "nowhere").symlink_to("gone")
    found = read_staged_files(str(tmp_path))
    assert {"a/file", "a/b/file", "a/b/c/file"} <= found.keys()
    assert "a/b/a/file" not in found
    assert (found["nowhere"].link, found["nowhere"].size) == ("gone", 0)


def test_links_to_too_many_files_are_an_error(tmp_path: Path) -> None:
    names = [f"d{number}" for number in range(12)]
    for name in names:
        (tmp_path / name).mkdir()
    for name in names:
        for other in names:
            (tmp_path / name / other).symlink_to(f"../{other}")
    with pytest.raises(StageError, match="links to more than 10,000 files"):
        read_staged_files(str(tmp_path))


def uv(limit: float) -> Uv:
    program = shutil.which("uv")
    assert program is not None, "these tests need uv"
    return Uv(program, {**os.environ, "UV_NO_INDEX": "1"}, GroupRunner(), timeout=limit)


def test_a_resolution_that_times_out_is_a_finding() -> None:
    finding = check_resolves(uv(0.0), "x-a", InstallTarget(("x-a==1",), ()), "3.10")
    assert finding is not None
    assert (finding.rule, finding.about) == ("resolve", "3.10")
    assert "timed out after 0 s" in finding.message


def test_resolving_runs_no_code_of_built_artifacts(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    setup = f"open({str(ran)!r}, 'w').close()\nfrom setuptools import setup\nsetup()\n".encode()
    info = tarfile.TarInfo("x_a-1/setup.py")
    info.size = len(setup)
    head = b"Metadata-Version: 2.1\nName: x-a\nVersion: 1\n"
    meta = tarfile.TarInfo("x_a-1/PKG-INFO")
    meta.size = len(head)
    with tarfile.open(tmp_path / "x_a-1.tar.gz", "w:gz") as archive:
        archive.addfile(meta, io.BytesIO(head))
        archive.addfile(info, io.BytesIO(setup))

    finding = check_resolves(uv(600.0), "x-a", InstallTarget(("x-a==1",), (str(tmp_path),), ("x-a",)), None)

    assert finding is not None
    assert finding.message.startswith("x-a cannot be installed: ")
    assert not ran.exists()


class ImpatientRunner(GroupRunner):
    """A runner that limits the plugin's own code to a second: uv may take as long as a busy machine needs."""

    def start(self, command: Command) -> Running:
        return super().start(command if os.path.basename(command.argv[0]) == "uv" else command._replace(timeout=1.0))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import time; time.sleep(600)", "timed out after 1 s"),
        ("import os; os._exit(7)", "the process ended without a report"),
        ("import left_in_this_folder", "No module named 'left_in_this_folder'"),
        ("import atexit; atexit.register(print, 'bye'); print('hello'); 1 / 0", "division by zero"),
    ],
)
def test_a_failed_import_is_a_finding_however_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "left_in_this_folder.py").touch()
    plugin = planned("x-a")
    name, data = minimal_artifacts.wheel(plugin, salt=f"\n{code}")
    (tmp_path / name).write_bytes(data)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = InstallTarget((f"x-a=={minimal_artifacts.VERSION}",), (str(tmp_path),), ("x-a",))

    impatient = dataclasses.replace(uv(600.0), runner=ImpatientRunner() if "sleep" in code else GroupRunner())
    findings = [*check_imports(impatient, "x-a", what, (python,), (["x_a"], None))]

    assert [finding.rule for finding in findings] == ["import"]
    assert why in findings[0].message
    assert json.dumps(findings[0].message)


def test_an_import_leaves_no_process_running(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    code = f"import subprocess; p = subprocess.Popen(['sleep', '600']); open({str(place)!r}, 'w').write(str(p.pid))"
    name, data = minimal_artifacts.wheel(planned("x-a"), salt=f"\n{code}")
    (tmp_path / name).write_bytes(data)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = InstallTarget((f"x-a=={minimal_artifacts.VERSION}",), (str(tmp_path),), ("x-a",))

    assert [*check_imports(uv(600.0), "x-a", what, (python,), (["x_a"], None))] == []

    wait_until(lambda: not is_alive(int(place.read_text())))


def test_code_that_uv_runs_sees_no_secrets() -> None:
    environ = {**os.environ, "TWINE_PASSWORD": "hunter2"}
    tools = inspection_tools(environ, Address("http://127.0.0.1:1/", "http://127.0.0.1:1/simple/"), ())
    assert "hunter2" not in tools.uv.env.values()


def test_rendering_a_long_description_imports_nothing_from_the_current_folder(tmp_path, monkeypatch):
    for name in ("readme_renderer", "commonhold", "docutils", "json"):
        (tmp_path / f"{name}.py").write_text("open('trace', 'w').close()")
    monkeypatch.chdir(tmp_path)
    assert _render_apart("text/markdown", "A description.", "GFM") is None
    assert not (tmp_path / "trace").exists()
