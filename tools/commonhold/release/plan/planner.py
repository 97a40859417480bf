"""Plan a release: choose and order its distributions, set their versions, and hold back distributions with problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.errors import CommonholdError
from commonhold.index.projects import IndexProject, look_up_projects
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.plan.candidates import CORE, find_candidates
from commonhold.release.plan.exclusions import Exclusion, find_exclusions
from commonhold.release.plan.order import excluding, held_with, in_waves
from commonhold.release.plan.preconditions import check_core, check_only, check_order, check_released, check_tiers
from commonhold.text import count, listed, printable
from commonhold.versions import admits, admits_any, last_post, next_post, overtaking, pin_to
from commonhold.workspace import check_workspace, empty_tiers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.index.client import IndexClient
    from commonhold.release.plan.candidates import Candidate
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace


class PlanStoppedError(CommonholdError):
    """A plugin cannot be released, and its failure stops the release."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A request to plan a release of a core version; ``to`` is the index, ``epoch`` the commit's time in seconds.

    ``simple`` is the URL of the index's simple API, if that URL is not the default. ``only`` are plugins to release
    alone, with the plugins that were held back because of them. With ``finish``, files of this version may already be
    on the index, because the store of their release was lost.
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
    """The indexes of a release; ``progress`` is called with the name of each project that was looked up.

    If ``core`` is set, that index already has the core, and the core is not released even if it is in the repository.
    """

    target: IndexClient
    core: IndexClient | None = None
    progress: Callable[[str], object] = str

    @property
    def of_core(self) -> IndexClient:
        """The index for looking up the core."""
        return self.core or self.target


@dataclass(frozen=True, slots=True)
class Planning:
    """A plan, the reasons that stop it (one for each plugin that must not be held back), and warnings.

    If ``nothing_new`` is true, there is nothing to release: every plugin is on the index in its current version, or is
    never released.
    """

    plan: ReleasePlan
    stopping: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    nothing_new: bool = False

    def check(self) -> ReleasePlan:
        """Return the plan. Raises ``PlanStoppedError`` if there is a reason to stop the release."""
        if self.stopping:
            lines = "\n".join(f"  {sentence}" for sentence in self.stopping)
            raise PlanStoppedError(
                f"{self.plan.version} cannot be released, because these plugins can be neither released nor held back:"
                f"\n{lines}",
                hint="Fix them, or exclude one with release = false in [tool.commonhold.plugins.NAME].",
            )
        return self.plan


def plan_release(workspace: Workspace, tree: Tree, request: PlanRequest, indexes: Indexes) -> Planning:
    """Plan a release of ``workspace``, which was read from ``tree``. No files are written.

    Raises ``UsageError`` for a version that cannot be released, ``ConfigurationError`` for contradictions in the
    repository, and ``IndexUnreachableError``.
    """
    check_workspace(workspace)
    candidates = find_candidates(workspace, tree)
    check_only(request.only, candidates)
    name = workspace.core.name
    core = None if name is None else look_up_projects(indexes.of_core, [name])[name]
    alone = bool(request.only) or indexes.core is not None
    if core is not None and check_core(workspace, request.version, core, alone=alone):
        candidates.pop(workspace.core.name or "", None)
    check_tiers(candidates)
    names = [name for name in candidates if name != workspace.core.name]
    projects = {
        **look_up_projects(indexes.target, names, owners=workspace.config.release.owners, progress=indexes.progress)
    }
    if core is not None and workspace.core.name is not None:
        projects[workspace.core.name] = core
    return _Planner(workspace, request, candidates, projects).plan()


class _Planner:
    def __init__(
        self,
        workspace: Workspace,
        request: PlanRequest,
        candidates: Mapping[str, Candidate],
        projects: Mapping[str, IndexProject],
    ) -> None:
        self.workspace = workspace
        self.request = request
        self.candidates = candidates
        self.projects = projects
        self.chosen = self._choose() if request.only else set(candidates)
        self.versions = {name: self._version(candidate) for name, candidate in candidates.items()}

    def plan(self) -> Planning:
        self._check_released()
        exclusions = find_exclusions(self.workspace, self.request.version, self._chosen(), self.versions, self.projects)
        planned = [self._planned(candidate) for candidate in self.candidates.values()]
        exclusions = {**dict(self._unmet(planned)), **exclusions}
        # Plugins outside a hotfix are not released either, so their dependents require a published version of them.
        outside = self.candidates.keys() - self.chosen
        behind = held_with({*exclusions, *outside}, planned, self._is_served)
        by_name = {each.name: each for each in planned}
        exclusions |= {name: self._without(by_name[name], other, outside) for name, other in behind.items()}
        mine = [self._trimmed(each, exclusions) for each in planned if each.name in self.chosen]
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
            if (each.stops or each.name in self.request.only) and exclusions.get(each.name, _NO).failure
        )
        nothing_new = bool(mine) and not plan.released and not any(each.failure for each in exclusions.values())
        return Planning(plan, stopping, (*empty_tiers(self.workspace), *self._warnings(plan)), nothing_new)

    def _chosen(self) -> dict[str, Candidate]:
        return {name: candidate for name, candidate in self.candidates.items() if name in self.chosen}

    def _check_released(self) -> None:
        following = [name for name, each in self._chosen().items() if each.follows == "core" and not each.private]
        # The plugins of a hotfix may have been released before; in a full release, that is an error.
        if not self.request.only:
            projects = {name: self.projects[name] for name in following}
            check_released(self.request.version, projects, finish=self.request.finish)
        check_order({name: self.versions[name] or self.request.version for name in following}, self.projects)

    def _choose(self) -> set[str]:
        """Return the requested plugins, and dependents of these plugins that do not have this version yet."""
        chosen = set(self.request.only)
        users: dict[str, list[str]] = {}
        for name, candidate in self.candidates.items():
            for need in (*candidate.needs, *candidate.builds_with):
                users.setdefault(need, []).append(name)
        todo = list(self.request.only)
        for name in todo:
            for user in users.get(name, ()):
                if user not in chosen and self._waits(user):
                    chosen.add(user)
                    todo.append(user)
        return chosen

    def _waits(self, name: str) -> bool:
        candidate = self.candidates[name]
        version, project = self.request.version, self.projects[name]
        waits = candidate.follows == "core" and not candidate.private and version not in project.versions
        return waits and overtaking(version, project.installable) is None

    def _version(self, candidate: Candidate) -> Version | None:
        version = self.request.version if candidate.follows == "core" else candidate.own
        released = self.projects[candidate.name].versions
        # An index never accepts the same version twice, so a fix of a released version is a post-release.
        if version in released and version is not None and candidate.name in self.request.only:
            return last_post(version, released) if self.request.finish else next_post(version, released)
        return version

    def _planned(self, candidate: Candidate) -> PlannedDistribution:
        pins = {name: self._pin(name) for name in {*candidate.pinned, *candidate.needs} if name in self.versions}
        return PlannedDistribution(
            name=candidate.name,
            path=printable(candidate.plugin.path),  # find_exclusions holds back plugins with an unprintable path
            tier=candidate.plugin.tier.name,
            version=str(self.versions[candidate.name] or ""),
            needs=tuple(name for name in candidate.needs if name in self.candidates),
            builds_with=tuple(name for name in candidate.builds_with if name in self.candidates),
            pins={name: specifier for name, specifier in sorted(pins.items()) if specifier is not None},
            pythons=candidate.pythons,
            new=not self.projects[candidate.name].exists,
            stops=candidate.stops,
        )

    def _pin(self, name: str) -> str | None:
        """Return the specifier that pins a distribution; ``None`` for the core, for which each plugin chooses a range.

        The result is also ``None`` for a plugin with its own version, unless the configuration sets a policy:
        dependents are usually compatible with several versions of such a plugin.
        """
        candidate, version = self.candidates[name], self.versions[name]
        policy = self.workspace.config.release.pins or ("as-written" if candidate.follows == "own" else "~=")
        return None if version is None or candidate.plugin.tier.name == CORE else pin_to(policy, version)

    def _unmet(self, planned: Iterable[PlannedDistribution]) -> Iterator[tuple[str, Exclusion]]:
        """Yield exclusions of plugins with an unpinned requirement that rejects a version of this release."""
        for each in planned:
            for name in (need for need in each.needs if self._is_kept(each, need)):
                version = self.versions[name]
                if version is not None and not self._is_served(each, name, version):
                    why = f"its requirement on {name} excludes {version}, {self._none_serves(each, name)}"
                    yield each.name, Exclusion(why, failure=True)

    def _is_kept(self, planned: PlannedDistribution, need: str) -> bool:
        is_core = self.candidates[need].plugin.tier.name == CORE  # find_exclusions checks the range of the core
        return need in self.chosen and need not in planned.pins and not is_core

    def _is_served(self, plugin: PlannedDistribution, name: str, *others: Version) -> bool:
        """Return whether a version of ``name`` on the index or in ``others`` satisfies a plugin's requirement."""
        return self._accepts(plugin, name, (*self.projects[name].installable, *others))

    def _accepts(self, plugin: PlannedDistribution, name: str, versions: Iterable[Version]) -> bool:
        """Return whether any of the versions satisfies a plugin's requirement on ``name``."""
        pinned = plugin.pins.get(name)
        if pinned is not None:
            return admits(pinned, versions)
        return admits_any(self.candidates[plugin.name].requires.get(name, ()), versions)

    def _has_unlisted_owners(self, name: str) -> bool:
        project = self.projects[name]
        is_checked = self.workspace.config.release.owners and self.candidates[name].plugin.tier.name != CORE
        return bool(is_checked) and project.exists and project.owners is None

    def _without(self, plugin: PlannedDistribution, other: str, outside: Iterable[str]) -> Exclusion:
        how = "is not released with it" if other in outside else "is held back"
        return Exclusion(f"it needs {other}, which {how}, {self._none_serves(plugin, other)}", failure=True)

    def _none_serves(self, plugin: PlannedDistribution, name: str) -> str:
        """Return the end of a sentence: no published version, or only a yanked version, satisfies the plugin."""
        project = self.projects[name]
        yanked = [each for each in project.versions - project.installable if self._accepts(plugin, name, [each])]
        if not yanked:
            return "and no published version satisfies it"
        return (
            f"and {name} {max(yanked)}, which satisfies it, was yanked; release a new version of {name}, or undo the "
            "yank on the index"
        )

    def _trimmed(self, planned: PlannedDistribution, exclusions: Mapping[str, Exclusion]) -> PlannedDistribution:
        values = {field: getattr(planned, field) for field in planned.__struct_fields__}
        # Requirements outside a hotfix do not affect its order: they are on the index, or their dependents are held
        # back.
        values["needs"] = tuple(name for name in planned.needs if name in self.chosen)
        values["builds_with"] = tuple(name for name in planned.builds_with if name in self.chosen)
        values["held"] = exclusions.get(planned.name, _NO).why
        return PlannedDistribution(**values)

    def _warnings(self, plan: ReleasePlan) -> Iterator[str]:
        unlisted = [name for name in sorted(self.chosen) if self._has_unlisted_owners(name)]
        if unlisted:
            yield f"the index does not list the owners of {count(len(unlisted), 'project')}, such as {unlisted[0]}"
        for name in sorted(self.chosen):
            yield from self.candidates[name].warnings
        new = {each.name: Version(each.version) for each in plan.released if each.tier != CORE}
        for name, users in excluding(plan.plugins, new, lambda each, of: self._accepts(each, of, [new[of]])).items():
            who = listed(users, 10)
            yield f"{name} {new[name]} is excluded by the requirements of {who}; their users keep an older version"


_NO = Exclusion("", failure=False)


def _in_order(planned: list[PlannedDistribution]) -> Iterable[PlannedDistribution]:
    """Sort distributions so that each one follows its requirements, and the core precedes unrelated plugins."""
    by_name = {each.name: each for each in planned}
    for wave in in_waves(planned):
        groups = sorted(wave, key=lambda group: all(by_name[name].tier != CORE for name in group))
        yield from (by_name[name] for group in groups for name in group)
