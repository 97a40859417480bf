"""Pages of the simple API: the same files as pypi-simple finds, and no page that takes long to read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypi_simple import ProjectPage
from requests import Response

from commonhold.index.page import FileDetails, IndexFile, PageError, read_page, version_of

HTML, JSON = "text/html", "application/vnd.pypi.simple.v1+json"
BASE = "https://index.example/simple/x/"
HASH = "0" * 64


def response(body: str | bytes, kind: str = HTML) -> Response:
    made = Response()
    made._content = body.encode() if isinstance(body, str) else body
    made.status_code, made.url, made.headers["Content-Type"] = 200, BASE, kind
    return made


def by_pypi_simple(made: Response) -> list[IndexFile]:
    """The files that pypi-simple, which reads pages slowly, finds."""
    found = []
    for package in ProjectPage.from_response(made, "x").packages:
        sha256 = (package.digests or {}).get("sha256")
        found.append(IndexFile(package.filename, package.version, sha256, bool(package.is_yanked), package.url))
    return found


@pytest.mark.parametrize(
    "body",
    [
        f'<a href="x-1.0.tar.gz#sha256={HASH}">x-1.0.tar.gz</a><br/>',
        f"<A HREF='../../f/x-1.0.zip#sha256={HASH}' data-yanked>x-1.0.zip</A>",
        '<a href="https://files.example/x-1-py3-none-any.whl" data-yanked="why" >\n x-1-py3-none-any.whl\n</a>',
        '<a data-requires-python="&gt;=3.8" href=x-1.tar.gz>x-1.tar.gz</a>',
        '<a data-requires-python=">=3.8" href="x-1.tar.gz">x-1.tar.gz</a>',
        '<a href="x-1.tar.gz#md5=0">x-1.tar.gz</a><a href="x-2.tar.gz">x-2.tar.gz</a>',
        '<a href="x-1.tar.gz?a=1&amp;b=2"><b>x</b>-1.tar.gz</a>',
        '<!-- <a href="x-0.tar.gz">x-0.tar.gz</a> --><a href="x-1.tar.gz">x-1.tar.gz</a>',
        '<base href="/files/"><a href="x-1.tar.gz">x-1.tar.gz</a>',
        '<meta name="pypi:repository-version" content="1.0"><a href="x-1.tar.gz">x-1.tar.gz</a>',
        "<html><body>nothing</body></html>",
        "",
        "<abbr>a</abbr><a>no address</a>",
    ],
)
def test_an_html_page_lists_what_pypi_simple_finds(body: str) -> None:
    assert list(read_page(response(body), "x").files) == by_pypi_simple(response(body))


FILES = st.fixed_dictionaries(
    {
        "filename": st.sampled_from(["x-1.0.tar.gz", "x-1.0-py3-none-any.whl", "x-2-py2.7.egg"]),
        "url": st.sampled_from(["x.zip", "/a/x.zip", "https://files.example/x.zip"]),
        "hashes": st.sampled_from([{}, {"sha256": HASH}, {"md5": "0", "sha256": HASH}]),
    },
    optional={"yanked": st.sampled_from([True, False, "why"]), "size": st.integers(), "core-metadata": st.booleans()},
)


@given(st.lists(FILES, max_size=4))
def test_a_json_page_lists_what_pypi_simple_finds(files: list[Any]) -> None:
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": "x", "files": files})
    assert list(read_page(response(body, JSON), "x").files) == by_pypi_simple(response(body, JSON))


DETAILS = FileDetails(">=3.8", 9, "2026-11-30T10:00:00Z", True, HASH, "https://index.example/p")


@pytest.mark.parametrize("key", ["core-metadata", "dist-info-metadata"])
def test_a_page_lists_the_details_of_a_file_and_the_status_of_its_project(key: str) -> None:
    file = {
        "filename": "x-1.tar.gz", "url": "x", "requires-python": ">=3.8", "size": 9, "provenance": DETAILS.provenance,
        "upload-time": DETAILS.uploaded, key: {"sha256": HASH},
    }  # fmt: skip
    status = {"status": "archived", "reason": "Moved."}
    page = read_page(response(json.dumps({"files": [file], "project-status": status}), JSON), "x")
    assert (page.files[0].details, page.status, page.reason) == (DETAILS, "archived", "Moved.")
    attributes = f'data-requires-python="&gt;=3.8" data-{key}="sha256={HASH}" data-provenance="{DETAILS.provenance}"'
    body = (
        '<meta name="pypi:project-status" content="archived"><meta content="Moved." name="pypi:project-status-reason">'
        f'<a href="x" {attributes}>x-1.tar.gz</a>'
    )
    html = read_page(response(body), "x")
    assert (html.files[0].details, html.status) == (replace(DETAILS, size=None, uploaded=""), "archived")


@pytest.mark.parametrize("odd", [None, [], {}, -1, 2**70, "9", True])
def test_details_of_other_types_are_ignored(odd: object) -> None:
    keys = ("requires-python", "size", "upload-time", "core-metadata", "provenance")
    file = {"filename": "x-1.tar.gz", "url": "x", **dict.fromkeys(keys, odd)}
    page = read_page(response(json.dumps({"files": [file], "project-status": odd}), JSON), "x")
    assert page.files[0].details.metadata_sha256 is None
    assert page.status == ""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"meta": {"api-version": "2.0"}, "files": []}', JSON),
        ('{"meta": {"api-version": "1.0"}}', JSON),
        ("[" * 100_000, JSON),
        ("{", JSON),
        ('<meta name="pypi:repository-version" content="2.0">', HTML),
        ('<base href="//[::1"><a href="x">x</a>', HTML),
        ("", "image/png"),
    ],
)
def test_a_page_that_is_not_one_is_an_error(body: str, kind: str) -> None:
    with pytest.raises(PageError):
        read_page(response(body, kind), "x")


@pytest.mark.parametrize(
    "part", ["<a ", '<a href="', "<a href='x", "<a><b>", "<!--", "<", "<base ", "</a", "<a href=x>", "<a a" + " " * 99]
)
@given(st.integers(0, 3))
def test_a_page_of_unclosed_tags_is_read_to_its_end(part: str, more: int) -> None:
    """The work is proportional to the length: each pattern stops at the next tag."""
    body = part * 20_000 + '><a href="x-1.tar.gz">x-1.tar.gz</a>' * more
    assert len(read_page(response(body), "x").files) <= 20_001 + more


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("my-project-1.0.tar.gz", "1.0"),
        ("My.Project-1.0-1.zip", "1.0-1"),
        ("my_project-1.0.post1-py3-none-any.whl", "1.0.post1"),
        ("my_project-1.0-2build-py3-none-any.whl", "1.0"),
        ("other-1.0.tar.gz", None),
        ("my-project-1.0.exe", None),
        ("my-project-1" + ".0" * 200 + ".tar.gz", None),
        ("x.whl", None),
        ("", None),
    ],
)
def test_the_version_of_a_file(name: str, version: str | None) -> None:
    assert version_of(name, "my-project") == version
