"""The tags of a release: one for the whole, and one for each plugin whose version is another."""

from __future__ import annotations

from itertools import islice

from commonhold.history.log import tags
from commonhold.history.tagging import create_tag, push_tags, remote_tags
from commonhold.release.after.since import own_pattern
from commonhold.release.events import Tagged
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from commonhold.history import Repository
    from commonhold.release.state import State
    from commonhold.release.store import Store
    from commonhold.release.values import Plan

MOST_AT_ONCE = 3
"""GitHub creates no events at all for a push of more tags ("Events that trigger workflows", push)."""


class Tagging(NamedTuple):
    """What became of a release's tags: those that were made or pushed now, and those that name another commit."""

    done: tuple[str, ...]
    elsewhere: Mapping[str, str]


def find_tags(plan: Plan, state: State, patterns: Sequence[str], existing: Collection[str]) -> dict[str, str]:
    """The tags that a release is to have, each with its commit, as far as the index has what they stand for.

    Of the patterns for the whole, the first one that a tag exists by is the right one, or else the first.
    """
    up = [standing.plugin for standing in state.standings.values() if standing.is_up]
    if not patterns:
        return {}
    found: dict[str, str] = {}
    if any(plugin.version == plan.version for plugin in up):
        names = [pattern.replace("{version}", plan.version) for pattern in patterns]
        found[next((name for name in names if name in existing), names[0])] = plan.commit
    for plugin in up:
        if plugin.version != plan.version:
            found[own_pattern(plugin.name, patterns).replace("{version}", plugin.version)] = plan.commit
    return found


def tag_release(store: Store, state: State, repository: Repository, patterns: Sequence[str]) -> Tagging:
    """Make the tags that this clone lacks. Raises ``GitError``."""
    there = tags(repository)
    wanted = find_tags(store.plan, state, patterns, there)
    missing = {tag: commit for tag, commit in wanted.items() if tag not in there}
    for tag, commit in missing.items():
        create_tag(repository, tag, commit)
    return Tagging(tuple(missing), _elsewhere(wanted, there))


def push_release_tags(
    store: Store, state: State, repository: Repository, patterns: Sequence[str], remote: str
) -> Tagging:
    """Push the tags that a remote lacks, few at a time, and journal those that it has. Raises ``GitError``.

    The caller holds the store's lock.
    """
    there = remote_tags(repository, remote)
    wanted = find_tags(store.plan, state, patterns, there)
    told = {event.tag for event in store.journal.read() if isinstance(event, Tagged)}
    missing = {tag: commit for tag, commit in wanted.items() if tag not in there}
    store.journal.append(*(Tagged(tag=tag, commit=wanted[tag]) for tag in _same(wanted, there) if tag not in told))
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
