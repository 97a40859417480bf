"""A proxy in front of a server that applies faults to uploads, one each, and to reads; it forwards everything else."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.processes import LIMIT
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Fault:
    """The fate of one request. ``passed``: the index gets it first. Without ``status``, no response after ``pause``.

    ``missing`` bytes of the text are announced, but never sent. ``drip`` is a pause after each byte.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    passed: bool = False
    pause: float = 0.0
    missing: int = 0
    drip: float = 0.0


LOST = Fault(passed=True)
CUT = Fault()


class Proxy(ThreadingHTTPServer):
    """A reverse proxy on loopback. Each upload takes the next of ``faults``; ``uploads`` are the received bodies.

    ``read_fault`` returns the fault of a read, given its path, or ``None``. ``alters`` changes the body of a page or
    file. Uploads wait until ``uploads_to_await`` of them are
    at the proxy at the same time, at most ``LIMIT`` seconds.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target.removeprefix("http://")
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.faults: list[Fault] = []
        self.read_fault: Callable[[str], Fault | None] = lambda _path: None
        self.alters: Callable[[str, bytes], bytes] = lambda _path, body: body
        self.uploads: list[bytes] = []
        self.authorizations: list[str] = []
        self.most_at_once = 0
        self.at_once = 0
        self.uploads_to_await = 0
        self.guard = threading.Condition()

    def handle_error(self, request, client_address) -> None:
        """Ignore clients that have closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        if (fault := self.server.read_fault(self.path)) is not None:
            self._fail(fault, b"")
            return
        status, headers, body = self._forward(b"")
        self._answer(status, headers, self.server.alters(self.path, body))

    def do_HEAD(self) -> None:
        self._answer(405, [], b"")  # uv then sends GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.guard:
            self.server.uploads.append(body)
            self.server.authorizations.append(self.headers.get("Authorization", ""))
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            fault = self.server.faults.pop(0) if self.server.faults else None
            self.server.guard.notify_all()
            self.server.guard.wait_for(lambda: self.server.most_at_once >= self.server.uploads_to_await, LIMIT)
        try:
            self._fail(fault, body) if fault else self._answer(*self._forward(body))
        finally:
            with self.server.guard:
                self.server.at_once -= 1

    def _fail(self, fault: Fault, body: bytes) -> None:
        if fault.passed:
            self._forward(body)
        time.sleep(fault.pause)
        if fault.status:
            self._answer(fault.status, [*fault.headers.items()], fault.text.encode(), fault)
        else:
            self.close_connection = True

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        link = http.client.HTTPConnection(self.server.target, timeout=LIMIT)
        with contextlib.closing(link):
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            link.request(self.command, self.path, body, headers)
            answer = link.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, fault: Fault | None = None) -> None:
        fault = fault or Fault()
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + fault.missing))
            self.end_headers()
            pieces = [bytes([byte]) for byte in body] if fault.drip else [body]
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(fault.drip)
            self.close_connection = self.close_connection or bool(fault.missing)


@contextlib.contextmanager
def proxy_before(target: str) -> Iterator[Proxy]:
    with serving(Proxy(target)) as proxy:
        yield proxy
