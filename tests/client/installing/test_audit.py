"""Audits of installed plugins: what became known about them, and changed files."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins.advisories import find_advisories
from commonhold_plugins.audit import audit_plugins
from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.model import PluginStatus, ReleaseStatus
from tests.client.installing.community import Community, Session, make_environment, uv
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session(community: Community, tmp_path: Path) -> Session:
    for name in ("demo-spark", "demo-csv", "demo-sql"):
        community.release(name, "1.16.5")
    session = Session(community, make_environment(tmp_path / "env"))
    session.install("spark", "csv", "sql")
    return session


def kinds(session: Session) -> list[tuple[str, str]]:
    catalog = session.community.catalog()
    return [
        (each.name, each.kind) for each in audit_plugins(session.state.plugins.values(), catalog, session.environment)
    ]


def test_an_audit_reports_states_and_changed_files(session: Session) -> None:
    assert kinds(session) == []
    statuses = session.community.statuses
    statuses["demo-spark"] = PluginStatus("retired", "2026-01-01", "Unused \x1b[2J.", replacement="demo-sql")
    yanked = ReleaseStatus(yanked="", unlisted="deleted", failing="red")
    statuses["demo-csv"] = PluginStatus("quarantined", releases={"1.16.5": yanked})
    assert kinds(session) == [
        ("demo-csv", "quarantined"),
        ("demo-csv", "yanked"),
        ("demo-csv", "unlisted"),
        ("demo-csv", "failing"),
        ("demo-spark", "retired"),
    ]
    found = audit_plugins(session.state.plugins.values(), session.community.catalog(), session.environment)
    assert found[-1].text == "it is retired since 2026-01-01: Unused \\x1b[2J."
    statuses.clear()
    del session.community.plugins["official"]["demo-csv"]
    (Path(session.environment.installed["demo-spark"].location).parent / "demo_spark/__init__.py").write_text("x")
    # Another file with the same version: its own list of files is consistent.
    session.community.index.add("demo-sql", "1.16.5", salt="other")
    uv(
        "pip",
        "install",
        "--python",
        session.python,
        "--no-cache",
        "--reinstall-package",
        "demo-sql",
        "demo-sql==1.16.5",
    )
    session.refresh()
    assert sorted(kinds(session)) == [("demo-csv", "unlisted"), ("demo-spark", "changed"), ("demo-sql", "changed")]


class Osv(BaseHTTPRequestHandler):
    """A database of advisories, with one about demo-spark."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        hit = {"vulns": [{"id": "GHSA-x", "modified": "2026-01-01T00:00:00Z"}]}
        self.answer({"results": [hit if each["package"]["name"] == "demo-spark" else {} for each in queries]})

    def do_GET(self) -> None:
        self.answer({"id": "GHSA-x", "modified": "2026-01-01T00:00:00Z", "summary": "Bad\x1b[2J", "affected": []})

    def answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def osv() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Osv)) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


def test_uv_audit_adds_advisories(session: Session, osv: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_advisories(["demo-spark", "demo-csv"], session.environment, osv)
    assert [(each.name, each.kind, each.text) for each in found] == [("demo-spark", "advisory", "GHSA-x: Bad\\x1b[2J")]
    with pytest.raises(UnavailableError, match="could not check"):
        find_advisories(["demo-spark"], session.environment, "http://127.0.0.1:9/")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent / "nothing"))
    monkeypatch.delenv("UV")
    with pytest.raises(UnavailableError, match="not installed"):
        find_advisories(["demo-spark"], session.environment)
