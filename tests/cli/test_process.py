"""The command as a process: who reads it, in which colours, and how it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING

import pytest

from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND = [sys.executable, "-m", "commonhold.cli.__main__"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose working tree changes one plugin that another depends on."""
    monorepo = Monorepo.of(tmp_path_factory.mktemp("sample"), plugin("official/user", ["alone"]))
    monorepo.write({"official/alone/acme/alone/__init__.py": "NAME = 'other'\n"})
    return monorepo.repo.root


def environment(**more: str) -> dict[str, str]:
    """The environment without variables that change the output of Python or commonhold."""
    foreign = ("PYTHONUNBUFFERED", "PYTHONIOENCODING", "NO_COLOR", "TERM")
    return {name: value for name, value in os.environ.items() if name not in foreign} | more


def run(
    folder: Path, *words: str, env: Mapping[str, str] | None = None, stdout: IO[str] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "-C", str(folder), *words],
        env=env or environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


def in_shell(folder: Path, line: str, **more: str) -> str:
    """Run ``line`` in a shell, where ``$commonhold`` is the command, and return its output."""
    command = f"{sys.executable} -m commonhold.cli.__main__ -C {folder}"
    shell = ["sh", "-c", line]
    finished = subprocess.run(
        shell, env=environment(commonhold=command, **more), capture_output=True, text=True, check=True, timeout=60
    )
    return finished.stdout


def piece(terminal: int) -> bytes:
    """Read from a terminal; the result is empty if its other end is closed, which is an error on Linux."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def on_a_terminal(folder: Path, *words: str, **more: str) -> tuple[int, str]:
    """Return the exit code, and the output to a terminal on stdout and stderr."""
    ours, theirs = os.openpty()
    command = [*COMMAND, "-C", str(folder), *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**more)) as process:
        os.close(theirs)
        sent = b"".join(iter(lambda: piece(ours), b""))
    os.close(ours)
    return process.returncode, sent.decode()


def test_data_goes_to_stdout_and_words_to_stderr_both_plain_in_a_pipe(sample: Path) -> None:
    finished = run(sample, "affected", "--base", "main")
    assert finished.returncode == 0
    assert [line.split()[0] for line in finished.stdout.splitlines()] == ["alone", "user"]
    compared, because = finished.stderr.splitlines()
    assert compared.startswith("compared with main (")
    assert because.startswith("2 of 3 plugins")
    assert "\x1b" not in finished.stdout + finished.stderr


def test_output_is_flushed_if_a_check_failed(tmp_path: Path) -> None:
    late = '[project]\nname = "late"\nversion = "1"\nrequires-python = ">=99"\n'
    monorepo = Monorepo.of(tmp_path, {"official/late/pyproject.toml": late})
    monorepo.write({"official/late/late.py": ""})
    finished = run(monorepo.repo.root, "plan", "--json")
    assert finished.returncode == 1
    assert [plugin["name"] for plugin in json.loads(finished.stdout)["untestable"]] == ["late"]


@pytest.mark.parametrize("words", [("affected",), ("affected", "--explain"), ("plan",), ("graph",)])
def test_a_terminal_gets_colours_unless_no_color_is_set(sample: Path, words: tuple[str, ...]) -> None:
    code, coloured = on_a_terminal(sample, *words, TERM="xterm")
    _, plain = on_a_terminal(sample, *words, TERM="xterm", NO_COLOR="1")
    _, dumb = on_a_terminal(sample, *words, TERM="dumb")
    assert code == 0
    assert "alone" in plain
    assert "\x1b" not in plain + dumb
    assert ("\x1b[" in coloured) == (words != ("graph",))


@pytest.mark.parametrize("words", ["affected", "affected --json", "affected --explain", "plan", "graph", "--help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_not_a_failure_and_prints_no_traceback(sample: Path, words: str, unbuffered: str) -> None:
    line = f"{{ {{ {{ $commonhold {words} 2>&3; echo $? >&3; }} | true; }} 3>&1; }}"
    said = in_shell(sample, line, PYTHONUNBUFFERED=unbuffered)
    assert said.splitlines()[-1] == "0"
    assert "Traceback" not in said
    assert "rror" not in said


@pytest.mark.parametrize(
    ("words", "code"), [("affected --base nowhere", "4"), ("affected --explain nobody", "2"), ("affected --bsae", "2")]
)
def test_an_error_with_a_closed_stderr_keeps_its_code(sample: Path, words: str, code: str) -> None:
    line = f"{{ {{ {{ $commonhold {words} 2>&1; echo $? >&3; }} | true; }} 3>&1; }}"
    assert in_shell(sample, line).splitlines() == [code]


def test_closed_outputs_are_ignored(sample: Path) -> None:
    out = in_shell(sample, "$commonhold affected --base main 2>&-; echo $?; $commonhold affected >&- 2>&-; echo $?")
    assert [line.split()[0] for line in out.splitlines()] == ["alone", "user", "0", "0"]
    assert in_shell(sample, "$commonhold affected --base nowhere 2>&-; echo $?") == "4\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_an_answer_that_cannot_be_written_is_an_error_in_words(sample: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        finished = run(sample, "affected", stdout=full)
    assert finished.returncode == 4
    assert "error: cannot write to stdout: No space left on device" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_characters_that_the_output_cannot_encode_are_escaped(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, plugin("official/user", ["alone"]), plugin("official/last", ["user"]))
    monorepo.write({"official/alone/acme/alone/__init__.py": "NAME = 'other'\n"})
    finished = run(monorepo.repo.root, "affected", "--base", "main", env=environment(PYTHONIOENCODING="ascii"))
    assert finished.returncode == 0
    assert "user \\u2192 alone" in finished.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_who_interrupts_it_gets_code_130_and_no_traceback(sample: Path, tmp_path: Path, number: signal.Signals) -> None:
    started = tmp_path / "started"
    started.mkdir()
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\n: > {started}/$$\nexec sleep 60\n")
    git.chmod(0o755)
    command = [*COMMAND, "-C", str(sample), "affected"]
    with subprocess.Popen(
        command, env=environment(PATH=f"{tmp_path}:{os.environ['PATH']}"), stderr=subprocess.PIPE, text=True
    ) as process:
        # Several gits run at once. The command notes the id of one a moment after it has started, so this waits until
        # no more of them start; a terminal would interrupt all of them anyway.
        sleepers: list[str] = []
        while not sleepers or len(os.listdir(started)) > len(sleepers):
            sleepers = os.listdir(started)
            time.sleep(1)
        process.send_signal(number)
        code = process.wait(timeout=30)
        for sleeper in os.listdir(started):
            with pytest.raises(ProcessLookupError):  # git was not left behind
                os.kill(int(sleeper), signal.SIGKILL)
        assert process.stderr is not None
        assert not process.stderr.read()
    assert code == 130


def test_the_parent_may_ignore_sigchld(sample: Path) -> None:
    finished = subprocess.run(
        [*COMMAND, "-C", str(sample), "affected", "--base", "main"],
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0
    assert finished.stderr.splitlines()[1].startswith("2 of 3 plugins affected")


def test_the_work_tree_and_the_index_are_left_as_they_are(sample: Path) -> None:
    def state() -> Mapping[str, tuple[int, int]]:
        files = [path for path in sample.rglob("*") if path.is_file() and ".git/commonhold" not in str(path)]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}

    before = state()
    for words in (("affected",), ("plan",), ("graph",), ("audit",)):
        assert run(sample, *words).returncode == 0
    assert state() == before
