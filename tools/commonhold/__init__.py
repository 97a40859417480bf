"""Test and release the plugins of a monorepo; test only the plugins that a change can break."""

__version__ = "0.1.0"
