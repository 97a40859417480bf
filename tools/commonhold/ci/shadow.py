"""Compare plans with an existing CI that runs every plugin, to find failures that a plan would have missed."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from commonhold.ci.junit import MOST_BYTES
from commonhold.effects.files import read_untrusted
from commonhold.errors import ToolError, UsageError
from commonhold.projects.names import normalize
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.ci.job_plan import JobPlan
    from commonhold.projects.names import Name
    from commonhold.selection.affected import Affected
    from commonhold.workspace.model import Workspace

SCHEMA = 1

Outcomes: TypeAlias = "Mapping[str, Literal['passed', 'failed']]"
"""The results of the existing CI's jobs, by job name."""


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """One run. Every plugin is in ``runs`` (required), ``advisory`` or ``skips``.

    ``failed`` are the plugins that failed in the existing CI. ``outcomes`` is the number of its job results (``None``
    if they are unknown), and ``strangers`` are its jobs that match no plugin.
    """

    base: str | None
    head: str | None
    selection: str
    runs: tuple[str, ...]
    advisory: tuple[str, ...]
    skips: tuple[str, ...]
    outcomes: int | None = None
    failed: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """The failed plugins that the plan would have skipped."""
        return tuple(name for name in self.failed if name in set(self.skips))


def record_shadow(
    plan: JobPlan, affected: Affected, workspace: Workspace, outcomes: Outcomes | None = None
) -> ShadowRecord:
    """Record the plugins that the plan would have run, and the failures in the existing CI."""
    chosen = {plugin.name for plugin in affected.plugins}
    advisory = {plugin.name for plugin in affected.plugins if plugin.advisory}
    # A plugin that cannot be tested on any Python version does not run, even if it is selected.
    chosen -= {plugin.name for plugin in plan.untestable}
    failed, strangers = _by_plugin(workspace, outcomes or {})
    return ShadowRecord(
        base=affected.base,
        head=affected.head,
        selection=affected.selection,
        runs=tuple(sorted(chosen - advisory)),
        advisory=tuple(sorted(chosen & advisory)),
        skips=tuple(sorted(set(workspace.plugins) - chosen)),
        outcomes=None if outcomes is None else len(outcomes),
        failed=failed,
        strangers=strangers,
    )


def _by_plugin(workspace: Workspace, outcomes: Outcomes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the plugins that failed, and the jobs that match no plugin."""
    names: dict[str, Name] = {}
    for plugin in workspace.plugins.values():
        names[normalize(plugin.path.rpartition("/")[2])] = plugin.name
        names[normalize(workspace.config.shown(plugin.path).replace("/", "-"))] = plugin.name
    names.update({name: name for name in workspace.plugins})
    failed: set[str] = set()
    strangers: set[str] = set()
    for job, outcome in outcomes.items():
        # Other CIs use arbitrary job names, so search the name for any part that identifies a plugin.
        found = next((names[word] for word in _words(job) if word in names), None)
        if found is None:
            strangers.add(job)
        elif outcome == "failed":
            failed.add(found)
    return tuple(sorted(failed)), tuple(sorted(strangers))


def _words(job: str) -> Iterator[str]:
    """Yield possible plugin names in job names such as ``build-plugins (3.10, flytekit-spark)``."""
    yield normalize(job)
    yield normalize(job.rpartition("/")[2])
    for word in job.replace("(", ",").replace(")", ",").replace(" ", ",").split(","):
        yield normalize(word)
        yield normalize(word.rpartition("/")[2])
        # The names of commonhold sessions end with the Python version.
        yield normalize(word.rpartition("-")[0])


@dataclass(frozen=True, slots=True)
class ShadowSummary:
    """Totals over several runs. ``caught`` and ``missed`` are plugin failures; ``missed`` includes the head commits."""

    runs: int
    with_results: int
    planned: int
    skipped: int
    caught: int
    missed: tuple[tuple[str, str], ...]

    @property
    def recall(self) -> float | None:
        """The share of failures that the plans would have found, or ``None`` if no plugin failed."""
        total = self.caught + len(self.missed)
        return self.caught / total if total else None

    def lines(self) -> Iterator[str]:
        """Format the summary as text."""
        yield f"{count(self.runs, 'run')}, {self.with_results} with job results"
        yield f"the plans run {self.planned} plugin jobs and skip {self.skipped}"
        if self.recall is None:
            yield "no plugin failed in these runs, so they cannot show whether a plan would miss failures"
        else:
            yield f"the plans find {self.caught} of {self.caught + len(self.missed)} failures ({self.recall:.1%})"
        yield from (f"missed: {name} at {head}" for name, head in self.missed)


def summarize_shadow(records: Iterable[ShadowRecord]) -> ShadowSummary:
    """Sum the records of several runs."""
    kept = tuple(records)
    return ShadowSummary(
        runs=len(kept),
        with_results=sum(record.outcomes is not None for record in kept),
        planned=sum(len(record.runs) + len(record.advisory) for record in kept),
        skipped=sum(len(record.skips) for record in kept),
        caught=sum(len(record.failed) - len(record.missed) for record in kept),
        missed=tuple((name, record.head or "the working tree") for record in kept for name in record.missed),
    )


def append_record(path: str, record: ShadowRecord) -> None:
    """Append a record to a JSON Lines file. Raises ``ToolError``."""
    import json

    line = json.dumps({"schema": SCHEMA, **asdict(record)}) + "\n"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        # Appending one line at a time keeps earlier records intact even if the process crashes.
        with open(path, "a", encoding="ascii") as file:
            file.write(line)
    except OSError as error:
        raise ToolError(f"cannot write {path}: {error.strerror}") from error


def read_records(path: str) -> tuple[ShadowRecord, ...]:
    """Read the records in a file. Raises ``ToolError``, with the line and the key, if a record is invalid."""
    import msgspec

    class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        schema: Literal[1]
        base: str | None
        head: str | None
        selection: str
        runs: tuple[str, ...]
        advisory: tuple[str, ...]
        skips: tuple[str, ...]
        outcomes: int | None
        failed: tuple[str, ...]
        strangers: tuple[str, ...]

    records = []
    for number, line in enumerate(_read(path).splitlines(), start=1):
        try:
            fields = msgspec.structs.asdict(msgspec.json.decode(line, type=Document))
        except ValueError as error:
            raise ToolError(f"{path}, line {number}, is not a valid shadow record: {error}") from error
        del fields["schema"]
        records.append(ShadowRecord(**fields))
    return tuple(records)


def read_outcomes(path: str) -> Outcomes:
    """Read the job results of an existing CI: JSON ``{"job": "passed" or "failed"}``, or a folder of JUnit files.

    A job's name is the name of the JUnit file, or of its folder for ``junit.xml``. Raises ``UsageError``.
    """
    import msgspec

    if os.path.isdir(path):
        return dict(_junit_outcomes(path))
    try:
        return msgspec.json.decode(_read(path), type=dict[str, Literal["passed", "failed"]])
    except ValueError as error:
        hint = 'It must contain an object such as {"flytekit-spark": "passed"}.'
        raise UsageError(f"{path} does not contain job results: {error}", hint=hint) from error


def _junit_outcomes(folder: str) -> Iterator[tuple[str, Literal["passed", "failed"]]]:
    from commonhold.ci.junit import has_failed, read_report

    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(name for name in names if name.endswith(".xml")):
            path = os.path.join(place, name)
            try:
                bad = has_failed(read_report(path))
            except ToolError as error:
                raise UsageError(error.message) from error
            job = os.path.relpath(path, folder).replace(os.sep, "/").removesuffix(".xml")
            # download-artifact puts each job's files into a folder that is named after the artifact.
            named = job.rpartition("/")[0] if name == "junit.xml" else job
            yield named or job, "failed" if bad else "passed"


def _read(path: str) -> bytes:
    try:
        return read_untrusted(path, MOST_BYTES, links=True)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
