"""The user's configuration: the hosts, their plugin indexes that the user trusts, mirrors and allowed redirects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from commonhold_plugins.decoding import Fields, load_json
from commonhold_plugins.errors import ClientError, WrongUsageError
from commonhold_plugins.files import locked, read_bytes, write_atomic
from commonhold_plugins.host import Host
from commonhold_plugins.names import is_distribution, is_short
from commonhold_plugins.paths import config_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA = 1


@dataclass(frozen=True)
class AddedIndex:
    """A plugin index that the user has added, with the day on which they agreed to trust it."""

    name: str
    url: str
    trusted: str = ""


@dataclass(frozen=True)
class HostConfig:
    """The user's choices for one host.

    ``mirrors`` maps the host names of file URLs to base URLs that replace them; hashes stay the same. ``redirects``
    are other hosts to which servers of plugin indexes may redirect.
    """

    core: str
    root: str
    tiers: tuple[str, ...] = ()
    indexes: tuple[AddedIndex, ...] = ()
    mirrors: Mapping[str, str] = field(default_factory=dict)
    redirects: tuple[str, ...] = ()

    @property
    def host(self) -> Host:
        """The host that these choices are for."""
        return Host(self.core, self.root)


@dataclass(frozen=True)
class Configuration:
    """All choices. ``used`` is the root of the host that works where no core or command line selects one."""

    used: str | None = None
    hosts: Mapping[str, HostConfig] = field(default_factory=dict)

    def of(self, host: Host) -> HostConfig:
        """Return the choices for a host, which are the defaults at first."""
        found = self.hosts.get(host.root)
        return found if found and found.core == host.core else HostConfig(host.core, host.root)

    def with_host(self, changed: HostConfig) -> Configuration:
        """Return the configuration with other choices for one host."""
        return replace(self, hosts={**self.hosts, changed.root: changed})


def read_configuration() -> Configuration:
    """Read the configuration. Raises ``WrongUsageError`` if the file is damaged."""
    path = config_file()
    data = read_bytes(path)
    if data is None:
        return Configuration()
    try:
        fields = Fields(load_json(data, path), path)
        if fields.number("schema") != SCHEMA:
            hint = "Upgrade the client: pip install --upgrade commonhold-plugins"
            raise WrongUsageError(f"{path} was written by a newer version of commonhold-plugins", hint=hint)
        hosts = {root: _read_host(root, each) for root, each in fields.mapping("hosts", _is_base, "a base URL")}
        return Configuration(fields.optional_line("used", hosts.__contains__, "one of the hosts"), hosts)
    except WrongUsageError:
        raise
    except ClientError as error:
        raise WrongUsageError(error.message, hint=f"Correct or delete {path}") from error


def _is_base(text: str) -> bool:
    # Whatever reads a URL checks it; a complete check takes longer to import than a search takes.
    return text.startswith(("https://", "http://", "file:///")) and "@" not in text and text.isprintable()


def _read_host(root: str, fields: Fields) -> HostConfig:
    indexes = tuple(
        AddedIndex(
            each.line("name", is_short, "a short name"),
            each.line("url", _is_base, "a base URL"),
            each.optional_line("trusted") or "",
        )
        for each in fields.items("indexes")
    )
    mirrors = {
        name: each.line("url", _is_base, "a base URL") for name, each in fields.mapping("mirrors", bool, "a host")
    }
    return HostConfig(
        core=fields.line("core", is_distribution, "the name of a distribution"),
        root=root,
        tiers=fields.lines("tiers", is_short, "a short name"),
        indexes=indexes,
        mirrors=mirrors,
        redirects=fields.lines("redirects"),
    )


def change_configuration(change: Callable[[Configuration], Configuration]) -> Configuration:
    """Change the configuration under a lock, and return the new one."""
    import json

    path = config_file()
    with locked(f"{path}.lock"):
        changed = change(read_configuration())
        hosts = {root: _write_host(each) for root, each in changed.hosts.items()}
        document = {"schema": SCHEMA, "used": changed.used, "hosts": hosts}
        write_atomic(path, json.dumps(document, indent=2).encode() + b"\n")
    return changed


def _write_host(config: HostConfig) -> dict[str, object]:
    return {
        "core": config.core,
        "tiers": list(config.tiers),
        "indexes": [{"name": each.name, "url": each.url, "trusted": each.trusted} for each in config.indexes],
        "mirrors": {name: {"url": url} for name, url in config.mirrors.items()},
        "redirects": list(config.redirects),
    }
