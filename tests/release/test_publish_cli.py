"""The commands publish, verify, resume and abort as processes: exit codes, messages, and no secrets in the output."""

from __future__ import annotations

import base64
import io
import os
import resource
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold.index.addresses import Address
from commonhold.release.model.journal_events import (
    Aborted,
    BuildFailed,
    Built,
    Deferred,
    IndexSelected,
    Inspected,
    NotVerified,
    Uploaded,
    Uploading,
)
from commonhold.release.model.plan import Artifact, ArtifactFinding
from commonhold.release.model.state import replay_journal
from commonhold.release.model.store import open_store
from tests.release import minimal_artifacts
from tests.release.fault_proxy import CUT, LOST, Fault, proxy_before
from tests.release.indexes import PASSWORD, Server, pypiserver
from tests.support.processes import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMONHOLD = (sys.executable, "-c", "from commonhold.cli.__main__ import console_script; console_script()", "release")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "pypiserver"


@pytest.fixture(scope="module")
def index(folder) -> Iterator[Server]:
    with pypiserver(folder) as server:
        yield server


@pytest.fixture
def packages(folder: Path, index: Server) -> Path:
    """The folder in which the index keeps its files."""
    return folder / "packages"


@pytest.fixture
def store(tmp_path, request, index):
    """A store of two plugins, of which one needs the other. Their names contain the test's: all tests share one index."""
    stem = f"p{zlib.crc32(request.node.name.encode())}"
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned(f"{stem}-a"),
        minimal_artifacts.planned(f"{stem}-b", f"{stem}-a"),
        index=index.base,
    )
    return minimal_artifacts.make(tmp_path / "store", plan)


def run(*words: str, environ: Mapping[str, str] | None = None, limit: int | None = None):
    process = subprocess.Popen(
        [*COMMONHOLD, *words],
        env={**os.environ, "TWINE_PASSWORD": PASSWORD, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    if limit is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    out, err = process.communicate(timeout=LIMIT)
    assert "Traceback" not in err
    assert PASSWORD not in out + err
    return process.returncode, out, err


def publish(store, base: str, *words: str, **named):
    return run("publish", "--store", store.folder, "--to", base, *words, **named)


def test_publish_and_verify_and_resume(index, store, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address.simple)
    code, out, _ = publish(store, index.base)
    assert (code, out) == (0, f"2 of 2 plugins are on {index.base}/\n")
    code, out, _ = run("verify", "--store", store.folder, "--wait", "20s")
    assert (code, out) == (0, f"2 of 2 plugins are verified on {index.base}/\n")
    code, out, err = run("resume", "--store", store.folder, "--wait", "0")
    assert (code, out) == (0, f"2 of 2 plugins are on {index.base}/\n")
    assert "0 files" in err
    assert run("status", "--store", store.folder)[0] == 0


def test_publish_lists_every_plugin_that_it_leaves_out_with_the_reason(index, tmp_path):
    held = minimal_artifacts.planned("left-held", held="release = false in the configuration")
    broken, faulty, good = map(minimal_artifacts.planned, ("left-broken", "left-faulty", "left-good"))
    store = minimal_artifacts.make(
        tmp_path / "store", minimal_artifacts.plan_of(held, broken, faulty, good), without=["left-broken"]
    )
    store.journal.append(BuildFailed(plugin="left-broken", why="the backend failed"))
    files = tuple(file.sha256 for file in store.state().plugins["left-faulty"].files)
    found = (ArtifactFinding("tree", "it contains other.py"),)
    store.journal.append(Inspected(plugin="left-faulty", files=files, findings=found))
    code, out, _ = publish(store, index.base)
    assert (code, out.splitlines()) == (
        5,
        [
            f"1 of 4 plugins are on {index.base}/",
            "  left-held  held: release = false in the configuration",
            "  left-broken  failed: the backend failed",
            "  left-faulty  faulty: tree: it contains other.py",
        ],
    )


def test_the_exit_code_of_status_is_the_state_of_the_release(index, store):
    assert run("status", "--store", store.folder)[0] == 1
    assert publish(store, index.base)[0] == 0
    code, out, err = run("status", "--store", store.folder)
    assert code == 5  # uploaded, but not verified
    assert out.count("uploaded") == 2
    assert f"Next: commonhold release verify --store {store.folder}\n" in err


def test_deferred_files_are_listed_and_resumed(index, store):
    with proxy_before(index.base) as proxy:
        proxy.faults = [Fault(200, passed=True)] * 2 + [Fault(429, {"Retry-After": "7200"}, "wait")] * 9
        code, out, err = publish(store, proxy.base, "--simple", f"{proxy.base}/simple/")
        assert code == 5
        assert "1 of 2 plugins are on" in out
        assert "postponed" in out
        assert f"Next: commonhold release resume --store {store.folder} --to {proxy.base}/, after 20" in err
        assert run("status", "--store", store.folder)[0] == 5
        proxy.faults = []
        code, _, err = run("resume", "--store", store.folder, "--wait", "0")
        assert code == 2
        assert f"If you uploaded to that index, add: --to {proxy.base}/. " in err
        assert run("resume", "--store", store.folder, "--wait", "0", "--to", proxy.base)[0] == 0


def test_the_plan_keeps_the_address_that_an_index_is_read_from(index, packages, tmp_path):
    with proxy_before(index.base) as proxy:
        plan = minimal_artifacts.plan_of(
            minimal_artifacts.planned("kept"), index=proxy.base, simple=f"{index.base}/simple"
        )
        store = minimal_artifacts.make(tmp_path / "store", plan)
        proxy.alters = _disconnect
        assert run("publish", "--store", store.folder)[0] == 0
        assert replay_journal(plan, store.journal.read()).address == Address(f"{proxy.base}/", f"{index.base}/simple/")
        # A different address to read from does not make it a different index.
        assert run("resume", "--store", store.folder, "--simple", f"{index.base}/simple/", "--wait", "0")[0] == 0
        assert len(proxy.uploads) == 2


def _disconnect(_path: str, _body: bytes) -> bytes:
    raise ConnectionAbortedError


def test_no_output_or_file_contains_a_secret(index, store, tmp_path):
    header = base64.b64encode(f"__token__:{PASSWORD}".encode()).decode()
    output = ""
    with proxy_before(index.base) as proxy:
        for faults in (
            [Fault(400, text=f"bad {PASSWORD} Basic {header}")] * 9,
            [Fault(400, text=f"{'x' * 275} {PASSWORD}")] * 9,
            [Fault(403, text=f"Invalid or non-existent authentication information: {PASSWORD}")],
            [CUT, LOST, Fault(500, text=f"you sent {PASSWORD} and Basic {header}")] * 9,
            [],
        ):
            proxy.faults = faults
            _, out, err = publish(store, proxy.base, "--patience", "1", "--timeout", "60")
            output += out + err
        assert {*proxy.authorizations} == {f"Basic {header}"}
    assert output.count("[secret]") > 4
    places = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(places) > 5
    for text in (PASSWORD.encode(), header.encode()):
        assert text not in output.encode()
        assert not any(text in path.read_bytes() for path in places)
    # Not even the beginning of a secret, at the end of a truncated text.
    assert PASSWORD[:8] not in output


def test_a_password_in_an_address_is_rejected_and_not_repeated(store):
    for address in ("http://u:hidden@127.0.0.1:9/", "http://hidden@127.0.0.1:9/", "http://hidden:@127.0.0.1:9/"):
        for words in (["--to", address], ["--simple", address]):
            code, out, err = run("publish", "--store", store.folder, *words)
            assert code == 2
            assert "hidden" not in out + err


@pytest.mark.parametrize("address", ["http://[", "http://", "file:///tmp", "nonsense"])
def test_an_invalid_address_is_an_error(store, address):
    for words in (["--to", address], ["--simple", address]):
        code, _, err = run("publish", "--store", store.folder, *words)
        assert code == 2
        assert "is not a package index" in err


def test_a_remote_index_needs_a_token(store):
    code, _, err = publish(store, "http://index.invalid/", environ={"TWINE_PASSWORD": ""})
    assert code == 2
    assert "there is no token" in err


@pytest.mark.parametrize("option", ["--timeout", "--patience"])
def test_a_time_limit_must_be_a_plausible_number_of_seconds(store, option):
    for seconds in ("1e18", "inf", "0", "soon"):
        assert publish(store, "http://127.0.0.1:1/", option, seconds)[0] == 2


def test_an_unreachable_index_is_exit_code_4(store):
    code, _, err = publish(store, "http://127.0.0.1:1/", "--patience", "0.2")
    assert code == 4
    assert "ConnectionError" in err


def test_a_full_disk_stops_before_an_upload_that_cannot_be_journaled(index, store):
    journal = store.journal.path
    code, _, err = publish(store, index.base, limit=os.path.getsize(journal) + 300)
    assert code in (4, 5)
    assert "cannot be written" in err
    for state in store.state().plugins.values():
        on_index = index.files(state.name)
        assert {*state.uploads} >= {*on_index}
    assert publish(store, index.base)[0] == 0


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8, 0.97])
def test_a_truncated_journal_is_resumed_or_is_an_error(index, store, kept):
    assert publish(store, index.base)[0] == 0
    data = Path(store.journal.path).read_bytes()
    with open(store.journal.path, "wb") as file:
        file.write(data[: int(len(data) * kept)])
    code, _, err = publish(store, index.base)
    whole = [name for name, each in _plugin_states(store) if each.is_uploadable]
    assert code == (0 if len(whole) == 2 else 5 if whole else 1)
    assert err


def _plugin_states(store):
    return replay_journal(store.plan, open_store(store.folder).journal.read()).plugins.items()


def test_an_edited_journal_is_an_error(index, store):
    lines = Path(store.journal.path).read_bytes().splitlines(keepends=True)
    with open(store.journal.path, "wb") as file:
        file.writelines([lines[0], b'{"event": "uploaded"}\n', *lines[1:]])
    code, _, err = publish(store, index.base)
    assert code == 1
    assert "line 2" in err
    assert not any(index.files(plugin.name) for plugin in store.plan.plugins)


def test_a_locked_store_is_not_published(index, store):
    with store.lock():
        code, _, err = publish(store, index.base)
    assert code == 2
    assert str(os.getpid()) in err


def test_an_aborted_release_cannot_be_published(index, store):
    store.journal.append(Aborted(why="the core was yanked"))
    code, _, err = publish(store, index.base)
    assert code == 1
    assert "the core was yanked" in err


def test_verify_lists_missing_files(index, packages, store, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address.simple)
    code, _, err = run("verify", "--store", store.folder, "--to", index.base)
    assert code == 2
    assert "no plugin of this release" in err
    publish(store, index.base)
    stem = store.plan.plugins[0].name.replace("-", "_")
    for file in packages.glob(f"{stem}-*"):
        file.unlink()
    code, out, _ = run("verify", "--store", store.folder, "--wait", "1s")
    assert code == 5
    assert "does not list" in out
    assert "does not resolve" in out


def test_verify_detects_different_files(index, packages, store, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address.simple)
    publish(store, index.base)
    stem = store.plan.plugins[1].name.replace("-", "_")
    for file in packages.glob(f"{stem}-*.whl"):
        file.write_bytes(file.read_bytes() + b"more")
    code, out, _ = run("verify", "--store", store.folder, "--wait", "1s")
    assert code == 5
    assert "the index lists a different" in out


def test_a_full_temporary_folder_is_an_error(index, store, tmp_path):
    assert publish(store, index.base)[0] == 0
    (tmp_path / "scratch").mkdir()
    code, _, err = run("verify", "--store", store.folder, environ={"TMPDIR": str(tmp_path / "scratch")}, limit=0)
    assert code == 4
    assert "cannot write to the temporary folder" in err


def test_verify_detects_files_that_differ_from_the_index_page(index, store, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address.simple)
    with proxy_before(index.base) as proxy:
        assert publish(store, proxy.base)[0] == 0
        stem = store.plan.plugins[1].name.replace("-", "_")
        proxy.alters = lambda path, body: body + b"more" if stem in path and path.endswith(".whl") else body
        words = ("--store", store.folder, "--wait", "1s", "--to", proxy.base)
        code, out, _ = run("verify", *words)
        assert code == 5, out
        assert "serves a different" in out
        proxy.alters = lambda _path, body: body
        assert run("resume", *words)[0] == 0


BACKEND = """\
import os, pathlib
def prepare_metadata_for_build_wheel(folder, settings=None):
    pathlib.Path({place!r}).write_text(repr(dict(os.environ)))
    place = pathlib.Path(folder, "{name}-1.0.dist-info")
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
    (place / "WHEEL").write_text("Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return place.name
build_wheel = build_sdist = None
"""


def test_builds_during_resolution_see_no_secrets(index, packages, tmp_path, monkeypatch):
    """uv runs the build backend of an sdist without static metadata."""
    seen = tmp_path / "seen"
    name = f"other{zlib.crc32(str(tmp_path).encode())}"
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(place=str(seen), name=name),
    }
    with tarfile.open(packages / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    plugin = minimal_artifacts.planned(f"{name}-user", name, pins={name: ""})
    store = minimal_artifacts.make(tmp_path / "store", minimal_artifacts.plan_of(plugin, index=index.base))
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address.simple)
    assert publish(store, index.base)[0] == 0
    assert run("verify", "--store", store.folder, "--wait", "1s")[0] == 0
    assert "PATH" in seen.read_text()
    assert "TWINE" not in seen.read_text()


def test_an_unreachable_index_is_not_verified(index, store):
    with proxy_before(index.base) as proxy:
        assert publish(store, proxy.base)[0] == 0
    code, _, err = run("verify", "--store", store.folder, "--wait", "1s", "--to", proxy.base)
    assert code == 4
    assert "cannot read project" in err
    assert not any(isinstance(event, NotVerified) for event in store.journal.read())


def test_resume_with_some_uploads_is_a_partial_success(index, packages, store):
    assert publish(store, index.base)[0] == 0
    with proxy_before(index.base) as proxy:
        stems = [plugin.name.replace("-", "_") for plugin in store.plan.plugins]
        proxy.alters = lambda path, body: body + b"more" if any(stem in path for stem in stems) else body
        words = ("--to", proxy.base, "--simple", f"{proxy.base}/simple/")
        assert run("resume", "--store", store.folder, "--wait", "0.1s", *words)[0] == 5


def test_abort_finds_an_uploaded_file_without_a_journaled_response(index, store):
    publish(store, index.base)
    first = store.plan.plugins[0].name
    file = store.state().plugins[first].files[0]
    # The journal of a process that was killed while it waited for the response.
    events = [event for event in store.journal.read() if not isinstance(event, Uploaded)]
    Path(store.journal.path).unlink()
    store.journal.append(*events, IndexSelected(index=index.address.upload, simple=index.address.simple))
    store.journal.append(Uploading(plugin=first, file=file.name, sha256=file.sha256))
    code, out, _ = run("abort", "--store", store.folder)
    assert code == 0
    assert file.sha256 in out
    assert run("status", "--store", store.folder)[0] == 5


def test_abort_lists_files_that_the_index_could_not_be_queried_about(index, store):
    first = store.plan.plugins[0].name
    file = store.state().plugins[first].files[0]
    store.journal.append(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    store.journal.append(Uploading(plugin=first, file=file.name, sha256=file.sha256))
    code, _, err = run("abort", "--store", store.folder, "--to", "http://127.0.0.1:1/")
    assert code == 0
    assert f"{file.name} was being uploaded; it is unknown" in err


def test_a_folder_that_is_not_a_store_is_an_error(store, tmp_path):
    file = tmp_path / "file"
    file.touch()
    code, _, err = run("status", "--store", str(file))
    assert code == 2
    assert "contains no release" in err
    os.mkdir(os.path.join(store.folder, "lock"))
    code, _, err = run("abort", "--store", store.folder)
    assert code == 1
    assert "cannot be written" in err


@pytest.mark.parametrize("name", ["../../secret", "/etc/hostname", "..", "a\\b", "a\0b", "a.whl\n", ""])
def test_a_journal_with_an_invalid_file_name_is_an_error(index, store, name):
    plugin = store.plan.plugins[0].name
    store.journal.append(Built(plugin=plugin, files=(Artifact(name, "0" * 64, 1),)))
    code, _, err = publish(store, index.base)
    assert code == 1
    assert "is not a valid release event" in err


@pytest.mark.parametrize("more", [None, 5])
def test_a_journal_that_cannot_be_written_is_an_error(index, store, more):
    limit = 0 if more is None else os.path.getsize(store.journal.path) + more
    code, _, err = run("abort", "--store", store.folder, limit=limit)
    assert code == 4
    assert "cannot be written" in err
    assert store.state().aborted is None


def test_a_store_of_another_schema_is_an_error(store):
    path = Path(store.journal.path)
    path.write_bytes(path.read_bytes().replace(b'"schema":1', b'"schema":2', 1))
    code, _, err = run("status", "--store", store.folder)
    assert code == 1
    assert "another version of commonhold" in err


def test_wait_must_be_a_time(store):
    code, _, err = run("verify", "--store", store.folder, "--wait", "soon")
    assert code == 2
    assert "soon is not a time" in err


def test_postponed_files_are_uploaded_by_the_next_run(index, store):
    first = store.plan.plugins[0].name
    file = store.state().plugins[first].files[0]
    store.journal.append(IndexSelected(index=index.address.upload, simple=index.address.simple))
    store.journal.append(Deferred(plugin=first, file=file.name, why="quota"))
    assert publish(store, index.base)[0] == 0
