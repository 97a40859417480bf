"""Distributions in the environment, and output of installers, that nobody should trust."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from commonhold_plugins.environments import probe
from commonhold_plugins.environments.record import changed_files
from commonhold_plugins.environments.target import InstalledDistribution, find_environment, read_environment
from commonhold_plugins.errors import RejectedError, UnavailableError, WrongUsageError
from commonhold_plugins.installers.failures import failure
from commonhold_plugins.plan.model import Plan, PluginChange, decode_plan
from commonhold_plugins.programs import FinishedProgram, run_program
from tests.client.installing.community import uv

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The folder of the packages of an environment."""
    uv("venv", "--quiet", str(tmp_path / "env"))
    (found,) = (tmp_path / "env/lib").glob("python*/site-packages")
    return found


@pytest.mark.parametrize(
    "metadata",
    [
        "Name: --pre\nVersion: 1\n",
        "Name: a\x1b[2J\nVersion: 1\n",
        "Name: evil\nVersion: 1; rm\n",
        "Name: ../evil\nVersion: 1\n",
        "Version: 1\n",
        "",
    ],
)
def test_a_distribution_with_another_form_is_ignored(packages: Path, tmp_path: Path, metadata: str) -> None:
    for name, text in (("evil", metadata), ("good", "Name: good\nVersion: 1\nRequires-Dist: !!\n")):
        folder = packages / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\n{text}")
        (folder / "direct_url.json").write_text("[" * 100_000)
    (packages / "noise.pth").write_text("import sys; print('noise')\n")
    environment = read_environment(str(tmp_path / "env/bin/python"))
    assert environment.versions == {"good": "1"}
    assert environment.installed["good"].direct_url is None


def test_a_list_of_files_reads_no_pipe_and_no_folder(tmp_path: Path) -> None:
    import os

    folder = tmp_path / "x-1.dist-info"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")
    lines = "pipe,sha256=a,1\n../../../etc,sha256=a,\nx,md5=a,\n\xff,sha256=,\n"
    (folder / "RECORD").write_text(lines)
    assert changed_files(InstalledDistribution("x", "1", location=str(folder))) == ["pipe", "../../../etc", "x", "\xff"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("error: Hash mismatch for `x`", 1),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", 1),
        ("error: No solution found when resolving dependencies", 1),
        ("ERROR: ResolutionImpossible", 1),
        ("error: Failed to fetch: No solution found", 4),
        ("Killed", 4),
    ],
)
def test_an_installer_cannot_write_to_the_terminal(text: str, code: int) -> None:
    error = failure(FinishedProgram(("uv",), 2, "", f"Using Python 3\n\x1b[2J{text}\r\x07"), "uv")
    assert error.exit_code == code
    assert all(line.isprintable() for line in error.message.split("\n"))
    assert "Using Python" not in error.message


@pytest.mark.parametrize(
    "change",
    [
        {"name": "--pre"},
        {"new": "1 --pre"},
        {"url": "file:///etc/passwd"},
        {"url": "https://u:p@x.example/a.whl"},
        {"sha256": None},
        {"action": "run"},
        {"source": "\x1b"},
        {"notes": [{"version": "1"}]},
    ],
)
def test_a_plan_is_read_strictly(change: dict[str, Any]) -> None:
    made = PluginChange("a", "a", "install", "official", new="1", url="https://x.example/a.whl", sha256="0" * 64)
    document = json.loads(json.dumps(Plan("install", "core", "1", "/env", "/env/bin/python", "uv", (made,)).to_json()))
    assert decode_plan(document).plugins == (made,)
    document["plugins"][0].update(change)
    if change == {"url": "file:///etc/passwd"}:
        decode_plan(document)  # an index in a local folder may contain it, and its hash decides
        return
    with pytest.raises(RejectedError):
        decode_plan(document)


def test_what_is_not_a_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsageError):
        find_environment(str(tmp_path))
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho '\x1b[2J[]'\n")
    fake.chmod(0o755)
    with pytest.raises(UnavailableError) as caught:
        read_environment(str(fake))
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "facts",
    [
        {"prefix": 5},
        {"prefix": "relative"},
        {"python": None},
        {"python": "-c"},
        {"markers": []},
        {"distributions": [1]},
    ],
)
def test_a_python_that_describes_itself_wrongly_is_refused(tmp_path: Path, facts: dict[str, Any]) -> None:
    good = {
        "prefix": "/x",
        "python": "/x/bin/python",
        "virtual": True,
        "managed": False,
        "markers": {},
        "distributions": [],
    }
    for text, is_refused in (({}, False), (facts, True)):
        (tmp_path / "facts").write_text(f"before\n{probe.MARK}{json.dumps({**good, **text})}\nafter\n")
        (tmp_path / "python").write_text(f"#!/bin/sh\ncat {tmp_path}/facts\n")
        (tmp_path / "python").chmod(0o755)
        with pytest.raises(UnavailableError) if is_refused else contextlib.nullcontext():
            assert read_environment(str(tmp_path / "python")).prefix == "/x"


def test_a_program_is_ended_at_its_time_limit() -> None:
    with pytest.raises(UnavailableError, match="did not end"):
        run_program(["sleep", "600"], timeout=0.1)
    with pytest.raises(UnavailableError, match="cannot run"):
        run_program(["/nothing\x1b"], timeout=1)
