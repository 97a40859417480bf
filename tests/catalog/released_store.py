"""A store of a verified release with wheels from texts, and a package index that serves its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commonhold.catalog.catalog_folder import Catalog, read_catalog
from commonhold.catalog.from_release import ReleaseContext
from commonhold.catalog.run_build import BuildReport, build_from_release
from commonhold.catalog.settings import CatalogSettings, catalog_settings
from commonhold.catalog.tested import CoreTestResults, combine_results
from commonhold.ci.results import SessionResult
from commonhold.index.addresses import Address
from commonhold.index.page import IndexFile, IndexPage
from commonhold.release.model.journal_events import Built, IndexSelected, Inspected, Uploaded, Verified
from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
from commonhold.release.model.store import Store, make_store
from commonhold.workspace.config import Config, decode_config
from tests.catalog.catalog_values import AT
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "a" * 40
ADDRESS = Address("http://127.0.0.1:1/upload/", "http://127.0.0.1:1/simple/")
REPOSITORY = "https://github.com/octo/plugins"
TIERS = {
    "official": {"path": ["official/*"], "distribution": "acme-{name}"},
    "community": {"path": ["community/*"], "distribution": "acme-contrib-{name}"},
}
CONFIG = decode_config(
    {"core": {"distribution": "acme"}, "tiers": TIERS, "plugins": {"acme-own": {"version": "own"}}}, "pyproject.toml"
)


@dataclass
class ServedIndex:
    """The package index: the files of each project."""

    pages: dict[str, list[IndexFile]] = field(default_factory=dict)
    address: Address = ADDRESS

    def page(self, name: str) -> IndexPage | None:
        return IndexPage(tuple(self.pages[name])) if name in self.pages else None


@dataclass
class Wheel:
    """A plugin of the release, with fields of its metadata."""

    name: str = "acme-spark"
    version: str = "1.16.0"
    lines: tuple[str, ...] = ("License-Expression: MIT", "Requires-Dist: acme>=1.16,<2")
    tier: str = "official"
    verified: bool = True


def release(folder: Path, index: ServedIndex, *wheels: Wheel, version: str = "1.16.0") -> Store:
    """Store a release whose wheels are on the package index."""
    planned = tuple(
        PlannedDistribution(wheel.name, f"{wheel.tier}/{wheel.name}", wheel.tier, wheel.version) for wheel in wheels
    )
    plan = ReleasePlan(version=version, commit=COMMIT, epoch=0, core="acme", index=ADDRESS.upload, plugins=planned)
    store = make_store(str(folder / f"store-{version}"), plan)
    store.journal.append(IndexSelected(index=ADDRESS.upload, simple=ADDRESS.simple))
    for wheel in wheels:
        artifact = store.add(wheel.name, *make_wheel(wheel.name, wheel.version, *wheel.lines))
        events: list[Any] = [
            Built(plugin=wheel.name, files=(artifact,)),
            Inspected(plugin=wheel.name, files=(artifact.sha256,)),
            Uploaded(plugin=wheel.name, file=artifact.name, sha256=artifact.sha256),
        ]
        if wheel.verified:
            events.append(Verified(plugin=wheel.name))
        for event in events:
            store.journal.append(event)
        url = f"https://files.example/{artifact.name}"
        index.pages.setdefault(wheel.name, []).append(IndexFile(artifact.name, wheel.version, artifact.sha256, url=url))
    return store


def results_of(*results: tuple[str, str, str, str]) -> CoreTestResults:
    """Results of sessions: plugin, version of the core, Python version and outcome."""
    sessions = [
        SessionResult(f"{plugin}-{python}", plugin, python, outcome, 1.0, core)  # type: ignore[arg-type]
        for plugin, core, python, outcome in results
    ]
    return combine_results(sessions, "{major}.{minor}")


def settings(config: Config = CONFIG) -> CatalogSettings:
    return catalog_settings(config, REPOSITORY)


@dataclass
class Community:
    """A repository with a plugin index: its folder, and the package index."""

    folder: Path
    index: ServedIndex = field(default_factory=ServedIndex)
    config: Config = CONFIG

    @property
    def target(self) -> str:
        return str(self.folder / "plugin-index")

    def build(
        self, *wheels: Wheel, version: str = "1.16.0", tests: CoreTestResults | None = None, at: str = AT
    ) -> BuildReport:
        """Release the wheels, and add them to the plugin index."""
        return self.build_from(release(self.folder, self.index, *wheels, version=version), tests, at)

    def build_from(
        self, store: Store, tests: CoreTestResults | None = None, at: str = AT, **fields: Any
    ) -> BuildReport:
        context = ReleaseContext(
            config=self.config,
            client=self.index,  # type: ignore[arg-type]
            tests=tests,
            at=at,
            repository=REPOSITORY,
            **{"governed": {}, **fields},
        )
        return build_from_release(self.target, store, settings(self.config), context)

    def read(self) -> Catalog:
        return read_catalog(self.target)

    def listed(self) -> dict[str, list[str]]:
        """The plugins and releases in each document."""
        return {
            f"{series}/{tier}": [
                f"{plugin.name} {release.version}" for plugin in document.plugins for release in plugin.releases
            ]
            for (series, tier), document in self.read().tiers.items()
        }
