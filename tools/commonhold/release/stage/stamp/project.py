"""The staged copy of one project, and what it is to become."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Mapping


class StampError(CommonholdError):
    """A project does not carry its version, or a requirement, in a way that can be edited: change the named file."""


@dataclass(frozen=True, slots=True)
class StagedProject:
    """A copy that is edited in place.

    ``folder`` is where the copy is, ``path`` where the project lies in the repository. ``version`` is what it
    becomes, normalized, and ``pins`` are the specifiers that requirements on other distributions get, by their
    normalized names.
    """

    folder: str
    path: str
    name: str
    version: str
    pins: Mapping[str, str]

    def shown(self, file: str) -> str:
        """A file's path in the repository, for messages; ``file`` is relative to the project."""
        return f"{self.path}/{file}" if self.path else file

    def read(self, file: str) -> bytes | None:
        """A file's content; ``None`` when there is none, or when it does not lie in the project."""
        place = self._place(file)
        if place is None or not os.path.isfile(place):
            return None
        with open(place, "rb") as opened:
            return opened.read()

    def write(self, file: str, data: bytes) -> None:
        """Change what a file holds, not its mode; of a symbolic link, the file that it leads to."""
        place = self._place(file)
        if place is None:
            raise StampError(f"{self.shown(file)} is no file of {self.name}")
        with open(place, "wb") as opened:
            opened.write(data)

    def _place(self, file: str) -> str | None:
        if posixpath.isabs(file) or "\0" in file:
            return None
        root = os.path.realpath(self.folder)
        place = os.path.realpath(os.path.join(root, *file.split("/")))
        return place if place.startswith(root + os.sep) else None
