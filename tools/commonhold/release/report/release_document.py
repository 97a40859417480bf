"""Define and write ``release.json`` (schema 1), which describes the plugins of a release to other programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from commonhold.release.model.journal_events import Uploaded

if TYPE_CHECKING:
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.store import Store

SCHEMA = 1


class ReleasedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file: its SHA-256 in hexadecimal, and its size in bytes. ``up`` means that the index has the same file."""

    name: str
    sha256: str
    size: int
    up: bool


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin. ``up`` means that all of its files are on the index; ``state`` is its status.

    ``why`` explains the status, or is null; ``because`` is the plugin that blocks this one; ``until`` is the earliest
    time to retry a deferred upload. ``needs`` are the plugins of this release that this one requires at run time.
    """

    name: str
    path: str
    tier: str
    version: str
    up: bool
    state: str
    why: str | None
    because: str | None
    until: datetime | None
    needs: tuple[str, ...]
    files: tuple[ReleasedFile, ...]


class ReleaseDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a release. ``complete`` means that every plugin that the plan releases is on the index.

    ``commit`` is the commit that the plugins were built from; ``core`` is the core's distribution. ``index`` is the
    upload address. ``tags`` are the pushed tags with their commits. ``aborted`` is the reason for aborting the release,
    or null.
    """

    schema: int = SCHEMA
    version: str
    commit: str
    core: str | None
    index: str
    complete: bool
    aborted: str | None
    tags: Mapping[str, str]
    plugins: tuple[Released, ...]


def release_document(store: Store) -> ReleaseDocument:
    """Describe the current state of a release. Raises ``JournalError``."""
    plan = store.plan
    state = store.state()
    return ReleaseDocument(
        version=plan.version,
        commit=plan.commit,
        core=plan.core,
        index=without_secrets(state.address.upload if state.address else plan.index),
        complete=not state.left,
        aborted=state.aborted,
        tags=dict(state.tags),
        plugins=tuple(_released(each) for each in state.plugins.values()),
    )


def dump_document(document: ReleaseDocument) -> bytes:
    """Encode the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def without_secrets(index: str) -> str:
    """Remove the user name and password from an index's address."""
    parts = urlsplit(index)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _released(state: PluginState) -> Released:
    plugin = state.plugin
    return Released(
        name=plugin.name,
        path=plugin.path,
        tier=plugin.tier,
        version=plugin.version,
        up=state.is_uploaded,
        state=state.status.value,
        why=state.why or None,
        because=state.because,
        until=state.until,
        needs=plugin.needs,
        files=tuple(
            ReleasedFile(
                name=file.name,
                sha256=file.sha256,
                size=file.size,
                up=isinstance(state.uploads.get(file.name), Uploaded),
            )
            for file in state.files
        ),
    )
