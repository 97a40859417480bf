"""``commonhold release notes`` and ``abort`` on a store that the other phases left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from commonhold.cli.__main__ import main
from commonhold.release.model.store import make_store
from commonhold.release.report.plugin_changes import find_maintainers
from tests.release.artifacts import make_zip
from tests.release.indexes import free_port
from tests.release.sample_repo import SampleRepo, make_sample_repo
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    """Every plugin is uploaded, to an index that does not respond any more."""
    sample = make_sample_repo(tmp_path, index=f"http://127.0.0.1:{free_port()}/")
    for name in ("x-a", "x-b", "x-c"):
        sample.upload(name)
    return sample


def run(sample: SampleRepo, *words: str) -> int:
    return main(["-C", str(sample.repo.root), "release", *words, "--store", sample.store.folder])


def test_the_notes_are_printed_and_written_with_the_other_documents(sample: SampleRepo, tmp_path: Path, capsys):
    assert run(sample, "notes") == 0
    output = capsys.readouterr()
    documents = tmp_path / "store/after"
    assert output.out == (documents / "NOTES.md").read_text()
    assert "warning: cannot read project x-" in output.err
    assert sorted(path.name for path in documents.iterdir()) == [
        "NOTES.md",
        "ROLLBACK.md",
        "notes",
        "release.json",
        "sbom.cdx.json",
    ]
    assert (documents / "notes/x-a.md").read_text().startswith("# x-a 1.17.0\n\nSince <code>v1.16.0</code>.\n")
    before = {path: path.read_bytes() for path in documents.rglob("*") if path.is_file()}
    assert run(sample, "notes", "--offline") == 0
    assert {path: path.read_bytes() for path in documents.rglob("*") if path.is_file()} == before
    assert "warning" not in capsys.readouterr().err


def test_tags_are_created_and_pushed_and_a_conflict_fails(sample: SampleRepo, tmp_path: Path, capsys):
    Repo.init(tmp_path / "remote", bare=True)
    assert run(sample, "notes", "--offline", "--tag", "--push", str(tmp_path / "remote")) == 0
    assert capsys.readouterr().err.count("v1.17.0") == 2
    assert Repo(tmp_path / "remote").rev("v1.17.0") == sample.plan.commit
    assert f'"v1.17.0": "{sample.plan.commit}"' in (tmp_path / "store/after/release.json").read_text()
    sample.repo.git("tag", "-f", "v1.17.0", "HEAD~1")
    assert run(sample, "notes", "--offline", "--tag") == 1
    assert "existing tags are never moved" in capsys.readouterr().err


def test_the_notes_are_written_even_if_the_remote_rejects_the_tags(sample: SampleRepo, tmp_path: Path, capsys):
    remote = Repo.init(tmp_path / "remote", bare=True)
    hook = remote.root / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'you may not push here'\nexit 1\n")
    hook.chmod(0o755)
    assert run(sample, "notes", "--offline", "--push", str(remote.root)) == 4
    assert "you may not push here" in capsys.readouterr().err
    assert (tmp_path / "store/after/NOTES.md").read_text().startswith("# 1.17.0\n")
    assert '"tags": {}' in (tmp_path / "store/after/release.json").read_text()


def test_a_plugin_that_was_moved_keeps_its_commits(sample: SampleRepo, capsys):
    sample.repo.git("mv", "plugins/official/x-a", "plugins/community/x-a")
    sample.repo.git("commit", "-qm", "Hand x-a to its authors")
    planned = msgspec.structs.replace(sample.plan.plugin("x-a"), path="plugins/community/x-a")
    plans = (planned, *(each for each in sample.plan.plugins if each.name != "x-a"))
    plan = msgspec.structs.replace(sample.plan, commit=sample.repo.head, plugins=plans)
    moved = replace(sample, store=make_store(f"{sample.store.folder}-moved", plan))
    moved.upload("x-a")
    assert run(moved, "notes", "--offline") == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "Read faster" in line]


def test_the_step_summary_contains_the_table(
    sample: SampleRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert run(sample, "notes", "--offline", "--github") == 0
    assert "| <code>x-a</code> | 1.17.0 | verified | 1 of 1 |" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("version", ["latest", "1.17.0+local", "1" * 5000])
def test_an_invalid_version_is_a_usage_error(sample: SampleRepo, version: str, capsys):
    assert main(["-C", str(sample.repo.root), "release", "notes", version]) == 2
    assert "version" in capsys.readouterr().err


def test_a_missing_commit_is_an_error_with_a_hint_to_fetch(sample: SampleRepo, tmp_path: Path, capsys):
    other = Repo.of(tmp_path / "other", {"pyproject.toml": ""})
    assert main(["-C", str(other.root), "release", "notes", "--offline", "--store", sample.store.folder]) == 4
    assert "git log --all --oneline" in capsys.readouterr().err


def test_the_notes_mention_a_shallow_clone(sample: SampleRepo, tmp_path: Path, capsys):
    clone = sample.repo.clone(tmp_path / "clone", "--depth", "1")
    assert main(["-C", str(clone.root), "release", "notes", "--offline", "--store", sample.store.folder]) == 0
    assert "shallow" in capsys.readouterr().out


def test_abort_prints_the_rollback_sheet(sample: SampleRepo, capsys):
    assert run(sample, "abort") == 0
    output = capsys.readouterr()
    assert "aborted: no reason was given" in output.err
    assert output.out.startswith("# Roll back 1.17.0\n")


def test_maintainers_are_read_from_a_wheel_if_it_is_readable(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    wheel = make_zip([("x_a/x.dist-info/METADATA", b"Maintainer: Nobody\n"), ("x_a.dist-info/METADATA", METADATA)])
    artifact = sample.store.add("x-a", "x_a-1.17.0-py3-none-any.whl", wheel)
    broken = sample.store.add("x-a", "x_a-1.17.0-py2-none-any.whl", b"no zip file")
    assert find_maintainers(sample.store, "x-a", (artifact,), {}) == ("Étienne", "Somebody, Inc.")
    assert find_maintainers(sample.store, "x-a", (broken,), {}) == ()
    assert find_maintainers(sample.store, "x-a", (), {"maintainers": "octocat"}) == ("octocat",)


METADATA = """\
Metadata-Version: 2.4
Name: x-a
Version: 1.17.0
Author: UNKNOWN
Author-email: Étienne <e@example.com>, "Somebody, Inc." <s@example.com>
""".encode()
