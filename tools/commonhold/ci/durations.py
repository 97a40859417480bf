"""How long sessions took, so that shards can be balanced: a file that jobs write and the planner reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, median
from typing import TYPE_CHECKING

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

SCHEMA = 1
UNKNOWN_SECONDS = 60.0
"""What a session is taken to last while nothing at all was recorded."""

NEWEST_WEIGHT = 0.5
"""How much the newest run counts: one slow machine must not turn a plan upside down."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds by plugin and Python."""

    seconds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def expectation(self) -> Callable[[str, str], float]:
        """What a session of a plugin on a Python may take.

        As recorded, else as on the plugin's other Pythons, else the median of all that is known.
        """
        known = [seconds for by_python in self.seconds.values() for seconds in by_python.values()]
        typical = median(known) if known else UNKNOWN_SECONDS

        def expected(plugin: str, python: str) -> float:
            mine = self.seconds.get(plugin)
            return mine.get(python, fmean(mine.values())) if mine else typical

        return expected

    def updated(self, measured: Iterable[tuple[str, str, float]], known: Collection[str] | None = None) -> Durations:
        """With new measurements, each a plugin, a Python and seconds.

        With ``known``, the names of the plugins there are, the entries of all others are left out.
        """
        merged = {plugin: dict(by_python) for plugin, by_python in self.seconds.items()}
        for plugin, python, seconds in measured:
            mine = merged.setdefault(plugin, {})
            before = mine.get(python, seconds)
            mine[python] = round(NEWEST_WEIGHT * seconds + (1 - NEWEST_WEIGHT) * before, 3)
        kept = merged if known is None else {plugin: mine for plugin, mine in merged.items() if plugin in known}
        return Durations(kept)


def read_durations(path: str) -> Durations:
    """The durations in a file; none when there is no such file yet.

    Raises ``ToolError`` that names the file and the key when it holds something else.
    """
    import msgspec

    class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        schema: int
        durations: dict[str, dict[str, float]]

    try:
        with open(path, "rb") as file:
            document = msgspec.json.decode(file.read(), type=Document)
    except FileNotFoundError:
        return Durations()
    except (OSError, ValueError) as error:
        raise ToolError(f"{path} is no file of durations: {error}", hint="Delete it; it is made again.") from error
    if document.schema != SCHEMA:
        raise ToolError(
            f"{path} has schema {document.schema}, and this commonhold reads {SCHEMA}",
            hint="Delete it, or upgrade commonhold.",
        )
    wrong = [key for key, seconds in _flat(document.durations) if not 0 <= seconds < float("inf")]
    if wrong:
        raise ToolError(f"{path}: $.durations.{wrong[0]} is no duration", hint="Delete it; it is made again.")
    return Durations(document.durations)


def write_durations(path: str, durations: Durations) -> None:
    """Write them, sorted, so that equal durations are equal files. Raises ``ToolError``."""
    import json

    from commonhold.effects.files import write_atomically

    document = {"schema": SCHEMA, "durations": durations.seconds}
    data = json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ToolError(f"cannot write {path}: {error.strerror}") from error


def _flat(durations: Mapping[str, Mapping[str, float]]) -> Iterable[tuple[str, float]]:
    for plugin, by_python in durations.items():
        for python, seconds in by_python.items():
            yield f"{plugin}.{python}", seconds
