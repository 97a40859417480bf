"""Test tables on terminals of any width, and in a pipe."""

from __future__ import annotations

import sys

import pytest

from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import YELLOW

HEADINGS = ("Plugin", "State", "Why")
ROWS = (
    TableRow(("x-a", "verified", "")),
    TableRow(("x-long", "waiting", "it needs x-b, which is\x1b[2J not up"), YELLOW),
)


@pytest.fixture(autouse=True)
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_table(HEADINGS, ROWS, sentences=1)
    return capsys.readouterr().out.splitlines()


WHOLE = [
    "Plugin  State     Why",
    "x-a     verified",
    r"x-long  waiting   it needs x-b, which is\x1b[2J not up",
]


def test_a_pipe_gets_unwrapped_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert shown(capsys) == WHOLE


def test_a_wide_terminal_gets_unwrapped_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(len(WHOLE[-1])))
    assert shown(capsys) == WHOLE


def test_a_narrow_terminal_shows_sentences_below_their_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    assert shown(capsys) == [
        "Plugin  State",
        "x-a     verified",
        "x-long  waiting",
        "    it needs x-b, which",
        r"    is\x1b[2J not up",
    ]


def test_rows_are_coloured_and_headings_are_bold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    first, plain, painted = shown(capsys)
    assert first == f"\x1b[1m{WHOLE[0]}\x1b[0m"
    assert (plain, painted) == (WHOLE[1], f"\x1b[33m{WHOLE[2]}\x1b[0m")
