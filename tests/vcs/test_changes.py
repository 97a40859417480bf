"""The paths that differ between two commits, with any name and both sides of a move."""

from __future__ import annotations

import os

import pytest

from commonhold.tree import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK
from commonhold.vcs import Change
from tests.support.comparisons import changes, compare_folder
from tests.support.repositories import Repo

ODD = [
    "a b.txt",
    'say "hi".txt',
    "it's.txt",
    "new\nline.txt",
    "tab\there.txt",
    "back\\slash.txt",
    " leading and trailing ",
    "-dash",
    ":(glob)*",
    "é.txt",
    "雪/ゆき.txt",
    os.fsdecode(b"caf\xe9.txt"),
    os.fsdecode(b"\xff\xfe/\x01"),
    "a\rb",
    "#x",
    "$(touch PWNED)",
]


@pytest.mark.parametrize("path", ODD)
def test_a_path_may_contain_any_bytes(repo: Repo, path: str) -> None:
    base = repo.head
    head = repo.commit({path: "odd\n"})
    found = changes(compare_folder(repo.root, base, head, exact=True))
    assert list(found) == [path]
    tree = compare_folder(repo.root, base, head).tree
    assert tree.entries[path].mode == REGULAR
    assert tree.read([path]) == {path: b"odd\n"}


@pytest.mark.parametrize("path", ODD)
def test_a_path_on_disk_may_contain_any_bytes(repo: Repo, path: str) -> None:
    repo.commit({path: "odd\n"})
    repo.write(path, "changed\n")
    comparison = compare_folder(repo.root, "HEAD")
    assert list(changes(comparison)) == [path]
    assert comparison.tree.read([path]) == {path: b"changed\n"}
    assert comparison.base_contents([path]) == {path: b"odd\n"}


def test_an_addition_an_edit_and_a_deletion_have_both_sides(repo: Repo) -> None:
    base = repo.commit({"edited": "1", "deleted": "x"})
    repo.remove("deleted")
    head = repo.commit({"edited": "2", "added": "y"})
    oid = {(rev, path): repo.rev(f"{rev}:{path}") for rev, path in [(base, "edited"), (head, "edited")]}
    assert changes(compare_folder(repo.root, base, head)) == {
        "added": Change("added", 0, None, REGULAR, repo.rev(f"{head}:added")),
        "deleted": Change("deleted", REGULAR, repo.rev(f"{base}:deleted"), 0, None),
        "edited": Change("edited", REGULAR, oid[base, "edited"], REGULAR, oid[head, "edited"]),
    }


def test_a_rename_is_a_deletion_and_an_addition(repo: Repo) -> None:
    base = repo.commit({"plugins/a/x.py": "the same text\n" * 20})
    (repo.root / "plugins/b").mkdir()
    repo.git("mv", "plugins/a/x.py", "plugins/b/x.py")
    head = repo.commit()
    found = changes(compare_folder(repo.root, base, head))
    assert found["plugins/a/x.py"].deleted
    assert found["plugins/b/x.py"].added
    assert not found["plugins/a/x.py"].added
    assert not found["plugins/b/x.py"].deleted


def test_a_change_of_the_executable_bit_is_a_change(repo: Repo) -> None:
    base = repo.head
    repo.path("a.txt").chmod(0o755)
    oid = repo.rev("HEAD:a.txt")
    assert changes(compare_folder(repo.root, base)) == {"a.txt": Change("a.txt", REGULAR, oid, EXECUTABLE, None)}
    assert compare_folder(repo.root, base).tree.entries["a.txt"].mode == EXECUTABLE
    head = repo.commit()
    assert changes(compare_folder(repo.root, base, head)) == {"a.txt": Change("a.txt", REGULAR, oid, EXECUTABLE, oid)}


def test_a_file_that_becomes_a_link_is_one_change_and_reads_as_its_target(repo: Repo) -> None:
    base = repo.head
    repo.write("b.txt", "b")
    repo.link("a.txt", "b.txt")
    on_disk = compare_folder(repo.root, base)
    assert (changes(on_disk)["a.txt"].old_mode, changes(on_disk)["a.txt"].new_mode) == (REGULAR, SYMLINK)
    assert on_disk.tree.read(["a.txt"]) == {"a.txt": b"b.txt"}
    head = repo.commit()
    committed = compare_folder(repo.root, base, head)
    assert (changes(committed)["a.txt"].old_mode, changes(committed)["a.txt"].new_mode) == (REGULAR, SYMLINK)
    assert committed.tree.read(["a.txt"]) == {"a.txt": b"b.txt"}
    assert committed.base_contents(["a.txt"]) == {"a.txt": b"a\n"}


def test_the_content_of_a_broken_link_is_its_target(repo: Repo) -> None:
    repo.link("link", "no/such/place")
    assert compare_folder(repo.root, "HEAD").tree.read(["link"]) == {"link": b"no/such/place"}


def test_a_file_that_becomes_a_folder_is_deleted_and_its_files_are_added(repo: Repo) -> None:
    base = repo.head
    repo.remove("a.txt")
    head = repo.commit({"a.txt/inner": "x"})
    found = changes(compare_folder(repo.root, base, head))
    assert found["a.txt"].deleted
    assert found["a.txt/inner"].added


@pytest.fixture
def with_submodule(repo: Repo) -> Repo:
    other = Repo.of(repo.root.parent / "other", {"o.txt": "1"})
    repo.git("submodule", "--quiet", "add", str(other.root), "sub")
    repo.commit(message="add a submodule")
    return repo


def test_an_added_submodule_is_one_change(with_submodule: Repo) -> None:
    repo = with_submodule
    found = changes(compare_folder(repo.root, "HEAD^", "HEAD"))
    assert set(found) == {".gitmodules", "sub"}
    assert found["sub"] == Change("sub", 0, None, SUBMODULE, repo.rev("HEAD:sub"))


def test_a_submodule_is_an_entry_without_content(with_submodule: Repo) -> None:
    for head in (None, "HEAD"):
        tree = compare_folder(with_submodule.root, "HEAD^", head).tree
        assert tree.entries["sub"].mode == SUBMODULE
        assert tree.read(["sub"]) == {}


def test_a_submodule_at_another_commit_is_a_change(with_submodule: Repo) -> None:
    repo = with_submodule
    old = repo.rev("HEAD:sub")
    new = Repo(repo.root / "sub").commit({"o.txt": "2"})
    assert changes(compare_folder(repo.root, "HEAD"))["sub"].new_mode == SUBMODULE
    repo.commit(message="bump")
    comparison = compare_folder(repo.root, "HEAD^", "HEAD")
    assert changes(comparison) == {"sub": Change("sub", SUBMODULE, old, SUBMODULE, new)}
    assert comparison.base_contents(["sub"]) == {}


@pytest.mark.parametrize("where", [".gitmodules", "configuration", "diff"])
def test_a_submodule_with_edits_is_a_change_despite_configuration(with_submodule: Repo, where: str) -> None:
    repo = with_submodule
    if where == ".gitmodules":
        repo.git("config", "-f", ".gitmodules", "submodule.sub.ignore", "all")
        repo.commit(message="ignore it")
    elif where == "configuration":
        repo.git("config", "submodule.sub.ignore", "all")
    else:
        repo.git("config", "diff.ignoreSubmodules", "all")
    assert changes(compare_folder(repo.root, "HEAD")) == {}
    repo.write("sub/o.txt", "edited")
    assert list(changes(compare_folder(repo.root, "HEAD"))) == ["sub"]


def test_a_submodule_that_is_not_checked_out_is_unchanged(with_submodule: Repo) -> None:
    clone = with_submodule.clone(with_submodule.root.parent / "clone")
    comparison = compare_folder(clone.root, "HEAD")
    assert changes(comparison) == {}
    assert comparison.tree.entries["sub"].mode == SUBMODULE


def test_a_submodule_that_replaces_a_folder_is_a_change(repo: Repo) -> None:
    repo.commit({"sub/x": "1"})
    repo.remove("sub")
    other = Repo.of(repo.root.parent / "other", {"x": "1"})
    repo.git("rm", "-rq", "--cached", "sub")
    repo.git("submodule", "--quiet", "add", str(other.root), "sub")
    head = repo.commit()
    found = changes(compare_folder(repo.root, "HEAD^", head))
    assert found["sub/x"].deleted
    assert found["sub"].new_mode == SUBMODULE


def test_a_comparison_with_itself_is_empty(repo: Repo) -> None:
    assert compare_folder(repo.root, "HEAD", "HEAD").changes == ()
    assert compare_folder(repo.root, "HEAD").changes == ()


def test_a_comparison_does_not_refresh_the_index_of_a_submodule(with_submodule: Repo) -> None:
    index = with_submodule.path(".git/modules/sub/index")
    os.utime(with_submodule.path("sub/o.txt"), (1, 1))
    before = index.read_bytes(), index.stat().st_mtime_ns
    assert changes(compare_folder(with_submodule.root, "HEAD")) == {}
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
