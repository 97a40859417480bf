"""Plugin folders, and the owners of paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.paths import project_folders
from commonhold.workspace.config import Config, Tier
from commonhold.workspace.patterns import Patterns
from commonhold.workspace.plugin_discovery import Owners, find_plugin_folders, unmatched_tier_patterns


def config(**tiers: list[str]) -> Config:
    return Config(tiers={name: Tier(name, Patterns(paths)) for name, paths in tiers.items()})


def test_a_plugin_is_a_folder_with_a_project_file_that_matches_a_tier() -> None:
    paths = ["p/a/pyproject.toml", "p/b/setup.py", "p/c/setup.cfg", "p/d/README.md", "q/a/setup.py", "pyproject.toml"]
    folders, problems = find_plugin_folders(paths, config(plain=["p/*"]))
    assert [folder.path for folder in folders] == ["p/a", "p/b", "p/c"]
    assert not problems


def test_the_root_and_files_with_similar_names_are_not_plugins() -> None:
    assert project_folders(["pyproject.toml", "a/my-setup.py", "b/setup.py"]) == {"b"}


def test_a_folder_in_two_tiers_is_a_problem_that_names_both() -> None:
    folders, problems = find_plugin_folders(["p/a/setup.py"], config(one=["p/*"], two=["*/a"]))
    assert [(folder.path, folder.tier.name) for folder in folders] == [("p/a", "one")]
    assert problems == ("p/a matches two tiers: one (path = ['p/*']) and two (path = ['*/a'])",)


def test_each_pattern_that_matches_no_plugin_is_found() -> None:
    settings = config(one=["p/*", "r/*"], two=["q/*"])
    folders, problems = find_plugin_folders(["p/a/setup.py"], settings)
    assert (list(map(str, unmatched_tier_patterns(folders, settings))), problems) == (
        [
            "tool.commonhold.tiers.one.path: 'r/*' matches no folder with a project file",
            "tool.commonhold.tiers.two.path: 'q/*' matches no folder with a project file",
        ],
        (),
    )


@pytest.mark.parametrize(
    ("exclude", "kept"),
    [
        ("p/b", ["p/a"]),
        ("p/b/**", ["p/a", "p/b"]),
        ("p/*", []),
        ("**/sub", ["p/a", "p/b"]),
        ("b", ["p/a", "p/b", "p/b/sub"]),
    ],
)
def test_excluded_folders_and_those_below_are_not_plugins(exclude: str, kept: list[str]) -> None:
    tier = Tier("t", Patterns(["p/**"]), exclude=Patterns([exclude]))
    folders, _ = find_plugin_folders(["p/a/setup.py", "p/b/setup.py", "p/b/sub/setup.py"], Config(tiers={"t": tier}))
    assert [folder.path for folder in folders] == kept


parts = st.sampled_from(["a", "b", "ab"])
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)


@given(st.frozensets(paths), st.lists(paths))
def test_the_deepest_folder_that_contains_a_path_owns_it(folders: frozenset[str], files: list[str]) -> None:
    owners = Owners(folders)
    for path in files:
        around = [folder for folder in folders if path.startswith(f"{folder}/")]
        assert owners.of(path) == max(around, key=len, default=None)
    owning = {owners.of(path) for path in files} - {None}
    assert owners.group(files) == {folder: [path for path in files if owners.of(path) == folder] for folder in owning}
