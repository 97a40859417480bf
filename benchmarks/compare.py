"""Compare commonhold with Python's own peers: `python -m benchmarks.compare`.

First the results: what each tool selects for known changes (`benchmarks/changes.py`). Then time and memory, for the
same edit of generated uv workspaces.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import corpora, ours, table
from benchmarks.changes import changes
from benchmarks.corpora import EDITED
from benchmarks.generate import Monorepo, generate, shape
from benchmarks.measure import Contestant, clean_environment, race
from benchmarks.peers import Place, Unavailable, install_all
from benchmarks.proof import noticing
from benchmarks.python_peers import PYTHON_PEERS
from benchmarks.release_peers import planning_times, releases
from benchmarks.run import say, versions
from benchmarks.uv_workspace import as_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.peers import Peer

RELEASES = ("<!-- releases:begin -->", "<!-- releases:end -->")
RESULTS = ("<!-- changes:begin -->", "<!-- changes:end -->")
TIMES = ("<!-- python:begin -->", "<!-- python:end -->")
SIZES = (50, 130, 630)


class Verdict(NamedTuple):
    """What one tool selected for one change; ``None`` if it failed, with its last words in ``error``."""

    expected: frozenset[str]
    selected: frozenset[str] | None
    error: str = ""

    @property
    def missed(self) -> frozenset[str]:
        """The plugins whose tests would not have run."""
        return self.expected - (self.selected or frozenset())

    @property
    def extra(self) -> frozenset[str]:
        """The plugins whose tests run for nothing."""
        return (self.selected or frozenset()) - self.expected

    def cell(self) -> str:
        """Format the verdict for the table."""
        if self.selected is None:
            return "fails"
        words = [f"**misses {len(self.missed)}**"] * bool(self.missed) + [f"{len(self.extra)} too many"] * bool(
            self.extra
        )
        return ", ".join(words) or "right"


def ask(contestant: Contestant, environment: Mapping[str, str], expected: frozenset[str]) -> Verdict:
    """Run a tool once."""
    done = subprocess.run(
        contestant.command,
        cwd=contestant.folder,
        env={**environment, **contestant.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert contestant.answer is not None
    try:
        selected = contestant.answer(done.stdout)
    except (ValueError, KeyError, TypeError):
        selected = None
    if selected is None or (done.returncode and not selected):
        return Verdict(expected, None, (done.stderr or done.stdout).strip()[-500:])
    return Verdict(expected, selected)


def own(place: Place) -> Iterable[Contestant]:
    """Create the contestant `commonhold affected`."""
    yield Contestant("commonhold", ours.command(place, None), place.folder, answer=ours.selected)


def compare(
    tools: Mapping[str, Callable[[Place], Iterable[Contestant]]], cache: Path, environment: Mapping[str, str]
) -> dict[str, dict[str, Verdict]]:
    """Ask every tool about every change; return the verdicts by the change's title and the tool's name."""
    found: dict[str, dict[str, Verdict]] = {}
    for number, change in enumerate(changes()):
        base, head = change.write(cache / "changes" / str(number))
        place = Place(cache / "changes" / str(number), base, head)
        contestants = {name: next(iter(commands(place))) for name, commands in tools.items()}
        found[change.title] = {
            name: ask(contestant, environment, change.expected) for name, contestant in contestants.items()
        }
        say(f"  {change.title}: " + ", ".join(f"{name} {one.cell()}" for name, one in found[change.title].items()))
    return found


def results(found: Mapping[str, Mapping[str, Verdict]], missing: Mapping[str, str]) -> str:
    """Format the table of results."""
    names = list(next(iter(found.values())))
    lines = [f"| what changes | plugins | {' | '.join(names)} |", f"|:--|--:|{':--|' * len(names)}"]
    for title, verdicts in found.items():
        expected = next(iter(verdicts.values())).expected
        cells = " | ".join(verdicts[name].cell() for name in names)
        lines.append(f"| {title} | {len(expected)} | {cells} |")
    total = sum(len(next(iter(verdicts.values())).expected) for verdicts in found.values())
    sums = []
    for name in names:
        own_verdicts = [verdicts[name] for verdicts in found.values()]
        right = sum(one.cell() == "right" for one in own_verdicts)
        missed, extra = (sum(len(getattr(one, key)) for one in own_verdicts) for key in ("missed", "extra"))
        sums.append(f"{right} right; {missed} missed, {extra} too many")
    lines.append(f"| **all {len(found)} changes** | {total} | {' | '.join(sums)} |")
    lines += ["", *(f"Left out: {title}: {reason}." for title, reason in missing.items())] if missing else []
    return "\n".join(lines)


def timed(sizes: Sequence[int], rounds: int, tools: corpora.Tools) -> Iterable[table.Heat]:
    """Time every tool on generated uv workspaces, in rounds; the answers of all rounds are checked."""
    for size in sizes:
        monorepo = Monorepo(shape(size))
        folder = tools.cache / "workspaces" / str(size)
        say(f"{size} plugins: writing the repository")
        *_, base, head = generate(folder / "repository", monorepo, last=EDITED, adapt=as_workspace)
        place = Place(folder / "repository", base, head, monorepo.dependents(EDITED))
        contestants = [*ours.commonhold(place, folder / "saved-cache", tools.environment)]
        left_out = {}
        for peer, installed in tools.installed.items():
            if size > peer.up_to:
                left_out[peer.title] = f"it takes too long with more than {peer.up_to} plugins"
            else:
                contestants += peer.commands(place._replace(installed=installed))
        contestants += ours.marks(place)
        about = f"The change is one line in `{EDITED}` and affects {len(place.expected or ())} plugins."
        measured = race(contestants, rounds, tools.environment, say)
        yield table.Heat(f"uv workspace, {size} plugins", about, measured, left_out)


def available(cache: Path) -> tuple[dict[Peer, Path], dict[str, str]]:
    """Install the peers; also return the ones that cannot be installed or do not start, with reasons."""
    there, missing = install_all(PYTHON_PEERS, cache / "peers", say)
    for peer, installed in list(there.items()):
        place = Place(cache, "HEAD", "HEAD", installed=installed)
        try:
            list(peer.commands(place))
        except Unavailable as reason:
            missing[peer.title] = str(reason)
            del there[peer]
            say(f"  LEFT OUT: {peer.title}: {reason}")
    return there, missing


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Create the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="Compare Python's own peers.")
    parser.add_argument("--page", type=Path, help="page whose tables of results are written anew")
    parser.add_argument(
        "--times",
        type=Path,
        metavar="PAGE",
        help="measure, and write the times to this page; without --page, only this",
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of plugins to time")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of each command (default 5)")
    parser.add_argument("--prove", action="store_true", help="only run all tests, to prove what each change breaks")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="installed peers and repositories")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, and write the tables; return 1 if commonhold missed a plugin."""
    options = arguments(argv)
    cache = options.cache.resolve()
    if options.prove:
        return prove(cache / "proof")
    environment = clean_environment(cache / "home")
    there, missing = available(cache)
    code = 0
    if options.page or not options.times:
        tools = {"commonhold": own, **{peer.name: asked(peer, path) for peer, path in there.items()}}
        found = compare(tools, cache, environment)
        versioned = ", ".join(f"{name} {number}" for name, number in versions(there, with_commonhold=True).items())
        write(options.page, f"With {versioned}.\n\n{results(found, missing)}", RESULTS)
        write(options.page, releases(cache, environment, say), RELEASES)
        code = int(any(verdicts["commonhold"].missed for verdicts in found.values()))
    if options.times:
        heats = list(timed(options.sizes, options.rounds, corpora.Tools(cache, there, environment, say)))
        text = table.render(heats, versions(there, with_commonhold=True), options.rounds)
        planned = planning_times(options.sizes[0], options.rounds, cache, environment, say)
        write(options.times, f"{text}\n\n{planned}", TIMES)
    return code


def prove(folder: Path) -> int:
    """Check that exactly the expected plugins notice each change; return 1 if not."""
    wrong = 0
    for change in changes():
        if not change.unseen:
            seen = noticing(change, folder)
            wrong += seen != change.expected
            say(f"{'right' if seen == change.expected else f'WRONG: {sorted(seen)}'}: {change.title}")
    return int(wrong > 0)


def asked(peer: Peer, installed: Path) -> Callable[[Place], Iterable[Contestant]]:
    """Return the commands of an installed peer."""
    return lambda place: peer.commands(place._replace(installed=installed))


def write(page: Path | None, text: str, markers: tuple[str, str]) -> None:
    """Print a text, and write it between the markers of a page."""
    print(text, flush=True)
    if page:
        page.write_text(table.insert(page.read_text(encoding="utf-8"), text, *markers), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
