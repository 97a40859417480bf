"""The tags of a release: one for the whole, and one for each plugin whose version is another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.release.model.journal_events import Tagged
from commonhold.release.plan.release_ref import tag_of
from commonhold.release.report.commit_range import own_pattern
from commonhold.vcs.tags import create_tag, local_tags, push_tags, remote_tags

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.vcs import Repository

MOST_AT_ONCE = 3
"""GitHub creates no events at all for a push of more tags ("Events that trigger workflows", push)."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """What became of a release's tags: those that were made or pushed now, and those that name another commit."""

    done: tuple[str, ...]
    elsewhere: Mapping[str, str]


def find_tags(
    plan: ReleasePlan, state: ReleaseState, patterns: Sequence[str], existing: Collection[str]
) -> dict[str, str]:
    """The tags that a release is to have, each with its commit, as far as the index has what they stand for.

    The tag of the whole is the one that exists for its version, or else is made by the first pattern. A plugin that was
    released alone has no part in it: it comes from another commit.
    """
    if not patterns:
        return {}
    whole = tag_of(Version(plan.version), patterns, existing) or patterns[0].replace("{version}", plan.version)
    up = (standing.plugin for standing in state.plugins.values() if standing.is_uploaded)
    tags = (
        own_pattern(plugin.name, patterns[0]).replace("{version}", plugin.version)
        if plan.only or plugin.version != plan.version
        else whole
        for plugin in up
    )
    return dict.fromkeys(tags, plan.commit)


def tag_release(store: Store, state: ReleaseState, repository: Repository, patterns: Sequence[str]) -> Tagging:
    """Make the tags that this clone lacks. Raises ``GitError``."""
    there = local_tags(repository)
    wanted = find_tags(store.plan, state, patterns, there)
    missing = {tag: commit for tag, commit in wanted.items() if tag not in there}
    for tag, commit in missing.items():
        create_tag(repository, tag, commit)
    return Tagging(tuple(missing), _elsewhere(wanted, there))


def push_release_tags(
    store: Store, state: ReleaseState, repository: Repository, patterns: Sequence[str], remote: str
) -> Tagging:
    """Push the tags that a remote lacks, few at a time, and journal those that it has. Raises ``GitError``.

    The caller holds the store's lock.
    """
    there = remote_tags(repository, remote)
    wanted = find_tags(store.plan, state, patterns, there)
    missing = {tag: commit for tag, commit in wanted.items() if tag not in there}
    store.journal.append(
        *(Tagged(tag=tag, commit=wanted[tag]) for tag in _same(wanted, there) if tag not in state.tags)
    )
    for batch in _batches(missing):
        push_tags(repository, remote, batch)
        store.journal.append(*(Tagged(tag=tag, commit=commit) for tag, commit in batch.items()))
    return Tagging(tuple(missing), _elsewhere(wanted, there))


def _batches(wanted: Mapping[str, str]) -> Iterator[dict[str, str]]:
    items = iter(wanted.items())
    while batch := dict(islice(items, MOST_AT_ONCE)):
        yield batch


def _same(wanted: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    return [tag for tag, commit in wanted.items() if there.get(tag) == commit]


def _elsewhere(wanted: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    return {tag: there[tag] for tag, commit in wanted.items() if there.get(tag, commit) != commit}
