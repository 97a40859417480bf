"""Read one source of an author's plugin index: the facts, and the releases for each series of the core."""

from __future__ import annotations

import hashlib
import os
import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from commonhold.catalog.documents import CatalogFile
from commonhold.catalog.documents.text_checks import check_file_url, check_url, check_wheel_name
from commonhold.catalog.own_index.source_list import local_path
from commonhold.catalog.release_entry import ReleaseOrigin, checked_release, format_time, readme_entry, release_entry
from commonhold.catalog.series import admits_series
from commonhold.catalog.source_facts import read_source_facts
from commonhold.catalog.wheel_facts import UnreadableReleaseError, read_archive_facts
from commonhold.effects.files import read_untrusted
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import CommonholdError, GitError, UsageError
from commonhold.index.page import IndexFile
from commonhold.projects.names import normalize
from commonhold.release.model.archive import MAX_FILE_BYTES
from commonhold.text import printable
from commonhold.vcs import open_repository
from commonhold.vcs.untrusted_source import ScratchClone, parse_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.documents import CatalogRelease
    from commonhold.catalog.from_index.release_reader import ReleaseReader
    from commonhold.catalog.own_index.source_list import OwnPlugin
    from commonhold.catalog.wheel_facts import WheelFacts

_TIP = "refs/heads/source"


@dataclass(frozen=True)
class SourcedPlugin:
    """A plugin to list: ``by_series`` are its releases for each series; ``status`` is that of its index (PEP 792)."""

    facts: WheelFacts
    by_series: Mapping[str, tuple[CatalogRelease, ...]]
    assets: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    status: str = ""
    status_reason: str = ""


class SourceError(CommonholdError):
    """A source in the list cannot be read, or contains nothing that a plugin index can list."""


@dataclass(frozen=True)
class SourceReader:
    """Reads sources: ``folder`` is the folder of the list, and ``releases`` reads projects on the package index."""

    folder: str
    releases: ReleaseReader
    environ: Mapping[str, str]

    def read(self, plugin: OwnPlugin) -> SourcedPlugin:
        """Read the source of a plugin. Raises ``CommonholdError`` with the source."""
        try:
            if plugin.project is not None:
                return self._project(str(normalize(plugin.project)))
            return self._file(plugin) if plugin.file is not None else self._commit(plugin)
        except (UnreadableReleaseError, ValueError) as error:
            raise SourceError(f"{plugin.source}: {printable(str(error))}") from error

    def _project(self, name: str) -> SourcedPlugin:
        page = self.releases.client.page(name)
        if page is None or not page.files:
            raise SourceError(f"{name}: the package index has no project of this name", hint="Check the name.")
        read = self.releases.read(name, page)
        if read.facts is None or not read.by_series:
            core = self.releases.core
            reasons = "; ".join(read.problems[:3]) or f"no release admits a series of {core} that is listed"
            raise SourceError(f"{name}: no release can be listed ({reasons})")
        return SourcedPlugin(
            read.facts, dict(read.by_series), dict(read.assets), read.problems, page.status, page.reason
        )

    def _file(self, plugin: OwnPlugin) -> SourcedPlugin:
        written = plugin.file or ""
        path = local_path(written, self.folder)
        if path is None:
            url = written
            check_file_url(url)
            data = self.releases.client.fetch(IndexFile(written, None, None, url=url), MAX_FILE_BYTES)
        else:
            url = plugin.url or Path(os.path.abspath(path)).as_uri()
            try:
                data = read_untrusted(path, MAX_FILE_BYTES, links=True)
            except OSError as error:
                raise SourceError(f"{written} cannot be read: {error.strerror}") from error
        if data is None:
            raise SourceError(f"{plugin.source} has more than {MAX_FILE_BYTES:,} bytes")
        name = check_file_url(url)
        if not name.endswith((".whl", ".tar.gz")):
            raise SourceError(
                f"{plugin.source} is neither a wheel (.whl) nor an sdist (.tar.gz)",
                hint="Build one with `uv build` or `python -m build`, and list that file.",
            )
        facts = read_archive_facts(name, data)
        check_wheel_name(name, facts.name, facts.version)
        file = CatalogFile(url=url, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        return self._listed(facts, [file], ReleaseOrigin(self.releases.now))

    def _commit(self, plugin: OwnPlugin) -> SourcedPlugin:
        source = parse_source(self._address(plugin.git or ""))
        folder = plugin.folder.strip("/")
        if posixpath.normpath(folder or ".").startswith(("..", "/", "-")):
            raise UsageError(f"{plugin.source}: {printable(plugin.folder)} is not a folder in the repository")
        url = Path(source.text).as_uri() if source.is_folder else source.text
        check_url(url, local=True)
        with ScratchFolder("catalog") as scratch:
            clone = ScratchClone(os.path.join(scratch.path, "source.git"), SpawnRunner(), self.environ)
            clone.fetch(source, f"+{plugin.rev}:{_TIP}", history=False)
            repository = open_repository(clone.folder, SpawnRunner(), self.environ)
            commit = repository.require_commit(_TIP, repository.resolve(_TIP))
            tree = repository.tree(commit)
            prefix = f"{folder}/" if folder else ""
            paths = [path.removeprefix(prefix) for path in tree.entries if path.startswith(prefix)]
            if not paths:
                raise GitError(f"{plugin.source}: the commit {commit[:12]} has no folder {printable(folder)}")
            facts = read_source_facts(folder, paths, lambda path: tree.read([path]).get(path), plugin.version)
            moment = repository.committed(commit)
        fragment = f"#subdirectory={quote(folder)}" if folder else ""
        origin = ReleaseOrigin(format_time(moment), commit)
        return self._listed(facts, [], origin, f"git+{url}@{commit}{fragment}")

    def _address(self, text: str) -> str:
        path = os.path.join(self.folder, text)
        return path if "://" not in text and os.path.isdir(path) else text

    def _listed(
        self, facts: WheelFacts, files: list[CatalogFile], origin: ReleaseOrigin, git: str | None = None
    ) -> SourcedPlugin:
        """Return a plugin with one release, in each series that it admits."""
        assets: dict[str, bytes] = {}
        readme = None
        if facts.readme is not None:
            readme, data = readme_entry(facts.readme)
            assets[readme.path] = data
        release = checked_release(release_entry(facts, self.releases.core, files, origin, readme, git))
        names = [series.name for series in self.releases.series]
        admitted = [name for name in names if release.core is None or admits_series(release.core.range, name)]
        if not admitted:
            core, required = self.releases.core, facts.range_of(self.releases.core)
            raise SourceError(
                f"{facts.name} {facts.version} requires {core}{required}, which admits none of the listed series "
                f"({', '.join(names) or 'there are none'})"
            )
        return SourcedPlugin(facts, dict.fromkeys(admitted, (release,)), assets)
