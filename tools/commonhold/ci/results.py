"""What a session leaves behind: one JSON file with its outcome, and a JUnit file beside it."""

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
"""Where sessions put their results, relative to the repository's root."""

Outcome: TypeAlias = Literal["passed", "no-tests", "failed", "timed-out", "install-failed"]
GOOD = frozenset({"passed", "no-tests"})


@dataclass(frozen=True, slots=True)
class SessionResult:
    """How one session ended. ``seconds`` is all of it; ``core`` the version of the core that was installed."""

    session: str
    plugin: str
    python: str
    outcome: Outcome
    seconds: float
    core: str | None = None
    os: str | None = None

    @property
    def good(self) -> bool:
        """Whether nothing failed."""
        return self.outcome in GOOD


def result_path(folder: str, session: str) -> str:
    """The file of a session's result in a folder of results."""
    return os.path.join(folder, f"{session}.json")


def junit_path(folder: str, session: str) -> str:
    """The file of a session's JUnit report in a folder of results."""
    return os.path.join(folder, f"{session}.xml")


def write_result(folder: str, result: SessionResult) -> None:
    """Write a result into a folder of results. Raises ``OSError``."""
    import json

    from commonhold.effects.files import write_atomically

    document = {"schema": SCHEMA, **asdict(result)}
    write_atomically(result_path(folder, result.session), json.dumps(document, indent=1).encode() + b"\n")


def read_result(path: str) -> SessionResult:
    """One result; ``ToolError`` that names the file and the key when it holds something else."""
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
        raise ToolError(f"{path} is no result of a session: {error}") from error
    fields = msgspec.structs.asdict(document)
    del fields["schema"]
    return SessionResult(**fields)


@dataclass(frozen=True, slots=True)
class Results:
    """All results of a folder, by session's name, and what in it could not be read."""

    results: tuple[SessionResult, ...]
    problems: tuple[str, ...] = ()


def read_results(folder: str) -> Results:
    """The results in a folder and in the folders below it: a matrix's artifacts may each have their own.

    What cannot be read is told, and stops nobody from reading the rest. Raises ``UsageError`` when
    ``folder`` is a file.
    """
    if os.path.isfile(folder):
        raise UsageError(f"{folder} is a file", hint="Name the folder that holds the results.")
    results: list[SessionResult] = []
    problems: list[str] = []
    for path in _files(folder):
        try:
            results.append(read_result(path))
        except ToolError as error:  # noqa: PERF203 - one that is broken hides none of the others
            problems.append(error.message)
    return Results(tuple(sorted(results, key=astuple)), tuple(problems))


def _files(folder: str) -> Iterable[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(".json"))


def measured(results: Iterable[SessionResult]) -> list[tuple[str, str, float]]:
    """What the results teach about durations: only a session that went to its end tells how long it takes."""
    return [
        (result.plugin, result.python, result.seconds)
        for result in results
        if result.outcome in {"passed", "no-tests", "failed"}
    ]
