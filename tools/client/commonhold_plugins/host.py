"""Describe the core project whose plugins a command works with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A core distribution, and the base URL of the plugin index of its community.

    A command line that embeds the client passes its own: ``plugins_group(Host(core="flytekit", root="https://..."))``.
    """

    core: str
    root: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", f"{self.root.rstrip('/')}/")

    @property
    def key(self) -> str:
        """The name of this host's folder in the cache: two plugin indexes of one core have different ones."""
        from binascii import crc32

        return f"{self.core}-{crc32(self.root.encode('utf-8', 'backslashreplace')):08x}"
