"""HTTP that ends, whatever the other side does: real sockets that trickle, and that never stop."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from commonhold.effects.http import BoundedAdapter, LateError, TooLargeError, mount_adapter, with_deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\n"
LAST = HEAD + b"Connection: close\r\n"
"""Without that, the client may ask again on a connection that is about to be closed."""


def hear(client: socket.socket) -> None:
    """Read a request whole: to close on what was not read would reset the connection."""
    with client.makefile("rb") as file:
        lines = iter(file.readline, b"\r\n")
        lengths = [int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length:")]
        file.read(sum(lengths))


@contextlib.contextmanager
def serving(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that hears a request, and then speaks to one client after the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client, contextlib.suppress(OSError):
                        hear(client)
                        speak(client)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)


def trickle(text: bytes) -> Callable[[socket.socket], None]:
    """Sends a byte often enough for any time limit of a socket."""

    def speak(client: socket.socket) -> None:
        for byte in text:
            client.sendall(bytes([byte]))
            time.sleep(0.05)

    return speak


@contextlib.contextmanager
def session(silence: float = 0.5, largest: int = 1000, longest: float = 0.5) -> Iterator[requests.Session]:
    with requests.Session() as session:
        mount_adapter(session, BoundedAdapter(silence, largest, longest))
        yield session


@pytest.mark.parametrize(
    "text",
    [b"HTTP/1.1 200 " + b"O" * 200, HEAD + b"X: " + b"x" * 200, HEAD + b"Content-Length: 200\r\n\r\n" + b"x" * 200],
    ids=["status", "headers", "body"],
)
def test_an_answer_that_trickles_is_late(text):
    with serving(trickle(text)) as address, session() as client, pytest.raises(LateError):
        client.get(address)


def test_a_slow_body_of_a_request_has_time_by_its_length():
    def speak(client: socket.socket) -> None:
        time.sleep(0.8)
        client.sendall(LAST + b"Content-Length: 2\r\n\r\nok")

    with serving(speak) as address, session(silence=5) as client:
        assert client.post(address, data=b"x" * 50_000).text == "ok"
        with pytest.raises(LateError):
            client.post(address, data=b"x")


def test_an_answer_that_does_not_end_is_too_large():
    def speak(client: socket.socket) -> None:
        client.sendall(HEAD + b"\r\n")
        while True:
            client.sendall(b"x" * 65536)

    with serving(speak) as address, session(silence=30, longest=30) as client, pytest.raises(TooLargeError):
        client.get(address)


def test_a_packed_answer_is_measured_as_it_is_read_and_read_as_it_is_when_that_is_asked_for():
    packed = gzip.compress(b"x" * 5000, mtime=0)
    answer = LAST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    with serving(lambda client: client.sendall(answer)) as address, session() as client:
        with pytest.raises(TooLargeError):
            client.get(address)
        assert client.get(address, headers={"Accept-Encoding": "identity"}).content == packed


def test_one_connection_serves_several_requests():
    accepted = []

    def speak(client: socket.socket) -> None:
        accepted.append(client)
        for _ in range(3):
            client.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")
            client.recv(65536)

    with serving(speak) as address, session() as client:
        assert [client.get(address).text for _ in range(3)] == ["ok"] * 3
    assert len(accepted) == 1


def test_a_body_that_is_cut_is_a_lost_connection():
    answer = HEAD + b"Content-Length: 200\r\n\r\nx"
    with (
        serving(lambda client: client.sendall(answer)) as address,
        session() as client,
        pytest.raises(requests.ConnectionError),
    ):
        client.get(address)


def test_what_an_action_returns_or_raises_is_handed_on():
    assert with_deadline(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        with_deadline(5, lambda: 1 // 0)
    with pytest.raises(LateError):
        with_deadline(0.05, lambda: time.sleep(1))
