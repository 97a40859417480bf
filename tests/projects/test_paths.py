"""Paths in project files, resolved relative to the repository's root."""

from __future__ import annotations

import posixpath

from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.paths import resolve


@given(st.sampled_from(["", "plugins/a"]), st.text("ab./", max_size=9))
def test_a_path_is_resolved_like_a_path_on_disk(folder: str, reference: str) -> None:
    root = "/home/repository"
    path = posixpath.normpath(posixpath.join(root, folder, reference))
    inside = path == root or path.startswith(f"{root}/")
    assert resolve(folder, reference) == (path[len(root) + 1 :] if inside else None)
