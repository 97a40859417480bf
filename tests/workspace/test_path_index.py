"""The index of paths finds the plugins that a check of each plugin's paths would find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.names import Name
from commonhold.workspace.path_index import PathIndex
from commonhold.workspace.patterns import Patterns

PARTS = st.sampled_from(["a", "b", "c.txt"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
SOURCES = st.lists(st.one_of(PARTS, st.sampled_from(["*", "**", "a*", "?"])), min_size=1, max_size=3).map("/".join)
NAMES = st.sampled_from([Name("one"), Name("two"), Name("three")])


@given(st.lists(st.tuples(NAMES, PATHS)), st.lists(st.tuples(NAMES, SOURCES)), st.lists(PATHS, min_size=1))
def test_the_plugins_that_name_a_path_are_found(
    plain: list[tuple[Name, str]], patterns: list[tuple[Name, str]], paths: list[str]
) -> None:
    index = PathIndex()
    for name, path in plain:
        index.add_paths(name, [path])
    for name, source in patterns:
        index.add_patterns(name, [source])
    for path in paths:
        inside = {name for name, other in plain if path == other or path.startswith(f"{other}/")}
        assert {*index.find(path)} == inside | {name for name, source in patterns if Patterns([source]).match(path)}
