"""Clone a repository, replay it and write its tables: ``python -m examples.replay NAME SOURCE``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import git

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository
from commonhold.workspace import read_config, read_workspace
from examples.replay.history import replay
from examples.replay.lists import compare_lists
from examples.replay.metadata import compare_projects
from examples.replay.page import history_lines, list_lines, metadata_lines, write_block
from examples.replay.releasing import rehearse_release, release_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).resolve().parents[1]
PAGE = EXAMPLES.parent / "docs" / "real-repositories.md"
RULES = {"flytekit": "flytekit.toml", "opentelemetry-contrib": "opentelemetry-contrib.toml"}


def _head_lines(clone: Path, _rules: Path) -> Iterator[str]:
    commit = git.Repo(clone).head.commit
    yield f"At `{commit.hexsha[:10]}` of {commit.committed_datetime:%Y-%m-%d}."


def _history(clone: Path, rules: Path) -> Iterator[str]:
    return history_lines(replay(clone, rules))


def _metadata(clone: Path, _rules: Path) -> Iterator[str]:
    return metadata_lines(list(compare_projects(str(clone))))


def _lists(clone: Path, rules: Path) -> Iterator[str]:
    repository = open_repository(str(clone), SpawnRunner(), os.environ)
    tree = repository.tree(repository.resolve("HEAD"))
    config = read_config(tree, (str(rules), rules.read_bytes()))
    return list_lines(compare_lists(str(clone), read_workspace(tree, config)))


def _release(clone: Path, rules: Path) -> Iterator[str]:
    return release_lines(rehearse_release(clone, rules, clone.parent))


PARTS: dict[str, Callable[[Path, Path], Iterator[str]]] = {
    "head": _head_lines,
    "history": _history,
    "lists": _lists,
    "metadata": _metadata,
    "release": _release,
}
OF_FLYTEKIT = ("lists", "release")


def main() -> int:
    """Run the requested parts; each writes its own block of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RULES)
    parser.add_argument("source", help="the source of the clone: a URL, or a folder with a clone")
    parser.add_argument("--only", action="append", choices=PARTS, help="run only this part; may be repeated")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the markers")
    options = parser.parse_args()
    parts = options.only or [part for part in PARTS if part not in OF_FLYTEKIT or options.name == "flytekit"]
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        clone = Path(folder, "clone")
        git.Repo.clone_from(options.source, clone)
        for part in parts:
            print(f"{options.name}: {part}", file=sys.stderr)
            write_block(options.page, f"{options.name}-{part}", PARTS[part](clone, EXAMPLES / RULES[options.name]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
