"""Find the fixed texts that mentions contain, so that only texts with one of them are read."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from commonhold.workspace.plugin_discovery import Owners

_MAX_PARTS = 16  # with more texts to look for, one search for every word is faster
RELATIVE_STARTS = (b"../", b":parent")
"""The starts of paths from a file's own folder to other plugins."""


class NeededTexts:
    """Fixed texts of which every mention of a plugin contains at least one.

    Names and modules contain one of ``parts``, written in lower case; ``None`` if too many parts are needed. Paths
    contain one of ``path_starts``.
    """

    def __init__(
        self, names: Iterable[str], roots: Iterable[str], folders: Collection[str], owners: Owners, root: str
    ) -> None:
        start = len(root) + 1 if root else 0
        self.parts = _parts(names, roots)
        self.path_starts = (*RELATIVE_STARTS, *{_path_start(folder, owners, start) for folder in folders})
        self._parts = tuple(part.decode() for part in self.parts or ())
        self._starts = tuple(text.decode(errors="surrogateescape") for text in self.path_starts)

    def may_be_in(self, text: str) -> bool:
        """Return whether a line or a string may mention a plugin."""
        if self.parts is None or "import" in text or any(start in text for start in self._starts):
            return True
        lowered = text.lower()
        return any(part in lowered for part in self._parts)


def _path_start(folder: str, owners: Owners, start: int) -> bytes:
    """Return the first name of every path from the root or from an enclosing plugin to a folder, followed by a slash.

    ``start`` is the position at which a folder's path from the root starts.
    """
    enclosing = owners.of(folder)
    inner = folder[len(enclosing) + 1 if enclosing else start :]
    return f"{inner.partition('/')[0]}/".encode(errors="surrogateescape")


def _parts(names: Iterable[str], roots: Iterable[str]) -> tuple[bytes, ...] | None:
    """Return a few texts so that every name and every module contains one of them; ``None`` if too many are needed."""
    roots = {root.lower() for root in roots}
    words = (*names, *(root.replace("_", "-") for root in roots if "_" in root))
    # ``_native`` begins with an empty part, which every place of every text would contain.
    left = {word: [part for part in word.split("-") if part] or ["_"] for word in words}
    parts: list[str] = []
    while left and len(parts) <= _MAX_PARTS:
        counts: dict[str, int] = {}
        for several in left.values():
            for part in several:
                counts[part] = counts.get(part, 0) + 1
        parts.append(max(counts, key=lambda part: (counts[part], len(part), part)))
        left = {word: several for word, several in left.items() if parts[-1] not in several}
    parts += sorted(f"{root}." for root in roots if not any(part in root for part in parts))
    return tuple(part.encode() for part in parts) if len(parts) <= _MAX_PARTS else None
