"""What is in the store, and how a file gets there: only what the plan names, and only once."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from commonhold.effects.files import write_atomically
from commonhold.release.model.journal_events import BuildFailed, Built
from commonhold.release.model.plan import FILE
from commonhold.release.model.store import DIST, LOGS
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store


MAX_ARTIFACT_BYTES = 2**30
"""A file of more bytes than this is refused before it is read."""

_LONGEST_WHY = 1000


def read_built(events: Iterable[Event]) -> dict[str, Built]:
    """The plugins that are built, as a journal tells; what it says last counts."""
    built: dict[str, Built] = {}
    for event in events:
        if isinstance(event, Built):
            built[event.plugin] = event
        elif isinstance(event, BuildFailed):
            built.pop(event.plugin, None)
    return built


def filename_error(planned: PlannedDistribution, names: Sequence[str]) -> str:
    """Why files are not those that a plan names, an sdist and one wheel or more; or nothing."""
    sdists = [name for name in names if name.endswith(".tar.gz")]
    if len(sdists) != 1 or len({*names}) < 2:
        return f"{', '.join(names) or 'nothing'} is not an sdist and its wheel"
    for name in names:
        if not re.match(FILE, name):
            return f"{name[:300]!a} is no name of a file that everybody can have"
        try:
            found, version = parse_sdist_filename(name) if name in sdists else parse_wheel_filename(name)[:2]
        except (InvalidSdistFilename, InvalidWheelFilename) as error:
            return str(error)
        if found != canonicalize_name(planned.name) or version != Version(planned.version):
            return f"{name} is not {planned.name} {planned.version}, which is planned"
    return ""


def store_artifacts(
    store: Store, plugin: str, files: Mapping[str, bytes], lost: tuple[str, ...] = ()
) -> tuple[Artifact, ...]:
    """Put the files of a plugin into the store, and tell the journal, with what their wheel ``lost``.

    Raises ``StoreError`` and ``OSError``.
    What lies there and is not in the journal was being written when a run before was ended: it makes place.
    """
    folder = os.path.join(store.folder, DIST, plugin)
    if os.path.isdir(folder):
        for leftover in os.listdir(folder):
            os.unlink(os.path.join(folder, leftover))
    artifacts = tuple(store.add(plugin, name, data) for name, data in files.items())
    store.journal.append(Built(plugin=plugin, files=artifacts, lost=lost))
    if os.path.lexists(store.log(plugin)):
        os.unlink(store.log(plugin))
    return artifacts


def store_failure(store: Store, plugin: str, why: str, log: bytes | None) -> None:
    """Keep a failed build's log, and tell the journal. Raises ``OSError``. The words may be foreign."""
    if log is not None:
        write_atomically(store.log(plugin), log)
    place = f"{LOGS}/{plugin}.log" if log is not None else None
    store.journal.append(BuildFailed(plugin=plugin, why=printable(why[:_LONGEST_WHY]), log=place))
