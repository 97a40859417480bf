"""Write and read session results: a JSON file with the outcome next to a JUnit file."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA = 1
FOLDER = ".commonhold"
"""The folder for the results and logs of sessions, relative to the workspace."""

QUICK_STARTS = "quick-starts"
"""The folder in ``FOLDER`` for the results and logs of quick starts, which are never read as those of tests."""

LONGEST_SECONDS = 1_000_000.0
"""The longest duration of a session that is accepted, far above the limit of a job."""

MOST_CHARACTERS = 200
"""The maximum length of a text in a result."""

MOST_BYTES = 65_536
"""The maximum size of a result file."""

Outcome: TypeAlias = Literal["passed", "no-tests", "failed", "timed-out", "install-failed"]
GOOD = frozenset({"passed", "no-tests"})


@dataclass(frozen=True, slots=True)
class SessionResult:
    """The result of one session.

    ``seconds`` is the session's duration, and ``core`` is the core's installed version.
    """

    session: str
    plugin: str
    python: str
    outcome: Outcome
    seconds: float
    core: str | None = None
    os: str | None = None

    @property
    def good(self) -> bool:
        """True if the session passed or found no tests."""
        return self.outcome in GOOD


def result_path(folder: str, session: str) -> str:
    """Return the path of a session's result in the results folder."""
    return os.path.join(folder, f"{session}.json")


def junit_path(folder: str, session: str) -> str:
    """Return the path of a session's JUnit report in the results folder."""
    return os.path.join(folder, f"{session}.xml")


def write_result(folder: str, result: SessionResult) -> None:
    """Write a result to the results folder. Raises ``OSError``."""
    import json

    from commonhold.effects.files import write_atomically

    document = {"schema": SCHEMA, **asdict(result)}
    # The write is atomic because the progress display may read the file at any time.
    write_atomically(result_path(folder, result.session), json.dumps(document, indent=1).encode() + b"\n")


def read_result(path: str) -> SessionResult:
    """Read one result. Raises ``ToolError``, with the file and the key, if the content is invalid.

    A plugin's tests could write this file, so its values have limits, and it must be about the session in its file
    name.
    """
    import msgspec

    class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        schema: Literal[1]
        session: str
        plugin: str
        python: str
        outcome: Outcome
        seconds: float
        core: str | None = None
        os: str | None = None

    try:
        document = msgspec.json.decode(read_untrusted(path, MOST_BYTES), type=Document)
    except (OSError, ValueError) as error:
        raise ToolError(f"{path} is not a session result: {error}") from error
    fields = msgspec.structs.asdict(document)
    del fields["schema"]
    result = SessionResult(**fields)
    wrong = next(_impossible(result, os.path.basename(path)), None)
    if wrong is not None:
        raise ToolError(f"{path} is not a session result: {wrong}")
    return result


def _impossible(result: SessionResult, file: str) -> Iterator[str]:
    """Yield the values of a result that a session never writes."""
    if not 0 <= result.seconds <= LONGEST_SECONDS:
        yield "the number at `$.seconds` is not a duration"
    for key, text in (("plugin", result.plugin), ("python", result.python), ("core", result.core), ("os", result.os)):
        if text is not None and not 0 < len(text) <= MOST_CHARACTERS:
            yield f"the text at `$.{key}` is empty or too long"
    if result.session != f"{result.plugin}-{result.python}" or file != f"{result.session}.json":
        yield "the session at `$.session` does not match the plugin, the Python version and the file's name"


def measured(results: Iterable[SessionResult]) -> list[tuple[str, str, float]]:
    """List the durations of sessions that were not stopped early, as plugin, Python version and seconds."""
    # After a failed installation or a timeout, the measured time is shorter than a complete session.
    return [
        (result.plugin, result.python, result.seconds)
        for result in results
        if result.outcome in {"passed", "no-tests", "failed"}
    ]
