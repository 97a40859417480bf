"""Serve a package index from memory, with faults: errors, cut connections, swapped bytes, redirects, slow answers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.support.servers import serving
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fault = Callable[["_IndexHandler", bytes], bytes | None]
    """Answers a request itself, or returns the body to send."""


def small_wheel(
    name: str, version: str, *requires: str, salt: str = "", files: dict[str, bytes] | None = None
) -> tuple[str, bytes]:
    """Return the name and content of a wheel with one package, which requires other distributions."""
    module = {f"{name.replace('-', '_')}/__init__.py": f"__version__ = {version!r}  # {salt}\n".encode()}
    return make_wheel(
        name, version, *(f"Requires-Dist: {each}" for each in requires), files={**module, **(files or {})}
    )


class PackageIndex(ThreadingHTTPServer):
    """A package index on loopback. ``faults`` maps the name of a file or project to the fault of its requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _IndexHandler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.simple = f"{self.base}/simple/"
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Fault] = {}
        self.details: dict[str, dict[str, Any]] = {}
        """More keys of files; if there are any, the pages are JSON. The status of a project is below its name."""
        self.requests: list[str] = []
        self.caching = "no-store"
        self.guard = threading.Event()

    def add(
        self, name: str, version: str, *requires: str, salt: str = "", files: dict[str, bytes] | None = None
    ) -> str:
        """Add a wheel to the index and return its file name."""
        return self.add_file(*small_wheel(name, version, *requires, salt=salt, files=files))

    def add_file(self, file: str, data: bytes) -> str:
        self.files[file] = data
        return file

    def url(self, file: str) -> str:
        return f"{self.base}/files/{file}"

    def sha256(self, file: str) -> str:
        return hashlib.sha256(self.files[file]).hexdigest()

    def handle_error(self, request, client_address) -> None:
        """Ignore clients that have closed the connection."""


class _IndexHandler(BaseHTTPRequestHandler):
    server: PackageIndex
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_HEAD(self) -> None:
        self.answer(405, b"")  # uv then sends GET

    def do_GET(self) -> None:
        _, kind, name, *_ = [*self.path.split("/"), "", ""]
        self.server.requests.append(self.path)
        body = self.server.files.get(name) if kind == "files" else self._page(name)
        fault = self.server.faults.get(name)
        if fault is not None:
            body = fault(self, body or b"")
            if body is None:
                return
        page = "application/vnd.pypi.simple.v1+json" if self.server.details else "text/html"
        self.answer(200 if body else 404, body or b"", page if kind == "simple" else "application/zip")

    def _page(self, project: str) -> bytes:
        stem = f"{project.replace('-', '_')}-"
        files = [file for file in self.server.files if file.startswith(stem) and not file.endswith(".metadata")]
        if self.server.details:
            return self._json_page(project, files) if files else b""
        links = [f'<a href="/files/{file}#sha256={self.server.sha256(file)}">{file}</a>' for file in files]
        return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode() if links else b""

    def _json_page(self, project: str, files: list[str]) -> bytes:
        server = self.server
        listed = [
            {
                "filename": file,
                "url": server.url(file),
                "hashes": {"sha256": server.sha256(file)},
                "size": len(server.files[file]),
                "upload-time": "2026-11-30T10:00:00.123456Z",
                "core-metadata": f"{file}.metadata" in server.files,
                **server.details.get(file, {}),
            }
            for file in files
        ]
        page = {"meta": {"api-version": "1.4"}, "name": project, "files": listed, **server.details.get(project, {})}
        return json.dumps(page).encode()

    def answer(self, status: int, body: bytes, kind: str = "text/plain", **headers: str) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Cache-Control": self.server.caching,
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)


def unavailable(handler: _IndexHandler, body: bytes) -> None:
    handler.answer(503, b"later")


def cut(handler: _IndexHandler, body: bytes) -> None:
    """Send half of the body, then close the connection."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def slow(handler: _IndexHandler, body: bytes) -> bytes:
    time.sleep(0.5)
    return body


def waiting(handler: _IndexHandler, body: bytes) -> bytes:
    """Answer only when the test sets ``guard``."""
    handler.server.guard.wait(60)
    return body


def swapped(other: bytes) -> Fault:
    """Send another file instead."""
    return lambda _handler, _body: other


def redirected(url: str) -> Fault:
    def redirect(handler: _IndexHandler, body: bytes) -> None:
        handler.answer(302, b"", Location=url)

    return redirect


@contextlib.contextmanager
def package_index() -> Iterator[PackageIndex]:
    with serving(PackageIndex()) as index:
        yield index
