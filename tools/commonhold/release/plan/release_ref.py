"""Which commit a release is made of, and how tags name versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.vcs.tags import local_tags
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from packaging.version import Version

    from commonhold.vcs import Repository


@dataclass(frozen=True, slots=True)
class Reference:
    """A commit, and the name by which it was found."""

    name: str
    commit: str


def find_reference(repository: Repository, ref: str | None, version: Version, patterns: Sequence[str]) -> Reference:
    """The commit that ``ref`` names; without it, that of the version's tag if it exists, or else ``HEAD``.

    ``patterns`` are how tags are called, such as ``v{version}``. Raises ``GitError``.
    """
    if ref is not None:
        return Reference(ref, repository.resolve(ref))
    there = local_tags(repository)
    tag = tag_of(version, patterns, there)
    return Reference("HEAD", repository.resolve("HEAD")) if tag is None else Reference(tag, there[tag])


def tag_of(version: Version, patterns: Sequence[str], tags: Collection[str]) -> str | None:
    """The tag of a version, however that is written there; the one that we would make comes first."""
    ours = (pattern.replace("{version}", str(version)) for pattern in patterns)
    others = (tag for pattern in patterns for tag in sorted(tags) if version_in(tag, pattern) == version)
    return next((tag for tag in (*ours, *others) if tag in tags), None)


def version_in(tag: str, pattern: str) -> Version | None:
    """The version that a tag states, if the pattern is how it was made."""
    before, _, after = pattern.partition("{version}")
    if not tag.startswith(before) or not tag.endswith(after) or len(tag) <= len(before) + len(after):
        return None
    return parse_version(tag[len(before) : len(tag) - len(after)])
