"""The session ``quickstart`` runs the Python code of READMEs, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest

from commonhold.ci.collected_results import read_results
from commonhold.ci.monorepo import open_monorepo
from commonhold.ci.quick_start import plan_quick_start, run_quick_starts
from commonhold.ci.session import environment_of, run_session
from commonhold.ci.session_plan import SessionPlan
from commonhold.effects.process import offline
from commonhold.errors import ToolError, UsageError
from commonhold.projects.names import Name
from commonhold.projects.quick_start import python_script
from commonhold.projects.restructured_text import read_document
from tests.ci.sample_repo import PYTHON, SampleRepo, plugin
from tests.ci.test_session import SUBJECT

ALPHA = "official/alpha"
RECORDS = ".commonhold/quick-starts"
LOOPBACK = """\
import os, socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
print("user", os.getuid())
"""
OUTSIDE = "import socket\nsocket.create_connection(('192.0.2.1', 9), timeout=5)"


def can_isolate() -> bool:
    return subprocess.run([sys.executable, "-I", offline.__file__, "true"], check=False).returncode == 0


needs_isolation = pytest.mark.skipif(not can_isolate(), reason="this machine does not allow user namespaces")


def readme(*blocks: str, title: str = "Quick start", folder: str = ALPHA) -> dict[str, str]:
    code = "\n\n".join(f"```python\n{block}\n```" for block in blocks)
    return {f"{folder}/README.md": f"# A plugin\n\nIt is good.\n\n## {title}\n\n{code}\n"}


def sample(tmp_path: Path, files: dict[str, str]) -> SampleRepo:
    return SampleRepo.build(tmp_path, {**plugin(ALPHA), **plugin("official/beta"), **files})


def script(text: str, name: str = "README.md") -> list[str]:
    """The lines of a script, without empty ones, each with its number."""
    found = python_script(read_document(name, dedent(text)))
    return [] if found is None else [f"{at}: {line}" for at, line in enumerate(found.split("\n"), 1) if line]


@needs_isolation
def test_a_quick_start_runs_with_the_plugin_installed_and_only_the_loopback_interface(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme("import alpha, os", "assert alpha.GOOD and os.listdir() == []", LOOPBACK, OUTSIDE))
    run = repo.nox("-s", "quickstart", "--", "alpha", "beta", "Alpha")
    assert run.code == 1
    assert run.output.count(f"alpha  {PYTHON}  failed") == 1
    assert "[1/1]" in run.output
    assert "the README of beta contains no quick start in Python" in run.output
    assert f"user {os.getuid()}\n" in run.output
    assert "OSError: [Errno 101] Network is unreachable" in run.output


@needs_isolation
def test_failed_tests_stay_failed_after_a_quick_start(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme("import alpha"))
    repo.break_plugin(ALPHA)
    session = f"alpha-{PYTHON}"
    # A variable from outside does not turn tests into quick starts.
    assert repo.nox("-s", "plugins", "--", session, COMMONHOLD_QUICK_START="network").code == 1
    before = {path: path.read_bytes() for path in files_of(repo)}
    assert repo.nox("-s", "quickstart", "--", "alpha").code == 0
    assert {path: path.read_bytes() for path in files_of(repo)} == before
    assert repo.results()[session].outcome == "failed"
    found = read_results(str(repo.repo.path(".commonhold")))
    assert [result.outcome for result in found.results] == ["failed"]
    assert repo.repo.path(f"{RECORDS}/results/{session}.json").is_file()


def files_of(repo: SampleRepo) -> list[Path]:
    """The records of tests."""
    return [path for name in ("results", "logs") for path in sorted(repo.repo.path(f".commonhold/{name}").iterdir())]


def test_a_failure_names_the_line_of_the_readme_and_advisory_plugins_do_not_block(tmp_path: Path) -> None:
    gamma = {**plugin("community/gamma", ["framework", "alpha"]), **readme("1 / 0", folder="community/gamma")}
    repo = sample(tmp_path, gamma)
    repo.repo.write(f"{ALPHA}/alpha.py", "GOOD = 'still'\n")
    run = repo.nox("-s", "quickstart", "--", "--network")  # without names: the affected plugins
    assert run.code == 0, run.output
    assert f"gamma  {PYTHON}  failed (advisory)" in run.output
    assert 'README.md", line 8, in <module>' in run.output
    assert "only advisory sessions failed (1), which do not block" in run.output


@needs_isolation
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_turn_off_the_network(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # which this user can read
        os.chmod(folder, 0o755)
        code, program = Path(folder, "code.py"), Path(folder, "offline.py")
        code.write_text(LOOPBACK + OUTSIDE)
        program.write_bytes(Path(offline.__file__).read_bytes())
        command = ["/usr/bin/env", "python3", "-I", str(program), "python3", "-I", str(code)]
        run = subprocess.run(
            command,
            check=False,
            user=65534,
            group=65534,
            extra_groups=[],
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
    assert run.stdout == "user 65534\n", run.stderr
    assert "Network is unreachable" in run.stderr


def test_nothing_runs_if_the_network_cannot_be_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = tmp_path / "offline.py"
    broken = (
        "class Library:\n    @staticmethod\n    def unshare(flags):\n        ctypes.set_errno(1)\n        return -1\n"
    )
    text = (
        Path(offline.__file__)
        .read_text()
        .replace("def main", f"{broken}\nctypes.CDLL = lambda *a, **k: Library\ndef main")
    )
    refusing.write_text(text)
    run = subprocess.run(
        [sys.executable, "-I", str(refusing), "echo", "ran"], check=False, capture_output=True, text=True
    )
    refusal = "this system does not allow user and network namespaces: Operation not permitted"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"error: cannot turn off the network: {refusal}\n")
    repo = sample(tmp_path, readme("import alpha"))
    monkeypatch.setattr("commonhold.ci.quick_start._OFFLINE", ("-I", str(refusing)))
    with pytest.raises(ToolError) as caught:
        run_quick_starts(open_monorepo(str(repo.repo.root)), "noxfile.py", ["alpha"], print)
    assert caught.value.message == f"the quick starts were not run: cannot turn off the network: {refusal}"
    assert caught.value.hint == "Let the code use the network: `nox -s quickstart -- alpha --network`."


def test_mistyped_names_and_options(tmp_path: Path) -> None:
    monorepo = open_monorepo(str(sample(tmp_path, readme("import alpha")).repo.root))
    lines: list[str] = []
    for words, message, hint in (
        (["alphaa"], "no plugin is named alphaa (did you mean 'alpha'?)", None),
        (["--netwrok", "alpha"], "no such option: --netwrok (did you mean '--network'?)", "Options: --network."),
        (["alpha", "-x"], "no such option: -x", "Options: --network."),
    ):
        with pytest.raises(UsageError) as caught:
            run_quick_starts(monorepo, "noxfile.py", words, lines.append)
        assert (caught.value.message, caught.value.hint) == (message, hint)
    assert run_quick_starts(monorepo, "noxfile.py", ["beta"], lines.append) == 0
    assert lines[-1] == "nothing to run"


def test_a_quick_start_has_the_time_limit_of_the_session_and_an_empty_folder(tmp_path: Path) -> None:
    code = "import os, sys, time\nprint(os.listdir(), file=sys.stderr, flush=True)\ntime.sleep(600)"
    repo = sample(tmp_path, readme(code))
    monorepo = open_monorepo(str(repo.repo.root))
    root = tmp_path / "copy"
    (root / ".commonhold-quick-start" / "empty").mkdir(parents=True)  # files of the repository
    empty = SessionPlan(str(root), str(root), (), (("never",),), {}, (), (), 0)
    plan = plan_quick_start(empty, monorepo.workspace.plugins[Name("alpha")], monorepo, network=True)
    assert (plan.minutes, os.listdir(plan.folder)) == (0, [])
    environment = environment_of(os.path.dirname(sys.executable), os.environ, None)
    with (tmp_path / "log").open("x+b") as log:
        result = run_session(SUBJECT, plan, environment, str(tmp_path / "results"), [log])
    assert result.outcome == "timed-out"


def test_only_the_sections_that_show_the_use_are_run() -> None:
    text = """\
        # A plugin

        ```python
        first
        ```

        ## Usage

        ```python
        second
        ```

        ### Advanced

        ```python
        third
        ```

        ## Reference

        ```python
        fourth
        ```
        """
    assert script(text) == ["10: second", "16: third"]
    assert script(text.replace("Usage", "Features")) == ["4: first", "10: second", "16: third", "22: fourth"]
    assert script(text.replace("Usage", "Installation")) == ["4: first", "10: second", "16: third", "22: fourth"]


def test_only_python_that_uses_the_plugin_is_run() -> None:
    text = "# A\n\n```console\npip install a\n```\n\n```pycon\n>>> import a\n>>> a.f(\n...     1)\n2\n```\n"
    assert script(text) == ["8: import a", "9: a.f(", "10:     1)"]
    assert script("# A\n\n```console\na --help\n```\n") == []
    for language in (
        "python",
        "py",
        "Python3",
        "{.python .numberLines}",
        "python {linenos=true}",
        "{code-cell} ipython3",
    ):
        assert script(f"# A\n\n```{language}\na\n```\n") == ["4: a"]
    for language in ("pytb", "pyproject.toml", "toml", "python-traceback", "pypylog"):
        assert script(f"# A\n\n```{language}\na\n```\n") == []


def test_code_in_restructured_text_keeps_its_lines() -> None:
    text = """\
        A plugin
        ========

        .. code-block:: python
           :caption: One
           :linenos:

           import a

           a.one()

        >>> a.two()
        2

        .. code:: python

           a.three()

        Literal::

            not Python

        .. literalinclude:: python/example.py
           :language: python

        .. code-block:: python
        """
    assert script(text, "README.rst") == ["8: import a", "10: a.one()", "12: a.two()", "17: a.three()"]
