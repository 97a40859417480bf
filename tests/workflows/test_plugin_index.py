"""The workflows of the plugin index: one workflow writes the branch, signs it, and never takes anything back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.workflows.sample_repo import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repositories import Repo

FOLDER = REPOSITORY / ".github/workflows"
FILES: dict[str, dict[Any, Any]] = {file.name: yaml.safe_load(file.read_text()) for file in FOLDER.glob("*.yml")}
WRITER = "plugin-index.yml"
UPDATE = FILES[WRITER]["jobs"]["update"]
CALL = "uses: ./.github/workflows/plugin-index.yml"


def script(file: str, job: str, name: str) -> str:
    (found,) = [step["run"] for step in FILES[file]["jobs"][job]["steps"] if step.get("name") == name]
    return str(found)


def test_one_workflow_writes_the_branch_and_two_call_it() -> None:
    texts = {file.name: file.read_text() for file in FOLDER.glob("*.yml")}
    assert [name for name, text in texts.items() if "refs/heads/plugin-index" in text] == [WRITER]
    assert sorted(name for name, text in texts.items() if CALL in text) == ["nightly.yml", "release.yml"]
    assert FILES[WRITER][True].keys() == {"workflow_call"}  # YAML reads `on` as true
    assert UPDATE["concurrency"] == {"group": "plugin-index", "cancel-in-progress": False, "queue": "max"}
    pushes = re.findall(r"^ +(git push.*)", texts[WRITER], re.MULTILINE)
    assert pushes == ['git push --quiet origin "$commit:refs/heads/plugin-index"']


@pytest.mark.parametrize("name", ["nightly.yml", "release.yml"])
def test_callers_pass_artifacts_by_id_after_the_last_job_that_runs_plugin_code(name: str) -> None:
    job = FILES[name]["jobs"]["plugin-index"]
    assert all(re.fullmatch(r"\$\{\{ needs\.[a-z]+\.outputs\.\w+ \}\}", value) for value in job["with"].values())
    assert job["needs"] == {"nightly.yml": "report", "release.yml": ["publish", "verify"]}[name]
    assert "secrets" not in job


def test_the_writer_runs_nothing_but_the_tool() -> None:
    commands = re.findall(r"python .*", "\n".join(step.get("run", "") for step in UPDATE["steps"]))
    assert {" ".join(command.split()[:5]) for command in commands} == {
        "python -P -m commonhold.cli release",
        "python -P -m commonhold.cli catalog",
    }
    assert "--smoke" not in yaml.safe_dump(UPDATE)


def test_issues_are_opened_by_a_job_with_no_other_right_to_write() -> None:
    job = FILES["nightly.yml"]["jobs"]["late"]
    assert [step["name"] for step in job["steps"] if "github.token" in yaml.safe_dump(step)] == ["Update the issues"]


def test_pages_are_deployed_by_a_job_that_only_deploys() -> None:
    site = FILES["site.yml"]
    pages, deploy = site["jobs"]["pages"], site["jobs"]["deploy"]
    assert "environment" not in pages
    assert deploy["environment"]["name"] == "github-pages"
    assert [step.get("uses", "").partition("@")[0] for step in deploy["steps"]] == ["actions/deploy-pages"]
    assert deploy["if"] == "needs.pages.outputs.changed == 'true'"


def run_script(text: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a workflow in a folder, and put what it sets into the file `outputs`."""
    (folder / "temp").mkdir(exist_ok=True)
    (folder / "outputs").touch()
    given = {"RUNNER_TEMP": str(folder / "temp"), "GITHUB_OUTPUT": str(folder / "outputs"), **env}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **given},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("store", "outputs"), [("", ""), ("17", "exists=true\n")])
def test_only_a_release_creates_the_branch(repo: Repo, store: str, outputs: str) -> None:
    hub = repo.clone(repo.root.parent / "hub")
    repo.git("remote", "add", "origin", str(hub.root))
    done = run_script(script(WRITER, "update", "Read the branch"), repo.root, STORE=store)
    assert (done.returncode, (repo.root / "outputs").read_text()) == (0, outputs)


def test_a_failure_to_read_the_branch_is_not_taken_for_a_missing_branch(repo: Repo) -> None:
    repo.git("remote", "add", "origin", str(repo.root.parent / "nowhere"))
    done = run_script(script(WRITER, "update", "Read the branch"), repo.root, STORE="17")
    assert (done.returncode, (repo.root / "outputs").read_text()) == (128, "")


CURL = """#!/bin/sh
for word in "$@"; do url=$word; done
echo "$url" >> "$RUNNER_TEMP/urls"
cat "$RUNNER_TEMP/deployed"
"""


def test_pages_that_did_not_change_are_not_deployed_again(tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    (temp / "site" / "plugins").mkdir(parents=True)
    (temp / "site" / "index.html").write_text("<p>1</p>")
    (temp / "site" / "plugins" / "a b.html").write_text("<p>2</p>")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "curl").write_text(CURL)
    (programs / "curl").chmod(0o755)
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "GITHUB_REPOSITORY": "octocat/sample",
        "GITHUB_REPOSITORY_OWNER": "octocat",
        "URL": "",
    }
    compare = script("site.yml", "pages", "Compare with the deployed pages")
    assert run_script(compare, tmp_path, **env).returncode == 0
    assert (tmp_path / "outputs").read_text() == "changed=true\n"  # nothing is deployed, and the request fails
    shutil.move(temp / "site" / "site.sha256", temp / "deployed")
    (tmp_path / "outputs").write_text("")
    assert "up to date" in run_script(compare, tmp_path, **env).stdout
    assert (tmp_path / "outputs").read_text() == ""
    (temp / "site" / "index.html").write_text("<p>3</p>")
    assert run_script(compare, tmp_path, **{**env, "URL": "https://plugins.example/"}).returncode == 0
    assert (tmp_path / "outputs").read_text() == "changed=true\n"
    urls = (temp / "urls").read_text().split()
    assert urls == ["https://octocat.github.io/sample/site.sha256"] * 2 + ["https://plugins.example/site.sha256"]
