"""Test with generated links that a copy reads like a checkout and never leads out of its folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from commonhold.release.stage.export import StageError, write_copy
from commonhold.tree import REGULAR, SYMLINK
from tests.support.trees import MemoryTree

_NAMES = st.sampled_from(["a", "b", "c"])
_PLACES = st.builds("/".join, st.lists(_NAMES, min_size=1, max_size=3))
_PATHS = st.builds("{}/{}".format, st.sampled_from(["p/own", "p/own", "p/other"]), _PLACES)
_TARGETS = st.builds(
    "/".join, st.lists(st.sampled_from(["a", "b", "c", "..", "..", ".", "own", "other", "p"]), min_size=1, max_size=6)
)
_ENTRIES = st.one_of(
    st.tuples(st.just(REGULAR), st.binary(max_size=2)), st.tuples(st.just(SYMLINK), _TARGETS.map(os.fsencode))
)


def _possible(files):
    """Remove entries below other entries, which git cannot store."""
    return {path: entry for path, entry in files.items() if not any(path.startswith(f"{other}/") for other in files)}


def _check_out(files, root):
    for path, (mode, content) in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == SYMLINK:
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)


def _read(path):
    """Read a path and follow links: return a file's content, a folder's names, or that there is nothing."""
    try:
        return sorted(os.listdir(path)) if path.is_dir() else path.read_bytes()
    except OSError:
        return None


@settings(max_examples=100, deadline=None)
@example({"p/own/a": (SYMLINK, b"../a/../other"), "p/other/a": (REGULAR, b"")})
@example({"p/own/a": (SYMLINK, b"../other/a/."), "p/other/a": (REGULAR, b"")})
@example({"p/own/a": (SYMLINK, b"c/../b"), "p/own/b": (REGULAR, b"")})
@given(st.dictionaries(_PATHS, _ENTRIES, min_size=1, max_size=12).map(_possible))
def test_a_copy_reads_like_a_checkout_and_stays_inside(files):
    with tempfile.TemporaryDirectory() as folder:
        checkout, copy = Path(folder, "checkout"), Path(folder, "copy")
        _check_out(files, checkout)
        try:
            write_copy(MemoryTree(files), "p/own", str(copy))
        except StageError as error:
            event(error.message.split(" ", 1)[1][:24])
            return
        event("copied")
        for parent, folders, names in os.walk(copy):
            for name in (*folders, *names):
                place = Path(parent, name)
                original = checkout / "p/own" / place.relative_to(copy)
                assert _read(place) == _read(original)
                assert os.path.realpath(place).startswith(os.path.realpath(copy))
