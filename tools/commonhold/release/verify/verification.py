"""Whether the index serves what was uploaded, to everybody: each file by its hash, each plugin as uv resolves it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from commonhold.errors import UsageError
from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import NotVerified, Verified
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.state import DONE, PARTLY, STOPPED
from commonhold.release.publish.index_state import Index
from commonhold.release.publish.journal_writer import JournalWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold.index.addresses import Address
    from commonhold.index.client import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store

JOBS = 4
PAUSE = 5.0
"""Seconds between two looks at an index that does not show a file yet; fewer at first."""

SILENT = 3
"""After so many questions in a row that the index did not answer, and when the time is over, no more are asked."""


class Resolver(Protocol):
    """Resolves requirements from nothing, as somebody's fresh environment would. Used by several threads."""

    def complaint(self, plugin: PlannedDistribution, python: str | None) -> str:
        """Why a plugin does not resolve for a version of Python, or nothing when it does."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How the release stands after it was looked at: 0 when all is verified, 5 when some is, 1 when nothing is."""

    state: ReleaseState
    exit_code: int


def verify(
    store: Store, address: Address, resolver: Resolver, reporter: Reporter | None = None, wait: float = 600.0
) -> Verification:
    """Look at everything that was uploaded, for ``wait`` seconds at most until it is there and resolves.

    Whoever calls it holds the store's lock. Raises ``IndexUnreachableError``, ``UsageError`` when nothing is up.
    """
    state = store.state()
    up = [standing for standing in state.released if standing.is_uploaded]
    if not up or state.address is None or state.address.upload != address.upload:
        raise UsageError(
            f"nothing of this release was uploaded to {address.upload}", hint="Publish it: commonhold release publish."
        )
    reporter = reporter or SilentReporter()
    record = JournalWriter(store.journal, reporter)
    gate = Gate()
    end = time.monotonic() + wait
    index = Index(address, BackoffLimits(patience=min(30.0, wait)), gate)
    index.files(up[0].plugin.name)  # of an index that does not answer, nothing is said about each plugin
    look = _Look(index, resolver, end, gate)
    reporter.started("verifying", len(up), "plugins")
    with ThreadPoolExecutor(JOBS, thread_name_prefix="verify") as pool:
        try:
            for standing, why in zip(up, pool.map(look.complaint, up), strict=True):
                name = standing.plugin.name
                record.write(NotVerified(plugin=name, why=why) if why else Verified(plugin=name))
        except BaseException:
            gate.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return _outcome(store.state())


def _outcome(state: ReleaseState) -> Verification:
    good = [standing for standing in state.released if standing.status is PluginStatus.VERIFIED]
    if len(good) == len(state.released):
        return Verification(state, DONE)
    return Verification(state, PARTLY if good else STOPPED)


class _Look:
    def __init__(self, index: Index, resolver: Resolver, end: float, gate: Gate) -> None:
        self._index = index
        self._resolver = resolver
        self._end = end
        self._gate = gate
        self._unanswered = 0

    def complaint(self, standing: PluginState) -> str:
        """What is wrong with one plugin when the time is over, or nothing as soon as nothing is."""
        if self._unanswered >= SILENT and time.monotonic() > self._end:
            return "the index does not answer"
        proven: set[str] = set()
        return self._until_good(lambda: self._amiss(standing, proven)) or self._until_good(
            lambda: self._unresolved(standing)
        )

    def _until_good(self, complain: Callable[[], str]) -> str:
        pause = 0.5
        while True:
            why = complain()
            if not why or time.monotonic() + pause > self._end or not self._gate.wait(pause):
                return why
            pause = min(2 * pause, PAUSE)

    def _amiss(self, standing: PluginState, proven: set[str]) -> str:
        """What is wrong with its files; those that are right are ``proven``, and not asked for again."""
        try:
            served = self._index.files(standing.plugin.name)
            for artifact in standing.files:
                if artifact.name not in proven:
                    why = self._difference(served, artifact)
                    if why:
                        return why
                    proven.add(artifact.name)
        except IndexUnreachableError as error:
            self._unanswered += 1
            return error.message
        self._unanswered = 0
        return ""

    def _difference(self, served: tuple[IndexFile, ...] | None, artifact: Artifact) -> str:
        found = self._index.find_in(served, artifact)
        if found.theirs is not None:
            theirs = found.theirs or "not told"
            return f"the index shows another {artifact.name}: {theirs}, and ours is {artifact.sha256}"
        if found.file is None:
            return f"the index does not show {artifact.name}"
        # A page is made by one machine, and files are handed out by another: a mirror, a cache.
        theirs = self._index.digest(found.file, artifact.size) or "longer"
        if theirs != artifact.sha256:
            return f"the index hands out another {artifact.name} than it shows: {theirs}, and ours is {artifact.sha256}"
        return ""

    def _unresolved(self, standing: PluginState) -> str:
        pythons: tuple[str | None, ...] = tuple(dict.fromkeys(standing.plugin.pythons)) or (None,)
        complaints = (self._resolver.complaint(standing.plugin, python) for python in pythons)
        return next((complaint for complaint in complaints if complaint), "")
