"""The command ``commonhold release stage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.model.store import make_store
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '[project]\nname = "good"\nversion = "0"\n'
SCM = '[project]\nname = "scm"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.of(
        tmp_path / "repo", {"p/good/pyproject.toml": GOOD, "p/scm/pyproject.toml": SCM, "p/bad/setup.py": "1"}
    )
    plugins = tuple(PlannedDistribution(name, f"p/{name}", "official", "1.17.0") for name in ("good", "scm", "bad"))
    commit = repo.git("rev-parse", "HEAD")
    make_store(
        str(tmp_path / "store"),
        ReleasePlan(version="1.17.0", commit=commit, epoch=0, core=None, index="x", plugins=plugins),
    )
    return repo


def _run(repo: Repo, *words: str) -> int:
    return main(["-C", str(repo.root), "release", "stage", "--store", str(repo.root.parent / "store"), *words])


def test_all_copies_are_kept_in_the_given_folder_and_failures_are_reported(repo, tmp_path, capsys):
    assert _run(repo, "--into", str(tmp_path / "copies"), "--diff") == 1
    out, err = capsys.readouterr()
    assert (tmp_path / "copies/good/pyproject.toml").read_text() == GOOD.replace('"0"', '"1.17.0"')
    assert out.splitlines() == [
        "good 1.17.0",
        "  --- p/good/pyproject.toml",
        "  +++ p/good/pyproject.toml",
        "  @@ -3 +3 @@",
        '  -version = "0"',
        '  +version = "1.17.0"',
        "scm 1.17.0",
        "  SETUPTOOLS_SCM_PRETEND_VERSION_FOR_SCM=1.17.0",
    ]
    assert "bad has no version" in err
    assert "2 of 3 plugins can be built as planned" in err


def test_one_plugin_can_be_staged_alone_and_no_copy_is_left(repo, tmp_path, capsys):
    assert _run(repo, "--only", "Good") == 0
    assert capsys.readouterr().out == "good 1.17.0\n"
    assert {path.name for path in tmp_path.iterdir()} == {"repo", "store"}


def test_a_plugin_that_is_not_in_the_plan_is_a_usage_error(repo, capsys):
    assert _run(repo, "--only", "other") == 2
    assert "this plan does not release other" in capsys.readouterr().err
