"""The workflows of the plugin index: one workflow writes the branch, signs it, and never takes anything back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.ci.results import SessionResult, write_result
from tests.catalog.late_catalog import catalog_of, listed
from tests.support.repositories import Repo
from tests.workflows.sample_repo import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

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


CONFIG = """\
[tool.commonhold]
core = { distribution = "core" }
[tool.commonhold.catalog]
url = "https://octocat.github.io/sample/"
community = "Sample plugins"
[tool.commonhold.tiers.community]
path = ["plugins/*"]
"""
PROJECT = '[project]\nname = "x-spark"\nversion = "1.16.3"\nlicense = "MIT"\nrequires-python = ">=3.10"\ndependencies = ["core>=1.16"]\n'


@dataclass(frozen=True)
class Hub:
    """A repository on GitHub whose branch `plugin-index` lists x-spark, and a checkout of it in a job."""

    hub: Repo
    checkout: Repo

    @classmethod
    def build(cls, folder: Path) -> Hub:
        hub = Repo.init(folder / "hub.git", bare=True)
        checkout = Repo.of(folder / "checkout", {"pyproject.toml": CONFIG, "plugins/spark/pyproject.toml": PROJECT})
        checkout.git("remote", "add", "origin", "https://github.com/octocat/sample")
        checkout.git("config", f"url.{hub.root}.insteadOf", "https://github.com/octocat/sample")
        checkout.git("push", "-q", "origin", "HEAD:refs/heads/main")
        branch = Repo.init(folder / "branch")
        write_catalog(str(branch.root), catalog_of({"x-spark": listed()}))
        branch.commit(message="release")
        branch.git("push", "-q", str(hub.root), "HEAD:refs/heads/plugin-index")
        return cls(hub, checkout)

    def update(self, **results: str) -> list[str]:
        """Run the job as a nightly run does, with the outcome of each plugin's tests; return what it wrote."""
        root = self.checkout.root
        for name in ("temp", "tested", "outputs"):
            shutil.rmtree(root / name, ignore_errors=True)
        (root / "outputs").unlink(missing_ok=True)
        for name, outcome in results.items():
            session = f"x-{name}-3.12"
            folder = root / "tested/newest/newest-0"
            folder.mkdir(parents=True, exist_ok=True)
            result = SessionResult(session, f"x-{name}", "3.12", outcome, 1.0, "1.17.0b1")  # type: ignore[arg-type]
            write_result(str(folder), result)
        python = root / "bin" / "python"
        python.parent.mkdir(exist_ok=True)
        # -P is newer than some of the tested versions of Python.
        python.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        env = {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": os.environ["HOME"], "STORE": "", "TESTED": "17"}
        env |= {"RUN": "https://github.com/octocat/sample/actions/runs/1", "BUNDLE": str(root / "bundle")}
        env |= {"GITHUB_STEP_SUMMARY": str(root / "summary"), "GIT_CONFIG_NOSYSTEM": "1"}
        (root / "bundle").write_text("{}")
        names = ["Read the branch", "Update the documents", "Compare with the branch", "Push the branch"]
        for name in names:
            if name == "Push the branch" and "changed=true" not in (root / "outputs").read_text():
                break
            step = next(step for step in UPDATE["steps"] if step.get("name") == name)
            fixed = {key: value for key, value in step.get("env", {}).items() if "${{" not in value}
            # The status of projects on the package index needs a network.
            text = step["run"].replace("update status", "update status --no-index")
            done = run_script(text, root, **{**env, **fixed})
            assert done.returncode == 0, done.stdout + done.stderr
        return (root / "outputs").read_text().split()

    def read(self, path: str) -> Any:
        return json.loads(self.hub.git("show", f"plugin-index:{path}"))

    @property
    def commits(self) -> int:
        return int(self.hub.git("rev-list", "--count", "plugin-index"))


def test_a_nightly_run_adds_one_commit_for_new_results_and_none_without_any(tmp_path: Path) -> None:
    hub = Hub.build(tmp_path)
    assert hub.update(spark="failed") == ["exists=true", "changed=true"]
    (result,) = hub.read("index/v1/status.json")["plugins"]["x-spark"]["compatibility"]
    assert (result["core"], result["result"], result["url"][-7:]) == ("1.17.0b1", "failed", "/runs/1")
    assert hub.commits == 2
    assert hub.read("index/v1/index.json.sigstore.json") == {}
    # A result that is refused stops no other.
    assert hub.update(spark="passed", hostile="\x1b[2J")[-1] == "changed=true"
    assert [plugin["name"] for plugin in hub.read("index/v1/1.17/community.json")["plugins"]] == ["x-spark"]
    assert hub.commits == 3
    # The files of the checkout are not in the branch.
    assert {path.partition("/")[0] for path in hub.hub.git("ls-tree", "-r", "--name-only", "plugin-index").split()} == {
        "index"
    }
