"""Normalize and check names of distributions (PEP 503)."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NewType

    Name = NewType("Name", str)
else:
    Name = str
"""A normalized distribution or extra name (PEP 503, PEP 685)."""


def normalize(name: str) -> Name:
    """Return the normalized form of a name, which is equal for all spellings of the name (PEP 503).

    ``packaging.utils.canonicalize_name`` returns the same, but importing it takes longer than a whole selection, which
    compares only names, not versions or markers.

    >>> normalize("Flytekit__Plugins.Contrib")
    'flytekit-plugins-contrib'
    """
    # Uses str methods: every command normalizes names, and compiling regular expressions would slow every start.
    normal = name.replace("_", "-").replace(".", "-")
    while "--" in normal:
        normal = normal.replace("--", "-")
    return Name(normal.lower())


def placeholder_name(text: str) -> Name:
    """Derive a name from a text, for a project whose own name cannot be read; different texts give different names.

    >>> placeholder_name("flytekit-spark"), placeholder_name("é!")
    ('flytekit-spark', 'xe9-x21')
    """
    # Hexadecimal code points keep the names of different texts different.
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.") else f"-x{ord(char):x}-" for char in text
    )
    return Name(normalize(plain).strip("-") or "unnamed")


def is_valid(name: str) -> bool:
    """Return whether ``name`` is a valid distribution name (PEP 508's identifier)."""
    if not name.isascii() or not name[:1].isalnum() or not name[-1:].isalnum():
        return False
    return name.replace("-", "").replace("_", "").replace(".", "").isalnum()
