"""Resolve and apply changes with the installer that fits an environment."""
