"""Properties of all paths and all trees."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.tree import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK
from commonhold.vcs import Change
from commonhold.vcs.changes import parse_raw
from tests.support.comparisons import compare_folder, opened
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from commonhold.vcs import Repository

MODES = st.sampled_from([0, REGULAR, EXECUTABLE, SYMLINK, SUBMODULE])
NAMES = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    length = draw(st.sampled_from([40, 64]))
    oids = st.none() | st.integers(1, 16**length - 1).map(lambda number: f"{number:0{length}x}")
    return Change(os.fsdecode(draw(NAMES)), draw(MODES), draw(oids), draw(MODES), draw(oids))


def _raw(change: Change) -> bytes:
    """A change as gitdiffcore(7) says that git writes it."""
    length = max(len(change.old_oid or ""), len(change.new_oid or ""), 40)
    old, new = (oid or "0" * length for oid in (change.old_oid, change.new_oid))
    return f":{change.old_mode:06o} {change.new_mode:06o} {old} {new} M".encode() + b"\0" + os.fsencode(change.path)


@given(st.lists(changes()))
def test_parsed_changes_equal_the_written_ones(written: list[Change]) -> None:
    output = b"".join(_raw(change) + b"\0" for change in written)
    assert list(parse_raw(output)) == written


# Names that git itself keeps out of a tree are not names of files.
ANY_PARTS = st.binary(min_size=1, max_size=6).filter(
    lambda part: not set(part) & set(b"\0/") and part not in (b".", b"..") and not part.lower().startswith(b".git")
)
PARTS = st.one_of(st.sampled_from([b"1", b"2", b"3"]), ANY_PARTS)  # links lead to the former
FILES = st.lists(st.lists(PARTS, min_size=1, max_size=3).map(b"/".join), max_size=6)
CONTENTS = st.tuples(st.sampled_from([REGULAR, EXECUTABLE, SYMLINK]), st.sampled_from([b"1", b"2", b"2\n"]))


@st.composite
def trees(draw: st.DrawFn) -> dict[str, tuple[int, bytes]]:
    """Files by path with mode and content; none lies below another."""
    tree: dict[str, tuple[int, bytes]] = {}
    for raw in draw(FILES):
        path = os.fsdecode(raw)
        parts = path.split("/")
        above = {"/".join(parts[:index]) for index in range(1, len(parts))}
        if not above & set(tree) and not any(other.startswith(f"{path}/") for other in tree):
            tree[path] = draw(CONTENTS)
    return tree


def _lay(repo: Repo, tree: dict[str, tuple[int, bytes]]) -> None:
    for name in os.listdir(repo.root):
        if name != ".git":
            repo.remove(name)
    for path, (mode, content) in tree.items():
        if mode == SYMLINK:
            repo.link(path, os.fsdecode(content.strip()))
        else:
            repo.write(path, content, executable=mode == EXECUTABLE)


def _seen(tree: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    return {path: (mode, data.strip() if mode == SYMLINK else data) for path, (mode, data) in tree.items()}


@settings(max_examples=25, deadline=None)
@given(trees(), st.none() | trees(), trees())
def test_the_changes_are_those_of_a_walk_through_both_trees(
    old: dict[str, tuple[int, bytes]], staged: dict[str, tuple[int, bytes]] | None, new: dict[str, tuple[int, bytes]]
) -> None:
    expected = {path for path in {*old, *new} if _seen(old).get(path) != _seen(new).get(path)}
    # A path that differs in the index may be listed as a change even if the file on disk equals base.
    index = old if staged is None else staged
    doubtful = {path for path in {*old, *index} if _seen(old).get(path) != _seen(index).get(path)}
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo.init(Path(folder) / "repo")
        _lay(repo, old)
        base = repo.commit()
        if staged is not None:
            _lay(repo, staged)
            repo.git("add", "-A")
        _lay(repo, new)
        on_disk = compare_folder(repo.root, base)
        head = repo.commit()
        committed = compare_folder(repo.root, base, head)
        for comparison in (on_disk, committed):
            assert comparison.changes is not None
            paths = [change.path for change in comparison.changes]
            assert len({*paths}) == len(paths)
            assert expected <= {*paths} <= expected | (set() if comparison is committed else doubtful)
            assert all(change.old_mode == old.get(change.path, (0,))[0] for change in comparison.changes)
            assert all(change.new_mode == new.get(change.path, (0,))[0] for change in comparison.changes)
            assert comparison.base_contents(expected) == {path: _seen(old)[path][1] for path in expected & set(old)}
            assert comparison.tree.read(new) == {path: content for path, (_, content) in _seen(new).items()}
            assert {path: entry.mode for path, entry in comparison.tree.entries.items()} == {
                path: mode for path, (mode, _) in new.items()
            }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository to ask; nothing changes it."""
    return opened(Repo.of(tmp_path_factory.mktemp("sample") / "repo", {"a": "1"}).root)


@settings(max_examples=50, deadline=None)
@given(revs=st.lists(NAMES.map(os.fsdecode), max_size=8))
def test_any_text_resolves_to_a_commit_or_to_none(sample: Repository, revs: list[str]) -> None:
    answers = sample.commits(*revs, "HEAD")
    assert len(answers) == len(revs) + 1
    assert answers[-1] is not None
