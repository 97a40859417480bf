"""Time uploads to an index that is slow for each file: `python -m benchmarks.uploading`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import insert
from tests.release import minimal_artifacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.release.model.store import Store

LATENCY = 0.25
"""The time in seconds that the index takes for one file."""

PLUGINS = 60

BEGIN, END = "<!-- uploading:begin -->", "<!-- uploading:end -->"
"""The markers of the block that this module writes."""


class Index(ThreadingHTTPServer):
    """An index that accepts each file after a delay, and lists empty projects; it serves one upload."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[str] = []
        self.base = f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Write no log: it is not needed."""

    def do_GET(self) -> None:
        self._answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(LATENCY)
        if isinstance(self.server, Index):
            self.server.taken.append(_file_name(body))
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _file_name(body: bytes) -> str:
    head = body[body.index(b'name="content"') :].split(b"\r\n", 1)[0]
    return head.split(b'filename="')[1].rstrip(b'"').decode()


def make_store(folder: Path, count: int) -> Store:
    """Create a store of ``count`` plugins, each with a wheel and an sdist; one in ten requires another one."""
    names = [f"plugin-{number:03}" for number in range(count)]
    plugins = [minimal_artifacts.planned(name, *names[:1] * (place % 10 == 9)) for place, name in enumerate(names)]
    return minimal_artifacts.make(folder, minimal_artifacts.plan_of(*plugins))


def time_upload(command: Sequence[str], expected: int) -> float:
    """Time a command that uploads everything to a new index; ``INDEX`` is replaced by its address."""
    index = Index()
    thread = threading.Thread(target=index.serve_forever, daemon=True)
    thread.start()
    try:
        words = [word.replace("INDEX", index.base) for word in command]
        environment = {**os.environ, "TWINE_USERNAME": "u", "TWINE_PASSWORD": "p", "TWINE_NON_INTERACTIVE": "1"}
        begun = time.perf_counter()
        subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
    finally:
        index.shutdown()
        index.server_close()
    if len(index.taken) != expected or len({*index.taken}) != expected:
        raise SystemExit(f"{len(index.taken)} uploads instead of {expected}")
    return seconds


def measure(count: int, rounds: int) -> dict[str, list[float]]:
    """Time both commands in each round, in turn."""
    samples: dict[str, list[float]] = {"commonhold": [], "twine": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            store = make_store(Path(folder), count)
            files = sorted(str(path) for path in Path(folder, "dist").glob("*/*"))
            twine = [sys.executable, "-m", "twine", "upload", "--disable-progress-bar", "--repository-url", "INDEX"]
            ours = [sys.executable, "-m", "commonhold.cli.__main__", "release", "publish", "--store", store.folder]
            samples["twine"].append(time_upload([*twine, *files], len(files)))
            samples["commonhold"].append(time_upload([*ours, "--to", "INDEX"], len(files)))
    return samples


def main() -> None:
    """Print a line for people, or JSON with ``--json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploading", description=__doc__)
    parser.add_argument("--plugins", type=int, default=PLUGINS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--page", type=Path, help="page whose line is written anew")
    options = parser.parse_args()
    samples = measure(options.plugins, options.rounds)
    if options.json:
        print(json.dumps({"plugins": options.plugins, "latency": LATENCY, "seconds": samples}))
        return
    best = {name: min(seconds) for name, seconds in samples.items()}
    line = (
        f"{2 * options.plugins} files, best of {options.rounds}: one `twine upload` {best['twine']:.1f} s, "
        f"`commonhold release publish` {best['commonhold']:.1f} s, "
        f"{best['twine'] / best['commonhold']:.1f} times faster."
    )
    print(line)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(insert(page, line, BEGIN, END), encoding="utf-8")


if __name__ == "__main__":
    main()
