"""The client of a package index, with all kinds of responses."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from commonhold.index import client as client_module
from commonhold.index.addresses import Address
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.index.page import IndexFile
from commonhold.index.projects import IndexProject, look_up_projects
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/vnd.pypi.simple.v1+json"
HASH = "ab" * 32


@dataclass(frozen=True)
class Page:
    """An answer; with a ``pause`` it comes byte by byte."""

    body: bytes
    kind: str = JSON
    status: int = 200
    pause: float = 0.0
    location: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    page: Page


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        page = self.server.page
        self.send_response(200 if self.path == "/elsewhere" else page.status)
        self.send_header("Content-Type", page.kind)
        if page.location and self.path != "/elsewhere":
            self.send_header("Location", page.location)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for part in [page.body] if not page.pause else [page.body[i : i + 1] for i in range(len(page.body))]:
                self.wfile.write(part)
                time.sleep(page.pause)


@contextlib.contextmanager
def index_with(page: Page) -> Iterator[IndexClient]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.page = page
    base = f"http://127.0.0.1:{server.server_port}/"
    with serving(server):
        yield IndexClient(Address(base, base))


def listing(**hashes: object) -> Page:
    file = {"filename": "x-1.0.tar.gz", "url": "x-1.0.tar.gz", "hashes": hashes}
    return Page(json.dumps({"meta": {"api-version": "1.0"}, "name": "x", "files": [file]}).encode())


def test_a_file_has_its_hash_and_its_url():
    with index_with(listing(sha256=HASH)) as client:
        assert client.files("x") == (
            IndexFile("x-1.0.tar.gz", "1.0", HASH, url=f"{client.address.simple}x/x-1.0.tar.gz"),
        )


def test_a_hash_is_read_in_any_case():
    with index_with(listing(sha256=HASH.upper())) as client:
        (file,) = client.files("x") or ()
        assert file.sha256 == HASH


@pytest.mark.parametrize("found", ["", "ab", "\x1b[31mred", f"{HASH}\n", "x" * 100_000])
def test_a_text_that_is_not_a_hash_is_dropped(found):
    with index_with(listing(sha256=found)) as client:
        (file,) = client.files("x") or ()
        assert file.sha256 is None


@pytest.mark.parametrize(
    "page",
    [
        Page(b"[" * 200_000),
        Page(b"{}"),
        Page(b"\xff\xfe"),
        Page(b"{", status=503),
        Page(b"", kind="image/png"),
        Page(b"<![\n<![x[y]]>", kind="text/html; charset=no-such-thing"),
        listing(sha256=7),
    ],
    ids=["deep", "empty", "no text", "failing", "an image", "odd HTML", "a number"],
)
def test_a_page_that_is_not_of_an_index_is_an_error_or_lists_nothing(page):
    with index_with(page) as client, contextlib.suppress(IndexUnreachableError):
        assert client.files("x") is None


@pytest.mark.parametrize(
    "page",
    [
        Page(b'{"meta": {"api-version": "1.0"}, "name": "x", "files": []}'),
        Page(b"<!DOCTYPE html><html><body><h1>Links for x</h1></body></html>", kind="text/html"),
        Page(b"", status=404),
    ],
    ids=["empty JSON", "empty HTML", "missing"],
)
def test_a_project_without_files_does_not_exist(page):
    with index_with(page) as client:
        assert client.files("x") is None
        assert look_up_projects(client, ["x"])["x"] == IndexProject()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_project_that_the_index_forwards_to_another_one_does_not_exist(status):
    with (
        index_with(listing(sha256=HASH)) as other,
        index_with(Page(b"", status=status, location=f"{other.address.simple}x/")) as client,
    ):
        assert client.files("x") is None


def test_a_redirect_within_an_index_is_followed():
    with index_with(replace(listing(sha256=HASH), status=301, location="/elsewhere")) as client:
        (file,) = client.files("x") or ()
        assert file.sha256 == HASH


def test_an_endless_redirect_is_an_error():
    with (
        index_with(Page(b"", status=301, location="/x/")) as client,
        pytest.raises(IndexUnreachableError, match="cannot read project x"),
    ):
        client.files("x")


def test_a_page_of_single_bytes_times_out(monkeypatch):
    monkeypatch.setattr(client_module, "LONGEST", 0.5)
    with (
        index_with(replace(listing(sha256=HASH), pause=0.2)) as client,
        pytest.raises(IndexUnreachableError, match="Late"),
    ):
        client.files("x")


def test_an_endless_page_is_an_error(monkeypatch):
    monkeypatch.setattr(client_module, "LARGEST", 1000)
    with index_with(Page(b" " * 2000)) as client, pytest.raises(IndexUnreachableError, match="TooLarge"):
        client.files("x")


@pytest.mark.parametrize(
    "location", ["http://[::1", "http://x:port/", "//", "http://\xff", "http://%zz", "ftp://x", "/" * 99]
)
def test_a_redirect_to_an_odd_address_is_an_error(location):
    with index_with(Page(b"", status=302, location=location)) as client:
        file = IndexFile("x-1.0.tar.gz", "1.0", None, url=client.address.simple)
        for query in (lambda: client.files("x"), lambda: client.owners("x"), lambda: client.fetch(file, 9)):
            with pytest.raises(IndexUnreachableError):
                query()


def test_the_message_has_the_http_status():
    with index_with(Page(b"", status=403)) as client, pytest.raises(IndexUnreachableError, match="HTTP 403"):
        client.files("x")


@pytest.mark.parametrize(
    ("ownership", "owners"),
    [
        ({"roles": [{"role": "Owner", "user": "octocat"}], "organization": "acme"}, {"octocat", "acme"}),
        ({"roles": [], "organization": None}, None),
        ({"roles": [3]}, None),
        ("nobody", None),
    ],
)
def test_owners_are_read_if_the_index_publishes_them(ownership, owners):
    with index_with(Page(json.dumps({"ownership": ownership}).encode())) as client:
        assert client.owners("x") == owners


@pytest.mark.parametrize("page", [Page(b"none", status=404), Page(b"<html>"), Page(b"{}")])
def test_an_index_without_owners_is_not_an_error(page):
    with index_with(page) as client:
        assert client.owners("x") is None


@pytest.mark.parametrize("status", [429, 503])
def test_an_index_that_fails_to_list_owners_is_unreachable(status):
    with (
        index_with(Page(b"", status=status)) as client,
        pytest.raises(IndexUnreachableError, match=f"owners of x .* {status}"),
    ):
        client.owners("x")


def test_a_file_is_downloaded_unless_it_exceeds_its_size():
    with index_with(Page(b"bytes", kind="application/gzip")) as client:
        file = IndexFile("x-1.0.tar.gz", "1.0", None, url=f"{client.address.simple}x-1.0.tar.gz")
        assert client.fetch(file, 5) == b"bytes"
        assert client.fetch(file, 4) is None


@pytest.mark.parametrize("url", ["file:///etc/hostname", "x-1.0.tar.gz", "http://[", "http://127.0.0.1:1/"])
def test_a_file_that_cannot_be_downloaded_is_an_error(url):
    client = IndexClient(Address("http://127.0.0.1:1/", "http://127.0.0.1:1/"))
    with pytest.raises(IndexUnreachableError, match=r"cannot download x-1\.0\.tar\.gz"):
        client.fetch(IndexFile("x-1.0.tar.gz", "1.0", None, url=url), 5)
