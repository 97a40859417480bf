"""Find the jobs that test packages today: their packages, commands, Python versions, runners and exclusions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.projects.workflow import read_workflow, workflow_paths
from commonhold.projects.yaml_document import YamlText
from commonhold.scaffold.init.computed_jobs import computed_packages, merge_computed, tox_factors
from commonhold.scaffold.init.facts import Found, Place
from commonhold.scaffold.init.test_commands import is_test_command, json_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.projects.workflow import Workflow, WorkflowJob, WorkflowStep
    from commonhold.scaffold.init.package_names import PackageNames
    from commonhold.workspace import Files

_PYTHON = re.compile(r"(?<![\d.])3\.\d{1,2}(?![\d.])")
_PYTHON_AXIS = re.compile(r"(?i)python|^py$|^version$")
_PYTHON_VARIABLE = re.compile(r"(?i)python(?:(?!python)[\w.-])*['\"]?\s*[=:]\s*(.*)")
_RUNNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REFERENCE = re.compile(r"\b(env|needs|inputs|matrix|steps)\.([\w-]+)(?:\.outputs\.([\w-]+))?")
_NAMED_ENVIRONMENT = re.compile(r"\btox\b(?:(?!\btox\b).)*\s-e\s*py")
_LOCAL = "./"
_EVENTS = frozenset(("push", "pull_request", "pull_request_target", "merge_group", "schedule"))
"""The events that start tests; other workflows are called, or started by a person."""

_MOST_HOPS = 5
_SECRET = re.compile(r"\bsecrets\.(?!GITHUB_TOKEN\b)")


@dataclass(frozen=True, slots=True)
class TestJob:
    """A job that tests packages. ``packages`` are the ones that it names, each with the place of its name.

    ``commands`` include those of reusable workflows. ``files`` are the workflows, and ``actions`` the folders of local
    actions.
    ``matrix`` says that the names are the values of a hand-written list. ``own_pythons`` are the versions that the
    environments of single packages name, and ``factors`` select these environments. ``computed`` says that a tool or
    script chooses among the packages. ``unknown`` are values of such a list that name no package.
    """

    workflow: Workflow
    job: WorkflowJob
    packages: Mapping[Name, Place]
    commands: tuple[Found, ...] = ()
    pythons: tuple[Found, ...] = ()
    runners: tuple[Found, ...] = ()
    excluded: Mapping[Name, tuple[Found, ...]] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    matrix: bool = False
    own_pythons: Mapping[Name, tuple[Found, ...]] = field(default_factory=dict)
    steps: tuple[WorkflowStep, ...] = ()
    actions: tuple[Found, ...] = ()
    computed: bool = False
    factors: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[Found, ...] = ()

    @property
    def needs_care(self) -> Place | None:
        """The place of the job if its tests need services or secrets, which sessions do not have."""
        texts = [text.text for step in self.steps for text in (*step.env.values(), *step.inputs.values())]
        texts += [text.text for text in self.job.env.values()]
        return self.place if self.job.services or any(map(_SECRET.search, texts)) else None

    @property
    def place(self) -> Place:
        """The place of the job."""
        return Place(self.workflow.path, self.job.line)


def load_workflows(files: Files) -> dict[str, Workflow]:
    """Return the workflows of a tree, by path."""
    paths = workflow_paths(files.entries)
    files.prefetch(paths)
    return {path: read_workflow(path, files.get(path) or b"") for path in paths}


def find_test_jobs(files: Files, workflows: Mapping[str, Workflow], names: PackageNames) -> tuple[TestJob, ...]:
    """Return the jobs that run a test tool, in the order of their files."""
    found = []
    for workflow in workflows.values():
        if _EVENTS & {trigger.event for trigger in workflow.triggers}:
            found += [
                read for job in workflow.jobs if (read := _JobReader(files, workflows, names, workflow, job).read())
            ]
    return tuple(found)


class _JobReader:
    """Reads one job, together with the reusable workflows that it calls."""

    def __init__(
        self,
        files: Files,
        workflows: Mapping[str, Workflow],
        names: PackageNames,
        workflow: Workflow,
        job: WorkflowJob,
    ) -> None:
        self.files = files
        self.workflows = workflows
        self.names = names
        self.workflow = workflow
        self.job = job
        self.unknown: list[Found] = []
        self.reached = tuple(self._reach(workflow, job, _MOST_HOPS))

    def _reach(self, workflow: Workflow, job: WorkflowJob, hops: int) -> list[tuple[Workflow, WorkflowJob]]:
        """Return a job that runs tests, or the chain of jobs that leads to such jobs in reusable workflows."""
        if job.uses is None or not job.uses.text.startswith(_LOCAL) or not hops:
            commands = (command for step in job.steps for _, command in step.commands())
            return [(workflow, job)] if any(map(is_test_command, commands)) else []
        other = self.workflows.get(job.uses.text.removeprefix(_LOCAL))
        inner = [each for called in other.jobs for each in self._reach(other, called, hops - 1)] if other else []
        return [(workflow, job), *inner] if inner else []

    def read(self) -> TestJob | None:
        if not self.reached:
            return None
        commands = tuple(command for workflow, job in self.reached for command in _commands(workflow, job))
        packages, matrix = self._packages(commands)
        parts: list[tuple[Name, Place, tuple[Found, ...]]] = []
        factors: dict[Name, tuple[str, ...]] = {}
        if not packages or any(re.search(r"\bnx\b", command.value) for command in commands):
            for workflow, job in self.reached:
                own = tuple(command for command in _commands(workflow, job) if is_test_command(command.value))
                more = computed_packages(self.files, self.names, workflow, job, own)
                parts += [(name, place, pythons) for name, (place, pythons) in more.items()]
                found = tox_factors(self.files, self.names, job, own)
                factors |= {
                    name: tuple(each for each in found[name] if each in factors.get(name, found[name]))
                    for name in found
                }
        computed = merge_computed(parts)
        packages = {name: place for name, (place, _) in computed.items()} or packages
        return TestJob(
            self.workflow,
            self.job,
            packages,
            commands,
            tuple(self._pythons()),
            tuple(self._runners()),
            self._excluded(),
            frozenset(workflow.path for workflow, _ in self.reached),
            matrix,
            own_pythons={name: pythons for name, (_, pythons) in computed.items() if pythons},
            steps=tuple(step for _, job in self.reached for step in job.steps),
            actions=tuple(_local_actions(self.reached)),
            factors=factors,
            unknown=tuple(self.unknown),
            computed=bool(computed) and not any(_NAMED_ENVIRONMENT.search(each.value) for each in commands),
        )

    def _packages(self, commands: Iterable[Found]) -> tuple[dict[Name, Place], bool]:
        """Return the packages that the matrix names, or else those that inputs, folders and commands name."""
        listed: dict[Name, Place] = {}
        for texts in self.job.matrix.axes.values() if self.job.matrix else ():
            values = [text for text in texts if isinstance(text, YamlText)]
            known = [(text, package) for text in values if (package := self.names.short(text.text)) is not None]
            if len(known) > len(values) / 2:
                listed |= {package.name: Place(self.workflow.path, text.line) for text, package in known}
                unknown = {text.text for text in values} - {text.text for text, _ in known}
                self.unknown += [
                    Found(text.text, Place(self.workflow.path, text.line)) for text in values if text.text in unknown
                ]
        if listed:
            return listed, True
        return self._mentioned(commands), False

    def _mentioned(self, commands: Iterable[Found]) -> dict[Name, Place]:
        found: dict[Name, Place] = {}
        for text in self._texts():
            package = self.names.named(text.text)
            if package is not None:
                found.setdefault(package.name, Place(self.workflow.path, text.line))
        filters = [text for trigger in self.workflow.triggers for text in trigger.paths]
        texts = [Found(text.text, Place(self.workflow.path, text.line)) for text in filters]
        for several in (tuple(commands), texts):
            for each in several if not found else ():
                found |= {package.name: each.place for package in self.names.mentioned(each.value)}
        return found

    def _texts(self) -> Iterator[YamlText]:
        """Yield the texts of a job that can name a package: inputs, folders and variables."""
        for _, job in self.reached:
            yield from job.inputs.values()
            yield from job.env.values()
            yield from filter(None, (job.folder, *(step.folder for step in job.steps)))

    def _pythons(self) -> Iterator[Found]:
        seen: set[str] = set()
        for workflow, job in self.reached:
            axes = job.matrix.axes.items() if job.matrix else ()
            texts = [text for name, values in axes if _PYTHON_AXIS.search(name) for text in values]
            computed = job.matrix.computed.items() if job.matrix else ()
            texts += [text for name, text in computed if _PYTHON_AXIS.search(name)]
            set_up = [step.inputs[key] for step in job.steps for key in step.inputs if "python-version" in key]
            texts += [*(job.inputs[key] for key in job.inputs if "python" in key), *set_up]
            for text in texts:
                if isinstance(text, YamlText):
                    for found in self._versions(workflow, text, _MOST_HOPS):
                        if found.value not in seen:
                            seen.add(found.value)
                            yield found

    def _versions(self, workflow: Workflow, text: YamlText, hops: int) -> Iterator[Found]:
        """Yield the versions in a text; follow its references to variables and to outputs of other jobs."""
        if "${{" not in text.text:
            for version in _PYTHON.findall(text.text):
                yield Found(version, Place(workflow.path, text.line))
            return
        for kind, name, _output in _REFERENCE.findall(text.text) if hops else ():
            if kind == "env" and name in workflow.env:
                yield from self._versions(workflow, workflow.env[name], hops - 1)
            elif kind == "needs" and (needed := workflow.job(name)) is not None:
                yield from self._computed(workflow, needed, hops - 1)

    def _computed(self, workflow: Workflow, job: WorkflowJob, hops: int) -> Iterator[Found]:
        """Yield the versions that the scripts of a job assign to a variable or output for Python."""
        for step in job.steps:
            for line, command in step.commands():
                match = _PYTHON_VARIABLE.search(command)
                if match is None:
                    continue
                yield from (Found(version, Place(workflow.path, line)) for version in _PYTHON.findall(match[1]))
                for kind, name, _ in _REFERENCE.findall(match[1]):
                    if kind == "env" and name in workflow.env:
                        yield from self._versions(workflow, workflow.env[name], hops)

    def _runners(self) -> Iterator[Found]:
        seen: set[str] = set()
        for workflow, job in self.reached:
            for label in job.runs_on:
                for found in self._labels(workflow, job, label, _MOST_HOPS):
                    if _RUNNER.fullmatch(found.value) and found.value not in seen:
                        seen.add(found.value)
                        yield found

    def _labels(self, workflow: Workflow, job: WorkflowJob, text: YamlText, hops: int) -> Iterator[Found]:
        if "${{" not in text.text:
            for label in json_texts(text.text):
                yield Found(label, Place(workflow.path, text.line))
            return
        for kind, name, _output in _REFERENCE.findall(text.text) if hops else ():
            values: list[tuple[Workflow, WorkflowJob, YamlText]] = []
            if kind == "matrix" and job.matrix:
                values += [
                    (workflow, job, each) for each in job.matrix.axes.get(name, ()) if isinstance(each, YamlText)
                ]
                values += [(workflow, job, job.matrix.computed[name])] if name in job.matrix.computed else []
            elif kind == "env" and name in workflow.env:
                values.append((workflow, job, workflow.env[name]))
            elif kind == "inputs" and name in self.job.inputs and job is not self.job:
                values.append((self.workflow, self.job, self.job.inputs[name]))
            elif kind == "needs" and (needed := workflow.job(name)) is not None:
                values += [(workflow, needed, each) for each in _assigned(needed, "os")]
            for value in values:
                yield from self._labels(*value, hops - 1)

    def _excluded(self) -> dict[Name, tuple[Found, ...]]:
        found: dict[Name, list[Found]] = {}
        for table in self.job.matrix.exclude if self.job.matrix else ():
            texts = [text for text in table.items.values() if isinstance(text, YamlText)]
            package = next((each for text in texts if (each := self.names.short(text.text)) is not None), None)
            for name, text in table.items.items():
                if package is not None and isinstance(text, YamlText) and _PYTHON_AXIS.search(name):
                    for version in _PYTHON.findall(text.text):
                        found.setdefault(package.name, []).append(Found(version, Place(self.workflow.path, text.line)))
        return {name: tuple(each) for name, each in found.items()}


def _commands(workflow: Workflow, job: WorkflowJob) -> Iterator[Found]:
    for step in job.steps:
        for line, text in step.commands():
            yield Found(text, Place(workflow.path, line))


def _assigned(job: WorkflowJob, variable: str) -> Iterator[YamlText]:
    """Yield the values that the scripts of a job assign to a variable or output."""
    for line, command in chain.from_iterable(step.commands() for step in job.steps):
        match = re.search(rf"(?<![\w-]){variable}=(.*)", command)
        if match:
            yield YamlText(match[1], line)


def _local_actions(reached: Iterable[tuple[Workflow, WorkflowJob]]) -> Iterator[Found]:
    """Yield the folders of local actions, each with the place of the step that uses it."""
    for workflow, job in reached:
        for step in job.steps:
            if step.uses is not None and step.uses.text.startswith(_LOCAL):
                folder = step.uses.text.removeprefix(_LOCAL).rstrip("/")
                yield Found(folder, Place(workflow.path, step.uses.line))
