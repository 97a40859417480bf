"""Time a whole release of flytekit to an index on this machine: `python -m benchmarks.releasing --flytekit CLONE`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import ours
from benchmarks.run import say
from benchmarks.table import write_results
from commonhold.release.model.state import PARTLY
from examples.local_index import local_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "1.999.0"
"""A version that PyPI does not have."""

TARGET = 120.0
"""Target: the seconds of all phases together, on two cores."""

BEGIN, END = "<!-- releasing:begin -->", "<!-- releasing:end -->"
"""The markers of the block that this module writes."""


class PhaseTime(NamedTuple):
    """The time of one phase in seconds: on the clock, and of the processor for the phase and all its programs."""

    name: str
    seconds: float
    user: float
    system: float


def time_command(name: str, command: Sequence[str], environment: Mapping[str, str]) -> PhaseTime:
    """Run one phase. Raises ``SystemExit`` if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if process.stdout is None:
        raise AssertionError
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code not in (0, PARTLY):  # some plugins of flytekit cannot be built or installed
        raise SystemExit(f"{name} ended with code {code}:\n{output.decode(errors='replace')[-3000:]}")
    return PhaseTime(name, time.perf_counter() - started, usage.ru_utime, usage.ru_stime)


def release(clone: Path, config: Path, folder: Path) -> tuple[list[PhaseTime], int]:
    """Release every distribution to a new index; return the time of each phase, and the number of files there."""
    shutil.rmtree(folder, ignore_errors=True)
    packages, store = folder / "packages", str(folder / "store")
    packages.mkdir(parents=True)
    environment = {**os.environ, "TWINE_USERNAME": "u", "TWINE_PASSWORD": "p"}
    tool = (ours.script(), "-C", str(clone), "--config", str(config), "release")
    with local_index(packages) as index:
        plan = ("plan", VERSION, "--ref", "HEAD", "--to", index, "--store", store)
        phases = [plan, *((phase, "--store", store) for phase in ("build", "inspect", "publish", "verify"))]
        times = [time_command(words[0], (*tool, *words), environment) for words in phases]
    return times, len([*packages.iterdir()])


def render(times: Sequence[PhaseTime], files: int) -> str:
    """Generate the text between the markers."""
    total = PhaseTime("all phases", *(sum(column) for column in list(zip(*times, strict=True))[1:]))
    cores = len(os.sched_getaffinity(0))
    verdict = "The target is reached" if total.seconds <= TARGET else "The target is missed"
    rows = (
        f"| {each.name} | {each.seconds:.0f} | {each.user + each.system:.0f} | {each.system:.0f} |"
        for each in (*times, total)
    )
    lines = (
        f"{files} files of {files // 2} distributions, on {cores} cores. {verdict}: {TARGET:.0f} s.",
        "",
        "| phase | s | s of processor time | s of them in the kernel |",
        "|:--|--:|--:|--:|",
        *rows,
    )
    return "\n".join(lines)


def main() -> int:
    """Measure, and write the page and the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.releasing", description="Measure a whole release.")
    parser.add_argument(
        "--flytekit",
        type=Path,
        default=os.environ.get("COMMONHOLD_BENCH_FLYTEKIT"),
        help="clone of flytekit ($COMMONHOLD_BENCH_FLYTEKIT)",
    )
    parser.add_argument("--config", type=Path, default=Path("examples/flytekit.toml"))
    parser.add_argument("--rounds", type=int, default=2, help="releases; the last one counts (default 2)")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="where the stores and the index are")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    options = parser.parse_args()
    samples: list[list[dict[str, object]]] = []
    text = "Not measured: the benchmark needs a clone of flytekit."
    if options.flytekit is None:
        say("a release of flytekit is LEFT OUT: no clone of it was given (--flytekit)")
    else:
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            place = options.cache.resolve() / "releasing"
            times, files = release(options.flytekit.resolve(), options.config.resolve(), place)
            samples.append([each._asdict() for each in times])
        text = render(times, files)
    write_results(text, {"schema": 1, "rounds": samples}, options.page, options.json, BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
