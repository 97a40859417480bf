"""Apply the approval rule to past commits: ``python -m examples.rehearsal SOURCE``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import git

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.ownership import Ownership
from commonhold.vcs import open_repository
from commonhold.workspace import read_config
from commonhold.workspace.plugin_discovery import Owners
from examples.rehearsal.decisions import Rehearsed, rehearse
from examples.rehearsal.figures import Rehearsal, rehearsal_lines
from examples.rehearsal.history import PastCommit, read_history
from examples.rehearsal.proposals import ProposalRule, Proposer
from examples.replay.page import write_block

if TYPE_CHECKING:
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.config import Config, Tier

EXAMPLES = Path(__file__).resolve().parents[1]
PAGE = EXAMPLES.parent / "docs" / "rehearsal.md"
RULES = EXAMPLES / "flytekit.toml"
VARIANTS = (ProposalRule(), ProposalRule(plugin_commits=1), replace(ProposalRule(), window=ProposalRule().window / 2))


def select(
    repository: Repository, config: Config, history: list[PastCommit], last: int
) -> tuple[list[PastCommit], dict[str, Tier]]:
    """The last commits that touch a plugin, newest first, and every plugin folder in their trees."""
    chosen: list[PastCommit] = []
    folders: dict[str, Tier] = {}
    for commit in history:
        if len(chosen) == last:
            break
        found = [Ownership.read(repository.tree(oid), config, ()).folders for oid in (commit.oid, commit.parent)]
        if any(Owners(each).of(path) for each in found for path in commit.paths):
            chosen.append(commit)
            folders.update({folder: tier for each in found for folder, tier in each.items()})
    return chosen, folders


def rehearse_all(
    clone: Path,
    repository: Repository,
    config: Config,
    chosen: list[PastCommit],
    proposer: Proposer,
    rule: ProposalRule,
) -> Rehearsal:
    """Decide about each commit, oldest first, with the people proposed from the commits before it."""
    load: Counter[int] = Counter()
    results: list[Rehearsed] = []
    for commit in reversed(chosen):
        trees: tuple[Tree, Tree] = (repository.tree(commit.parent), repository.tree(commit.oid))
        proposal = proposer.propose(commit.at, rule)
        results.append(rehearse(clone, commit, trees, config, proposal, load))
    latest = Ownership.read(repository.tree(chosen[0].oid), config, ()).folders
    return Rehearsal(rule, tuple(results), proposer.propose(chosen[0].at, rule), tuple(latest))


def main() -> int:
    """Rehearse the rule on a clone, and write the figures between the markers of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="the source of the clone: a URL, or a folder with a clone")
    parser.add_argument("--rules", type=Path, default=RULES, help="the configuration")
    parser.add_argument("--last", type=int, default=300, help="the number of commits that touch plugins")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the markers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        clone = Path(folder, "clone")
        git.Repo.clone_from(options.source, clone)
        repository = open_repository(str(clone), SpawnRunner(), os.environ)
        tree = repository.tree(repository.resolve("HEAD"))
        config = read_config(tree, (str(options.rules), options.rules.read_bytes()))
        history = read_history(clone)
        chosen, folders = select(repository, config, history, options.last)
        proposer = Proposer(tuple(history), folders)
        done = []
        for rule in VARIANTS:
            print(rule, file=sys.stderr)
            done.append(rehearse_all(clone, repository, config, chosen, proposer, rule))
        write_block(options.page, "rehearsal", rehearsal_lines(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
