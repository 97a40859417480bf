"""Match tags with the patterns of release tags: for the whole repository (``v{version}``) or for one plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from packaging.version import Version

TOOL_TAGS = ("commonhold-v", "commonhold-plugins-v")
"""How the tags of commonhold's own releases start. They are in the repository that develops it, next to core's tags."""

_VERSION = "{version}"
_PLACEHOLDERS = ("{name}", "{folder}")


@dataclass(frozen=True, slots=True)
class TagPatterns:
    """The configured patterns. Each contains ``{version}``; patterns for one plugin contain ``{name}`` or ``{folder}``.

    The first pattern of each kind is the pattern of new tags.
    """

    written: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.written)

    @property
    def of_repository(self) -> tuple[str, ...]:
        """The patterns of tags for a release of all plugins with the core's version."""
        return tuple(pattern for pattern in self.written if not _is_for_plugin(pattern))

    def of_plugin(self, name: str, path: str) -> tuple[str, ...]:
        """Return the patterns of tags for one plugin, given its distribution and its folder.

        ``v{version}`` is read as ``NAME/v{version}``, which is the pattern of new tags if no other pattern is
        configured.
        """
        folder = path.rpartition("/")[2]
        filled = (
            pattern.replace("{name}", name).replace("{folder}", folder)
            for pattern in self.written
            if _is_for_plugin(pattern)
        )
        return (*filled, *(f"{name}/{pattern}" for pattern in self.of_repository))


def _is_for_plugin(pattern: str) -> bool:
    return any(placeholder in pattern for placeholder in _PLACEHOLDERS)


def new_tag(version: str, pattern: str) -> str:
    """Return the tag of a version."""
    return pattern.replace(_VERSION, version)


def tag_of(version: Version, patterns: Sequence[str], tags: Collection[str]) -> str | None:
    """Find the tag of a version, which may match any of the patterns; the pattern of new tags takes precedence."""
    ours = (new_tag(str(version), pattern) for pattern in patterns)
    others = (tag for pattern in patterns for tag in sorted(tags) if version_in(tag, pattern) == version)
    return next((tag for tag in (*ours, *others) if tag in tags), None)


def version_in(tag: str, pattern: str) -> Version | None:
    """Return the version in a tag; ``None`` if the tag does not match the pattern, or is of a tool's own release."""
    if tag.startswith(TOOL_TAGS):
        return None
    before, _, after = pattern.partition(_VERSION)
    if not tag.startswith(before) or not tag.endswith(after) or len(tag) <= len(before) + len(after):
        return None
    return parse_version(tag[len(before) : len(tag) - len(after)])
