"""Find, install and upgrade the plugins of a community, with verified hashes and without changing the core."""

__version__ = "0.1.0"
