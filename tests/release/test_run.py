"""Whole releases with one command or one function: real git, real builds, a real index."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from packaging.version import Version

from commonhold import versions
from commonhold.cli.__main__ import main
from commonhold.cli.release.run import confirm
from commonhold.index.addresses import Address
from commonhold.index.uv import find_uv
from commonhold.release.model import journal
from commonhold.release.model.journal_events import Uploaded
from commonhold.release.model.plugin_state import PluginState, PluginStatus
from commonhold.release.model.release_index import release_address
from commonhold.release.model.store import open_store
from commonhold.release.pipeline import (
    ReleaseRequest,
    ReleaseSource,
    ReleaseStoppedError,
    SilentPipelineReporter,
    UploadProposal,
    run_release,
)
from commonhold.release.publish import TwineUploader
from commonhold.release.publish.twine_uploader import NoAnswerError
from tests.release import minimal_artifacts
from tests.release.indexes import USER, Server, free_port, pypiserver
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold.index.backoff import IndexResponse

UV_CACHE = subprocess.run([find_uv(os.environ), "cache", "dir"], capture_output=True, text=True, check=True).stdout
"""uv's cache outside the tests: each test has another home folder, where nothing is cached."""

ROOT = """\
[tool.commonhold]
core = { distribution = "xr-core", path = ["core/**"] }
python = ["3.10", "3.11", "3.12"]
[tool.commonhold.tiers.official]
path = ["official/*"]
[tool.commonhold.tiers.community]
path = ["community/*"]
on-release-failure = "hold-back"
"""
PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "0"
description = "For a test."
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
requires-python = ">=3.10"
maintainers = [{{ name = "The {name} maintainers" }}]
dependencies = [{needs}]
[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""


def project(folder: str, name: str, *needs: str, package: str | None = None) -> dict[str, str]:
    module = name.replace("-", "_")
    listed = ", ".join(f'"{need}"' for need in needs)
    return {
        f"{folder}/pyproject.toml": PROJECT.format(name=name, needs=listed, package=package or module),
        f"{folder}/README.md": f"# {name}\n",
        f"{folder}/LICENSE": "Apache-2.0\n",
        f"{folder}/{module}/__init__.py": "",
    }


@dataclass(frozen=True)
class SampleRepo:
    """A repository with a core and plugins, and an empty index."""

    repo: Repo
    server: Server

    def run(self, *words: str) -> int:
        return main(["-C", str(self.repo.root), "release", *words])

    def release(self, *words: str, version: str = "1.17.0") -> int:
        address = self.server.address
        return self.run("run", version, "--to", address.upload, "--simple", address.simple, "--wait", "20s", *words)

    def files(self, *names: str) -> dict[str, set[str]]:
        return {name: {*self.server.files(name)} for name in names}

    def uploads(self, version: str = "1.17.0") -> list[str]:
        store = open_store(str(self.repo.path(f".commonhold/release/{version}")))
        return [event.file for event in store.journal.read() if isinstance(event, Uploaded)]


@dataclass(frozen=True)
class Index:
    """A running index, and the folder with its files."""

    server: Server
    packages: Path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    with pypiserver(folder) as running:
        yield Index(running, folder / "packages")


@pytest.fixture
def make(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SampleRepo]:
    for file in index.packages.iterdir():
        file.unlink()
    monkeypatch.setenv("UV_CACHE_DIR", UV_CACHE.strip())
    monkeypatch.setenv("TWINE_USERNAME", USER)
    monkeypatch.setenv("TWINE_PASSWORD", "secret")

    def make_sample_repo(*parts: dict[str, str]) -> SampleRepo:
        files = {"pyproject.toml": ROOT, ".gitignore": "/.commonhold/\n", **project("core", "xr-core")}
        files |= project("official/xr-a", "xr-a", "xr-core") | project("community/xr-b", "xr-b", "xr-a")
        for part in parts:
            files |= part
        return SampleRepo(Repo.of(tmp_path / "repo", files), index.server)

    return make_sample_repo


BROKEN = project("community/xr-x", "xr-x", package="nowhere") | project("community/xr-y", "xr-y", "xr-x")


def test_missing_credentials_are_reported_before_the_build(
    make: Callable[..., SampleRepo], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    sample = make()
    address = sample.server.address
    assert sample.run("plan", "1.17.0", "--to", address.upload, "--simple", address.simple) == 0
    monkeypatch.delenv("TWINE_PASSWORD")
    assert sample.run("run", "1.17.0", "--to", "https://index.invalid/") == 2
    assert "there is no token for the index" in capsys.readouterr().err
    assert not sample.repo.path(".commonhold/release/1.17.0/dist").exists()


def test_one_command_releases_every_sound_plugin_and_never_twice(
    make: Callable[..., SampleRepo], capsys: pytest.CaptureFixture[str]
):
    sample = make(BROKEN)
    assert sample.release("--tag") == 5
    shown = capsys.readouterr()
    assert "1.17.0: 3 verified, 1 faulty, 1 waiting" in shown.out
    fix = f"Next: Fix xr-x, then run: commonhold release run 1.17.0 --only xr-x --ref REV --to {sample.server.address.upload}\n"
    assert fix in shown.err
    up = sample.files("xr-core", "xr-a", "xr-b")
    assert all(len(files) == 2 for files in up.values())
    assert sample.files("xr-x", "xr-y") == {"xr-x": set(), "xr-y": set()}
    uploads = sample.uploads()
    assert sorted(uploads) == sorted(set().union(*up.values()))
    assert sample.repo.rev("v1.17.0") == sample.repo.head

    after = sample.repo.path(".commonhold/release/1.17.0/after")
    notes = (after / "NOTES.md").read_text()
    assert "- xr-x: " in notes.split("## Not in this release")[1]
    assert "Maintained by The xr-a maintainers, The xr-b maintainers, The xr-core maintainers." in notes
    assert "xr-x" not in (after / "ROLLBACK.md").read_text()

    assert sample.run("status") == 5
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split() == ["xr-core", "1.17.0", "verified", "2", "of", "2"]
    assert shown.err == f"1.17.0: 3 verified, 1 faulty, 1 waiting\n{fix}"
    assert sample.run("status", "--json") == 5
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((after / "release.json").read_text())
    assert {plugin["name"]: plugin["up"] for plugin in document["plugins"]} == {
        "xr-core": True,
        "xr-a": True,
        "xr-b": True,
        "xr-x": False,
        "xr-y": False,
    }
    assert sample.release() == 5
    assert sample.uploads() == uploads


def test_a_broken_official_plugin_stops_the_release_before_the_first_upload(make, capsys):
    sample = make(project("official/xr-a", "xr-a", "xr-core", package="nowhere"))
    assert sample.release() == 1
    assert sample.files("xr-core", "xr-a", "xr-b") == {"xr-core": set(), "xr-a": set(), "xr-b": set()}
    assert "Next: Fix xr-a, which stops this release, then plan it again" in capsys.readouterr().err
    assert not sample.repo.path(".commonhold/release/1.17.0/after").exists()


def test_a_strict_release_stays_strict(make, capsys):
    sample = make(BROKEN)
    assert sample.release("--strict") == 1
    assert sample.run("resume") == 1
    assert "xr-x" in capsys.readouterr().err
    assert sample.release() == 1
    assert sample.files("xr-core", "xr-a") == {"xr-core": set(), "xr-a": set()}


def test_strict_applies_to_findings_of_an_earlier_inspection(make):
    sample = make(BROKEN)
    address = sample.server.address
    assert sample.run("plan", "1.17.0", "--to", address.upload, "--simple", address.simple) == 0
    assert sample.run("build") == 0
    assert sample.run("inspect", "--to", address.upload, "--simple", address.simple) == 0
    assert sample.release("--strict") == 1
    assert sample.files("xr-core", "xr-a") == {"xr-core": set(), "xr-a": set()}


def test_an_interrupted_hotfix_continues_with_the_same_version(make, index, capsys, monkeypatch):
    sample = make()
    monkeypatch.setenv("UV_INDEX", sample.server.address.simple)  # the core is not part of a hotfix_command
    assert sample.release() == 0
    sample.repo.commit({"official/xr-a/xr_a/__init__.py": "fixed = 1\n"})
    with monkeypatch.context() as broken:
        # The index accepts the wheel, and stops responding before the sdist.
        broken.setattr(TwineUploader, "upload", _only_wheels)
        assert sample.release("--only", "xr-a", "--ref", "HEAD", "--patience", "0.2") == 5
    there = {"xr_a-1.17.0-py3-none-any.whl", "xr_a-1.17.0.tar.gz", "xr_a-1.17.0.post1-py3-none-any.whl"}
    assert {*sample.server.files("xr-a")} == there
    capsys.readouterr()

    sample.repo.path(".commonhold/release/xr-a-1.17.0.post2").mkdir()  # an empty folder of an earlier plan
    assert sample.release("--only", "XR.a", "--ref", "HEAD") == 0
    assert {*sample.server.files("xr-a")} == {*there, "xr_a-1.17.0.post1.tar.gz"}
    assert "resuming the release in" in capsys.readouterr().err
    # A finished hotfix of the same commit is found again, and nothing is released.
    assert sample.release("--only", "xr-a", "--ref", "HEAD") == 0
    assert len(sample.server.files("xr-a")) == 4
    assert sample.run("status") == 2
    assert "xr-a-1.17.0.post1" in capsys.readouterr().err
    assert sample.run("status", "xr-a-1.17.0.post1") == 0

    sample.repo.commit({"official/xr-a/xr_a/__init__.py": "fixed = 2\n"})
    assert sample.release("--only", "xr-a", "--ref", "HEAD") == 0
    assert "xr_a-1.17.0.post2.tar.gz" in sample.server.files("xr-a")


def test_a_hotfix_finds_the_other_plugins_on_the_named_index(make):
    sample = make()
    assert sample.release() == 0
    sample.repo.commit({"community/xr-b/xr_b/__init__.py": "fixed = 1\n"})
    assert sample.release("--only", "xr-b", "--ref", "HEAD", "--index", sample.server.address.simple) == 0
    assert "xr_b-1.17.0.post1.tar.gz" in sample.server.files("xr-b")


def test_a_hotfix_of_another_commit_is_not_continued(make, capsys):
    sample = make()
    assert sample.release() == 0
    address = sample.server.address
    words = ("--to", address.upload, "--simple", address.simple, "--only", "xr-a", "--ref", "HEAD")
    sample.repo.commit({"official/xr-a/xr_a/__init__.py": "fixed = 1\n"})
    assert sample.run("plan", "1.17.0", *words) == 0
    sample.repo.commit({"official/xr-a/xr_a/__init__.py": "fixed = 2\n"})
    assert sample.run("run", "1.17.0", *words) == 2
    assert "which is not HEAD" in capsys.readouterr().err


def _only_wheels(self: TwineUploader, name: str, *arguments: Any) -> IndexResponse:
    if not name.endswith(".whl"):
        raise NoAnswerError("gone")
    return UPLOAD(self, name, *arguments)


UPLOAD = TwineUploader.upload


def test_an_unreachable_index_stops_the_plan(make):
    sample = make()
    assert sample.run("run", "1.17.0", "--to", f"http://127.0.0.1:{free_port()}/") == 4
    assert not sample.repo.path(".commonhold/release").exists()


def test_a_dry_run_writes_nothing(make):
    sample = make()
    assert sample.release("--dry-run") == 0
    assert sample.repo.git("status", "--porcelain", "--ignored") == ""
    assert sample.files("xr-core") == {"xr-core": set()}


def test_an_aborted_release_uploads_nothing_more(make, capsys):
    sample = make()
    address = sample.server.address
    assert sample.run("plan", "1.17.0", "--to", address.upload, "--simple", address.simple) == 0
    assert sample.run("abort", "--because", "a wrong\x1b[31m commit") == 0
    assert "no file of this release was uploaded" in capsys.readouterr().err
    assert sample.run("abort", "--because", "again") == 0
    assert "this release was already aborted: a wrong\\x1b[31m commit" in capsys.readouterr().err
    assert sample.release() == 1
    assert "this release was aborted" in capsys.readouterr().err
    assert sample.files("xr-core") == {"xr-core": set()}


def test_options_that_contradict_the_stored_plan_are_an_error(make, capsys):
    sample = make()
    address = sample.server.address
    assert sample.run("plan", "1.17.0", "--to", address.upload, "--simple", address.simple) == 0
    sample.repo.commit({"official/xr-a/README.md": "# other\n"})
    store = str(sample.repo.path(".commonhold/release/1.17.0"))
    assert sample.release("--ref", "HEAD") == 2
    assert "which is not HEAD" in capsys.readouterr().err
    assert sample.release("--store", store, version="1.18.0") == 2
    assert "contains the release 1.17.0" in capsys.readouterr().err
    assert sample.run("run", "1.17.0", "--to", "http://me:secret@127.0.0.1/") == 2
    assert "secret" not in capsys.readouterr().err
    assert sample.run("status", "1.99") == 2
    assert sample.run("notes", "nonsense") == 2


EXAMPLES = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
API_PAGE = Path(__file__).parents[2] / "docs/reference/api.md"


def test_the_documented_program_releases_a_repository(make, monkeypatch, capsys):
    sample = make()
    section = API_PAGE.read_text(encoding="utf-8").split("## Release from Python")[1]
    found = EXAMPLES.search(section)
    assert found is not None
    program = found[1].replace("http://127.0.0.1:8080/", sample.server.address.upload)
    assert program != found[1]
    monkeypatch.chdir(sample.repo.root)
    exec(compile(program, str(API_PAGE), "exec"), {"__name__": "example"})
    phases = [f"{phase} ..." for phase in ("plan", "build", "inspect", "publish", "verify", "notes")]
    plugins = [f"{name} verified" for name in ("xr-core", "xr-a", "xr-b")]
    assert capsys.readouterr().out.splitlines() == [*phases, *plugins, "0 nothing is left to do"]
    assert all(len(files) == 2 for files in sample.files("xr-core", "xr-a", "xr-b").values())


class RecordingReporter(SilentPipelineReporter):
    """Keeps what the phases of a release report."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def phase_started(self, phase):
        self.calls.append(phase.value)

    def phase_finished(self, result, store):
        self.calls.append(type(result).__name__)

    def started(self, task, total, unit):
        self.calls.append(f"{task} {total} {unit}")


def test_a_release_without_confirmation_stops_before_the_upload_and_continues_later(make):
    sample = make()
    source = ReleaseSource.open(str(sample.repo.root), os.environ)
    address = sample.server.address
    request = ReleaseRequest(version=Version("1.17.0"), index=address.upload, simple=address.simple)
    reporter = RecordingReporter()
    proposals: list[UploadProposal] = []

    def decline(proposal: UploadProposal) -> bool:
        proposals.append(proposal)
        return False

    with pytest.raises(ReleaseStoppedError, match="the upload was not confirmed"):
        run_release(source, request, confirm=decline, reporter=reporter)
    assert [plugin.name for plugin in proposals[0].plugins] == ["xr-core", "xr-a", "xr-b"]
    assert proposals[0].address == address
    assert not any(sample.files("xr-core", "xr-a", "xr-b").values())
    assert reporter.calls[:5] == ["plan", "querying the index None projects", "Planning", "build", "building 3 plugins"]
    result = run_release(source, request, confirm=lambda _: True, reporter=reporter)
    assert result is not None
    assert (result.exit_code, result.state.is_verified) == (0, True)
    assert reporter.calls[-5:] == ["verify", "verifying 3 plugins", "Verification", "notes", "ReleaseReport"]
    assert release_address(result.store, None, None) == address
    assert set(result.documents) >= {"NOTES.md", "release.json", "ROLLBACK.md", "sbom.cdx.json"}


def test_a_person_at_a_terminal_is_asked_before_the_upload(monkeypatch, capsys):
    plugin = PluginState(minimal_artifacts.planned("x-a"), PluginStatus.READY)
    proposal = UploadProposal(Address("https://index.invalid/", "https://index.invalid/simple/"), (plugin,))
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert confirm(proposal)  # nobody can answer in a pipe
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert not confirm(proposal)
    assert "Upload 1 plugin to https://index.invalid/? [y/N]" in capsys.readouterr().err


class Counts:
    """Counts how often the journal's file is read, its lines are decoded, and a text is parsed as a version."""

    def __init__(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads = self.decoded = self.parsed = 0
        decode, parse = journal._decoder.decode, Version.__init__

        def counted_open(*arguments):
            self.reads += 1
            return open(*arguments)

        class Decoder:
            def decode(_, line):  # noqa: N805 - self is the outer object
                self.decoded += 1
                return decode(line)

        def counted_parse(version, given):
            self.parsed += given == text
            parse(version, given)

        monkeypatch.setattr(journal, "open", counted_open, raising=False)
        monkeypatch.setattr(journal, "_decoder", Decoder())
        monkeypatch.setattr(Version, "__init__", counted_parse)
        versions.parse_version.cache_clear()


def test_a_command_reads_the_journal_once_and_parses_the_given_version_once(make, monkeypatch):
    sample = make()
    text = "v1.17.0"  # an unusual spelling, which no file contains
    address = sample.server.address
    to = ("--to", address.upload, "--simple", address.simple)
    store = sample.repo.path(".commonhold/release/1.17.0/journal.jsonl")
    for words, reads in [
        (("plan", text, *to), 0),  # there is no journal yet
        (("run", text, *to), 1),
        (("run", text, *to), 1),
        (("status", text), 1),
        (("publish", text), 1),
        (("verify", text), 1),
        (("resume", text), 1),
        (("notes", text), 1),
    ]:
        lines = store.read_bytes().count(b"\n") if store.exists() else 0
        with monkeypatch.context() as patch:
            counts = Counts(text, patch)
            assert sample.run(*words) == 0
        assert (words[0], counts.reads, counts.decoded, counts.parsed) == (words[0], reads, lines, 1)


def test_a_workspace_below_gits_root_is_released_as_a_whole(make, capsys):
    """The files that it shares with the rest of the repository are released too."""
    sample = make()
    repo = sample.repo
    repo.path("packages/python").mkdir(parents=True)
    for path in ("pyproject.toml", ".gitignore", "core", "official", "community"):
        repo.git("mv", path, "packages/python")
    repo.link("packages/python/official/xr-a/LICENSE", "../../../../LICENSE")
    repo.link("packages/python/official/xr-a/xr_a/data", "../../../../../shared")
    repo.commit({"LICENSE": "Apache-2.0\n", "shared/data.txt": "shared\n", "web/app.ts": ""})
    below = SampleRepo(Repo(repo.path("packages/python")), sample.server)
    assert below.release("--tag") == 0
    shown = capsys.readouterr()
    assert "1.17.0: 3 verified" in shown.out
    assert repo.rev("v1.17.0") == repo.head
    assert repo.git("status", "--porcelain") == ""
    store = open_store(str(below.repo.path(".commonhold/release/1.17.0")))
    wheel = next(Path(store.folder, "dist", "xr-a").glob("*.whl"))
    assert "xr_a/data/data.txt" in ZipFile(wheel).namelist()
    assert below.run("inspect") == 0
    assert below.run("status") == 0
