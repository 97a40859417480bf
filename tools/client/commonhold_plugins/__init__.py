"""Find, install and upgrade the plugins of a community, with verified hashes and without changing the core."""

from __future__ import annotations

from commonhold_plugins.host import Host

__version__ = "0.1.0"

__all__ = ["Host", "__version__"]
