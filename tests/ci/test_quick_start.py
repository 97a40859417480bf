"""The session ``quickstart`` runs the Python code of READMEs, without a network."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from commonhold.projects.quick_start import python_script
from commonhold.projects.restructured_text import read_document
from tests.ci.sample_repo import PYTHON, SampleRepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

ALPHA = "official/alpha"
SOCKET = "import socket\nsocket.create_connection(('192.0.2.1', 9), timeout=5)"


def readme(*blocks: str, title: str = "Quick start") -> dict[str, str]:
    code = "\n\n".join(f"```python\n{block}\n```" for block in blocks)
    return {f"{ALPHA}/README.md": f"# Alpha\n\nAlpha is good.\n\n## {title}\n\n{code}\n"}


def sample(tmp_path: Path, files: dict[str, str]) -> SampleRepo:
    return SampleRepo.build(tmp_path, {**plugin(ALPHA), **plugin("official/beta"), **files})


def test_a_quick_start_runs_with_the_plugin_installed(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme("import alpha", "import os\nassert alpha.GOOD and os.listdir() == []"))
    run = repo.nox("-s", "quickstart", "--", "alpha", "beta")
    assert run.code == 0, run.output
    assert f"alpha  {PYTHON}  passed" in run.output
    assert "the README of beta contains no quick start in Python" in run.output
    assert list(repo.results()) == [f"alpha-{PYTHON}"]


def test_a_failure_names_the_line_of_the_readme(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme("import alpha", "alpha.missing()"))
    repo.repo.write(f"{ALPHA}/alpha.py", "GOOD = True  # still\n")
    run = repo.nox("-s", "quickstart")  # without names: the affected plugins
    assert run.code == 1
    assert 'README.md", line 12, in <module>' in run.output
    assert "alpha.missing()" in run.output


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare turns off the network")
def test_the_network_is_off(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme(f"import alpha\n{SOCKET}"))
    run = repo.nox("-s", "quickstart", "--", "alpha")
    assert run.code == 1
    assert "Network is unreachable" in run.output


def test_unknown_plugins_and_plugins_without_a_quick_start(tmp_path: Path) -> None:
    repo = sample(tmp_path, readme("import alpha"))
    run = repo.nox("-s", "quickstart", "--", "alphaa")
    assert (run.code, "no plugin is named alphaa (did you mean 'alpha'?)" in run.output) == (1, True)
    assert "nothing to run" in repo.nox("-s", "quickstart", "--", "beta").output


def test_only_python_that_uses_the_plugin_is_run() -> None:
    text = "# A\n\n```console\npip install a\n```\n\n```pycon\n>>> import a\n>>> a.f(\n...     1)\n2\n```\n"
    script = python_script(read_document("README.md", text))
    assert script is not None
    assert script.split("\n")[7:] == ["import a", "a.f(", "    1)", "", ""]
    assert python_script(read_document("README.md", "# A\n\n```console\na --help\n```\n")) is None
