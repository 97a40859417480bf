"""Publish to a real index, through a proxy that injects faults."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest
from twine.repository import Repository

from commonhold.errors import ToolError
from commonhold.index.addresses import Address
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import (
    Aborted,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Inspected,
    NotVerified,
    Rejected,
    Uploaded,
    Uploading,
)
from commonhold.release.model.plan import ArtifactFinding
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.state import PartialReleaseError, replay_journal
from commonhold.release.model.store import Store, StoreError, make_store, open_store
from commonhold.release.phases import abort
from commonhold.release.publish import (
    BackoffLimits,
    PublicationResult,
    PublicationStoppedError,
    PublishSettings,
    TwineUploader,
    find_credentials,
    publish,
)
from commonhold.release.publish.twine_uploader import one_line
from commonhold.release.verify.verification import verify
from tests.release import minimal_artifacts
from tests.release.fault_proxy import CUT, LOST, Fault, Proxy, proxy_before
from tests.release.indexes import PASSWORD, Server, pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.release.model.reporter import Reporter

T = TypeVar("T")

LIMITS = BackoffLimits(timeout=60.0, patience=10.0)
"""Generous, so that a busy machine does not look like an index that fails."""

_numbers = itertools.count()


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Iterator[Server]:
    with pypiserver(tmp_path_factory.mktemp("index") / "pypiserver") as server:
        yield server


@pytest.fixture
def names() -> tuple[str, ...]:
    """Names that no other test uses: all tests share one index."""
    number = next(_numbers)
    return tuple(f"{letter}{number}" for letter in "abcde")


@dataclass(frozen=True)
class Rig:
    """An index behind a proxy."""

    server: Server
    proxy: Proxy

    @property
    def address(self) -> Address:
        return self.server.behind(self.proxy.base)

    def publish(
        self, store: Store, limits: BackoffLimits = LIMITS, jobs: int = 4, reporter: Reporter | None = None
    ) -> PublicationResult:
        credentials = find_credentials(self.address.upload, self.server.environ())
        uploader = TwineUploader(self.address.upload, credentials, limits.timeout)
        with store.lock():
            return publish(store, self.address, uploader, reporter, PublishSettings(jobs, limits))

    def is_complete(self, store: Store) -> bool:
        """Whether the index has every file of the plan, with the hashes of the store."""
        return all(
            self.server.files(name) == {file.name: file.sha256 for file in state.files}
            for name, state in store.state().plugins.items()
        )


@pytest.fixture
def rig(index: Server) -> Iterator[Rig]:
    with proxy_before(index.base) as proxy:
        yield Rig(index, proxy)


def states(outcome: PublicationResult) -> list[str]:
    return [state.status.value for state in outcome.state.plugins.values()]


def events(store: Store, kind: type[T]) -> list[T]:
    return [event for event in store.journal.read() if isinstance(event, kind)]


def order(store: Store) -> list[str]:
    """The plugins in the order of their first uploads."""
    return list(dict.fromkeys(event.plugin for event in events(store, Uploading)))


def test_dependencies_are_uploaded_first(rig, names, tmp_path):
    a, b, c, *_ = names
    store = minimal_artifacts.make(
        tmp_path,
        minimal_artifacts.plan_of(
            minimal_artifacts.planned(c), minimal_artifacts.planned(b, c), minimal_artifacts.planned(a, b)
        ),
    )
    outcome = rig.publish(store)
    assert (outcome.exit_code, states(outcome)) == (0, ["uploaded"] * 3)
    assert order(store) == [c, b, a]
    assert rig.is_complete(store)


def test_wheels_are_uploaded_before_sdists(rig, names, tmp_path):
    plugin = minimal_artifacts.planned(names[0])
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(plugin), without=[plugin.name])
    # A build stores the sdist first, because it builds the wheel from it.
    built = (minimal_artifacts.sdist(plugin), minimal_artifacts.wheel(plugin))
    files = tuple(store.add(plugin.name, name, data) for name, data in built)
    hashes = tuple(file.sha256 for file in files)
    store.journal.append(Built(plugin=plugin.name, files=files), Inspected(plugin=plugin.name, files=hashes))
    assert rig.publish(store).exit_code == 0
    assert [event.file for event in events(store, Uploading)] == [files[1].name, files[0].name]


def test_independent_plugins_are_uploaded_in_parallel(rig, names, tmp_path):
    rig.proxy.uploads_to_await = 2
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names)), sdists=False
    )
    assert rig.publish(store, jobs=5).exit_code == 0
    assert rig.proxy.most_at_once > 1


def test_a_second_publication_uploads_nothing(rig, names, tmp_path):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    rig.publish(store)
    before = store.journal.path, list(store.journal.read())
    uploads = len(rig.proxy.uploads)
    assert rig.publish(store).exit_code == 0
    assert len(rig.proxy.uploads) == uploads
    assert (store.journal.path, list(store.journal.read())) == before


def test_another_machine_recognizes_uploaded_files_by_their_hashes(rig, names, tmp_path):
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(names[0]))
    rig.publish(minimal_artifacts.make(tmp_path / "one", plan))
    uploads = len(rig.proxy.uploads)
    other = minimal_artifacts.make(tmp_path / "other", plan)
    assert rig.publish(other).exit_code == 0
    assert len(rig.proxy.uploads) == uploads
    assert [event.already for event in events(other, Uploaded)] == [True, True]


def test_a_conflict_holds_back_the_plugin_and_its_dependents_only(rig, names, tmp_path):
    a, b, c, *_ = names
    foreign = minimal_artifacts.make(
        tmp_path / "foreign", minimal_artifacts.plan_of(minimal_artifacts.planned(a)), without=[a]
    )
    plugin = minimal_artifacts.planned(a)
    name, data = minimal_artifacts.wheel(plugin, salt="theirs")
    theirs = foreign.add(a, name, data)
    foreign.journal.append(Built(plugin=a, files=(theirs,)), Inspected(plugin=a, files=(theirs.sha256,)))
    rig.publish(foreign)
    # No published version satisfies this pin.
    needs = minimal_artifacts.planned(b, a, pins={a: "==1.17.1"})
    store = minimal_artifacts.make(
        tmp_path / "ours", minimal_artifacts.plan_of(plugin, needs, minimal_artifacts.planned(c))
    )
    outcome = rig.publish(store)
    assert (outcome.exit_code, states(outcome)) == (5, ["conflict", "waiting", "uploaded"])
    (conflict,) = events(store, Conflict)
    ours = store.state().plugins[a].files[0]
    assert (conflict.ours, conflict.theirs) == (ours.sha256, theirs.sha256)
    assert theirs.sha256 in outcome.state.plugins[a].why
    assert ours.sha256 in outcome.state.plugins[a].why
    assert outcome.state.plugins[b].because == a


def test_a_conflict_of_a_plugin_that_must_be_released_stops_before_any_upload(rig, names, tmp_path):
    a, b, *_ = names
    rig.publish(_salted(tmp_path / "foreign", a))
    uploads = len(rig.proxy.uploads)
    store = minimal_artifacts.make(
        tmp_path / "ours",
        minimal_artifacts.plan_of(minimal_artifacts.planned(a, stops=True), minimal_artifacts.planned(b)),
    )
    with pytest.raises(PublicationStoppedError, match="the index has different files for plugins that must") as caught:
        rig.publish(store)
    assert caught.value.exit_code == 1
    assert caught.value.hint == "Those files were built from another commit: plan the next version."
    assert len(rig.proxy.uploads) == uploads


def _salted(folder: Path, name: str) -> Store:
    store = minimal_artifacts.make(folder, minimal_artifacts.plan_of(minimal_artifacts.planned(name)), without=[name])
    artifact = store.add(name, *minimal_artifacts.wheel(minimal_artifacts.planned(name), salt="theirs"))
    store.journal.append(Built(plugin=name, files=(artifact,)), Inspected(plugin=name, files=(artifact.sha256,)))
    return store


@pytest.mark.parametrize(
    "fault",
    [
        LOST,
        CUT,
        Fault(503),
        Fault(503, passed=True),
        Fault(500),
        Fault(429, {"Retry-After": "1"}),
        Fault(passed=True, pause=60.0),
        Fault(pause=60.0),
        Fault(302, {"Location": "http://[::1"}),
        Fault(200, {"Content-Type": "text/html; charset=utf-8"}, "<html>Sign in to this network</html>"),
        Fault(202, passed=True),
        Fault(204),
    ],
    ids=[
        *("lost response", "cut", "503", "503 after storing", "500", "429", "hanging after storing", "hanging"),
        *("bad redirect", "page of a proxy", "202 after storing", "204"),
    ],
)
def test_a_temporary_fault_is_retried(rig, names, tmp_path, fault):
    rig.proxy.faults = [fault]
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    # A hanging index is only noticed at the timeout; for the others it must not matter.
    outcome = rig.publish(store, BackoffLimits(timeout=5.0 if fault.pause else 60.0, patience=60.0))
    assert (outcome.exit_code, states(outcome)) == (0, ["uploaded"])
    assert rig.is_complete(store)
    # The index was queried before a file was sent again, so a stored file is not sent twice.
    assert len(rig.proxy.uploads) == (2 if fault.passed else 3)
    assert [event.already for event in events(store, Uploaded)] == [False, False]


class RetryReporter(SilentReporter):
    """A reporter that collects the reasons of retries."""

    def __init__(self) -> None:
        self.retries: list[tuple[str, str]] = []

    def retrying(self, file: str, seconds: float, why: str) -> None:
        assert seconds > 0
        self.retries.append((file, why))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(429, {"Retry-After": "1"}), "the index requested a pause (429 Too Many Requests)"),
        (Fault(503), "the index failed (503 Service Unavailable)"),
        (CUT, "the connection was closed"),
        (Fault(204), "the response is not that of a package index (204 No Content)"),
        (
            Fault(400, text="File already exists"),
            "the index reports that it has the file, but does not list it (400 Bad Request File already exists)",
        ),
    ],
    ids=["429", "503", "cut", "204", "claims to have the file"],
)
def test_each_retry_is_reported_with_its_reason(rig, names, tmp_path, fault, why):
    rig.proxy.faults = [fault]
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(names[0]))
    reporter = RetryReporter()
    store = minimal_artifacts.make(tmp_path, plan, sdists=False)
    assert rig.publish(store, reporter=reporter).exit_code == 0
    assert reporter.retries == [(minimal_artifacts.wheel(minimal_artifacts.planned(names[0]))[0], why)]


def test_a_lasting_fault_defers_the_upload_to_a_later_run(rig, names, tmp_path):
    a, b, *_ = names
    rig.proxy.faults = [Fault(503)] * 40
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b, a))
    )
    outcome = rig.publish(store, BackoffLimits(5, 0.3))
    assert (outcome.exit_code, states(outcome)) == (4, ["postponed", "waiting"])
    assert not rig.server.files(a)
    rig.proxy.faults = []
    assert rig.publish(store).exit_code == 0
    assert rig.is_complete(store)


def test_an_index_that_keeps_failing_is_not_tried_for_every_plugin(rig, tmp_path):
    names = [f"failing{number}" for number in range(30)]
    rig.proxy.faults = [Fault(503)] * 1000
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names)), sdists=False
    )
    assert rig.publish(store, BackoffLimits(5, 0.1), jobs=2).exit_code == 4
    tried = {event.plugin for event in events(store, Uploading)}
    assert len(tried) < 8
    assert {event.plugin: event.why for event in events(store, Deferred)} == {
        name: "the index failed (503 Service Unavailable)" if name in tried else "the index does not respond"
        for name in names
    }


@pytest.mark.parametrize(
    ("failures", "attempted"),
    [
        pytest.param([True, True], 6, id="two"),
        pytest.param([True, True, True], 3, id="three"),
        pytest.param([True, True, False, True, True], 6, id="not in a row"),
    ],
)
def test_publishing_ends_after_three_plugins_in_a_row_without_a_response(rig, tmp_path, failures, attempted):
    number = next(_numbers)
    names = [f"row{number}-{letter}" for letter in "abcdef"]
    rig.proxy.faults = [Fault(503) if failure else Fault(200, passed=True) for failure in failures]
    plan = minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names))
    store = minimal_artifacts.make(tmp_path, plan, sdists=False)
    # Without patience, each file is tried once.
    rig.publish(store, BackoffLimits(timeout=60.0, patience=0.0), jobs=1)
    assert order(store) == names[:attempted]
    uploaded = {event.plugin for event in events(store, Uploaded)}
    failed = {name for name, failure in zip(names, failures, strict=False) if failure}
    assert uploaded == {*names[:attempted]} - failed


def test_a_long_requested_pause_defers_the_upload(rig, names, tmp_path):
    rig.proxy.faults = [Fault(429, {"Retry-After": "3600"})]
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    outcome = rig.publish(store)
    (state,) = outcome.state.plugins.values()
    assert (outcome.exit_code, state.status.value) == (1, "postponed")
    (postponed,) = events(store, Deferred)
    assert postponed.until is not None
    assert 3500 < (postponed.until - postponed.at).total_seconds() < 3700


def test_a_long_requested_pause_applies_to_every_plugin(rig, names, tmp_path):
    rig.publish(minimal_artifacts.make(tmp_path / "before", minimal_artifacts.plan_of(*map(_old, names[:2]))))
    uploads = len(rig.proxy.uploads)
    rig.proxy.faults = [Fault(429, {"Retry-After": "3600"})] * 9
    store = minimal_artifacts.make(
        tmp_path / "store", minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names))
    )
    assert states(rig.publish(store, jobs=1)) == ["postponed"] * 5
    assert len(rig.proxy.uploads) == uploads + 1
    assert not any("new projects" in event.why for event in events(store, Deferred))
    waits = [each.until - each.at for each in events(store, Deferred) if each.until is not None]
    assert len(waits) == len(events(store, Deferred))
    assert all(3500 < wait.total_seconds() < 3700 for wait in waits)


def test_an_absurd_requested_pause_is_limited(rig, names, tmp_path):
    rig.proxy.faults = [Fault(429, {"Retry-After": "9" * 60})]
    (state,) = rig.publish(
        minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    ).state.plugins.values()
    assert state.status is PluginStatus.DEFERRED


def _without_hashes(path: str, body: bytes) -> bytes:
    """Remove the hashes from a page, as on an index without hashes."""
    return re.sub(rb"#sha256=[0-9a-f]+", b"", body) if path.startswith("/simple/") else body


def test_an_index_without_hashes_is_compared_by_file_contents(rig, names, tmp_path):
    a, b, *_ = names
    rig.publish(minimal_artifacts.make(tmp_path / "same", minimal_artifacts.plan_of(minimal_artifacts.planned(a))))
    rig.publish(_salted(tmp_path / "foreign", b))
    rig.proxy.alters = _without_hashes
    store = minimal_artifacts.make(
        tmp_path / "ours", minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b))
    )
    uploads = len(rig.proxy.uploads)
    assert states(rig.publish(store)) == ["uploaded", "conflict"]
    assert len(rig.proxy.uploads) == uploads
    assert [event.already for event in events(store, Uploaded)] == [True, True]


def test_a_quota_for_new_projects_defers_them_and_blocks_their_dependents(rig, names, tmp_path):
    a, b, c, d, e = names
    rig.publish(minimal_artifacts.make(tmp_path / "before", minimal_artifacts.plan_of(_old(c), _old(d), _old(e))))
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(a),
        minimal_artifacts.planned(b),
        minimal_artifacts.planned(c, a),
        minimal_artifacts.planned(d, a, pins={a: ""}),
        minimal_artifacts.planned(e),
    )
    store = minimal_artifacts.make(tmp_path / "store", plan, sdists=False)
    text = "Too many new projects created"
    rig.proxy.faults = [Fault(200, passed=True), Fault(429, {"RateLimit": '"project.create.user";r=0;t=55569'}, text)]
    outcome = rig.publish(store, jobs=1)
    assert order(store)[0] == e  # an existing project without dependencies
    assert outcome.exit_code == 5
    assert states(outcome) == ["postponed", "postponed", "waiting", "waiting", "uploaded"]
    first = outcome.state.plugins[a]
    quota = (
        "the index accepts no more new projects for now; projects that an organization creates on its page, or that "
        "have a pending trusted publisher, do not count"
    )
    assert {event.plugin: event.why for event in events(store, Deferred)} == {
        a: f"{quota} (429 Too Many Requests {text})",
        b: quota,
    }
    assert quota in first.why
    assert 55000 < (first.until - events(store, Deferred)[0].at).total_seconds() < 56000
    assert len([event for event in events(store, Uploading) if event.plugin in (a, b)]) == 1
    assert rig.publish(store).exit_code == 0


def _old(name: str):
    plugin = minimal_artifacts.planned(name)
    return type(plugin)(
        **{**{field: getattr(plugin, field) for field in plugin.__struct_fields__}, "version": "1.16.0"}
    )


@pytest.mark.parametrize("sdists", [False, True])
def test_a_quota_reported_with_a_success_defers_other_new_projects(rig, names, tmp_path, sdists):
    """The index reports the quota with the first file of a new project."""
    a, b, *_ = names
    rig.proxy.faults = [Fault(200, {"RateLimit": '"project.create.user";r=0;t=600'}, passed=True)]
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b))
    store = minimal_artifacts.make(tmp_path, plan, sdists=sdists)
    outcome = rig.publish(store, jobs=1)
    assert (outcome.exit_code, states(outcome)) == (5, ["uploaded", "postponed"])
    assert len(rig.proxy.uploads) == 1 + sdists


def test_a_dependent_is_uploaded_if_the_index_satisfies_its_requirement(rig, names, tmp_path):
    a, b, c, *_ = names
    rig.publish(minimal_artifacts.make(tmp_path / "before", minimal_artifacts.plan_of(_old(a))))
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(a),
        minimal_artifacts.planned(b, a, pins={a: ">=1.16"}),
        minimal_artifacts.planned(c, a, pins={a: ">=1.17"}),
    )
    store = minimal_artifacts.make(tmp_path / "store", plan, without=[a])
    outcome = rig.publish(store)
    assert (outcome.exit_code, states(outcome)) == (5, ["planned", "uploaded", "waiting"])
    why = f"it needs {a}, which is not uploaded, and no version on the index satisfies its pin"
    assert [(event.plugin, event.because, event.why) for event in events(store, HeldBack)] == [(c, a, why)]


def test_a_dependent_of_a_yanked_version_is_told_which_version(rig, names, tmp_path):
    a, b, *_ = names
    rig.publish(minimal_artifacts.make(tmp_path / "before", minimal_artifacts.plan_of(_old(a))))
    rig.proxy.alters = lambda path, body: body.replace(b"<a ", b'<a data-yanked="" ') if "simple" in path else body
    needs = minimal_artifacts.planned(b, a, pins={a: ">=1.16"})
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(a), needs, minimal_artifacts.planned(names[2]))
    store = minimal_artifacts.make(tmp_path / "store", plan, without=[a])
    assert states(rig.publish(store)) == ["planned", "waiting", "uploaded"]
    (held,) = events(store, HeldBack)
    assert held.why == (
        f"it needs {a}, which is not uploaded, and {a} 1.16.0, which satisfies its pin, was yanked: "
        f"undo the yank on the index, or upload {a} first"
    )


def test_a_rejected_plugin_holds_back_its_dependents(rig, names, tmp_path):
    a, b, c, *_ = names
    rig.proxy.faults = [Fault(400, text="<h1>400</h1><p>The name is too similar to an existing project.</p>")]
    store = minimal_artifacts.make(
        tmp_path,
        minimal_artifacts.plan_of(
            minimal_artifacts.planned(a), minimal_artifacts.planned(b, a), minimal_artifacts.planned(c)
        ),
    )
    outcome = rig.publish(store, jobs=1)
    assert (outcome.exit_code, states(outcome)) == (5, ["refused", "waiting", "uploaded"])
    why = "Bad Request 400 The name is too similar to an existing project."
    assert [(event.plugin, event.status, event.why) for event in events(store, Rejected)] == [(a, 400, why)]
    assert why in outcome.state.plugins[a].why


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("<title>400</title><style>p {color: red}</style><SCRIPT>x()</SCRIPT><h1>No</h1> such\n name", "No such name"),
        ("<p>one</p><style><p>hidden</p></style>two", "one two"),
        ("</style>shown<style>never closed", "shown"),
        ("the name of\ta plugin\x1b[1m", "the name of a plugin [1m"),
        ("x" * 400, "x" * 288),
    ],
)
def test_a_response_is_shown_as_one_line_without_html(body, line):
    assert one_line("Bad Request", body) == f"Bad Request {line}"


def test_the_rejection_of_a_plugin_that_must_be_released_stops_publishing(rig, names, tmp_path):
    rig.proxy.faults = [Fault(400, text="no")]
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(names[0], stops=True), *map(minimal_artifacts.planned, names[1:])
    )
    outcome = rig.publish(minimal_artifacts.make(tmp_path, plan), jobs=1)
    assert (outcome.exit_code, states(outcome)) == (1, ["refused", "ready", "ready", "ready", "ready"])


def test_rejected_credentials_are_tried_once(rig, names, tmp_path):
    rig.proxy.faults = [Fault(403, text="Invalid or non-existent authentication information.")] * 9
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names)))
    outcome = rig.publish(store, jobs=1)
    assert (outcome.exit_code, len(rig.proxy.uploads)) == (1, 1)
    why = "Forbidden Invalid or non-existent authentication information."
    assert [(event.status, event.why) for event in events(store, Rejected)] == [(403, why)]


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://user:secret@new.example.com/legacy/", "https://new.example.com/legacy/; if that is your index"),
        ("/legacy/", "/legacy/; if that is your index, publish with --to http://127.0.0.1"),
        ("ftp://example.com/", "names no valid address"),
        ("", "names no valid address"),
    ],
)
def test_a_redirected_upload_reports_the_new_address_and_stops(rig, names, tmp_path, location, told):
    rig.proxy.faults = [Fault(301, {"Location": location})] * 9
    plan = minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names))
    outcome = rig.publish(minimal_artifacts.make(tmp_path, plan), jobs=1)
    assert (outcome.exit_code, len(rig.proxy.uploads)) == (1, 1)
    why = outcome.state.plugins[names[0]].why
    assert told in why
    assert "secret" not in why


def test_the_name_of_a_deleted_file_is_rejected(rig, names, tmp_path):
    text = "This filename was previously used by a file that has since been deleted."
    rig.proxy.faults = [Fault(400, text=text)]
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    outcome = rig.publish(store)
    assert states(outcome) == ["refused"]
    why = (
        "the index reports that it has the file, but does not list it; the name of a deleted file cannot be used again"
    )
    assert [(each.status, each.why) for each in events(store, Rejected)] == [(400, f"{why} (Bad Request {text})")]


def test_a_replaced_artifact_stops_before_any_upload(rig, names, tmp_path):
    a, b, *_ = names
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b))
    )
    name, data = minimal_artifacts.wheel(minimal_artifacts.planned(b), salt="evil")
    (tmp_path / "dist" / b / name).unlink()
    (tmp_path / "dist" / b / name).write_bytes(data)
    with pytest.raises(StoreError, match="is not the file that was built") as caught:
        rig.publish(store)
    assert caught.value.exit_code == 1
    assert rig.proxy.uploads == []
    assert events(store, Uploading) == []


def test_an_artifact_replaced_during_publishing_is_not_uploaded(rig, names, tmp_path):
    a, b, *_ = names
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b, a)), sdists=False
    )
    place = tmp_path / "dist" / b / minimal_artifacts.wheel(minimal_artifacts.planned(b))[0]

    class Swapping(TwineUploader):
        def upload(self, *arguments, **named):
            place.unlink(missing_ok=True)
            place.write_bytes(b"evil")
            return super().upload(*arguments, **named)

    uploader = Swapping(rig.address.upload, find_credentials(rig.address.upload, rig.server.environ()), 5)
    with pytest.raises(PartialReleaseError) as caught:
        publish(store, rig.address, uploader)
    assert (caught.value.exit_code, type(caught.value.__cause__)) == (5, StoreError)
    assert len(rig.proxy.uploads) == 1
    assert not rig.server.files(b)


def test_an_unusable_temporary_folder_is_an_error(rig, names, tmp_path, monkeypatch):
    store = minimal_artifacts.make(tmp_path / "store", minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(ToolError, match="cannot be copied") as caught:
        rig.publish(store)
    assert f"Make room in {tmp_path / 'nowhere'}" in (caught.value.hint or "")
    assert rig.proxy.uploads == []


@pytest.mark.parametrize("kind", [".whl", ".tar.gz"])
def test_a_file_that_twine_cannot_read_is_rejected(rig, names, tmp_path, kind):
    plugin = minimal_artifacts.planned(names[0])
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(plugin), without=[plugin.name])
    name = (minimal_artifacts.wheel(plugin) if kind == ".whl" else minimal_artifacts.sdist(plugin))[0]
    file = store.add(plugin.name, name, b"no archive")
    store.journal.append(Built(plugin=plugin.name, files=(file,)))
    store.journal.append(Inspected(plugin=plugin.name, files=(file.sha256,)))
    (state,) = rig.publish(store).state.plugins.values()
    assert state.status is PluginStatus.REJECTED
    assert state.why.startswith(f"{name} cannot be uploaded: ")


def test_plugins_that_did_not_pass_inspection_are_not_uploaded(rig, names, tmp_path):
    a, b, c, d, _ = names
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(a),
        minimal_artifacts.planned(b),
        minimal_artifacts.planned(c),
        minimal_artifacts.planned(d, held="not for this core"),
    )
    store = minimal_artifacts.make(tmp_path, plan, without=[b])
    hashes = tuple(file.sha256 for file in replay_journal(plan, store.journal.read()).plugins[c].files)
    store.journal.append(Inspected(plugin=c, files=hashes, findings=(ArtifactFinding("readme", "does not render"),)))
    outcome = rig.publish(store)
    assert (outcome.exit_code, states(outcome)) == (5, ["uploaded", "planned", "faulty", "held"])
    assert not any(rig.server.files(name) for name in (b, c, d))


def test_an_unbuilt_plugin_that_must_be_released_stops_the_release(rig, names, tmp_path):
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(names[0]), minimal_artifacts.planned(names[1], stops=True)
    )
    store = minimal_artifacts.make(tmp_path, plan, without=[names[1]])
    with pytest.raises(PublicationStoppedError, match=names[1]) as caught:
        rig.publish(store)
    assert (caught.value.exit_code, rig.proxy.uploads) == (1, [])


def test_at_most_five_plugins_that_stop_a_release_are_listed(rig, tmp_path):
    plugins = [minimal_artifacts.planned(f"stopping-{letter}", stops=True) for letter in "abcdefg"]
    plan = minimal_artifacts.plan_of(*plugins)
    store = minimal_artifacts.make(tmp_path, plan, without=[each.name for each in plugins])
    with pytest.raises(PublicationStoppedError) as caught:
        rig.publish(store)
    listed = "; ".join(f"stopping-{letter}: it is not built" for letter in "abcde")
    assert caught.value.message == (
        f"the release stops because 7 plugins that must be released cannot be uploaded: {listed} and 2 more"
    )


def test_an_error_before_the_second_part_of_a_release_reports_that_it_is_partial(rig, names, tmp_path):
    a, b, *_ = names
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(a), minimal_artifacts.planned(b, stops=True))
    store = minimal_artifacts.make(tmp_path, plan)
    rig.proxy.faults = [Fault(200, passed=True)] * 2 + [Fault(400, text="no")]
    assert states(rig.publish(store, jobs=1)) == ["uploaded", "refused"]
    hashes = tuple(file.sha256 for file in store.state().plugins[b].files)
    store.journal.append(Inspected(plugin=b, files=hashes, findings=(ArtifactFinding("readme", "does not render"),)))
    with pytest.raises(PartialReleaseError, match="does not render") as caught:
        rig.publish(store)
    assert (caught.value.exit_code, type(caught.value.__cause__)) == (5, PublicationStoppedError)


def test_a_release_without_uploadable_plugins_says_what_to_do_first(rig, names, tmp_path):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    files = store.state().plugins[names[0]].files
    finding = ArtifactFinding("readme", "does not render")
    found = Inspected(plugin=names[0], files=tuple(file.sha256 for file in files), findings=(finding,))
    for event, hint in (
        (Built(plugin=names[0], files=files), "Build and inspect the release first."),
        (found, "Fix the plugins, then plan it again."),
    ):
        store.journal.append(event)
        with pytest.raises(PublicationStoppedError) as caught:
            rig.publish(store)
        why = store.state().plugins[names[0]].why
        assert caught.value.message == f"no plugin can be uploaded:\n  {names[0]}: {why}"
        assert caught.value.hint == hint


def test_an_aborted_release_is_not_published(rig, names, tmp_path):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    store.journal.append(Aborted(why="the core was yanked"))
    with pytest.raises(PublicationStoppedError) as caught:
        rig.publish(store)
    assert caught.value.message == "this release was aborted: the core was yanked"
    assert caught.value.hint == "To release it, plan it again into a new store."
    assert rig.proxy.uploads == []


def test_aborting_records_the_uploads_whose_response_was_lost(rig, names, tmp_path):
    plan = minimal_artifacts.plan_of(minimal_artifacts.planned(names[0]))
    rig.publish(minimal_artifacts.make(tmp_path / "one", plan))
    store = minimal_artifacts.make(tmp_path / "other", plan)
    files = store.state().plugins[names[0]].files
    store.journal.append(IndexSelected(index=rig.address.upload, simple=rig.address.simple))
    store.journal.append(*(Uploading(plugin=names[0], file=file.name, sha256=file.sha256) for file in files))
    away = Address(rig.address.upload, "http://127.0.0.1:1/simple/")
    result = abort(store, "a mistake", away)
    assert (result.earlier, result.unknown) == (None, tuple(file.name for file in files))
    result = abort(store, "another reason", rig.address)
    assert (result.earlier, result.unknown) == ("a mistake", ())
    assert [(event.file, event.sha256) for event in events(store, Uploaded)] == [
        (file.name, file.sha256) for file in files
    ]


def test_an_unreachable_index_is_exit_code_4_and_journals_nothing(names, tmp_path):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    before = list(store.journal.read())
    address = Address("http://127.0.0.1:1/", "http://127.0.0.1:1/simple/")
    with pytest.raises(IndexUnreachableError) as caught:
        publish(
            store, address, TwineUploader(address.upload, find_credentials(address.upload, {}), 1),
            settings=PublishSettings(2, BackoffLimits(1, 0.2)),
        )  # fmt: skip
    assert caught.value.exit_code == 4
    assert list(store.journal.read()) == before


def test_plugins_in_a_cycle_are_uploaded_together_or_not_at_all(rig, names, tmp_path):
    a, b, c, d, _ = names
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(a, b),
        minimal_artifacts.planned(b, a),
        minimal_artifacts.planned(c, d),
        minimal_artifacts.planned(d, c),
    )
    outcome = rig.publish(minimal_artifacts.make(tmp_path, plan, without=[d]))
    assert states(outcome) == ["uploaded", "uploaded", "waiting", "planned"]


def test_a_copied_store_can_be_resumed(rig, names, tmp_path):
    rig.proxy.faults = [Fault(200, passed=True), *[Fault(503)] * 40]
    store = minimal_artifacts.make(
        tmp_path / "here", minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names[:3]))
    )
    assert rig.publish(store, BackoffLimits(5, 0.2), jobs=1).exit_code == 5
    rig.proxy.faults = []
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    there = open_store(str(tmp_path / "there"))
    assert rig.publish(there).exit_code == 0
    assert rig.is_complete(there)


def test_a_store_can_be_published_to_a_second_index(rig, names, tmp_path, tmp_path_factory):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    rig.publish(store)
    with pypiserver(tmp_path_factory.mktemp("second") / "pypiserver") as second:
        credentials = find_credentials(second.address.upload, second.environ())
        outcome = publish(store, second.address, TwineUploader(second.address.upload, credentials, 5))
        assert (outcome.exit_code, outcome.state.address) == (0, second.address)
        assert len(second.files(names[0])) == 2


def test_an_attestation_next_to_a_file_is_uploaded_with_it(rig, names, tmp_path):
    store = minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    name, _ = minimal_artifacts.wheel(minimal_artifacts.planned(names[0]))
    (tmp_path / "dist" / names[0] / f"{name}.publish.attestation").write_text('{"version": 1, "envelope": "signed"}')
    assert rig.publish(store).exit_code == 0
    signed = [body for body in rig.proxy.uploads if b'name="attestations"' in body]
    assert len(signed) == 1
    assert b'[{"version": 1, "envelope": "signed"}]' in signed[0]
    assert name.encode() in signed[0]


def test_a_symbolic_link_is_not_used_as_an_attestation(rig, names, tmp_path):
    store = minimal_artifacts.make(tmp_path / "store", minimal_artifacts.plan_of(minimal_artifacts.planned(names[0])))
    (tmp_path / "config.json").write_text('{"auth": "hidden"}')
    name, _ = minimal_artifacts.wheel(minimal_artifacts.planned(names[0]))
    os.symlink(tmp_path / "config.json", f"{store.path(names[0], name)}.publish.attestation")
    assert rig.publish(store).exit_code == 0
    assert not any(b"hidden" in body for body in rig.proxy.uploads)


def test_a_plan_with_path_like_names_is_an_error(tmp_path):
    for name in ("../../x", "/x", "..", ""):
        store = make_store(str(tmp_path / "store"), minimal_artifacts.plan_of(minimal_artifacts.planned(name)))
        with pytest.raises(StoreError, match="is not a valid release plan"):
            open_store(store.folder)
        shutil.rmtree(store.folder)


def test_a_bug_in_twine_is_reported_without_secrets(rig, names, tmp_path, monkeypatch):
    def fail(self, *_arguments, **_named):
        raise LookupError(f"Authorization: {self.session.auth.password!r}")

    monkeypatch.setattr(Repository, "upload", fail)
    with pytest.raises(RuntimeError, match="in fail") as caught:
        rig.publish(minimal_artifacts.make(tmp_path, minimal_artifacts.plan_of(minimal_artifacts.planned(names[0]))))
    output = "".join(traceback.format_exception(caught.value))
    assert "LookupError: Authorization: b'[secret]'" in output
    assert PASSWORD not in output


@dataclass(frozen=True)
class AlwaysResolves:
    """A resolver without errors."""

    def check(self, _plugin: PlannedDistribution, _python: str | None) -> None:
        return None


def test_an_index_that_stops_responding_is_not_queried_for_every_plugin(rig, tmp_path):
    names = [f"away{number}" for number in range(20)]
    store = minimal_artifacts.make(
        tmp_path, minimal_artifacts.plan_of(*map(minimal_artifacts.planned, names)), sdists=False
    )
    rig.publish(store)
    queries: list[str] = []

    def disconnect(path: str, body: bytes) -> bytes:
        queries.append(path)
        if len(queries) > 1:
            raise ConnectionAbortedError
        return body

    rig.proxy.alters = disconnect
    verification = verify(store, rig.address, AlwaysResolves(), wait=0.2)
    assert verification.exit_code == 5
    assert [event.why for event in events(store, NotVerified)].count("the index does not respond") > 5
    assert len({*queries}) < 12


def test_an_unwritable_store_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match="cannot be written"):
        make_store(str(tmp_path / "file" / "store"), minimal_artifacts.plan_of(minimal_artifacts.planned("a")))
