"""The selection against an oracle that works out the same by brute force, on generated monorepos and edits.

``COMMONHOLD_EXAMPLES=5000`` makes a long run of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from commonhold.selection import Override, find_affected
from commonhold.vcs import Change, CompareOptions, Comparison, Difference, RevisionRange, compare
from commonhold.workspace import Cache
from tests.selection.generated import changes, repos
from tests.selection.model import LINK, Files, ModelRepo, Plugin, Tier, config, write
from tests.selection.oracle import judge
from tests.selection.uses import KINDS, Use
from tests.support.monorepos import answers
from tests.support.repositories import Repo
from tests.support.trees import MemoryTree, oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from random import Random

    from commonhold.selection import Affected

EXAMPLES = int(os.environ.get("COMMONHOLD_EXAMPLES", "150"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW, derandomize=EXAMPLES == 150)


@dataclass(frozen=True)
class Blobs:
    """The part of a repository that a comparison uses."""

    contents: dict[str, bytes]

    def blobs(self, wanted: Mapping[str, str]) -> Mapping[str, bytes]:
        return {key: self.contents[oid] for key, oid in wanted.items()}


def compared(before: Files, after: Files) -> Comparison:
    """The comparison of two trees as git would make it."""
    paths = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    found = tuple(Change(path, *_side(before, path), *_side(after, path)) for path in paths)
    blobs = Blobs({oid(data): data for _, data in before.values()})
    return Comparison(RevisionRange("base", "head"), MemoryTree(after), Difference(lambda: found), blobs)  # type: ignore[arg-type]


def _side(files: Files, path: str) -> tuple[int, str | None]:
    mode, data = files.get(path, (0, b""))
    return mode, oid(data) if mode else None


def select(base: ModelRepo, head: ModelRepo, *, config_inside: bool, memory: Cache | None = None) -> Affected:
    before, after = (write(repo, config_inside=config_inside) for repo in (base, head))
    override = None if config_inside else Override("outside.toml", config(head).encode())
    return find_affected(compared(before, after), override, memory).affected


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_selects_the_plugin_that_contains_it(kind: str) -> None:
    """The generated examples meet some kinds only in some runs."""
    use = Use(kind, "acme-n1", "gold/p1")
    base = ModelRepo([Tier("gold")], [Plugin(key, f"acme-n{key}", "gold", f"gold/p{key}", "src") for key in range(3)])
    base.plugins[0].uses = [use]
    head = base.copy()
    head.salt = {f"{use.place}/test_1.py" if use.place.endswith("tests") else "gold/p1/data.txt": 1}
    expected = {"acme-n1"} if use.means == "nothing" else {"acme-n0", "acme-n1"}
    for inside in (True, False):
        assert judge(base, head, config_inside=inside).answers.keys() == expected
        assert answers(select(base, head, config_inside=inside)).keys() == expected


@thorough
@given(repos(), st.data(), st.booleans())
def test_the_selection_equals_the_oracle(base: ModelRepo, data: st.DataObject, config_inside: bool) -> None:
    head = data.draw(changes(base))
    expected = judge(base, head, config_inside=config_inside)
    affected = select(base, head, config_inside=config_inside)
    note(affected)
    event(f"{affected.selection}, by {len(affected.plugins)} of {len(head.plugins)}")
    assert answers(affected) == expected.answers
    assert bool(affected.core) == expected.core
    assert set(affected.removed) == expected.removed
    if not affected.plugins:
        assert affected.selection == "none"


@thorough
@given(repos(), st.data(), st.booleans())
def test_one_more_change_never_shrinks_or_weakens_the_selection(
    base: ModelRepo, data: st.DataObject, config_inside: bool
) -> None:
    """More files edited, at an otherwise equal head."""
    head = data.draw(changes(base))
    fewer = data.draw(st.sets(st.sampled_from(sorted(write(head, config_inside=False)))))
    edited = base.copy()
    more = base.copy()
    for repo, paths in ((edited, fewer), (more, fewer | data.draw(st.sets(st.sampled_from(sorted(_editable(base))))))):
        for path in paths:
            repo.salt[path] = repo.salt.get(path, 0) + 1
    small, large = (answers(select(base, repo, config_inside=config_inside)) for repo in (edited, more))
    assert small.keys() <= large.keys()
    assert all(large[name] == "test" for name, answer in small.items() if answer == "test")


def _editable(repo: ModelRepo) -> Iterable[str]:
    return (path for path, (mode, _) in write(repo, config_inside=False).items() if mode != LINK)


@thorough
@given(repos(), st.data(), st.randoms(use_true_random=False))
def test_the_order_of_anything_does_not_matter(base: ModelRepo, data: st.DataObject, random: Random) -> None:
    head = data.draw(changes(base))
    shuffled = head.copy()
    for ordered in (shuffled.plugins, shuffled.tiers):
        random.shuffle(ordered)
    before, after = write(base, config_inside=False), write(head, config_inside=False)
    paths = list(after)
    random.shuffle(paths)
    comparison = compared(before, {path: after[path] for path in paths})
    mixed = list(comparison.changes or ())
    random.shuffle(mixed)
    again = find_affected(
        comparison._replace(difference=Difference(lambda: mixed)), Override("x", config(shuffled).encode())
    ).affected
    first = select(base, head, config_inside=False)
    assert (answers(again), again.selection) == (answers(first), first.selection)
    assert again.warnings == first.warnings
    assert again.removed == first.removed


@thorough
@given(repos(), st.data())
def test_the_cache_does_not_change_the_result(base: ModelRepo, data: st.DataObject) -> None:
    memory, repo = Cache(), base
    for _ in range(data.draw(st.integers(1, 4))):
        head = data.draw(changes(repo))
        fresh = select(repo, head, config_inside=False)
        assert select(repo, head, config_inside=False, memory=memory) == fresh
        memory, repo = Cache.load(memory.dump()), head


def store(repo: Repo, files: Files) -> str:
    """Replace the working tree by these files, and commit."""
    for path in [path for path in repo.git("ls-files", "-z").split("\0") if path and path not in files]:
        repo.remove(path)
    for path, (mode, data) in files.items():
        if mode == LINK:
            repo.link(path, os.fsdecode(data))
        else:
            repo.write(path, data)
    return repo.commit()


@settings(thorough, max_examples=max(8, EXAMPLES // 50))
@given(base=repos(), data=st.data())
def test_a_commit_a_work_tree_and_a_bare_clone_give_the_same_answer(
    tmp_path_factory: object, base: ModelRepo, data: st.DataObject
) -> None:
    from commonhold.effects.process.spawn import SpawnRunner

    folder: Path = tmp_path_factory.mktemp("real")  # type: ignore[attr-defined]
    head = data.draw(changes(base))
    before, after = write(base, config_inside=True), write(head, config_inside=True)
    expected = find_affected(compared(before, after)).affected
    repo = Repo.init(folder / "repo")
    old = store(repo, before)
    new = store(repo, after)
    bare = repo.clone(folder / "bare", "--bare")

    def asked(root: Path, start: str, end: str | None) -> Affected:
        comparison = compare(
            CompareOptions(str(root), start, end, exact=True), lambda _tree: "main", SpawnRunner(), os.environ
        )
        return find_affected(comparison).affected

    committed = asked(repo.root, old, new)
    assert answers(committed) == answers(expected)
    assert asked(bare.root, old, new) == committed
    assert asked(repo.root, old, None)._replace(head=new) == committed
    repo.git("reset", "-q", old)
    assert asked(repo.root, old, None).plugins == committed.plugins
