"""What a wheel lacks because the sdist that it is built from leaves it out: the build has seen it, and tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.model.archive import ArchiveContents
    from commonhold.release.model.state import PluginState

LOST_RULE = "lost"


def check_lost(standing: PluginState) -> Iterator[RawFinding]:
    """Each file that was lost on the way through the sdist."""
    wheel = next((file.name for file in standing.files if file.name.endswith(".whl")), "the wheel")
    for path in standing.lost:
        yield RawFinding(LOST_RULE, f"{wheel} lacks {path}, which the sdist that it is built from leaves out", path)


def lost_previously(archives: Iterable[ArchiveContents], findings: Iterable[RawFinding]) -> Iterator[tuple[str, str]]:
    """Those of the ``findings`` that an earlier release had too: its wheels lack the same files.

    A wheel does not tell whether the commit that it was made of had such a file already: one that is new counts too.
    """
    wheels = [archive for archive in archives if archive.is_wheel and archive.members]
    for finding in findings:
        if finding.rule == LOST_RULE and wheels and not any(finding.about in archive.members for archive in wheels):
            yield finding.rule, finding.about
