"""A package index on this machine, inside the process that asks for it: it ends when that process does."""

from __future__ import annotations

import contextlib
import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # An upload opens several connections at once.
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nobody reads an access log here."""


@contextlib.contextmanager
def local_index(folder: Path) -> Iterator[str]:
    """Serve the distributions in a folder, and take more; gives the address, which only this machine can reach."""
    # Without a fallback: what it does not have, it does not have.
    app = pypiserver.app(roots=[folder], authenticate=[], password_file=".", disable_fallback=True)
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
