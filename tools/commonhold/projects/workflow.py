"""Read GitHub Actions workflows: triggers with path filters, jobs, matrices, steps and their commands, with lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import TYPE_CHECKING

from commonhold.projects.metadata import Problem
from commonhold.projects.yaml_document import YamlError, YamlList, YamlTable, YamlText, read_yaml, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.projects.yaml_document import YamlValue

WORKFLOWS = ".github/workflows"
MOST_CELLS = 256
"""GitHub's limit on the number of jobs of one matrix."""
_MOST_COMBINED = 10 * MOST_CELLS  # before exclusion


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event that starts a workflow, with its path filters and branches; ``line`` is the line of its name."""

    event: str
    line: int
    paths: tuple[YamlText, ...] = ()
    paths_ignore: tuple[YamlText, ...] = ()
    branches: tuple[YamlText, ...] = ()


@dataclass(frozen=True, slots=True)
class JobMatrix:
    """A matrix of a job. ``axes`` are the literal lists; ``computed`` are the axes that an expression computes.

    ``expression`` is set if the whole matrix is an expression.
    """

    line: int
    axes: Mapping[str, tuple[YamlValue, ...]] = field(default_factory=dict)
    computed: Mapping[str, YamlText] = field(default_factory=dict)
    include: tuple[YamlTable, ...] = ()
    exclude: tuple[YamlTable, ...] = ()
    expression: YamlText | None = None

    def cells(self) -> Iterator[Mapping[str, YamlText]]:
        """Yield the combinations of the literal axes without the excluded ones, then each included one as written.

        A value that is not text is left out of a combination. At most ``MOST_CELLS`` combinations are yielded.
        """
        names = [name for name, values in self.axes.items() if texts_of_all(values)]
        combined = product(*(texts_of_all(self.axes[name]) for name in names)) if names else ()
        cells = (dict(zip(names, values, strict=True)) for values in islice(combined, _MOST_COMBINED))
        kept = (cell for cell in cells if not any(_matches(cell, each) for each in self.exclude))
        included = (_texts(table) for table in self.include)
        yield from islice(chain(kept, included), MOST_CELLS)


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """A step of a job: an action (``uses``, with its inputs) or a script (``run``)."""

    line: int
    name: str = ""
    uses: YamlText | None = None
    run: YamlText | None = None
    inputs: Mapping[str, YamlText] = field(default_factory=dict)
    env: Mapping[str, YamlText] = field(default_factory=dict)
    folder: YamlText | None = None
    condition: str = ""

    def commands(self) -> Iterator[tuple[int, str]]:
        """Yield the commands of ``run`` with their lines, continued lines joined, without comments and empty lines."""
        started, parts = 0, ""
        for line, text in self.run.lines() if self.run else ():
            started = started if parts else line
            if text.rstrip().endswith("\\"):
                parts += text.strip()[:-1].rstrip() + " "
                continue
            command, parts = parts + text.strip(), ""
            if command and not command.startswith("#"):
                yield started, command
        if parts.strip():
            yield started, parts.strip()


@dataclass(frozen=True, slots=True)
class WorkflowJob:
    """A job. ``uses`` names a reusable workflow, which gets ``inputs``; ``folder`` is the default of its steps.

    ``outputs`` are the expressions of the job's outputs. ``needs`` are the keys of other jobs.
    """

    key: str
    line: int
    name: YamlText | None = None
    runs_on: tuple[YamlText, ...] = ()
    matrix: JobMatrix | None = None
    steps: tuple[WorkflowStep, ...] = ()
    uses: YamlText | None = None
    inputs: Mapping[str, YamlText] = field(default_factory=dict)
    env: Mapping[str, YamlText] = field(default_factory=dict)
    outputs: Mapping[str, YamlText] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    folder: YamlText | None = None
    timeout: YamlText | None = None
    continues: YamlText | None = None
    condition: str = ""
    services: tuple[str, ...] = ()
    environment: YamlText | None = None
    table: YamlTable | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file. ``table`` is the whole document; ``problems`` are the parts that could not be read."""

    path: str
    name: YamlText | None = None
    triggers: tuple[Trigger, ...] = ()
    env: Mapping[str, YamlText] = field(default_factory=dict)
    jobs: tuple[WorkflowJob, ...] = ()
    table: YamlTable | None = None
    problems: tuple[Problem, ...] = ()

    def job(self, key: str) -> WorkflowJob | None:
        """Return the job with a key."""
        return next((job for job in self.jobs if job.key == key), None)

    def trigger(self, event: str) -> Trigger | None:
        """Return the trigger for an event."""
        return next((trigger for trigger in self.triggers if trigger.event == event), None)


def is_workflow(path: str, folder: str = WORKFLOWS) -> bool:
    """Return whether GitHub reads a file as a workflow; GitHub ignores folders below ``.github/workflows``."""
    return (
        path.startswith(f"{folder}/") and path.endswith((".yml", ".yaml")) and path.count("/") == folder.count("/") + 1
    )


def workflow_paths(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of the workflows among the files of a repository, sorted."""
    return tuple(sorted(path for path in paths if is_workflow(path)))


def read_workflow(path: str, data: bytes) -> Workflow:
    """Read a workflow. A part that cannot be read is left out, and the first such part becomes a problem."""
    try:
        document = read_yaml(data, path)
    except YamlError as error:
        return Workflow(path, problems=(Problem(path, error.message),))
    if not isinstance(document, YamlTable):
        return Workflow(path, problems=(Problem(path, f"{path} is not a mapping"),))
    problems = [Problem(path, f"{path}:{key.line}: the key {key.text!r} is repeated") for key in document.repeated]
    folder = document.table("defaults").table("run").text("working-directory")
    jobs = document.table("jobs")
    return Workflow(
        path,
        name=document.text("name"),
        triggers=tuple(_triggers(document)),
        env=_texts(document.table("env")),
        jobs=tuple(
            _job(key, value, jobs.lines[key], folder)
            for key, value in jobs.items.items()
            if isinstance(value, YamlTable)
        ),
        table=document,
        problems=tuple(problems),
    )


def _triggers(document: YamlTable) -> Iterator[Trigger]:
    # YAML 1.1 reads the key `on` as true; here every key is text.
    value = document.get("on")
    for text in texts_of(value):
        yield Trigger(text.text, text.line)
    if isinstance(value, YamlTable):
        for event in value.items:
            table = value.table(event)
            filters = (table.texts("paths"), table.texts("paths-ignore"), table.texts("branches"))
            yield Trigger(event, value.lines[event], *filters)


def _job(key: str, table: YamlTable, line: int, folder: YamlText | None) -> WorkflowJob:
    steps = table.get("steps")
    strategy = table.table("strategy")
    runner = table.get("runs-on")
    if isinstance(runner, YamlTable):
        runner = runner.get("labels")
    environment = table.text("environment") or table.table("environment").text("name")
    return WorkflowJob(
        key,
        line,
        name=table.text("name"),
        runs_on=texts_of(runner),
        matrix=_matrix(strategy),
        steps=tuple(_step(each) for each in steps.items if isinstance(each, YamlTable))
        if isinstance(steps, YamlList)
        else (),
        uses=table.text("uses"),
        inputs=_texts(table.table("with")),
        env=_texts(table.table("env")),
        outputs=_texts(table.table("outputs")),
        needs=tuple(each.text for each in table.texts("needs")),
        folder=table.table("defaults").table("run").text("working-directory") or folder,
        timeout=table.text("timeout-minutes"),
        continues=table.text("continue-on-error"),
        condition=_condition(table),
        services=tuple(table.table("services").items),
        environment=environment,
        table=table,
    )


def _matrix(strategy: YamlTable) -> JobMatrix | None:
    value = strategy.get("matrix")
    if value is None:
        return None
    if not isinstance(value, YamlTable):
        return JobMatrix(value.line, expression=value if isinstance(value, YamlText) else None)
    axes: dict[str, tuple[YamlValue, ...]] = {}
    computed: dict[str, YamlText] = {}
    for name, axis in value.items.items():
        if isinstance(axis, YamlText):
            computed[name] = axis
        elif isinstance(axis, YamlList) and name not in ("include", "exclude"):
            axes[name] = axis.items
    return JobMatrix(value.line, axes, computed, _tables(value, "include"), _tables(value, "exclude"))


def _tables(table: YamlTable, key: str) -> tuple[YamlTable, ...]:
    value = table.get(key)
    return tuple(each for each in value.items if isinstance(each, YamlTable)) if isinstance(value, YamlList) else ()


def _step(table: YamlTable) -> WorkflowStep:
    name = table.text("name")
    return WorkflowStep(
        table.line,
        name=name.text if name else "",
        uses=table.text("uses"),
        run=table.text("run"),
        inputs=_texts(table.table("with")),
        env=_texts(table.table("env")),
        folder=table.text("working-directory"),
        condition=_condition(table),
    )


def _condition(table: YamlTable) -> str:
    condition = table.text("if")
    return condition.text if condition else ""


def _texts(table: YamlTable) -> dict[str, YamlText]:
    return {key: value for key, value in table.items.items() if isinstance(value, YamlText)}


def texts_of_all(values: Iterable[YamlValue]) -> tuple[YamlText, ...]:
    """Return the values that are text."""
    return tuple(value for value in values if isinstance(value, YamlText))


def _matches(cell: Mapping[str, YamlText], exclude: YamlTable) -> bool:
    """Return whether GitHub excludes a combination: every excluded key has this value."""
    wanted = {key: value.text for key, value in exclude.items.items() if isinstance(value, YamlText)}
    return bool(wanted) and all(key in cell and cell[key].text == value for key, value in wanted.items())
