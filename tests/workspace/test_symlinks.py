"""Symbolic links, compared with the file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.workspace.symlinks import Symlinks
from tests.support.trees import MemoryTree

OUTSIDE = "/"


@pytest.mark.parametrize(
    ("links", "path", "hops"),
    [
        ({}, "a/b", ["a/b"]),
        ({"a/l": "../b/f"}, "a/l", ["a/l", "a/l", "b/f"]),
        ({"a": "b"}, "a/f/g", ["a/f/g", "a", "b/f/g"]),
        ({"a": "b", "b": "c"}, "a/f", ["a/f", "a", "b", "c/f"]),
        ({"a/l": "../b/d/../f", "b/d": "../c/e"}, "a/l", ["a/l", "a/l", "b/d", "c/f"]),
        ({"l": "m/../f", "m": "b"}, "l", ["l", "l", "m", "f"]),
        ({"a/l": "."}, "a/l/f", ["a/l/f", "a/l", "a/f"]),
        ({"a/l": ".."}, "a/l/f", ["a/l/f", "a/l", "f"]),
        ({"l": "/etc"}, "l/passwd", ["l/passwd", "l", OUTSIDE]),
        ({"a/l": "../../x"}, "a/l", ["a/l", "a/l", OUTSIDE]),
    ],
)
def test_every_link_on_the_way_to_a_path_is_followed(links: dict[str, str], path: str, hops: list[str]) -> None:
    assert Symlinks(MemoryTree({"b/f": ""}, links)).follow(path) == hops


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "a"}, {"a/l": "../a/l/x"}])
def test_a_cycle_of_links_leads_nowhere(links: dict[str, str]) -> None:
    held = Symlinks(MemoryTree({}, links))
    assert held.follow(min(links))[-1] == OUTSIDE
    assert not list(held.linked_files(links))
    assert isinstance(held.reached(links, ()), frozenset)


def test_files_behind_a_link_to_a_folder_have_paths_through_the_link() -> None:
    links = Symlinks(MemoryTree({"b/f.py": "", "b/deep/g.py": "", "c/h.py": ""}, {"a/l": "../b", "b/more": "../c"}))
    assert sorted(links.linked_files(["a/l", "a/own.py"])) == [
        ("a/l/deep/g.py", "b/deep/g.py"),
        ("a/l/f.py", "b/f.py"),
        ("a/l/more/h.py", "c/h.py"),
    ]


def test_links_inside_a_target_and_on_the_way_to_it_are_followed() -> None:
    links = Symlinks(MemoryTree({"b/f": "", "c/f": "", "d/f": ""}, {"a/l": "../b", "b/m": "../c", "e": "d"}))
    assert links.reached(["a/l", "a/x"], ()) == {"b", "c"}
    assert links.reached([], ["e/f"]) == {"e/f", "e", "d/f"}
    assert links.reached([], ["elsewhere"]) == {"elsewhere"}
    through = Symlinks(MemoryTree({"b/f": "", "c/f": ""}, {"a/l": "../b/d/../f", "b/d": "../c/e", "c/e": "../g/h"}))
    assert through.reached(["a/l"], ()) == {"b/d", "c/e", "g/f"}


names = st.sampled_from(["a", "b", "c"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
targets = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map("/".join)


@settings(max_examples=60)
@given(st.dictionaries(paths, st.one_of(st.none(), targets), max_size=7), st.lists(paths, max_size=6))
def test_follow_ends_at_the_same_file_as_the_file_system(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, str | None], asked: list[str]
) -> None:
    root = os.path.realpath(tmp_path_factory.mktemp("tree"))
    files, links = build(root, entries)
    held = Symlinks(MemoryTree(files, links))
    for path in {*asked, *files, *links}:
        end = held.follow(path)[-1]
        if os.path.isfile(os.path.join(root, path)):  # not so in a circle, outside, or where nothing is
            real = os.path.relpath(os.path.realpath(os.path.join(root, path)), root)
            assert end == (real if not real.startswith("..") else OUTSIDE)
    link_targets = dict(held.linked_files(links))
    for path, real in link_targets.items():
        if os.path.isfile(os.path.join(root, path)):
            assert os.path.realpath(os.path.join(root, path)) == os.path.join(root, real)


FOLDERS = ("", "a", "a/b", "b", "b/c")
places = st.tuples(st.sampled_from(FOLDERS), st.sampled_from("lm")).map("/".join).map(lambda path: path.lstrip("/"))
steps = st.lists(st.sampled_from(["l", "m", "a", "b", "c", "f", "..", ".."]), min_size=1, max_size=5).map("/".join)


@settings(max_examples=100)
@given(st.dictionaries(places, steps, min_size=1, max_size=5))
def test_a_target_that_leads_through_other_links_is_resolved_step_by_step(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, str]
) -> None:
    root = os.path.realpath(tmp_path_factory.mktemp("tree"))
    files = {f"{folder}/f".lstrip("/"): "" for folder in FOLDERS}
    for path in files:
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        Path(root, path).touch()
    for link, target in links.items():
        os.symlink(target, os.path.join(root, link))
    held = Symlinks(MemoryTree(files, links))
    for link in links:
        for path in (link, f"{link}/f", f"{link}/l/f"):
            full = os.path.join(root, path)
            real = os.path.relpath(os.path.realpath(full), root)
            if os.path.exists(full) and not real.startswith(".."):
                *hops, end = held.follow(path)
                assert end == real.removeprefix(".")
                assert set(hops[1:]) <= set(links)
                assert held.reached((), [path]) >= {*hops, end}


def build(root: str, entries: dict[str, str | None]) -> tuple[dict[str, str], dict[str, str]]:
    """Create the files (``None``) and links that can exist together; return those that were created."""
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    for path, target in entries.items():
        above = {path.rpartition("/")[0], path.partition("/")[0], path}
        below = any(other.startswith(f"{path}/") for other in (*files, *links))
        if below or not above.isdisjoint((*files, *links)):
            continue
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if target is None:
            Path(full).touch()
            files[path] = ""
        else:
            os.symlink(target, full)
            links[path] = target
    return files, links
