"""Write how plugins are tested: recipe, runners and time limit of each tier, and the differences of single plugins."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from commonhold.scaffold.init.config_line import ConfigLine, array
from commonhold.scaffold.init.recipes import find_recipe, tox_recipe
from commonhold.workspace.config.reader import toml_string
from commonhold.workspace.config.values import GITHUB_RUNNERS
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Found, Package, TierFolders
    from commonhold.scaffold.init.recipes import Recipe
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files

    T = TypeVar("T")

_DEFAULT_RUNNERS = ("ubuntu-latest",)
_MOST_MINUTES = 360
_KEYS = ("install", "test", "env")


class TestSettings:
    """The settings of tiers and of single plugins."""

    def __init__(self, files: Files, tiers: Sequence[TierFolders], jobs: Sequence[TestJob]) -> None:
        self.tiers: dict[str, tuple[ConfigLine, ...]] = {}
        self.plugins: dict[Name, tuple[ConfigLine, ...]] = {}
        self._files = files
        self._jobs = jobs
        for tier in tiers:
            self._add(tier)

    @property
    def runners(self) -> tuple[str, ...]:
        """The permitted runners, if plugins are tested on runners that GitHub does not provide."""
        allowed = Patterns(GITHUB_RUNNERS)
        labels = {found.value for job in self._jobs if job.packages for found in job.runners}
        own = sorted(label for label in labels if not allowed.match(label))
        return (*GITHUB_RUNNERS, *own) if own else ()

    def _add(self, tier: TierFolders) -> None:
        jobs = {package.name: [job for job in self._jobs if package.name in job.packages] for package in tier.packages}
        recipes = {package.name: self._recipe(package, jobs[package.name]) for package in tier.packages}
        runners = {name: _runners(each) for name, each in jobs.items()}
        parts = {name: _parts(recipe) for name, recipe in recipes.items()}
        half = len(tier.packages) / 2
        usual = {key: _most_common((each.get(key) for each in parts.values()), half) for key in _KEYS}
        labels = _most_common(runners.values(), half)
        lines = [line for line in usual.values() if line]
        self.tiers[tier.name] = (*lines, *_os_lines(labels, jobs), *_timeout_lines(jobs, half))
        for package in tier.packages:
            own = [line for key, line in parts[package.name].items() if line != usual[key]]
            if runners[package.name] not in ((), labels):
                own += _os_lines(runners[package.name], {package.name: jobs[package.name]}, always=labels is not None)
            if own:
                self.plugins[package.name] = tuple(own)

    def _recipe(self, package: Package, jobs: list[TestJob]) -> Recipe | None:
        for job in jobs:
            found = tox_recipe(self._files, package, job, job.factors)
            if found is not None:
                return found
        return find_recipe(self._files, package, jobs)


def _most_common(values: Iterable[T | None], fewest: float) -> T | None:
    """Return the most common value, if at least ``fewest`` values are equal to it."""
    counts = Counter(value for value in values if value)
    value, number = counts.most_common(1)[0] if counts else (None, 0)
    return value if number >= fewest else None


def _parts(recipe: Recipe | None) -> dict[str, ConfigLine]:
    """Return the lines of a recipe by key. Lines with the same value are equal, wherever it was read."""
    if recipe is None:
        return {}
    place = str(recipe.place)
    parts = {"test": ConfigLine(f"test = {array([recipe.test])}", place)}
    if recipe.install is not None or recipe.installs:
        usual = ("{usual}",) if recipe.install is None else recipe.install
        source = ", ".join(dict.fromkeys((place, *(str(each.place) for each in recipe.installs))))
        parts["install"] = ConfigLine(f"install = {array((*usual, *(each.value for each in recipe.installs)))}", source)
    if recipe.env:
        pairs = ", ".join(f"{name} = {toml_string(value)}" for name, value in recipe.env)
        parts["env"] = ConfigLine(f"env = {{ {pairs} }}", place)
    return parts


def _runners(jobs: Iterable[TestJob]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sorted({found.value for job in jobs for found in job.runners})))


def _os_lines(
    labels: tuple[str, ...] | None, jobs: Mapping[Name, list[TestJob]], *, always: bool = False
) -> Iterator[ConfigLine]:
    if labels and (always or labels != _DEFAULT_RUNNERS):
        found: Iterator[Found] = (each for several in jobs.values() for job in several for each in job.runners)
        place = next((str(each.place) for each in found if each.value in labels), "")
        yield ConfigLine(f"os = {array(labels)}", place)


def _timeout_lines(jobs: Mapping[Name, list[TestJob]], fewest: float) -> Iterator[ConfigLine]:
    """Yield the longest time limit of the jobs, if the jobs of at least ``fewest`` plugins have one."""
    if sum(any(job.job.timeout for job in several) for several in jobs.values()) < fewest:
        return
    limits = {
        int(job.job.timeout.text): f"{job.workflow.path}:{job.job.timeout.line}"
        for several in jobs.values()
        for job in several
        if job.job.timeout is not None and re.fullmatch(r"\d{1,3}", job.job.timeout.text)
    }
    longest = max((limit for limit in limits if 0 < limit <= _MOST_MINUTES), default=0)
    if longest:
        yield ConfigLine(f'timeout = "{longest}m"', limits[longest])
