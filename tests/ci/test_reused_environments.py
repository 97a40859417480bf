"""Environments that a second run reuses, with a real nox and a real installer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.ci.sample_repo import PYTHON, Run, SampleRepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

SESSION = f"alpha-{PYTHON}"
LOCAL: dict[str, Any] = {"CI": "", "GITHUB_ACTIONS": ""}
MARK = ".commonhold-environment.json"


def environment_line(sample: SampleRepo, run: Run, session: str = SESSION) -> str:
    """The first line of the log of a session: the environment."""
    log = sample.repo.path(f".commonhold/logs/{session}.log")
    assert log.is_file(), run.output
    return log.read_text().splitlines()[0]


def test_a_second_run_reuses_the_environment_and_installs_the_plugin_again(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, {**plugin("official/alpha"), **plugin("official/beta", ["alpha"])})
    named = ("-s", "plugins", "--")
    run = sample.nox(*named, SESSION, **LOCAL)
    assert (run.code, environment_line(sample, run)) == (0, "environment: new")

    sample.break_plugin("official/alpha")
    run = sample.nox("-s", "affected", "--", "--base", "HEAD", "-j", "1", **LOCAL)
    assert environment_line(sample, run) == "environment: reused"
    assert sample.results()[SESSION].outcome == "failed"  # the broken code was installed
    assert "it is bad" in run.output

    sample.repo.write("constraints.txt", "framework==9\n")
    run = sample.nox(*named, SESSION, **LOCAL)
    assert environment_line(sample, run) == "environment: new, because the requirements changed"
    assert sample.results()[SESSION].outcome == "install-failed"
    sample.repo.write("constraints.txt", "framework==2.0\n")
    run = sample.nox(*named, SESSION, **LOCAL)
    failed = "environment: new, because its last installation failed or was interrupted"
    assert (environment_line(sample, run), sample.results()[SESSION].core) == (failed, "2.0")

    run = sample.nox("-s", "affected", "--", "--base", "HEAD", "-j", "1", "--fresh", **LOCAL)
    assert environment_line(sample, run) == "environment: new"

    run = sample.nox(*named, SESSION, CI="true", GITHUB_ACTIONS="")
    assert environment_line(sample, run).startswith("$ ")
    assert not sample.repo.path(f".nox/alpha-{PYTHON.replace('.', '-')}/{MARK}").exists()


def test_ci_creates_a_new_environment_although_nox_shall_reuse_it(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, plugin("official/alpha"))
    for _ in range(2):
        run = sample.nox("--reuse-venv", "always", "-s", SESSION, CI="true")
        assert run.code == 0
        assert environment_line(sample, run).startswith("$ ")
        left = sample.repo.path(f".nox/alpha-{PYTHON.replace('.', '-')}/left")
        assert not left.exists()
        left.touch()


def test_pip_reuses_an_environment_too(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, plugin("official/alpha"))
    options = ("--force-venv-backend", "virtualenv", "-s", SESSION)
    lines = [environment_line(sample, sample.nox(*options, **LOCAL)) for _ in range(2)]
    assert lines == ["environment: new", "environment: reused"]
    assert sample.results()[SESSION].outcome == "passed"


def test_the_number_of_environments_is_limited(tmp_path: Path) -> None:
    sample = SampleRepo.build(tmp_path, {**plugin("official/alpha"), **plugin("official/beta", ["alpha"])})
    run = sample.nox("-s", "plugins", "--", f"{SESSION} beta-{PYTHON}", COMMONHOLD_ENVIRONMENTS="1", **LOCAL)
    assert run.code == 0, run.output
    assert {path.parent.name for path in sample.repo.path(".nox").glob(f"*/{MARK}")} == {
        f"beta-{PYTHON.replace('.', '-')}"
    }
    run = sample.nox("-s", SESSION, COMMONHOLD_ENVIRONMENTS="many", **LOCAL)
    assert "COMMONHOLD_ENVIRONMENTS is 'many'" in run.output
