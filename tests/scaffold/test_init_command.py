"""`commonhold init` in real repositories: what it shows, asks, writes and commits, and when it refuses."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.effects import file_changes
from commonhold.effects.files import write_atomically
from tests.scaffold.test_init_survey import CI, FIVE, package, workflow
from tests.support.repositories import Repo, git_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MATRIX = """\
  t:
    runs-on: ubuntu-latest
    strategy: {matrix: {p: [acme-a, acme-b, acme-c], python-version: ['3.11']}}
    steps: [{run: 'cd plugins/${{ matrix.p }} && pytest'}]
"""
SHADOW = ".github/workflows/commonhold-shadow.yml"


@pytest.fixture
def sample(tmp_path: Path) -> Repo:
    repo = Repo.of(tmp_path / "repo", {**FIVE, CI: workflow(MATRIX), "docs/index.md": "", "README.md": "# acme\n"})
    for number in range(3):
        repo.commit({"docs/index.md": f"{number}\n"})
    repo.commit({"plugins/acme-a/acme_a/__init__.py": ""})
    return repo


def init(repo: Repo, *options: str) -> int:
    return main(["-C", str(repo.root), "init", *options])


def snapshot(repo: Repo) -> Mapping[str, bytes]:
    return {str(path.relative_to(repo.root)): path.read_bytes() for path in repo.root.rglob("*") if path.is_file()}


def test_without_a_terminal_nothing_is_written(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(sample)
    assert init(sample) == 0
    output = capsys.readouterr().out
    assert "there is no terminal to ask; pass --yes" in output
    assert "5 packages: 5 plugins in 1 tier" in output
    assert "plugin jobs of the last 4 commits, of 20 if every commit tested every plugin:" in output
    assert "  today's workflows: 12" in output  # the first commit has no parent, so it is not replayed
    assert "  as written: 16 (20.0% saved)" in output
    assert "confirmed: 1 (95.0% saved)" in output
    assert "+++ b/commonhold.toml" in output
    assert snapshot(sample) == before


@pytest.mark.parametrize("project", ["# x", "# x\r\n", "x = [\n\t'y',\n]\n", "# \N{RIGHT-TO-LEFT OVERRIDE}\n", ""])
def test_git_applies_the_output_of_a_dry_run(sample: Repo, capsys: pytest.CaptureFixture[str], project: str) -> None:
    sample.write("pyproject.toml", "").write_bytes(project.encode())
    sample.commit()
    assert init(sample, "--dry-run", "--no-replay") == 0
    patch = sample.root.parent / "patch"
    patch.write_bytes(capsys.readouterr().out.encode())
    sample.git("apply", str(patch))
    applied = {path: data for path, data in snapshot(sample).items() if not path.startswith(".git/")}
    sample.git("stash", "--include-untracked")
    assert init(sample, "--yes", "--no-replay") == 0
    assert {path: data for path, data in snapshot(sample).items() if not path.startswith(".git/")} == applied


def test_the_written_configuration_works_and_a_second_run_proposes_nothing(
    sample: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(sample, "--yes", "--no-replay") == 0
    assert sample.git("status", "--short", "--untracked-files=all").split() == ["??", SHADOW, "??", "commonhold.toml"]
    sample.commit()
    capsys.readouterr()
    assert main(["-C", str(sample.root), "affected", "--base", "HEAD~1"]) == 0
    before = snapshot(sample)
    capsys.readouterr()
    assert init(sample, "--yes") == 0
    assert "commonhold.toml already contains a configuration, so there is nothing to write" in capsys.readouterr().out
    assert snapshot(sample) == before


def test_two_configurations_are_refused(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    sample.commit({"pyproject.toml": CONFIG, "commonhold.toml": CONFIG})
    assert init(sample, "--yes") == 2
    assert "pyproject.toml and commonhold.toml both contain [tool.commonhold]" in capsys.readouterr().err


def test_a_run_continues_after_one_that_was_killed(sample: Repo) -> None:
    assert init(sample, "--yes", "--no-replay") == 0
    written = snapshot(sample)
    sample.path("commonhold.toml").unlink()
    assert init(sample, "--yes", "--no-replay") == 0
    assert snapshot(sample) == written
    sample.path("commonhold.toml").unlink()
    sample.write(SHADOW, "on: push")
    assert init(sample, "--yes", "--no-replay") == 2


def test_a_root_project_gets_the_configuration(sample: Repo) -> None:
    sample.commit({"pyproject.toml": '[project]\r\nname = "acme"\r\n'})
    assert init(sample, "--yes", "--no-replay", "--workflows", "none") == 0
    assert sample.git("status", "--short") == "M pyproject.toml".rjust(17)
    written = sample.path("pyproject.toml").read_bytes()
    assert written.startswith(b'[project]\r\nname = "acme"\r\n\r\n# Written by')
    assert written.count(b"\n") == written.count(b"\r\n")
    assert main(["-C", str(sample.root), "graph"]) == 0


@pytest.mark.skipif(shutil.which("jq") is None, reason="the workflow runs jq")
def test_shadow_mode_compares_the_plan_with_the_results_of_todays_jobs(sample: Repo, tmp_path: Path) -> None:
    import yaml

    assert init(sample, "--yes", "--no-replay") == 0
    document = yaml.safe_load(sample.path(SHADOW).read_text())
    assert document[True]["workflow_run"]["workflows"] == [CI]  # GitHub names a workflow without a name by its path
    assert document["jobs"]["compare"]["permissions"] == {"contents": "read", "actions": "read"}
    sample.commit()
    sample.git("update-ref", "refs/remotes/origin/main", "HEAD")
    sample.git("switch", "-q", "-c", "change")
    head = sample.commit({"plugins/acme-a/acme_a/__init__.py": "x = 1\n"})
    pages = [
        {"jobs": [{"name": "t (acme-a, 3.11)", "conclusion": "failure"}, {"name": "u", "conclusion": "skipped"}]},
        {"jobs": [{"name": "t (acme-b, 3.11)", "conclusion": "failure"}]},
    ]
    api = tmp_path / "bin" / "gh"
    api.parent.mkdir()
    api.write_text("#!/bin/sh\ncat <<'E'\n" + "\n".join(map(json.dumps, pages)) + "\nE\n")
    api.chmod(0o755)
    scripts = [step["run"] for step in document["jobs"]["compare"]["steps"] if "name" in step]
    path = os.pathsep.join([str(api.parent), os.path.dirname(sys.executable), os.environ["PATH"]])
    env = {
        **git_environment(sample.root),
        "PATH": path,
        "RUN": "1",
        "BRANCH": "main",
        "EVENT": "pull_request",
        "HEAD": head,
    }
    env |= {
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    for script in scripts:
        subprocess.run(["bash", "-ec", script], cwd=sample.root, env=env, check=True)
    record = json.loads(sample.path("shadow.jsonl").read_text())
    assert (record["runs"], record["failed"], record["outcomes"]) == (["acme-a"], ["acme-a", "acme-b"], 2)
    assert "acme-a" in (tmp_path / "summary").read_text()


def test_the_workflow_that_replaces_the_tests_comes_with_a_noxfile(sample: Repo) -> None:
    import yaml

    assert init(sample, "--yes", "--no-replay", "--workflows", "replace") == 0
    document = yaml.safe_load(sample.path(".github/workflows/commonhold.yml").read_text())
    assert set(document["jobs"]) == {"plan", "test", "advisory", "gate"}
    assert document["jobs"]["gate"]["needs"] == ["plan", "test"]
    assert "register(__file__)" in sample.path("noxfile.py").read_text()


def test_an_existing_noxfile_is_left_alone(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    sample.commit({"noxfile.py": "import nox\n"})
    assert init(sample, "--yes", "--no-replay", "--workflows", "replace") == 0
    assert (
        "add these lines to noxfile.py:\n  from commonhold.ci.nox_sessions import register" in capsys.readouterr().out
    )
    assert sample.path("noxfile.py").read_text() == "import nox\n"


def test_a_branch_gets_the_files_and_nothing_else_changes(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    hook = sample.write(".git/hooks/reference-transaction", "#!/bin/sh\ntouch ran\n", executable=True)
    sample.write("README.md", "not committed")
    before = snapshot(sample)
    sample.git("config", "user.name", "Octo Cat")
    sample.git("config", "user.email", "octo@example.com")
    assert init(sample, "--branch", "adopt/commonhold") == 0
    hook.unlink()
    assert {path: data for path, data in before.items() if not path.startswith(".git/")} == {
        path: data for path, data in snapshot(sample).items() if not path.startswith(".git/")
    }
    changed = sample.git("diff", "--name-status", "main", "adopt/commonhold").split()
    assert changed == ["A", SHADOW, "A", "commonhold.toml"]
    message = sample.git("log", "-1", "--format=%B", "adopt/commonhold")
    assert message.startswith("Add a configuration for commonhold\n\n")
    assert "- `commonhold.toml`" in message
    assert "(95.0% saved)" in message
    assert sample.rev("adopt/commonhold~1") == sample.rev("main")
    assert init(sample, "--branch", "adopt/commonhold") == 2
    assert "the branch adopt/commonhold exists already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "@{-1}", "refs/heads/../x"])
def test_a_name_that_is_no_branch_is_refused(sample: Repo, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert init(sample, f"--branch={name}") == 2
    assert "is not a name for a branch" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["pyproject.toml", "commonhold.toml", SHADOW, ".github"])
def test_links_are_not_followed(tmp_path: Path, sample: Repo, capsys: pytest.CaptureFixture[str], path: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    sample.link(path, str(outside if path != ".github" else tmp_path))
    sample.commit()
    assert init(sample, "--yes", "--no-replay") == 2
    assert outside.read_text() == ""
    error = capsys.readouterr().err
    assert "symbolic link" in error or "exists already" in error


def test_an_interruption_leaves_the_tree_as_it_was(sample: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(sample)

    def interrupted(path: str, data: bytes, **options: object) -> None:
        if path.endswith("commonhold.toml"):
            raise KeyboardInterrupt
        write_atomically(path, data, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(file_changes, "write_atomically", interrupted)
    assert init(sample, "--yes", "--no-replay") == 130
    assert snapshot(sample) == before


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_at_a_terminal_is_asked_once(sample: Repo, answer: str, written: bool) -> None:
    output = run_in_terminal(sample, answer)
    assert output.count("[y/N]") == 1
    assert ("wrote " in output) == written
    assert sample.path("commonhold.toml").exists() == written


def run_in_terminal(repo: Repo, answer: str) -> str:
    """Run `init` with a terminal as stdin, stdout and stderr; answer its question, and return what it printed."""
    own, its = pty.openpty()
    command = [sys.executable, "-m", "commonhold.cli", "-C", str(repo.root), "init", "--no-replay"]
    running = subprocess.Popen(
        command,
        stdin=its,
        stdout=its,
        stderr=its,
        env={**git_environment(repo.root), "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(its)
    output = b""
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end and select.select([own], [], [], 60)[0]:
            try:
                read = os.read(own, 65536)
            except OSError:  # Linux reports the end of a terminal this way
                break
            if not read:
                break
            output += read
            if b"[y/N]" in output and answer:
                os.write(own, answer.encode())
                answer = ""
        assert running.wait(30) == 0
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
        os.close(own)
    return output.decode()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--dry-run", "--yes"], "--dry-run writes nothing"),
        (["--check", "--yes"], "--check writes nothing"),
        (["--workflows", "all"], "'all' is not one of"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    sample: Repo, capsys: pytest.CaptureFixture[str], options: list[str], problem: str
) -> None:
    assert init(sample, *options) == 2
    assert problem in capsys.readouterr().err


def test_a_repository_without_packages_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = Repo.of(tmp_path, {"README.md": ""})
    assert init(repo, "--yes") == 2
    assert "contains no packages that could be plugins" in capsys.readouterr().err


def test_a_repository_without_commits_is_adopted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = Repo.init(tmp_path)
    for path, text in FIVE.items():
        repo.write(path, text)
    assert init(repo, "--yes") == 0
    assert "there are no commits to replay" in capsys.readouterr().out
    assert repo.path("commonhold.toml").exists()


def test_a_branch_needs_a_commit_and_a_bare_repository_needs_a_branch(
    tmp_path: Path, sample: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Repo.init(tmp_path / "empty")
    assert init(empty, "--branch", "x") == 2
    assert "a new branch needs a commit to start from" in capsys.readouterr().err
    sample.git("clone", "--quiet", "--bare", str(sample.root), str(tmp_path / "bare"))
    bare = ["-C", str(tmp_path / "bare"), "init", "--no-replay"]
    assert main(bare) == 2
    assert "Pass --branch NAME" in capsys.readouterr().err
    sample.git("-C", str(tmp_path / "bare"), "config", "user.email", "octo@example.com")
    sample.git("-C", str(tmp_path / "bare"), "config", "user.name", "Octo Cat")
    assert main([*bare, "--branch", "x"]) == 0
    assert "then push it: `git push origin x`" in capsys.readouterr().out


def test_the_whole_repository_is_adopted_from_any_folder(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(sample.path("plugins")), "init", "--yes", "--no-replay"]) == 0
    assert sample.path("commonhold.toml").exists()
    capsys.readouterr()
    assert main(["-C", str(sample.path("plugins/acme-a")), "init"]) == 0
    assert "already contains a configuration" in capsys.readouterr().out


CONFIG = """\
[tool.commonhold]
python = ["3.10", "3.11"]
[tool.commonhold.tiers.plugins]
path = ["plugins/*"]
"""


def test_drift_is_reported_and_nothing_is_written(sample: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    drifted = {
        CI: workflow(MATRIX.replace("acme-c]", "acme-c, acme-gone]")),
        "commonhold.toml": CONFIG,
        **package("more/acme-f", "acme"),
        "README.md": "".join(f"- acme-{name}\n" for name in "abcd"),
        "Makefile": "ALL = plugins/acme-a plugins/acme-b plugins/acme-c plugins/acme-d plugins/acme-e\n",
    }
    sample.commit(drifted)
    before = snapshot(sample)
    assert init(sample, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "more/acme-f/pyproject.toml:2: the package acme-f is in no tier; add its folder to a tier",
        "python: the configuration lists 3.10, but no workflow tests plugins on it",
        f"{CI}:3: a list of 3 plugins does not contain: acme-d, acme-e",
        f"{CI}:3: a list of 3 plugins names plugins that do not exist: acme-gone",
        "README.md:1: a list of 4 plugins does not contain: acme-e",
    ]
    assert snapshot(sample) == before


def test_a_configuration_that_agrees_with_the_tree_has_no_drift(
    sample: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    every = workflow(MATRIX.replace("acme-c]", "acme-c, acme-d, acme-e]"))
    sample.commit({CI: every})
    assert init(sample, "--yes", "--no-replay") == 0
    capsys.readouterr()
    assert init(sample, "--check") == 0
    assert capsys.readouterr().out == "the configuration agrees with the tree\n"
