"""Store built artifacts, if they match the plan, and the logs of failed builds."""

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
from commonhold.effects.machine import machine_error
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
"""The size limit of an artifact; a larger file is rejected before it is read."""

MAX_LOG_BYTES = 1_000_000
"""The number of bytes to keep from the end of a log, where the error is."""

_MAX_WHY = 1000


def read_built(events: Iterable[Event]) -> dict[str, Built]:
    """Return the plugins that are built, each with its last ``Built`` event; a later failure removes the plugin."""
    built: dict[str, Built] = {}
    for event in events:
        if isinstance(event, Built):
            built[event.plugin] = event
        elif isinstance(event, BuildFailed):
            built.pop(event.plugin, None)
    return built


def filename_error(planned: PlannedDistribution, names: Sequence[str]) -> str:
    """Describe how file names differ from the planned sdist and wheels; return an empty string if they match."""
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
    """Return the files of a build by name, and an error message if they do not match the plan.

    ``planned`` is ``None`` for a wheel that is only compared; the name of such a wheel is not checked.
    """
    names = [os.path.basename(path) for path in paths]
    problem = filename_error(planned, names) if planned is not None else ""
    if problem:
        return {}, problem
    try:
        return {name: read_output(path, MAX_ARTIFACT_BYTES) for name, path in zip(names, paths, strict=True)}, ""
    except OSError as error:
        if machine_error(error) is not None:
            raise
        return {}, str(error)


def store_artifacts(
    store: Store, plugin: str, files: Mapping[str, bytes], lost: tuple[str, ...] = ()
) -> tuple[Artifact, ...]:
    """Add a plugin's files to the store and record them; ``lost`` are the files that its sdist omits.

    Raises ``StoreError`` and ``OSError``.
    """
    folder = os.path.join(store.folder, DIST, plugin)
    # Any file here is a leftover of a run that was killed before it could record the file in the journal.
    if os.path.isdir(folder):
        for leftover in os.listdir(folder):
            os.unlink(os.path.join(folder, leftover))
    # The files are written before the event, so that the journal never records a file that does not exist.
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
    # The reason may quote a build's output, which can contain control characters.
    store.journal.append(BuildFailed(plugin=plugin, why=printable(why[:_MAX_WHY]), log=place))


def read_log(path: str) -> bytes | None:
    """Return the end of a log, because a build can make its log arbitrarily long; ``None`` if there is no log."""
    try:
        # If a build replaced its log with a named pipe, opening the pipe would block forever.
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - MAX_LOG_BYTES))
            return file.read(MAX_LOG_BYTES)
    except FileNotFoundError:
        return None
