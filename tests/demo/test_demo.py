from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo():
    """The demo as a module."""
    from examples import demo

    return demo


def test_every_claim_of_the_quick_demo_is_true(tmp_path: Path):
    finished = subprocess.run(
        [sys.executable, "-m", "examples.demo", "--quick"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Every claim was true." in finished.stdout
    for command in ("commonhold affected --explain", "commonhold plan"):
        assert f"$ {command}\n" in finished.stdout
    assert "\x1b" not in finished.stdout, "a pipe gets plain text"
    assert list(tmp_path.iterdir()) == []


def test_the_demo_does_not_change_the_checkout(demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", "--depth=1", ROOT.as_uri(), str(checkout)], check=True)
    copy.mkdir()
    monkeypatch.setattr(demo, "ROOT", checkout)
    shown = io.StringIO()
    assert demo.play([demo.copy, demo.edit_a_plugin], demo.Stage(copy, Console(file=shown))), shown.getvalue()
    status = subprocess.run(["git", "status", "--porcelain"], cwd=checkout, capture_output=True, check=True)
    assert status.stdout == b""


@pytest.mark.parametrize(("options", "left"), [([], 0), (["--keep"], 1)])
def test_the_copy_is_removed_without_keep(
    demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], left: int
):
    monkeypatch.setattr(demo, "STEPS", [])
    monkeypatch.setattr(sys, "argv", ["demo.py", *options])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert demo.main() == 0
    assert len(list(tmp_path.iterdir())) == left


@pytest.mark.parametrize("step", ["release", "release_again"])
def test_uploads_need_no_confirmation(demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str):
    stage = demo.Stage(tmp_path, Console(file=io.StringIO()))
    arguments: list[str] = []

    def run(*words: str) -> None:
        arguments.extend(words)
        raise demo.DemoError

    monkeypatch.setattr(stage, "run", run)
    with pytest.raises(demo.DemoError):
        getattr(demo, step)(stage)
    assert arguments[:3] == ["commonhold", "release", "run"]
    assert "--yes" in arguments


def test_a_false_claim_ends_the_demo_with_an_error(demo, tmp_path: Path):
    def claim(stage) -> None:
        """Claim something"""
        stage.check(1 + 1 == 3, "one and one is three")

    shown = io.StringIO()
    stage = demo.Stage(tmp_path, Console(file=shown))
    assert demo.play([claim, demo.edit_a_plugin], stage) is False
    assert "error: step 1: this claim is false: one and one is three" in shown.getvalue()
    assert "2/2" not in shown.getvalue()


def test_a_failed_command_ends_the_demo_with_an_error(demo, tmp_path: Path):
    stage = demo.Stage(tmp_path, Console(file=io.StringIO()))
    with pytest.raises(demo.DemoError, match="exit code 3"):
        stage.run(sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(demo.DemoError, match="exit code 4"):
        stage.read_json(sys.executable, "-c", "raise SystemExit(4)")


def test_the_demo_installs_a_plugin_with_the_line_of_the_readme(demo):
    lines = [line.strip() for line in (ROOT / "README.md").read_text().splitlines()]
    assert demo.INSTALL in lines
