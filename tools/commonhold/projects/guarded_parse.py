"""Process untrusted text in a separate process with a limit on processor time.

A regular expression or TOML file can be crafted so that parsing never ends, and Python cannot interrupt either parser.
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
"""The limit on processor time in seconds. Wall-clock time would let a busy machine fail a release."""

_BEGIN = """
import json, signal, sys
seconds, argument = json.load(sys.stdin)
signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
"""


def run_guarded(code: str, argument: object) -> Any:
    """Run ``code`` with the JSON value ``argument``; return the JSON value that the code prints.

    Returns ``None`` if the code fails or takes too long.
    """
    # -I: environment variables and files of the project do not affect imports.
    command = Command((sys.executable, "-I", "-c", _BEGIN + code), input=json.dumps([SECONDS, argument]).encode())
    finished = SpawnRunner().start(command).wait()
    return json.loads(finished.stdout) if finished.code == 0 else None
