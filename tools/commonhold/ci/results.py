"""Write and read session results: a JSON file with the outcome next to a JUnit file."""

from __future__ import annotations

import os
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = 1
FOLDER = ".commonhold"
RESULTS = f"{FOLDER}/results"
"""The folder for session results, relative to the repository's root."""

Outcome: TypeAlias = Literal["passed", "no-tests", "failed", "timed-out", "install-failed"]
GOOD = frozenset({"passed", "no-tests"})


@dataclass(frozen=True, slots=True)
class SessionResult:
    """The result of one session. ``seconds`` is its total duration, and ``core`` is the core's installed version."""

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
    """Read one result. Raises ``ToolError``, with the file and the key, if the content is invalid."""
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
        with open(path, "rb") as file:
            document = msgspec.json.decode(file.read(), type=Document)
    except (OSError, ValueError) as error:
        raise ToolError(f"{path} is not a session result: {error}") from error
    fields = msgspec.structs.asdict(document)
    del fields["schema"]
    return SessionResult(**fields)


@dataclass(frozen=True, slots=True)
class Results:
    """The results in a folder, ordered by session, and messages about unreadable files."""

    results: tuple[SessionResult, ...]
    problems: tuple[str, ...] = ()


def read_results(folder: str) -> Results:
    """Read the results in a folder and its subfolders, because each artifact of a matrix may have its own folder.

    A file that cannot be read becomes a problem; the other files are still read. Raises ``UsageError`` if ``folder``
    is a file.
    """
    if os.path.isfile(folder):
        raise UsageError(f"{folder} is a file", hint="Pass the folder that contains the results.")
    results: list[SessionResult] = []
    problems: list[str] = []
    for path in _files(folder):
        try:
            results.append(read_result(path))
        except ToolError as error:  # noqa: PERF203 - a broken file must not hide the others
            problems.append(error.message)
    return Results(tuple(sorted(results, key=astuple)), tuple(problems))


def _files(folder: str) -> Iterable[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(".json"))


def measured(results: Iterable[SessionResult]) -> list[tuple[str, str, float]]:
    """List the durations of sessions that ran to the end, as plugin, Python version and seconds."""
    # After a failed installation or a timeout, the measured time is shorter than a complete session.
    return [
        (result.plugin, result.python, result.seconds)
        for result in results
        if result.outcome in {"passed", "no-tests", "failed"}
    ]
