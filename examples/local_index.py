"""Run a package index on this machine, inside the current process."""

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
        """Write no access log: it is not needed."""


@contextlib.contextmanager
def local_index(folder: Path) -> Iterator[str]:
    """Serve the distributions in a folder and accept uploads; yield the address, which is reachable only locally."""
    # Without the fallback, which would redirect requests for unknown projects to PyPI.
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
