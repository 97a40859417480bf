"""Compare the files of an installed distribution with the list that its installer wrote."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold_plugins.environments.target import InstalledDistribution

_IGNORED = (".pyc", "/RECORD", "/INSTALLER", "/REQUESTED", "/direct_url.json", "/RECORD.jws", "/RECORD.p7s")


def record_hash(distribution: InstalledDistribution) -> str | None:
    """Return a hash of the files' hashes; ``None`` without a list of files. It is equal for the same wheel.

    Files that the installer writes itself are left out.
    """
    lines = _lines(distribution)
    if lines is None:
        return None
    kept = sorted(f"{path},{digest}" for path, digest in lines if digest and not path.endswith(_IGNORED))
    return hashlib.sha256("\n".join(kept).encode(errors="surrogateescape")).hexdigest()


def changed_files(distribution: InstalledDistribution) -> list[str]:
    """Return the files that are missing, or whose content differs from the list."""
    lines = _lines(distribution)
    if lines is None:
        return [os.path.join(os.path.basename(distribution.location), "RECORD")]
    root = os.path.dirname(distribution.location)
    return [path for path, digest in lines if digest and _digest(os.path.join(root, path), digest) != digest]


def _lines(distribution: InstalledDistribution) -> list[tuple[str, str]] | None:
    try:
        with open(os.path.join(distribution.location, "RECORD"), encoding="utf-8", newline="") as file:
            return [(row[0], row[1]) for row in csv.reader(file) if len(row) == 3]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _digest(path: str, expected: str) -> str | None:
    algorithm = expected.partition("=")[0]
    if algorithm not in ("sha256", "sha384", "sha512"):
        return None
    digest = hashlib.new(algorithm)
    if not os.path.isfile(path):  # a pipe or a device would block
        return None
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return f"{algorithm}={base64.urlsafe_b64encode(digest.digest()).rstrip(b'=').decode()}"
