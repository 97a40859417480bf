"""Store built artifacts and the logs of failed builds: only the files that the plan names, and each only once."""

from __future__ import annotations

import os
import re
import stat
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
from commonhold.release.builder.build_steps import read_output
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
"""A larger file is rejected before it is read."""

MAX_LOG_BYTES = 1_000_000
"""The number of bytes that are kept of a log: its last ones, where the error is."""

_MAX_WHY = 1000


def read_built(events: Iterable[Event]) -> dict[str, Built]:
    """Return the plugins that are built according to a journal; the last event of a plugin decides."""
    built: dict[str, Built] = {}
    for event in events:
        if isinstance(event, Built):
            built[event.plugin] = event
        elif isinstance(event, BuildFailed):
            built.pop(event.plugin, None)
    return built


def filename_error(planned: PlannedDistribution, names: Sequence[str]) -> str:
    """Describe why files are not the planned ones, an sdist and at least one wheel; empty if they are."""
    sdists = [name for name in names if name.endswith(".tar.gz")]
    if len(sdists) != 1 or len({*names}) < 2:
        return f"{', '.join(names) or 'nothing'} was built instead of an sdist and a wheel"
    for name in names:
        if not re.match(FILE, name):
            return f"{name[:300]!a} is not a file name that works on every system"
        try:
            found, version = parse_sdist_filename(name) if name in sdists else parse_wheel_filename(name)[:2]
        except (InvalidSdistFilename, InvalidWheelFilename) as error:
            return str(error)
        if found != canonicalize_name(planned.name) or version != Version(planned.version):
            return f"{name} was built, but {planned.name} {planned.version} was planned"
    return ""


def read_artifacts(planned: PlannedDistribution | None, paths: Sequence[str]) -> tuple[dict[str, bytes], str]:
    """Read the files that a build made; return them by name, or why they are not the planned ones.

    ``planned`` is ``None`` for a wheel that is only compared, whose name does not matter.
    """
    names = [os.path.basename(path) for path in paths]
    problem = filename_error(planned, names) if planned is not None else ""
    if problem:
        return {}, problem
    try:
        return {name: read_output(path, MAX_ARTIFACT_BYTES) for name, path in zip(names, paths, strict=True)}, ""
    except OSError as error:
        return {}, str(error)


def store_artifacts(
    store: Store, plugin: str, files: Mapping[str, bytes], lost: tuple[str, ...] = ()
) -> tuple[Artifact, ...]:
    """Add the files of a plugin to the store and record them, with the files that their wheel ``lost``.

    Raises ``StoreError`` and ``OSError``.
    """
    folder = os.path.join(store.folder, DIST, plugin)
    # Files that the journal does not record are leftovers of a run that was killed between the two.
    if os.path.isdir(folder):
        for leftover in os.listdir(folder):
            os.unlink(os.path.join(folder, leftover))
    # Files before the event: the journal never records files that are not there.
    artifacts = tuple(store.add(plugin, name, data) for name, data in files.items())
    store.journal.append(Built(plugin=plugin, files=artifacts, lost=lost))
    if os.path.lexists(store.log(plugin)):
        os.unlink(store.log(plugin))
    return artifacts


def store_failure(store: Store, plugin: str, why: str, log: bytes | None) -> None:
    """Store a failed build's log and record the failure. Raises ``OSError``."""
    if log is not None:
        write_atomically(store.log(plugin), log)
    place = f"{LOGS}/{plugin}.log" if log is not None else None
    # The reason may quote a build, which can print anything.
    store.journal.append(BuildFailed(plugin=plugin, why=printable(why[:_MAX_WHY]), log=place))


def read_log(path: str) -> bytes | None:
    """Return the end of a log; ``None`` if there is none. Builds write logs, of any length and content."""
    try:
        # A pipe that a build put in the log's place would block the reader for ever.
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - MAX_LOG_BYTES))
            return file.read(MAX_LOG_BYTES)
    except FileNotFoundError:
        return None
