"""Time searches of a plugin index next to the bare command: `python -m benchmarks.searching`.

The plugin index has 5,000 plugins with ten releases each. Searches read only the client's search cache. The commands of
a round run one after another, and ratios are medians of the ratios within each round.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import clean_environment
from benchmarks.run import say
from benchmarks.table import write_results
from tests.support.plugin_indexes import PluginIndex, plugin_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLUGINS = 5000
ROUNDS = 15
SERIES = "1.16"
WORDS = ("cache", "cluster", "data", "frame", "graph", "image", "metric", "model", "query", "queue", "read", "store")

BEGIN, END = "<!-- searching:begin -->", "<!-- searching:end -->"
"""The markers of the block that this module writes."""


class Row(NamedTuple):
    """A measured command, the title of the row to whose time it is compared, and the largest allowed ratio."""

    title: str
    arguments: tuple[str, ...]
    compared: str
    limit: float | None = None


BARE, CLICK = "the bare command, `commonhold-plugins --version`", "`import click`"
CLIENT = ("-m", "commonhold_plugins")
ROWS = (
    Row(BARE, (*CLIENT, "--version"), BARE),
    Row("`search` with one result", (*CLIENT, "search", "p77"), BARE, 2.0),
    Row("`search` with many results", (*CLIENT, "search", "image"), BARE, 2.0),
    Row("`search` of every plugin", (*CLIENT, "search"), BARE, 2.0),
    Row(CLICK, ("-c", "import click"), CLICK),
    Row("`import commonhold_plugins.cli`", ("-c", "import commonhold_plugins.cli"), CLICK, 1.2),
)


def make_index(folder: Path, count: int) -> None:
    """Write a plugin index with ``count`` plugins, the same on every machine."""
    choose = random.Random(1)
    plugins = [
        plugin_entry(
            f"acme-p{number}",
            *(f"1.16.{patch}" for patch in range(9, -1, -1)),
            summary=" ".join(choose.choices(WORDS, k=10)),
            category=choose.choice(WORDS),
            keywords=choose.choices(WORDS, k=3),
        )
        for number in range(count)
    ]
    PluginIndex(folder, plugins={(SERIES, "official"): plugins}).write()


def prepare(cache: Path, count: int) -> dict[str, str]:
    """Write the plugin index, let the client read it, and return the environment of the measured commands."""
    folder = cache.resolve() / "searching"
    shutil.rmtree(folder, ignore_errors=True)  # the client would reject an index that lost what an earlier one had
    make_index(folder / "index", count)
    environment = clean_environment(folder / "home")
    environment["COMMONHOLD_PLUGINS_HOME"] = str(folder / "client")
    environment["VIRTUAL_ENV"] = str(folder / "environment")
    packages = folder / "environment" / "lib" / "python3.11" / "site-packages"
    (packages / "acme_core-1.16.3.dist-info").mkdir(parents=True, exist_ok=True)
    (folder / "environment" / "bin").mkdir(exist_ok=True)
    (folder / "environment" / "bin" / "python").touch()
    for words in (("use", str(folder / "index")), ("update",)):
        run((*CLIENT, *words), environment)
    return environment


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run Python with arguments, and return the seconds. Raises ``SystemExit`` if it fails."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], env=dict(environment), capture_output=True, check=False)
    elapsed = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with code {done.returncode}:\n{done.stderr.decode()}")
    return elapsed


def measure(environment: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """Run all commands in each round, after an untimed round; return the seconds by title."""
    seconds: dict[str, list[float]] = {row.title: [] for row in ROWS}
    for number in range(rounds + 1):
        for row in ROWS:
            elapsed = run(row.arguments, environment)
            if number:
                seconds[row.title].append(elapsed)
    return seconds


def ratio(row: Row, seconds: Mapping[str, Sequence[float]]) -> float:
    """Return the median of the ratios within each round."""
    pairs = zip(seconds[row.title], seconds[row.compared], strict=True)
    return median(one / other for one, other in pairs)


def render(seconds: Mapping[str, Sequence[float]], plugins: int) -> str:
    """Generate the text between the markers."""
    lines = [
        f"Number of plugins: {plugins}; rounds: {len(seconds[BARE])}; cores: {len(os.sched_getaffinity(0))}.",
        "",
        "| command | ms | ratio | compared with | limit |",
        "|:--|--:|--:|:--|--:|",
    ]
    for row in ROWS:
        compared = "" if row.compared == row.title else row.compared.partition(",")[0]
        limit = "" if row.limit is None else f"{row.limit:.1f}"
        shown = f"{ratio(row, seconds):.2f}" if compared else ""
        lines.append(f"| {row.title} | {median(seconds[row.title]) * 1000:.0f} | {shown} | {compared} | {limit} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the JSON file; the exit code is 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.searching", description="Measure searches for plugins.")
    parser.add_argument("--plugins", type=int, default=PLUGINS, help=f"number of plugins (default {PLUGINS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"timed rounds (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="100 plugins, one round: does it run?")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="where the plugin index is")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    options = parser.parse_args(argv)
    if options.quick:
        options.plugins, options.rounds = 100, 1
    environment = prepare(options.cache, options.plugins)
    seconds = measure(environment, options.rounds)
    write_results(
        render(seconds, options.plugins), {"schema": 1, "seconds": seconds}, options.page, options.json, BEGIN, END
    )
    exceeded = [row.title for row in ROWS if row.limit is not None and ratio(row, seconds) > row.limit]
    for title in exceeded:
        say(f"the limit is exceeded by {title}")
    return 1 if exceeded and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
