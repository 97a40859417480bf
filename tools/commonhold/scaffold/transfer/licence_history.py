"""Find changes of the licence in the versions of licence files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.licence_texts import identify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.vcs.history_files import FileVersion

_UNKNOWN = "an unknown licence"


def licence_changes(versions: Sequence[tuple[FileVersion, bytes]]) -> Iterator[tuple[FileVersion, str]]:
    """Yield each version of a licence file, oldest first, whose licence differs from the version before it.

    New years and new owners are not changes.
    """
    before: dict[str, frozenset[str]] = {}
    for version, data in versions:
        found = _identify(data)
        previous = before.get(version.path)
        if previous is not None and previous != found:
            yield version, f"{_name(previous)} became {_name(found)}"
        before[version.path] = found
    if len(before) == 2 and len({*before.values()}) == 2:  # a file was replaced by a file with another name
        first, second = sorted(before)
        yield versions[-1][0], f"{first} contains {_name(before[first])}, and {second} {_name(before[second])}"


def _identify(data: bytes) -> frozenset[str]:
    """Return the licences in a text; for an unknown text, its words outside the lines with a copyright."""
    text = data.decode("utf-8", "replace")
    lines = (line for line in text.splitlines() if "copyright" not in line.lower())
    return identify(text) or frozenset({f"?{' '.join(re.findall('[a-z]+', ' '.join(lines).lower()))}"})


def _name(found: frozenset[str]) -> str:
    return " and ".join(sorted(_UNKNOWN if each.startswith("?") else each for each in found))
