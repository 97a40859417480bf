"""Test repacked sdists, the division into shards, and the merging of their stores."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.errors import UsageError
from commonhold.release.builder.artifacts import (
    MAX_LOG_BYTES,
    filename_error,
    read_log,
    store_artifacts,
    store_failure,
)
from commonhold.release.builder.build_deps import build_closures
from commonhold.release.builder.merge_stores import merge_stores
from commonhold.release.builder.sdist_repack import repack, unpack
from commonhold.release.model.journal import JournalError
from commonhold.release.model.journal_events import BuildFailed, Built, Uploaded
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.model.store import Store, StoreError, make_store
from commonhold.release.plan.build_shards import divide
from tests.release.fake_backend_repo import artifacts, files_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EPOCH = 1_700_000_000


def archive(
    names: Sequence[str] = ("x-1/b", "x-1/a"),
    *,
    time: float = 1.5,
    user: str = "me",
    mode: int = 0o664,
    name: str = "x",
) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=buffer, mtime=time) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for each in names:
            member = tarfile.TarInfo(each)
            member.mtime, member.uname, member.mode, member.size = time, user, mode, 4
            tar.addfile(member, io.BytesIO(b"text"))
    return buffer.getvalue()


def test_a_repacked_sdist_has_no_traces_of_its_machine() -> None:
    one = repack(archive(), EPOCH)
    assert one == repack(archive(("x-1/a", "x-1/b"), time=99, user="you", mode=0o600, name="y"), EPOCH)
    with tarfile.open(fileobj=io.BytesIO(one)) as packed:
        assert [(each.name, each.mtime, each.mode, each.uname, each.uid) for each in packed] == [
            ("x-1/a", EPOCH, 0o644, "", 0),
            ("x-1/b", EPOCH, 0o644, "", 0),
        ]
    assert repack(one, EPOCH) is one


def test_repacking_keeps_executables_and_links() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        run = tarfile.TarInfo("x-1/z-run")
        run.mode, run.size = 0o775, 3
        tar.addfile(run, io.BytesIO(b"run"))
        for name, kind, to in (("x-1/link", tarfile.SYMTYPE, "z-run"), ("x-1/hard", tarfile.LNKTYPE, "x-1/z-run")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, to
            tar.addfile(link)
    with tarfile.open(fileobj=io.BytesIO(repack(buffer.getvalue(), EPOCH))) as tar:
        assert tar.getmember("x-1/z-run").mode == 0o755
        assert tar.getmember("x-1/link").linkname == "z-run"
        assert tar.extractfile("x-1/hard").read() == b"run"  # type: ignore[union-attr]


@pytest.mark.parametrize("names", [("a", "b"), ("x/a", "y/b"), ("../a",)])
def test_an_sdist_without_exactly_one_folder_is_an_error(tmp_path: Path, names: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="instead of one folder"):
        unpack(archive(names), str(tmp_path))


@pytest.fixture
def _old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python without the filters of PEP 706."""
    monkeypatch.delattr(tarfile, "data_filter")


# Python 3.12 and 3.13 warn if no filter is given; from 3.14 on, tarfile needs the function that is removed here.
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="tarfile needs its filters")
@pytest.mark.filterwarnings("ignore:Python 3.14:DeprecationWarning")
@pytest.mark.usefixtures("_old_python")
def test_an_old_python_unpacks_an_sdist(tmp_path: Path) -> None:
    folder = unpack(repack(archive(("x-1/a", "x-1/b/c")), EPOCH), str(tmp_path))
    assert sorted(os.listdir(folder)) == ["a", "b"]
    assert (tmp_path / "x-1/b/c").read_text() == "text"


@pytest.mark.usefixtures("_old_python")
@pytest.mark.parametrize("path", ["x-1/../../a", "x-1/link"])
def test_an_old_python_refuses_unsafe_members(tmp_path: Path, path: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(path)
        if path.endswith("link"):
            member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(member)
    with pytest.raises(ValueError, match="unpacks safely"):
        unpack(buffer.getvalue(), str(tmp_path / "in"))
    assert not (tmp_path / "in").exists()


def plan_of(*plugins: PlannedDistribution) -> ReleasePlan:
    return ReleasePlan(version="1", commit="0" * 40, epoch=EPOCH, core=None, index="testpypi", plugins=plugins)


@given(
    tiers=st.lists(st.sampled_from(["official", "community", "other"]), max_size=30),
    count=st.integers(min_value=1, max_value=9),
)
def test_each_plugin_is_in_one_shard_and_each_shard_has_one_tier(tiers: list[str], count: int) -> None:
    plan = plan_of(*(PlannedDistribution(f"x-{number}", f"x/{number}", tier, "1") for number, tier in enumerate(tiers)))
    if 1 < count < len({*tiers}):
        with pytest.raises(UsageError, match="shards are too few"):
            divide(plan, count)
        return

    shards = divide(plan, count)

    assert len(shards) == count
    assert Counter(name for shard in shards for name in shard) == Counter(each.name for each in plan.plugins)
    if count > 1:
        assert all(len({plan.plugin(name).tier for name in shard}) <= 1 for shard in shards)
        for tier in {*tiers}:
            sizes = [len(shard) for shard in shards if shard and plan.plugin(shard[0]).tier == tier]
            assert max(sizes) - min(sizes) <= 1


def test_a_build_closure_contains_run_time_requirements() -> None:
    plan = plan_of(
        PlannedDistribution("x-base", "b", "t", "1", needs=("x-top",)),
        PlannedDistribution("x-tool", "t", "t", "1", needs=("x-base",), builds_with=("x-held",)),
        PlannedDistribution("x-top", "p", "t", "1", builds_with=("x-tool",), needs=("x-other",)),
        PlannedDistribution("x-other", "o", "t", "1"),
        PlannedDistribution("x-held", "h", "t", "1", held="it is not wanted"),
    )
    assert build_closures(plan) == {
        "x-base": (),
        "x-tool": (),
        "x-top": ("x-base", "x-tool", "x-other"),
        "x-other": (),
    }


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), "nothing was built instead of an sdist and a wheel"),
        (("x_a-1.tar.gz",), "x_a-1.tar.gz was built instead of an sdist and a wheel"),
        (("x_a-1.tar.gz", "x_a-2-py3-none-any.whl"), "was built, but x-a 1 was planned"),
        (("x_b-1.tar.gz", "x_a-1-py3-none-any.whl"), "was built, but x-a 1 was planned"),
        (("x_a-1.tar.gz", "x_a-1.exe"), "x_a-1.exe"),
        (("../x_a-1.tar.gz", "x_a-1-py3-none-any.whl"), "../x_a-1.tar.gz"),
        (("x_a-1.tar.gz", "x_a-1-1 ;-py3-none-any.whl"), "is not a file name that works on every system"),
        (("x_a-1.tar.gz", f"x_a-1-1{'a' * 200}-py3-none-any.whl"), "is not a file name that works on every system"),
        (("x_a-1.tar.gz", "\udc80"), "'\\udc80' is not a file name that works on every system"),
    ],
)
def test_unplanned_files_are_described(names: Sequence[str], why: str) -> None:
    assert why in filename_error(PlannedDistribution("x-a", "a", "t", "1"), names)


def test_file_names_need_not_be_normalized() -> None:
    assert (
        filename_error(
            PlannedDistribution("x-a", "a", "t", "1.0"), ["X.A-1.tar.gz", "x_a-1.0-1-cp311-abi3-linux_x86_64.whl"]
        )
        == ""
    )


A, B = PlannedDistribution("x-a", "a", "official", "1"), PlannedDistribution("x-b", "b", "community", "1")


def files(plugin: str, content: bytes = b"") -> dict[str, bytes]:
    stem = plugin.replace("-", "_")
    return {f"{stem}-1.tar.gz": b"sdist" + content, f"{stem}-1-py3-none-any.whl": b"wheel" + content}


def shards_of(folder: Path) -> tuple[Store, Store, Store]:
    """Return the stores of a release and of its two shards, the second of which failed."""
    plan = plan_of(A, B)
    main, one, two = (make_store(str(folder / name), plan) for name in ("main", "one", "two"))
    store_artifacts(one, "x-a", files("x-a"))
    store_failure(two, "x-b", "the build failed", b"its log")
    return main, one, two


def merge(main: Store, *shards: Store) -> tuple[int, int]:
    return merge_stores(main, [shard.folder for shard in shards])


def test_merging_twice_is_the_same_as_once(tmp_path: Path) -> None:
    main, one, two = shards_of(tmp_path)

    assert merge(main, one, two) == (1, 1)
    assert merge(main, one, two) == (1, 1)

    assert artifacts(main) == artifacts(one)
    assert files_of(main, "x-a") == files_of(one, "x-a")
    assert [event.plugin for event in main.journal.read() if isinstance(event, Built | BuildFailed)][:2] == [
        "x-a",
        "x-b",
    ]
    with open(main.log("x-b"), "rb") as log:
        assert log.read() == b"its log"


def test_lost_files_of_all_shards_are_merged(tmp_path: Path) -> None:
    main, one, two = shards_of(tmp_path)
    store_artifacts(main, "x-a", files("x-a"), ("a.json",))
    store_artifacts(one, "x-a", files("x-a"), ("b.json",))
    assert merge(main, one, two) == (1, 1)
    assert main.state().plugins["x-a"].lost == ("a.json", "b.json")
    recorded = [event for event in main.journal.read() if isinstance(event, Built)]
    assert merge(main, one, two) == (1, 1)
    assert [event for event in main.journal.read() if isinstance(event, Built)] == recorded


def _another_plan(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    other = make_store(str(folder / "other"), plan_of(msgspec.structs.replace(A, version="2"), B))
    return other, two


def _an_additional_file(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    one.add("x-a", "x_a-1-py2-none-any.whl", b"")
    return one, two


def _a_changed_file(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    place = one.path("x-a", "x_a-1.tar.gz")
    os.chmod(place, 0o644)
    with open(place, "wb") as file:
        file.write(b"other")
    return one, two


def _a_plugin_of_another_shard(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    store_artifacts(two, "x-a", files("x-a", b"evil"))
    return one, two


def _in_another_order(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    return two, one


def _a_link(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    os.symlink("/etc/passwd", two.path("x-b", "x") if os.path.isdir(f"{two.folder}/dist/x-b") else f"{two.folder}/x")
    return one, two


def _a_name_that_leads_away(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    store_artifacts(two, "x-b", files("x-b"))
    artifact = artifacts(two)["x-b"][0]
    moved = msgspec.structs.replace(artifact, name=f"../x-b/{artifact.name}")
    two.journal.append(Built(plugin="x-b", files=(moved, artifacts(two)["x-b"][1])))
    return one, two


def _an_upload_event(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    two.journal.append(Uploaded(plugin="x-b", file="x", sha256="0" * 64))
    return one, two


def _an_unknown_file(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    with open(os.path.join(one.folder, "sitecustomize.py"), "w"):
        return one, two


def _an_unknown_log(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    os.makedirs(os.path.dirname(one.log("x")), exist_ok=True)
    with open(one.log("x-nobody"), "w"):
        return one, two


def _a_pipe(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    os.unlink(two.log("x-b"))
    os.mkfifo(two.log("x-b"))
    return one, two


def _an_endless_journal(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    os.truncate(two.journal.path, 2**30)
    return one, two


def _an_unfinished_build(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    return one, make_store(str(folder / "new"), plan_of(A, B))


def _no_store(folder: Path, one: Store, two: Store) -> tuple[Store, Store]:
    return one, Store(str(folder), plan_of(A, B))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_another_plan, "was made for another plan"),
        (_an_additional_file, "is in the store but not in its journal"),
        (_a_changed_file, "is not the file that was built"),
        (_a_plugin_of_another_shard, "contains x-a, which belongs to another shard"),
        (_in_another_order, "which belongs to another shard"),
        (_a_link, "is neither a file nor a folder"),
        (_a_name_that_leads_away, "contains unplanned files of x-b|is not a valid release event"),
        (_an_upload_event, "contains the event uploaded"),
        (_an_unknown_file, "sitecustomize.py does not belong in the store of a shard"),
        (_an_unknown_log, "x-nobody.log does not belong in the store of a shard"),
        (_a_pipe, "is neither a file nor a folder"),
        (_an_endless_journal, "has more than 67,108,864 bytes"),
        (_an_unfinished_build, "has no result for x-b"),
        (_no_store, "contains no release journal"),
    ],
)
def test_an_invalid_shard_is_rejected_before_anything_is_copied(tmp_path: Path, spoil, why) -> None:
    main, one, two = shards_of(tmp_path)
    with pytest.raises((StoreError, JournalError), match=why):
        merge(main, *spoil(tmp_path, one, two))
    assert artifacts(main) == {}
    assert files_of(main, "x-a") == {}


def test_a_shard_with_a_second_build_of_a_plugin_is_rejected(tmp_path: Path) -> None:
    main, one, two = shards_of(tmp_path)
    store_artifacts(main, "x-a", files("x-a", b" of before"))
    with pytest.raises(StoreError, match="contains different files of x-a"):
        merge(main, one, two)


def test_a_store_with_a_plugin_that_failed_in_its_shard_is_rejected(tmp_path: Path) -> None:
    main, one, two = shards_of(tmp_path)
    store_artifacts(main, "x-b", files("x-b", b" of nobody"))
    with pytest.raises(StoreError, match="contains different files of x-b"):
        merge(main, one, two)


def test_the_end_of_a_long_log_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "log"
    assert read_log(str(place)) is None
    place.write_bytes(b"x" * MAX_LOG_BYTES + b"the end")
    assert read_log(str(place)) == b"x" * (MAX_LOG_BYTES - 7) + b"the end"
    os.mkfifo(tmp_path / "pipe")
    assert read_log(str(tmp_path / "pipe")) is None


def test_the_reason_of_a_failure_is_escaped_and_shortened(tmp_path: Path) -> None:
    store = make_store(str(tmp_path), plan_of(A))
    store_failure(store, "x-a", "\udcff\x1b[2J" + "x" * 10_000, None)
    *_, event = store.journal.read()
    assert isinstance(event, BuildFailed)
    assert event.why.startswith("\\xff\\x1b[2Jxxx")
    assert len(event.why) < 2000
