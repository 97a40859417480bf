"""Query an index: the files of a project, whether its versions satisfy a requirement, and unanswered uploads.

An index is queried before each upload, and whenever the response to an upload does not show whether it succeeded.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.index.backoff import Backoff, BackoffLimits, Gate
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.release.model.journal_events import Deferred, Uploaded, Uploading
from commonhold.release.model.wheel_metadata import read_wheel_metadata
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from packaging.specifiers import SpecifierSet

    from commonhold.index.addresses import Address
    from commonhold.index.client import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store

    T = TypeVar("T")

RECONCILE_PATIENCE = 10.0
"""Seconds for which an index is queried about unanswered uploads."""


@dataclass(frozen=True, slots=True)
class FileOnIndex:
    """The file that an index has under an artifact's name, compared with the artifact.

    ``same`` means equal contents. Otherwise ``theirs`` is the SHA-256 of the index's file, empty if that is unknown
    because the file is larger, and ``None`` if the index has no such file.
    """

    same: bool = False
    theirs: str | None = None
    file: IndexFile | None = None


class Index:
    """An index that several threads query, with a limited number of retries."""

    def __init__(self, address: Address, limits: BackoffLimits, gate: Gate) -> None:
        self.address = address
        self._limits = limits
        self._gate = gate
        self._per_thread = threading.local()  # a requests session must not be shared by threads

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        """The files of a project, or ``None`` if it does not exist. Raises ``IndexUnreachableError``."""
        return self._retry(lambda: self._client().files(name))

    def _retry(self, query: Callable[[], T]) -> T:
        backoff = Backoff(self._limits)
        while True:
            try:
                return query()
            except IndexUnreachableError:  # noqa: PERF203 - each attempt waits for a network
                pause = backoff.next_pause()
                if pause is None or not self._gate.wait(pause):
                    raise

    def find(self, name: str, artifact: Artifact) -> FileOnIndex:
        """Query the file with an artifact's name. Raises ``IndexUnreachableError``."""
        return self.find_in(self.files(name), artifact)

    def find_in(self, files: tuple[IndexFile, ...] | None, artifact: Artifact) -> FileOnIndex:
        """Find an artifact's name among the files of a project. Raises ``IndexUnreachableError``.

        If the index publishes no hash, the file is downloaded.
        """
        file = next((file for file in files or () if file.name == artifact.name), None)
        if file is None:
            return FileOnIndex()
        theirs = file.sha256 or self.digest(file, artifact.size)
        same = theirs == artifact.sha256
        return FileOnIndex(same, None if same else theirs or "", file)

    def digest(self, file: IndexFile, size: int) -> str | None:
        """Download a file, and return its SHA-256; ``None`` if it is larger. Raises ``IndexUnreachableError``."""
        data = self._retry(lambda: self._client().fetch(file, size))
        return None if data is None else hashlib.sha256(data).hexdigest()

    def _client(self) -> IndexClient:
        client: IndexClient | None = getattr(self._per_thread, "client", None)
        if client is None:
            client = self._per_thread.client = IndexClient(self.address)
        return client


def requirements_on(
    store: Store, plugin: PlannedDistribution, files: Iterable[Artifact], name: str
) -> tuple[SpecifierSet, ...]:
    """The requirements of a distribution's wheels on another one, of which one must be satisfied.

    If no wheel has one, it is the planned pin.
    """
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    found: list[Requirement] = []
    for artifact in files:
        if artifact.name.endswith(".whl"):
            metadata = read_wheel_metadata(store.read(plugin.name, artifact))
            found += [Requirement(line) for line in metadata.get("requires_dist", ())]
    matching = [requirement for requirement in found if canonicalize_name(requirement.name) == name]
    if not matching:
        return (SpecifierSet(plugin.pins.get(name, "")),)
    always = SpecifierSet(",".join(str(each.specifier) for each in matching if each.marker is None))
    # A requirement with a marker applies only in some environments, so each makes an alternative of its own.
    return tuple(always & each.specifier for each in matching if each.marker is not None) or (always,)


def index_satisfies(requirements: Iterable[SpecifierSet], files: Iterable[IndexFile] | None) -> bool:
    """Check whether any version of a project that is not yanked satisfies any of the requirements."""
    versions = {version for file in files or () if not file.yanked and (version := parse_version(file.version or ""))}
    return any(any(True for _ in specifier.filter(versions)) for specifier in requirements)


def reconcile_uploads(store: Store) -> tuple[str, ...]:
    """Journal the unanswered uploads that did succeed; return the files that the index could not be queried about.

    An upload is journaled before it is sent. If the process or the network fails before the response arrives, only
    the index can show whether it has the file. The caller holds the store's lock. Raises ``JournalFullError``.
    """
    state = store.state()
    unanswered = [
        (each.name, file)
        for each in state.released
        for file in each.files
        if isinstance(each.uploads.get(file.name), Uploading | Deferred)
    ]
    if state.address is None or not unanswered:
        return ()
    index = Index(state.address, BackoffLimits(patience=RECONCILE_PATIENCE), Gate())
    for number, (name, file) in enumerate(unanswered):
        try:
            found = index.find(name, file)
        except IndexUnreachableError:
            return tuple(file.name for _, file in unanswered[number:])
        if found.same:
            store.journal.append(Uploaded(plugin=name, file=file.name, sha256=file.sha256))
    return ()
