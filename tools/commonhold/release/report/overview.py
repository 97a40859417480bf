"""Summarize a release: a row for each plugin, and the next command."""

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

HEADINGS = ("Plugin", "Version", "State", "Uploaded", "Why")


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A row of the table. ``why`` may contain text from tools or indexes, so it must be escaped."""

    plugin: str
    version: str
    state: str
    uploaded: str
    why: str


def overview_rows(state: ReleaseState) -> tuple[OverviewRow, ...]:
    """Return the rows of the table, in the plan's order."""
    return tuple(_row(plugin) for plugin in state.plugins.values())


def count_statuses(state: ReleaseState) -> str:
    """Count the plugins in each status, with the most common status first, such as "3 verified, 1 waiting"."""
    found = Counter(plugin.status.value for plugin in state.plugins.values())
    return ", ".join(f"{number} {word}" for word, number in found.most_common()) or "no plugin"


def next_step(
    state: ReleaseState,
    store_arguments: tuple[str, ...] = (),
    address_arguments: tuple[str, ...] = (),
    *,
    has_notes: bool = False,
) -> str:
    """Return the next command, or the next manual step.

    The command runs the first unfinished phase, which resumes where it stopped. ``store_arguments`` and
    ``address_arguments`` name the store and the index on the command line; ``has_notes`` means that the notes are up to
    date.
    """
    if state.aborted is not None:
        return f"nothing: this release was aborted: {state.aborted}"
    states = {plugin.status for plugin in state.released}
    stopping = [
        each
        for each in state.released
        if each.stops and each.status in (PluginStatus.BUILD_FAILED, PluginStatus.FAILED_INSPECTION)
    ]
    if stopping and not state.any_uploaded:
        return f"Fix {stopping[0].name}, which stops this release, then plan it again"
    if PluginStatus.PLANNED in states:
        return _command("build", *store_arguments)
    if PluginStatus.BUILT in states:
        return _command("inspect", *store_arguments, *address_arguments)
    words = (*store_arguments, *address_arguments)
    resume = _command("publish" if state.address is None else "resume", *words)
    # This is checked first, because every other upload would fail with the same credentials.
    if any(_is_unauthenticated(upload) for plugin in state.left for upload in plugin.uploads.values()):
        return f"Set a valid token in TWINE_PASSWORD or in the keyring, then run: {resume}"
    if any(_can_be_retried(state, plugin) for plugin in state.left):
        times = [plugin.until for plugin in state.left if plugin.until is not None]
        return resume + (f", after {max(times):%Y-%m-%d %H:%M} UTC" if times else "")
    if states & {PluginStatus.UPLOADED, PluginStatus.UNVERIFIED}:
        return _command("verify", *words)
    if state.any_uploaded and not has_notes:
        return _command("notes", *words)
    steps = (_manual_step(state, plugin, resume) for plugin in state.left)
    return next((sentence for sentence in steps if sentence), "nothing is left to do")


def hotfix_command(version: str, plugin: str, address: Address) -> str:
    """Return the command that releases a single plugin to the same index."""
    return _command("run", version, "--only", plugin, "--ref", "REV", *index_options(address))


def _manual_step(state: ReleaseState, plugin: PluginState, resume: str) -> str:
    """Return the manual step for a plugin that another upload cannot fix; ``""`` for other plugins."""
    name = plugin.name
    hotfix = "plan the release again"
    if state.address is not None:
        hotfix = f"run: {hotfix_command(state.version, name, state.address)}"
    match plugin.status:
        case PluginStatus.REJECTED:
            return f"Resolve the index's objection to {name}, then run: {resume}; or fix {name}, then {hotfix}"
        case PluginStatus.CONFLICT:
            return f"Release the next version, or this version from the commit that {name} was uploaded from"
        case PluginStatus.BUILD_FAILED | PluginStatus.FAILED_INSPECTION:
            return f"Fix {name}, then {hotfix}"
        case PluginStatus.HELD_BACK | PluginStatus.PLANNED | PluginStatus.BUILT | PluginStatus.READY:
            return ""
        case PluginStatus.PARTLY_UPLOADED | PluginStatus.BLOCKED | PluginStatus.DEFERRED:
            return ""
        case PluginStatus.UPLOADED | PluginStatus.UNVERIFIED | PluginStatus.VERIFIED:
            return ""
        case _:
            return assert_never(plugin.status)


def overview_markdown(plan: ReleasePlan, state: ReleaseState) -> str:
    """Format the table as Markdown, for a step summary or an issue."""
    return "\n".join(_markdown_lines(plan, state)) + "\n"


def _markdown_lines(plan: ReleasePlan, state: ReleaseState) -> Iterator[str]:
    yield f"## Release {markdown(plan.version)}"
    yield ""
    yield f"{count_statuses(state)}, from commit {code(plan.commit[:12])}."
    yield ""
    rows = overview_rows(state)
    yield from table(HEADINGS, ((code(row.plugin), *map(markdown, astuple(row)[1:])) for row in rows))


def _row(plugin: PluginState) -> OverviewRow:
    uploaded = sum(isinstance(upload, Uploaded) for upload in plugin.uploads.values())
    files = f"{uploaded} of {len(plugin.files)}" if plugin.files else ""
    why = " ".join(plugin.why.split())
    until = f"until {plugin.until:%Y-%m-%d %H:%M} UTC: " if plugin.until else ""
    return OverviewRow(plugin.name, plugin.plugin.version, plugin.status.value, files, f"{until}{why}")


def _is_unauthenticated(upload: Event) -> bool:
    """Return whether the index rejected the credentials of an upload."""
    return (
        isinstance(upload, Rejected)
        and classify_response(IndexResponse(upload.status, upload.why)) is Verdict.UNAUTHENTICATED
    )


def _can_be_retried(state: ReleaseState, plugin: PluginState) -> bool:
    """Return whether another upload of a plugin may succeed; a blocked plugin is retried with its blocking plugin."""
    seen: set[str] = set()  # plugins can block each other
    while plugin.status is PluginStatus.BLOCKED and plugin.because is not None and plugin.because not in seen:
        seen.add(plugin.because)
        plugin = state.plugins.get(plugin.because, plugin)
    return plugin.status in (
        PluginStatus.READY,
        PluginStatus.PARTLY_UPLOADED,
        PluginStatus.BLOCKED,
        PluginStatus.DEFERRED,
    )


def _command(phase: str, *words: str) -> str:
    return shlex.join(("commonhold", "release", phase, *words))
