"""A comparison does not start any program that the repository's own configuration names."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import GitError
from tests.support.comparisons import RecordingRunner, changes, compare_folder, event
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """The folder in which programs leave traces."""
    folder = tmp_path / "traces"
    folder.mkdir()
    return folder


def program(traces: Path, name: str) -> str:
    """A program that leaves a trace with this name, for settings that a shell runs."""
    script = traces.parent / "programs" / name
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n: > {shlex.quote(os.fspath(traces / name))}\nexit 1\n")
    script.chmod(0o755)
    return str(script)


def configure(repo: Repo, traces: Path) -> None:
    """Name a program in every setting that git could use in a comparison."""
    keys = [
        *(
            f"filter.{driver}.{way}"
            for driver in ("mine", "a=b", "UPPER case")
            for way in ("clean", "process", "smudge")
        ),
        *("diff.external", "diff.mine.command", "diff.mine.textconv", "core.fsmonitor", "core.pager", "pager.diff"),
        *("core.sshCommand", "core.gitProxy", "core.askPass", "core.alternateRefsCommand", "core.editor"),
        *("credential.helper", "credential.https://example.com.helper", "gpg.program", "uploadpack.packObjectsHook"),
        *("remote.origin.uploadpack", "remote.origin.receivepack", "remote.origin.vcs", "merge.mine.driver"),
    ]
    for key in keys:
        repo.git("config", key, program(traces, key.replace("/", "-")))
    for driver in ("mine", "a=b", "UPPER case"):
        repo.git("config", f"filter.{driver}.required", "true")
    for alias in ("diff", "ls-files", "rev-parse", "cat-file", "status", "fetch"):
        repo.git("config", f"alias.{alias}", f"!{program(traces, f'alias-{alias}')}")
    hooks = traces.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    names = ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-auto-gc")
    for name in names:
        (hooks / name).unlink(missing_ok=True)
        (hooks / name).symlink_to(program(traces, name))
    repo.git("config", "core.hooksPath", str(hooks))


ATTRIBUTES = "*.bin filter=mine diff=mine merge=mine\n*.eq filter=a=b\n*.up filter=UPPER\\ case\n"


@pytest.fixture
def edited(tmp_path: Path) -> Repo:
    """A repository with two submodules, one of which is edited, and files that only a program could convert."""
    inner = Repo.of(tmp_path / "inner", {".gitattributes": ATTRIBUTES, "i.bin": "1\n"})
    repo = Repo.of(tmp_path / "repo", {".gitattributes": ATTRIBUTES, "a.bin": "1\n", "b.eq": "1\n", "same.txt": "1\n"})
    for name in ("clean", "dirty"):
        repo.git("submodule", "--quiet", "add", str(inner.root), name)
    repo.commit({"c.bin": "1\n"})
    return repo


def touch(repo: Repo, *paths: str) -> None:
    """Change timestamps, so that git compares contents."""
    for path in paths:
        os.utime(repo.path(path), (1, 1))


def test_no_program_of_the_configuration_runs(edited: Repo, traces: Path) -> None:
    configure(edited, traces)
    for name in ("clean", "dirty"):
        configure(Repo(edited.root / name), traces)
    touch(edited, "a.bin", "b.eq", "c.bin", "same.txt", "clean/i.bin", "dirty/i.bin")
    edited.write("dirty/i.bin", "2\n")
    edited.write("b.eq", "2\n")
    comparison = compare_folder(edited.root, "HEAD")
    assert set(changes(comparison)) == {"b.eq", "dirty"}
    assert comparison.tree.read(["a.bin"]) == {"a.bin": b"1\n"}
    assert set(changes(compare_folder(edited.root, "HEAD^", "HEAD"))) == {"c.bin", "clean", "dirty", ".gitmodules"}
    assert os.listdir(traces) == []
    edited.git("diff", "HEAD", check=False)
    assert "filter.mine.clean" in os.listdir(traces) or "core.fsmonitor" in os.listdir(traces)  # git itself runs them


@pytest.mark.parametrize("place", ["include", "worktree", "linked"])
def test_filters_are_found_in_every_file_of_the_configuration(edited: Repo, traces: Path, place: str) -> None:
    command = program(traces, "filter")
    if place == "include":
        edited.write(".git/more", f'[Filter "mine"]\n\tCLEAN = {command}\n\trequired\n')
        edited.git("config", "include.path", "more")
    else:
        edited.git("config", "extensions.worktreeConfig", "true")
        if place == "linked":
            edited.git("worktree", "add", "-q", str(edited.root.parent / "linked"))
            edited = Repo(edited.root.parent / "linked")
        edited.git("config", "--worktree", "filter.mine.process", command)
    touch(edited, "a.bin")
    assert changes(compare_folder(edited.root, "HEAD")) == {}
    assert os.listdir(traces) == []


def test_a_filtered_file_with_a_new_timestamp_counts_as_changed(tmp_path: Path) -> None:
    """As with Git LFS, the file on disk is not what git stores; without the filter, nothing shows that it is the same."""
    repo = Repo.of(tmp_path / "repo", {".gitattributes": "*.bin filter=mine\n"})
    repo.git("config", "filter.mine.clean", "echo pointer")
    repo.commit({"a.bin": "contents\n"})
    assert repo.git("show", "HEAD:a.bin") == "pointer"
    touch(repo, "a.bin")
    assert set(changes(compare_folder(repo.root, "HEAD"))) == {"a.bin"}


def test_only_a_repository_that_defines_one_costs_another_process(repo: Repo) -> None:
    plain, more = RecordingRunner(), RecordingRunner()
    compare_folder(repo.root, "HEAD", runner=plain)
    repo.git("config", "filter.mine.clean", "cat")
    compare_folder(repo.root, "HEAD", runner=more)
    assert sorted(more.verbs()) == sorted([*plain.verbs(), "config"])


# Submodules


@pytest.mark.parametrize("change", ["untracked", "staged", "committed", "deeper"])
def test_a_submodule_is_dirty_if_anything_in_it_differs(edited: Repo, change: str) -> None:
    inner = Repo(edited.root / "dirty")
    if change == "deeper":
        inner.git("submodule", "--quiet", "add", str(edited.root.parent / "inner"), "deep")
        inner.commit()
        edited.commit()
        assert changes(compare_folder(edited.root, "HEAD")) == {}
        inner.write("deep/i.bin", "2\n")
    else:
        inner.write("new", "1")
        if change != "untracked":
            inner.git("add", "new")
        if change == "committed":
            inner.commit()
    assert set(changes(compare_folder(edited.root, "HEAD"))) == {"dirty"}


@pytest.mark.parametrize("damage", ["empty", "garbled", "unborn"])
def test_a_submodule_that_git_cannot_read_counts_as_changed(edited: Repo, damage: str) -> None:
    edited.remove("dirty/.git")
    if damage == "empty":
        edited.path("dirty/.git").mkdir()
    elif damage == "garbled":
        edited.write("dirty/.git", "garbled")
    else:
        Repo.init(edited.root / "dirty")
    assert "dirty" in changes(compare_folder(edited.root, "HEAD"))


def test_a_submodule_that_is_not_checked_out_is_unchanged(edited: Repo) -> None:
    edited.git("submodule", "--quiet", "deinit", "-f", "dirty")
    assert changes(compare_folder(edited.root, "HEAD")) == {}


# Partial clones


@pytest.fixture
def origin(tmp_path: Path) -> Repo:
    """A repository whose old contents a partial clone lacks."""
    repo = Repo.of(tmp_path / "origin", {"uv.lock": "1\n", "folder/x": "1\n"})
    repo.commit({"uv.lock": "2\n", "folder/x": "2\n"})
    return repo


@pytest.mark.parametrize("missing", ["blob:none", "tree:0"])
def test_a_partial_clone_is_completed_without_its_own_configuration(
    origin: Repo, tmp_path: Path, traces: Path, missing: str
) -> None:
    clone = origin.clone(tmp_path / "clone", f"--filter={missing}")
    configure(clone, traces)
    comparison = compare_folder(clone.root, "HEAD^", "HEAD")
    assert set(changes(comparison)) == {"uv.lock", "folder/x"}
    assert comparison.base_contents(["uv.lock"]) == {"uv.lock": b"1\n"}
    assert set(changes(compare_folder(clone.root, "HEAD^", exact=True))) == {"uv.lock", "folder/x"}
    assert os.listdir(traces) == []


ADDRESSES = [
    "ext::{program} %S",
    "fd::7",
    "--upload-pack={program}",
    "",
    "ssh://-oProxyCommand={program}/x",
    "none://x",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("missing", ["blob:none", "tree:0"])
def test_an_address_that_names_a_program_is_refused(
    origin: Repo, tmp_path: Path, traces: Path, address: str, missing: str
) -> None:
    clone = origin.clone(tmp_path / "clone", f"--filter={missing}")
    clone.git("config", "remote.origin.url", address.format(program=program(traces, "remote")))
    clone.git("config", "protocol.allow", "always")
    with pytest.raises(GitError):
        _ = compare_folder(clone.root, "HEAD^", "HEAD").base_contents(["uv.lock"])
    payload = {"ref": "refs/heads/main", "before": clone.rev("HEAD^"), "after": clone.head}
    comparison = compare_folder(clone.root, environ=event(tmp_path, "push", payload))
    assert comparison.changes is None or missing == "blob:none"
    assert os.listdir(traces) == []


def test_a_remote_whose_name_is_an_option_is_refused(origin: Repo, tmp_path: Path, traces: Path) -> None:
    clone = origin.clone(tmp_path / "clone", "--filter=blob:none")
    text = clone.path(".git/config").read_text()
    clone.write(".git/config", text.replace('remote "origin"', f'remote "--upload-pack={program(traces, "remote")}"'))
    with pytest.raises(GitError, match="reads as an option"):
        _ = compare_folder(clone.root, "HEAD^", "HEAD").base_contents(["uv.lock"])
    assert os.listdir(traces) == []


@pytest.mark.parametrize("rev", ["--output=trace", "--ext-diff", "-O", "--upload-pack=x", "@{-1}", "^HEAD"])
def test_a_revision_is_never_an_option(origin: Repo, rev: str) -> None:
    for base, head in ((rev, None), ("HEAD", rev), (None, rev)):
        with pytest.raises(GitError):
            compare_folder(origin.root, base, head)
    assert not origin.path("trace").exists()
