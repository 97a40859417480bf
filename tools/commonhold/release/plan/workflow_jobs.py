"""Divide a release into workflow jobs: build shards, and images of the released plugins."""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.release.plan.build_shards import divide

if TYPE_CHECKING:
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.tree import Tree

PER_SHARD = 20
"""The default number of plugins per shard, whose build takes as long as starting a machine: about a minute."""

MOST_JOBS = 256
"""GitHub's limit for the number of jobs in a matrix."""

RECIPE = "Dockerfile"

FIRST, REST = "first", "rest"

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_PATH = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class BuildShard:
    """A build job: ``shard`` is the value for ``release build --shard``; ``store`` is the name of the job's store.

    Store names begin with their stage, so sorting them gives the order that ``release gather`` expects.
    """

    shard: str
    store: str


@dataclass(frozen=True, slots=True)
class Image:
    """A container image: its plugin and version, and the folder of its Dockerfile."""

    plugin: str
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class WorkflowJobs:
    """The jobs of a release.

    ``first`` are the shards of tiers whose failure stops the release; ``rest`` are all other shards. The other shards
    are built later, when their code can no longer change the results of the first shards.
    """

    version: str
    commit: str
    first: tuple[BuildShard, ...]
    rest: tuple[BuildShard, ...]
    images: tuple[Image, ...]


def make_jobs(plan: ReleasePlan, tree: Tree, per_shard: int = PER_SHARD) -> WorkflowJobs:
    """Divide a plan into jobs; ``tree`` contains the files of its commit.

    Raises ``ConfigurationError`` for a name or path that is unsafe in a shell or a file name.
    """
    tiers = Counter(planned.tier for planned in plan.released)
    # If a matrix exceeds GitHub's limit, GitHub starts none of its jobs.
    count = min(MOST_JOBS, sum(math.ceil(members / per_shard) for members in tiers.values()))
    stopping = {planned.name for planned in plan.released if planned.stops}
    shards: dict[str, list[BuildShard]] = {FIRST: [], REST: []}
    for number, names in enumerate(divide(plan, count), start=1):
        stage = REST if stopping.isdisjoint(names) else FIRST
        shards[stage].append(BuildShard(f"{number}/{count}", f"{stage}-{number:03}"))
    return WorkflowJobs(plan.version, plan.commit, tuple(shards[FIRST]), tuple(shards[REST]), _images(plan, tree))


def _images(plan: ReleasePlan, tree: Tree) -> tuple[Image, ...]:
    entries = tree.entries
    found = tuple(
        Image(planned.name, planned.version, planned.path)
        for planned in plan.released
        if planned.name != plan.core and posixpath.join(planned.path, RECIPE) in entries
    )
    # The workflow uses names and paths in shell commands and in image names.
    for image in found:
        if not _NAME.fullmatch(image.plugin) or not _PATH.fullmatch(image.path) or image.path.startswith("-"):
            raise ConfigurationError(
                f"no image can be built for {image.plugin!r} in {image.path!r}",
                hint="Use letters, digits, dots and hyphens in the name, and no control characters in the path.",
            )
    return found


def job_output_lines(jobs: WorkflowJobs) -> str:
    """Format the lines that a step appends to ``GITHUB_OUTPUT``: one output per line, with its value as ASCII JSON."""
    outputs = {
        "any": bool(jobs.first or jobs.rest),
        "version": jobs.version,
        "commit": jobs.commit,
        "any-first": bool(jobs.first),
        "first": _matrix(jobs.first),
        "any-rest": bool(jobs.rest),
        "rest": _matrix(jobs.rest),
        "any-image": bool(jobs.images),
        "images": _matrix(jobs.images[:MOST_JOBS]),
    }
    return "".join(f"{name}={value if isinstance(value, str) else _dump(value)}\n" for name, value in outputs.items())


def _matrix(jobs: tuple[BuildShard, ...] | tuple[Image, ...]) -> object:
    return {"include": [asdict(job) for job in jobs]}


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
