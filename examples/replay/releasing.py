"""Rehearse a release of every plugin: stage, stamp, build and inspect it, without publishing anything."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from commonhold.release.model.journal_events import BuildFailed, Built, Inspected
from commonhold.release.model.store import open_store
from examples.replay.page import table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "1.17.0"
"""A version that flytekit never released, so that no plugin counts as released."""


def rehearse_release(clone: Path, rules: Path, folder: Path) -> Path:
    """Plan, build and inspect a release of a clone's newest commit against an empty index; return the store."""
    store = folder / "store"
    common = [sys.executable, "-m", "commonhold.cli", "-C", str(clone), "--config", str(rules), "release"]
    with _empty_index() as address:
        plan = ["plan", VERSION, "--ref", "HEAD", "--to", address, "--simple", address]
        subprocess.run([*common, *plan, "--store", str(store)], check=True)
        for phase in ("build", "inspect"):  # both exit with 1 if a plugin has a defect
            subprocess.run([*common, phase, "--store", str(store)], check=False)
    return store


@contextmanager
def _empty_index() -> Iterator[str]:
    """Serve an empty package index on loopback, and return its address."""

    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def release_lines(store: Path) -> Iterator[str]:
    """A table of the plugins: built, or the reason for the failure, and the findings."""
    opened = open_store(str(store))
    events = list(opened.journal.read())
    built = {event.plugin for event in events if isinstance(event, Built)}
    failed = {event.plugin: why_failed(store, event) for event in events if isinstance(event, BuildFailed)}
    found = {event.plugin: event.findings for event in events if isinstance(event, Inspected)}
    sound = sum(not found.get(name, ("not inspected",)) for name in built)
    yield f"{len(built)} of {len(opened.plan.plugins)} projects are built, and {sound} of these have no finding."
    yield ""
    rows = []
    for planned in opened.plan.plugins:
        findings = "<br>".join(f"{finding.rule}: {short(finding.message)}" for finding in found.get(planned.name, ()))
        outcome = "yes" if planned.name in built else short(failed.get(planned.name, "no"))
        rows.append((f"`{planned.name}`", outcome, findings or ("nothing" if planned.name in found else "")))
    yield from table(("plugin", "built", "found"), rows)


def why_failed(store: Path, event: BuildFailed) -> str:
    """The reason for a failed build, with the last line of its log."""
    lines = (store / event.log).read_text(encoding="utf-8", errors="replace").split("\n") if event.log else []
    said = [line.strip() for line in lines if line.strip()]
    return f"{event.why}: {said[-1]}" if said else event.why


def short(text: str) -> str:
    """A message shortened for a table cell."""
    line = " ".join(text.split())
    return line if len(line) <= 260 else f"{line[:260]}…"
