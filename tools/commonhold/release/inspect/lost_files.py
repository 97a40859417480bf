"""What a wheel lacks because the sdist that it is built from leaves it out: the build has seen it, and tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive_contents import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.model.archive_contents import Opened
    from commonhold.release.model.state import PluginState

RULE = "lost"


def check_lost(standing: PluginState) -> Iterator[RawFinding]:
    """Each file that was lost on the way through the sdist."""
    wheel = next((file.name for file in standing.files if file.name.endswith(".whl")), "the wheel")
    for path in standing.lost:
        yield RawFinding(RULE, f"{wheel} lacks {path}, which the sdist that it is built from leaves out", path)


def lost_before(archives: Iterable[Opened], flaws: Iterable[RawFinding]) -> Iterator[tuple[str, str]]:
    """Those of the ``flaws`` that an earlier release had too: its wheels lack the same files.

    A wheel does not tell whether the commit that it was made of had such a file already: one that is new counts too.
    """
    wheels = [opened for opened in archives if opened.is_wheel and opened.members]
    for flaw in flaws:
        if flaw.rule == RULE and wheels and not any(flaw.about in opened.members for opened in wheels):
            yield flaw.rule, flaw.about
