"""The options ``-q`` and ``-v`` have the same meaning for every command, before and after its name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from commonhold.ci.nox_commands import parse_options
from commonhold.cli.__main__ import main
from commonhold.cli.fast_args import read_plain
from commonhold.vcs.trace import describe_program
from tests.support.monorepos import Monorepo, plugin

A = "official/a"
COMMANDS = ("affected", "affected --explain", "plan", "graph", "audit")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A monorepo with seven undeclared imports, and a change to one plugin."""
    users = [f"official/b{number}" for number in range(7)]
    imports = {f"{folder}/acme/x.py": "import acme.a\n" for folder in users}
    folder = tmp_path_factory.mktemp("verbosity")
    monorepo = Monorepo.of(folder, plugin(A), *map(plugin, users), imports)
    monorepo.commit({f"{A}/data.txt": ""})
    return str(folder)


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_leaves_only_the_result(root: str, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main(["-C", root, *command.split()]) == 0
    usual = capsys.readouterr()
    assert usual.err
    name, *options = command.split()
    for words in (["-q", name, *options], [name, "--quiet", *options]):
        assert main(["-C", root, *words]) == 0
        quiet = capsys.readouterr()
        assert (quiet.out, quiet.err) == (usual.out, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_verbose_adds_every_warning_and_the_programs(
    root: str, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["-C", root, *command.split()]) == 0
    usual = capsys.readouterr().out
    name, *options = command.split()
    for words in (["-v", name, *options], [name, "-v", *options]):
        assert main(["-C", root, *words]) == 0
        verbose = capsys.readouterr()
        assert verbose.out == usual
        assert " s  git -C " in verbose.err
        assert "--literal-pathspecs" not in verbose.err
        if command != "audit":
            assert verbose.err.count("but does not declare it") == 7
    assert main(["-C", root, "affected"]) == 0
    assert "git -C" not in capsys.readouterr().err


def test_quiet_prints_errors_with_their_hints(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["affected", "--base", "missing"], ["report", "missing"], ["affected", "--explain", "missing"]):
        assert main(["-C", root, *words]) != 0
        usual = capsys.readouterr().err
        assert main(["-C", root, "-q", *words]) != 0
        assert capsys.readouterr().err == usual


def test_the_last_of_both_options_wins(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", root, "-v", "affected", "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["-C", root, "-qv", "affected"]) == 0
    assert "git -C" in capsys.readouterr().err


def test_the_fast_reader_and_nox_read_both_options() -> None:
    for words, option in ((["-q"], "quiet"), (["--quiet"], "quiet"), (["-v"], "verbose"), (["--verbose"], "verbose")):
        before, after = read_plain([*words, "affected"]), read_plain(["affected", *words])
        assert before == after
        assert getattr(before, option)
        assert getattr(parse_options(".", words), option)
    assert read_plain(["-q", "affected", "-v"]) is None


def test_every_command_of_a_release_reads_both_options(capsys: pytest.CaptureFixture[str]) -> None:
    from commonhold.cli.release import PHASES

    for phase in PHASES:
        for words in (["-q", "release", phase], ["release", "-v", phase], ["release", phase, "-q"]):
            assert main([*words, "--help"]) == 0
            assert "--quiet" not in capsys.readouterr().out


def test_a_trace_shows_no_credentials_and_no_control_characters() -> None:
    shown = describe_program(["uv", "pip", "--index", "https://me:secret@host/simple", "a\x1b[2J" + "b" * 1000])
    assert shown.startswith("uv pip --index https://…@host/simple 'a\\x1b[2J")
    assert len(shown) == 300
    assert describe_program(["x", "https://me:s@cret@host/a@b"]) == "x https://…@host/a@b"
    assert describe_program("git status") == "'git status'"
    assert describe_program([b"git", b"\xff"]) == "git '\\xff'"


def test_a_trace_does_not_change_the_result_of_a_process(root: str) -> None:
    script = "from commonhold.cli.__main__ import console_script; console_script()"
    command = [sys.executable, "-c", script, "-C", root, "affected", "-v", "--json"]
    found = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, check=True)
    assert found.stdout.startswith('{"schema"')
    assert found.stderr.count(" s  git ") > 3
