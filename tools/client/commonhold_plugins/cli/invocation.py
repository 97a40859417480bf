"""One run of a command: the options that every command accepts, and the host that they select."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold_plugins.host import Host


class Invocation:
    """What a command works with. The options change it while click reads them; the rest is found when it is needed."""

    def __init__(self, host: Host | None = None) -> None:
        self._given = host
        self.host_name: str | None = None
        self.root: str | None = None
        self.python: str | None = None
        self.offline = False
        self.quiet = False
