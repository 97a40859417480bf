"""Turn the failure of an installer into an error of the client, by the text that pip and uv print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold_plugins.errors import ClientError, UnavailableError
from commonhold_plugins.installers.requests import ConflictError, DifferentHashError

if TYPE_CHECKING:
    from commonhold_plugins.programs import FinishedProgram

_NOISE = re.compile(r"Using (Python|CPython)|Resolved \d|Looking in indexes|Collecting |\s*Downloading |\[notice\]|$")
_HASH = re.compile(r"Hash mismatch|DO NOT MATCH THE HASHES", re.IGNORECASE)
_CONFLICT = re.compile(
    r"No solution found|ResolutionImpossible|No matching distribution found|conflicting dependencies"
    r"|requirements are unsatisfiable|requires a different Python|not a supported wheel"
)
_NETWORK = re.compile(
    r"Connection|timed out|Failed to fetch|Temporary failure|Max retries|50[0-9] (Server|Service|Bad|Gateway|Internal)"
    r"|error sending request|could not connect",
    re.IGNORECASE,
)


def failure(ended: FinishedProgram, installer: str) -> ClientError:
    """Return the error that describes why an installer failed, with the end of its output."""
    text = "\n".join(line for line in ended.message(40).split("\n") if not _NOISE.match(line))
    if _HASH.search(text):
        return DifferentHashError(
            f"a file does not have the hash that the plugin index gives, so it was not installed:\n{text}",
            hint="Do not install it another way. Tell the community that publishes the plugin index.",
        )
    if _CONFLICT.search(text) and not _NETWORK.search(text):
        return ConflictError(f"{installer} finds no versions that fit together:\n{text}")
    return UnavailableError(f"{installer} failed with exit code {ended.code}:\n{text}")
