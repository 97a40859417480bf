"""A release of flytekit's plugins with our files in the place of its own: half an hour of builds, so only on demand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from examples.flytekit import rehearse_release as rehearsal
from examples.flytekit.splice import job_names, splice_release
from tests.examples.test_splice import PUBLISH

CLONE = os.environ.get("COMMONHOLD_FLYTEKIT")
REASON = "flytekit's release was not rehearsed: set COMMONHOLD_FLYTEKIT to a clone of flyteorg/flytekit"
PLUGINS = 51


def test_what_is_executed_uploads_no_core_makes_no_image_and_goes_to_no_public_index() -> None:
    spliced = splice_release(PUBLISH, rehearsal.RELEASE.read_text())
    executed = rehearsal.make_executable(spliced, "http://127.0.0.1:1/", ["one", "two"])
    assert "twine" not in executed
    assert job_names(executed) == ("deploy", *job_names(rehearsal.RELEASE.read_text()))
    (plan,) = [step for step in yaml.safe_load(executed)["jobs"]["plan"]["steps"] if step.get("name") == "Plan"]
    assert plan["env"]["INDEX"] == "http://127.0.0.1:1/"
    assert '--only one --only two -- "$VERSION"' in plan["run"]


@pytest.mark.skipif(CLONE is None, reason=REASON)
def test_a_tag_brings_its_plugins_onto_an_index_and_tells_of_those_that_are_held_back(tmp_path: Path) -> None:
    done = rehearsal.rehearse_release(Path(str(CLONE)), rehearsal.TAG, tmp_path)
    assert len(done.planned) + len(done.held) == PLUGINS
    assert len(done.planned) > len(done.held)
    assert all(len(files) == 2 for files in done.planned.values())
    assert done.served == {name: sha for files in done.planned.values() for name, sha in files.items()}
    assert all(name in done.notes and why for name, why in done.held.items())
    assert f"v{done.installed}" == rehearsal.TAG
    held = {"publish", "verify"} if done.held else set()
    assert {job for job, results in done.results.items() if results != {"success"}} == held
