"""Count jobs per commit in eight monorepos, with two versions of commonhold: ``python -m examples.replay.jobs``.

``--before`` is the ``commonhold`` program of the earlier version. ``--clones`` is a folder that contains one clone for
each of the names in ``RULES``; a missing clone makes a row that is marked as not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import git

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.selection import Override
from commonhold.selection.audit import Audit, Replay, replay_history
from commonhold.vcs import open_repository
from commonhold.vcs.log import first_parents
from commonhold.workspace import Cache
from examples.replay.history import without_common_rules
from examples.replay.page import table, write_block
from examples.replay.remember import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.vcs import Repository

    Edge = dict[str, str | None]

EXAMPLES = Path(__file__).resolve().parents[1]
PAGE = EXAMPLES.parent / "docs" / "real-repositories.md"
_MINIMAL = EXAMPLES / "replay" / "rules"
MOST_MENTIONS = 3
RULES = {
    "flytekit": EXAMPLES / "flytekit.toml",
    "opentelemetry-contrib": EXAMPLES / "opentelemetry-contrib.toml",
    **{
        name: _MINIMAL / f"{name}.toml"
        for name in ("haystack", "livekit", "openllmetry", "openinference", "kedro", "airflow")
    },
}
AFTER = Path(sys.executable).with_name("commonhold")


class Jobs(NamedTuple):
    """Jobs per commit of the two versions, and the part of ``after`` that mentions alone select."""

    before: float
    after: float
    mentions: float

    @property
    def ratio(self) -> float:
        """The factor by which mentions increase the jobs of the earlier version."""
        return 1 + self.mentions / self.before if self.before else 1.0


class Measured(NamedTuple):
    """The jobs of one repository, with all its rules and with changes to plugins alone, and its new dependencies."""

    name: str
    head: str
    commits: int
    plugins: int
    run_all: float
    whole: Jobs
    alone: Jobs
    edges: tuple[Edge, ...]


def without_mentions(text: str) -> str:
    """Change the rules so that every mention is ignored."""
    return text.replace("[tool.commonhold]\n", '[tool.commonhold]\nmentions = { "**" = "ignore" }\n', 1)


def measure(name: str, clone: Path, before: Path, last: int) -> Measured:
    """Replay the last commits of a clone with both versions."""
    text = RULES[name].read_text()
    alone = without_common_rules(text)
    variants = (text, alone, without_mentions(text), without_mentions(alone))
    whole, plugins, silent, silent_plugins = _replays(clone, variants, last)
    head = git.Repo(clone).head.commit
    count = len(whole.replays)
    return Measured(
        name,
        f"`{head.hexsha[:10]}` of {head.committed_datetime:%Y-%m-%d}",
        count,
        whole.replays[0].total,
        whole.run_all / count,
        _jobs(_before(clone, before, text, last), whole, silent),
        _jobs(_before(clone, before, alone, last), plugins, silent_plugins),
        _new_edges(clone, RULES[name], before),
    )


def _replays(clone: Path, variants: Iterable[str], last: int) -> list[Audit]:
    """Replay every commit with each of the rules, while its files are in memory."""
    repository = open_repository(str(clone), SpawnRunner(), os.environ)
    cache = Cache()
    rules = [(Override("the example", text.encode()), list[Replay]()) for text in variants]
    remembered: Repository = Remembered(repository)  # type: ignore[assignment]
    for commit in first_parents(repository, repository.resolve("HEAD"), last):
        for override, found in rules:
            steps = replay_history(remembered, [commit], override, cache=cache)
            found.extend(step for step in steps if isinstance(step, Replay))
    return [Audit(tuple(found), ()) for _, found in rules]


def _jobs(before: float, after: Audit, silent: Audit) -> Jobs:
    count = len(after.replays)
    return Jobs(before, after.jobs / count, (after.jobs - silent.jobs) / count)


def _before(clone: Path, program: Path, rules: str, last: int) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(rules)
        file.flush()
        audit = _json(program, clone, Path(file.name), "audit", "--last", str(last))
    jobs: int = audit["jobs"]
    return jobs / len(audit["commits"])


def _new_edges(clone: Path, rules: Path, before: Path) -> tuple[Edge, ...]:
    old = {(edge["source"], edge["target"]) for edge in _json(before, clone, rules, "graph", "--head", "HEAD")["edges"]}
    new = _json(AFTER, clone, rules, "graph", "--head", "HEAD")
    core = new["core"]["name"]  # not a plugin: every change to it follows the rules for the core
    return tuple(
        edge for edge in new["edges"] if (edge["source"], edge["target"]) not in old and edge["target"] != core
    )


def _json(program: Path, clone: Path, rules: Path, command: str, *options: str) -> dict[str, Any]:
    form = ("--json",) if command == "audit" else ("--format", "json")
    line = [str(program), "-C", str(clone), "--config", str(rules), command, *options, *form]
    document: dict[str, Any] = json.loads(subprocess.run(line, check=True, stdout=subprocess.PIPE).stdout)
    return document


def jobs_lines(rows: Iterable[Measured | str]) -> Iterator[str]:
    """A table of the jobs per commit; a row that is only a name was not measured."""
    head = ("repository", "head", "commits", "plugins", "run-all", "before", "now", "by mentions", "ratio")
    more = ("before, plugins alone", "now", "by mentions", "ratio")
    yield from table((*head, *more), map(_row, rows))


def _row(row: Measured | str) -> tuple[object, ...]:
    if isinstance(row, str):
        return (row, "not measured", *[""] * 11)
    return (row.name, row.head, row.commits, row.plugins, f"{row.run_all:.2f}", *_cells(row.whole), *_cells(row.alone))


def _cells(jobs: Jobs) -> tuple[str, ...]:
    return (f"{jobs.before:.2f}", f"{jobs.after:.2f}", f"{jobs.mentions:.2f}", f"{jobs.ratio:.2f}")


def edge_lines(rows: Iterable[Measured | str]) -> Iterator[str]:
    """A table of the dependencies that only the later version finds, by kind and dependent project."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for row, edge in ((one, edge) for one in rows if isinstance(one, Measured) for edge in one.edges):
        where = f" ({edge['path']}:{edge['line']})" if edge.get("path") and edge.get("line") else ""
        targets = found.setdefault((row.name, str(edge["how"]), f"`{edge['source']}`"), {})
        targets[f"`{edge['target']}`{where}"] = None
    lines = ((*key, len(targets), _listed([*targets], key[1])) for key, targets in found.items())
    yield from table(("repository", "kind", "project", "new", "depends on"), lines)


def _listed(targets: list[str], kind: str) -> str:
    """List all targets of a precise reader, and a few of many mentions."""
    few = targets if kind != "mention" or len(targets) <= MOST_MENTIONS else targets[:MOST_MENTIONS]
    return ", ".join(few) + (f" and {len(targets) - len(few)} more" if len(few) < len(targets) else "")


def main() -> int:
    """Measure every repository, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(RULES), help="repositories; by default, all")
    parser.add_argument("--before", type=Path, required=True, help="the commonhold program of the earlier version")
    parser.add_argument("--clones", type=Path, required=True, help="the folder that contains the clones")
    parser.add_argument("--last", type=int, default=200, help="the number of commits, along first parents")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the markers")
    options = parser.parse_args()
    rows: list[Measured | str] = []
    for name in options.names:
        clone = options.clones / name
        print(name, file=sys.stderr)
        rows.append(measure(name, clone, options.before, options.last) if clone.is_dir() else name)
        print(*jobs_lines(rows[-1:]), *edge_lines(rows[-1:]), sep="\n", file=sys.stderr)
    write_block(options.page, "jobs", jobs_lines(rows))
    write_block(options.page, "new-dependencies", edge_lines(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
