"""uv reads each page and file of an index only once, even if the index does not permit that."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import tomlkit

from commonhold.effects.process.run import GroupRunner
from commonhold.index.uv import PYPI, find_uv, has_own_config, uv_environ, without_indexes, write_configs
from commonhold.release.inspect.installability import InstallTarget, Uv, check_resolves
from tests.release import minimal_artifacts
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


class CountingIndex(HTTPServer):
    """An index without cache headers that counts the requests for each path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.simple = f"http://127.0.0.1:{self.server_port}/simple/"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Write no log."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.requests.append(self.path)
        name = self.path.strip("/").rpartition("/")[2]
        stem = name.replace("-", "_")
        links = [f'<a href="/files/{file}">{file}</a>' for file in server.files if file.startswith(f"{stem}-")]
        body = server.files.get(name) or "".join(links).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html" if links else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()


@pytest.fixture
def index() -> Iterator[CountingIndex]:
    with serving(CountingIndex()) as server:
        yield server


@pytest.fixture
def uv(index: CountingIndex, tmp_path: Path) -> Uv:
    """uv with an empty cache."""
    env = {**uv_environ(os.environ), "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_DEFAULT_INDEX": index.simple}
    configs = write_configs(str(tmp_path), env)
    return Uv(find_uv(os.environ), without_indexes(env), GroupRunner(), configs=configs)


def resolve(uv: Uv, *requirements: str) -> bool:
    return check_resolves(uv, "x-plugin", InstallTarget(requirements, ()), None) is None


def test_pages_and_files_are_read_once(index: CountingIndex, uv: Uv) -> None:
    name, data = minimal_artifacts.wheel(minimal_artifacts.planned("x-other"))
    index.files[name] = data
    assert resolve(uv, "x-other")
    first = len(index.requests)
    assert first >= 2
    assert resolve(uv, "x-other==1.17.0")
    assert len(index.requests) == first


def test_a_failure_is_never_caused_by_a_page_that_was_read_before(index: CountingIndex, uv: Uv) -> None:
    old = minimal_artifacts.planned("x-other")
    index.files.update([minimal_artifacts.wheel(old)])
    assert resolve(uv, "x-other")
    assert not resolve(uv, "x-other>=1.18")
    index.files.update([minimal_artifacts.wheel(msgspec.structs.replace(old, version="1.18.0"))])
    assert resolve(uv, "x-other>=1.18")


@pytest.mark.parametrize(
    ("environ", "addresses", "indexes"),
    [
        ({}, (), [("", PYPI)]),
        ({"UV_INDEX_URL": "https://a/"}, (), [("", "https://a/")]),
        ({"UV_DEFAULT_INDEX": "https://a/", "UV_INDEX_URL": "https://b/"}, (), [("", "https://a/")]),
        (
            {"UV_INDEX": "corp=https://u:p=x@a/?q=1 https://b/?q=2", "UV_DEFAULT_INDEX": "main=https://c/"},
            (),
            [("corp", "https://u:p=x@a/?q=1"), ("", "https://b/?q=2"), ("main", "https://c/")],
        ),
        ({"UV_EXTRA_INDEX_URL": "https://a/"}, (), [("", "https://a/"), ("", PYPI)]),
        ({"UV_INDEX": "/srv/index"}, (), [("", "/srv/index"), ("", PYPI)]),
        ({"UV_INDEX": "https://a/"}, ("https://b/", 'https://c/"'), [("", "https://b/"), ("", 'https://c/"')]),
    ],
)
def test_the_configuration_has_the_indexes_of_the_environment(
    environ: dict[str, str], addresses: tuple[str, ...], indexes: list[tuple[str, str]], tmp_path: Path
) -> None:
    configs = write_configs(str(tmp_path), environ, addresses, target="https://b")
    tables, cached = (
        tomlkit.parse(Path(each).read_text()).unwrap()["index"] for each in (configs.plain, configs.cached)
    )
    kept = [table.pop("cache-control", None) is not None for table in cached]
    assert kept == [table["url"] != "https://b/" for table in tables]
    assert cached == tables
    assert [(table.get("name", ""), table["url"]) for table in tables] == indexes
    assert [table.get("default", False) for table in tables] == [False] * (len(indexes) - 1) + [True]
    assert without_indexes({**environ, "PATH": "/bin"}) == {"PATH": "/bin"}


def test_a_configuration_of_the_user_is_found(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert not has_own_config(environ)
    (tmp_path / ".config" / "uv").mkdir(parents=True)
    (tmp_path / ".config" / "uv" / "uv.toml").touch()
    assert has_own_config(environ)
    assert not has_own_config({**environ, "UV_NO_CONFIG": "1"})
    assert has_own_config({"HOME": str(tmp_path / "elsewhere"), "UV_CONFIG_FILE": "/somewhere/uv.toml"})
