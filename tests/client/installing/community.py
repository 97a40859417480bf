"""A community with a core, plugins, and a catalogue of them; and environments to install them into."""

from __future__ import annotations

import ensurepip
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonhold_plugins.catalog import Catalog, Source
from commonhold_plugins.environments.target import read_environment
from commonhold_plugins.installers.choose import choose_installer
from commonhold_plugins.model import CoreRange, IndexFile, Plugin, PluginStatus, Release
from commonhold_plugins.plan.apply import Applier, SilentReporter
from commonhold_plugins.plan.planner import Planner
from commonhold_plugins.state.receipts import EnvironmentState
from commonhold_plugins.state.store import StateStore
from tests.support.plugin_indexes import DAY, PluginIndex

if TYPE_CHECKING:
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.plan.model import Plan
    from tests.support.package_index import PackageIndex

CORE = "democore"
CORE_VERSION = "1.16.5"


def find_uv() -> str:
    uv = shutil.which("uv") or os.environ.get("UV")
    assert uv is not None, "these tests need uv"
    return uv


def uv(*words: str) -> None:
    subprocess.run([find_uv(), *words], check=True, capture_output=True)


def make_environment(folder: Path, *, with_pip: bool = False, index: str | None = None) -> str:
    """Make a virtual environment that contains the core, and return its Python."""
    uv("venv", "--quiet", "--no-config", "--python", sys.executable, str(folder))
    python = str(folder / "bin/python")
    bundled = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    words = ["--default-index", index] if index else []
    packages = [f"{CORE}=={CORE_VERSION}", *(map(str, bundled) if with_pip else ())]
    uv("pip", "install", "--python", python, *words, *packages)
    return python


@dataclass
class Community:
    """Plugins on a package index, and the plugin index that lists them."""

    index: PackageIndex
    plugins: dict[str, dict[str, Plugin]] = field(default_factory=lambda: {"official": {}})
    statuses: dict[str, PluginStatus] = field(default_factory=dict)

    def release(self, name: str, version: str, *requires: str, core: str = ">=1.16,<2", **more: Any) -> None:
        """Publish a release on the package index, and list it."""
        self.list_file(
            name, version, self.index.add(name, version, f"{CORE}{core}", *requires), *requires, core=core, **more
        )

    def list_file(
        self,
        name: str,
        version: str,
        file: str,
        *requires: str,
        core: str = ">=1.16,<2",
        source: str = "official",
        **more: Any,
    ) -> None:
        """List a release whose file is on the package index."""
        files = (IndexFile(self.index.url(file), self.index.sha256(file), len(self.index.files[file])),)
        release = Release(
            version,
            core=CoreRange(CORE, core),
            requires=(f"{CORE}{core}", *requires),
            released=DAY,
            notes_url=f"https://demo.example/notes/{version}",
            files=files,
        )
        release = replace(release, **more)
        plugins = self.plugins.setdefault(source, {})
        plugin = plugins.get(name) or Plugin(name, name.partition("-")[2])
        plugins[name] = replace(plugin, releases=(release, *plugin.releases))

    def catalog(self) -> Catalog:
        sources = [
            Source(
                name,
                "https://demo.example/",
                plugins,
                {plugin.short: plugin.name for plugin in plugins.values()},
                self.statuses,
                official=name == "official",
                foreign=name == "acme",
            )
            for name, plugins in self.plugins.items()
        ]
        return Catalog(CORE, "1.16", tuple(sources))

    def write(self, folder: Path) -> None:
        """Write the documents of the plugin index."""
        tiers = [{"name": name, "default": name == "official"} for name in self.plugins]
        plugins = {("1.16", tier): list(map(document_of, found.values())) for tier, found in self.plugins.items()}
        statuses = {name: _without_empty(asdict(status)) for name, status in self.statuses.items()}
        PluginIndex(folder, core=CORE, tiers=tiers, plugins=plugins, statuses=statuses).write()


def document_of(plugin: Plugin) -> dict[str, Any]:
    """The entry of a plugin in a document."""
    return {**asdict(plugin), "releases": [_without_empty(asdict(each)) for each in plugin.releases]}


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "")}


class Session:
    """One user with one environment: plans and applies as the commands do."""

    def __init__(self, community: Community, python: str) -> None:
        self.community, self.python = community, python
        self.environment = read_environment(python)
        self.store = StateStore(CORE, self.environment.prefix)

    def refresh(self) -> None:
        """Read the environment again, after something else than ``apply`` has changed it."""
        self.environment = read_environment(self.python)

    @property
    def state(self) -> EnvironmentState:
        return self.store.read() or EnvironmentState(CORE, CORE_VERSION, self.environment.prefix)

    @property
    def installer(self) -> Installer:
        return choose_installer(self.environment)

    @property
    def planner(self) -> Planner:
        return Planner(self.community.catalog(), self.environment, self.state, self.installer)

    def apply(self, plan: Plan) -> None:
        try:
            with self.store.lock():
                Applier(self.store, self.installer, SilentReporter()).apply(plan, self.environment, self.state)
        finally:
            self.refresh()

    def install(self, *names: str, **options: Any) -> Plan:
        plan = self.planner.install(names, **options)
        self.apply(plan)
        return plan

    def upgrade(self, *names: str, **options: Any) -> Plan:
        plan = self.planner.upgrade(names, **options)
        self.apply(plan)
        return plan

    def versions(self) -> dict[str, str]:
        """The versions of all installed distributions except pip."""
        return {name: version for name, version in self.environment.versions.items() if name != "pip"}
