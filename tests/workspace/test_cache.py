"""What was read is remembered for exactly the content it was read from."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.workspace import cache as module
from commonhold.workspace.cache import Cache
from commonhold.workspace.config import Config, Tier
from commonhold.workspace.load import read_workspace
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


def read(tree: MemoryTree, memory: Cache | None = None) -> Workspace:
    return read_workspace(tree, CONFIG, cache=memory)


def needs(workspace: Workspace) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.how) for edge in workspace.graph.edges}


def learned(files: Mapping[str, str] = FILES, links: Mapping[str, str] | None = None) -> Cache:
    """A memory that has read these files, as another process would find it."""
    memory = Cache()
    read(MemoryTree(files, links), memory)
    return Cache.load(memory.dump())


def questions(tree: MemoryTree) -> set[str]:
    return {path for paths in tree.requested for path in paths}


def test_what_was_read_is_known_without_reading_it_again() -> None:
    tree = MemoryTree(FILES)
    memory = learned()
    known, anew = read(tree, memory), read(MemoryTree(FILES))
    assert known._replace(graph=anew.graph) == anew
    assert known.graph.edges == anew.graph.edges
    assert not questions(tree)
    assert not memory.modified


def test_what_was_read_is_known_beside_a_folder_that_only_configures_tools() -> None:
    files = FILES | {"p/tools/pyproject.toml": "[tool.black]\n", "p/tools/x.py": "import b\n"}
    tree = MemoryTree(files)
    assert needs(read(tree, learned(files))) == needs(read(MemoryTree(files)))
    assert not questions(tree)


@pytest.mark.parametrize("path", FILES)
def test_what_changed_is_read_again_and_is_what_it_is_now(path: str) -> None:
    changed = FILES | {path: FILES[path].replace("c", "d").replace("import b", "import c")}
    tree = MemoryTree(changed)
    assert needs(read(tree, learned())) == needs(read(MemoryTree(changed)))
    assert path in questions(tree)


@pytest.mark.parametrize(
    "more",
    [
        {"p/a/dev-requirements.txt": "c\n"},
        {"common/needs.txt": "c\n"},
        {"p/c/b.py": ""},
        {"p/d/setup.py": "from setuptools import setup\nsetup(name='d')\n", "p/d/b.py": ""},
    ],
)
def test_a_file_that_came_is_seen_wherever_it_matters(more: dict[str, str]) -> None:
    now = FILES | more
    assert needs(read(MemoryTree(now), learned())) == needs(read(MemoryTree(now)))
    assert needs(read(MemoryTree(FILES), learned(now))) == needs(read(MemoryTree(FILES)))


def test_a_link_that_takes_the_place_of_a_folder_is_seen_by_whoever_missed_a_file_there() -> None:
    elsewhere = FILES | {"elsewhere/needs.txt": "c\n"}
    linked = MemoryTree(elsewhere, {"common": "elsewhere"})
    assert ("a", "c", "requirements-file") in needs(read(linked, learned(elsewhere)))
    assert needs(read(MemoryTree(elsewhere), learned(elsewhere, {"common": "elsewhere"}))) == needs(
        read(MemoryTree(elsewhere))
    )


def test_what_is_not_hashed_is_read_each_time() -> None:
    tree = MemoryTree(FILES)
    for path in ("p/a/a.py", "p/c/pyproject.toml"):
        tree.entries[path] = tree.entries[path]._replace(oid=None)
    memory = Cache()
    read(tree, memory)
    tree.requested.clear()
    read(tree, Cache.load(memory.dump()))
    assert questions(tree) == {"p/a/a.py", "p/c/pyproject.toml"}


def test_a_table_with_a_date_is_read_each_time_and_spoils_nothing_else() -> None:
    dated = FILES | {
        "p/c/pyproject.toml": FILES["p/c/pyproject.toml"] + "[tool.commonhold]\nmaintainers = 2024-01-01\n"
    }
    tree = MemoryTree(dated)
    workspace = read(tree, learned(dated))
    assert questions(tree) == {"p/c/pyproject.toml"}
    assert needs(workspace) == needs(read(MemoryTree(dated)))


def test_a_memory_of_another_reader_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "READER", ("0.0", 3, 9))
        data = learned().dump()
    tree = MemoryTree(FILES)
    read(tree, Cache.load(data))
    assert questions(tree) == FILES.keys()


DUMP = learned().dump()


@given(st.integers(0, len(DUMP) - 1), st.integers(1, 255))
def test_a_damaged_memory_is_an_empty_one(at: int, change: int) -> None:
    damaged = DUMP[:at] + bytes([DUMP[at] ^ change]) + DUMP[at + 1 :]
    for data in (damaged, DUMP[:at]):
        tree = MemoryTree(FILES)
        read(tree, Cache.load(data))
        assert questions(tree) == FILES.keys()


@given(st.binary(max_size=40))
def test_any_bytes_are_a_memory(data: bytes) -> None:
    assert Cache.load(data).metadata("p/a", [], {}) is None


@pytest.mark.parametrize("value", [(), (module.READER,), (module.READER, {}, 1), (module.READER, {"p": 1}, 1, 2, 3), 7])
def test_a_memory_of_another_form_is_an_empty_one(value: Any) -> None:
    data = marshal.dumps(value)
    memory = Cache.load(module._check(data) + data)
    assert memory.metadata("p", [], {}) is None
    assert memory.imports("p/a.py", "1") is None
