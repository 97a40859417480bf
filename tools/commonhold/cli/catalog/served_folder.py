"""Serve a folder of pages on this machine."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from commonhold.cli.terminal import emit
from commonhold.errors import UsageError

if TYPE_CHECKING:
    from typing import Any


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without listing folders, and without a line for each request."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def list_directory(self, _: Any) -> None:
        """Refuse to list a folder without a page."""
        self.send_error(404)


def serve_folder(folder: str, port: int) -> None:
    """Serve a folder until Ctrl-C, and print its address. Raises ``UsageError`` if the port is in use."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_QuietHandler, directory=folder))
    except OSError as error:
        raise UsageError(f"port {port} cannot be used: {error.strerror}", hint="Choose another port, or 0.") from error
    emit(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C stops)")
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()
