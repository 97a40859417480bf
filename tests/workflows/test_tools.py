"""The workflow that releases the tools themselves: from a tag to the tested files on the index."""

from __future__ import annotations

import os
import subprocess
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import commonhold
import commonhold_plugins
from commonhold.release.plan.tag_patterns import TOOL_TAGS
from tests.workflows.sample_repo import REPOSITORY, Event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.conftest import GitHub
    from tests.workflows.sample_repo import SampleRepo

FILE = ".github/workflows/tools.yml"
TOOLS: dict[Any, Any] = yaml.safe_load((REPOSITORY / FILE).read_text())
JOBS = TOOLS["jobs"]
VERSIONS = {"commonhold": commonhold.__version__, "commonhold-plugins": commonhold_plugins.__version__}


def names_of(tool: str, version: str) -> list[str]:
    stem = f"{tool.replace('-', '_')}-{version}"
    return [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"]


def test_the_tags_of_the_tools_start_the_workflow_and_each_starts_as_the_library_expects() -> None:
    tags = TOOLS[True]["push"]["tags"]  # YAML reads `on` as true
    assert tags == [f"{start}*" for start in TOOL_TAGS]
    assert TOOLS[True].keys() == {"push", "workflow_dispatch"}
    release = yaml.safe_load((REPOSITORY / ".github/workflows/release.yml").read_text())
    assert "push" not in release[True]
    assert "!startsWith(github.event.release.tag_name, 'commonhold-')" in release["jobs"]["plan"]["if"]
    assert all(start.startswith("commonhold-") for start in TOOL_TAGS)
    assert not any(fnmatchcase("v1.17.0", tag) or fnmatchcase("1.17.0", tag) for tag in tags)


def test_the_identity_that_the_index_trusts_is_where_no_code_of_the_checkout_runs() -> None:
    publish = JOBS["publish"]
    assert publish["environment"] == {"name": "pypi-tools"}
    assert publish["permissions"] == {"id-token": "write"}
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert publish["steps"][1]["with"]["attestations"] is True
    assert publish["needs"] == ["build", "test"]
    assert publish["if"] == "github.event_name == 'push'"
    for name in ("build", "test"):
        assert JOBS[name]["permissions"] == {"contents": "read"}
        assert "environment" not in JOBS[name]


def test_the_tested_files_are_the_uploaded_ones() -> None:
    taken = [
        step["with"]["artifact-ids"]
        for job in ("test", "publish")
        for step in JOBS[job]["steps"]
        if step.get("uses", "").startswith("actions/download-artifact@")
    ]
    assert taken == ["${{ needs.build.outputs.dist }}"] * 2


def run_build(tmp_path: Path, *, tag: str = "", tool: str = "") -> tuple[int, str, str]:
    """Run the script of the job `build` with a stand-in for the build, and return its exit code, output and outputs."""
    (script,) = [step["run"] for step in JOBS["build"]["steps"] if step.get("name") == "Build"]
    build = tmp_path / "bin" / "python"
    build.parent.mkdir()
    files = " ".join(f'"dist/{name}"' for tool in VERSIONS for name in names_of(tool, VERSIONS[tool]))
    build.write_text(
        "#!/bin/sh\nmkdir dist\n"
        'case "$7" in tools/client) made=commonhold_plugins- ;; *) made=commonhold- ;; esac\n'
        f'for file in {files}; do case "$file" in dist/"$made"*) touch "$file" ;; esac; done\n'
    )
    build.chmod(0o755)
    outputs = tmp_path / "outputs"
    outputs.touch()
    env = {"PATH": f"{build.parent}:{os.environ['PATH']}", "TAG": tag, "TOOL": tool, "GITHUB_OUTPUT": str(outputs)}
    argv = ["bash", "-eo", "pipefail", "-c", script]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, outputs.read_text()


@pytest.mark.parametrize(("tool", "tests"), [("commonhold", "tests"), ("commonhold-plugins", "tests/client")])
def test_a_tag_names_the_tool_and_its_version(tmp_path: Path, tool: str, tests: str) -> None:
    assert run_build(tmp_path, tag=f"{tool}-v{VERSIONS[tool]}") == (0, "", f"tests={tests}\n")


@pytest.mark.parametrize("tool", VERSIONS)
def test_a_tool_can_be_built_by_hand(tmp_path: Path, tool: str) -> None:
    assert run_build(tmp_path, tool=tool)[0] == 0


@pytest.mark.parametrize(
    "tag",
    [
        "commonhold-v9.9.9",
        "commonhold-plugins-v9.9.9",
        f"commonhold-v{commonhold.__version__}rc1",
        "commonhold-v",
        "commonhold-v*",
        f"commonhold-v$(touch PWNED){commonhold.__version__}",
    ],
)
def test_a_tag_with_another_version_than_the_code_stops_the_release(tmp_path: Path, tag: str) -> None:
    code, said, outputs = run_build(tmp_path, tag=tag)
    assert (code, outputs) == (1, "")
    assert said.startswith("::error::the tag's version is not the version in the code: the build made dist/commonhold")
    assert not list(tmp_path.rglob("PWNED"))


def test_a_tag_of_something_else_stops_the_release(tmp_path: Path) -> None:
    code, said, _ = run_build(tmp_path, tag="v1.17.0")
    assert (code, said) == (1, "::error::a tag of a tool starts with commonhold-v or commonhold-plugins-v\n")


def test_the_files_on_the_index_are_those_that_were_built_and_tested(github: GitHub, sample: SampleRepo) -> None:
    tested = 'run: COMMONHOLD_DIST="$RUNNER_TEMP/dist" nox -s tests_wheel -- "$TESTS"'
    workflow = sample.read(FILE)
    assert tested in workflow
    # The tests themselves would take too long here: this job only shows what it got.
    shown = f'run: ls "$RUNNER_TEMP/dist" && echo "$TESTS"{chr(10)}'
    sample.push({FILE: workflow.replace(f"{tested}\n", shown)})
    tag = f"refs/tags/commonhold-plugins-v{VERSIONS['commonhold-plugins']}"
    repository = {"full_name": "octocat/sample", "default_branch": "main"}
    done = github.run(sample, Event("push", {"ref": tag, "repository": repository}), "tools.yml")
    assert done.results() == {job: {"success"} for job in ("build", "test", "publish")}, done.log
    names = names_of("commonhold-plugins", VERSIONS["commonhold-plugins"])
    assert done.legs("test")[0].log.split()[-3:] == [*names, "tests/client"]
    assert sorted(path.name for path in (github.store / "pypi").iterdir()) == names
