"""``release.json``: what a release put on the index, for other programs. Schema 1."""

from __future__ import annotations

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
    """One file: its SHA-256 in hexadecimal, its size in bytes, and whether the index has it with these bytes."""

    name: str
    sha256: str
    size: int
    up: bool


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin. ``up`` says that all of its files are on the index; ``state`` is how far it came.

    ``why`` says what stands in its way (or is null), ``because`` which plugin it waits for, ``until`` when what was
    postponed can be tried again. ``needs`` are the plugins of this release that it needs to run.
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
    """A release as it stands. ``complete`` says that all that the plan releases is on the index.

    ``commit`` is where everything was built from, ``core`` the core's distribution. ``index`` is where the files
    went. ``tags`` were pushed, each with its commit. ``aborted`` says why somebody ended the release, or is null.
    """

    schema: int = SCHEMA
    version: str
    commit: str
    core: str | None
    index: str
    complete: bool
    aborted: str | None
    tags: dict[str, str]
    plugins: tuple[Released, ...]


def release_document(store: Store) -> ReleaseDocument:
    """The document of a release. Raises ``JournalError``."""
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
        plugins=tuple(_released(standing) for standing in state.plugins.values()),
    )


def dump_document(document: ReleaseDocument) -> bytes:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def without_secrets(index: str) -> str:
    """An index's address without the user and the password that may stand in it."""
    parts = urlsplit(index)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _released(standing: PluginState) -> Released:
    plugin = standing.plugin
    return Released(
        name=plugin.name,
        path=plugin.path,
        tier=plugin.tier,
        version=plugin.version,
        up=standing.is_uploaded,
        state=standing.status.value,
        why=standing.why or None,
        because=standing.because,
        until=standing.until,
        needs=plugin.needs,
        files=tuple(
            ReleasedFile(
                name=file.name,
                sha256=file.sha256,
                size=file.size,
                up=isinstance(standing.uploads.get(file.name), Uploaded),
            )
            for file in standing.files
        ),
    )
