"""Find the folders of a mirror that contain the files of other hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.decoding import Fields, load_json
from commonhold_plugins.errors import MissingError, RejectedError
from commonhold_plugins.urls import is_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold_plugins.fetch import Fetcher

MIRROR = "mirror.json"
"""The document of a mirror, which `commonhold catalog mirror` writes."""

_SCHEMA = 1
_LARGEST = 2**20


def read_mirrors(fetcher: Fetcher, base: str) -> Mapping[str, str]:
    """Return the URL in the mirror for the files of each host; empty if the plugin index is not a mirror.

    The files are below ``base``, so a mirror cannot name another server. Raises ``ClientError``.
    """
    try:
        data = fetcher.fetch(base + MIRROR, largest=_LARGEST).data or b""
    except MissingError:
        return {}
    fields = Fields(load_json(data, MIRROR), MIRROR)
    if fields.number("schema") != _SCHEMA:
        raise RejectedError(f"{MIRROR} has an unknown schema", hint="Upgrade commonhold-plugins.")
    return {each.line("host"): base + each.line("path", is_path, "a path") + "/" for each in fields.items("hosts")}
