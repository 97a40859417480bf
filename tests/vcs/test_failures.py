"""Failures of git: in CI, everything is selected with a reason; outside CI, the error has a command that helps."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import GitError, ToolError
from commonhold.selection import find_affected
from commonhold.selection.affected import UnknownBase
from tests.support.comparisons import CI, changes, compare_folder, event
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIGURATION = """
[tool.commonhold]
core = { distribution = "core" }
[tool.commonhold.tiers.all]
path = ["plugins/*"]
"""


def _project(name: str, version: str = "1") -> str:
    return f'[project]\nname = "{name}"\nversion = "{version}"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Two plugins, the first of which was changed last; nothing is packed."""
    files = {"pyproject.toml": CONFIGURATION, "plugins/b/pyproject.toml": _project("b")}
    repo = Repo.of(tmp_path_factory.mktemp("made") / "repo", files | {"plugins/a/pyproject.toml": _project("a")})
    repo.commit({"plugins/a/pyproject.toml": _project("a", "2")})
    return repo


@pytest.fixture
def repo(made: Repo, tmp_path: Path) -> Repo:
    """One of these for each test."""
    return made.copy(tmp_path / "repo")


def _object(repo: Repo, rev: str) -> Path:
    oid = repo.rev(rev)
    return repo.path(f".git/objects/{oid[:2]}/{oid[2:]}")


def _garble(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"[garbage")


def _future(repo: Repo) -> None:
    repo.git("config", "core.repositoryFormatVersion", "99")


DAMAGES: dict[str, Callable[[Repo], None]] = {
    "an object of base's tree is gone": lambda repo: _object(repo, "HEAD^^{tree}").unlink(),
    "an object of base's tree is garbled": lambda repo: _garble(_object(repo, "HEAD^^{tree}")),
    "the base commit is gone": lambda repo: _object(repo, "HEAD^").unlink(),
    "the base commit is garbled": lambda repo: _garble(_object(repo, "HEAD^")),
    "the head commit is gone": lambda repo: _object(repo, "HEAD").unlink(),
    "head's tree is gone": lambda repo: _object(repo, "HEAD^{tree}").unlink(),
    "head's tree is garbled": lambda repo: _garble(_object(repo, "HEAD^{tree}")),
    "a blob of base is gone": lambda repo: _object(repo, "HEAD^:plugins/a/pyproject.toml").unlink(),
    "a blob of base is garbled": lambda repo: _garble(_object(repo, "HEAD^:plugins/a/pyproject.toml")),
    "HEAD is garbled": lambda repo: _garble(repo.path(".git/HEAD")),
    "HEAD is gone": lambda repo: repo.path(".git/HEAD").unlink(),
    "the objects are gone": lambda repo: shutil.rmtree(repo.path(".git/objects")),
    "the configuration is garbled": lambda repo: _garble(repo.path(".git/config")),
    "the format is of the future": _future,
    "there is no repository": lambda repo: shutil.rmtree(repo.path(".git")),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("way", ["event", "options"])
def test_in_ci_everything_is_selected_with_the_reason(repo: Repo, damage: str, way: str) -> None:
    before, after = repo.rev("HEAD^"), repo.rev("HEAD")
    payload = {"ref": "refs/heads/main", "before": before, "after": after}
    environ = event(repo.root.parent, "push", payload)
    base, head = (None, None) if way == "event" else (before, after)
    DAMAGES[damage](repo)
    affected = find_affected(compare_folder(repo.root, base, head, environ=environ)).affected
    assert [plugin.name for plugin in affected.plugins] == ["a", "b"]
    assert affected.selection == "all"
    assert all(type(reason) is UnknownBase for plugin in affected.plugins for reason in plugin.reasons)
    assert "the base is unknown (" in affected.because


@pytest.mark.parametrize("damage", DAMAGES)
def test_outside_ci_the_error_has_a_hint(repo: Repo, damage: str) -> None:
    before, after = repo.rev("HEAD^"), repo.rev("HEAD")
    DAMAGES[damage](repo)
    with pytest.raises(GitError) as caught:
        find_affected(compare_folder(repo.root, before, after, exact=True))
    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_a_garbled_branch_is_an_error(repo: Repo) -> None:
    before = repo.rev("HEAD^")
    _garble(repo.path(".git/refs/heads/main"))
    with pytest.raises(GitError, match="HEAD is not a commit"):
        compare_folder(repo.root, before)
    assert find_affected(compare_folder(repo.root, before, environ=CI)).affected.selection == "all"


def test_a_garbled_index_leaves_the_files_on_disk(repo: Repo) -> None:
    _garble(repo.path(".git/index"))
    with pytest.raises(GitError, match="index"):
        compare_folder(repo.root, "HEAD^")
    comparison = compare_folder(repo.root, "HEAD^", environ=CI)
    assert comparison.changes is None
    assert (comparison.range.base, comparison.range.head) == (None, None)
    assert set(comparison.tree.entries) == set(repo.git("ls-tree", "-r", "--name-only", "HEAD").split())
    assert find_affected(comparison).affected.selection == "all"


def test_garbled_packed_references_are_no_answer(repo: Repo) -> None:
    repo.git("pack-refs", "--all")
    _garble(repo.path(".git/packed-refs"))
    with pytest.raises(GitError):
        compare_folder(repo.root, "main^", "main")
    assert find_affected(compare_folder(repo.root, "main^", "main", environ=CI)).affected.selection == "all"


def test_a_garbled_pack_is_an_error(repo: Repo) -> None:
    repo.git("gc", "-q")
    for pack in repo.path(".git/objects/pack").glob("*.pack"):
        _garble(pack)
    with pytest.raises(GitError):
        find_affected(compare_folder(repo.root, "HEAD^", "HEAD", exact=True))
    assert find_affected(compare_folder(repo.root, "HEAD^", environ=CI)).affected.selection == "all"


def test_a_blob_of_head_that_cannot_be_read_leaves_the_files_on_disk(repo: Repo) -> None:
    payload = {"ref": "refs/heads/main", "before": repo.rev("HEAD^"), "after": repo.rev("HEAD")}
    environ = event(repo.root.parent, "push", payload)
    _object(repo, "HEAD:pyproject.toml").unlink()
    comparison = compare_folder(repo.root, environ=environ)
    assert set(changes(comparison)) == {"plugins/a/pyproject.toml"}  # nothing has failed so far
    affected = find_affected(comparison).affected
    assert (affected.base, affected.head, affected.selection) == (None, None, "all")
    assert [plugin.name for plugin in affected.plugins] == ["a", "b"]
    assert "no object" in affected.because


def test_a_blob_of_base_that_cannot_be_read_leaves_head(repo: Repo) -> None:
    head, oid = repo.head, repo.rev("HEAD^:plugins/a/pyproject.toml")
    payload = {"ref": "refs/heads/main", "before": repo.rev("HEAD^"), "after": head}
    environ = event(repo.root.parent, "push", payload)
    _object(repo, oid).unlink()
    repo.write("plugins/c/pyproject.toml", _project("c"))  # not of the commit
    affected = find_affected(compare_folder(repo.root, environ=environ)).affected
    assert (affected.base, affected.head, affected.selection) == (None, head, "all")
    assert [plugin.name for plugin in affected.plugins] == ["a", "b"]
    assert oid in affected.because


def test_files_on_disk_are_found_from_a_subfolder(repo: Repo) -> None:
    _garble(repo.path(".git/HEAD"))
    comparison = compare_folder(repo.root / "plugins" / "a", environ=CI)
    assert set(comparison.tree.entries) == {"pyproject.toml", "plugins/a/pyproject.toml", "plugins/b/pyproject.toml"}


def test_files_on_disk_have_their_modes_and_contents(repo: Repo) -> None:
    repo.link("plugins/link", "a")
    repo.link("plugins/a/broken", "nowhere")
    repo.write(os.fsdecode(b"caf\xe9"), b"\xff")
    os.mkfifo(repo.path("pipe"))
    shutil.rmtree(repo.path(".git"))
    tree = compare_folder(repo.root, environ=CI).tree
    assert {path: oct(entry.mode) for path, entry in tree.entries.items() if path != "plugins/b/pyproject.toml"} == {
        "pyproject.toml": "0o100644",
        "plugins/a/pyproject.toml": "0o100644",
        "plugins/link": "0o120000",
        "plugins/a/broken": "0o120000",
        os.fsdecode(b"caf\xe9"): "0o100644",
    }
    paths = ["plugins/link", "plugins/a/broken", os.fsdecode(b"caf\xe9"), "no-such", "pipe", "plugins/a"]
    assert tree.read(paths) == dict(zip(paths, [b"a", b"nowhere", b"\xff"], strict=False))


def test_a_folder_outside_any_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is not in a git repository") as caught:
        compare_folder(tmp_path)
    assert "-C DIR" in (caught.value.hint or "")


def test_the_folder_of_git_itself_is_an_error(repo: Repo) -> None:
    with pytest.raises(GitError, match="git's own folder"):
        compare_folder(repo.root / ".git")


def test_without_git_there_is_an_error_and_in_ci_everything_is_selected(repo: Repo) -> None:
    with pytest.raises(ToolError, match="cannot run git") as caught:
        compare_folder(repo.root, environ={"PATH": "/no/such/folder"})
    assert caught.value.exit_code == 4
    assert "Install git" in (caught.value.hint or "")
    comparison = compare_folder(repo.root, environ={**CI, "PATH": "/no/such/folder"})
    affected = find_affected(comparison).affected
    assert affected.selection == "all"
    assert [plugin.name for plugin in affected.plugins] == ["a", "b"]
    assert "cannot run git" in affected.because


def test_a_bare_repository_that_is_damaged_is_an_error_even_in_ci(repo: Repo, tmp_path: Path) -> None:
    bare = repo.clone(tmp_path / "bare", "--bare")
    shutil.rmtree(bare.root / "objects")
    (bare.root / "objects").mkdir()
    with pytest.raises(GitError):
        find_affected(compare_folder(bare.root, head="main", environ=CI))


def test_an_unreadable_file_is_named(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        pytest.skip("root can read everything")
    repo.path("a.txt").chmod(0)
    with pytest.raises(GitError, match=r"cannot read a\.txt"):
        compare_folder(repo.root, "HEAD").tree.read(["a.txt"])
