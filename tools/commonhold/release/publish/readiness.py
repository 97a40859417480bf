"""Check that a release may be published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.text import and_more, count

if TYPE_CHECKING:
    from commonhold.release.model.state import ReleaseState


class PublicationStoppedError(CommonholdError):
    """The release stops because a plugin that must be released cannot be uploaded."""


def check_readiness(state: ReleaseState) -> None:
    """Raise ``PublicationStoppedError`` if uploads are not allowed."""
    if state.aborted is not None:
        raise PublicationStoppedError(
            f"this release was aborted: {state.aborted}", hint="To release it, plan it again into a new store."
        )
    broken = [each for each in state.released if each.stops]
    if broken:
        reasons = "; ".join(f"{each.name}: {each.why}" for each in broken[:5])
        raise PublicationStoppedError(
            f"the release stops because {count(len(broken), 'plugin')} that must be released cannot be uploaded: "
            f"{reasons}{and_more(len(broken), 5)}",
            hint="Build and inspect the plugins that are not ready; or fix them, and plan the release again.",
        )
    if not any(each.is_uploadable for each in state.released):
        unfinished = any(each.status in (PluginStatus.PLANNED, PluginStatus.BUILT) for each in state.released)
        reasons = "".join(f"\n  {each.name}: {each.why}" for each in state.plugins.values())
        raise PublicationStoppedError(
            f"no plugin can be uploaded:{reasons}",
            hint="Build and inspect the release first." if unfinished else "Fix the plugins, then plan it again.",
        )
