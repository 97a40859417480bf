"""Find the host whose plugins a command works with, and the version of its core in the target environment."""

from __future__ import annotations

from dataclasses import replace

from commonhold_plugins.config import Configuration, HostConfig, change_configuration, read_configuration
from commonhold_plugins.environment_hosts import environment_hosts
from commonhold_plugins.errors import UnavailableError, WrongUsageError
from commonhold_plugins.host import Host
from commonhold_plugins.names import normalize
from commonhold_plugins.text import quoted

NO_HOST = "no core in this environment says where its plugin index is"


def find_host(
    given: Host | None,
    *,
    name: str | None = None,
    root: str | None = None,
    prefix: str | None = None,
    offline: bool = False,
) -> Host:
    """Return the host that the command line, the installed core or the configuration selects.

    ``given`` is the host of a command line that embeds the client. ``root`` replaces the URL of its plugin index.
    ``prefix`` is the environment with the core, if that is not the environment of this process. Raises
    ``WrongUsageError`` if no host or more than one is left.
    """
    wanted = normalize(name) if name else None
    if root is not None:
        from commonhold_plugins.urls import base_url, shown_url

        url = base_url(root)
        host = Host(given.core, url) if given else learn_host(url, offline=offline)
        if wanted not in (None, host.core):
            raise WrongUsageError(f"{shown_url(url)} is a plugin index for {host.core}, not for {quoted(name or '')}")
        return host
    hosts = [given] if given else _candidates(read_configuration(), prefix)
    chosen = [host for host in hosts if wanted in (None, host.core)]
    if len(chosen) == 1:
        return chosen[0]
    cores = ", ".join(sorted(host.core for host in hosts))
    if chosen:
        raise WrongUsageError(f"there are plugins for {cores}", hint=f"Add --host {min(cores.split(', '))}")
    if hosts:
        raise WrongUsageError(f"no plugin index is known for {quoted(name or '')}, only for {cores}")
    raise WrongUsageError(
        NO_HOST, hint="Set the plugin index with: {command} use URL\nOr add --root URL to one command."
    )


def _candidates(configuration: Configuration, prefix: str | None) -> list[Host]:
    """Return one host for each core: the one that the user selected, else that of the installed core's entry point."""
    found = {host.core: host for host in environment_hosts(prefix)}
    if configuration.used is not None:
        used = configuration.hosts[configuration.used].host
        found[used.core] = used
    return list(found.values())


def learn_host(url: str, *, offline: bool = False) -> Host:
    """Return the host of a plugin index, whose core is in ``index.json``; the configuration remembers it."""
    from commonhold_plugins.urls import shown_url

    known = read_configuration().hosts.get(url)
    if known is not None:
        return known.host
    if offline:
        raise UnavailableError(f"the plugin index {shown_url(url)} was never read", hint="Run it without --offline.")
    # Imported late, because a search needs none of these modules.
    from commonhold_plugins.documents import ROOT, decode_root
    from commonhold_plugins.fetch import Fetcher

    data = Fetcher().fetch_root(url + ROOT).data or b""
    core = decode_root(data, ROOT, local=url.startswith("file:")).core

    def remember(configuration: Configuration) -> Configuration:
        return configuration if url in configuration.hosts else configuration.with_host(HostConfig(core, url))

    return change_configuration(remember).hosts[url].host


def use_host(url: str) -> Host:
    """Make a plugin index the one that commands work with where no installed core names another.

    If it is a mirror, files are downloaded from there.
    """
    # Imported late, because a search needs none of these modules.
    from commonhold_plugins.fetch import Fetcher
    from commonhold_plugins.mirrors import read_mirrors

    host = learn_host(url)
    mirrors = read_mirrors(Fetcher(), url)

    def use(configuration: Configuration) -> Configuration:
        known = configuration.of(host)
        changed = replace(known, mirrors={**known.mirrors, **mirrors})
        return replace(configuration.with_host(changed), used=host.root)

    change_configuration(use)
    return host
