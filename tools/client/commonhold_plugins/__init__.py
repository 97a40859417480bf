"""Find, install and upgrade the plugins of a community, with verified hashes and without changing the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonhold_plugins.host import Host

__version__ = "0.1.0"

__all__ = ["Host", "__version__"]


def __getattr__(name: str) -> Any:
    """Import public classes late, because a core's command line imports this package at its start."""
    if name == "Host":
        from commonhold_plugins.host import Host

        return Host
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
