"""The description that an index shows: whether it is there, and renders there."""

from __future__ import annotations

import io
import os
import sys
import threading
from email.message import Message
from typing import TYPE_CHECKING

from packaging.metadata import InvalidMetadata

from commonhold.effects.process.timeout import TimeoutRunner, TooLongError
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.metadata import Metadata

_TYPES = ("text/plain", "text/x-rst", "text/markdown")
RENDER_SECONDS = 60.0
"""How long it may take to render a description."""

_LONG = 30_000
_APART = (
    "import sys; from commonhold.release.inspect.readme import render\n"
    "why = render(sys.argv[1], sys.stdin.read(), sys.argv[2])\n"
    "sys.stdout.write(why or '')\n"
    "sys.exit(why is not None)"
)
# docutils keeps the roles that a text defines where all threads find them.
_ALONE = threading.Lock()
_VARIANTS = ("GFM", "CommonMark")


def check_readme(name: str, metadata: Metadata) -> Iterator[RawFinding]:
    """What keeps the description from being shown; PyPI refuses a file for each of these."""
    try:
        kind, text = metadata.description_content_type, metadata.description
    except InvalidMetadata:
        return  # told with the metadata
    if kind is None and text is None:
        return
    if text is None or not text.strip():
        yield RawFinding("readme", f"{name}: the description is empty; did the README get lost?", "empty")
        return
    message = Message()
    message["Content-Type"] = kind or "text/x-rst"
    plain = message.get_content_type()
    if plain not in _TYPES:
        yield RawFinding("readme", f"{name}: the description is of type {kind}, which no index shows", "type")
        return
    variant = str(message.get_param("variant", "GFM"))
    why = render(plain, text, variant) if len(text) < _LONG else _render_apart(plain, text, variant)
    if why is not None:
        yield RawFinding("readme", f"{name}: the description does not render as {plain}{why}", "render")


def has_description(metadata: Metadata) -> bool:
    """Whether there is any text that an index would show."""
    try:
        return bool((metadata.description or "").strip())
    except InvalidMetadata:
        return True  # there is one, and what is wrong with it was told


def _render_apart(kind: str, text: str, variant: str) -> str | None:
    """The same in a process of its own, which can be ended: some texts take hours, and nobody else is served then."""
    argv = [sys.executable, "-c", _APART, kind, variant]
    env = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    try:
        finished = TimeoutRunner(RENDER_SECONDS).start(argv, env=env, stdin=text.encode("utf-8", "replace")).wait()
    except TooLongError:
        return f" within {RENDER_SECONDS:.0f} s"
    return finished.stdout.decode("utf-8", "replace") if finished.code else None


def render(kind: str, text: str, variant: str) -> str | None:
    """Nothing when it renders, else why it does not."""
    if kind == "text/plain":
        return None
    if kind == "text/markdown":
        from readme_renderer import markdown

        return None if markdown.render(text, variant=variant if variant in _VARIANTS else "GFM") else ""
    from readme_renderer import rst

    complaints = io.StringIO()
    try:
        with _ALONE:
            rendered = rst.render(text, stream=complaints)
    except Exception as error:  # noqa: BLE001 - docutils meets texts that it was not written for
        return f": {type(error).__name__}"
    if rendered is not None:
        return None
    first = complaints.getvalue().strip().partition("\n")[0]
    return f": {first}" if first else ""
