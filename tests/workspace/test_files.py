"""Files are read once each, and prefetched in few requests."""

from __future__ import annotations

from commonhold.workspace.files import Files
from tests.support.trees import MemoryTree

CONTENT = {"a": "1", "b": "2", "c": "3"}


def test_prefetched_files_are_one_request_that_is_awaited_when_needed() -> None:
    tree = MemoryTree(CONTENT)
    files = Files(tree)
    files.prefetch(["a", "b", "gone", "a"])
    assert (tree.requested, tree.answered) == ([["a", "b"]], 0)
    assert (files.get("a"), files.get("b")) == (b"1", b"2")
    assert (tree.requested, tree.answered) == ([["a", "b"]], 1)


def test_no_file_is_requested_twice() -> None:
    tree = MemoryTree(CONTENT)
    files = Files(tree)
    files.prefetch(["a"])
    files.prefetch(["a", "b"])
    assert files.read(["c", "a", "b"]) == {"a": b"1", "b": b"2", "c": b"3"}
    assert files.start_reading(["b", "c"])() == {"b": b"2", "c": b"3"}
    assert files.get("a") == b"1"
    assert tree.requested == [["a"], ["b"], ["c"]]


def test_a_missing_file_is_none_without_a_request() -> None:
    tree = MemoryTree(CONTENT)
    files = Files(tree)
    assert files.get("gone") is None
    assert files.read(["gone", "a"]) == {"a": b"1"}
    assert tree.requested == [["a"]]


def test_a_file_deleted_after_the_listing_is_none_and_not_requested_again() -> None:
    tree = MemoryTree(CONTENT)
    files = Files(tree)
    files.prefetch(["a", "b"])
    tree.files.pop("a")
    assert (files.get("a"), files.get("a"), files.get("b")) == (None, None, b"2")
    assert tree.requested == [["a", "b"]]


def test_a_cached_tree_is_not_wrapped_again() -> None:
    files = Files(MemoryTree(CONTENT))
    assert Files.of(files) is files
    assert Files.of(MemoryTree(CONTENT)).get("c") == b"3"
