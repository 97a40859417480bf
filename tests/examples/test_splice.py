"""flytekit's workflows, edited as text: what is taken out, what comes in its place, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from examples.flytekit.github import PROJECT
from examples.flytekit.rehearse_release import RELEASE
from examples.flytekit.splice import cut_job, cut_step, job_names, splice_release

TESTS = """\
name: Build
on: [push]

jobs:
  build:
    runs-on: ubuntu-latest
    steps: []

  build-plugins:
    needs: build
    strategy:
      matrix:
        plugin-names:
          # a comment
          - flytekit-airflow
    steps:
      - run: |
          cd plugins

          pytest
"""
NEXT = "  # the next one\n  lint:\n    runs-on: ubuntu-latest\n    steps: []\n"

PUBLISH = """\
name: Publish
on:
  release:
    types: [published]

jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - name: Build and publish
        run: |
          python -m build

          twine upload dist/*
      - name: Autobump plugin version
        run: |
          make -C plugins update_all_versions
        shell: bash
      - name: Build all Plugins and publish
        env:
          TWINE_PASSWORD: ${{ secrets.PYPI_PASSWORD }}
        run: make -C plugins publish_all_plugins
      - name: Sleep until pypi is available
        run: sleep 300
    outputs:
      version: ${{ steps.bump.outputs.version }}

  build-and-push-images:
    needs: deploy
    runs-on: ubuntu-latest
    steps: []
"""


@pytest.mark.parametrize("after", ["", NEXT])
def test_a_job_is_cut_out_and_the_others_stay_as_they_were(after: str) -> None:
    assert cut_job(TESTS + after, "build-plugins") == TESTS.partition("  build-plugins:\n")[0] + after


def test_a_step_is_cut_out_and_the_others_stay_as_they_were() -> None:
    before, _, after = PUBLISH.partition("      - name: Build and publish\n")
    assert cut_step(PUBLISH, "Build and publish") == before + after.partition("twine upload dist/*\n")[2]


def test_what_is_not_there_cannot_be_cut_out() -> None:
    with pytest.raises(ValueError, match="lint"):
        cut_job(TESTS, "lint")


def test_the_plugin_half_makes_way_for_the_jobs_of_a_release() -> None:
    spliced = splice_release(PUBLISH, RELEASE.read_text())
    ours = job_names(RELEASE.read_text())
    assert job_names(spliced) == ("deploy", *ours, "build-and-push-images")
    jobs = yaml.safe_load(spliced)["jobs"]
    assert [step["name"] for step in jobs["deploy"]["steps"]] == ["Build and publish"]
    assert jobs["deploy"]["outputs"] == yaml.safe_load(PUBLISH)["jobs"]["deploy"]["outputs"]
    assert {name: jobs[name] for name in ours} == yaml.safe_load(RELEASE.read_text())["jobs"]


def test_the_images_wait_for_the_plugins_and_not_for_those_that_are_held_back() -> None:
    images = yaml.safe_load(splice_release(PUBLISH, RELEASE.read_text()))["jobs"]["build-and-push-images"]
    assert images["needs"] == ["deploy", "publish", "verify"]
    assert images["if"] == "${{ !cancelled() && needs.publish.outputs.up == 'true' }}"
    for line in ("needs: [deploy, publish, verify]", f"if: {images['if']}"):
        assert f"#     {line}\n" in RELEASE.read_text()


OF_THIS_REPOSITORY = {
    "python -P -m commonhold.cli ": "commonhold ",
    "python -P -m pypi_attestations ": "pypi-attestations ",
    "release inspect": "--config commonhold.toml release inspect",
    "${{ inputs.index == 'testpypi' && 'testpypi' || 'pypi' }}": "pypi",
}
"""What this repository's own release says otherwise: its tool is in the tree, and it may go to another index."""


def test_the_jobs_are_those_that_release_this_repository() -> None:
    text = (PROJECT / ".github/workflows/release.yml").read_text()
    theirs = yaml.safe_load(replaced(text, OF_THIS_REPOSITORY))["jobs"]
    ours = yaml.safe_load(RELEASE.read_text())["jobs"]
    # Images and the catalogue are jobs that a repository adds when it wants them.
    assert [*ours] == [job for job in theirs if job not in {"images", "plugin-index", "site"}]
    for name, job in ours.items():
        if name not in ("plan", "notes"):
            assert without_checkout(job) == without_checkout(theirs[name]), name
    for name in ("plan", "notes"):
        assert {step["uses"] for step in ours[name]["steps"] if "uses" in step} == {
            step["uses"] for step in theirs[name]["steps"] if "uses" in step
        }


def replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def without_checkout(job: dict[str, Any]) -> dict[str, Any]:
    """A job, however much of the tree it fetches."""
    return {**job, "steps": [step for step in job["steps"] if not step.get("uses", "").startswith("actions/checkout@")]}
