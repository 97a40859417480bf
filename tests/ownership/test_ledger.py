"""The ledger: entries form a chain for each plugin, and a change may only add entries at its end."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ownership import REPOSITORY_CHAIN, next_entry, read_ledger, rewritten_entries
from commonhold.tree import EXECUTABLE
from commonhold.workspace.config import Config
from tests.support.trees import MemoryTree

CONFIG = Config()
LINK = "https://github.com/acme/acme/pull/1"


def written(*events: tuple[str, str]) -> dict[str, str]:
    """The files of a ledger to which these events, each with its plugin, were added in order."""
    files: dict[str, str] = {}
    for number, (plugin, event) in enumerate(events):
        ledger = read_ledger(MemoryTree(files), CONFIG)
        path, text = next_entry(ledger, CONFIG, plugin, event, date(2026, 1, 1 + number), 583231, LINK, 'a "reason"')
        files[path] = text
    return files


FILES = written(("acme-a", "listed"), (REPOSITORY_CHAIN, "merged-without-approval"), ("acme-a", "noticed"))
FIRST, _, SECOND = FILES


def problems(files: dict[str, str]) -> list[str]:
    return [str(problem) for problem in read_ledger(MemoryTree(files), CONFIG).problems]


def test_written_entries_form_a_chain_for_each_plugin() -> None:
    assert [*FILES] == [
        "governance/ledger/acme-a/0001-listed.toml",
        "governance/ledger/_repository/0001-merged-without-approval.toml",
        "governance/ledger/acme-a/0002-noticed.toml",
    ]
    ledger = read_ledger(MemoryTree(FILES), CONFIG)
    assert ledger.problems == ()
    first, second = ledger.chains["acme-a"]
    assert (first.number, first.event, first.by, first.reason, first.previous) == (
        1,
        "listed",
        583231,
        'a "reason"',
        None,
    )
    assert second.previous == first.digest


CASES = {
    "first entry changed": (
        {**FILES, FIRST: FILES[FIRST] + "# more\n"},
        "0002-noticed.toml: does not continue the chain",
    ),
    "first entry removed": ({SECOND: FILES[SECOND]}, "has the number 0002, but the next number is 0001"),
    "number twice": (
        {**FILES, FIRST.replace("listed", "x"): FILES[FIRST].replace("listed", "x")},
        "has the number 0001",
    ),
    "date before the previous": (
        {**FILES, SECOND: FILES[SECOND].replace("2026-01-03", "2025-01-03")},
        "has a date before the previous entry's, 2026-01-01",
    ),
    "event not in the name": (
        {FIRST.replace("listed", "x"): FILES[FIRST]},
        "event: is not x, the event in the file's name",
    ),
    "plugin not in the folder": (
        {FIRST.replace("acme-a", "b"): FILES[FIRST]},
        "plugin: is not b, the name of the folder",
    ),
    "name not normalized": ({FIRST.replace("acme-a", "Acme_A"): FILES[FIRST]}, "is not named PLUGIN/NNNN-EVENT.toml"),
    "file in the ledger's folder": ({"governance/ledger/README.md": ""}, "README.md: README.md: is not named PLUGIN/"),
    "deeper file": ({"governance/ledger/a/b/0001-x.toml": ""}, "is not named PLUGIN/NNNN-EVENT.toml"),
    "no evidence": (
        {FIRST: FILES[FIRST].replace("evidence", "evidenc")},
        "evidenc: unknown key (did you mean 'evidence'?)",
    ),
    "evidence that is no link": (
        {FIRST: FILES[FIRST].replace(LINK, "in a chat")},
        "evidence: expected a public https link",
    ),
    "by a login": ({FIRST: FILES[FIRST].replace("583231", '"octocat"')}, "by: expected the account's numeric id"),
    "not TOML": ({FIRST: "plugin ="}, "is not TOML"),
}


@pytest.mark.parametrize(("files", "message"), CASES.values(), ids=CASES)
def test_a_mistake_in_the_ledger_is_reported(files: dict[str, str], message: str) -> None:
    assert any(message in problem for problem in problems(files)), problems(files)


def test_a_link_is_not_an_entry() -> None:
    tree = MemoryTree({}, {FIRST: "../../../elsewhere.toml"})
    assert "is not a regular file" in str(read_ledger(tree, CONFIG).problems[0])


def test_a_hostile_name_cannot_control_a_terminal() -> None:
    found = problems({"governance/ledger/acme-a/0001-\x1b[2J.toml": "", FIRST: 'plugin = "\\u001b[2J"\n'})
    assert found
    assert all(problem.isprintable() for problem in found)


def test_entries_are_only_added() -> None:
    base = MemoryTree({FIRST: FILES[FIRST]})

    def rewritten(files: dict[str, str | bytes | tuple[int, bytes]]) -> list[str]:
        return [str(problem) for problem in rewritten_entries(base, MemoryTree(files), CONFIG)]

    assert rewritten({**FILES}) == []
    assert rewritten({}) == [f"{FIRST}: this entry of the ledger was removed; entries are only added"]
    changed = [f"{FIRST}: this entry of the ledger was changed; entries are only added"]
    assert rewritten({FIRST: FILES[FIRST] + "\n"}) == changed
    assert rewritten({FIRST: (EXECUTABLE, FILES[FIRST].encode())}) == changed


@given(st.dictionaries(st.sampled_from([FIRST, SECOND, "governance/ledger/x"]), st.binary(max_size=60)))
def test_reading_the_ledger_is_total(files: dict[str, bytes]) -> None:
    ledger = read_ledger(MemoryTree(files), CONFIG)
    assert len(ledger.problems) >= len(files)
