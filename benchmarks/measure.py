"""Time whole processes in interleaved rounds (A B C, A B C, ...), so that a busy minute affects all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STOPWATCH = Path(__file__).with_name("stopwatch.py")


def nothing() -> None:
    """Prepare nothing."""


class Contestant(NamedTuple):
    """One command to time.

    ``prepare`` runs before each run and is not timed. ``answer`` reads the names of the plugins from the output;
    ``expected`` contains the correct names if they are known. ``rounds`` limits the runs of a very slow command.
    """

    label: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = {}
    prepare: Callable[[], None] = nothing
    answer: Callable[[str], frozenset[str]] | None = None
    expected: frozenset[str] | None = None
    rounds: int | None = None


class Sample(NamedTuple):
    """One run: the wall time in seconds, and the peak memory in KiB of the largest process and of the stopwatch."""

    seconds: float
    memory: int
    floor: int


class Result(NamedTuple):
    """All timed runs of one contestant, in order."""

    label: str
    samples: tuple[Sample, ...]

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return median(sample.seconds for sample in self.samples)

    @property
    def memory(self) -> int | None:
        """The median peak in KiB, or ``None`` if it is smaller than the stopwatch's."""
        peak = int(median(sample.memory for sample in self.samples))
        return peak if peak > max(sample.floor for sample in self.samples) else None

    def ratio(self, other: Result) -> float:
        """The median of the time ratios to another result, each within one round."""
        pairs = zip(self.samples, other.samples, strict=False)
        return median(own.seconds / theirs.seconds for own, theirs in pairs)


class Race(NamedTuple):
    """The results in the order of the contestants, and the reasons of the skipped ones by label."""

    results: tuple[Result, ...]
    left_out: Mapping[str, str]
    answers: Mapping[str, frozenset[str]]


class Unfit(Exception):  # noqa: N818 - it is a verdict on a contestant, not an error of the bench
    """A contestant failed or gave a wrong answer, so its time is meaningless."""


def clean_environment(home: Path) -> dict[str, str]:
    """Create the environment of the contestants: an own home folder, no colours, no telemetry, no git settings."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "DO_NOT_TRACK": "1",
        "TURBO_TELEMETRY_DISABLED": "1",
        "TURBO_NO_UPDATE_NOTIFIER": "1",
        "NX_NO_CLOUD": "true",
        "NX_DAEMON": "false",
    }


def run(contestant: Contestant, environment: Mapping[str, str]) -> tuple[Sample, str]:
    """Run ``contestant`` once; return the sample and its standard output.

    Raises:
        Unfit: its exit code is not 0.
    """
    contestant.prepare()
    read, write = os.pipe()
    with os.fdopen(read, encoding="ascii") as pipe:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(STOPWATCH), str(write), *contestant.command],
            cwd=contestant.folder,
            env={**environment, **contestant.environment},
            pass_fds=(write,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        os.close(write)
        report = pipe.read().split()
    if not report or int(report[1]):
        detail = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Unfit(f"ended with code {report[1] if report else done.returncode}: {' / '.join(detail)}")
    return Sample(int(report[0]) / 1e9, int(report[2]), int(report[3])), done.stdout


def check(contestant: Contestant, printed: str) -> frozenset[str]:
    """Return the plugins that ``contestant`` selected.

    Raises:
        Unfit: the output cannot be read, or is not as expected.
    """
    if contestant.answer is None:
        return frozenset()
    try:
        answer = contestant.answer(printed)
    except (ValueError, KeyError, TypeError) as error:
        raise Unfit(f"its answer cannot be read ({error}): {printed[:200]!r}") from error
    if contestant.expected is not None and answer != contestant.expected:
        missed, extra = sorted(contestant.expected - answer), sorted(answer - contestant.expected)
        raise Unfit(f"wrong answer: misses {missed[:5]}, adds {extra[:5]}")
    return answer


def race(
    contestants: Sequence[Contestant], rounds: int, environment: Mapping[str, str], say: Callable[[str], None]
) -> Race:
    """Run every contestant once untimed, and then time them round by round.

    A contestant that fails or answers wrong is skipped from then on, with the reason.
    """
    left_out: dict[str, str] = {}
    answers: dict[str, frozenset[str]] = {}
    samples: dict[str, list[Sample]] = {contestant.label: [] for contestant in contestants}
    for number in range(rounds + 1):
        say(f"  round {number} of {rounds}" if number else "  what each answers")
        for contestant in contestants:
            label = contestant.label
            if label in left_out or number > (contestant.rounds or rounds):
                continue
            try:
                sample, printed = run(contestant, environment)
                answers[label] = check(contestant, printed)
            except Unfit as reason:
                left_out[label] = str(reason)
                say(f"  LEFT OUT: {label}: {reason}")
                continue
            if number:
                samples[label].append(sample)
            else:
                say(f"    {label}: {describe(contestant, answers[label])}")
    kept = (contestant.label for contestant in contestants if contestant.label not in left_out)
    return Race(tuple(Result(label, tuple(samples[label])) for label in kept), left_out, answers)


def describe(contestant: Contestant, answer: frozenset[str]) -> str:
    """Print the number of plugins that a contestant selected, and whether they are correct."""
    if contestant.answer is None:
        return "runs"
    verdict = "right" if contestant.expected is not None else "not checked"
    names = ", ".join(sorted(answer)[:8])
    return f"{len(answer)} plugins ({names}{', ...' if len(answer) > 8 else ''}): {verdict}"
