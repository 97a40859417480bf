"""Read installed distributions from the names of their metadata folders, which is fast and runs no code."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from commonhold_plugins.names import is_version, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOST_GROUP = "commonhold_plugins.host"
_METADATA = (".dist-info", ".egg-info")


def own_folders() -> list[str]:
    """Return the folders from which this Python imports."""
    return [path for path in sys.path if path and os.path.isdir(path)]


def environment_folders(prefix: str) -> list[str]:
    """Return the folders with the distributions of a virtual environment."""
    lib = os.path.join(prefix, "lib")
    try:
        pythons = sorted(name for name in os.listdir(lib) if re.fullmatch(r"(python|pypy)3(\.\d+)?t?", name))
    except OSError:
        return []
    return [os.path.join(lib, name, "site-packages") for name in pythons]


def installed_version(distribution: str, folders: Iterable[str]) -> str | None:
    """Return the version of a distribution, or ``None`` if it is not installed.

    The folder of its metadata contains the name and the version. (An ``.egg-info`` may lack the version.)
    """
    wanted = normalize(distribution)
    for path in _metadata_folders(folders):
        stem = os.path.basename(path).rpartition(".")[0]
        name, _, version = stem.partition("-")
        if normalize(name) == wanted:
            version = re.sub(r"-py\d.*", "", version).replace("_", "+" if path.endswith(".egg-info") else "_")
            return version if is_version(version) else _version_in_metadata(path)
    return None


def _version_in_metadata(path: str) -> str | None:
    for name in ("METADATA", "PKG-INFO"):
        try:
            with open(os.path.join(path, name), encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.lower().startswith("version:"):
                        version = line.partition(":")[2].strip()
                        return version if is_version(version) else None
                    if not line.strip():
                        break
        except OSError:
            continue
    return None


def host_entry_points(folders: Iterable[str]) -> list[tuple[str, float]]:
    """Return the entry points (``module:attribute``) with which installed cores name their hosts, and their times."""
    found: dict[str, float] = {}
    for path in _metadata_folders(folders):
        try:
            with open(os.path.join(path, "entry_points.txt"), encoding="utf-8", errors="replace") as file:
                text = file.read()
                changed = os.fstat(file.fileno()).st_mtime
        except OSError:
            continue
        if HOST_GROUP in text:
            for value in _values(text):
                found.setdefault(value, changed)
    return list(found.items())


def _values(text: str) -> Iterator[str]:
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif group == HOST_GROUP and "=" in line and not line.startswith("#"):
            yield line.partition("=")[2].strip()


def _metadata_folders(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        yield from (os.path.join(folder, name) for name in names if name.endswith(_METADATA))


def target_prefix(python: str | None = None, *, embedded: bool = False) -> str | None:
    """Return the folder of the environment that commands work with; ``None`` for that of this process.

    That is the environment of ``python``, else the active virtual environment, else that of this process. A command
    line that embeds the client belongs to the core, so there (``embedded``) it is always that of this process.
    """
    if python is not None:
        path = os.path.abspath(os.path.expanduser(python))
        return path if os.path.isdir(path) else os.path.dirname(os.path.dirname(path))
    if not embedded:
        for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
            prefix = os.environ.get(variable)
            if prefix and os.path.exists(os.path.join(prefix, "bin", "python")):
                return None if os.path.realpath(prefix) == os.path.realpath(sys.prefix) else prefix
    return None


def prefix_folders(prefix: str | None) -> list[str]:
    """Return the folders with the distributions of an environment, or of this process."""
    return own_folders() if prefix is None else environment_folders(prefix)


def prefix_python(prefix: str | None) -> str:
    """Return the version of an environment's Python, from the files that made the environment."""
    if prefix is not None:
        try:
            with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8", errors="replace") as file:
                settings = {
                    name.strip().lower(): value.strip() for name, _, value in (line.partition("=") for line in file)
                }
        except OSError:
            settings = {}
        version = (settings.get("version_info") or settings.get("version") or "").partition(".final")[0]
        if is_version(version):
            return version
        if folders := environment_folders(prefix):
            return re.sub(r"[^\d.]", "", os.path.basename(os.path.dirname(folders[0])))
    return ".".join(map(str, sys.version_info[:3]))
