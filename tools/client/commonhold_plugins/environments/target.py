"""Find the environment that a command changes, and read what is installed in it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from commonhold_plugins.environments import probe
from commonhold_plugins.errors import MissingCoreError, UnavailableError, WrongUsageError
from commonhold_plugins.installed import target_prefix
from commonhold_plugins.names import is_version, is_written, normalize
from commonhold_plugins.programs import run_program
from commonhold_plugins.text import printable, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW_ENVIRONMENT_HINT = "Make a virtual environment (uv venv, or python3 -m venv .venv), and install the core into it."
PROBE_TIMEOUT = 60.0
_LONGEST = 10_000


@dataclass(frozen=True)
class InstalledDistribution:
    """A distribution in an environment, as its metadata describe it."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    direct_url: Mapping[str, Any] | None = None
    location: str = ""

    @property
    def sha256(self) -> str | None:
        """The hash of the archive that was installed, if the installer has recorded it."""
        archive = (self.direct_url or {}).get("archive_info")
        hashes = archive.get("hashes") if isinstance(archive, dict) else None
        found = hashes.get("sha256") if isinstance(hashes, dict) else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True)
class TargetEnvironment:
    """A Python environment: its interpreter, and the distributions that are installed in it."""

    prefix: str
    python: str
    virtual: bool = True
    managed: bool = False
    markers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    installed: Mapping[str, InstalledDistribution] = field(default_factory=lambda: MappingProxyType({}))
    hosts: tuple[tuple[str, str], ...] = ()
    """The entry points ``commonhold_plugins.host`` of the installed distributions: distribution and value."""

    @property
    def python_version(self) -> str:
        """The full version of the interpreter."""
        return self.markers.get("python_full_version", "")

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The version of each installed distribution."""
        return {name: each.version for name, each in self.installed.items()}

    def core_version(self, core: str) -> str:
        """Return the installed version of the core. Raises ``MissingCoreError``."""
        found = self.installed.get(normalize(core))
        if found is None:
            message = f"{core} is not installed in {printable(self.prefix)}"
            hint = f"Install it: {self._install_command(core)}"
            if self.managed and not self.virtual:
                hint = NEW_ENVIRONMENT_HINT
            raise MissingCoreError(message, hint=hint)
        return found.version

    def _install_command(self, name: str) -> str:
        if "pip" in self.installed:
            return f"{printable(self.python)} -m pip install {name}"
        return f"uv pip install --python {printable(self.python)} {name}"

    def refresh(self) -> TargetEnvironment:
        """Read the same environment again."""
        return read_environment(self.python)


def find_environment(python: str | None = None, *, embedded: bool = False) -> TargetEnvironment:
    """Read the environment of ``python``, or else the active one.

    ``python`` is an interpreter or the folder of a virtual environment. The active environment is that of
    ``VIRTUAL_ENV`` or ``CONDA_PREFIX``, else that of the running interpreter. A command line that embeds the client
    belongs to the core, so there (``embedded``) the environment is always that of the running interpreter.
    """
    if python is not None:
        return read_environment(_interpreter(python))
    prefix = target_prefix(embedded=embedded)
    return read_environment(sys.executable if prefix is None else os.path.join(prefix, "bin", "python"))


def _interpreter(given: str) -> str:
    path = os.path.abspath(os.path.expanduser(given))
    if os.path.isdir(path):
        path = os.path.join(path, "bin", "python")
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        message = f"{quoted(given, 200)} is neither a Python interpreter nor a virtual environment"
        raise WrongUsageError(message, hint="Give the path of an interpreter, such as --python .venv/bin/python.")
    return path


def read_environment(python: str) -> TargetEnvironment:
    """Run an interpreter once, isolated from variables and from the current folder, and read its environment."""
    ended = run_program([python, "-I", probe.__file__], timeout=PROBE_TIMEOUT)
    try:
        if ended.code:
            raise ValueError
        # Other code in the environment, such as `sitecustomize`, may print lines before and after.
        lines = [line for line in ended.stdout.splitlines() if line.startswith(probe.MARK)]
        return _decode(json.loads(lines[-1].removeprefix(probe.MARK)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = f"{printable(python)} does not describe its environment: {ended.message(5)}"
        raise UnavailableError(message) from error


def _decode(facts: Any) -> TargetEnvironment:
    installed: dict[str, InstalledDistribution] = {}
    hosts: list[tuple[str, str]] = []
    for each in facts["distributions"]:
        name, version = each["name"], each["version"]
        if not isinstance(name, str) or not isinstance(version, str) or not is_written(name) or not is_version(version):
            continue  # no installer has made it, and no plugin can be it
        name = normalize(name)
        if name not in installed:  # the first on the path is the one that Python imports
            requires = tuple(text for text in each["requires"] if len(text) <= _LONGEST)
            direct_url = _direct_url(each["direct_url"])
            installed[name] = InstalledDistribution(name, version, requires, direct_url, each["location"])
            hosts += [(name, str(host["value"])) for host in each["hosts"]]
    if not all(isinstance(facts[key], str) and os.path.isabs(facts[key]) for key in ("prefix", "python")):
        raise ValueError
    return TargetEnvironment(
        prefix=facts["prefix"],
        python=facts["python"],
        virtual=bool(facts["virtual"]),
        managed=bool(facts["managed"]),
        markers={str(key): str(value) for key, value in facts["markers"].items()},
        installed=installed,
        hosts=tuple(hosts),
    )


def _direct_url(text: str | None) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
