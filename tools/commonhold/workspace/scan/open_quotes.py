"""Find out whether positions in a Python file are inside a string, without parsing the file."""

from __future__ import annotations

_SINGLE = (b'"', b"'")
_TRIPLE = (b'"""', b"'''")
_MAX_WORD = 200


class QuotesBefore:
    """The quotes before positions in a file.

    Querying all positions in ascending order takes time linear in the file's size.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._restart()

    def _restart(self) -> None:
        self._at = 0
        self._in_line = [0, 0]
        self._triple = [0, 0]

    def are_open(self, at: int) -> bool:
        """Return whether a position, which is not at a quote or blank, seems to be inside a string."""
        if at < self._at and not self._is_same_word(at):
            self._restart()
        data, before = self._data, self._at
        if at > before:
            line = data.rfind(b"\n", before, at) + 1
            if line:
                self._in_line = [0, 0]
            for index in (0, 1):
                self._in_line[index] += data.count(_SINGLE[index], max(line, before), at)
                self._triple[index] += data.count(_TRIPLE[index], before, at)
            self._at = at
        return any(count % 2 for count in (*self._in_line, *self._triple))

    def _is_same_word(self, at: int) -> bool:
        """Return whether a position is slightly before the previous position, as for parts of a very long word."""
        between = self._data[at : self._at] if self._at - at <= _MAX_WORD else b"\n"
        return not any(char in between for char in (b"\n", *_SINGLE))
