"""Define the staged copy of a project, with the version and the pins to write into the copy."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class StampError(CommonholdError):
    """A project's version or requirement cannot be edited as it is written: change the named file."""


class ReadableProject(Protocol):
    """A project whose files can be read, relative to its folder: a staged copy, or a folder in a commit."""

    @property
    def name(self) -> str:
        """The distribution's normalized name."""

    def shown(self, file: str) -> str:
        """Return a file's path in the repository, for messages."""

    def read(self, file: str) -> bytes | None:
        """Return the content of a file, or ``None`` if the file does not exist."""


@dataclass(frozen=True, slots=True)
class CommittedProject:
    """A project in a tree; ``contents`` returns a file's content by its path in the repository."""

    path: str
    name: str
    contents: Callable[[str], bytes | None]

    def shown(self, file: str) -> str:
        return f"{self.path}/{file}" if self.path else file

    def read(self, file: str) -> bytes | None:
        return self.contents(self.shown(file))


@dataclass(frozen=True, slots=True)
class StagedProject:
    """A copy that is edited in place.

    ``folder`` is the folder of the copy, ``path`` the project's folder in the repository. ``version`` is the new
    version, normalized. ``pins`` are the specifiers for requirements on other distributions, by normalized name.
    ``root`` is a folder around ``folder`` with copies of other files that the project names; by default ``folder``.
    """

    folder: str
    path: str
    name: str
    version: str
    pins: Mapping[str, str]
    root: str = ""

    def shown(self, file: str) -> str:
        """Return a file's path in the repository, for messages; ``file`` is relative to the project."""
        return f"{self.path}/{file}" if self.path else file

    def read(self, file: str) -> bytes | None:
        """Return the content of a file; ``None`` if the file does not exist or is outside the copy."""
        place = self._place(file)
        if place is None or not os.path.isfile(place):
            return None
        with open(place, "rb") as opened:
            return opened.read()

    def write(self, file: str, data: bytes) -> None:
        """Replace the content of a file but keep the file's mode; follow a symbolic link."""
        place = self._place(file)
        if place is None:
            raise StampError(f"{self.shown(file)} is not a file of {self.name}")
        with open(place, "wb") as opened:
            opened.write(data)

    def _place(self, file: str) -> str | None:
        if posixpath.isabs(file) or "\0" in file:
            return None
        # A link, or "..", may lead out of the copy: do not read or write anything outside.
        root, folder = os.path.realpath(self.root or self.folder), os.path.realpath(self.folder)
        place = os.path.realpath(os.path.join(folder, *file.split("/")))
        return place if place.startswith(root + os.sep) else None
