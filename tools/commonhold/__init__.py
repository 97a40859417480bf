"""Runs a plugin monorepo: tests only what a change can break."""
