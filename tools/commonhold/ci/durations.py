"""Record session durations in a file, so that shards can be balanced."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, median
from typing import TYPE_CHECKING

from commonhold.ci.results import LONGEST_SECONDS
from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

SCHEMA = 1
_DELETE = "Delete the file; commonhold will create it again."

MOST_BYTES = 16_000_000
"""The maximum size of a durations file."""

UNKNOWN_SECONDS = 60.0
"""The assumed duration of a session if no durations are recorded."""

NEWEST_WEIGHT = 0.5
"""The weight of the newest run; a lower weight reduces the effect of a single slow machine."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Session durations in seconds, by plugin and Python version."""

    seconds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def expectation(self) -> Callable[[str, str], float]:
        """Return a function that estimates the duration of a plugin's session on a Python version.

        The estimate is the recorded duration, else the mean over the plugin's other Python versions, else the median of
        all recorded durations.
        """
        known = [seconds for by_python in self.seconds.values() for seconds in by_python.values()]
        typical = median(known) if known else UNKNOWN_SECONDS

        def expected(plugin: str, python: str) -> float:
            by_python = self.seconds.get(plugin)
            return by_python.get(python, fmean(by_python.values())) if by_python else typical

        return expected

    def updated(self, measured: Iterable[tuple[str, str, float]], known: Collection[str] | None = None) -> Durations:
        """Add measurements, each consisting of a plugin, a Python version and seconds.

        ``known`` are the names of existing plugins; entries for other plugins are removed.
        """
        merged = {plugin: dict(by_python) for plugin, by_python in self.seconds.items()}
        for plugin, python, seconds in measured:
            by_python = merged.setdefault(plugin, {})
            before = by_python.get(python, seconds)
            by_python[python] = round(NEWEST_WEIGHT * seconds + (1 - NEWEST_WEIGHT) * before, 3)
        kept = (
            merged if known is None else {plugin: by_python for plugin, by_python in merged.items() if plugin in known}
        )
        return Durations(kept)


def read_durations(path: str) -> Durations:
    """Read durations; the result is empty if the file does not exist yet.

    Raises ``ToolError``, with the file and the key, if the content is invalid.
    """
    # Imported late because importing msgspec takes longer than most commands take in total.
    import msgspec

    class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        schema: int
        durations: dict[str, dict[str, float]]

    try:
        document = msgspec.json.decode(read_untrusted(path, MOST_BYTES, links=True), type=Document)
    except FileNotFoundError:
        return Durations()
    except (OSError, ValueError) as error:
        raise ToolError(f"{path} is not a durations file: {error}", hint=_DELETE) from error
    if document.schema != SCHEMA:
        raise ToolError(
            f"{path} has schema {document.schema}, but this version of commonhold reads schema {SCHEMA}",
            hint="Delete the file, or upgrade commonhold.",
        )
    # JSON numbers can be huge or negative, and a single such duration would invalidate every comparison.
    for plugin, by_python in document.durations.items():
        for python, seconds in by_python.items():
            if not 0 <= seconds <= LONGEST_SECONDS:
                raise ToolError(f"{path}: $.durations.{plugin}.{python} is not a duration", hint=_DELETE)
    return Durations(document.durations)


def write_durations(path: str, durations: Durations) -> None:
    """Write durations in sorted order, so that equal durations give equal files. Raises ``ToolError``."""
    import json

    from commonhold.effects.files import write_atomically

    document = {"schema": SCHEMA, "durations": durations.seconds}
    data = json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ToolError(f"cannot write {path}: {error.strerror}") from error
