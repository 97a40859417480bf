"""Write generated files to a folder: only those that changed, and remove those that are no longer generated."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field

from commonhold.effects.files import write_atomically
from commonhold.errors import UsageError

MANIFEST = ".commonhold-site.json"
"""The list of the files that a previous run wrote, with the hashes of each file and of what it was made from."""


@dataclass
class GeneratedFolder:
    """A folder of generated files. Files that other programs wrote are neither overwritten nor removed."""

    folder: str
    written: int = 0
    removed: int = 0
    _files: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the list of the files that were written before."""
        path = os.path.join(self.folder, MANIFEST)
        self._before: dict[str, list[str]] = {}
        with suppress(FileNotFoundError), open(path, "rb") as file:
            try:
                listed = json.load(file)["files"].items()
                self._before = {str(name): [str(digest), str(inputs)] for name, (digest, inputs) in listed}
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise UsageError(
                    f"{path} is not a list of generated files", hint=f"Remove {self.folder}, and run the command again."
                ) from error

    def keeps(self, path: str, inputs: str) -> bool:
        """Return whether the file on disk was made from the same inputs, so that it need not be generated again."""
        before = self._before.get(path)
        if before is None or before[1] != inputs or _hash_of(os.path.join(self.folder, path)) != before[0]:
            return False
        self._files[path] = before
        return True

    def put(self, path: str, data: bytes, inputs: str = "") -> None:
        """Write a file, unless it has this content already. Raises ``UsageError`` if the file is not generated."""
        if path in self._files:
            raise AssertionError(f"{path} is generated twice")
        digest = hashlib.sha256(data).hexdigest()
        self._files[path] = [digest, inputs]
        target = os.path.join(self.folder, path)
        present = _hash_of(target)
        if present == digest:
            return
        if present is not None and path not in self._before:
            raise UsageError(
                f"{target} exists, and commonhold did not write it", hint="Choose an empty folder, or remove the file."
            )
        write_atomically(target, data)
        self.written += 1

    def finish(self) -> None:
        """Remove the files that were generated before and no longer are, and write the list of files."""
        for path in sorted(self._before.keys() - self._files.keys()):
            if os.path.isabs(path) or ".." in path.split("/"):
                continue
            target = os.path.join(self.folder, path)
            if os.path.isfile(target) and not os.path.islink(target):
                os.unlink(target)
                self.removed += 1
            _remove_empty(self.folder, os.path.dirname(path))
        text = json.dumps({"schema": 1, "files": dict(sorted(self._files.items()))}, indent=0)
        write_atomically(os.path.join(self.folder, MANIFEST), f"{text}\n".encode())


def _hash_of(path: str) -> str | None:
    """Return the hash of a file; ``None`` if it does not exist, and an empty text if it is not a file."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def _remove_empty(root: str, folder: str) -> None:
    while folder:
        try:
            os.rmdir(os.path.join(root, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)
