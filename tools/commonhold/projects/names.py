"""Names of distributions, compared as PEP 503 says."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NewType

    Name = NewType("Name", str)
else:
    Name = str
"""A normalized distribution or extra name (PEP 503, PEP 685)."""

_SEPARATORS = re.compile(r"[-_.]+")
_VALID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


def normalize(name: str) -> Name:
    """The form in which two spellings of one name are equal (PEP 503).

    ``packaging.utils.canonicalize_name`` does the same; importing it costs more than a whole
    selection, which needs names but neither versions nor markers.

    >>> normalize("Flytekit__Plugins.Contrib")
    'flytekit-plugins-contrib'
    """
    return Name(_SEPARATORS.sub("-", name).lower())


def placeholder_name(text: str) -> Name:
    """A name for what has none that can be read, made from any text: valid, and of another text another one.

    >>> stand_in("flytekit-spark"), stand_in("é!")
    ('flytekit-spark', 'xe9-x21')
    """
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.") else f"-x{ord(char):x}-" for char in text
    )
    return Name(normalize(plain).strip("-") or "unnamed")


def is_valid(name: str) -> bool:
    """Whether ``name`` is a distribution name at all (PEP 508's identifier)."""
    return _VALID.fullmatch(name) is not None
