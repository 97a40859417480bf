"""``commonhold plan`` and ``commonhold report``, as a step of a workflow and a person use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commonhold.ci.results import SessionResult, write_result
from commonhold.cli.__main__ import main
from tests.ci.sample_repo import CONFIG, PYTHON, SampleRepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

FILES = {**plugin("official/alpha"), **plugin("community/guest", ["alpha"]), **plugin("official/lonely")}


class Step:
    """A step of a workflow: the files through which it speaks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.output = folder / "output"
        self.summary = folder / "summary"
        for name, file in (("GITHUB_OUTPUT", self.output), ("GITHUB_STEP_SUMMARY", self.summary)):
            file.write_text("earlier\n")
            monkeypatch.setenv(name, str(file))


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    sample = SampleRepo.build(tmp_path, FILES)
    sample.repo.write("official/alpha/alpha.py", "GOOD = 1\n")
    return sample


def plan(sample: SampleRepo, *options: str) -> int:
    return main(["-C", str(sample.repo.root), "plan", "--base", "HEAD", *options])


def leg(name: str, os: str = "ubuntu-latest") -> dict[str, object]:
    session = f"{name}-{PYTHON}"
    return {"name": f"{name} ({PYTHON})", "sessions": session, "python": PYTHON, "os": os, "timeout": 40}


def test_a_plan_is_printed_for_people(sample: SampleRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(sample) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"alpha-{PYTHON} on ubuntu-latest, at most 40 minutes",
        f"guest-{PYTHON} on ubuntu-latest, at most 40 minutes (advisory)",
    ]
    assert "2 of 3 plugins" in err
    assert "each time limit includes 10 minutes of setup" in err


def test_a_plan_is_printed_for_programs(sample: SampleRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(sample, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "any": True,
        "matrix": {"include": [leg("alpha")]},
        "any-advisory": True,
        "advisory": {"include": [leg("guest")]},
        "core": False,
        "untestable": [],
        "warnings": [],
    }


def test_a_step_gets_outputs_and_a_summary(sample: SampleRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step(tmp_path, monkeypatch)
    assert plan(sample, "--github") == 0
    outputs = dict(line.split("=", 1) for line in step.output.read_text().splitlines()[1:])
    assert {name: json.loads(value) for name, value in outputs.items()} == {
        "any": True,
        "matrix": {"include": [leg("alpha")]},
        "any-advisory": True,
        "advisory": {"include": [leg("guest")]},
        "core": False,
    }
    assert step.summary.read_text().startswith("earlier\n## Plugins that this change can break\n")


def test_outside_github_that_is_an_error(sample: SampleRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(sample, "--github") == 2
    assert "--github needs GITHUB_OUTPUT" in capsys.readouterr().err


def test_an_untestable_plugin_fails_the_step_which_still_writes_its_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = SampleRepo.build(tmp_path, FILES)
    for name in ("alpha", "lonely"):
        file = f"official/{name}/pyproject.toml"
        more = 'requires-python = ">=4"\n' if name == "alpha" else "# edited\n"
        sample.repo.write(file, sample.repo.path(file).read_text() + more)
    step = Step(tmp_path, monkeypatch)
    assert plan(sample, "--github") == 1
    assert f"lonely-{PYTHON}" in step.output.read_text()
    assert "**error**: no Python version can test alpha" in step.summary.read_text()
    assert (
        "::error title=commonhold::no Python version can test alpha: alpha's requires-python '>=4' excludes"
        in capsys.readouterr().err
    )


def test_unreadable_durations_are_a_warning(
    sample: SampleRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "durations.json"
    file.write_text("{")
    assert plan(sample, "--durations", str(file), "--json") == 0
    out, err = capsys.readouterr()
    assert f"warning: {file} is not a durations file" in err
    assert len(json.loads(out)["warnings"]) == 1
    assert json.loads(out)["matrix"]["include"] == [leg("alpha")]


def test_durations_that_are_not_there_yet_are_no_reason_to_warn(
    sample: SampleRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(sample, "--durations", str(tmp_path / "none.json")) == 0
    assert "warning" not in capsys.readouterr().err


def test_a_shadow_run_is_recorded_with_the_results_of_the_other_ci(
    sample: SampleRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes, shadow = tmp_path / "outcomes.json", tmp_path / "shadow.jsonl"
    outcomes.write_text('{"alpha": "failed", "lonely": "failed", "lint": "passed"}')
    assert plan(sample, "--shadow", str(shadow)) == 0
    assert plan(sample, "--shadow", str(shadow), "--outcomes", str(outcomes)) == 0
    last = json.loads(shadow.read_text().splitlines()[-1])
    assert (last["runs"], last["advisory"], last["skips"]) == (["alpha"], ["guest"], ["lonely"])
    err = capsys.readouterr().err
    assert "no plugin matches the job lint" in err
    assert "shadow: the plans find 1 of 2 failures (50.0%)" in err
    assert "shadow: missed: lonely at the working tree" in err


def test_outcomes_without_a_record_to_put_them_in_are_a_mistake(sample: SampleRepo) -> None:
    assert plan(sample, "--outcomes", "x") == 2


def test_a_configuration_that_is_wrong_plans_nothing(sample: SampleRepo, capsys: pytest.CaptureFixture[str]) -> None:
    sample.repo.write("pyproject.toml", CONFIG.replace("python =", "pyhton ="))
    assert plan(sample) == 2
    assert "did you mean 'python'?" in capsys.readouterr().err


RESULTS = (
    SessionResult("alpha-3.11", "alpha", "3.11", "failed", 10.0, "1.0"),
    SessionResult("guest-3.11", "guest", "3.11", "install-failed", 99.0),
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for result in RESULTS:
        write_result(str(tmp_path / "results" / result.session), result)
    return tmp_path / "results"


def test_a_report_is_a_table_and_no_judgement(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = Step(tmp_path, monkeypatch)
    assert main(["report", str(results), "--github"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "alpha  3.11  failed          10.0 s  core 1.0",
        "guest  3.11  install-failed  99.0 s",
    ]
    assert "2 sessions, 2 failed." in step.summary.read_text()


def test_a_report_adds_to_the_durations(results: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept" / "durations.json"
    for _ in range(2):
        assert main(["report", str(results), "--durations", str(file)]) == 0
    assert json.loads(file.read_text()) == {"schema": 1, "durations": {"alpha": {"3.11": 10.0}}}


def test_durations_that_are_broken_are_begun_again(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "durations.json"
    file.write_text("[]")
    assert main(["report", str(results), "--durations", str(file)]) == 0
    assert "starting a new file" in capsys.readouterr().err
    assert json.loads(file.read_text())["durations"] == {"alpha": {"3.11": 10.0}}


def test_missing_results_are_reported_and_do_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 0
    assert "no results in" in capsys.readouterr().err


def test_a_result_that_cannot_be_read_fails_after_all_others_are_shown(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "x.json").write_text("{}")
    assert main(["report", str(results)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "x.json is not a session result" in err
