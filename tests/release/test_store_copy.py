"""Stores that other machines wrote: each phase may add only its own events, and no field of an event is believed."""

from __future__ import annotations

import http.server
import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from commonhold.errors import CommonholdError
from commonhold.release.builder.merge_stores import merge_stores
from commonhold.release.model.journal_events import (
    Aborted,
    Began,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    Event,
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
from commonhold.release.model.journal_rules import WRITTEN_BY, kind_of
from commonhold.release.model.plan import ArtifactFinding
from commonhold.release.model.store import Store, make_store, open_store
from commonhold.release.model.store_copy import merge_results
from tests.release import minimal_artifacts
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INDEX = "http://127.0.0.1:1/"
PLAN = minimal_artifacts.plan_of(
    minimal_artifacts.planned("x-a", stops=True),
    minimal_artifacts.planned("x-b"),
    minimal_artifacts.planned("x-h", held="not for this core"),
    index=INDEX,
)
QUICK = ("--patience", "0.1", "--timeout", "1")
PHASES = ("build", "inspect", "verify")
BEFORE = {"build": "plan", "inspect": "build", "verify": "publish"}
"""The phase whose store the results of another phase are merged into."""


@dataclass(frozen=True)
class Stores:
    """The stores that the phases of a release leave behind, by phase; each began as a copy of the previous one."""

    folder: Path

    def __getitem__(self, phase: str) -> Store:
        return open_store(str(self.folder / phase))

    def copy(self, phase: str, name: str) -> Store:
        """Copy the store of a phase to another machine."""
        shutil.copytree(self.folder / phase, self.folder / name)
        return open_store(str(self.folder / name))

    def before(self, phase: str) -> Store:
        """Copy the trusted store that the results of a phase are merged into."""
        return self.copy(BEFORE[phase], f"before-{phase}")


def events_of(store: Store) -> dict[str, list[Event]]:
    """A valid result of each phase for both plugins."""
    files = {event.plugin: event.files for event in store.journal.read() if isinstance(event, Built)}
    each = [(name, file.name, file.sha256) for name, artifacts in files.items() for file in artifacts]
    return {
        "inspect": [
            Inspected(plugin=name, files=tuple(file.sha256 for file in artifacts)) for name, artifacts in files.items()
        ],
        "publish": [
            IndexSelected(index=INDEX, simple=f"{INDEX}simple/"),
            *(
                event
                for name, file, sha in each
                for event in (
                    Uploading(plugin=name, file=file, sha256=sha),
                    Deferred(plugin=name, file=file, why="slow"),
                    Uploaded(plugin=name, file=file, sha256=sha),
                )
            ),
        ],
        "verify": [Verified(plugin=name) for name in files],
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    stores = Stores(tmp_path_factory.mktemp("stores"))
    make_store(str(stores.folder / "plan"), PLAN)
    built = stores.copy("plan", "build")
    for planned in PLAN.released:
        made = (minimal_artifacts.wheel(planned), minimal_artifacts.sdist(planned))
        built.journal.append(Built(plugin=planned.name, files=tuple(built.add(planned.name, *each) for each in made)))
    for before, phase in (("build", "inspect"), ("inspect", "publish"), ("publish", "verify")):
        store = stores.copy(before, phase)
        store.journal.append(*events_of(store)[phase])
    return stores


@pytest.fixture
def stores(finished: Stores, tmp_path: Path) -> Stores:
    shutil.copytree(finished.folder, tmp_path / "stores")
    return Stores(tmp_path / "stores")


def merge(stores: Stores, phase: str) -> None:
    """Merge the results of a phase into the store of the previous phase."""
    store = stores.before(phase)
    if phase == "build":
        merge_stores(store, [stores["build"].folder])
    else:
        merge_results(store, stores[phase].folder, phase)


def run(*words: str, **environ: str) -> tuple[int, str]:
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text), patch.dict(os.environ, environ):
        code = main(["release", *words])
    assert code != 3, text.getvalue()
    return code, text.getvalue()


@pytest.mark.parametrize("phase", PHASES)
def test_the_results_of_each_phase_are_taken_over(stores: Stores, phase: str) -> None:
    merge(stores, phase)
    assert open_store(str(stores.folder / f"before-{phase}")).state() == stores[phase].state()


def every_kind(store: Store) -> list[Event]:
    """One event of each kind, with fields that agree with the plan and the built files."""
    name = PLAN.released[0].name
    file = next(iter(store.state().plugins[name].files))
    about: dict[str, Any] = {"plugin": name, "file": file.name}
    return [
        Began(plan="0" * 64, commonhold="1"),
        Built(plugin=name, files=store.state().plugins[name].files),
        BuildFailed(plugin=name, why="w"),
        Inspected(plugin=name, files=tuple(each.sha256 for each in store.state().plugins[name].files)),
        IndexSelected(index="http://localhost:1/x/", simple="http://localhost:1/x/simple/"),
        Uploading(**about, sha256=file.sha256),
        Uploaded(**about, sha256=file.sha256),
        Conflict(**about, ours=file.sha256, theirs="0" * 64),
        Rejected(**about, status=400, why="w"),
        Deferred(**about, why="w"),
        HeldBack(plugin=name, why="w"),
        Verified(plugin=name),
        NotVerified(plugin=name, why="w"),
        Tagged(tag="v1", commit=PLAN.commit),
        Aborted(why="w"),
    ]


def test_every_kind_of_event_has_a_phase_that_writes_it(stores: Stores) -> None:
    kinds = {type(event) for event in every_kind(stores["verify"])}
    assert {kind for written in WRITTEN_BY.values() for kind in written} == kinds
    assert len(kinds) == len(every_kind(stores["verify"]))


@pytest.mark.parametrize("phase", PHASES)
def test_an_event_that_a_phase_does_not_write_is_an_error(stores: Stores, phase: str) -> None:
    journal = Path(stores[phase].journal.path)
    own = journal.read_bytes()
    for event in every_kind(stores[phase]):
        if isinstance(event, WRITTEN_BY[phase]):
            continue
        journal.write_bytes(own + msgspec.json.encode(event) + b"\n")
        target = stores.before(phase)
        before = Path(target.journal.path).read_bytes()
        words = ("gather", "--phase", phase, "--store", target.folder, stores[phase].folder)
        code, text = run(*words)
        assert code == 1, (kind_of(event), text)
        assert kind_of(event) in text
        assert Path(target.journal.path).read_bytes() == before
        shutil.rmtree(target.folder)


def test_an_inspected_store_with_later_events_is_an_error(stores: Stores) -> None:
    later = [kind for phase in ("publish", "verify", "notes", "abort") for kind in WRITTEN_BY[phase]]
    journal = Path(stores["inspect"].journal.path)
    own = journal.read_bytes()
    assert run("gather", "--store", stores["inspect"].folder, stores["build"].folder)[0] == 0
    for event in every_kind(stores["inspect"]):
        if isinstance(event, tuple(later)) and not isinstance(event, HeldBack):
            journal.write_bytes(own + msgspec.json.encode(event) + b"\n")
            code, text = run("gather", "--store", stores["inspect"].folder, stores["build"].folder)
            assert (code, kind_of(event) in text) == (1, True), text


def test_files_that_are_not_built_are_an_error_before_they_are_signed(stores: Stores) -> None:
    place = stores["inspect"].path("x-a", "x_a-9.9-py3-none-any.whl")
    Path(place).touch()
    code, text = run("gather", "--store", stores["inspect"].folder, stores["build"].folder)
    assert code == 1
    assert "x_a-9.9-py3-none-any.whl is in the store but not in its journal" in text
    with pytest.raises(CommonholdError, match="is not the same file as"):
        merge(stores, "inspect")
    assert not list((stores.folder / "before-inspect").rglob("*9.9*"))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"x" * path.stat().st_size)])
def test_other_artifacts_in_a_copy_are_an_error(stores: Stores, spoil: Callable[[Path], object]) -> None:
    artifact = Path(stores["verify"].path("x-a", stores["verify"].state().plugins["x-a"].files[0].name))
    artifact.chmod(0o644)
    spoil(artifact)
    with pytest.raises(CommonholdError, match="is not the same file as"):
        merge(stores, "verify")


@pytest.mark.parametrize("name", ["dist", "logs", "dist/x-a"])
def test_a_linked_folder_is_an_error(stores: Stores, tmp_path: Path, name: str) -> None:
    place = Path(stores["inspect"].folder, name)
    shutil.rmtree(place, ignore_errors=True)
    (tmp_path / "elsewhere").mkdir()
    place.symlink_to(tmp_path / "elsewhere")
    code, text = run("gather", "--store", stores["inspect"].folder, stores["build"].folder)
    assert (code, "neither a file nor a folder" in text) == (1, True), text
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("name", ["lock", "journal.jsonl", "plan.json"])
def test_a_linked_file_is_not_followed(stores: Stores, tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    place = Path(stores["inspect"].folder, name)
    precious.write_bytes(place.read_bytes() if place.exists() else b"precious")
    before = precious.read_bytes()
    place.unlink(missing_ok=True)
    place.symlink_to(precious)
    target = stores.before("inspect")
    if name == "lock":
        code, _ = run("abort", "--store", stores["inspect"].folder)
    else:
        code, _ = run("gather", "--phase", "inspect", "--store", target.folder, stores["inspect"].folder)
    assert code == 1
    assert precious.read_bytes() == before


def test_an_inspection_without_a_result_for_a_plugin_is_an_error(stores: Stores) -> None:
    journal = Path(stores["inspect"].journal.path)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(CommonholdError, match="has no result for x-b"):
        merge(stores, "inspect")


def test_a_copy_with_another_beginning_is_an_error(stores: Stores) -> None:
    journal = Path(stores["inspect"].journal.path)
    journal.write_bytes(journal.read_bytes().replace(b'"commonhold":"', b'"commonhold":"9'))
    with pytest.raises(CommonholdError, match="does not begin with the journal of"):
        merge(stores, "inspect")


def test_several_copies_are_merged_only_after_a_build(stores: Stores) -> None:
    folders = [stores["inspect"].folder] * 2
    assert run("gather", "--phase", "inspect", "--store", stores["build"].folder, *folders)[0] == 2


@pytest.fixture
def thief() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that records the requests it gets."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.headers.get('Authorization')}")
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/x/", requests


@pytest.mark.parametrize("command", ["publish", "resume", "verify", "abort"])
def test_an_index_that_only_the_journal_names_gets_no_request(
    stores: Stores, thief: tuple[str, list[str]], command: str
) -> None:
    address, requests = thief
    store = stores["inspect"]
    for index, simple in ((address, f"{address}simple/"), (INDEX, f"{address}simple/")):
        own = Path(store.journal.path).read_bytes()
        store.journal.append(IndexSelected(index=index, simple=simple))
        code, text = run(command, "--store", store.folder, TWINE_PASSWORD="secret")
        assert code == 2, text
        assert f"the journal of this release names the index {index if index == address else simple}" in text
        assert f"add: --to {index}" in text
        assert "names another index than the plan" in run("status", "--store", store.folder)[1]
        assert requests == []
        Path(store.journal.path).write_bytes(own)
    store.journal.append(IndexSelected(index=address, simple=f"{address}simple/"))
    # An index that the command line names is used.
    assert run("publish", "--store", store.folder, "--to", address, *QUICK, TWINE_PASSWORD="secret")[0] != 2
    assert requests


def test_a_required_plugin_with_a_known_defect_is_named_when_it_is_left_out(
    stores: Stores, thief: tuple[str, list[str]]
) -> None:
    store = stores["inspect"]
    files = tuple(file.sha256 for file in store.state().plugins["x-a"].files)
    store.journal.append(Inspected(plugin="x-a", files=files, findings=(ArtifactFinding("r", "made up", known=True),)))
    code, text = run("publish", "--store", store.folder, "--to", thief[0], *QUICK, TWINE_PASSWORD="secret")
    assert code not in (0, 3)
    assert "warning: x-a is left out, although its failure stops a release" in text
    assert "faulty: r: made up" in text
    assert "held: not for this core" in text


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("x-a", "tree", "an earlier release cannot have a defect of the rule tree"),
        ("x-new", "layout", "x-new has no earlier release that could have the same defect"),
    ],
)
def test_a_defect_that_no_earlier_release_can_have_is_not_accepted_as_known(
    tmp_path: Path, name: str, rule: str, said: str
) -> None:
    """A defect of the previous release does not stop a release, so a forged claim could hold a plugin back."""
    new = msgspec.structs.replace(minimal_artifacts.planned("x-new", stops=True), new=True)
    store = make_store(str(tmp_path / "store"), msgspec.structs.replace(PLAN, plugins=(*PLAN.plugins, new)))
    file = store.add(name, *minimal_artifacts.wheel(store.plan.plugin(name)))
    findings = (ArtifactFinding(rule, "made up", known=True), ArtifactFinding("other", "real"))
    store.journal.append(Built(plugin=name, files=(file,)))
    store.journal.append(Inspected(plugin=name, files=(file.sha256,), findings=findings))
    code, text = run("publish", "--store", store.folder, "--to", INDEX, *QUICK, TWINE_PASSWORD="secret")
    assert (code, said in text) == (1, True), text


# Values that a hostile machine may write in place of any field.
HOSTILE: list[Any] = [
    *(None, True, -1, 0, 10**30, 1e308, "", "x-h", "x-nobody", "../../etc/passwd", "/etc/passwd", "\0", "a\n::b", "x" * 5000),
    *("2026-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "http://[::1", "file:///etc/passwd", "http://u:p@h/", "0" * 64),
    *([], {}, [[]], ["0" * 64], [{"name": "..", "sha256": "0" * 64, "size": 1}], [{"rule": "", "message": ""}]),
]  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_value_of_a_field_is_believed(finished: Stores, data: st.DataObject) -> None:
    phase = data.draw(st.sampled_from(PHASES))
    lines = Path(finished[phase].journal.path).read_bytes().splitlines()
    events = [*map(json.loads, lines), *(json.loads(msgspec.json.encode(each)) for each in every_kind(finished[phase]))]
    event = data.draw(st.sampled_from(events))
    field = data.draw(st.sampled_from(sorted(event)))
    forged = {**event, field: data.draw(st.sampled_from(HOSTILE))}
    position = data.draw(st.integers(1, len(lines)))
    journal = [*lines[:position], json.dumps(forged).encode(), *lines[position:]]
    folder = finished.folder / f"forged-{os.urandom(4).hex()}"
    shutil.copytree(finished.folder / phase, folder / phase)
    (folder / phase / "journal.jsonl").write_bytes(b"\n".join(journal) + b"\n")
    try:
        store = open_store(str(folder / phase))
        state = store.state()
        assert state.address is None or state.address.upload in (INDEX, "http://localhost:1/x/")
        run("status", "--store", store.folder)
        shutil.copytree(finished.folder / BEFORE[phase], folder / "to")
        to = open_store(str(folder / "to"))
        if phase == "build":
            merge_stores(to, [store.folder])
        else:
            merge_results(to, store.folder, phase)
    except CommonholdError as error:
        assert error.exit_code in (1, 2)  # noqa: PT017
    else:
        added = to.events()[len(finished[BEFORE[phase]].events()) :]
        assert all(isinstance(each, WRITTEN_BY[phase]) for each in added)
        assert {each.plugin for each in added if hasattr(each, "plugin")} <= {"x-a", "x-b"}
    finally:
        shutil.rmtree(folder)
