"""``tools/release``: what it passes on, and what it is made of."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[2] / "tools" / "release"


@pytest.fixture(scope="module")
def launcher():
    loader = SourceFileLoader("launcher", str(LAUNCHER))
    spec = spec_from_loader("launcher", loader)
    assert spec is not None
    module = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


@pytest.mark.parametrize(
    ("typed", "passed"),
    [
        ("1.17.0", "run 1.17.0"),
        ("v1.17.0rc1 --to testpypi", "run v1.17.0rc1 --to testpypi"),
        ("--to testpypi 1.17.0", "run --to testpypi 1.17.0"),
        ("plan 1.17.0 --dry-run", "plan 1.17.0 --dry-run"),
        ("resume", "resume"),
        ("--help", "--help"),
        ("-q 1.17.0", "run -q 1.17.0"),
        ("-v --quiet status 1.17.0", "-v --quiet status 1.17.0"),
        ("-v --help", "-v --help"),
        ("", "--help"),
    ],
)
def test_a_version_runs_the_whole_release_and_other_commands_are_passed_on(launcher, typed, passed):
    assert launcher.phase(typed.split()) == passed.split()


def test_the_launcher_imports_only_the_standard_library():
    names = set()
    for node in ast.walk(ast.parse(LAUNCHER.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names <= set(sys.stdlib_module_names)


def test_the_environment_is_made_again_when_the_project_changes(launcher, tmp_path, monkeypatch):
    made = []

    def install(project):
        made.append(project)
        python = Path(launcher.PYTHON)
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)

    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\n")
    sample = tmp_path / ".commonhold"
    monkeypatch.setattr(launcher, "ROOT", str(tmp_path))
    monkeypatch.setattr(launcher, "STATE", str(sample))
    monkeypatch.setattr(launcher, "ENVIRONMENT", str(sample / "env"))
    monkeypatch.setattr(launcher, "READY", str(sample / "env" / "fingerprint"))
    monkeypatch.setattr(launcher, "PYTHON", str(sample / "env" / "bin" / "python"))
    monkeypatch.setattr(launcher, "install", install)
    launcher.create_environment()
    launcher.create_environment()
    assert made == [f"{tmp_path}[release]"]
    project.write_text("[project]\nname = 'x'\n")
    launcher.create_environment()
    assert len(made) == 2
    (sample / "env" / "fingerprint").unlink()  # it was interrupted
    launcher.create_environment()
    assert len(made) == 3


def test_a_failure_to_make_the_environment_is_reported(tmp_path):
    root = tmp_path / "repo"
    (root / "tools").mkdir(parents=True)
    (root / "tools" / "release").write_bytes(LAUNCHER.read_bytes())
    (root / "pyproject.toml").write_text("[project]\n")
    (root / ".commonhold").write_text("a file where the folder should be")
    command = [sys.executable, str(root / "tools" / "release"), "plan", "1.0"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 4
    assert finished.stderr.startswith("error: cannot create the environment of the release tool: ")
    assert finished.stdout == ""
