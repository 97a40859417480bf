"""Run work on untrusted text in a process of its own, with a limit on processor time.

A regular expression or a TOML file can be written so that it takes forever, and Python cannot interrupt either.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner

if TYPE_CHECKING:
    from typing import Any

SECONDS = 5
"""The limit in seconds of processor time, not of wall-clock time: a busy machine must not fail a release."""

_BEGIN = """
import json, signal, sys
seconds, argument = json.load(sys.stdin)
signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
"""


def run_guarded(code: str, argument: object) -> Any:
    """Run ``code`` with the JSON value ``argument``; return the JSON value that it prints.

    ``None`` if it fails or takes too long.
    """
    # -I: no environment variable or file of the project changes what is imported
    command = Command((sys.executable, "-I", "-c", _BEGIN + code), input=json.dumps([SECONDS, argument]).encode())
    finished = SpawnRunner().start(command).wait()
    return json.loads(finished.stdout) if finished.code == 0 else None
