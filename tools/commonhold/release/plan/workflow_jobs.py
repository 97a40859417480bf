"""The jobs that a workflow makes of a release: the shards to build, and the images to make of what is released."""

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
"""A machine is worth starting for this many plugins: they take it a minute, and starting takes as long."""

MOST_JOBS = 256
"""GitHub's limit for one matrix."""

RECIPE = "Dockerfile"

FIRST, REST = "first", "rest"

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_PATH = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class BuildShard:
    """One job that builds: ``shard`` is what ``release build --shard`` takes, ``store`` the name for its store.

    Those of a stage have names that begin with it. Sorted by ``store``, the first stage and then the rest, they are in
    the order in which ``release gather`` takes them.
    """

    shard: str
    store: str


@dataclass(frozen=True, slots=True)
class Image:
    """One image: of which plugin, at which version, and the folder that holds its Dockerfile."""

    plugin: str
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class WorkflowJobs:
    """What is to be run for a release.

    ``first`` are the shards of tiers whose failure stops the release, ``rest`` those of all others: their code is run
    only when what the first ones made is out of its reach.
    """

    version: str
    commit: str
    first: tuple[BuildShard, ...]
    rest: tuple[BuildShard, ...]
    images: tuple[Image, ...]


def make_jobs(plan: ReleasePlan, tree: Tree, per_shard: int = PER_SHARD) -> WorkflowJobs:
    """The jobs of a plan; ``tree`` is that of its commit.

    Raises ``ConfigurationError`` for a name or a path that a shell or a file name could not hold as it is.
    """
    tiers = Counter(planned.tier for planned in plan.released)
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
    for image in found:
        if not _NAME.fullmatch(image.plugin) or not _PATH.fullmatch(image.path) or image.path.startswith("-"):
            raise ConfigurationError(
                f"no image can be made of {image.plugin!r} in {image.path!r}",
                hint="A plugin's name has letters, digits, dots and hyphens, and its path no control characters.",
            )
    return found


def job_output_lines(jobs: WorkflowJobs) -> str:
    """What a step appends to ``GITHUB_OUTPUT``: a line an output, its value in JSON and in ASCII."""
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
