"""``commonhold doctor``: what is missing on this machine, and what to do about it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.ci.doctor import Health, PoetryEnvironment, examine_poetry, poetry_environments
from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
POETRY = "[build-system]\nrequires = ['poetry-core>=1']\n[tool.poetry]\nname = 'poet'\nversion = '1'\n"


def config(*pythons: str) -> str:
    return CONFIG.replace("ignore = ", f"python = {list(pythons)}\nignore = ", 1)


def states(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    code = main(["-C", str(root), "doctor", "--json"])
    return code, {each["part"]: each["state"] for each in json.loads(capsys.readouterr().out)["parts"]}


def test_doctor_reports_what_is_there_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo = Monorepo.of(tmp_path / "repo", config=config(RUNNING, "3.99"))
    monorepo.write({".pre-commit-config.yaml": "repos: []\n"})
    assert states(monorepo.repo.root, capsys) == (
        0,
        {
            "git": "ok",
            f"Python {RUNNING}": "ok",
            "Python 3.99": "warning",
            "uv": "ok",
            "nox": "ok",
            "hooks": "warning",
            "remotes": "warning",
            "default branch": "warning",
        },
    )
    assert main(["-C", str(monorepo.repo.root), "doctor"]) == 0
    out, err = capsys.readouterr()
    assert "Run `uv python install 3.99`." in out
    assert err == "nothing is missing\n"
    clone = monorepo.repo.clone(tmp_path / "clone")
    clone.write(".git/hooks/pre-commit", "", executable=True)
    assert set(states(clone.root, capsys)[1].values()) == {"ok", "warning"}
    assert {states(clone.root, capsys)[1][part] for part in ("hooks", "remotes", "default branch")} == {"ok"}


def test_what_commands_cannot_do_without_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    poet = plugin("official/poet") | {"official/poet/pyproject.toml": POETRY}
    monorepo = Monorepo.of(tmp_path / "repo", poet, config=config("3.99"))
    monorepo.repo.git("branch", "-m", "trunk")
    monkeypatch.setattr("commonhold.ci.doctor.poetry_environments", lambda _environ: ())
    code, found = states(monorepo.repo.root, capsys)
    assert code == 1
    assert {part for part, state in found.items() if state == "missing"} == {"Python 3.99", "Poetry", "default branch"}


@pytest.mark.parametrize(
    ("found", "health", "text"),
    [
        ((), Health.MISSING, "not installed; 1 plugin built with it"),
        ((PoetryEnvironment("/a", (3, 12)),), Health.GOOD, "installed once, on Python 3.12 (/a)"),
        ((PoetryEnvironment("/a", (3, 8)),), Health.MISSING, "it runs on Python 3.8"),
        (
            (PoetryEnvironment("/a", (3, 12)), PoetryEnvironment("/b", (3, 9))),
            Health.MISSING,
            "installed 2 times: /a, /b",
        ),
    ],
)
def test_poetry_is_needed_exactly_once(found: tuple[PoetryEnvironment, ...], health: Health, text: str) -> None:
    examined = examine_poetry(["poet"], found)
    assert (examined.health, examined.text, bool(examined.advice)) == (health, text, health is not Health.GOOD)


def test_poetry_is_found_in_interpreters_and_behind_scripts(tmp_path: Path) -> None:
    def interpreter(folder: str, poetry: bool, name: str = "python3") -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nprintf '%s\\n' {tmp_path / folder} 3 12 {poetry}\n")
        path.chmod(0o755)
        return path

    interpreter("without", poetry=False)
    interpreter("module", poetry=True)
    interpreter("module", poetry=True, name="python3.12")  # the same environment
    hidden = interpreter("hidden", poetry=True)
    script = tmp_path / "scripts" / "poetry"
    script.parent.mkdir()
    script.write_text(f"#!{hidden}\n")
    folders = [str(tmp_path / name) for name in ("without", "module", "scripts", "absent")]
    assert poetry_environments({"PATH": os.pathsep.join(folders)}) == (
        PoetryEnvironment(str(tmp_path / "hidden"), (3, 12)),
        PoetryEnvironment(str(tmp_path / "module"), (3, 12)),
    )
