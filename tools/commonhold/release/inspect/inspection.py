"""The phase itself: every artifact, then each plugin beside the others, then each as an installer meets it."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from commonhold.errors import UsageError
from commonhold.release.inspect.artifact_checks import CheckedArtifacts, check_untrusted_artifacts
from commonhold.release.inspect.check_context import CheckContext
from commonhold.release.inspect.cross_plugin import find_conflicts
from commonhold.release.inspect.installability import check_resolves, install_target, previous_target
from commonhold.release.inspect.lost_files import check_lost
from commonhold.release.inspect.previous_release import (
    check_previous_release,
    fetch_previous_release,
    find_lost_description,
    is_known_defect,
)
from commonhold.release.inspect.project_names import check_similar_names
from commonhold.release.inspect.smoke import check_imports, top_level_modules
from commonhold.release.inspect.staged_files import read_staged_files
from commonhold.release.inspect.verdict import IndexVersions, Inspection, decide, file_hashes, new_events
from commonhold.release.model.archive import RawFinding, open_archive
from commonhold.release.model.journal_events import Inspected
from commonhold.release.model.plan import Finding
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.plan.order import held_with
from commonhold.release.stage.staging import StageError, StampError, stage
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from commonhold.index.client import IndexClient
    from commonhold.release.inspect.installability import InstallTarget, Uv
    from commonhold.release.inspect.previous_release import PreviousRelease
    from commonhold.release.model.archive import ArchiveMember
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

    T = TypeVar("T")


MOST, LONGEST = 100, 2000
"""How many findings of a plugin are told, and how much of each."""


class InspectionReporter(Protocol):
    """Hears how far an inspection is."""

    def began(self, what: str, total: int) -> None:
        """A part of the inspection begins, of so many steps."""

    def did(self, name: str) -> None:
        """One step is done, of this plugin."""


@dataclass(frozen=True, slots=True)
class InspectionSettings:
    """How to inspect: ``jobs`` at a time, with an import of everything (``smoke``), and whether all is serious."""

    jobs: int = 4
    smoke: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """What an inspection asks: uv, and the index that the release goes to, where the release before lies."""

    uv: Uv
    index: IndexClient


def inspect(
    store: Store, tree: Tree, config: Config, tools: Tools, settings: InspectionSettings, reporter: InspectionReporter
) -> Inspection:
    """Inspect everything that was built, and journal it; the caller holds the store's lock.

    Raises ``UsageError`` when something is not built yet, ``StoreError`` when an artifact is not the one that was
    built, and ``IndexUnreachableError``.
    """
    standings = store.state().plugins
    built = {name: standing for name, standing in standings.items() if standing.files}
    missing = [name for name, standing in standings.items() if standing.status is PluginStatus.PLANNED]
    if missing:
        raise UsageError(
            f"{len(missing)} plugins are not built yet, such as {missing[0]}",
            hint="Build them: commonhold release build.",
        )
    run = _Run(store, tree, config, tools, settings, reporter, built)
    found = run.find()
    decided = decide(run.planned, found, run.without, strict=settings.strict)
    store.journal.append(*new_events(built, decided, store.journal.read(), strict=settings.strict))
    return decided


class _Run:
    def __init__(
        self,
        store: Store,
        tree: Tree,
        config: Config,
        tools: Tools,
        settings: InspectionSettings,
        reporter: InspectionReporter,
        built: Mapping[str, PluginState],
    ) -> None:
        self.store = store
        self.tree = tree
        self.config = config
        self.tools = tools
        self.settings = settings
        self.reporter = reporter
        self.built = built
        self.planned = tuple(standing.plugin for standing in built.values())
        self.names = frozenset(plugin.name for plugin in store.plan.plugins)
        self.versions = IndexVersions(tools.index)
        self.inspected = {event.plugin: event for event in store.journal.read() if isinstance(event, Inspected)}
        self.installed_paths: Mapping[str, frozenset[str]] = {}

    def find(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings of every plugin."""
        _ = self.tree.entries  # read once, before there are threads
        looked = self.each("looking into artifacts", self.planned, self.look)
        self.installed_paths = {name: each.installed_paths for name, each in looked.items()}
        flaws = {name: [*each.findings] for name, each in looked.items()}
        subjects = {planned.name: self.subject(planned, {}) for planned in self.planned}
        for name, flaw in (*find_conflicts(self.installed_paths, subjects), *check_similar_names(self.planned)):
            flaws[name].append(flaw)
        bare = [planned for planned in self._sound(flaws) if not (looked[planned.name].has_description or planned.new)]
        self._add(flaws, self.each("looking for descriptions of before", filter(self._is_new, bare), self.lost))
        self._add(flaws, self.each("resolving", filter(self._is_new, self._sound(flaws)), self.resolve))
        if self.settings.smoke:
            self._add(flaws, self.each("importing", self._sound(flaws), self.smoke))
        faulty = [planned for planned in self.planned if flaws[planned.name]]
        told = self.each("comparing with the release before", faulty, lambda p: self.tell(p, flaws[p.name]))
        return {name: (*told.get(name, ()), *self._kept(name)) for name in flaws}

    def _sound(self, flaws: Mapping[str, Sequence[RawFinding]]) -> list[PlannedDistribution]:
        """Those without a flaw; who needs what will not be there is held back for that, and is asked nothing more."""
        waiting = self.without(name for name in flaws if flaws[name])
        return [planned for planned in self.planned if not flaws[planned.name] and planned.name not in waiting]

    @staticmethod
    def _add(flaws: Mapping[str, list[RawFinding]], more: Mapping[str, Iterable[RawFinding]]) -> None:
        for name, found in more.items():
            flaws[name] += found

    def _kept(self, name: str) -> tuple[Finding, ...]:
        """What an import of these very files found before, when this inspection imports nothing."""
        last = self.inspected.get(name)
        if self.settings.smoke or last is None or last.files != file_hashes(self.built[name]):
            return ()
        return tuple(finding for finding in last.findings if finding.rule == "import")

    def each(
        self, what: str, plugins: Iterable[PlannedDistribution], ask: Callable[[PlannedDistribution], T]
    ) -> dict[str, T]:
        """Ask about each plugin, several at a time."""
        chosen = list(plugins)
        if not chosen:
            return {}
        self.reporter.began(what, len(chosen))
        answers: dict[str, T] = {}
        with ThreadPoolExecutor(max_workers=self.settings.jobs) as pool:
            asked = [(planned.name, pool.submit(ask, planned)) for planned in chosen]
            try:
                for name, answer in asked:
                    answers[name] = answer.result()
                    self.reporter.did(name)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.tools.uv.runner.end()
                raise
        return answers

    def subject(self, planned: PlannedDistribution, staged: Mapping[str, ArchiveMember]) -> CheckContext:
        return CheckContext(planned, self.config.tiers.get(planned.tier), staged, self.names)

    def staged(self, planned: PlannedDistribution) -> CheckContext:
        with tempfile.TemporaryDirectory(prefix="commonhold-inspect-") as folder:
            stage(self.tree, planned, folder)
            return self.subject(planned, read_staged_files(folder))

    def look(self, planned: PlannedDistribution) -> CheckedArtifacts:
        files = self.built[planned.name].files
        archives = [open_archive(file, self.store.read(planned.name, file)) for file in files]
        try:
            looked = check_untrusted_artifacts(archives, self.staged(planned))
        except (StageError, StampError) as error:
            return CheckedArtifacts(
                (RawFinding("tree", f"{planned.name} cannot be compared with the commit: {error.message}"),)
            )
        return replace(looked, findings=(*looked.findings, *check_lost(self.built[planned.name])))

    def lost(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        before = fetch_previous_release(self.tools.index, planned)
        flaw = find_lost_description(before, self.subject(planned, {})) if before is not None else None
        return () if flaw is None else (flaw,)

    def resolve(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        what = install_target(planned, self.store, self.built)
        answers = (check_resolves(self.tools.uv, planned.name, what, python) for python in planned.pythons or (None,))
        return tuple(flaw for flaw in answers if flaw is not None)

    def smoke(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        return self._import(planned, install_target(planned, self.store, self.built))

    def _import(self, planned: PlannedDistribution, what: InstallTarget) -> tuple[RawFinding, ...]:
        asked = (top_level_modules(self.installed_paths[planned.name]), self.store.plan.core)
        return tuple(check_imports(self.tools.uv, planned.name, what, planned.pythons, asked))

    def _is_new(self, planned: PlannedDistribution) -> bool:
        """Whether no inspection before has found that these very files can be installed."""
        return self.built[planned.name].status in (
            PluginStatus.BUILT,
            PluginStatus.FAILED_INSPECTION,
            PluginStatus.BLOCKED,
        )

    def without(self, faulty: Iterable[str]) -> Mapping[str, str]:
        """Who cannot live without those that are faulty, or could not be built; each with whom it lacks."""
        lost = {*faulty, *(plugin.name for plugin in self.store.plan.released if plugin.name not in self.built)}
        return held_with(lost, self.planned, self.versions.serves)

    def tell(self, planned: PlannedDistribution, flaws: Sequence[RawFinding]) -> tuple[Finding, ...]:
        """Flaws as findings: whether the release before had them is looked up only now."""
        before = fetch_previous_release(self.tools.index, planned)
        then = check_previous_release(before, self._tree(planned), flaws) if before is not None else frozenset()
        findings = [
            Finding(
                flaw.rule,
                printable(flaw.message[:LONGEST]),
                is_known_defect(flaw, then) or self._did_not_work(planned, flaw, before),
            )
            for flaw in flaws
        ]
        if len(findings) > MOST:
            known = all(finding.known for finding in findings[MOST:])
            findings[MOST:] = [Finding("more", f"{len(findings) - MOST} findings more", known)]
        return tuple(findings)

    def _tree(self, planned: PlannedDistribution) -> CheckContext:
        """What the commit has of a plugin; nothing, where that was a flaw."""
        try:
            return self.staged(planned)
        except (StageError, StampError):
            return self.subject(planned, {})

    def _did_not_work(self, planned: PlannedDistribution, flaw: RawFinding, before: PreviousRelease | None) -> bool:
        """Whether the release before could not be installed, or imported, either."""
        if before is None or flaw.rule not in ("resolve", "import"):
            return False
        core = self.store.plan.core
        what = previous_target(planned.name, before.version, self.store.plan, self.versions.of(core) if core else ())
        if flaw.rule == "resolve":
            return check_resolves(self.tools.uv, planned.name, what, flaw.about or None) is not None
        return flaw.about in {each.about for each in self._import(planned, what)}
