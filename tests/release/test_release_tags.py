"""The tags of a release: a few per push, each once, and none is ever moved."""

from __future__ import annotations

import os
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec
import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import GitError
from commonhold.release.model.journal_events import Tagged
from commonhold.release.model.plan import PlannedDistribution
from commonhold.release.model.store import make_store
from commonhold.release.plan.tag_patterns import TagPatterns
from commonhold.release.report.release_tags import planned_tags, push_release_tags, tag_release
from commonhold.vcs import open_repository
from commonhold.vcs.tags import local_tags, push_tags, remote_tags
from tests.release.sample_repo import SampleRepo, make_sample_repo
from tests.support.repositories import Repo
from tests.support.servers import serving

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.vcs import Repository

PATTERNS = TagPatterns(("v{version}", "{version}"))


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    """x-a and four plugins with versions of their own, all uploaded, and an empty remote called ``origin``."""
    sample = make_sample_repo(tmp_path)
    own = [PlannedDistribution(name=f"x-{n}", path=f"own/{n}", tier="official", version=f"{n}.0") for n in range(1, 5)]
    plan = msgspec.structs.replace(sample.plan, plugins=(sample.plan.plugin("x-a"), *own))
    sample = replace(sample, store=make_store(str(tmp_path / "own"), plan))
    for plugin in plan.plugins:
        sample.upload(plugin.name)
    Repo.init(tmp_path / "remote", bare=True)
    sample.repo.git("remote", "add", "origin", str(tmp_path / "remote"))
    return sample


def opened(sample: SampleRepo) -> Repository:
    return open_repository(str(sample.repo.root), SpawnRunner(), os.environ)


def journaled(sample: SampleRepo) -> list[str]:
    return [event.tag for event in sample.store.journal.read() if isinstance(event, Tagged)]


def push(sample: SampleRepo):
    return push_release_tags(sample.store, sample.state(), opened(sample), PATTERNS, "origin")


ALL = ["v1.17.0", "x-1/v1.0", "x-2/v2.0", "x-3/v3.0", "x-4/v4.0"]


def test_the_release_and_each_plugin_with_its_own_version_get_a_tag(sample: SampleRepo):
    planned = planned_tags(sample.plan, sample.state(), PATTERNS, ())
    assert planned == dict.fromkeys(ALL, sample.plan.commit)


def test_a_plugin_that_is_not_uploaded_gets_no_tag(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.build("x-a")
    assert planned_tags(sample.plan, sample.state(), PATTERNS, ()) == {}


def test_an_existing_tag_of_the_core_in_another_format_is_used(sample: SampleRepo):
    assert "1.17.0" in planned_tags(sample.plan, sample.state(), PATTERNS, ["1.17.0", "v1.16.0"])


def test_an_existing_tag_with_an_equal_version_is_used(sample: SampleRepo):
    for tag in ("v1.17", "1.17.0.0"):
        assert tag in planned_tags(sample.plan, sample.state(), PATTERNS, [tag, "v1.16.0"])


def test_a_plugin_released_alone_gets_its_own_tag(sample: SampleRepo):
    plan = msgspec.structs.replace(sample.plan, only=("x-a",))
    assert list(planned_tags(plan, sample.state(), PATTERNS, ["v1.17.0"])) == ["x-a/v1.17.0", *ALL[1:]]


def test_a_push_has_no_more_tags_than_github_handles(sample: SampleRepo, tmp_path: Path):
    hook = tmp_path / "remote/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nwc -l >> {tmp_path}/pushes\n")
    hook.chmod(0o755)
    result = push(sample)
    assert (list(result.done), result.conflicts) == (ALL, {})
    assert (tmp_path / "pushes").read_text().split() == ["3", "2"]
    assert remote_tags(opened(sample), "origin") == dict.fromkeys(ALL, sample.plan.commit)
    assert journaled(sample) == ALL


def test_an_interrupted_push_is_completed_by_the_next(sample: SampleRepo):
    push_tags(opened(sample), "origin", {"v1.17.0": sample.plan.commit, "x-1/v1.0": sample.plan.commit})
    assert push(sample).done == ("x-2/v2.0", "x-3/v3.0", "x-4/v4.0")
    assert journaled(sample) == ALL
    assert push(sample).done == ()
    assert journaled(sample) == ALL


def test_a_tag_on_another_commit_is_not_moved(sample: SampleRepo):
    first = sample.repo.rev("v1.16.0")
    sample.repo.git("tag", "-a", "-m", "moved", "v1.17.0", first)
    sample.repo.git("push", "-q", "origin", "v1.17.0")
    assert push(sample).conflicts == {"v1.17.0": first}
    assert tag_release(sample.store, sample.state(), opened(sample), PATTERNS).conflicts == {"v1.17.0": first}
    assert remote_tags(opened(sample), "origin")["v1.17.0"] == first
    assert "v1.17.0" not in journaled(sample)
    with pytest.raises(GitError, match="already exists"):
        push_tags(opened(sample), "origin", {"v1.17.0": sample.plan.commit})


def test_local_tags_are_created_once(sample: SampleRepo):
    assert list(tag_release(sample.store, sample.state(), opened(sample), PATTERNS).done) == ALL
    assert tag_release(sample.store, sample.state(), opened(sample), PATTERNS).done == ()
    assert local_tags(opened(sample)).items() >= dict.fromkeys(ALL, sample.plan.commit).items()


def test_an_unreachable_remote_is_named_in_the_error(sample: SampleRepo, tmp_path: Path):
    sample.repo.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    with pytest.raises(GitError, match="nowhere"):
        push(sample)
    assert journaled(sample) == []


def test_an_option_is_not_accepted_as_a_remote(sample: SampleRepo, tmp_path: Path):
    with pytest.raises(GitError):
        remote_tags(opened(sample), f"--upload-pack=touch {tmp_path}/PWNED")
    assert not (tmp_path / "PWNED").exists()


def test_without_tag_patterns_there_are_no_tags(sample: SampleRepo):
    assert planned_tags(sample.plan, sample.state(), TagPatterns(()), ()) == {}


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trace that every program leaves which git starts to edit, to sign or to ask."""
    trace, program = tmp_path / "trace", tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {trace}\nexit 1\n')
    program.chmod(0o755)
    for name in ("GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "VISUAL", "EDITOR", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(program))
    monkeypatch.delenv("GIT_ASKPASS", raising=False)
    return trace


def test_no_setting_opens_an_editor_signs_or_prompts(sample: SampleRepo, editor: Path):
    program = editor.parent / "program"
    settings = ("tag.gpgSign", "tag.forceSignAnnotated", "commit.gpgSign", "push.gpgSign", "push.followTags")
    for key in settings:
        sample.repo.git("config", key, "true")
    for key in ("core.editor", "gpg.program", "core.askPass"):
        sample.repo.git("config", key, str(program))
    assert tag_release(sample.store, sample.state(), opened(sample), PATTERNS).done == tuple(ALL)
    assert push(sample).done == tuple(ALL)
    assert sample.repo.git("cat-file", "-t", "v1.17.0") == "commit"
    assert not editor.exists()


@pytest.mark.parametrize("nested", [False, True])
def test_an_annotated_tag_is_pushed_as_it_is(sample: SampleRepo, nested: bool):
    sample.repo.git("tag", "-a", "-m", "The release", "v1.17.0", sample.plan.commit)
    if nested:
        sample.repo.git("tag", "-f", "-a", "-m", "Outer", "v1.17.0", "v1.17.0")
    assert push(sample).done == tuple(ALL)
    ours = sample.repo.git("rev-parse", "refs/tags/v1.17.0")
    lines = sample.repo.git("ls-remote", "origin", "refs/tags/v1.17.0", "refs/tags/v1.17.0^{}").split()
    assert lines[0] == ours
    assert lines[2] == sample.plan.commit
    assert {event.commit for event in sample.store.journal.read() if isinstance(event, Tagged)} == {sample.plan.commit}


def test_a_tag_of_this_clone_on_another_commit_is_not_replaced_on_the_remote(sample: SampleRepo):
    other = sample.repo.rev(f"{sample.plan.commit}^")
    sample.repo.git("tag", "v1.17.0", other)
    pushed = push(sample)
    assert pushed.done == tuple(ALL[1:])
    assert pushed.conflicts == {"v1.17.0": other}


@pytest.mark.parametrize("kind", ["tree", "blob"])
def test_a_tag_of_this_clone_on_no_commit_is_a_conflict(sample: SampleRepo, kind: str):
    other = sample.repo.rev(f"{sample.plan.commit}^{{tree}}" if kind == "tree" else f"{sample.plan.commit}:README.md")
    sample.repo.git("tag", "v1.17.0", other)
    for result in (push(sample), tag_release(sample.store, sample.state(), opened(sample), PATTERNS)):
        assert result.done == tuple(ALL[1:])
        assert result.conflicts == {"v1.17.0": other}


class Unauthorized(BaseHTTPRequestHandler):
    """Requires a password for every request."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


def test_without_a_terminal_nothing_asks_for_a_password(sample: SampleRepo, editor: Path):
    sample.repo.git("config", "core.askPass", str(editor.parent / "program"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Unauthorized)
    with serving(server), pytest.raises(GitError, match="could not read Username"):
        remote_tags(opened(sample), f"http://127.0.0.1:{server.server_address[1]}/x.git")
    assert not editor.exists()


@pytest.mark.parametrize(
    ("patterns", "of_release", "of_plugin"),
    [
        (["v{version}", "{folder}-{version}"], "v1.17.0", "2-2.0"),
        (["{folder}-{version}"], "x-a-1.17.0", "2-2.0"),
        (["libs/{name}/v{version}", "{version}"], "1.17.0", "libs/x-2/v2.0"),
        (["libs/{name}/v{version}"], "libs/x-a/v1.17.0", "libs/x-2/v2.0"),
    ],
)
def test_a_pattern_with_a_placeholder_is_for_the_tags_of_one_plugin(
    sample: SampleRepo, patterns, of_release, of_plugin
):
    planned = [*planned_tags(sample.plan, sample.state(), TagPatterns(patterns), ())]
    assert (planned[0], planned[2], len(planned)) == (of_release, of_plugin, 5)
