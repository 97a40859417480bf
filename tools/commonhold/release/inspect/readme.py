"""Check that a description is present and that the index can render it."""

from __future__ import annotations

import io
import os
import sys
import threading
from email.message import Message
from typing import TYPE_CHECKING

from packaging.metadata import InvalidMetadata

from commonhold.effects.process import Command
from commonhold.effects.process.run import TimedOutError, run
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.metadata import Metadata

RENDER_SECONDS = 60.0
"""The time limit for rendering a description."""

# Any text below this length renders in reasonable time, so it is rendered without a separate process.
_LONG_TEXT = 30_000
_RENDER_SCRIPT = (
    "import sys; sys.path[:] = filter(None, sys.path)\n"  # not from the current folder: it contains plugins
    "from commonhold.release.inspect.readme import render\n"
    "why = render(sys.argv[1], sys.stdin.read(), sys.argv[2])\n"
    "sys.stdout.write(why or '')\n"
    "sys.exit(why is not None)"
)
# docutils stores the roles of a text in global variables, so threads must not render at the same time.
_DOCUTILS_LOCK = threading.Lock()
_MARKDOWN_VARIANTS = ("GFM", "CommonMark")


def check_readme(name: str, metadata: Metadata) -> Iterator[RawFinding]:
    """Report why the description cannot be rendered. PyPI rejects an upload for each of these reasons."""
    try:
        kind, text = metadata.description_content_type, metadata.description
    except InvalidMetadata:
        return  # parsing reported it already
    if kind is None and text is None:
        return
    if text is None or not text.strip():
        message = f"{name}: the description is empty; is the README missing from the metadata?"
        yield RawFinding("readme", message, "empty")
        return
    message_header = Message()
    message_header["Content-Type"] = kind or "text/x-rst"  # the specification's default
    plain_type = message_header.get_content_type()
    variant = str(message_header.get_param("variant", "GFM"))
    error = render(plain_type, text, variant) if len(text) < _LONG_TEXT else _render_apart(plain_type, text, variant)
    if error is not None:
        yield RawFinding("readme", f"{name}: the description does not render as {plain_type}{error}", "render")


def has_description(metadata: Metadata) -> bool:
    """Return whether the metadata has a description for an index to show."""
    try:
        return bool((metadata.description or "").strip())
    except InvalidMetadata:
        return True  # a description is present, and parsing has already reported its defect


def _render_apart(kind: str, text: str, variant: str) -> str | None:
    """Render a description in a separate process, with a time limit.

    Some texts take hours to render. A thread could not be stopped. It would also block all other threads, because the
    renderers do not release Python's global lock.
    """
    argv = (sys.executable, "-c", _RENDER_SCRIPT, kind, variant)
    env = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    try:
        finished = run(Command(argv, env, input=text.encode("utf-8", "replace"), timeout=RENDER_SECONDS))
    except TimedOutError:
        return f" within {RENDER_SECONDS:.0f} s"
    return finished.stdout.decode("utf-8", "replace") if finished.code else None


def render(kind: str, text: str, variant: str) -> str | None:
    """Render a description as PyPI does; return ``None`` or an error, which is appended to a message."""
    if kind == "text/plain":
        return None
    if kind == "text/markdown":
        from readme_renderer import markdown

        return None if markdown.render(text, variant=variant if variant in _MARKDOWN_VARIANTS else "GFM") else ""
    from readme_renderer import rst

    warnings = io.StringIO()
    try:
        with _DOCUTILS_LOCK:
            rendered = rst.render(text, stream=warnings)
    except Exception as error:  # noqa: BLE001 - docutils crashes on some texts, such as deep nesting
        return f": {type(error).__name__}"
    if rendered is not None:
        return None
    first = warnings.getvalue().strip().partition("\n")[0]
    return f": {first}" if first else ""
