"""The comparison with Python's own peers: its workspace, its known truth and its tables, without the peers."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.changes import SIZE, Scene, changes
from benchmarks.compare import Verdict, ask, results
from benchmarks.generate import Monorepo, shape
from benchmarks.measure import Contestant, clean_environment
from benchmarks.proof import noticing
from benchmarks.python_peers import collected, last_words
from benchmarks.release_peers import Outcome, in_order, situations
from commonhold.index.uv import find_uv

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = {change.title: change for change in changes()}


def test_the_expected_plugins_are_those_whose_tests_notice_the_change(tmp_path: Path) -> None:
    change = CHANGES["a dependency of tests only (not of the plugins above)"]
    assert noticing(change, tmp_path / "tree") == change.expected


@pytest.mark.parametrize("title", ["a module of a dependency", "one version in uv.lock", "a new plugin"])
def test_the_repositories_are_workspaces_whose_lock_uv_reads(title: str, tmp_path: Path) -> None:
    CHANGES[title].write(tmp_path / "repository")
    done = subprocess.run(
        [find_uv(os.environ), "tree", "--frozen", "--offline", "--python", sys.executable],
        cwd=tmp_path / "repository",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "acmeplugins-hub0 v1.0.0" in done.stdout


def test_a_verdict_counts_missed_and_needless_plugins() -> None:
    expected = frozenset("ab")
    cells = [Verdict(expected, each).cell() for each in (expected, frozenset("acd"), frozenset("abc"), None)]
    assert cells == ["right", "**misses 1**, 2 too many", "1 too many", "fails"]


def test_a_tool_that_ends_with_an_error_and_no_answer_fails(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('no base')")
    broken = Contestant("broken", command, tmp_path, answer=lambda printed: frozenset(printed.split()))
    verdict = ask(broken, clean_environment(tmp_path / "home"), frozenset("a"))
    assert (verdict.cell(), verdict.error) == ("fails", "no base")


def test_the_table_ends_with_the_sums() -> None:
    expected = frozenset("ab")
    found = {
        "one": {"x": Verdict(expected, expected), "y": Verdict(expected, frozenset("a"))},
        "two": {"x": Verdict(frozenset(), frozenset("c")), "y": Verdict(frozenset(), frozenset())},
    }
    assert results(found, {"z 1.0": "it is not there"}).splitlines()[2:] == [
        "| one | 2 | right | **misses 1** |",
        "| two | 0 | 1 too many | right |",
        "| **all 2 changes** | 2 | 1 right; 0 missed, 1 too many | 1 right; 1 missed, 0 too many |",
        "",
        "Left out: z 1.0: it is not there.",
    ]


def test_the_names_of_plugins_are_read_from_the_output_of_the_peers() -> None:
    assert last_words(["acmeplugins-contrib-leaf1", "acmeplugins-monorepo"]) == {"leaf1"}
    printed = (
        "\x1b[36m[Tach]\x1b[0m   - /tmp/plugins/official/acme-leaf2/tests/test_client.py\n"
        "plugins/official/acme-leaf3/tests/test_client.py::test_it\n"
        "ERROR plugins/community/acme-leaf4/tests/test_it.py - RuntimeError\n"
    )
    assert collected(printed) == {"leaf3", "leaf4"}


def test_a_release_needs_each_changed_plugin_after_the_plugins_that_it_requires() -> None:
    scene = Scene(Monorepo(shape(SIZE)))
    expected = next(each.expected for each in situations(scene) if each.title == "fixes in a chain of three")
    released = [["hub0", "middle0", "leaf0"], ["middle0", "hub0", "leaf0"], ["hub0", "leaf13"]]
    cells = [Outcome(expected, names, in_order(names, scene)).cell() for names in released]
    assert cells == ["right", "**wrong order**", "**misses 2**, 1 too many"]
