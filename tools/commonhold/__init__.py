"""Runs a plugin monorepo: tests only what a change can break."""

__version__ = "0.1.0"
