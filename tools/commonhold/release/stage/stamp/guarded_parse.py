"""Work on a project's own text that can be made to take for ever: nothing but the end of its process ends it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.spawn import SpawnRunner

if TYPE_CHECKING:
    from typing import Any

SECONDS = 5
"""How much of a processor's time such work may take: a busy machine is no reason to give up."""

_BEGIN = """
import json, signal, sys
seconds, question = json.load(sys.stdin)
signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
"""


def ask_apart(code: str, question: object) -> Any:
    """What ``code``, in a process of its own, makes of the JSON value ``question`` and prints as JSON.

    ``None`` when it fails, or takes too long.
    """
    asked = json.dumps([SECONDS, question]).encode()
    finished = SpawnRunner().start(Command((sys.executable, "-I", "-c", _BEGIN + code), input=asked)).wait()
    return json.loads(finished.stdout) if finished.code == 0 else None
