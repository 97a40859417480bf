"""Check one released plugin: compare its files with the files on the index, and resolve it for each Python version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from commonhold.index.client import IndexUnreachableError

if TYPE_CHECKING:
    from commonhold.index.page import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.publish.index_state import Index


@dataclass(frozen=True, slots=True)
class VerificationProblem:
    """The reason why a plugin is not verified.

    ``may_pass`` means that the problem may disappear with time: an index may list a new file late, or not respond for a
    while. ``unreachable`` means that the index did not respond.
    """

    why: str
    may_pass: bool = False
    unreachable: bool = False


class Resolver(Protocol):
    """A resolver of requirements for a new environment. Several threads may call the resolver."""

    def check(self, plugin: PlannedDistribution, python: str | None) -> VerificationProblem | None:
        """Return why a plugin does not resolve for a Python version; ``None`` if the plugin resolves."""


class PluginCheck:
    """The check of one plugin, which can be repeated: a part that has passed is not checked again."""

    def __init__(self, plugin: PluginState, index: Index, resolver: Resolver) -> None:
        self.plugin = plugin
        self._index = index
        self._resolver = resolver
        self._compared: set[str] = set()
        self._resolved: set[str | None] = set()

    def run(self) -> VerificationProblem | None:
        """Return the first problem, or ``None`` if the plugin has no problem."""
        try:
            problem = self._compare_files()
        except IndexUnreachableError as error:
            return VerificationProblem(error.message, may_pass=True, unreachable=True)
        return problem or self._resolve()

    def _compare_files(self) -> VerificationProblem | None:
        missing = [artifact for artifact in self.plugin.files if artifact.name not in self._compared]
        files = self._index.files(self.plugin.name) if missing else ()
        for artifact in missing:
            problem = self._compare(files, artifact)
            if problem is not None:
                return problem
            self._compared.add(artifact.name)
        return None

    def _compare(self, files: tuple[IndexFile, ...] | None, artifact: Artifact) -> VerificationProblem | None:
        found = self._index.find_in(files, artifact)
        if found.theirs is not None:
            return _different("lists", artifact, found.theirs)
        if found.file is None:
            return VerificationProblem(f"the index does not list {artifact.name}", may_pass=True)
        # The file itself is checked, because different servers, such as a mirror, may serve the page and the files.
        theirs = self._index.digest(found.file, artifact.size)
        return None if theirs == artifact.sha256 else _different("serves", artifact, theirs)

    def _resolve(self) -> VerificationProblem | None:
        planned = self.plugin.plugin
        for python in dict.fromkeys(planned.pythons) or (None,):
            if python not in self._resolved:
                problem = self._resolver.check(planned, python)
                if problem is not None:
                    return problem
                self._resolved.add(python)
        return None


def _different(verb: str, artifact: Artifact, theirs: str | None) -> VerificationProblem:
    """Return a problem that remains, because an index never replaces a file."""
    return VerificationProblem(
        f"the index {verb} a different {artifact.name}: "
        f"SHA-256 is {theirs or 'unknown'}, but {artifact.sha256} was built"
    )
