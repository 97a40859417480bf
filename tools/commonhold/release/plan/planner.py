"""Deciding what a release does: which distributions, at which versions, in which order, and who stays behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError
from commonhold.index.projects import IndexProject, look_up_projects
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.plan.candidates import CORE, find_candidates
from commonhold.release.plan.exclusions import Withheld, find_withheld
from commonhold.release.plan.order import held_with, in_waves
from commonhold.release.plan.preconditions import check_core, check_only, check_order, check_released, check_tiers
from commonhold.text import printable
from commonhold.versions import admits, admits_any, last_post, next_post, overtaking, pin_to
from commonhold.workspace import check_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from packaging.version import Version

    from commonhold.index.client import IndexClient
    from commonhold.release.plan.candidates import Candidate
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace


class PlanStoppedError(CommonholdError):
    """A plugin whose failure stops the release cannot be released."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked for: a version of the core, from a commit (its time in seconds: ``epoch``), to the index ``to``.

    ``simple`` is where that is read, if not where such an index usually is. ``only`` names plugins that are released
    alone, with those that waited for them. ``finish`` says that files of this version may be on the index already: a
    release whose store was lost.
    """

    version: Version
    commit: str
    epoch: int
    to: str
    only: tuple[str, ...] = ()
    finish: bool = False
    simple: str | None = None


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where the release goes; ``told`` hears of each project that was looked up.

    ``core`` says that the core is out, and on which index, so that it is not released, even where it lies in the tree.
    """

    target: IndexClient
    core: IndexClient | None = None
    told: Callable[[str], object] = str

    @property
    def of_core(self) -> IndexClient:
        """Where the core is looked for."""
        return self.core or self.target


@dataclass(frozen=True, slots=True)
class Planning:
    """A plan, why it stops (a sentence for each plugin that cannot be held back), and doubts."""

    plan: ReleasePlan
    stopping: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def check(self) -> ReleasePlan:
        """The plan; ``PlanStoppedError`` with every reason when it stops."""
        if self.stopping:
            lines = "\n".join(f"  {sentence}" for sentence in self.stopping)
            raise PlanStoppedError(
                f"{self.plan.version} cannot be released: these stop a release rather than being held back:\n{lines}",
                hint="Correct them, or keep one out with release = false in [tool.commonhold.plugins.NAME].",
            )
        return self.plan


def plan_release(workspace: Workspace, tree: Tree, request: PlanRequest, indexes: Indexes) -> Planning:
    """Plan a release of what ``workspace``, read from ``tree``, holds. Nothing is written.

    Raises ``UsageError`` for a version that cannot be released, ``ConfigurationError`` for a repository that
    contradicts itself, ``IndexUnreachableError``.
    """
    check_workspace(workspace)
    subjects = find_candidates(workspace, tree)
    check_only(request.only, subjects)
    name = workspace.core.name
    core = None if name is None else look_up_projects(indexes.of_core, [name])[name]
    alone = bool(request.only) or indexes.core is not None
    if core is not None and check_core(workspace, request.version, core, alone=alone):
        subjects.pop(workspace.core.name or "", None)
    check_tiers(subjects)
    names = [name for name in subjects if name != workspace.core.name]
    projects = {
        **look_up_projects(indexes.target, names, owners=workspace.config.release.owners, progress=indexes.told)
    }
    if core is not None and workspace.core.name is not None:
        projects[workspace.core.name] = core
    return _Planner(workspace, request, subjects, projects).plan()


class _Planner:
    def __init__(
        self,
        workspace: Workspace,
        request: PlanRequest,
        subjects: Mapping[str, Candidate],
        projects: Mapping[str, IndexProject],
    ) -> None:
        self.workspace = workspace
        self.request = request
        self.subjects = subjects
        self.projects = projects
        self.chosen = self._choose() if request.only else set(subjects)
        self.versions = {name: self._version(subject) for name, subject in subjects.items()}

    def plan(self) -> Planning:
        self._check_released()
        withheld = find_withheld(self.workspace, self.request.version, self._chosen(), self.versions, self.projects)
        planned = [self._planned(subject) for subject in self.subjects.values()]
        withheld = {**dict(self._unmet(planned)), **withheld}
        outside = self.subjects.keys() - self.chosen
        behind = held_with({*withheld, *outside}, planned, self._is_served)
        withheld |= {name: self._without(name, other, outside) for name, other in behind.items()}
        mine = [self._trimmed(each, withheld) for each in planned if each.name in self.chosen]
        plan = ReleasePlan(
            version=str(self.request.version),
            commit=self.request.commit,
            epoch=self.request.epoch,
            core=self.workspace.core.name,
            index=self.request.to,
            simple=self.request.simple,
            plugins=tuple(_in_order(mine)),
            only=self.request.only,
        )
        stopping = tuple(
            f"{each.name}: {each.held}"
            for each in plan.plugins
            if (each.stops or each.name in self.request.only) and withheld.get(each.name, _NO).failure
        )
        return Planning(plan, stopping, tuple(self._warnings()))

    def _chosen(self) -> dict[str, Candidate]:
        return {name: subject for name, subject in self.subjects.items() if name in self.chosen}

    def _check_released(self) -> None:
        following = [name for name, each in self._chosen().items() if each.follows == "core" and not each.private]
        if not self.request.only:
            projects = {name: self.projects[name] for name in following}
            check_released(self.request.version, projects, finish=self.request.finish)
        check_order({name: self.versions[name] or self.request.version for name in following}, self.projects)

    def _choose(self) -> set[str]:
        """The plugins that are asked for, and those without this version that need them."""
        chosen = set(self.request.only)
        users: dict[str, list[str]] = {}
        for name, subject in self.subjects.items():
            for need in (*subject.needs, *subject.builds_with):
                users.setdefault(need, []).append(name)
        todo = list(self.request.only)
        for name in todo:
            for user in users.get(name, ()):
                if user not in chosen and self._waits(user):
                    chosen.add(user)
                    todo.append(user)
        return chosen

    def _waits(self, name: str) -> bool:
        subject = self.subjects[name]
        version, project = self.request.version, self.projects[name]
        waits = subject.follows == "core" and not subject.private and version not in project.versions
        return waits and overtaking(version, project.installable) is None

    def _version(self, subject: Candidate) -> Version | None:
        version = self.request.version if subject.follows == "core" else subject.own
        released = self.projects[subject.name].versions
        if version in released and version is not None and subject.name in self.request.only:
            return last_post(version, released) if self.request.finish else next_post(version, released)
        return version

    def _planned(self, subject: Candidate) -> PlannedDistribution:
        pins = {name: self._pin(name) for name in {*subject.pinned, *subject.needs} if name in self.versions}
        return PlannedDistribution(
            name=subject.name,
            path=printable(subject.plugin.path),  # one that this changes is held back for it
            tier=subject.plugin.tier.name,
            version=str(self.versions[subject.name] or ""),
            needs=tuple(name for name in subject.needs if name in self.subjects),
            builds_with=tuple(name for name in subject.builds_with if name in self.subjects),
            pins={name: specifier for name, specifier in sorted(pins.items()) if specifier is not None},
            pythons=subject.pythons,
            new=not self.projects[subject.name].exists,
            stops=subject.stops,
        )

    def _pin(self, name: str) -> str | None:
        """A requirement on the core stays as it is written: its range is the plugin's own word."""
        version = self.versions[name]
        if version is None or self.subjects[name].plugin.tier.name == CORE:
            return None
        return pin_to(self.workspace.config.release.pins, version)

    def _unmet(self, planned: Iterable[PlannedDistribution]) -> Iterator[tuple[str, Withheld]]:
        """Those whose requirement, kept as it is written, leaves out what is released with them."""
        for each in planned:
            for name in (need for need in each.needs if self._is_kept(each, need)):
                version = self.versions[name]
                if version is not None and not self._is_served(each, name, version):
                    why = f"its requirement on {name} leaves out {version}, and the index has none that would do"
                    yield each.name, Withheld(why, failure=True)

    def _is_kept(self, planned: PlannedDistribution, need: str) -> bool:
        is_core = self.subjects[need].plugin.tier.name == CORE  # whose range is looked at for every plugin
        return need in self.chosen and need not in planned.pins and not is_core

    def _is_served(self, plugin: PlannedDistribution, name: str, *others: Version) -> bool:
        """Whether the index, or ``others``, have what a plugin needs of ``name``."""
        versions = (*self.projects[name].installable, *others)
        pinned = plugin.pins.get(name)
        if pinned is not None:
            return admits(pinned, versions)
        return admits_any(self.subjects[plugin.name].requires.get(name, ()), versions)

    def _is_untold(self, name: str) -> bool:
        project = self.projects[name]
        asked = self.workspace.config.release.owners and self.subjects[name].plugin.tier.name != CORE
        return bool(asked) and project.exists and project.owners is None

    def _without(self, name: str, other: str, outside: Iterable[str]) -> Withheld:
        how = "is not released with it" if other in outside else "is held back"
        return Withheld(f"it needs {other}, which {how}, and the index has none that would do", failure=True)

    def _trimmed(self, planned: PlannedDistribution, withheld: Mapping[str, Withheld]) -> PlannedDistribution:
        values = {field: getattr(planned, field) for field in planned.__struct_fields__}
        values["needs"] = tuple(name for name in planned.needs if name in self.chosen)
        values["builds_with"] = tuple(name for name in planned.builds_with if name in self.chosen)
        values["held"] = withheld.get(planned.name, _NO).why
        return PlannedDistribution(**values)

    def _warnings(self) -> Iterable[str]:
        untold = [name for name in sorted(self.chosen) if self._is_untold(name)]
        if untold:
            yield f"the index does not tell who owns {len(untold)} of the projects, such as {untold[0]}"
        for name in sorted(self.chosen):
            for problem in self.subjects[name].plugin.metadata.problems:
                yield f"{problem.path}: {problem.message}; what {name} requires is known only when it is built"
            for each in self.subjects[name].unreadable:
                yield f"{name}: the version of its requirement on {each.name} is known only when it is built"


_NO = Withheld("", failure=False)


def _in_order(planned: list[PlannedDistribution]) -> Iterable[PlannedDistribution]:
    """What something needs before it, and the core before what does not need it, as far as it can be."""
    by_name = {each.name: each for each in planned}
    for wave in in_waves(planned):
        groups = sorted(wave, key=lambda group: all(by_name[name].tier != CORE for name in group))
        yield from (by_name[name] for group in groups for name in group)
