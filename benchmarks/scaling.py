"""Measure how the work grows with hostile input: `python -m benchmarks.scaling`.

Each input is read in five sizes, each twice as large as the one before. The CPU time may grow at most 2.5-fold with
each doubling, and the largest size must end within the limits.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.hostile import INPUTS
from benchmarks.measure import clean_environment
from benchmarks.table import insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.hostile import HostileInput

DOUBLINGS = 4
MOST_GROWTH = 2.5
MOST_SECONDS = 10.0
MOST_KIB = 512 * 1024
MOST_MICROSECONDS = 40.0
"""The limit for each of a million files, instead of ``MOST_SECONDS``."""

QUICK = 64
"""The sizes are divided by this number if the bench is only tried."""

ROUNDS = 3

BEGIN, END = "<!-- scaling:begin -->", "<!-- scaling:end -->"
"""The markers of the block that this module writes."""


class Usage(NamedTuple):
    """What one command used: CPU seconds with its children, and the peak memory of the largest process in KiB."""

    seconds: float
    memory: int


class Growth(NamedTuple):
    """The usage for each size of one input."""

    hostile: HostileInput
    sizes: tuple[int, ...]
    usages: tuple[Usage, ...]

    @property
    def most(self) -> float:
        """The largest ratio of the CPU times of two successive sizes."""
        return max(two.seconds / one.seconds for one, two in zip(self.usages, self.usages[1:], strict=False))

    @property
    def faults(self) -> tuple[str, ...]:
        """The limits that are exceeded."""
        seconds, memory = self.usages[-1]
        each = seconds / self.sizes[-1] * 1e6
        is_slow = (
            each > MOST_MICROSECONDS
            if self.hostile.unit == "files" and seconds > MOST_SECONDS
            else seconds > MOST_SECONDS
        )
        found = {
            f"grows {self.most:.1f}-fold": self.most > MOST_GROWTH,
            f"takes {seconds:.1f} s": is_slow,
            f"needs {memory // 1024} MB": memory > MOST_KIB,
        }
        return tuple(text for text, exceeded in found.items() if exceeded)


def run(command: Sequence[str], environment: Mapping[str, str]) -> Usage:
    """Run a command and return what it used.

    Raises:
        subprocess.CalledProcessError: its exit code is not 0.
    """
    with subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1))


def measure(hostile: HostileInput, scratch: Path, environment: Mapping[str, str], divisor: int, rounds: int) -> Growth:
    """Measure an input in all sizes, without commonhold's cache; of several rounds, the fastest counts."""
    full = max(hostile.full // divisor, 2**DOUBLINGS) if hostile.unit != "GiB" else hostile.full
    sizes = tuple(max(full >> (DOUBLINGS - step), 1) for step in range(DOUBLINGS + 1))
    usages = []
    for size in sizes:
        folder = scratch / "input"
        shutil.rmtree(folder, ignore_errors=True)
        # In a child, because a process starts with the peak memory of its parent.
        with Pool(1) as pool:
            command = pool.apply(hostile.make, (folder, size))
        found = []
        for _ in range(rounds):
            shutil.rmtree(folder / ".git" / "commonhold", ignore_errors=True)
            found.append(run(command, environment))
        usages.append(Usage(min(each.seconds for each in found), max(each.memory for each in found)))
    return Growth(hostile, sizes, tuple(usages))


def render(growths: Sequence[Growth], divisor: int) -> str:
    """Return the table in Markdown."""
    lines = [
        "| input | largest size | CPU s for each size | largest growth | peak MB | within the limits |",
        "|:--|--:|:--|--:|--:|:--|",
    ]
    for growth in growths:
        times = ", ".join(f"{usage.seconds:.2f}" for usage in growth.usages)
        each = (
            f" ({growth.usages[-1].seconds / growth.sizes[-1] * 1e6:.0f} µs each)" if growth.sizes[-1] >= 10**6 else ""
        )
        verdict = "; ".join(growth.faults) or "yes"
        size = f"{growth.sizes[-1]:,} {growth.hostile.unit}"
        memory = growth.usages[-1].memory // 1024
        lines.append(f"| {growth.hostile.title} | {size} | {times}{each} | {growth.most:.1f} | {memory} | {verdict} |")
    tried = f" Sizes are divided by {divisor}, so this run shows only that the bench works." if divisor > 1 else ""
    return "\n".join([*lines, *(["", tried.strip()] if tried else [])])


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all inputs, print the table and write it to the page; return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description="Measure hostile inputs.")
    parser.add_argument("--quick", action="store_true", help=f"sizes divided by {QUICK}, one round: does it run?")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="only inputs whose title contains one of these words")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    options = parser.parse_args(argv)
    divisor, rounds = (QUICK, 1) if options.quick else (1, ROUNDS)
    chosen = [each for each in INPUTS if not options.only or any(word in each.title for word in options.only)]
    growths = []
    with tempfile.TemporaryDirectory(prefix="commonhold-bench-") as folder:
        environment = clean_environment(Path(folder) / "home")
        for hostile in chosen:
            growths.append(measure(hostile, Path(folder), environment, divisor, rounds))
            print(render(growths[-1:], divisor).splitlines()[2], file=sys.stderr, flush=True)
    text = render(growths, divisor)
    print(text)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(insert(page, text, BEGIN, END), encoding="utf-8")
    return int(not options.quick and any(growth.faults for growth in growths))


if __name__ == "__main__":
    sys.exit(main())
