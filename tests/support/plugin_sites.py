"""Serve the folder of a plugin index as a static site does, with ETags and, if a test wants it, a password."""

from __future__ import annotations

import contextlib
import hashlib
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Site(ThreadingHTTPServer):
    """A static site on loopback. ``requests`` lists (path, status); ``password`` protects it as ``user:password``."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.base = f"http://127.0.0.1:{self.server_port}/"
        self.requests: list[tuple[str, int]] = []
        self.password: str | None = None

    def handle_error(self, request, client_address) -> None:
        """Ignore clients that have closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        file = self.server.folder / self.path.lstrip("/")
        wanted = self.server.password
        if wanted and self.headers["Authorization"] != f"Basic {b64encode(wanted.encode()).decode()}":
            self._answer(401, b"")
        elif not file.is_file():
            self._answer(404, b"")
        else:
            data = file.read_bytes()
            etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            known = self.headers["If-None-Match"] == etag
            self._answer(304 if known else 200, b"" if known else data, etag)

    def _answer(self, status: int, body: bytes, etag: str | None = None) -> None:
        self.server.requests.append((self.path, status))
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def site_of(folder: Path) -> Iterator[Site]:
    with serving(Site(folder)) as site:
        yield site
