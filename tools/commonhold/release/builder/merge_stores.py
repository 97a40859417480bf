"""Merge the stores of all shards into one.

The machine that wrote a shard's store ran untrusted code, so the whole store is checked before any part is used.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.builder.artifacts import (
    MAX_ARTIFACT_BYTES,
    filename_error,
    read_built,
    read_log,
    store_artifacts,
    store_failure,
)
from commonhold.release.model.journal_events import BuildFailed, Built
from commonhold.release.model.journal_rules import DISTRUST
from commonhold.release.model.store import DIST, JOURNAL, LOCK, LOGS, PLAN, StoreError
from commonhold.release.model.store_copy import check_phases, read_copy
from commonhold.release.plan.build_shards import divide

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import Artifact
    from commonhold.release.model.store import Store


@dataclass(frozen=True, slots=True)
class _ShardResult:
    """The checked results of one shard."""

    folder: str
    built: Mapping[str, Built]
    failed: Mapping[str, str]


def merge_stores(store: Store, folders: Sequence[str]) -> tuple[int, int]:
    """Copy the results of shards into a store; return how many plugins were built and how many failed.

    ``folders`` are the shards' stores, in order. All stores are checked before any file is copied. The caller holds the
    lock of ``store``. Raises ``StoreError`` if a shard was built for another plan, contains plugins of another shard,
    or lacks some of its own plugins.
    """
    shards = divide(store.plan, len(folders))
    # The store itself may come from the machine that inspected it.
    check_phases(store.folder, store.events(), ("plan", "build", "inspect"))
    _check_folders(store, store.folder)
    results = [_read_shard(store, folder, shard) for folder, shard in zip(folders, shards, strict=True)]
    # An interrupted merge is repeated from the beginning, so some plugins may already be in the store.
    here = read_built(store.events())
    for result in results:
        _copy(store, result, here)
    _check_artifact_folders(store.folder, read_built(store.events()))
    return sum(len(each.built) for each in results), sum(len(each.failed) for each in results)


def _read_shard(store: Store, folder: str, own: Sequence[str]) -> _ShardResult:
    events = read_copy(store, folder, ("build",))
    _check_entries(store, folder)
    result = _ShardResult(folder, read_built(events), _failures(events))
    reported = result.built.keys() | result.failed.keys()
    foreign, missing = sorted(reported - {*own}), sorted({*own} - reported)
    if foreign:
        raise StoreError(f"{folder} contains {', '.join(foreign)}, which belongs to another shard", hint=DISTRUST)
    if missing:
        raise StoreError(f"{folder} has no result for {', '.join(missing)}", hint="Finish the build of its shard.")
    for name, built in result.built.items():
        # These names come from the shard's journal, and become parts of paths here.
        problem = filename_error(store.plan.plugin(name), [artifact.name for artifact in built.files])
        if problem:
            raise StoreError(f"{folder} contains unplanned files of {name}: {problem}", hint=DISTRUST)
        for artifact in built.files:
            _read_artifact(store, folder, name, artifact)
    _check_artifact_folders(folder, result.built)
    return result


def _failures(events: Iterable[Event]) -> dict[str, str]:
    """Return the reasons of failed builds."""
    failed: dict[str, str] = {}
    for event in events:
        if isinstance(event, BuildFailed):
            failed[event.plugin] = event.why
        elif isinstance(event, Built):
            failed.pop(event.plugin, None)
    return failed


def _check_entries(store: Store, folder: str) -> None:
    """Reject entries that do not belong in the store of a shard, and entries that are neither files nor folders."""
    # A link could make this machine read one of its own files, and then publish that file.
    logs = {f"{planned.name}.log" for planned in store.plan.released}
    _check_folder(folder, files={PLAN, JOURNAL, LOCK}, folders={DIST, LOGS})
    _check_folder(os.path.join(folder, LOGS), files=logs, folders=set())
    _check_folders(store, folder)


def _check_folders(store: Store, folder: str) -> None:
    """Reject artifacts of plugins that the plan does not release, and folders that are links."""
    for place in (os.path.join(folder, DIST), os.path.join(folder, LOGS)):
        if os.path.islink(place):
            raise StoreError(f"{place} is neither a file nor a folder", hint=DISTRUST)
    _check_folder(os.path.join(folder, DIST), files=set(), folders={planned.name for planned in store.plan.released})


def _check_folder(folder: str, *, files: Container[str], folders: Container[str]) -> None:
    for entry in _entries(folder):
        mode = entry.stat(follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
            raise StoreError(f"{entry.path} is neither a file nor a folder", hint=DISTRUST)
        if entry.name not in (folders if stat.S_ISDIR(mode) else files):
            raise StoreError(f"{entry.path} does not belong in the store of a shard", hint=DISTRUST)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    if not os.path.lexists(folder):
        return []
    with os.scandir(folder) as entries:
        return [*entries]


def _check_artifact_folders(folder: str, built: Mapping[str, Built]) -> None:
    """Reject files that the journal does not record, because they would be signed and uploaded like built artifacts."""
    for plugin in _entries(os.path.join(folder, DIST)):
        expected = {each.name for each in built[plugin.name].files} if plugin.name in built else set()
        for entry in _entries(plugin.path):
            if entry.name not in expected or not entry.is_file(follow_symlinks=False):
                raise StoreError(f"{entry.path} is in the store but not in its journal", hint=DISTRUST)


def _read_artifact(store: Store, folder: str, plugin: str, artifact: Artifact) -> bytes:
    """Read a file of a shard. Raises ``StoreError`` if the file differs from the shard's journal."""
    shard = type(store)(folder, store.plan)
    path = shard.path(plugin, artifact.name)
    # The size is checked first, because the next line reads the whole file into memory.
    if os.path.exists(path) and os.path.getsize(path) > MAX_ARTIFACT_BYTES:
        raise StoreError(f"{path} has more than {MAX_ARTIFACT_BYTES:,} bytes", hint=DISTRUST)
    return shard.read(plugin, artifact)


def _copy(store: Store, result: _ShardResult, here: Mapping[str, Built]) -> None:
    for name, built in result.built.items():
        if name not in here:
            files = {each.name: _read_artifact(store, result.folder, name, each) for each in built.files}
            store_artifacts(store, name, files, built.lost)
            continue
        _check_same_files(store, result.folder, name, built.files, here[name].files)
        additional = {*built.lost} - {*here[name].lost}
        # An equal result is not recorded again, because the plugin would then need another inspection.
        if additional:
            lost = tuple(sorted({*here[name].lost, *additional}))
            store.journal.append(Built(plugin=name, files=here[name].files, lost=lost))
    for name, why in result.failed.items():
        if name in here:
            _check_same_files(store, result.folder, name, (), here[name].files)
        else:
            store_failure(store, name, why, read_log(os.path.join(result.folder, LOGS, f"{name}.log")))


def _check_same_files(
    store: Store, folder: str, name: str, theirs: Sequence[Artifact], ours: Sequence[Artifact]
) -> None:
    """Reject different files of a plugin that is already built, because the first files may have been uploaded."""
    if {*theirs} != {*ours}:
        raise StoreError(
            f"{folder} contains different files of {name} than this store",
            hint="Each plugin is built once: gather into a new store, or leave out this shard.",
        )
    for artifact in ours:
        store.check(name, artifact)
