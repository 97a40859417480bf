"""Run a package index, or a web server for files, on this machine, inside the current process."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import HTTPServer
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
    with _running(make_server("127.0.0.1", 0, app, _Server, _Quiet)) as address:
        yield address


class _QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Write no access log: it is not needed."""


@contextlib.contextmanager
def local_files(folder: Path) -> Iterator[str]:
    """Serve the files in a folder; yield the address, which is reachable only locally."""
    with _running(ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietFiles, directory=str(folder)))) as address:
        yield address


@contextlib.contextmanager
def _running(server: HTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
