"""The cache returns metadata and imports only for the content they were read from."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.names import Name
from commonhold.workspace import cache as cache_module
from commonhold.workspace.cache import Cache
from commonhold.workspace.config import Config, Tier
from commonhold.workspace.load import read_workspace
from commonhold.workspace.model import BaseState
from commonhold.workspace.patterns import Patterns
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.workspace.model import Workspace

CONFIG = Config(tiers={"plain": Tier("plain", Patterns(["p/*"]))})
FILES = {
    "p/a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["b[fast]"]\n'
    '[dependency-groups]\ntest = ["c"]\n[tool.commonhold]\nenv = { A = "1" }\n',
    "p/a/a.py": "import b\n",
    "p/a/requirements.txt": "-r ../../common/needs.txt\n",
    "p/b/setup.py": "from setuptools import setup\nsetup(name='b', extras_require={'fast': ['c']})\n",
    "p/b/b.py": "x = 'c'\n",
    "p/c/pyproject.toml": '[project]\nname = "c"\nversion = "1"\n',
    "p/c/c.py": "x = 'c'\n",
}


def read(tree: MemoryTree, cache: Cache | None = None) -> Workspace:
    return read_workspace(tree, CONFIG, cache=cache)


def edges(workspace: Workspace) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.how) for edge in workspace.graph.edges}


def filled_cache(files: Mapping[str, str] = FILES, links: Mapping[str, str] | None = None) -> Cache:
    """A cache of these files, as another process loads it."""
    cache = Cache()
    read(MemoryTree(files, links), cache)
    return Cache.load(cache.dump())


def requested(tree: MemoryTree) -> set[str]:
    return {path for paths in tree.requested for path in paths}


def test_cached_files_are_not_read_again() -> None:
    tree = MemoryTree(FILES)
    cache = filled_cache()
    cached, fresh = read(tree, cache), read(MemoryTree(FILES))
    assert cached._replace(graph=fresh.graph) == fresh
    assert cached.graph.edges == fresh.graph.edges
    assert not requested(tree)
    assert not cache.modified


@pytest.mark.parametrize("roots", [{"p/a": ()}, {"p/b": (), "p/gone": ()}])
def test_project_files_that_changed_keep_cached_files_if_their_import_roots_are_the_same(
    roots: dict[str, tuple[()]],
) -> None:
    cache = filled_cache()
    tree = MemoryTree(FILES)
    read_workspace(tree, CONFIG, BaseState({"p/a": Name("a"), "p/b": Name("b")}, roots=roots), cache)
    assert not requested(tree)


def test_files_are_cached_next_to_a_folder_that_only_configures_tools() -> None:
    files = FILES | {"p/tools/pyproject.toml": "[tool.black]\n", "p/tools/x.py": "import b\n"}
    tree = MemoryTree(files)
    assert edges(read(tree, filled_cache(files))) == edges(read(MemoryTree(files)))
    assert not requested(tree)


@pytest.mark.parametrize("path", FILES)
def test_a_changed_file_is_read_again(path: str) -> None:
    changed = FILES | {path: FILES[path].replace("c", "d").replace("import b", "import c")}
    tree = MemoryTree(changed)
    assert edges(read(tree, filled_cache())) == edges(read(MemoryTree(changed)))
    assert path in requested(tree)


@pytest.mark.parametrize(
    "more",
    [
        {"p/a/dev-requirements.txt": "c\n"},
        {"common/needs.txt": "c\n"},
        {"p/c/b.py": ""},
        {"p/d/setup.py": "from setuptools import setup\nsetup(name='d')\n", "p/d/b.py": ""},
    ],
)
def test_an_added_file_invalidates_the_entries_it_affects(more: dict[str, str]) -> None:
    now = FILES | more
    assert edges(read(MemoryTree(now), filled_cache())) == edges(read(MemoryTree(now)))
    assert edges(read(MemoryTree(FILES), filled_cache(now))) == edges(read(MemoryTree(FILES)))


def test_a_link_that_replaces_a_folder_invalidates_entries_that_missed_a_file_there() -> None:
    elsewhere = FILES | {"elsewhere/needs.txt": "c\n"}
    linked = MemoryTree(elsewhere, {"common": "elsewhere"})
    assert ("a", "c", "requirements-file") in edges(read(linked, filled_cache(elsewhere)))
    assert edges(read(MemoryTree(elsewhere), filled_cache(elsewhere, {"common": "elsewhere"}))) == edges(
        read(MemoryTree(elsewhere))
    )


def test_a_file_without_an_object_id_is_read_each_time() -> None:
    tree = MemoryTree(FILES)
    for path in ("p/a/a.py", "p/c/pyproject.toml"):
        tree.entries[path] = tree.entries[path]._replace(oid=None)
    cache = Cache()
    read(tree, cache)
    tree.requested.clear()
    read(tree, Cache.load(cache.dump()))
    assert requested(tree) == {"p/a/a.py", "p/c/pyproject.toml"}


def test_metadata_with_a_date_is_not_cached_but_the_rest_is() -> None:
    dated = FILES | {
        "p/c/pyproject.toml": FILES["p/c/pyproject.toml"] + "[tool.commonhold]\nmaintainers = 2024-01-01\n"
    }
    tree = MemoryTree(dated)
    workspace = read(tree, filled_cache(dated))
    assert requested(tree) == {"p/c/pyproject.toml"}
    assert edges(workspace) == edges(read(MemoryTree(dated)))


def test_a_cache_of_another_version_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "READER", ("0.0", 3, 9))
        data = filled_cache().dump()
    tree = MemoryTree(FILES)
    read(tree, Cache.load(data))
    assert requested(tree) == FILES.keys()


DUMP = filled_cache().dump()


@given(st.integers(0, len(DUMP) - 1), st.integers(1, 255))
def test_a_damaged_cache_is_empty(at: int, change: int) -> None:
    damaged = DUMP[:at] + bytes([DUMP[at] ^ change]) + DUMP[at + 1 :]
    for data in (damaged, DUMP[:at]):
        tree = MemoryTree(FILES)
        read(tree, Cache.load(data))
        assert requested(tree) == FILES.keys()


@given(st.binary(max_size=40))
def test_any_bytes_can_be_loaded(data: bytes) -> None:
    assert Cache.load(data).metadata("p/a", [], {}) is None


@pytest.mark.parametrize(
    "value", [(), (cache_module.READER,), (cache_module.READER, {}, 1), (cache_module.READER, {"p": 1}, 1, 2, 3), 7]
)
def test_a_cache_of_another_structure_is_empty(value: Any) -> None:
    data = marshal.dumps(value)
    cache = Cache.load(cache_module._check(data) + data)
    assert cache.metadata("p", [], {}) is None
    assert cache.scanned("p/a.py", "1") is None
