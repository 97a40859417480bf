"""Print installed plugins as lines for other tools, with their hashes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from commonhold_plugins.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold_plugins.state.receipts import Receipt

FORMATS = ("requirements", "pylock", "imagespec", "uv")
_GIT = re.compile(r"git\+(?P<url>[^@#]+)@(?P<commit>[0-9a-f]{40})(#subdirectory=(?P<folder>.+))?", re.ASCII)


def export_plugins(receipts: Sequence[Receipt], form: str) -> str:
    """Return the lines of a format. Raises ``RefusedError`` for a plugin that the format cannot describe."""
    if form == "pylock":
        return _pylock(receipts)
    if form == "imagespec":
        return _imagespec(receipts)
    return "\n".join(map(_hash_line if form == "uv" else _requirement, receipts))


def _requirement(receipt: Receipt) -> str:
    return receipt.requirement.line


def _hash_line(receipt: Receipt) -> str:
    """Return a line that takes the file from the package index; uv compares the hash of each such line alone."""
    if receipt.sha256 is None:
        if receipt.url is None:
            raise _no_hash(receipt)
        return receipt.requirement.line
    return f"{receipt.name}=={receipt.version} --hash=sha256:{receipt.sha256}"


def _imagespec(receipts: Sequence[Receipt]) -> str:
    lines = [f"        {json.dumps(_requirement(receipt))}," for receipt in receipts]
    return "\n".join(("ImageSpec(", "    packages=[", *lines, "    ],", ")"))


def _pylock(receipts: Sequence[Receipt]) -> str:
    lines = ['lock-version = "1.0"', 'created-by = "commonhold-plugins"']
    for receipt in receipts:
        lines += ["", "[[packages]]", f"name = {json.dumps(receipt.name)}", f"version = {json.dumps(receipt.version)}"]
        lines += _source(receipt)
    return "\n".join(lines)


def _source(receipt: Receipt) -> list[str]:
    url = receipt.url or ""
    if (match := _GIT.fullmatch(url)) is not None:
        folder = [f"subdirectory = {json.dumps(match['folder'])}"] if match["folder"] else []
        commit = f"commit-id = {json.dumps(match['commit'])}"
        return ["[packages.vcs]", 'type = "git"', f"url = {json.dumps(match['url'])}", commit, *folder]
    if receipt.sha256 is None:
        raise _no_hash(receipt)
    name = url.rpartition("/")[2]
    head = "[[packages.wheels]]" if name.endswith(".whl") else "[packages.sdist]"
    hashes = f"hashes = {{ sha256 = {json.dumps(receipt.sha256)} }}"
    return [head, f"name = {json.dumps(name)}", f"url = {json.dumps(url)}", hashes]


def _no_hash(receipt: Receipt) -> RefusedError:
    return RefusedError(
        f"{receipt.short} was installed without the client, so its file and hash are not known",
        hint=f"Install it with the client, which replaces it if its file differs: {{command}} install {receipt.short}",
    )
