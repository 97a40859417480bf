"""Run the benchmarks: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import corpora, ours, peers, table
from benchmarks.measure import Unfit, clean_environment, race

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZES = (50, 130, 630)
QUICK_SIZE = 20


def say(text: str) -> None:
    """Print progress for people; results go to files."""
    print(text, file=sys.stderr, flush=True)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Create the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure commonhold and its peers.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of plugins to generate")
    parser.add_argument("--rounds", type=int, default=9, help="timed runs of each command (default 9)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SIZE} plugins, 2 rounds, no peers: does it run?")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="only these peers; none, if no name follows")
    parser.add_argument("--without-commonhold", action="store_true", help="measure only the others")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="installed peers and repositories")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    flytekit = os.environ.get("COMMONHOLD_BENCH_FLYTEKIT")
    parser.add_argument(
        "--flytekit", type=Path, default=flytekit, help="clone of flytekit ($COMMONHOLD_BENCH_FLYTEKIT)"
    )
    parser.add_argument("--flytekit-config", type=Path, default=Path("examples/flytekit.toml"))
    options = parser.parse_args(argv)
    if options.quick:
        options.sizes, options.rounds, options.peers = (QUICK_SIZE,), 2, []
    return options


def install(names: Sequence[str] | None, cache: Path) -> tuple[dict[peers.Peer, Path], dict[str, str]]:
    """Install the named peers (``None`` means all); also return the skipped ones, with reasons."""
    chosen = None if names is None else {name.lower() for name in names}
    return peers.install_all(
        (peer for peer in peers.PEERS if chosen is None or peer.name.lower() in chosen), cache, say
    )


def versions(installed: Iterable[peers.Peer], with_commonhold: bool) -> dict[str, str]:
    """Return the versions of all measured programs."""
    found = {"commonhold": version("commonhold")} if with_commonhold else {}
    found |= {"Python": platform.python_version(), "git": first_number("git", "--version")}
    if any(peer.registry == "npm" for peer in installed):
        found["node"] = first_number("node", "--version")
    return found | {peer.name: peer.version for peer in installed}


def first_number(*command: str) -> str:
    """Return the version that a command prints."""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(word.lstrip("v") for word in printed.split() if word.lstrip("v")[:1].isdigit())


def corpora_for(options: argparse.Namespace, tools: corpora.Tools) -> Iterable[corpora.Corpus]:
    """Yield the corpora in order, and create each one only when it is needed."""
    for size in options.sizes:
        say(f"{size} plugins")
        yield corpora.generated(size, tools)
    if options.flytekit:
        say("flytekit")
        yield corpora.flytekit(Path(options.flytekit).resolve(), options.flytekit_config.resolve(), tools)
    else:
        say("flytekit is LEFT OUT: no clone of it was given (--flytekit)")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the JSON file; return 1 if commonhold failed or gave a wrong answer."""
    options = arguments(argv)
    cache = options.cache.resolve()
    with_commonhold = not options.without_commonhold
    environment = clean_environment(cache / "home")
    if with_commonhold:
        try:
            ours.script()
        except Unfit as reason:
            say(f"bench: {reason}")
            return 1
    installed, missing = install(options.peers, cache / "peers")
    tools = corpora.Tools(cache, installed, environment, say, with_commonhold)
    heats: list[table.Heat] = []
    for corpus in corpora_for(options, tools):
        measured = race(corpus.contestants, options.rounds, environment, say)
        heats.append(table.Heat(corpus.title, corpus.about, measured, {**missing, **corpus.left_out}))
    versioned = versions(installed, with_commonhold)
    publish(
        options,
        table.render(heats, versioned, options.rounds),
        table.as_json(heats, versioned, options.rounds),
    )
    failed = {label for heat in heats for label in (*heat.left_out, *heat.race.left_out)}
    return int(bool(failed & {table.COLD, table.WARM}))


def publish(options: argparse.Namespace, text: str, data: object) -> None:
    """Print the tables, and write the page and the file of samples if they are requested."""
    print(text)
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(table.insert(page, text), encoding="utf-8")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
