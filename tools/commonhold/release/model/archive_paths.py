"""Paths in archives: which of them would be written elsewhere, or over each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST = 1000
"""Bytes that a path may have: disks take about four times as much, with the folder that it comes to lie in."""


def path_error(path: str) -> str | None:
    """What is wrong with a path in an archive, to follow "which"; ``None`` for a sound one."""
    if len(path.encode("utf-8", "surrogatepass")) > _LONGEST:
        return "is too long for many disks"
    if not path or path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
        return "has a control character"
    if not path.isprintable() and any(0xD800 <= ord(sign) <= 0xDFFF for sign in path):
        return "is not UTF-8"
    parts = path.split("/")
    if ".." in parts:
        return "leads out of the archive"
    if "" in parts or "." in parts:
        return "is not in its simplest form"
    return None


def link_escapes(path: str, target: str) -> bool:
    """Whether a symbolic link at ``path`` leads out of the folder that all paths are in."""
    if path_error(target.removeprefix("./") or ".") in ("is absolute", "has a backslash", "has a control character"):
        return True
    depth = path.count("/") - 1  # below the one folder of an sdist
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def find_duplicates(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Paths that come twice, or that one file system cannot hold beside another; each with a complaint."""
    seen: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            same = seen[folded] == path
            yield path, f"holds {path} twice" if same else f"holds {path} beside {seen[folded]}: many disks cannot"
        seen.setdefault(folded, path)
    # In this order, whatever lies below a path comes next after it.
    above = ""
    for folded in sorted(seen, key=lambda folded: folded.replace("/", "\0")):
        if above and folded.startswith(f"{above}/"):
            yield seen[above], f"holds {seen[above]} as a file and as a folder"
        above = folded
