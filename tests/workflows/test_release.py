"""The release workflow, executed: from a version that somebody typed to plugins on a real index."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.release import minimal_artifacts
from tests.release.indexes import Server, pypiserver
from tests.workflows.sample_repo import files_that_leave_traces, traces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.workflows.conftest import GitHub
    from tests.workflows.runner import Run
    from tests.workflows.sample_repo import Event, SampleRepo

VERSION = minimal_artifacts.VERSION
WORKFLOW = ".github/workflows/release.yml"
SHARD = ".github/actions/build-shard/action.yml"
BUILD = 'run: python -P -m commonhold.cli release build --store store --shard "$SHARD"'
PLUGINS = ("sample-steady", "sample-quiet", "sample-contrib-guest")
JOBS = ("plan", "build", "seal", "build-rest", "gather", "inspect", "publish", "verify", "notes")
PATHS = ("official/steady", "official/quiet", "community/guest")
GUEST = "plugins/community/guest"
HOOK = '[tool.hatch.build.hooks.custom]\npath = "hook.py"\n'


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Server]:
    """An index that has the core of the release."""
    with pypiserver(tmp_path / "index") as server:
        put(tmp_path, "sample-core")
        yield server


def put(tmp_path: Path, name: str) -> None:
    """Put the wheel of a distribution of this version on the index."""
    name, data = minimal_artifacts.wheel(minimal_artifacts.planned(name))
    (tmp_path / "index" / "packages" / name).write_bytes(data)


def prepare(sample: SampleRepo, changes: Mapping[str, str] = {}, *, listed: bool = False) -> None:
    """Make the sample repository's plugins for the core that is on the index, with some changes.

    Without ``listed``, the jobs of the plugin index are left out.
    """
    files = ("pyproject.toml", *(f"plugins/{path}/pyproject.toml" for path in PATHS))
    made = {path: sample.read(path).replace('"idna"', '"sample-core"') for path in files}
    if not listed:
        made[WORKFLOW] = sample.read(WORKFLOW).partition("\n  # Lists the released plugins in the plugin index.")[0]
    sample.push({**made, **changes})


def run(github: GitHub, sample: SampleRepo, index: Server, event: Event, job: str | None = None) -> Run:
    env = {**github.runner.env, "UV_INDEX": index.address.simple}
    here = replace(github, runner=replace(github.runner, env=env))
    return here.run(sample, event, "release.yml", job)


def release(
    github: GitHub, sample: SampleRepo, index: Server, changes: Mapping[str, str] = {}, *, listed: bool = False
) -> Run:
    """Somebody releases the sample repository's plugins by hand."""
    prepare(sample, changes, listed=listed)
    return run(github, sample, index, sample.by_hand(version=VERSION, index=index.address.upload))


def test_a_version_brings_all_plugins_onto_the_index(github: GitHub, sample: SampleRepo, index: Server) -> None:
    licences = {
        path: sample.read(path).replace('"idna"', '"sample-core>=1"').replace("[project]", '[project]\nlicense = "MIT"')
        for path in (f"plugins/{each}/pyproject.toml" for each in PATHS)
    }
    done = release(github, sample, index, {**files_that_leave_traces(), **licences}, listed=True)
    assert done.results() == {job: {"success"} for job in (*JOBS, "update")}, done.log_of("update")
    assert traces(github) == []
    document = json.loads((github.store / "artifacts" / "release" / "after" / "release.json").read_text())
    assert document["complete"]
    for plugin in document["plugins"]:
        files = {file["name"]: file["sha256"] for file in plugin["files"]}
        assert len(files) == 2
        assert index.files(plugin["name"]).keys() == files.keys()
    assert {plugin["name"] for plugin in document["plugins"]} == {*PLUGINS}
    assert sample.hub.git("tag").split() == [f"v{VERSION}"]
    check_plugin_index(sample, document)


def check_plugin_index(sample: SampleRepo, document: Mapping[str, Any]) -> None:
    """The branch lists the released files with their hashes, and its root document is signed."""
    names = sample.hub.git("ls-tree", "-r", "--name-only", "plugin-index").split()
    series = VERSION.rpartition(".")[0]
    assert names == [
        f"index/v1/{series}/community.json",
        f"index/v1/{series}/official.json",
        "index/v1/index.json",
        "index/v1/index.json.sigstore.json",
        "index/v1/status.json",
    ]
    texts = {name: sample.hub.git("show", f"plugin-index:{name}") for name in names}
    listed = {
        file["url"].rpartition("/")[2]: file["sha256"]
        for name in names[:2]
        for plugin in json.loads(texts[name])["plugins"]
        for file in plugin["releases"][0]["files"]
    }
    released = {file["name"]: file["sha256"] for plugin in document["plugins"] for file in plugin["files"]}
    assert listed == {name: digest for name, digest in released.items() if name in listed}
    assert len(listed) >= len(PLUGINS)
    signed = json.loads(texts["index/v1/index.json.sigstore.json"])["signed"]
    assert signed == sha256(f"{texts['index/v1/index.json']}\n".encode()).hexdigest()


@pytest.mark.parametrize(
    ("plugin", "skipped"), [("sample-quiet", {"build-rest"}), ("sample-contrib-guest", {"build", "seal"})]
)
def test_a_stage_that_has_nothing_to_build_is_left_out(
    github: GitHub, sample: SampleRepo, index: Server, plugin: str, skipped: set[str]
) -> None:
    alone = sample.read(f"{GUEST}/pyproject.toml").replace('"idna", "sample-steady"', '"sample-core"')
    prepare(sample, {f"{GUEST}/pyproject.toml": alone})
    done = run(github, sample, index, sample.by_hand(version=VERSION, index=index.address.upload, only=plugin))
    assert done.results() == {job: {"success"} for job in JOBS if job not in skipped}
    assert [len(index.files(each)) for each in PLUGINS] == [2 if each == plugin else 0 for each in PLUGINS]


def test_a_shard_that_delivers_more_than_the_plan_names_stops_everything(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    action = sample.read(SHARD)
    assert BUILD in action
    hostile = f"{BUILD} && mkdir -p store/dist/sample-steady && touch store/dist/sample-steady/more-1.0.tar.gz"
    done = release(github, sample, index, {SHARD: action.replace(BUILD, hostile)})
    assert {job: done.results()[job] for job in ("build-rest", "gather")} == {
        "build-rest": {"success"},
        "gather": {"failure"},
    }
    assert "more-1.0.tar.gz is in the store but not in its journal" in done.log_of("gather")
    assert [index.files(plugin) for plugin in PLUGINS] == [{}, {}, {}]
    assert sample.hub.git("tag") == ""


def replacing(github: GitHub, *artifacts: str) -> str:
    """A build's hook that replaces artifacts of the run, as code that took the token of its job from the runner can."""
    return f"""
import pathlib
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        store = pathlib.Path({str(github.store)!r})
        for name in {artifacts!r}:
            (store / "ids" / name).write_text("1\\n")
            for wheel in (store / "artifacts" / name).rglob("*.whl"):
                wheel.write_bytes(b"forged")
"""


def with_hook(sample: SampleRepo, hook: str) -> dict[str, str]:
    """The community's plugin, whose build runs a hook."""
    project = sample.read(f"{GUEST}/pyproject.toml").replace('"idna"', '"sample-core"')
    return {f"{GUEST}/pyproject.toml": f"{project}\n{HOOK}", f"{GUEST}/hook.py": hook}


def test_what_the_community_builds_cannot_reach_what_was_built_before(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    done = release(github, sample, index, with_hook(sample, replacing(github, "first-001")))
    assert done.results() == {job: {"success"} for job in JOBS}
    forged = list((github.store / "artifacts" / "first-001").rglob("*.whl"))
    assert len(forged) == 2
    assert {path.read_bytes() for path in forged} == {b"forged"}
    assert [len(index.files(plugin)) for plugin in PLUGINS] == [2, 2, 2]


@pytest.mark.parametrize("artifact", ["plan", "sealed"])
def test_what_another_job_handed_over_cannot_be_replaced(
    github: GitHub, sample: SampleRepo, index: Server, artifact: str
) -> None:
    done = release(github, sample, index, with_hook(sample, replacing(github, artifact)))
    assert done.results()["gather"] == {"failure"}
    assert "None of the provided artifact IDs were found" in done.log
    assert not done.results().keys() & {"inspect", "publish", "verify", "notes"}
    assert [index.files(plugin) for plugin in PLUGINS] == [{}, {}, {}]


FORGED_WHEEL = """
import hashlib, pathlib
journal = pathlib.Path("store/journal.jsonl")
(wheel,) = pathlib.Path("store/dist/sample-steady").glob("*.whl")
before, size = hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel.stat().st_size
wheel.chmod(0o644)
wheel.write_bytes(b"x" * size)
journal.write_text(journal.read_text().replace(before, hashlib.sha256(b"x" * size).hexdigest()))
"""
FORGED_PLAN = """
import hashlib, json, pathlib
journal, plan = pathlib.Path("store/journal.jsonl"), pathlib.Path("store/plan.json")
before = hashlib.sha256(plan.read_bytes()).hexdigest()
plan.chmod(0o644)
plan.write_text(json.dumps({**json.loads(plan.read_text()), "version": "9.0"}))
journal.write_text(journal.read_text().replace(before, hashlib.sha256(plan.read_bytes()).hexdigest()))
"""


@pytest.mark.parametrize(
    ("job", "forge", "finder", "said"),
    [
        ("inspect", FORGED_WHEEL, "publish", "does not begin with the journal of store"),
        ("verify", FORGED_PLAN, "notes", "was made for another plan"),
    ],
)
def test_a_machine_that_may_have_run_a_build_is_believed_in_its_verdict_only(
    github: GitHub, sample: SampleRepo, index: Server, job: str, forge: str, finder: str, said: str
) -> None:
    prepare(sample, {".github/forge.py": forge})
    command = f"run: python -P -m commonhold.cli release {job} --store store\n"
    workflow = sample.read(WORKFLOW)
    assert command in workflow
    sample.push({WORKFLOW: workflow.replace(command, command.replace("\n", " && python .github/forge.py\n"))})
    done = run(github, sample, index, sample.by_hand(version=VERSION, index=index.address.upload))
    assert (done.results()[job], done.results()[finder]) == ({"success"}, {"failure"})
    assert said in done.log_of(finder)
    assert sample.hub.git("tag") == ""
    assert bool(index.files("sample-steady")) is (finder == "notes")


def test_a_broken_community_plugin_holds_back_itself_and_what_is_up_is_verified_and_told_of(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    path = f"{GUEST}/pyproject.toml"
    broken = sample.read(path).replace('"idna"', '"sample-core"').replace('"hatchling.build"', '"no.such.backend"')
    done = release(github, sample, index, {path: broken})
    incomplete = ("publish", "verify")
    assert done.results() == {job: {"failure" if job in incomplete else "success"} for job in JOBS}
    assert "2 of 3 plugins are verified" in done.log_of("verify")
    assert [len(index.files(plugin)) for plugin in PLUGINS] == [2, 2, 0]
    notes = (github.store / "artifacts" / "release" / "after" / "NOTES.md").read_text()
    assert "no.such.backend cannot be imported" in notes


def test_a_broken_official_plugin_stops_everything_before_other_code_is_run(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    path = "plugins/official/quiet/pyproject.toml"
    broken = sample.read(path).replace('"idna"', '"sample-core"').replace('"hatchling.build"', '"no.such.backend"')
    done = release(github, sample, index, {path: broken})
    assert done.results() == {"plan": {"success"}, "build": {"failure"}}
    assert {path.name for path in (github.store / "artifacts").iterdir()} == {"plan", "failed-first-001"}


def test_an_image_is_built_without_the_secret_and_pushed_without_a_build(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    prepare(sample, {f"{GUEST}/Dockerfile": "FROM scratch\n"})
    event = sample.by_hand(version=VERSION, index=index.address.upload)
    event = replace(event, payload={**event.payload, "vars": {"IMAGES": "registry.example/sample"}})
    secrets = {"IMAGES_USER": "octocat", "IMAGES_PASSWORD": "a-secret"}
    done = run(replace(github, runner=replace(github.runner, secrets=secrets)), sample, index, event)
    assert done.results() == {job: {"success"} for job in (*JOBS, "push")}
    calls = [line.split(maxsplit=2)[:2] for line in (github.store / "docker.log").read_text().splitlines()]
    assert calls == [
        ["build:", "build"],
        ["build:", "save"],
        ["push:a-secret", "load"],
        ["push:a-secret", "tag"],
        ["push:a-secret", "login"],
        ["push:a-secret", "push"],
    ]
    (image,) = (github.store / "registry").iterdir()
    assert image.name == f"registry.example_sample_sample-contrib-guest_{VERSION}"
    document = json.loads((image / "release.json").read_text())
    assert {plugin["name"] for plugin in document["plugins"]} == {*PLUGINS}


HOSTILE = ("--help", "$(touch PWNED)`touch PWNED`; touch PWNED", "1.17.0\n--next")


@pytest.mark.parametrize("version", HOSTILE)
def test_a_version_that_somebody_sends_is_data(github: GitHub, sample: SampleRepo, index: Server, version: str) -> None:
    prepare(sample)
    done = run(github, sample, index, sample.core_released({"version": version}), "plan")
    assert done.results() == {"plan": {"failure"}}
    assert f"{version!r} is not a version" in done.log_of("plan")
    assert not list(github.runner.home.rglob("PWNED"))


def test_plugins_that_somebody_names_are_data_to_the_last_line(
    github: GitHub, sample: SampleRepo, index: Server
) -> None:
    prepare(sample)
    event = sample.by_hand(version=VERSION, index=index.address.upload, only="sample-steady\n--help $(touch PWNED)")
    done = run(github, sample, index, event, "plan")
    assert done.results() == {"plan": {"failure"}}
    assert "no plugin is named -help" in done.log_of("plan")
    assert not list(github.runner.home.rglob("PWNED"))


def half_done(sample: SampleRepo, tmp_path: Path) -> None:
    """One of the plugins is on the index at this version: a release waits there, or was left."""
    put(tmp_path, "sample-steady")
    project = sample.read("pyproject.toml").replace('"idna"', '"sample-core"')
    prepare(sample, {"pyproject.toml": f'{project}\n[tool.commonhold.release]\nfloor = "1.0"\n'})


def test_a_daily_look_never_starts_what_was_started(
    github: GitHub, sample: SampleRepo, index: Server, tmp_path: Path
) -> None:
    half_done(sample, tmp_path)
    done = run(github, sample, index, sample.by_hand(version="", index=index.address.upload))
    assert done.results() == {"plan": {"success"}}
    assert "there is nothing to release" in done.log_of("plan")


def test_what_was_started_is_gone_on_with_only_when_somebody_says_so(
    github: GitHub, sample: SampleRepo, index: Server, tmp_path: Path
) -> None:
    half_done(sample, tmp_path)
    again = {"version": VERSION, "index": index.address.upload}
    done = run(github, sample, index, sample.by_hand(**again))
    assert done.results() == {"plan": {"failure"}}
    assert "is partly released" in done.log_of("plan")
    done = run(github, sample, index, sample.by_hand(**again, finish="true"), "plan")
    assert done.results() == {"plan": {"success"}}
