"""``check --online``: the core's releases are written to a file, and owners of projects are compared."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import CONFIG, Monorepo
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNED = f'{CONFIG}\n[tool.commonhold.release]\nowners = ["acme"]\n'
RELEASES = "governance/core-releases.json"


def page(name: str, *versions: str, yanked: str = "") -> dict[str, Any]:
    files = [
        {
            "filename": f"{name}-{version}.tar.gz",
            "url": f"{name}-{version}.tar.gz",
            "hashes": {"sha256": "ab" * 32},
            "yanked": version == yanked,
        }
        for version in versions
    ]
    return {"meta": {"api-version": "1.1"}, "name": name, "files": files}


def owner(name: str) -> dict[str, Any]:
    return {"ownership": {"roles": [{"role": "Owner", "user": name}], "organization": None}}


PAGES = {
    "/simple/framework/": page("framework", "1.0", "2.0", "2.1", yanked="2.0"),
    "/simple/mirrored/": page("another", "1.0"),
    "/simple/alone/": page("alone", "1"),
    "/simple/lonely/": page("lonely", "1"),
    "/pypi/alone/json": owner("mallory"),
    "/pypi/lonely/json": owner("Acme"),
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        found = PAGES.get(self.path)
        body = json.dumps(found).encode()
        self.send_response(200 if found else 404)
        self.send_header(
            "Content-Type", "application/vnd.pypi.simple.v1+json" if "/simple/" in self.path else "application/json"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def simple() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}/simple/"


def states(monorepo: Monorepo, capsys: pytest.CaptureFixture[str], *words: str) -> set[tuple[str | None, str, str]]:
    main(["-C", str(monorepo.repo.root), "check", "--json", *words])
    found = json.loads(capsys.readouterr().out)["findings"]
    return {
        (each["plugin"], each["state"], each["because"] or each["message"]) for each in found if each["code"] == "CH390"
    }


def test_online_refreshes_the_releases_and_compares_owners(
    tmp_path: Path, simple: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monorepo = Monorepo.of(tmp_path / "repo", config=OWNED)
    assert states(monorepo, capsys) == {(None, "skipped", "needs --online")}
    online = states(monorepo, capsys, "--online", "--simple", simple)
    assert online == {("alone", "fail", "the project alone on the index belongs to mallory")}
    assert json.loads(monorepo.repo.path(RELEASES).read_text()) == {
        "core": "framework",
        "releases": [{"version": "2.1"}, {"version": "2.0", "yanked": True}, {"version": "1.0"}],
    }


@pytest.mark.parametrize(
    ("core", "message"),
    [("absent", "the index has no project absent"), ("mirrored", "the index lists no release of mirrored")],
)
def test_a_core_without_releases_on_the_index_is_an_error(
    tmp_path: Path, simple: str, capsys: pytest.CaptureFixture[str], core: str, message: str
) -> None:
    monorepo = Monorepo.of(tmp_path / "repo", {RELEASES: "{}"}, config=CONFIG.replace('"framework"', f'"{core}"'))
    assert main(["-C", str(monorepo.repo.root), "check", "--online", "--simple", simple]) == 4
    assert message in capsys.readouterr().err
    assert monorepo.repo.path(RELEASES).read_text() == "{}"
    assert main(["-C", str(monorepo.repo.root), "check", "--online", "--changed"]) == 2
