"""Read the repository of a release: its commits, tags, configuration and stores."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import UsageError
from commonhold.release.model.store import STORES, open_store
from commonhold.release.plan.tag_patterns import TagPatterns, tag_of, version_in
from commonhold.vcs import open_repository
from commonhold.vcs.tags import local_tags
from commonhold.versions import parse_release, parse_version, public_version
from commonhold.workspace import Cache, Files, read_config, read_workspace
from commonhold.workspace.config.locate import locate_workspace, read_override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version
    from typing_extensions import Self

    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Config
    from commonhold.workspace.config.locate import Override


@dataclass(frozen=True, slots=True)
class Reference:
    """A commit, and the tag or other name that was resolved to it."""

    name: str
    commit: str


class ReleaseSource:
    """The repository of a release.

    ``environ`` are the environment variables for programs and credentials. ``override`` is a configuration that
    replaces the configuration in each commit. ``cache`` stores parsed project files.
    """

    def __init__(
        self,
        repository: Repository,
        environ: Mapping[str, str],
        override: Override | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.repository = repository
        self.environ = environ
        self.cache = Cache() if cache is None else cache
        self._override = override

    @classmethod
    def open(cls, folder: str, environ: Mapping[str, str], *, config: str | None = None) -> Self:
        """Open the repository that contains ``folder``; ``config`` is the path of a configuration file.

        Raises ``GitError`` and ``UsageError``.
        """
        repository = open_repository(folder, SpawnRunner(), environ, locate=locate_workspace)
        override = None if config is None else read_override(config, repository.root)
        return cls(repository, environ, override)

    def tree(self, commit: str) -> Tree:
        """Return the files of a commit. Raises ``GitError`` if this clone does not have the commit."""
        return self.repository.tree(self.repository.resolve(commit))

    def config(self, tree: Tree) -> Config:
        """Return the configuration of a tree. Raises ``ConfigurationError``."""
        override = self._override
        return read_config(tree, None if override is None else (override.source, override.data))

    def workspace(self, tree: Tree) -> Workspace:
        """Return the plugins and the core in a tree. Raises ``ConfigurationError``."""
        files = Files.of(tree)
        return read_workspace(files, self.config(files), cache=self.cache)

    def tag_patterns(self) -> tuple[str, ...]:
        """Return the patterns of the repository's release tags, such as ``v{version}``, as configured at ``HEAD``."""
        return TagPatterns(self.config(self.tree("HEAD")).release.tag).of_repository

    def parse_version(self, text: str) -> Version:
        """Parse a version or a release tag. Raises ``UsageError``."""
        version = parse_version(text)
        if version is None:  # GitHub's release events contain the tag
            versions = (version_in(text, pattern) for pattern in self.tag_patterns())
            version = next((found for found in versions if found is not None), None)
        return parse_release(text) if version is None else public_version(version)

    def find_commit(self, version: Version, ref: str | None) -> Reference:
        """Find the commit to release: ``ref``, or the version's tag if it exists, or ``HEAD``. Raises ``GitError``."""
        if ref is not None:
            return Reference(ref, self.repository.resolve(ref))
        existing = local_tags(self.repository)
        tag = tag_of(version, self.tag_patterns(), existing)
        return Reference("HEAD", self.repository.resolve("HEAD")) if tag is None else Reference(tag, existing[tag])

    @property
    def stores(self) -> str:
        """The folder with the stores of this repository's releases."""
        return os.path.join(self.repository.workspace_root, *STORES)

    def open_store(self, name: str | None) -> Store:
        """Open the store of a version, or the only store.

        Raises ``UsageError`` without a store or with several stores.
        """
        names = sorted(os.listdir(self.stores)) if os.path.isdir(self.stores) else []
        if name is not None:
            # The name of a hotfix's store is not a version.
            return open_store(os.path.join(self.stores, name if name in names else str(parse_release(name))))
        if len(names) == 1:
            return open_store(os.path.join(self.stores, names[0]))
        if not names:
            raise UsageError(
                "this repository has no planned release", hint="Plan one with `commonhold release plan VERSION`."
            )
        raise UsageError(
            f"this repository has several releases: {', '.join(names)}", hint="Add one of these names to the command."
        )
