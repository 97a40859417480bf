"""Check that the packages of the extra ``import`` are installed, before modules that need them are imported."""

from __future__ import annotations

from importlib.util import find_spec

from commonhold.errors import ToolError

_PACKAGES = {"git-filter-repo": "git_filter_repo", "libcst": "libcst", "tomlkit": "tomlkit"}


def check_extra() -> None:
    """Raise ``ToolError`` if a package is missing."""
    missing = [name for name, module in _PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise ToolError(
            f"{', '.join(missing)} is not installed", hint='Run `python -m pip install ".[import]"` in a checkout.'
        )
