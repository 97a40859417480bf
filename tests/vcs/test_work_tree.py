"""The working tree as git sees it: untracked, ignored, partly staged, in conflict, sparse; and never modified."""

from __future__ import annotations

import os
import socket

import pytest

from commonhold.errors import UsageError
from commonhold.tree import REGULAR, SUBMODULE, SYMLINK
from commonhold.vcs import Change
from tests.support.comparisons import changes, compare_folder
from tests.support.repositories import Repo


def test_untracked_files_are_added_files(repo: Repo) -> None:
    repo.write("new/x.py", "x")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {"new/x.py": Change("new/x.py", 0, None, REGULAR, None)}
    assert comparison.tree.read(["new/x.py"]) == {"new/x.py": b"x"}


def test_untracked_files_are_sorted_among_the_others(repo: Repo) -> None:
    repo.write("a.txt", "other\n")
    repo.write("A/new.py")
    repo.write("b")
    assert list(changes(compare_folder(repo.root, "HEAD"))) == ["A/new.py", "a.txt", "b"]


def test_ignored_files_are_left_out(repo: Repo) -> None:
    repo.commit({".gitignore": "*.log\n/build/\n"})
    repo.write("x.log")
    repo.write("build/y")
    repo.write(".git/info/exclude", "*.tmp\n")
    repo.write("z.tmp")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert set(comparison.tree.entries) == {".gitignore", "a.txt"}


def test_bytecode_that_is_not_ignored_is_not_a_change(repo: Repo) -> None:
    repo.write("__pycache__/noxfile.cpython-312.pyc", "x")
    repo.write("plugins/a/__pycache__/a.cpython-312.pyc", "x")
    assert changes(compare_folder(repo.root, "HEAD")) == {}


def test_an_ignored_file_that_is_tracked_counts(repo: Repo) -> None:
    repo.write(".gitignore", "kept\n")
    repo.write("kept", "1")
    repo.git("add", "-f", "kept")
    repo.commit()
    repo.write("kept", "2")
    assert set(changes(compare_folder(repo.root, "HEAD"))) == {"kept"}


def test_a_file_that_is_deleted_on_disk_is_deleted(repo: Repo) -> None:
    repo.remove("a.txt")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison)["a.txt"].deleted
    assert "a.txt" not in comparison.tree.entries
    assert comparison.tree.read(["a.txt"]) == {}
    assert comparison.base_contents(["a.txt"]) == {"a.txt": b"a\n"}


def test_a_file_removed_from_the_index_but_on_disk_is_a_change_but_not_a_deletion(repo: Repo) -> None:
    oid = repo.rev("HEAD:a.txt")
    repo.git("rm", "-q", "--cached", "a.txt")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {"a.txt": Change("a.txt", REGULAR, oid, REGULAR, None)}
    assert comparison.tree.read(["a.txt"]) == {"a.txt": b"a\n"}
    assert comparison.base_contents(["a.txt"]) == {"a.txt": b"a\n"}


def test_an_ignored_file_removed_from_the_index_is_deleted(repo: Repo) -> None:
    repo.write(".gitignore", "a.txt\n")
    repo.git("rm", "-q", "--cached", "a.txt")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison)["a.txt"].deleted
    assert "a.txt" not in comparison.tree.entries


def test_staged_and_unstaged_edits_are_one_change_each(repo: Repo) -> None:
    repo.commit({"staged": "1", "unstaged": "1", "both": "1"})
    repo.write("staged", "2")
    repo.write("both", "2")
    repo.git("add", "staged", "both")
    repo.write("both", "3")
    repo.write("unstaged", "2")
    comparison = compare_folder(repo.root, "HEAD")
    assert set(changes(comparison)) == {"staged", "unstaged", "both"}
    assert comparison.tree.read(["both", "staged"]) == {"both": b"3", "staged": b"2"}
    assert changes(comparison)["staged"].new_oid == repo.rev(":staged")


def test_a_rewritten_file_with_the_same_content_is_not_a_change(repo: Repo) -> None:
    repo.write("a.txt", "a\n")
    os.utime(repo.path("a.txt"), (1, 1))
    repo.git("config", "diff.autoRefreshIndex", "false")
    assert changes(compare_folder(repo.root, "HEAD")) == {}


def test_a_rewritten_file_after_a_committed_edit_is_the_committed_change(repo: Repo) -> None:
    head = repo.commit({"a.txt": "b\n"})
    os.utime(repo.path("a.txt"), (1, 1))
    assert set(changes(compare_folder(repo.root, "HEAD^", exact=True))) == {"a.txt"}
    assert compare_folder(repo.root, "HEAD").tree.entries["a.txt"].oid == repo.rev(f"{head}:a.txt")


def test_an_edit_of_the_same_size_within_the_same_second_is_seen(repo: Repo) -> None:
    before = repo.path("a.txt").stat()
    repo.git("update-index", "--refresh")
    repo.write("a.txt", "b\n")
    os.utime(repo.path("a.txt"), ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert set(changes(compare_folder(repo.root, "HEAD"))) == {"a.txt"}


def test_an_intended_addition_is_an_added_file(repo: Repo) -> None:
    repo.write("new", "x")
    repo.git("add", "-N", "new")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {"new": Change("new", 0, None, REGULAR, None)}
    assert comparison.tree.entries["new"].oid is None
    assert comparison.tree.read(["new"]) == {"new": b"x"}


def test_a_deleted_intended_addition_is_not_a_change(repo: Repo) -> None:
    repo.write("new", "x")
    repo.git("add", "-N", "new")
    repo.remove("new")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert "new" not in comparison.tree.entries


@pytest.fixture
def conflict(repo: Repo) -> Repo:
    repo.commit({"both": "base\n", "edited-here": "base\n", "deleted-here": "base\n"})
    repo.switch("theirs", "main")
    repo.remove("edited-here")
    repo.commit({"both": "theirs\n", "deleted-here": "theirs\n", "added": "theirs\n"})
    repo.switch("main")
    repo.remove("deleted-here")
    repo.commit({"both": "ours\n", "edited-here": "ours\n", "added": "ours\n"})
    repo.git("merge", "-q", "theirs", check=False)
    return repo


def test_paths_in_conflict_are_changes_with_their_base_and_their_content_on_disk(conflict: Repo) -> None:
    comparison = compare_folder(conflict.root, "HEAD^", exact=True)
    found = changes(comparison)
    assert set(found) == {"both", "edited-here", "deleted-here", "added"}
    assert comparison.base_contents(found) == dict.fromkeys(("both", "edited-here", "deleted-here"), b"base\n")
    assert found["added"].added
    contents = comparison.tree.read(found)
    assert b"<<<<<<<" in contents["both"]
    assert contents["edited-here"] == b"ours\n"
    assert contents["deleted-here"] == b"theirs\n"
    assert all(comparison.tree.entries[path].oid is None for path in found)


def test_a_path_in_conflict_that_is_gone_from_disk_is_deleted(conflict: Repo) -> None:
    conflict.remove("both")
    comparison = compare_folder(conflict.root, "HEAD^", exact=True)
    assert changes(comparison)["both"].deleted
    assert "both" not in comparison.tree.entries


def test_a_file_outside_a_sparse_checkout_is_neither_deleted_nor_unknown(repo: Repo) -> None:
    repo.commit({"in/x": "x\n", "out/y": "y\n", "out/z": "z\n"})
    repo.git("sparse-checkout", "set", "--cone", "in")
    assert not repo.path("out").exists()
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert comparison.tree.entries["out/y"].oid == repo.rev("HEAD:out/y")
    assert comparison.tree.read(["in/x", "out/y", "out/z"]) == {"in/x": b"x\n", "out/y": b"y\n", "out/z": b"z\n"}


def test_a_sparse_index_is_listed_file_by_file(repo: Repo) -> None:
    base = repo.commit({"in/x": "x\n", "out/deep/y": "y\n"})
    repo.commit({"out/deep/y": "changed\n"})
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
    comparison = compare_folder(repo.root, base, exact=True)
    assert set(changes(comparison)) == {"out/deep/y"}
    assert comparison.tree.read(["out/deep/y"]) == {"out/deep/y": b"changed\n"}


@pytest.mark.parametrize("promise", ["--assume-unchanged", "--skip-worktree"])
def test_a_deleted_file_marked_unchanged_is_read_from_the_index(repo: Repo, promise: str) -> None:
    repo.git("update-index", promise, "a.txt")
    repo.remove("a.txt")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert comparison.tree.entries["a.txt"].oid == repo.rev("HEAD:a.txt")
    assert comparison.tree.read(["a.txt"]) == {"a.txt": b"a\n"}


@pytest.mark.parametrize("promise", ["--assume-unchanged", "--skip-worktree"])
def test_an_edited_file_marked_unchanged_is_read_from_the_index(repo: Repo, promise: str) -> None:
    oid = repo.rev("HEAD:a.txt")
    repo.git("update-index", promise, "a.txt")
    repo.write("a.txt", "something else")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert comparison.tree.entries["a.txt"].oid == oid  # under which its content is remembered
    assert comparison.tree.read(["a.txt"]) == {"a.txt": b"a\n"}


def test_a_link_in_place_of_a_folder_hides_its_files_with_any_target(repo: Repo) -> None:
    repo.commit({"folder/x": "1", "folder/y": "1", "other/x/inner": "1", "other/y": "1"})
    repo.link("folder", "other")  # behind which x is a folder, and y a file
    comparison = compare_folder(repo.root, "HEAD")
    assert {path for path, change in changes(comparison).items() if change.deleted} == {"folder/x", "folder/y"}
    assert set(comparison.tree.entries) == {"a.txt", "folder", "other/x/inner", "other/y"}
    assert comparison.tree.entries["folder"].mode == SYMLINK


def test_a_folder_in_the_place_of_a_file_hides_the_file(repo: Repo) -> None:
    repo.remove("a.txt")
    repo.write("a.txt/inner", "x")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison)["a.txt"].deleted
    assert set(comparison.tree.entries) == {"a.txt/inner"}


def test_a_link_in_the_place_of_a_folder_hides_the_folders_files(repo: Repo) -> None:
    repo.commit({"d/x": "x\n"})
    repo.path("d").rename(repo.path("e"))
    repo.link("d", "e")
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison)["d/x"].deleted
    assert comparison.tree.entries["d"].mode == SYMLINK
    assert "d/x" not in comparison.tree.entries
    assert comparison.tree.read(["d", "e/x"]) == {"d": b"e", "e/x": b"x\n"}


def test_a_nested_repository_that_is_not_a_submodule_is_one_path(repo: Repo) -> None:
    Repo.of(repo.root / "inner", {"x": "1"})
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {"inner": Change("inner", 0, None, SUBMODULE, None)}
    assert comparison.tree.read(["inner"]) == {}


def test_a_pipe_or_socket_in_the_place_of_a_file_is_not_opened(repo: Repo) -> None:
    repo.commit({"pipe": "1", "socket": "1"})
    repo.remove("pipe")
    repo.remove("socket")
    os.mkfifo(repo.path("pipe"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(repo.path("socket")))
        comparison = compare_folder(repo.root, "HEAD")
        assert comparison.tree.read(["pipe", "socket"]) == {}
        assert {"pipe", "socket"} <= set(changes(comparison))


def test_the_content_of_an_unsupported_link_is_its_target(repo: Repo) -> None:
    repo.link("link", "a.txt")
    repo.commit()
    repo.git("config", "core.symlinks", "false")
    repo.remove("link")
    repo.git("checkout", "-q", "--", "link")
    assert not repo.path("link").is_symlink()
    comparison = compare_folder(repo.root, "HEAD")
    assert changes(comparison) == {}
    assert comparison.tree.entries["link"].mode == SYMLINK
    assert comparison.tree.read(["link"]) == {"link": b"a.txt"}


def test_converted_line_endings_are_not_a_change(repo: Repo) -> None:
    repo.commit({".gitattributes": "*.txt text eol=crlf\n"})
    repo.remove("a.txt")
    repo.git("checkout", "-q", "--", "a.txt")
    assert repo.path("a.txt").read_bytes() == b"a\r\n"
    os.utime(repo.path("a.txt"), (1, 1))
    assert changes(compare_folder(repo.root, "HEAD")) == {}


def test_a_comparison_changes_neither_the_index_nor_any_file(conflict: Repo) -> None:
    conflict.write("untracked")
    os.utime(conflict.path("a.txt"), (1, 1))  # git would like to note that it is unchanged after all
    before = _everything(conflict)
    comparison = compare_folder(conflict.root, "HEAD^", exact=True)
    comparison.tree.read(comparison.tree.entries)
    comparison.base_contents(changes(comparison))
    compare_folder(conflict.root)
    compare_folder(conflict.root, "theirs", "HEAD").tree.read(["both"])
    assert _everything(conflict) == before


def _everything(repo: Repo) -> dict[str, tuple[bytes, int]]:
    files = (path for path in repo.root.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_bare_repository_has_no_working_tree_and_a_hint(repo: Repo) -> None:
    bare = repo.clone(repo.root.parent / "bare", "--bare")
    with pytest.raises(UsageError, match="bare") as caught:
        compare_folder(bare.root)
    assert caught.value.hint == "Run the command in a clone with a working tree."


@pytest.mark.parametrize("head", [None, "HEAD"])
def test_many_changes_are_stored_as_the_output_of_git(
    conflict: Repo, monkeypatch: pytest.MonkeyPatch, head: str | None
) -> None:
    """They are the same changes as those of a small difference."""
    conflict.write("untracked")
    base = conflict.rev("HEAD^")
    few = compare_folder(conflict.root, base, head, exact=True).changes
    monkeypatch.setattr("commonhold.vcs.changes._MOST_PARSED", 0)
    comparison = compare_folder(conflict.root, base, head, exact=True)
    many = comparison.changes
    assert isinstance(few, tuple)
    assert not isinstance(many, tuple)
    assert many
    assert len(many or ()) == len(few) > 1
    assert tuple(sorted(many or ())) == few
    assert few[0] in (many or ())
    assert len(many or ()) == len(few)
    assert comparison.base_contents(["both"]) == {"both": b"base\n"}
