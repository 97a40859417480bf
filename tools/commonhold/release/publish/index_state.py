"""Query an index for a project's files, versions that satisfy a requirement, and uploads that got no response.

The index is queried before a publication, and whenever the response to an upload does not show whether the index has
the file.
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
    from packaging.version import Version

    from commonhold.index.addresses import Address
    from commonhold.index.page import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store

    T = TypeVar("T")

NO_VERSION = "no version on the index satisfies its pin"
"""The usual reason why a plugin that is not uploaded blocks another plugin."""

RECONCILE_PATIENCE = 10.0
"""Time limit in seconds for retrying a query about an upload that got no response."""


@dataclass(frozen=True, slots=True)
class FileOnIndex:
    """The result of comparing an artifact with the file of the same name on the index.

    ``same`` means that both have the same contents. Otherwise, ``theirs`` is the SHA-256 of the index's file.
    ``theirs`` is empty if the hash is unknown because the index's file is larger, and ``None`` if the index has no such
    file.
    """

    same: bool = False
    theirs: str | None = None
    file: IndexFile | None = None


class Index:
    """An index that several threads can query. Failed queries are retried for a limited time."""

    def __init__(self, address: Address, limits: BackoffLimits, gate: Gate) -> None:
        self.address = address
        self._limits = limits
        self._gate = gate
        self._per_thread = threading.local()  # threads must not share a requests session

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        """Return the files of a project; ``None`` if the project does not exist. Raises ``IndexUnreachableError``."""
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
        """Query the index, and compare an artifact with the index's file of the same name.

        Raises ``IndexUnreachableError``.
        """
        return self.find_in(self.files(name), artifact)

    def find_in(self, files: tuple[IndexFile, ...] | None, artifact: Artifact) -> FileOnIndex:
        """Compare an artifact with the file of the same name in ``files``. Raises ``IndexUnreachableError``.

        If the index publishes no hash, the file is downloaded.
        """
        file = next((file for file in files or () if file.name == artifact.name), None)
        if file is None:
            return FileOnIndex()
        theirs = file.sha256 or self.digest(file, artifact.size)
        same = theirs == artifact.sha256
        return FileOnIndex(same, None if same else theirs or "", file)

    def digest(self, file: IndexFile, size: int) -> str | None:
        """Download a file and return its SHA-256; ``None`` if it exceeds ``size``. Raises ``IndexUnreachableError``."""
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
    """Return the requirements of a distribution's wheels on another distribution, which are alternatives.

    If no wheel requires the other distribution, the planned pin is returned.
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
    # A requirement with a marker applies only in some environments, so each one becomes a separate alternative.
    return tuple(always & each.specifier for each in matching if each.marker is not None) or (always,)


def why_unsatisfied(requirements: Iterable[SpecifierSet], files: Iterable[IndexFile] | None, name: str) -> str:
    """Return why no version of a project satisfies any of the requirements; ``""`` if a version does."""
    versions: dict[bool, set[Version]] = {False: set(), True: set()}
    for file in files or ():
        version = parse_version(file.version or "")
        if version is not None:
            versions[file.yanked].add(version)
    alternatives = list(requirements)
    if any(True for specifier in alternatives for _ in specifier.filter(versions[False])):
        return ""
    yanked = max((version for specifier in alternatives for version in specifier.filter(versions[True])), default=None)
    if yanked is None:
        return NO_VERSION
    return f"{name} {yanked}, which satisfies its pin, was yanked: undo the yank on the index, or upload {name} first"


def reconcile_uploads(store: Store, address: Address) -> tuple[str, ...]:
    """Query the index about uploads that got no response, and journal successful ones; return the files still in doubt.

    If the process or the network fails after an upload is sent, the journal does not record a result, so the index is
    queried. The caller holds the store's lock. Raises ``JournalFullError``.
    """
    state = store.state()
    unanswered = [
        (each.name, file)
        for each in state.released
        for file in each.files
        if isinstance(each.uploads.get(file.name), Uploading | Deferred)
    ]
    if state.address is None or state.address.upload != address.upload or not unanswered:
        return ()
    index = Index(address, BackoffLimits(patience=RECONCILE_PATIENCE), Gate())
    for number, (name, file) in enumerate(unanswered):
        try:
            found = index.find(name, file)
        except IndexUnreachableError:
            return tuple(file.name for _, file in unanswered[number:])
        if found.same:
            store.journal.append(Uploaded(plugin=name, file=file.name, sha256=file.sha256))
    return ()
