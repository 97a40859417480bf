"""What the index has: asked before an upload, and whenever the answer to one is not to be relied upon."""

from __future__ import annotations

import threading

from commonhold.release.publish.retry import Retries
from commonhold.release.registry import IndexUnreachableError, Registry
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from commonhold.release.publish.retry import Gate, Limits
    from commonhold.release.registry import Address, Served
    from commonhold.release.values import Artifact


class Found(NamedTuple):
    """What an index has under an artifact's name; neither: nothing. ``theirs`` is empty where it tells no hash."""

    same: bool = False
    theirs: str | None = None


class Index:
    """An index that is asked by several threads, each time with bounded retries."""

    def __init__(self, address: Address, limits: Limits, gate: Gate) -> None:
        self.address = address
        self._limits = limits
        self._gate = gate
        self._of_thread = threading.local()

    def files(self, name: str) -> tuple[Served, ...] | None:
        """The files of a project, ``None`` when there is none. Raises ``IndexUnreachableError``."""
        retries = Retries(self._limits)
        while True:
            try:
                return self._registry().files(name)
            except IndexUnreachableError:  # noqa: PERF203 - each try waits for a network
                pause = retries.next_pause()
                if pause is None or not self._gate.pass_(pause):
                    raise

    def find(self, name: str, artifact: Artifact) -> Found:
        """What it has under an artifact's name. Raises ``IndexUnreachableError``."""
        return find_in(self.files(name), artifact)

    def _registry(self) -> Registry:
        registry: Registry | None = getattr(self._of_thread, "registry", None)
        if registry is None:
            registry = self._of_thread.registry = Registry(self.address)
        return registry


def find_in(served: tuple[Served, ...] | None, artifact: Artifact) -> Found:
    """What is among the files of a project under an artifact's name."""
    for file in served or ():
        if file.name == artifact.name:
            same = file.sha256 == artifact.sha256
            return Found(same, None if same else file.sha256 or "")
    return Found()
