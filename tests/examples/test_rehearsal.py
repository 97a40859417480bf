"""flytekit's plugin tests with our files in the place of its own: an hour of downloads and tests, so only on demand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from examples.flytekit import rehearse

CLONE = os.environ.get("COMMONHOLD_FLYTEKIT")
REASON = "flytekit's tests were not rehearsed: set COMMONHOLD_FLYTEKIT to a clone of flyteorg/flytekit"

needs_a_clone = pytest.mark.skipif(CLONE is None, reason=REASON)

WORKFLOW = """\
name: Build
on: [push]

jobs:
  build:
    runs-on: ubuntu-latest
    steps: []

  build-plugins:
    needs: build
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python-version: ${{ fromJson(needs.x.outputs.y) }}
        plugin-names:
          # a comment
          - flytekit-airflow
          - flytekit-polars
        exclude:
          # another
          - python-version: 3.12
            plugin-names: "flytekit-airflow"
          - python-version: 3.11
            plugin-names: "flytekit-polars"
    steps:
      - run: |
          cd plugins
"""


def test_the_old_matrix_is_counted_without_what_it_excludes() -> None:
    assert rehearse._old_jobs(WORKFLOW) == 1


def test_the_tests_that_passed_are_counted_over_all_sessions_of_a_leg() -> None:
    log = "===== 7 passed, 2 warnings in 21.19s =====\nnothing passed in the night\n4 passed in 1.00s\n"
    assert rehearse._passed(log) == 11


@needs_a_clone
@pytest.mark.parametrize("commit", rehearse.COMMITS)
def test_a_past_commit_tests_its_plugins_and_passes_the_gate(commit: str, tmp_path: Path) -> None:
    (done,) = rehearse.rehearse(Path(str(CLONE)), [commit], tmp_path)
    assert done.results["plan"] == ["success"]
    assert set(done.results["build-plugins"]) == {"success"}
    assert done.gate == "success"
    assert 0 < len(done.sessions) < done.before
    assert all(done.tests.values())
