"""The stores of all shards brought into one. What a shard delivers was made by foreign code, and is not believed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.builder.artifacts import (
    MAX_ARTIFACT_BYTES,
    filename_error,
    read_built,
    store_artifacts,
    store_failure,
)
from commonhold.release.builder.build_log import read_log
from commonhold.release.model.journal import Journal
from commonhold.release.model.journal_events import Began, BuildFailed, Built
from commonhold.release.model.store import DIST, JOURNAL, LOCK, LOGS, PLAN, StoreError
from commonhold.release.plan.build_shards import divide

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from commonhold.release.model.plan import Artifact
    from commonhold.release.model.store import Store

MAX_JOURNAL_BYTES = 64 * 2**20
"""A journal of more bytes than this is refused before it is read."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What one shard delivers, after it was looked at."""

    folder: str
    built: dict[str, Built]
    failed: dict[str, str]


def merge_stores(store: Store, folders: Sequence[str]) -> tuple[int, int]:
    """Take over what shards built; ``folders`` are their stores, the first that of shard 1. The caller has the lock.

    Returns how many plugins are built, and how many are not. Everything is looked at before anything is taken over.
    Raises ``StoreError`` when a shard was made for another plan, delivers what is not its own, or not all of it.
    """
    shards = divide(store.plan, len(folders))
    plan = _plan_hash(store.journal, store.folder)
    deliveries = [_inspect(store, folder, plan, shard) for folder, shard in zip(folders, shards, strict=True)]
    here = read_built(store.journal.read())
    for delivery in deliveries:
        _take_over(store, delivery, here)
    return sum(len(each.built) for each in deliveries), sum(len(each.failed) for each in deliveries)


def _plan_hash(journal: Journal, folder: str) -> str:
    first = journal.first()
    if not isinstance(first, Began):
        raise StoreError(f"{folder} holds no journal of a release", hint="Name the store that a shard made.")
    return first.plan


def _inspect(store: Store, folder: str, plan: str, own: Sequence[str]) -> _Delivery:
    _refuse_strangers(store, folder)
    journal = Journal(os.path.join(folder, JOURNAL))
    if _plan_hash(journal, folder) != plan:
        raise StoreError(f"{folder} was built for another plan", hint="Build it from the plan of this release.")
    delivery = _Delivery(folder, read_built(journal.read()), _failures(journal, folder))
    told = delivery.built.keys() | delivery.failed.keys()
    foreign, missing = sorted(told - {*own}), sorted({*own} - told)
    if foreign:
        raise StoreError(f"{folder} delivers {', '.join(foreign)}, which is not for its shard", hint=_DISTRUST)
    if missing:
        raise StoreError(f"{folder} does not tell of {', '.join(missing)}", hint="Let its shard be built to the end.")
    for name, built in delivery.built.items():
        problem = filename_error(store.plan.plugin(name), [artifact.name for artifact in built.files])
        if problem:
            raise StoreError(f"{folder} delivers for {name}: {problem}", hint=_DISTRUST)
        for artifact in built.files:
            _read(store, folder, name, artifact)
    _refuse_more(folder, delivery.built)
    return delivery


def _failures(journal: Journal, folder: str) -> dict[str, str]:
    """Why plugins are not built, as a shard's journal tells, which may tell of nothing but builds."""
    failed: dict[str, str] = {}
    for number, event in enumerate(journal.read()):
        if isinstance(event, BuildFailed):
            failed[event.plugin] = event.why
        elif isinstance(event, Built):
            failed.pop(event.plugin, None)
        elif number:
            raise StoreError(f"the journal of {folder} tells of more than builds", hint=_DISTRUST)
    return failed


_DISTRUST = "Do not publish what comes from there before it is known why."


def _refuse_strangers(store: Store, folder: str) -> None:
    """Refuse all but files and folders where a store has them: a link could make this machine read what is its own."""
    journal = os.path.join(folder, JOURNAL)
    if not os.path.lexists(journal):
        raise StoreError(f"{folder} holds no journal of a release", hint="Name the store that a shard made.")
    plugins = {planned.name for planned in store.plan.released}
    _refuse_others(folder, files={PLAN, JOURNAL, LOCK}, folders={DIST, LOGS})
    _refuse_others(os.path.join(folder, DIST), files=set(), folders=plugins)
    _refuse_others(os.path.join(folder, LOGS), files={f"{name}.log" for name in plugins}, folders=set())
    if os.path.getsize(journal) > MAX_JOURNAL_BYTES:
        raise StoreError(f"the journal of {folder} is longer than any", hint=_DISTRUST)


def _refuse_others(folder: str, *, files: Container[str], folders: Container[str]) -> None:
    for entry in _entries(folder):
        mode = entry.stat(follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
            raise StoreError(f"{entry.path} is neither a file nor a folder", hint=_DISTRUST)
        if entry.name not in (folders if stat.S_ISDIR(mode) else files):
            raise StoreError(f"{entry.path} has no place in a shard's store", hint=_DISTRUST)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    if not os.path.lexists(folder):
        return []
    with os.scandir(folder) as entries:
        return [*entries]


def _refuse_more(folder: str, built: dict[str, Built]) -> None:
    for plugin in _entries(os.path.join(folder, DIST)):
        expected = {each.name for each in built[plugin.name].files} if plugin.name in built else set()
        for entry in _entries(plugin.path):
            if entry.name not in expected or not entry.is_file(follow_symlinks=False):
                raise StoreError(f"{entry.path} is in the store, and not in its journal", hint=_DISTRUST)


def _read(store: Store, folder: str, plugin: str, artifact: Artifact) -> bytes:
    """A file as the shard's own journal tells of it."""
    shard = type(store)(folder, store.plan)
    path = shard.path(plugin, artifact.name)
    if os.path.exists(path) and os.path.getsize(path) > MAX_ARTIFACT_BYTES:
        raise StoreError(f"{path} is larger than any index takes", hint=_DISTRUST)
    return shard.read(plugin, artifact)


def _take_over(store: Store, delivery: _Delivery, here: dict[str, Built]) -> None:
    for name, built in delivery.built.items():
        if name not in here:
            files = {each.name: _read(store, delivery.folder, name, each) for each in built.files}
            store_artifacts(store, name, files, built.lost)
            continue
        _compare(store, delivery.folder, name, built.files, here[name].files)
        more = {*built.lost} - {*here[name].lost}
        if more:  # to tell the same again would ask for another inspection
            lost = tuple(sorted({*here[name].lost, *more}))
            store.journal.append(Built(plugin=name, files=here[name].files, lost=lost))
    for name, why in delivery.failed.items():
        if name in here:
            _compare(store, delivery.folder, name, (), here[name].files)
        else:
            store_failure(store, name, why, read_log(os.path.join(delivery.folder, LOGS, f"{name}.log")))


def _compare(store: Store, folder: str, name: str, delivered: Sequence[Artifact], kept: Sequence[Artifact]) -> None:
    if {*delivered} != {*kept}:
        raise StoreError(
            f"{folder} delivers other files of {name} than this store has already",
            hint="A file is built once: gather into a new store, or drop the shard's.",
        )
    for artifact in kept:
        store.check(name, artifact)
