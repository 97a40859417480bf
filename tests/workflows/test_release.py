"""The release workflow, executed: from a version that somebody typed to plugins on a real index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.release import tiny
from tests.release.indexes import Server, pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflows.conftest import GitHub
    from tests.workflows.house import Event, House
    from tests.workflows.runner import Run

VERSION = tiny.VERSION
WORKFLOW = ".github/workflows/release.yml"
BUILD = 'run: python -m commonhold.cli release build --store store --shard "$SHARD"'
PLUGINS = ("house-steady", "house-quiet", "house-contrib-guest")
JOBS = ("plan", "build", "inspect", "publish", "verify", "notes")
PATHS = ("official/steady", "official/quiet", "community/guest")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Server]:
    """An index that has the core of the release."""
    with pypiserver(tmp_path / "index") as server:
        name, data = tiny.wheel(tiny.planned("house-core"))
        (tmp_path / "index" / "packages" / name).write_bytes(data)
        yield server


def release(house: House, index: Server, changes: dict[str, str]) -> Event:
    """Somebody releases the house's plugins, which were made for the core on that index."""
    files = ("pyproject.toml", *(f"plugins/{path}/pyproject.toml" for path in PATHS))
    made = {path: house.read(path).replace('"idna"', '"house-core"') for path in files}
    # This runner knows no variables of a repository: the event carries them.
    made[WORKFLOW] = house.read(WORKFLOW).replace(" vars.", " github.event.vars.")
    house.push({**made, **changes})
    return house.by_hand(version=VERSION, index=index.address.upload)


def run(github: GitHub, house: House, index: Server, changes: dict[str, str]) -> Run:
    env = {**github.runner.env, "UV_INDEX": index.address.simple}
    here = github._replace(runner=github.runner._replace(env=env))
    return here.run(house, release(house, index, changes), workflow="release.yml")


def test_a_version_brings_all_plugins_onto_the_index(github: GitHub, house: House, index: Server) -> None:
    done = run(github, house, index, {})
    jobs = ("plan", "build", "inspect", "publish", "verify", "notes")
    assert done.results() == {job: {"success"} for job in jobs}, done.log_of("build")
    document = json.loads((github.store / "artifacts" / "release" / "after" / "release.json").read_text())
    assert document["complete"]
    for plugin in document["plugins"]:
        files = {file["name"]: file["sha256"] for file in plugin["files"]}
        assert len(files) == 2
        assert index.files(plugin["name"]).keys() == files.keys()
    assert {plugin["name"] for plugin in document["plugins"]} == {*PLUGINS}
    assert house.hub.git("tag").split() == [f"v{VERSION}"]


def test_a_shard_that_delivers_more_than_the_plan_names_stops_everything(
    github: GitHub, house: House, index: Server
) -> None:
    workflow = house.read(WORKFLOW).replace(" vars.", " github.event.vars.")
    assert BUILD in workflow
    hostile = f"{BUILD} && mkdir -p store/dist/house-steady && touch store/dist/house-steady/more-1.0.tar.gz"
    done = run(github, house, index, {WORKFLOW: workflow.replace(BUILD, hostile)})
    assert done.results() == {"plan": {"success"}, "build": {"success"}, "inspect": {"failure"}}
    assert "more-1.0.tar.gz is in the store, and not in its journal" in done.log_of("inspect")
    assert [index.files(plugin) for plugin in PLUGINS] == [{}, {}, {}]
    assert house.hub.git("tag") == ""


def test_a_broken_community_plugin_holds_back_itself_and_what_is_up_is_verified_and_told_of(
    github: GitHub, house: House, index: Server
) -> None:
    guest = "plugins/community/guest/pyproject.toml"
    broken = house.read(guest).replace('"idna"', '"house-core"').replace('"hatchling.build"', '"no.such.backend"')
    done = run(github, house, index, {guest: broken})
    incomplete = ("publish", "verify")
    assert done.results() == {job: {"failure" if job in incomplete else "success"} for job in JOBS}
    assert "2 of 3 plugins are verified" in done.log_of("verify")
    assert [len(index.files(plugin)) for plugin in PLUGINS] == [2, 2, 0]
    notes = (github.store / "artifacts" / "release" / "after" / "NOTES.md").read_text()
    assert "no.such.backend cannot be imported" in notes
