"""Limits of HTTP requests, tested with servers that send too slowly, too much or too little."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from commonhold.effects.http import SLOWEST, BoundedAdapter, LateError, TooLargeError, mount_adapter, with_deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\n"
LAST = HEAD + b"Connection: close\r\n"
"""Without this header, the client may reuse a connection that the server is about to close."""


def read_request(client: socket.socket) -> None:
    """Read a whole request: closing a socket with unread data would reset the connection."""
    with client.makefile("rb") as file:
        lines = iter(file.readline, b"\r\n")
        lengths = [int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length:")]
        file.read(sum(lengths))


@contextlib.contextmanager
def serving(respond: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request of one client after the other, and calls ``respond``."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client, contextlib.suppress(OSError):
                        read_request(client)
                        respond(client)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)


def trickle(text: bytes) -> Callable[[socket.socket], None]:
    """Send single bytes, often enough for the time limit of a socket."""

    def respond(client: socket.socket) -> None:
        for byte in text:
            client.sendall(bytes([byte]))
            time.sleep(0.05)

    return respond


@contextlib.contextmanager
def session(silence: float = 600.0, largest: int = 1000, longest: float = 600.0) -> Iterator[requests.Session]:
    """A session with limits. The default times are never reached, however slow the machine is."""
    with requests.Session() as session:
        mount_adapter(session, BoundedAdapter(silence, largest, longest))
        yield session


@pytest.mark.parametrize(
    "text",
    [b"HTTP/1.1 200 " + b"O" * 2000, HEAD + b"X: " + b"x" * 2000, HEAD + b"Content-Length: 2000\r\n\r\n" + b"x" * 2000],
    ids=["status", "headers", "body"],
)
def test_a_response_of_single_bytes_is_late(text):
    with serving(trickle(text)) as address, session(longest=0.5) as client, pytest.raises(LateError):
        client.get(address)


def test_a_long_request_has_more_time():
    waiting = threading.Event()

    def respond(client: socket.socket) -> None:
        waiting.wait(0.8)
        client.sendall(LAST + b"Content-Length: 2\r\n\r\nok")

    with serving(respond) as address, session(longest=0.3) as client:
        assert client.post(address, data=b"x" * 100 * SLOWEST).text == "ok"
        with pytest.raises(LateError):
            client.post(address, data=b"x")


def test_an_endless_response_is_too_large():
    def respond(client: socket.socket) -> None:
        client.sendall(HEAD + b"\r\n")
        while True:
            client.sendall(b"x" * 65536)

    with serving(respond) as address, session() as client, pytest.raises(TooLargeError):
        client.get(address)


def test_the_size_of_a_compressed_response_is_that_of_its_content():
    packed = gzip.compress(b"x" * 5000, mtime=0)
    response = LAST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    with serving(lambda client: client.sendall(response)) as address, session() as client:
        with pytest.raises(TooLargeError):
            client.get(address)
        assert client.get(address, headers={"Accept-Encoding": "identity"}).content == packed


def test_one_connection_serves_several_requests():
    accepted = []

    def respond(client: socket.socket) -> None:
        accepted.append(client)
        for _ in range(3):
            client.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")
            client.recv(65536)

    with serving(respond) as address, session() as client:
        assert [client.get(address).text for _ in range(3)] == ["ok"] * 3
    assert len(accepted) == 1


def test_an_incomplete_body_is_a_lost_connection():
    response = HEAD + b"Content-Length: 200\r\n\r\nx"
    with (
        serving(lambda client: client.sendall(response)) as address,
        session() as client,
        pytest.raises(requests.ConnectionError),
    ):
        client.get(address)


def test_an_action_returns_or_raises_within_its_deadline():
    assert with_deadline(600, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        with_deadline(600, lambda: 1 // 0)


def test_an_action_beyond_its_deadline_is_late():
    ended = threading.Event()
    try:
        with pytest.raises(LateError, match="no response within 0 s"):
            with_deadline(0.05, ended.wait)
    finally:
        ended.set()
