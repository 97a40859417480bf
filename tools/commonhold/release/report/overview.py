"""A release at a glance: a row a plugin, and what to type next."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from commonhold.errors import assert_never
from commonhold.index.addresses import index_options
from commonhold.index.backoff import IndexResponse, Verdict, classify_response
from commonhold.release.model.journal_events import Rejected, Uploaded
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.text import code, markdown, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.index.addresses import Address
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState

HEADINGS = ("Plugin", "Version", "State", "Files up", "Why")


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A plugin in the table; all of it is text, and ``why`` may be a stranger's."""

    plugin: str
    version: str
    state: str
    up: str
    why: str


def summary_rows(state: ReleaseState) -> tuple[OverviewRow, ...]:
    """The table, in the plan's order."""
    return tuple(_row(standing) for standing in state.plugins.values())


def counts(state: ReleaseState) -> str:
    """How many plugins are how far, in half a sentence.

    The most common state comes first.
    """
    found = Counter(standing.status.value for standing in state.plugins.values())
    return ", ".join(f"{number} {word}" for word, number in found.most_common()) or "no plugin"


def next_step(state: ReleaseState, named: tuple[str, ...] = (), *, told: bool = False) -> str:
    """What to type next; ``named`` are the words that name the store, ``told`` says that notes of just this are there.

    The first phase that has something to do is the next: each goes on where it stopped.
    """
    if state.aborted is not None:
        return f"nothing, since this release was aborted: {state.aborted}"
    states = {standing.status for standing in state.released}
    stopping = [
        one
        for one in state.released
        if one.stops and one.status in (PluginStatus.BUILD_FAILED, PluginStatus.FAILED_INSPECTION)
    ]
    if stopping and not state.any_uploaded:
        return f"Mend {stopping[0].plugin.name}, which stops this release, and plan it again"
    if PluginStatus.PLANNED in states:
        return _command("build", *named)
    if PluginStatus.BUILT in states:
        return _command("inspect", *named)
    go_on = _command("publish" if state.address is None else "resume", *named)
    if any(_is_unknown(upload) for standing in state.left for upload in standing.uploads.values()):
        return f"Give the index a token that it knows, as TWINE_PASSWORD or with keyring, then {go_on}"
    if any(_is_worth_a_try(state, standing) for standing in state.left):
        times = [standing.until for standing in state.left if standing.until is not None]
        return go_on + (f", after {max(times):%Y-%m-%d %H:%M} UTC" if times else "")
    if states & {PluginStatus.UPLOADED, PluginStatus.UNVERIFIED}:
        return _command("verify", *named)
    if state.any_uploaded and not told:
        return _command("notes", *named)
    todo = (_by_hand(state, standing, go_on) for standing in state.left)
    return next((sentence for sentence in todo if sentence), "nothing is left to do")


def hotfix(version: str, plugin: str, address: Address) -> str:
    """What to type to release one plugin by itself, to the same index."""
    return _command("run", version, "--only", plugin, "--ref", "REV", *index_options(address))


def _by_hand(state: ReleaseState, standing: PluginState, go_on: str) -> str:
    """What somebody must do about a plugin that no command brings up by itself; nothing about one that waits."""
    name = standing.plugin.name
    alone = "plan the release again" if state.address is None else hotfix(state.version, name, state.address)
    match standing.status:
        case PluginStatus.REJECTED:
            return f"See to what the index says of {name}, then {go_on}; or mend {name}, then {alone}"
        case PluginStatus.CONFLICT:
            return (
                f"Release the next version, or this one from the commit that the other files of {name} were built from"
            )
        case PluginStatus.BUILD_FAILED | PluginStatus.FAILED_INSPECTION:
            return f"Mend {name}, then {alone}"
        case PluginStatus.HELD_BACK | PluginStatus.PLANNED | PluginStatus.BUILT | PluginStatus.READY:
            return ""
        case PluginStatus.PARTLY_UPLOADED | PluginStatus.BLOCKED | PluginStatus.DEFERRED:
            return ""
        case PluginStatus.UPLOADED | PluginStatus.UNVERIFIED | PluginStatus.VERIFIED:
            return ""
        case _:
            return assert_never(standing.status)


def summary_markdown(plan: ReleasePlan, state: ReleaseState) -> str:
    """The table as Markdown, for the summary of a step or an issue."""
    return "\n".join(_markdown_lines(plan, state)) + "\n"


def _markdown_lines(plan: ReleasePlan, state: ReleaseState) -> Iterator[str]:
    yield f"## Release {markdown(plan.version)}"
    yield ""
    yield f"{counts(state)}, from commit {code(plan.commit[:12])}."
    yield ""
    rows = summary_rows(state)
    yield from table(HEADINGS, ((code(row.plugin), *map(markdown, astuple(row)[1:])) for row in rows))


def _row(standing: PluginState) -> OverviewRow:
    up = sum(isinstance(upload, Uploaded) for upload in standing.uploads.values())
    files = f"{up} of {len(standing.files)}" if standing.files else ""
    why = " ".join(standing.why.split())
    until = f"until {standing.until:%Y-%m-%d %H:%M} UTC: " if standing.until else ""
    return OverviewRow(standing.plugin.name, standing.plugin.version, standing.status.value, files, f"{until}{why}")


def _is_unknown(upload: Event) -> bool:
    """Whether the index did not know who uploads."""
    return (
        isinstance(upload, Rejected)
        and classify_response(IndexResponse(upload.status, upload.why)) is Verdict.UNAUTHENTICATED
    )


def _is_worth_a_try(state: ReleaseState, standing: PluginState) -> bool:
    """Whether a publication can bring it up: what waits is worth it if what it waits for is."""
    seen: set[str] = set()
    while standing.status is PluginStatus.BLOCKED and standing.because is not None and standing.because not in seen:
        seen.add(standing.because)
        standing = state.plugins.get(standing.because, standing)
    return standing.status in (
        PluginStatus.READY,
        PluginStatus.PARTLY_UPLOADED,
        PluginStatus.BLOCKED,
        PluginStatus.DEFERRED,
    )


def _command(phase: str, *words: str) -> str:
    return shlex.join(("commonhold", "release", phase, *words))
