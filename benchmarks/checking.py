"""Measure `commonhold check`: `python -m benchmarks.checking [CLONE CONFIG]`.

A check of a clone of flytekit may take five times as long as `import git`, each as a whole process, and the time for
each plugin of generated monorepos may not grow with their number.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.ours import script

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_IMPORTS = 5.0
MOST_GROWTH = 1.3
SIZES = (250, 1000)
ROUNDS = 5


def seconds(*command: str) -> float:
    """Return the lowest CPU time of several runs of a command, with its children."""
    times = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = os.times()
        times.append(
            after.children_user + after.children_system - before.children_user - before.children_system,
        )
    return min(times)


def main(arguments: Sequence[str]) -> int:
    """Print the ratios, and return 1 if one exceeds its limit."""
    faults = 0
    if arguments:
        clone, config = arguments
        ratio = seconds(script(), "-C", clone, "--config", config, "check") / seconds(
            sys.executable, "-c", "import git"
        )
        print(f"check takes {ratio:.1f} times as long as `import git` (limit: {MOST_IMPORTS})")
        faults += ratio > MOST_IMPORTS
    with tempfile.TemporaryDirectory() as folder:
        each = []
        for size in SIZES:
            target = str(Path(folder) / str(size))
            generate = (sys.executable, "-m", "benchmarks.generate", target, "--plugins", str(size))
            subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
            each.append(seconds(script(), "-C", target, "check") / size)
        growth = each[1] / each[0]
        print(
            f"{SIZES[1]} plugins take {growth:.2f} times as long for each plugin as {SIZES[0]} (limit: {MOST_GROWTH})"
        )
        faults += growth > MOST_GROWTH
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
