"""What the index has: asked before an upload, and whenever the answer to one is not to be relied upon."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.index.backoff import Backoff
from commonhold.index.client import IndexClient, IndexUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from commonhold.index.addresses import Address
    from commonhold.index.backoff import BackoffLimits, Gate
    from commonhold.index.client import IndexFile
    from commonhold.release.model.plan import Artifact

    T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """What an index has under an artifact's name; neither: nothing. ``theirs`` is empty where it is only longer."""

    same: bool = False
    theirs: str | None = None
    file: IndexFile | None = None


class Index:
    """An index that is asked by several threads, each time with bounded retries."""

    def __init__(self, address: Address, limits: BackoffLimits, gate: Gate) -> None:
        self.address = address
        self._limits = limits
        self._gate = gate
        self._of_thread = threading.local()

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        """The files of a project, ``None`` when there is none. Raises ``IndexUnreachableError``."""
        return self._patiently(lambda: self._registry().files(name))

    def _patiently(self, ask: Callable[[], T]) -> T:
        retries = Backoff(self._limits)
        while True:
            try:
                return ask()
            except IndexUnreachableError:  # noqa: PERF203 - each try waits for a network
                pause = retries.next_pause()
                if pause is None or not self._gate.wait(pause):
                    raise

    def find(self, name: str, artifact: Artifact) -> Found:
        """What it has under an artifact's name. Raises ``IndexUnreachableError``."""
        return self.find_in(self.files(name), artifact)

    def find_in(self, served: tuple[IndexFile, ...] | None, artifact: Artifact) -> Found:
        """What is among the files of a project under an artifact's name. Raises ``IndexUnreachableError``.

        Where the index tells no hash, the file itself does.
        """
        file = next((file for file in served or () if file.name == artifact.name), None)
        if file is None:
            return Found()
        theirs = file.sha256 or self.digest(file, artifact.size)
        same = theirs == artifact.sha256
        return Found(same, None if same else theirs or "", file)

    def digest(self, file: IndexFile, size: int) -> str | None:
        """The SHA-256 of what it hands out; ``None`` when that is too long. Raises ``IndexUnreachableError``."""
        data = self._patiently(lambda: self._registry().fetch(file, size))
        return None if data is None else hashlib.sha256(data).hexdigest()

    def _registry(self) -> IndexClient:
        registry: IndexClient | None = getattr(self._of_thread, "registry", None)
        if registry is None:
            registry = self._of_thread.registry = IndexClient(self.address)
        return registry
