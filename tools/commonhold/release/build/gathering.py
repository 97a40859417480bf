"""The stores of all shards brought into one. What a shard delivers was made by foreign code, and is not believed."""

from __future__ import annotations

import os
import stat

from commonhold.release.build.keeping import keep, keep_failure, misnamed, read_built
from commonhold.release.build.shards import divide
from commonhold.release.events import Began, BuildFailed, Built
from commonhold.release.journal import Journal
from commonhold.release.store import DIST, JOURNAL, LOGS, StoreError
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.release.store import Store
    from commonhold.release.values import Artifact

LONGEST_LOG = 1_000_000
"""How many bytes of a failed build's log are taken over: its last ones."""

LARGEST_FILE = 2**30
"""A file of more bytes than this is refused before it is read."""


class _Delivery(NamedTuple):
    """What one shard delivers, after it was looked at."""

    folder: str
    built: dict[str, tuple[Artifact, ...]]
    failed: dict[str, str]


def gather(store: Store, folders: Sequence[str]) -> tuple[int, int]:
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
    first = next(journal.read(), None)
    if not isinstance(first, Began):
        raise StoreError(f"{folder} holds no journal of a release", hint="Name the store that a shard made.")
    return first.plan


def _inspect(store: Store, folder: str, plan: str, own: Sequence[str]) -> _Delivery:
    _refuse_links(folder)
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
    for name, artifacts in delivery.built.items():
        problem = misnamed(store.plan.plugin(name), [artifact.name for artifact in artifacts])
        if problem:
            raise StoreError(f"{folder} delivers for {name}: {problem}", hint=_DISTRUST)
        for artifact in artifacts:
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


def _refuse_links(folder: str) -> None:
    """A link could make this machine read what is its own."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(place, name)).st_mode
            if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                raise StoreError(f"{os.path.join(place, name)} is neither a file nor a folder", hint=_DISTRUST)


def _refuse_more(folder: str, built: dict[str, tuple[Artifact, ...]]) -> None:
    expected = {os.path.join(folder, DIST, name, each.name) for name, files in built.items() for each in files}
    for place, _, files in os.walk(os.path.join(folder, DIST)):
        more = sorted({os.path.join(place, name) for name in files} - expected)
        if more:
            raise StoreError(f"{more[0]} is in the store, and not in its journal", hint=_DISTRUST)


def _read(store: Store, folder: str, plugin: str, artifact: Artifact) -> bytes:
    """A file as the shard's own journal tells of it."""
    shard = type(store)(folder, store.plan)
    path = shard.path(plugin, artifact.name)
    if os.path.exists(path) and os.path.getsize(path) > LARGEST_FILE:
        raise StoreError(f"{path} is larger than any index takes", hint=_DISTRUST)
    return shard.read(plugin, artifact)


def _take_over(store: Store, delivery: _Delivery, here: dict[str, tuple[Artifact, ...]]) -> None:
    for name, artifacts in delivery.built.items():
        if name in here:
            _compare(store, delivery.folder, name, artifacts, here[name])
            continue
        keep(store, name, {each.name: _read(store, delivery.folder, name, each) for each in artifacts})
    for name, why in delivery.failed.items():
        if name not in here:
            keep_failure(store, name, why, _log(os.path.join(delivery.folder, LOGS, f"{name}.log")))


def _compare(store: Store, folder: str, name: str, delivered: Sequence[Artifact], kept: Sequence[Artifact]) -> None:
    if {*delivered} != {*kept}:
        raise StoreError(
            f"{folder} delivers other files of {name} than this store has already",
            hint="A file is built once: gather into a new store, or drop the shard's.",
        )
    for artifact in kept:
        store.check(name, artifact)


def _log(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - LONGEST_LOG))
            return file.read()
    except FileNotFoundError:
        return None
