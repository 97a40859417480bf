"""Inject faults into the requests of a chaos run. mitmdump loads this file; its environment lacks this project.

The address of a run is ``/RUN/...``. Its fault is in ``$CHAOS/RUN``, a JSON object; without that file, every request is
forwarded.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

from mitmproxy import http

FOLDER = Path(os.environ["CHAOS"])
_HASH = re.compile(rb"(sha256[=\":\s]+)([0-9a-f])")


class Chaos:
    """Counts the requests of each run, and applies the fault to those that its file selects."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        run, _, rest = flow.request.path.removeprefix("/").partition("/")
        flow.request.path = f"/{rest}"
        kind = "upload" if flow.request.method == "POST" else "query"
        number = self.counts[run, kind] = self.counts.get((run, kind), -1) + 1
        fault = self._fault(run, kind, number)
        flow.metadata["fault"] = fault
        what = fault.get("what")
        if what == "cut-before":
            flow.kill()
        elif what == "cut-during":
            flow.request.stream = _half(flow)

    async def request(self, flow: http.HTTPFlow) -> None:
        fault: dict[str, Any] = flow.metadata["fault"]
        what = fault.get("what")
        if what == "answer":
            flow.response = http.Response.make(fault["status"], b"chaos", fault.get("headers", {}))
        elif what == "cut-after":
            flow.kill()
        elif what == "hang":
            await asyncio.sleep(fault["seconds"])
            flow.kill()

    async def response(self, flow: http.HTTPFlow) -> None:
        fault: dict[str, Any] = flow.metadata["fault"]
        what = fault.get("what")
        if what == "lost":
            flow.kill()
        elif what == "slow":
            await asyncio.sleep(fault["seconds"])
        elif what == "failed-after" and flow.response is not None:
            flow.response = http.Response.make(503, b"chaos")
        elif what == "wrong" and flow.response is not None and flow.response.content:
            flow.response.content = _HASH.sub(_other_digit, flow.response.content)

    def _fault(self, run: str, kind: str, number: int) -> dict[str, Any]:
        try:
            fault: dict[str, Any] = json.loads((FOLDER / run).read_bytes())
        except FileNotFoundError:
            return {}
        applies = fault["on"] == kind and fault["first"] <= number < fault["first"] + fault["times"]
        return fault if applies else {}


def _half(flow: http.HTTPFlow) -> Any:
    def stream(data: bytes) -> bytes:
        if data:
            flow.kill()
        return data[: len(data) // 2]

    return stream


def _other_digit(match: re.Match[bytes]) -> bytes:
    return match[1] + (b"1" if match[2] == b"0" else b"0")


addons = [Chaos()]
