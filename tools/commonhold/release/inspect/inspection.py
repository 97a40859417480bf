"""Run an inspection: check each plugin's artifacts, then conflicts between plugins, then their installation."""

from __future__ import annotations

import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import UsageError
from commonhold.release.inspect.artifact_checks import CheckedArtifacts, check_untrusted_artifacts
from commonhold.release.inspect.check_context import CheckContext
from commonhold.release.inspect.compare_tree import check_lost_files
from commonhold.release.inspect.cross_plugin import check_similar_names, find_conflicts
from commonhold.release.inspect.installability import check_resolves, install_target, previous_target
from commonhold.release.inspect.previous_release import (
    check_previous_release,
    fetch_previous_release,
    find_lost_description,
    is_known_defect,
)
from commonhold.release.inspect.smoke import check_imports, top_level_modules
from commonhold.release.inspect.staged_files import read_project_file, read_staged_files
from commonhold.release.inspect.verdict import IndexVersions, Inspection, decide, file_hashes, new_events
from commonhold.release.model.archive import RawFinding, open_archive
from commonhold.release.model.journal_events import Inspected
from commonhold.release.model.plan import ArtifactFinding
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
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

    T = TypeVar("T")


# A hostile archive can have a million defects, so the number and length of recorded findings are limited.
_MAX_FINDINGS = 100
_MAX_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class InspectionSettings:
    """The settings of an inspection.

    ``jobs`` is the number of threads. With ``smoke``, every plugin is installed and imported. With ``strict``, every
    finding stops the release.
    """

    jobs: int = 4
    smoke: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of an inspection: uv, and a client for the index with the previous release."""

    uv: Uv
    index: IndexClient


def inspect(
    store: Store, tree: Tree, config: Config, tools: Tools, settings: InspectionSettings, reporter: Reporter
) -> Inspection:
    """Inspect every built plugin and record the result in the journal. The caller holds the store's lock.

    Raises ``UsageError`` if a plugin is not built yet, ``StoreError`` if an artifact has changed since its build, and
    ``IndexUnreachableError``.
    """
    states = store.state().plugins
    built = {name: state for name, state in states.items() if state.files}
    missing = [name for name, state in states.items() if state.status is PluginStatus.PLANNED]
    if missing:
        raise UsageError(
            f"{len(missing)} plugins are not built yet, such as {missing[0]}",
            hint=f"Run `commonhold release build --store {shlex.quote(store.folder)}`.",
        )
    run = _InspectionRun(store, tree, config, tools, settings, reporter, built)
    found = run.find()
    decided = decide(run.planned, found, run.dependents_of, strict=settings.strict)
    store.journal.append(*new_events(built, decided, store.events(), strict=settings.strict))
    return decided


class _InspectionRun:
    """One inspection of all built plugins.

    Each step runs only for plugins that have no finding yet, and the expensive steps (queries and installations) run
    last.
    """

    def __init__(
        self,
        store: Store,
        tree: Tree,
        config: Config,
        tools: Tools,
        settings: InspectionSettings,
        reporter: Reporter,
        built: Mapping[str, PluginState],
    ) -> None:
        self.store = store
        self.tree = tree
        self.config = config
        self.tools = tools
        self.settings = settings
        self.reporter = reporter
        self.built = built
        self.planned = tuple(state.plugin for state in built.values())
        self.names = frozenset(plugin.name for plugin in store.plan.plugins)
        self.versions = IndexVersions(tools.index)
        self.inspected = {event.plugin: event for event in store.events() if isinstance(event, Inspected)}
        self.installed_paths: Mapping[str, frozenset[str]] = {}

    def find(self) -> Mapping[str, tuple[ArtifactFinding, ...]]:
        """Return the findings of every plugin."""
        _ = self.tree.entries  # computed on first use, which two threads must not do at once
        checked = self.for_each("checking artifacts", self.planned, self.check_artifacts)
        self.installed_paths = {name: each.installed_paths for name, each in checked.items()}
        raw = {name: [*each.findings] for name, each in checked.items()}
        contexts = {planned.name: self.context(planned, {}) for planned in self.planned}
        for name, finding in (*find_conflicts(self.installed_paths, contexts), *check_similar_names(self.planned)):
            raw[name].append(finding)
        # New projects are skipped, because they have no previous release with a description.
        bare = [each for each in self._sound(raw) if not (checked[each.name].has_description or each.new)]
        lost = self.for_each("looking for lost descriptions", filter(self._is_new, bare), self.check_description)
        self._extend(raw, lost)
        # A successful resolution is not repeated, because it queries the index for every requirement.
        self._extend(raw, self.for_each("resolving", filter(self._is_new, self._sound(raw)), self.resolve))
        if self.settings.smoke:
            self._extend(raw, self.for_each("importing", self._sound(raw), self.smoke))
        faulty = [planned for planned in self.planned if raw[planned.name]]
        findings = self.for_each(
            "comparing with the previous release", faulty, lambda planned: self.compare(planned, raw[planned.name])
        )
        return {name: (*findings.get(name, ()), *self._earlier_import_findings(name)) for name in raw}

    def _sound(self, raw: Mapping[str, Sequence[RawFinding]]) -> list[PlannedDistribution]:
        """Return the plugins that can still be released, because neither they nor their requirements have findings."""
        held_back = self.dependents_of(name for name in raw if raw[name])
        return [planned for planned in self.planned if not raw[planned.name] and planned.name not in held_back]

    @staticmethod
    def _extend(raw: Mapping[str, list[RawFinding]], more: Mapping[str, Iterable[RawFinding]]) -> None:
        for name, found in more.items():
            raw[name] += found

    def _earlier_import_findings(self, name: str) -> tuple[ArtifactFinding, ...]:
        """Return the findings of an earlier import of the same files, unless this inspection also imports plugins."""
        last = self.inspected.get(name)
        # An inspection without --smoke must not clear the findings of an earlier one with --smoke.
        if self.settings.smoke or last is None or last.files != file_hashes(self.built[name]):
            return ()
        return tuple(finding for finding in last.findings if finding.rule == "import")

    def for_each(
        self, what: str, plugins: Iterable[PlannedDistribution], step: Callable[[PlannedDistribution], T]
    ) -> dict[str, T]:
        """Run a step for each plugin in several threads and return the results by name."""
        chosen = list(plugins)
        if not chosen:
            return {}
        self.reporter.started(what, len(chosen), "plugins")
        results: dict[str, T] = {}
        with ThreadPoolExecutor(max_workers=self.settings.jobs) as pool:
            futures = [(planned.name, pool.submit(step, planned)) for planned in chosen]
            try:
                for name, future in futures:
                    results[name] = future.result()
                    self.reporter.advanced(name)
            except BaseException:
                # The pool waits for its threads when the block ends, so queued steps are cancelled and uv is killed.
                pool.shutdown(wait=False, cancel_futures=True)
                self.tools.uv.runner.end()
                raise
        return results

    def context(self, planned: PlannedDistribution, staged: Mapping[str, ArchiveMember]) -> CheckContext:
        tier, generated = self.config.tiers.get(planned.tier), self.config.generated_files(planned.name)
        return CheckContext(planned, tier, staged, self.names, generated=generated)

    def staged_context(self, planned: PlannedDistribution) -> CheckContext:
        with ScratchFolder("inspect") as scratch:
            staged = stage(self.tree, planned, scratch.path)
            context = self.context(planned, read_staged_files(staged.folder))
            outside = read_staged_files(scratch.path).values() if staged.outside else ()
            return replace(
                context,
                project_file=read_project_file(staged.folder),
                outside=frozenset(member.sha256 for member in outside),
            )

    def check_artifacts(self, planned: PlannedDistribution) -> CheckedArtifacts:
        files = self.built[planned.name].files
        archives = [open_archive(file, self.store.read(planned.name, file)) for file in files]
        try:
            checked = check_untrusted_artifacts(archives, self.staged_context(planned))
        except (StageError, StampError) as error:
            message = f"{planned.name} cannot be compared with the commit: {error.message}"
            return CheckedArtifacts((RawFinding("tree", message),))
        return replace(checked, findings=(*checked.findings, *check_lost_files(self.built[planned.name])))

    def check_description(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        previous = fetch_previous_release(self.tools.index, planned)
        finding = find_lost_description(previous, self.context(planned, {})) if previous is not None else None
        return () if finding is None else (finding,)

    def resolve(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        target = install_target(planned, self.store, self.built)
        results = (check_resolves(self.tools.uv, planned.name, target, each) for each in planned.pythons or (None,))
        return tuple(finding for finding in results if finding is not None)

    def smoke(self, planned: PlannedDistribution) -> tuple[RawFinding, ...]:
        return self._import(planned, install_target(planned, self.store, self.built))

    def _import(self, planned: PlannedDistribution, target: InstallTarget) -> tuple[RawFinding, ...]:
        imports = (top_level_modules(self.installed_paths[planned.name]), self.store.plan.core)
        return tuple(check_imports(self.tools.uv, planned.name, target, planned.pythons, imports))

    def _is_new(self, planned: PlannedDistribution) -> bool:
        """Return whether the plugin's files have not passed an inspection yet."""
        return self.built[planned.name].status in (
            PluginStatus.BUILT,
            PluginStatus.FAILED_INSPECTION,
            PluginStatus.BLOCKED,
        )

    def dependents_of(self, faulty: Iterable[str]) -> Mapping[str, str]:
        """Return the plugins that require a faulty or unbuilt plugin, each with the plugin that it lacks."""
        lost = {*faulty, *(plugin.name for plugin in self.store.plan.released if plugin.name not in self.built)}
        return held_with(lost, self.planned, self.versions.serves)

    def compare(self, planned: PlannedDistribution, raw: Sequence[RawFinding]) -> tuple[ArtifactFinding, ...]:
        """Convert raw findings to findings that record whether the previous release had the same defects.

        The previous release is downloaded only here, because most plugins have no findings.
        """
        previous = fetch_previous_release(self.tools.index, planned)
        earlier = frozenset[tuple[str, str]]()
        if previous is not None:
            earlier = check_previous_release(previous, self._context_if_staged(planned), raw)
        findings = [
            ArtifactFinding(
                finding.rule,
                printable(finding.message[:_MAX_MESSAGE]),
                is_known_defect(finding, earlier) or self._failed_before(planned, finding, previous),
            )
            for finding in raw
        ]
        if len(findings) > _MAX_FINDINGS:
            known = all(finding.known for finding in findings[_MAX_FINDINGS:])
            findings[_MAX_FINDINGS:] = [
                ArtifactFinding("more", f"{len(findings) - _MAX_FINDINGS} more findings", known)
            ]
        return tuple(findings)

    def _context_if_staged(self, planned: PlannedDistribution) -> CheckContext:
        """Return a plugin's context; without files if staging failed, which is already reported as a finding."""
        try:
            return self.staged_context(planned)
        except (StageError, StampError):
            return self.context(planned, {})

    def _failed_before(
        self, planned: PlannedDistribution, finding: RawFinding, previous: PreviousRelease | None
    ) -> bool:
        """Return whether the installation or the import of the previous release also fails."""
        if previous is None or finding.rule not in ("resolve", "import"):
            return False
        # The previous release is tested with its own core: a plugin that only the new core breaks has a new defect.
        core = self.store.plan.core
        target = previous_target(
            planned.name, previous.version, self.store.plan, self.versions.of(core) if core else ()
        )
        if finding.rule == "resolve":
            return check_resolves(self.tools.uv, planned.name, target, finding.about or None) is not None
        return finding.about in {each.about for each in self._import(planned, target)}
