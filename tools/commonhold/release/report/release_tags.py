"""Create and push the tags of a release: one tag for the release, and one tag for each plugin with its own version."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.release.model.journal_events import Tagged
from commonhold.release.plan.tag_patterns import new_tag, tag_of
from commonhold.vcs.tags import create_tag, local_tags, push_tags, remote_tags, tagged_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.plan.tag_patterns import TagPatterns
    from commonhold.vcs import Repository

MAX_TAGS_PER_PUSH = 3
"""Maximum number of tags to push at once: GitHub does not trigger workflows for a push of more than three tags."""


@dataclass(frozen=True, slots=True)
class TagResult:
    """The tags that were created or pushed, and existing tags that point to another commit."""

    done: tuple[str, ...]
    conflicts: Mapping[str, str]


def planned_tags(
    plan: ReleasePlan, state: ReleaseState, patterns: TagPatterns, existing: Collection[str]
) -> dict[str, str]:
    """Return the tags that a release should have, each with its commit.

    Plugins that are not uploaded get no tag. If the release's version already has a tag, that tag is used; otherwise,
    the tag is made from the first pattern for the repository. A plugin that was released alone gets its own tag,
    because its commit differs.
    """
    if not patterns:
        return {}
    release_tag = _release_tag(plan.version, patterns.of_repository, existing)
    uploaded = (each.plugin for each in state.plugins.values() if each.is_uploaded)
    tags = (
        new_tag(plugin.version, patterns.of_plugin(plugin.name, plugin.path)[0])
        if release_tag is None or plan.only or plugin.version != plan.version
        else release_tag
        for plugin in uploaded
    )
    return dict.fromkeys(tags, plan.commit)


def _release_tag(version: str, patterns: Sequence[str], existing: Collection[str]) -> str | None:
    """Return the tag of the whole release; ``None`` if only tags of plugins are configured."""
    return tag_of(Version(version), patterns, existing) or (new_tag(version, patterns[0]) if patterns else None)


def tag_release(store: Store, state: ReleaseState, repository: Repository, patterns: TagPatterns) -> TagResult:
    """Create the tags that this clone lacks. Raises ``GitError``."""
    existing = local_tags(repository)
    planned = planned_tags(store.plan, state, patterns, existing)
    missing = {tag: commit for tag, commit in planned.items() if tag not in existing}
    here = _tagged_elsewhere(repository, missing)
    missing = {tag: commit for tag, commit in missing.items() if tag not in here}
    for tag, commit in missing.items():
        create_tag(repository, tag, commit)
    return TagResult(tuple(missing), _find_conflicts(planned, {**existing, **here}))


def push_release_tags(
    store: Store, state: ReleaseState, repository: Repository, patterns: TagPatterns, remote: str
) -> TagResult:
    """Push the tags that a remote lacks, a few at a time, and journal all tags on the remote. Raises ``GitError``.

    A tag that exists in this clone is pushed if it points to the release's commit, and is a conflict otherwise. The
    caller holds the store's lock.
    """
    existing = remote_tags(repository, remote)
    planned = planned_tags(store.plan, state, patterns, existing)
    missing = {tag: commit for tag, commit in planned.items() if tag not in existing}
    # A tag of this clone on another commit is not published, and no other tag of its name is published either.
    here = _tagged_elsewhere(repository, missing)
    missing = {tag: commit for tag, commit in missing.items() if tag not in here}
    # An earlier run may have been interrupted between a push and its event.
    store.journal.append(
        *(Tagged(tag=tag, commit=planned[tag]) for tag in _in_place(planned, existing) if tag not in state.tags)
    )
    for batch in _batches(missing):
        push_tags(repository, remote, batch)
        store.journal.append(*(Tagged(tag=tag, commit=commit) for tag, commit in batch.items()))
    return TagResult(tuple(missing), _find_conflicts(planned, {**existing, **here}))


def _tagged_elsewhere(repository: Repository, planned: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of this clone that point to something other than the planned commit, such as a tree."""
    found = {tag: tagged_object(repository, tag) for tag in planned}
    return {tag: oid for tag, oid in found.items() if oid is not None and oid != planned[tag]}


def _batches(planned: Mapping[str, str]) -> Iterator[dict[str, str]]:
    items = iter(planned.items())
    while batch := dict(islice(items, MAX_TAGS_PER_PUSH)):
        yield batch


def _in_place(planned: Mapping[str, str], existing: Mapping[str, str]) -> list[str]:
    return [tag for tag, commit in planned.items() if existing.get(tag) == commit]


def _find_conflicts(planned: Mapping[str, str], existing: Mapping[str, str]) -> dict[str, str]:
    return {tag: existing[tag] for tag, commit in planned.items() if existing.get(tag, commit) != commit}
