"""Print the readme of a release, which is read from the plugin index and checked against its hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from commonhold_plugins.cli.terminal import columns, emit, has_colours
from commonhold_plugins.errors import RejectedError, UnavailableError, UnknownPluginError
from commonhold_plugins.text import printable_lines
from commonhold_plugins.urls import shown_url

if TYPE_CHECKING:
    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.model import Readme, Release

LARGEST_README = 4 * 1024 * 1024


def print_readme(invocation: Invocation, entry: CatalogEntry, release: Release | None) -> None:
    """Print the readme of a release, or of the newest one that has a readme."""
    found = [each for each in (release, *entry.plugin.releases) if each is not None and each.readme is not None]
    readme = found[0].readme if found else None
    if readme is None:
        raise UnknownPluginError(f"{entry.reference} has no readme in the plugin index")
    text = printable_lines(_read(invocation, readme).decode("utf-8", "replace"))
    width = columns()
    if width is None or readme.kind.partition(";")[0].strip() != "text/markdown":
        emit(text.rstrip("\n"))
        return
    import sys

    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=width, no_color=not has_colours(sys.stdout), highlight=False)
    with console.capture() as capture:
        console.print(Markdown(text, hyperlinks=False))  # the text of a link could hide its URL
    emit(capture.get().rstrip("\n"))


def _read(invocation: Invocation, readme: Readme) -> bytes:
    store = invocation.store()
    data = store.load(readme.sha256)
    if data is not None:
        return data
    if readme.size > LARGEST_README:
        raise RejectedError(f"the readme has {readme.size} bytes, and the client shows at most {LARGEST_README}")
    if invocation.offline:
        raise UnavailableError("there is no copy of the readme", hint="Run the command without --offline.")
    data = invocation.fetcher().fetch(readme.url, largest=LARGEST_README).data or b""
    if hashlib.sha256(data).hexdigest() != readme.sha256:
        raise RejectedError(f"{shown_url(readme.url)} is not the readme that the plugin index lists: its hash differs")
    store.add(data)
    return data
