"""Define the inputs of rules: a planned plugin with its committed files, and the parts of its wheel and sdist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.metadata import Metadata

    from commonhold.release.model.archive import ArchiveContents, ArchiveMember
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.workspace.config import Tier

_NO_PATTERNS = Patterns(())


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The plugin to check, and the values that its artifacts must match.

    ``staged`` maps the paths of the staged copy to its files, and ``project_file`` is the content of its
    ``pyproject.toml``. ``tier`` is ``None`` for the core. ``planned_names`` are the names of all distributions in the
    plan. ``generated`` matches the files that a build may generate. ``outside`` are the SHA-256 hashes of the files
    outside the plugin's folder that its metadata names.
    """

    planned: PlannedDistribution
    tier: Tier | None
    staged: Mapping[str, ArchiveMember]
    planned_names: frozenset[str] = frozenset()
    project_file: bytes = b""
    generated: Patterns = _NO_PATTERNS
    outside: frozenset[str] = frozenset()

    def namespace(self) -> str | None:
        """Return the folder that the tier reserves for the plugin's modules, such as ``flytekitplugins/spark``."""
        if self.tier is None or self.tier.import_ is None:
            return None
        name = _short_name(self.planned.name, self.tier.distribution).replace("-", "_")
        return self.tier.import_.replace("{name}", name).replace(".", "/")


def _short_name(name: str, template: str | None) -> str:
    """Return the part of a distribution's name that replaces ``{name}`` in the tier's template."""
    if template is None:
        return name
    before, _, after = template.partition("{name}")
    fits = name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    return name[len(before) : len(name) - len(after)] if fits else name


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel and its parts: ``info`` is its ``.dist-info`` folder; ``installed`` maps installed paths to files."""

    archive: ArchiveContents
    info: str
    installed: Mapping[str, ArchiveMember]
    metadata: Metadata | None


@dataclass(frozen=True, slots=True)
class Sdist:
    """An sdist and its parts: ``files`` maps paths below the top folder to members."""

    archive: ArchiveContents
    files: Mapping[str, ArchiveMember]
    metadata: Metadata | None
