"""Read the workflows of a repository: the plugins that they name, and the Pythons and systems on which they test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.workflow import WORKFLOWS, read_workflow, workflow_paths
from commonhold.projects.yaml_document import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.workflow import Workflow, WorkflowJob
    from commonhold.projects.yaml_document import YamlText

OTHER_SYSTEMS = (
    *(".gitlab-ci.yml", ".circleci/config.yml", "azure-pipelines.yml", ".azure-pipelines.yml", "Jenkinsfile"),
    *(
        ".travis.yml",
        ".cirrus.yml",
        "appveyor.yml",
        ".appveyor.yml",
        ".drone.yml",
        ".woodpecker.yml",
        "bitbucket-pipelines.yml",
    ),
)
"""Files of other CI systems, which this module does not read."""

ON_CHANGE = ("pull_request", "pull_request_target", "merge_group", "push", "workflow_call")
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)(?:\.[\w-]+)*\s*\}\}")
_PYTHON = re.compile(r"(?<![\d.])3\.(\d{1,2})(?![\d])")
_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)


@once
def read_workflows(repository: CheckedRepository) -> tuple[Workflow, ...]:
    """Return the repository's workflows."""
    paths = workflow_paths(repository.files.entries)
    repository.files.prefetch(paths)
    return tuple(read_workflow(path, repository.files.get(path) or b"") for path in paths)


@once
def _texts(repository: CheckedRepository) -> tuple[str, ...]:
    """Return the texts of the workflows, and of the repository's own actions, without comments."""
    paths = [workflow.path for workflow in read_workflows(repository)]
    paths += [
        path
        for path in repository.files.entries
        if path.startswith(".github/actions/") and path.endswith((".yml", ".yaml"))
    ]
    return tuple(_COMMENT.sub("", (repository.text(path) or "")[: 1 << 20]) for path in paths)


@once
def named_plugins(repository: CheckedRepository) -> frozenset[str] | None:
    """Return the plugins that workflows name; ``None`` if workflows find the plugins in another way.

    A workflow that runs commonhold finds every plugin. A list of plugins names most of them; workflows that name few
    plugins are about something else.
    """
    texts = "\n".join(_texts(repository))
    if re.search(r"\bcommonhold\b", texts):
        return None
    words = frozenset(re.findall(r"[A-Za-z0-9][\w.-]*", texts.replace("\\", "/")))
    found = {name for name, checked in repository.plugins.items() if not words.isdisjoint(_names(checked))}
    return frozenset(found) if len(found) * 2 >= len(repository.plugins) else None


@once
def listing_workflow(repository: CheckedRepository) -> str:
    """Return the path of the workflow that names the most plugins."""

    def count(path: str) -> int:
        words = frozenset(re.findall(r"[A-Za-z0-9][\w.-]*", repository.text(path) or ""))
        return sum(not words.isdisjoint(_names(checked)) for checked in repository.plugins.values())

    return max((workflow.path for workflow in read_workflows(repository)), key=count, default=WORKFLOWS)


def _names(checked: CheckedPlugin) -> set[str]:
    folder = checked.plugin.path.rpartition("/")[2]
    written = checked.description.name.value or checked.name
    short = checked.plugin.tier.short_name(checked.name)
    return {
        folder,
        folder.replace("-", "_"),
        folder.replace("_", "-"),
        written,
        checked.name,
        short,
        short.replace("-", "_"),
    }


@dataclass(frozen=True, slots=True)
class TestedPlatforms:
    """Labels of runners, and whether some are unknown."""

    labels: frozenset[str]
    unknown: bool = False


@once
def runners(repository: CheckedRepository) -> TestedPlatforms:
    """Return the labels of the runners of every job that a change can start."""
    labels: set[str] = set()
    unknown = False
    for job in _jobs(repository):
        for text in job.runs_on:
            values = list(_resolved(job, text))
            unknown |= not values
            labels.update(value.lower() for value in values)
        unknown |= job.uses is not None and not job.uses.text.startswith("./")
    return TestedPlatforms(frozenset(labels), unknown)


@once
def workflow_pythons(repository: CheckedRepository) -> frozenset[str]:
    """Return the Python versions that workflows name literally, as ``3.x``."""
    found: set[str] = set()
    for job in _jobs(repository):
        for cell in job.matrix.cells() if job.matrix else ():
            found.update(version for key, value in cell.items() if "py" in key.lower() for version in _versions(value))
        # The limit on a matrix's cells does not apply to its lists.
        for key, values in (job.matrix.axes if job.matrix else {}).items():
            if "py" in key.lower():
                found.update(version for value in values for text in texts_of(value) for version in _versions(text))
        for step in job.steps:
            found.update(version for value in step.inputs.values() for version in _versions(value))
            found.update(
                version for _, command in step.commands() for version in re.findall(r"python(3\.\d+)", command)
            )
        for value in (*job.env.values(), *job.inputs.values()):
            found.update(_versions(value))
    for workflow in read_workflows(repository):
        found.update(version for value in workflow.env.values() for version in _versions(value))
    return frozenset(found)


_RUNNER_FILES = ("tox.ini", "tox.toml", "noxfile.py", "hatch.toml", "pyproject.toml")
_FACTORS = re.compile(r"\bpy3\.?\{([\d,-]{1,80})\}|\bpy3\.?(\d{1,2})(?!\d)")
_QUOTED = re.compile(r"[\"']3\.(\d{1,2})[\"']")
_PYTHON_LIST = re.compile(r"^python\s*=\s*\[([^\[\]]{0,500})\]", re.MULTILINE)


def runner_pythons(checked: CheckedPlugin) -> frozenset[str]:
    """Return the Python versions that tox, nox or hatch test, by their files next to the plugin and in folders above.

    CI often runs these tools without naming a version.
    """
    folder, found = checked.plugin.path, set[str]()
    while True:
        found |= _folder_pythons(checked.repository)[folder]
        if not folder:
            return frozenset(found)
        folder = folder.rpartition("/")[0]


@once
def _folder_pythons(repository: CheckedRepository) -> Mapping[str, frozenset[str]]:
    return _FolderPythons(repository)


class _FolderPythons(dict[str, frozenset[str]]):
    """The Python versions in the files of each folder, which are read when they are needed."""

    def __init__(self, repository: CheckedRepository) -> None:
        super().__init__()
        self._repository = repository

    def __missing__(self, folder: str) -> frozenset[str]:
        found: set[str] = set()
        for name in _RUNNER_FILES:
            path = f"{folder}/{name}" if folder else name
            if path in self._repository.files.entries:
                found.update(_runner_versions(name, self._repository.text(path) or ""))
        self[folder] = frozenset(found)
        return self[folder]


def _runner_versions(name: str, text: str) -> Iterator[str]:
    if name == "pyproject.toml":
        # Linters have settings with versions too, so only lists such as hatch's matrix count.
        for match in _PYTHON_LIST.finditer(text):
            yield from (f"3.{minor}" for minor in _QUOTED.findall(match[1]))
        return
    if name.startswith("tox"):
        for several, one in _FACTORS.findall(text):
            yield from (f"3.{minor}" for minor in (several or one).split(",") if minor.isdigit())
    if name != "tox.ini":
        yield from (f"3.{minor}" for minor in _QUOTED.findall(text))


def _versions(text: YamlText) -> Iterator[str]:
    return (f"3.{minor}" for minor in _PYTHON.findall(text.text[:4096]))


def _jobs(repository: CheckedRepository) -> Iterator[WorkflowJob]:
    for workflow in read_workflows(repository):
        if any(workflow.trigger(event) for event in ON_CHANGE):
            yield from workflow.jobs


def _resolved(job: WorkflowJob, text: YamlText) -> Iterator[str]:
    """Yield the values of an expression that refers to the matrix, or the text itself if it is not an expression."""
    match = _MATRIX.search(text.text)
    if match is None:
        if "${{" not in text.text:
            yield text.text
        return
    matrix = job.matrix
    if matrix is None or matrix.expression is not None or match[1] in matrix.computed:
        return
    for value in matrix.axes.get(match[1], ()):
        yield from (each.text for each in texts_of(value))
    for table in matrix.include:
        yield from (each.text for each in texts_of(table.get(match[1])))


def system_of(label: str) -> str | None:
    """Return the operating system of a runner's label; ``None`` if the label does not name one.

    >>> system_of("ubuntu-24.04-arm"), system_of("macos-15"), system_of("gpu-large")
    ('linux', 'macos', None)
    """
    for system, words in {
        "linux": ("ubuntu", "linux", "debian"),
        "windows": ("windows",),
        "macos": ("macos", "mac-"),
    }.items():
        if any(word in label.lower() for word in words):
            return system
    return None


def architecture_of(label: str) -> str | None:
    """Return the architecture of one of GitHub's runners; ``None`` if the label does not name one.

    >>> architecture_of("ubuntu-24.04-arm"), architecture_of("macos-15"), architecture_of("windows-2025")
    ('arm64', 'arm64', 'x86_64')
    """
    label = label.lower()
    if re.search(r"\b(arm|arm64|aarch64)\b", label.replace("_", "-")):
        return "arm64"
    if label.startswith("macos-"):
        return "x86_64" if re.search(r"intel|large$|-1[0-3]\b", label) and "xlarge" not in label else "arm64"
    return "x86_64" if system_of(label) in ("linux", "windows") or label == "x64" else None


def normal_architecture(text: str) -> str:
    """Return the usual name of an architecture.

    >>> normal_architecture("AMD64"), normal_architecture("aarch64")
    ('x86_64', 'arm64')
    """
    text = text.lower()
    return {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}.get(text, text)


def any_of(texts: Iterable[str], pattern: re.Pattern[str]) -> bool:
    """Return whether any text matches a pattern."""
    return any(pattern.search(text) for text in texts)


def workflow_texts(repository: CheckedRepository) -> tuple[str, ...]:
    """Return the texts of the workflows and of the repository's own actions, without comments."""
    return _texts(repository)
