"""The recipes of the documentation for other tools, with those tools from the index."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.ci.sample_repo import CONFIG, PYTHON, SampleRepo

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "your-monorepo.md"
RECIPES = re.findall(
    r'```toml title="plugins/official/[^"]+"\n(\[tool\.commonhold\]\n.*?)```', PAGE.read_text(), re.DOTALL
)

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "alpha"
version = "1"

[dependency-groups]
dev = ["pytest"]

"""
TOX = """\
[testenv]
pass_env = PYTEST_ADDOPTS
deps = pytest
commands = pytest {posargs}
"""
TEST = """\
import importlib.util

import alpha

def test_it():
    for tool in ("commonhold", "hatch", "nox", "tox", "uv"):
        assert importlib.util.find_spec(tool) is None, tool
"""


@pytest.mark.parametrize("recipe", RECIPES, ids=["tox", "hatch", "uv"])
def test_tests_see_only_the_packages_that_their_plugin_declares(tmp_path: Path, recipe: str) -> None:
    files = {
        "official/alpha/pyproject.toml": PROJECT + recipe,
        "official/alpha/tox.ini": TOX,
        "official/alpha/src/alpha/__init__.py": "",
        "official/alpha/tests/test_alpha.py": TEST,
    }
    config = CONFIG.partition("[tool.commonhold.tiers.community]")[0]
    sample = SampleRepo.build(tmp_path, files, config)
    session = f"alpha-{PYTHON}"
    run = sample.nox("-s", session, online=True)
    assert run.code == 0, run.output
    assert "1 passed" in run.output
    assert 'name="test_it"' in sample.repo.path(f".commonhold/results/{session}.xml").read_text()


def test_a_failure_in_one_of_several_environments_is_named_last(tmp_path: Path) -> None:
    recipe = '[tool.commonhold]\ninstall = ["tox"]\ntest = ["tox run"]\n'
    tox = TOX.replace("[testenv]", "[tox]\nenv_list = one, two\n\n[testenv]\nset_env = WHICH={env_name}")
    files = {
        "official/alpha/pyproject.toml": PROJECT + recipe,
        "official/alpha/tox.ini": tox,
        "official/alpha/src/alpha/__init__.py": "",
        "official/alpha/tests/test_alpha.py": "import os\n\ndef test_it():\n    assert os.environ['WHICH'] == 'two'\n",
    }
    sample = SampleRepo.build(tmp_path, files, CONFIG.partition("[tool.commonhold.tiers.community]")[0])
    session = f"alpha-{PYTHON}"
    run = sample.nox("-s", "plugins", "--", session, online=True)
    assert run.code == 1
    assert f"failed in {session}: tests.test_alpha::test_it" in run.after("=====")
    report = ET.parse(sample.repo.path(f".commonhold/results/{session}.xml"))
    assert len(list(report.iter("testcase"))) == 2
