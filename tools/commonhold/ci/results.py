"""Write and read the results of sessions: a JSON file with the outcome, next to a JUnit file."""

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
"""The folder for the results of sessions, relative to the repository's root."""

Outcome: TypeAlias = Literal["passed", "no-tests", "failed", "timed-out", "install-failed"]
GOOD = frozenset({"passed", "no-tests"})


@dataclass(frozen=True, slots=True)
class SessionResult:
    """The result of one session. ``seconds`` is its total time, and ``core`` the installed version of the core."""

    session: str
    plugin: str
    python: str
    outcome: Outcome
    seconds: float
    core: str | None = None
    os: str | None = None

    @property
    def good(self) -> bool:
        """Return whether the session passed or found no tests."""
        return self.outcome in GOOD


def result_path(folder: str, session: str) -> str:
    """Return the path of a session's result in a folder of results."""
    return os.path.join(folder, f"{session}.json")


def junit_path(folder: str, session: str) -> str:
    """Return the path of a session's JUnit report in a folder of results."""
    return os.path.join(folder, f"{session}.xml")


def write_result(folder: str, result: SessionResult) -> None:
    """Write a result to a folder of results. Raises ``OSError``."""
    import json

    from commonhold.effects.files import write_atomically

    document = {"schema": SCHEMA, **asdict(result)}
    # Atomically, because the progress display reads the file while it is written.
    write_atomically(result_path(folder, result.session), json.dumps(document, indent=1).encode() + b"\n")


def read_result(path: str) -> SessionResult:
    """Read one result. Raises ``ToolError``, with the file and the key, if the file is not a result."""
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

    A file that cannot be read becomes a problem, and the others are still read. Raises ``UsageError`` if ``folder``
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
    """List the durations of sessions that ran to their end; others would understate the time that is needed."""
    # A failed installation or an expired time limit would make the session look shorter than it is.
    return [
        (result.plugin, result.python, result.seconds)
        for result in results
        if result.outcome in {"passed", "no-tests", "failed"}
    ]
