"""Folders of the client: XDG's, or those below ``COMMONHOLD_PLUGINS_HOME``."""

from __future__ import annotations

import os

APPLICATION = "commonhold-plugins"
HOME_VARIABLE = "COMMONHOLD_PLUGINS_HOME"


def cache_folder() -> str:
    """Return the folder of copies, which can be deleted at any time."""
    return _folder("XDG_CACHE_HOME", ".cache", "cache")


def state_folder() -> str:
    """Return the folder of receipts, which list the installed plugins."""
    return _folder("XDG_STATE_HOME", ".local/state", "state")


def config_folder() -> str:
    """Return the folder of the configuration: hosts, plugin indexes, and the user's trust in them."""
    return _folder("XDG_CONFIG_HOME", ".config", "config")


def config_file() -> str:
    """Return the path of the configuration file."""
    return os.path.join(config_folder(), "config.json")


def _folder(variable: str, default: str, below: str) -> str:
    if home := os.environ.get(HOME_VARIABLE):
        return os.path.join(os.path.abspath(os.path.expanduser(home)), below)
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):  # XDG: a relative path must be ignored
        base = os.path.join(os.path.expanduser("~"), default)
    return os.path.join(base, APPLICATION)
