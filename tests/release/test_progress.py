"""The progress of a release's phases, on a terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import re
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from commonhold.cli.release.progress import show_progress
from commonhold.release.model.journal_events import Conflict, Uploaded, Verified

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

HOSTILE = "red\x1b[31m alert"
SHOWN = r"red\x1b[31m alert"


def on_terminal(act: Callable[[], None], monkeypatch: pytest.MonkeyPatch, columns: str = "100") -> str:
    """The output of ``act`` with a terminal as stderr, without control sequences."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    ours, theirs = pty.openpty()
    with monkeypatch.context() as patch, open(theirs, "w", encoding="utf-8") as stream:
        patch.setattr(sys, "stderr", stream)
        act()
        stream.write("\0")
        stream.flush()
        output = b""
        while not output.endswith(b"\0"):
            output += os.read(ours, 65536)
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.decode())


def publish() -> None:
    with show_progress() as reporter:
        reporter.started("uploading", 2, "files")
        reporter.recorded(Uploaded(plugin="x-a", file="x_a.whl", sha256="0"))
        reporter.recorded(Conflict(plugin="x-b", file=f"x_b.whl {HOSTILE}", ours="1", theirs="2"))
        reporter.started("verifying", 1, "plugins")
        reporter.recorded(Verified(plugin="x-a"))


def build() -> None:
    with show_progress() as reporter:
        reporter.started("building", 2, "plugins")
        reporter.built("x-a")
        reporter.failed("x-b", "the build failed", [HOSTILE])


def test_publishing_shows_bars_below_the_problems(monkeypatch: pytest.MonkeyPatch):
    shown = on_terminal(publish, monkeypatch)
    assert f"x_b.whl {SHOWN}: the index has a different file" in shown
    assert "x_a.whl" not in shown
    assert re.search(r"uploading +\S+ 1/2", shown)
    assert re.search(r"verifying +\S+ 1/1", shown)


def test_building_shows_a_bar_below_the_failures(monkeypatch: pytest.MonkeyPatch):
    shown = on_terminal(build, monkeypatch)
    assert "x-b: the build failed" in shown
    assert f"    {SHOWN}" in shown
    assert "x-a" not in shown
    assert re.search(r"building +\S+ 2/2", shown)


def wait() -> None:
    until = datetime(2026, 1, 1, 14, 5, 10, tzinfo=timezone.utc)
    file = "flytekitplugins_great_expectations-1.17.0-py3-none-any.whl"
    with show_progress() as reporter:
        reporter.started("verifying", 9, "plugins")
        for _ in range(2):
            why = f"the index does not list {file}{HOSTILE}"
            reporter.waiting({f"flytekitplugins-{letter}": why for letter in "abcdefg"}, until)


def test_awaited_plugins_are_printed_once_on_a_terminal_and_fit_into_it(monkeypatch: pytest.MonkeyPatch):
    shown = on_terminal(wait, monkeypatch, columns="60")
    lines = [line.rstrip() for line in shown.splitlines()]
    assert "    flytekitplugins-a: the index does not list" in lines
    assert shown.count("waiting for 7 plugins") == 1
    assert "    and 2 more" in lines


def test_a_pipe_gets_a_line_for_each_awaited_plugin(capsys: pytest.CaptureFixture[str]):
    wait()
    _, first, *lines = capsys.readouterr().err.splitlines()
    assert first == "waiting for 7 plugins until 14:05:10 UTC"
    assert lines[0].startswith("    flytekitplugins-a: the index does not list flytekitplugins_great")
    assert lines[0].endswith(SHOWN)
    assert lines[5] == "    and 2 more"


def test_a_pipe_gets_lines(capsys: pytest.CaptureFixture[str]):
    publish()
    build()
    assert capsys.readouterr().err.splitlines() == [
        "uploading: 2 files",
        "x_a.whl: uploaded",
        f"x_b.whl {SHOWN}: the index has a different file with SHA-256 2, but 1 was built",
        "verifying: 1 plugin",
        "x-a: verified",
        "building: 2 plugins",
        "x-a: built",
        "x-b: the build failed",
        f"    {SHOWN}",
    ]
