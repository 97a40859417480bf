"""The state of a release, for any journal and any beginning of one."""

from __future__ import annotations

import ast
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold import release
from commonhold.errors import UsageError
from commonhold.index.addresses import Address
from commonhold.release.model.journal_events import (
    Aborted,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Inspected,
    NotVerified,
    Rejected,
    Tagged,
    Uploaded,
    Uploading,
    Verified,
)
from commonhold.release.model.plan import Artifact, ArtifactFinding
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.state import replay_journal
from commonhold.release.model.store import make_store, open_store
from tests.release import minimal_artifacts

PLAN = minimal_artifacts.plan_of(
    minimal_artifacts.planned("a"),
    minimal_artifacts.planned("b", "a"),
    minimal_artifacts.planned("h", held="not for this core"),
)
FILES = {name: tuple(Artifact(f"{name}{n}.whl", f"{name}{n}" * 32, 9) for n in range(2)) for name in "ab"}
SOON = datetime(2026, 1, 2, tzinfo=timezone.utc)


def built(name):
    return [
        Built(plugin=name, files=FILES[name]),
        Inspected(plugin=name, files=tuple(file.sha256 for file in FILES[name])),
    ]


def on(kind, file, **fields):
    names = {"plugin": file.name[0], "file": file.name}
    hashes = {"sha256": file.sha256} if kind in (Uploading, Uploaded) else {}
    return kind(**names, **hashes, **fields)


def state_of(*events):
    return replay_journal(PLAN, events)


def a_is(*events):
    plugin = state_of(*events).plugins["a"]
    return plugin.status.value, plugin.why


A1, A2 = FILES["a"]
SELECTED = IndexSelected(index="https://index.invalid/", simple="https://index.invalid/simple/")
UP = [on(Uploaded, A1), on(Uploaded, A2)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "planned"),
        ([BuildFailed(plugin="a", why="syntax")], "failed"),
        ([BuildFailed(plugin="a", why="syntax"), *built("a")], "ready"),
        (built("a")[:1], "built"),
        ([built("a")[0], Inspected(plugin="a", files=("0" * 64,))], "built"),
        (
            [built("a")[0], Inspected(plugin="a", files=(A1.sha256, A2.sha256), findings=(ArtifactFinding("r", "m"),))],
            "faulty",
        ),
        (built("a"), "ready"),
        ([*built("a"), on(Uploading, A1)], "ready"),
        ([*built("a"), on(Uploaded, A1)], "partly"),
        ([*built("a"), on(Uploaded, A1), on(Deferred, A2, why="slow")], "postponed"),
        ([*built("a"), on(Conflict, A1, ours=A1.sha256, theirs="0" * 64), on(Uploaded, A2)], "conflict"),
        ([*built("a"), on(Rejected, A1, status=400, why="no")], "refused"),
        ([*built("a"), on(Rejected, A1, status=400, why="no"), *UP], "uploaded"),
        ([*built("a"), HeldBack(plugin="a", why="w", because="b")], "waiting"),
        ([*built("a"), HeldBack(plugin="a", why="w", because="b"), *UP], "uploaded"),
        ([*built("a"), *UP, Verified(plugin="a")], "verified"),
        ([*built("a"), *UP, NotVerified(plugin="a", why="gone")], "unverified"),
        ([*built("a"), *UP, Verified(plugin="a"), on(Uploading, A1), on(Deferred, A1, why="gone")], "postponed"),
        ([*built("a"), *UP, IndexSelected(index="i/", simple="s/")], "ready"),
        (
            [IndexSelected(index="i/", simple="s/"), *built("a"), *UP, IndexSelected(index="i/", simple="t/")],
            "uploaded",
        ),
        ([*UP, *built("b"), Tagged(tag="t", commit="c")], "planned"),
    ],
)
def test_the_status_follows_from_the_journal(events, state):
    assert a_is(*events)[0] == state


def test_any_finding_stops_a_strict_release():
    findings = (ArtifactFinding("r", "m", known=True),)
    for strict in (False, True):
        event = Inspected(plugin="a", files=(A1.sha256, A2.sha256), findings=findings, strict=strict)
        assert state_of(*built("a"), event).plugins["a"].stops is strict
    assert not state_of(*built("a"), event, *built("a")).plugins["a"].stops


def test_a_journal_cut_after_any_byte_is_valid(tmp_path):
    store = make_store(str(tmp_path), PLAN)
    store.journal.append(*built("a"), on(Uploading, A1), *UP, Verified(plugin="a"), Aborted(why="größer"))
    whole = Path(store.journal.path).read_bytes()
    events = list(store.journal.read())
    for end in range(len(whole) + 1):
        Path(store.journal.path).write_bytes(whole[:end])
        lines = whole[:end].count(b"\n")
        opened = open_store(str(tmp_path))
        assert list(opened.journal.read()) == events[:lines]
        opened.journal.append(events[-1])
        assert list(opened.journal.read()) == [*events[:lines], events[-1]]


def test_a_journal_reads_what_another_process_appended_and_nothing_twice(tmp_path):
    ours = make_store(str(tmp_path), PLAN)
    theirs = open_store(str(tmp_path))
    ours.journal.append(SELECTED, *built("a"))
    assert ours.state().plugins["a"].status is PluginStatus.READY
    theirs.journal.append(*UP)  # theirs has not read what ours appended
    assert theirs.state() == ours.state()
    assert ours.state().plugins["a"].status is PluginStatus.UPLOADED
    with open(ours.journal.path, "ab") as file:
        file.write(b'{"event":"verified","plu')  # cut by a crash
    before = ours.journal.read()
    assert ours.state().plugins["a"].status is PluginStatus.UPLOADED
    theirs.journal.append(Verified(plugin="a"))
    assert ours.journal.read() == (*before, theirs.journal.read()[-1])
    assert ours.journal.read() is ours.journal.read()
    assert [type(event).__name__ for event in open_store(str(tmp_path)).journal.read()] == [
        "Began", "IndexSelected", "Built", "Inspected", "Uploaded", "Uploaded", "Verified"
    ]  # fmt: skip


def test_a_journal_that_was_replaced_is_read_again(tmp_path):
    store = make_store(str(tmp_path), PLAN)
    store.journal.append(SELECTED, *built("a"), *UP)
    assert store.state().any_uploaded
    path = Path(store.journal.path)
    shorter = tmp_path / "other"
    shorter.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    shorter.replace(path)
    assert store.state().plugins["a"].status is PluginStatus.READY
    path.unlink()
    assert store.journal.read() == ()
    assert store.state().plugins["a"].status is PluginStatus.PLANNED


def test_every_status_says_if_it_can_be_uploaded():
    uploadable = {status.value for status in PluginStatus if status.is_uploadable}
    assert uploadable == {
        "ready", "partly", "waiting", "postponed", "conflict", "refused", "uploaded", "unverified", "verified"
    }  # fmt: skip


def test_frozen_records_have_no_mutable_fields():
    folder = Path(release.__file__).parent
    found = []
    for file in folder.rglob("*.py"):
        for record in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(record, ast.ClassDef) and _is_frozen(record):
                fields = [each for each in record.body if isinstance(each, ast.AnnAssign)]
                texts = [(f"{record.name}.{ast.unparse(each.target)}", ast.unparse(each.annotation)) for each in fields]
                found += [name for name, text in texts if re.search(r"\b(dict|list|set|bytearray|deque)\b", text)]
    assert found == []


def _is_frozen(record: ast.ClassDef) -> bool:
    calls = [each for each in record.decorator_list if isinstance(each, ast.Call)]
    keywords = [*record.keywords, *(keyword for call in calls for keyword in call.keywords)]
    return any(each.arg == "frozen" for each in keywords)


def test_plugins_that_the_plan_holds_back_do_not_count():
    state = state_of(*built("a"), *built("b"), *UP, *(on(Uploaded, file) for file in FILES["b"]))
    assert state.plugins["h"].why == "not for this core"
    assert (state.exit_code, state.left) == (0, ())


def test_uploads_of_an_earlier_build_do_not_count():
    other = on(Uploaded, Artifact(A1.name, "f" * 64, 9))
    assert a_is(*built("a"), other, UP[1])[0] == "partly"


def test_the_state_contains_times_and_reasons():
    state = state_of(*built("a"), on(Deferred, A1, why="quota", until=SOON), HeldBack(plugin="b", why="w", because="a"))
    assert (state.plugins["a"].until, state.plugins["a"].why) == (SOON, "quota")
    assert state_of(Aborted(why="enough")).aborted == "enough"
    assert state_of(IndexSelected(index="i/", simple="s/")).address == Address("i/", "s/")


EVENTS = st.sampled_from([
    *built("a"), *built("b"), *UP, on(Uploading, A1), on(Deferred, A1, why="w"), on(Rejected, A2, status=400, why="w"),
    on(Conflict, A1, ours=A1.sha256, theirs="0" * 64), HeldBack(plugin="b", why="w", because="a"), Verified(plugin="a"),
    NotVerified(plugin="b", why="w"), BuildFailed(plugin="b", why="w"), IndexSelected(index="i/", simple="s/"),
    *(on(Uploaded, file) for file in FILES["b"]), Uploading(plugin="stranger", file="f", sha256="0"),
])  # fmt: skip


@given(st.lists(EVENTS, max_size=25))
def test_a_release_can_continue_after_any_beginning_of_a_journal(events):
    for end in range(len(events) + 1):
        state = replay_journal(PLAN, events[:end])
        assert {plugin.plugin.name for plugin in state.left} <= {"a", "b"}
        for plugin in state.plugins.values():
            on_index = [upload for upload in plugin.uploads.values() if isinstance(upload, Uploaded)]
            assert plugin.is_uploaded == (plugin.is_uploadable and len(on_index) == len(plugin.files) == 2)
        assert (state.exit_code == 0) == (not state.left)
        # Whatever was interrupted: to do what is left ends the release.
        rest = [event for name in "ab" for event in (*built(name), *(on(Uploaded, file) for file in FILES[name]))]
        assert replay_journal(PLAN, [*events[:end], *rest]).exit_code == 0


def test_a_store_of_a_plan_with_other_words_is_the_same_store(tmp_path: Path) -> None:
    a, b = minimal_artifacts.planned("a"), minimal_artifacts.planned("b", held="x leaves out 1.0")
    first = make_store(str(tmp_path), minimal_artifacts.plan_of(a, b))
    reworded = minimal_artifacts.planned("b", held="x excludes 1.0")
    assert make_store(str(tmp_path), minimal_artifacts.plan_of(a, reworded)).plan == first.plan
    assert open_store(str(tmp_path)).plan == first.plan
    for other in (minimal_artifacts.planned("b"), minimal_artifacts.planned("b", "a", held="x excludes 1.0")):
        with pytest.raises(UsageError, match="the plan of another release"):
            make_store(str(tmp_path), minimal_artifacts.plan_of(a, other))
