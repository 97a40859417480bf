"""Find fixed texts in the contents of files.

stringzilla compares many bytes with one instruction, so it takes about a tenth of the time of ``bytes.find``.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

try:
    import stringzilla

    find: Callable[..., int] = stringzilla.find
except ImportError:  # it is not installed for a version of Python that it has no wheels for
    find = bytes.find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def contains_any(data: bytes, texts: Iterable[bytes]) -> bool:
    """Return whether data contains at least one of the texts."""
    for text in texts:  # noqa: SIM110 - a generator takes longer than the search in a small file
        if find(data, text) >= 0:
            return True
    return False


def places(data: bytes, text: bytes) -> Iterator[int]:
    """Yield the positions of a text that do not overlap."""
    at = find(data, text)
    while at >= 0:
        yield at
        at = find(data, text, at + len(text))
