"""Verify a release on the index: download each file and compare its hash, and resolve each plugin with uv."""

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
"""Number of plugins to verify at the same time."""

MAX_PAUSE = 5.0
"""Maximum number of seconds between two queries while the index does not list a file yet."""

MAX_UNREACHABLE = 3
"""Maximum number of consecutive queries without a response after the deadline; the rest are not sent."""


class Resolver(Protocol):
    """A resolver of requirements for a new environment. Several threads may call it."""

    def error(self, plugin: PlannedDistribution, python: str | None) -> str:
        """Return why a plugin does not resolve for a version of Python; an empty string if it does."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The state after a verification. The exit code is 0 if all plugins are verified, 5 if some are, 1 if none are."""

    state: ReleaseState
    exit_code: int


def verify(
    store: Store, address: Address, resolver: Resolver, reporter: Reporter | None = None, wait: float = 600.0
) -> Verification:
    """Check that the index serves every uploaded file and that every plugin resolves; retry for ``wait`` seconds.

    The caller holds the store's lock. Raises ``IndexUnreachableError``, and ``UsageError`` if no plugin is uploaded.
    """
    state = store.state()
    uploaded = [each for each in state.released if each.is_uploaded]
    if not uploaded or state.address is None or state.address.upload != address.upload:
        raise UsageError(
            f"no plugin of this release was uploaded to {address.upload}", hint="Run: commonhold release publish."
        )
    reporter = reporter or SilentReporter()
    journal = JournalWriter(store.journal, reporter)
    gate = Gate()
    end = time.monotonic() + wait
    index = Index(address, BackoffLimits(patience=min(30.0, wait)), gate)
    index.files(uploaded[0].name)  # raises a single error if the index does not respond, instead of one for each plugin
    check = _PluginCheck(index, resolver, end, gate)
    reporter.started("verifying", len(uploaded), "plugins")
    with ThreadPoolExecutor(JOBS, thread_name_prefix="verify") as pool:
        try:
            for each, why in zip(uploaded, pool.map(check.error, uploaded), strict=True):
                name = each.name
                journal.write(NotVerified(plugin=name, why=why) if why else Verified(plugin=name))
        except BaseException:
            gate.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return _result(store.state())


def _result(state: ReleaseState) -> Verification:
    verified = [each for each in state.released if each.status is PluginStatus.VERIFIED]
    if len(verified) == len(state.released):
        return Verification(state, DONE)
    return Verification(state, PARTLY if verified else STOPPED)


class _PluginCheck:
    def __init__(self, index: Index, resolver: Resolver, end: float, gate: Gate) -> None:
        self._index = index
        self._resolver = resolver
        self._end = end
        self._gate = gate
        self._unreachable = 0

    def error(self, plugin: PluginState) -> str:
        """Return the problem that a plugin still has at the deadline; an empty string once there is none."""
        # Without this limit, an unresponsive index would delay each remaining plugin by all its retries.
        if self._unreachable >= MAX_UNREACHABLE and time.monotonic() > self._end:
            return "the index does not respond"
        verified: set[str] = set()
        return self._poll(lambda: self._file_error(plugin, verified)) or self._poll(
            lambda: self._resolution_error(plugin)
        )

    def _poll(self, find_error: Callable[[], str]) -> str:
        pause = 0.5
        while True:
            why = find_error()
            if not why or time.monotonic() + pause > self._end or not self._gate.wait(pause):
                return why
            pause = min(2 * pause, MAX_PAUSE)  # an index may list a new file only after some time

    def _file_error(self, plugin: PluginState, verified: set[str]) -> str:
        """Return the first problem with a plugin's files. Files in ``verified`` are not downloaded again."""
        try:
            files = self._index.files(plugin.name)
            for artifact in plugin.files:
                if artifact.name not in verified:
                    why = self._compare(files, artifact)
                    if why:
                        return why
                    verified.add(artifact.name)
        except IndexUnreachableError as error:
            self._unreachable += 1
            return error.message
        self._unreachable = 0
        return ""

    def _compare(self, files: tuple[IndexFile, ...] | None, artifact: Artifact) -> str:
        found = self._index.find_in(files, artifact)
        if found.theirs is not None:
            theirs = found.theirs or "unknown"
            return f"the index lists a different {artifact.name}: SHA-256 is {theirs}, but {artifact.sha256} was built"
        if found.file is None:
            return f"the index does not list {artifact.name}"
        # The file itself is checked, because different servers, such as a mirror, may serve the page and the files.
        theirs = self._index.digest(found.file, artifact.size) or "unknown"
        if theirs != artifact.sha256:
            return f"the index serves a different {artifact.name}: SHA-256 is {theirs}, but {artifact.sha256} was built"
        return ""

    def _resolution_error(self, plugin: PluginState) -> str:
        pythons: tuple[str | None, ...] = tuple(dict.fromkeys(plugin.plugin.pythons)) or (None,)
        errors = (self._resolver.error(plugin.plugin, python) for python in pythons)
        return next((error for error in errors if error), "")
