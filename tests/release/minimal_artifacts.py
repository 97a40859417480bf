"""Make stores in the state after build and inspection, with minimal distributions."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from commonhold.release.model.journal_events import Built, Inspected
from commonhold.release.model.plan import Artifact, PlannedDistribution, ReleasePlan
from commonhold.release.model.store import Store, make_store

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from typing import Any

VERSION = "1.17.0"
_TIME = (2026, 1, 1, 0, 0, 0)


def planned(name: str, *needs: str, pins: dict[str, str] | None = None, **fields: Any) -> PlannedDistribution:
    """Plan one plugin that pins its requirements to the release's version."""
    pins = dict.fromkeys(needs, f"~={VERSION}") if pins is None else pins
    return PlannedDistribution(name, f"plugins/{name}", "official", VERSION, needs=needs, pins=pins, **fields)


def plan_of(*plugins: PlannedDistribution, index: str = "testpypi", simple: str | None = None) -> ReleasePlan:
    return ReleasePlan(
        version=VERSION, commit="0" * 40, epoch=1767225600, core=None, index=index, simple=simple, plugins=plugins
    )


def wheel(plugin: PlannedDistribution, *, salt: str = "") -> tuple[str, bytes]:
    """Return the name and content of a wheel with one module."""
    module = plugin.name.replace("-", "_")
    info = f"{module}-{plugin.version}.dist-info"
    files = {
        f"{module}.py": f"# {salt}\n".encode(),
        f"{info}/METADATA": _metadata(plugin),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_record_hash(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), data)
    return f"{module}-{plugin.version}-py3-none-any.whl", buffer.getvalue()


def sdist(plugin: PlannedDistribution) -> tuple[str, bytes]:
    """Return the name and content of an sdist with only its metadata and a pyproject.toml."""
    stem = f"{plugin.name.replace('-', '_')}-{plugin.version}"
    buffer = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=buffer, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        data = _metadata(plugin)
        member = tarfile.TarInfo(f"{stem}/PKG-INFO")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
        project = b'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        member = tarfile.TarInfo(f"{stem}/pyproject.toml")
        member.size = len(project)
        archive.addfile(member, io.BytesIO(project))
    return f"{stem}.tar.gz", buffer.getvalue()


def make(
    folder: os.PathLike[str] | str, plan: ReleasePlan, *, sdists: bool = True, without: Iterable[str] = ()
) -> Store:
    """Make a store in which everything except ``without`` is built and inspected."""
    store = make_store(str(folder), plan)
    for plugin in plan.released:
        if plugin.name not in without:
            put(store, plugin, sdists=sdists)
    return store


def put(store: Store, plugin: PlannedDistribution, *, sdists: bool = True) -> tuple[Artifact, ...]:
    """Add the files of one plugin to a store and its journal."""
    made = [wheel(plugin), *([sdist(plugin)] if sdists else [])]
    files = tuple(store.add(plugin.name, name, data) for name, data in made)
    hashes = tuple(file.sha256 for file in files)
    store.journal.append(Built(plugin=plugin.name, files=files), Inspected(plugin=plugin.name, files=hashes))
    return files


def _metadata(plugin: PlannedDistribution) -> bytes:
    requires = "".join(f"Requires-Dist: {need}{plugin.pins.get(need, '')}\n" for need in plugin.needs)
    return f"Metadata-Version: 2.1\nName: {plugin.name}\nVersion: {plugin.version}\n{requires}".encode()


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
