"""One run of a command: the options that every command accepts, and what they select."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from commonhold_plugins.errors import MissingCoreError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold_plugins.catalog import Catalog
    from commonhold_plugins.config import HostConfig
    from commonhold_plugins.copies import CopyStore
    from commonhold_plugins.fetch import Fetcher
    from commonhold_plugins.host import Host
    from commonhold_plugins.model import RootDocument
    from commonhold_plugins.refresh import Refreshed
    from commonhold_plugins.search_cache import SearchCache
    from commonhold_plugins.signatures import SignerIdentity

FRESH_SECONDS = 24 * 60 * 60
"""A copy that is older is used as well, but its age is shown."""


class Invocation:
    """What a command works with. The options change it while click reads them; the rest is found when it is needed."""

    def __init__(self, host: Host | None = None) -> None:
        self._given = host
        self._host: Host | None = None
        self.host_name: str | None = None
        self.root: str | None = None
        self.python: str | None = None
        self.series_name: str | None = None
        self.command = "commonhold-plugins"
        self.offline = False
        self.quiet = False

    @property
    def is_embedded(self) -> bool:
        """Whether another command line, which belongs to the core, contains this one."""
        return self._given is not None

    @property
    def host(self) -> Host:
        """The host that the options, the embedding command line, the core or the configuration selects."""
        if self._given is not None and self.root is None and self.host_name is None:
            return self._given
        if self._host is None:
            from commonhold_plugins.hosts import find_host

            self._host = find_host(
                self._given, name=self.host_name, root=self.root, prefix=self._prefix(), offline=self.offline
            )
        return self._host

    def config(self) -> HostConfig:
        """Return the user's choices for the host."""
        from commonhold_plugins.config import read_configuration

        return read_configuration().of(self.host)

    def change_config(self, change: Callable[[HostConfig], HostConfig]) -> None:
        """Change the user's choices for the host."""
        from commonhold_plugins.config import change_configuration

        host = self.host
        change_configuration(lambda configuration: configuration.with_host(change(configuration.of(host))))

    def root_document(self) -> RootDocument:
        """Return ``index.json`` of the community's plugin index, from the stored copy; it is read if there is none."""
        from commonhold_plugins.sources import stored_sources

        self.catalog()
        return stored_sources(self.store(), self.config(), self.series())[0].index.root

    def store(self) -> CopyStore:
        """Return the stored copies of the host."""
        from commonhold_plugins.copies import CopyStore

        return CopyStore(self.host)

    def fetcher(self) -> Fetcher:
        """Return the reader of documents, with the limits and redirects of this host."""
        from commonhold_plugins.fetch import Fetcher

        return Fetcher(self.config().redirects)

    def core_version(self) -> str:
        """Return the version of the core in the target environment. Raises ``MissingCoreError``."""
        from commonhold_plugins.installed import installed_version, prefix_folders

        core, prefix = self.host.core, self._prefix()
        folders = prefix_folders(prefix)
        version = installed_version(core, folders)
        if version is None:
            python = os.path.join(prefix, "bin", "python") if prefix else sys.executable
            has_pip = installed_version("pip", folders) is not None
            install = f"{python} -m pip install" if has_pip else f"uv pip install --python {python}"
            message = f"{core} is not installed in this environment, so the plugins that fit it are not known"
            hint = f"Install it first: {install} {core}\nTo look around without it, add --series NAME."
            raise MissingCoreError(message, hint=hint)
        return version

    def python_version(self) -> str:
        """Return the version of the target environment's Python."""
        from commonhold_plugins.installed import prefix_python

        return prefix_python(self._prefix())

    def _prefix(self) -> str | None:
        from commonhold_plugins.installed import target_prefix

        return target_prefix(self.python, embedded=self.is_embedded)

    def series(self, rule: str | None = None) -> str:
        """Return the series of the core that commands work with."""
        if self.series_name is not None:
            return self.series_name
        from commonhold_plugins.series import series_of

        return series_of(self.core_version(), rule or self.store().read_rule())

    def refresh(self, signer: SignerIdentity | None = None) -> tuple[str, list[Refreshed]]:
        """Refresh the copies of every plugin index of the host; ``signer`` must have signed the community's own."""
        if self.offline:
            raise UnavailableError("update needs the network", hint="Run it without --offline.")
        from commonhold_plugins.refresh import refresh_all

        return refresh_all(self.store(), self.config(), self.series, self.fetcher(), self.tell, signer)

    def stored_search_cache(self) -> SearchCache | None:
        """Return the search cache if there is one; nothing else is read."""
        from commonhold_plugins.paths import config_file
        from commonhold_plugins.search_cache import read_search_cache

        return read_search_cache(self.store().folder, self.series(), newer_than=config_file())

    def search_cache(self) -> SearchCache:
        """Return the search cache; without one, the plugin indexes are read first. Shows the age of an old copy."""
        cache = self.stored_search_cache()
        if cache is None:
            self._make_copies()
            cache = self.stored_search_cache()
        if cache is None:
            raise UnavailableError(f"the search cache in {self.store().folder} cannot be read")
        self._show_age(cache.checked)
        return cache

    def catalog(self) -> Catalog:
        """Return every plugin, from the stored copies; without them, the plugin indexes are read first."""
        from commonhold_plugins.sources import open_catalog

        store, config = self.store(), self.config()
        if store.read(config.root, self.series()) is None:
            self._make_copies()
        catalog = open_catalog(store, config, self.series())
        self._show_age(min(source.checked for source in catalog.sources))
        return catalog

    def _make_copies(self) -> None:
        """Make the search cache from the copies, or read the plugin indexes if there are none."""
        from commonhold_plugins.search_cache import write_search_cache
        from commonhold_plugins.sources import stored_sources

        store, config = self.store(), self.config()
        try:
            write_search_cache(store, stored_sources(store, config, self.series()), self.series())
        except UnavailableError as error:
            if self.offline:
                message = f"{error.message}, and --offline forbids to read it"
                raise UnavailableError(message, hint="Run the command without --offline.") from error
            from commonhold_plugins.cli.report_refresh import report_failures

            report_failures(self.refresh()[1])

    def _show_age(self, checked: float) -> None:
        age = time.time() - checked
        if age > FRESH_SECONDS:
            from commonhold_plugins.text import age_text

            self.tell(f"The copy of the plugin index is {age_text(age)} old. Refresh it with: {self.command} update")

    def tell(self, message: str) -> None:
        """Print a message to stderr, unless the command is quiet."""
        if not self.quiet:
            from commonhold_plugins.cli.terminal import DIM, echo

            echo(message, DIM)
