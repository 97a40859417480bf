"""What a rule looks at, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.metadata import Metadata

    from commonhold.release.model.archive import ArchiveContents, ArchiveMember
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.workspace.config import Tier


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One plugin, as the rules look at it.

    ``staged`` are the files of the copy that it was built from, by path. ``tier`` is ``None`` for the core.
    """

    planned: PlannedDistribution
    tier: Tier | None
    staged: Mapping[str, ArchiveMember]
    planned_names: frozenset[str] = frozenset()

    def namespace(self) -> str | None:
        """The folder that its tier gives it for its modules, such as ``flytekitplugins/spark``."""
        if self.tier is None or self.tier.import_ is None:
            return None
        name = self._short_name().replace("-", "_")
        return self.tier.import_.replace("{name}", name).replace(".", "/")

    def _short_name(self) -> str:
        template = self.tier.distribution if self.tier is not None else None
        before, _, after = (template or "{name}").partition("{name}")
        name = self.planned.name
        fits = name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
        return name[len(before) : len(name) - len(after)] if fits else name


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel whose parts were found: ``info`` is its ``.dist-info`` folder, ``installed`` what lands where."""

    archive: ArchiveContents
    info: str
    installed: Mapping[str, ArchiveMember]
    metadata: Metadata | None


@dataclass(frozen=True, slots=True)
class Sdist:
    """An sdist whose parts were found: ``files`` are its members by their path below its one folder."""

    archive: ArchiveContents
    files: Mapping[str, ArchiveMember]
    metadata: Metadata | None
