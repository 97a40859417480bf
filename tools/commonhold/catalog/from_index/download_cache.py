"""Keep downloaded files in a cache by their SHA-256, so that the next run downloads only new files."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from commonhold.effects.files import read_untrusted, write_atomically
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Mapping


def default_cache_folder(environ: Mapping[str, str]) -> str:
    """Return the folder for downloads in the user's cache."""
    parent = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".cache")
    return os.path.join(parent, "commonhold", "downloads")


class DownloadCache:
    """A folder of files that are named after their SHA-256; ``None`` keeps nothing.

    The cache only saves time, so a file that cannot be read or written, or has changed, is ignored.
    """

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    def load(self, sha256: str, limit: int) -> bytes | None:
        """Return the content with this SHA-256, or ``None`` if the cache does not contain it."""
        if self._folder is None:
            return None
        with contextlib.suppress(OSError, CommonholdError):
            data = read_untrusted(self._path(self._folder, sha256), limit)
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        return None

    def store(self, data: bytes) -> None:
        """Keep the content of a file."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                write_atomically(self._path(self._folder, hashlib.sha256(data).hexdigest()), data)

    @staticmethod
    def _path(folder: str, sha256: str) -> str:
        return os.path.join(folder, sha256[:2], sha256)
