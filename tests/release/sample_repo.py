"""A repository with a previous release, and stores as the phases of a release leave them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from commonhold.index.addresses import find_index
from commonhold.release.model.journal_events import Built, Event, IndexSelected, Inspected, Uploaded, Verified
from commonhold.release.model.plan import Artifact, PlannedDistribution, ReleasePlan
from commonhold.release.model.state import ReleaseState, replay_journal
from commonhold.release.model.store import Store, make_store
from tests.support.repositories import EPOCH, Repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A, B, C = "plugins/official/x-a", "plugins/community/x-b", "plugins/community/x-c"

ROOT = """\
[tool.commonhold]
core = { distribution = "core" }
[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
[tool.commonhold.tiers.community]
path = ["plugins/community/*"]
on-release-failure = "hold-back"
"""


@dataclass(frozen=True)
class SampleRepo:
    """A repository, the plan of its release 1.17.0, and a store for it."""

    repo: Repo
    store: Store

    @property
    def plan(self) -> ReleasePlan:
        return self.store.plan

    def journal(self, *events: Event) -> None:
        self.store.journal.append(*events)

    def at_head(self) -> SampleRepo:
        """The same release, planned from the newest commit."""
        plan = msgspec.structs.replace(self.plan, commit=self.repo.head)
        return replace(self, store=Store(self.store.folder, plan))

    def state(self) -> ReleaseState:
        return replay_journal(self.plan, self.store.journal.read())

    def build(self, name: str, **headers: str) -> tuple[Artifact, ...]:
        """Put a wheel of a plugin into the store, inspected without findings."""
        version = self.plan.plugin(name).version
        file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        artifact = self.store.add(name, file, wheel(name, version, headers))
        self.journal(Built(plugin=name, files=(artifact,)), Inspected(plugin=name, files=(artifact.sha256,)))
        return (artifact,)

    def upload(self, name: str, *, verified: bool = True, **headers: str) -> tuple[Artifact, ...]:
        """Build a plugin, and journal that the index has it."""
        files = self.build(name, **headers)
        if self.state().address is None:
            address = find_index(self.plan.index, self.plan.simple)
            self.journal(IndexSelected(index=address.upload, simple=address.simple))
        self.journal(*(Uploaded(plugin=name, file=file.name, sha256=file.sha256) for file in files))
        if verified:
            self.journal(Verified(plugin=name))
        return files


def project(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "0"\n{more}'


def make_sample_repo(
    folder: Path, *, index: str = "http://127.0.0.1:1/upload/", held: Mapping[str, str] = {}
) -> SampleRepo:
    """1.16.0 is tagged; since then x-a changed twice, x-b did not change, and x-c is new."""
    repo = Repo.of(
        folder / "repo",
        {"pyproject.toml": ROOT, f"{A}/pyproject.toml": project("x-a"), f"{B}/pyproject.toml": project("x-b")},
    )
    repo.git("tag", "v1.16.0")
    repo.commit({f"{A}/a.py": "1"}, message="Read faster")
    repo.commit({f"{A}/a.py": "2", f"{C}/pyproject.toml": project("x-c")}, message="Add x-c, and let x-a use it")
    repo.commit({"README.md": "elsewhere"}, message="Edit the README")
    plugins = [
        PlannedDistribution(name="x-c", path=C, tier="community", version="1.17.0", new=True, held=held.get("x-c", "")),
        PlannedDistribution(
            name="x-a", path=A, tier="official", version="1.17.0", needs=("x-c",), held=held.get("x-a", "")
        ),
        PlannedDistribution(name="x-b", path=B, tier="community", version="1.17.0", held=held.get("x-b", "")),
    ]
    plan = ReleasePlan(
        version="1.17.0", commit=repo.head, epoch=EPOCH, core="core", index=index, plugins=tuple(plugins)
    )
    return SampleRepo(repo, make_store(str(folder / "store"), plan))


def wheel(name: str, version: str, headers: Mapping[str, str]) -> bytes:
    """A wheel with only its metadata."""
    lines = [f"Name: {name}", f"Version: {version}", *(f"{key.replace('_', '-')}: {headers[key]}" for key in headers)]
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        info = zipfile.ZipInfo(f"{name.replace('-', '_')}-{version}.dist-info/METADATA")
        archive.writestr(info, "\n".join(["Metadata-Version: 2.4", *lines, "", "text"]))
    return data.getvalue()
