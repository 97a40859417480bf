"""Find changes of the licence in the versions of licence files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.vcs.history_files import FileVersion

# The first phrase that occurs in the normalized text decides, so special cases precede general ones.
_PHRASES = {
    "AGPL": "gnu affero general public license",
    "LGPL": "gnu lesser general public license",
    "GPL": "gnu general public license",
    "Apache-2.0": "apache license version 2 0",
    "MPL-2.0": "mozilla public license version 2 0",
    "MIT": "permission is hereby granted free of charge to any person obtaining a copy",
    "ISC": "permission to use copy modify and or distribute this software for any purpose",
    "BSD-3-Clause": "neither the name",
    "BSD-2-Clause": "redistribution and use in source and binary forms",
    "Unlicense": "this is free and unencumbered software released into the public domain",
    "BUSL": "business source license",
    "Elastic": "elastic license",
}


def licence_name(data: bytes) -> str:
    r"""Return the licence of a text, or ``"an unknown licence"``.

    >>> licence_name(b"Apache License\n   Version 2.0, January 2004")
    'Apache-2.0'
    """
    words = " ".join(re.findall(r"[a-z0-9]+", data.decode("utf-8", "replace").lower()))
    return next((name for name, phrase in _PHRASES.items() if phrase in words), "an unknown licence")


def licence_changes(versions: Sequence[tuple[FileVersion, bytes]]) -> Iterator[tuple[FileVersion, str]]:
    """Yield each version of a licence file, oldest first, whose licence differs from the version before it."""
    before: dict[str, str] = {}
    for version, data in versions:
        name = licence_name(data)
        previous = before.get(version.path)
        if previous is not None and previous != name:
            yield version, f"{previous} became {name}"
        before[version.path] = name
    names = {*before.values()}
    if len(before) == 2 and len(names) == 2 and versions:  # a file was replaced by one with another name
        first, second = sorted(before)
        yield versions[-1][0], f"{first} contains {before[first]}, and {second} contains {before[second]}"
