"""Adopt eight public monorepos with `commonhold init`: ``python -m examples.adoption --clones FOLDER``.

The folder contains one clone for each name in ``HAND_MADE``. For each clone, the configuration that `init` writes goes
to ``examples/init/NAME.toml``, with its promises unconfirmed. ``--measure`` replays the last 200 commits with the
configuration as written, with every promise confirmed, and with a configuration that was written by hand, and records
the figures in ``examples/init/measured.json``; unchanged configurations are not measured again. The tables go to the
page of real repositories.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonhold.cli.init import default_branch
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.scaffold.init.adoption import plan_adoption
from commonhold.scaffold.init.configuration import confirm_promises, count_promises, write_configuration
from commonhold.scaffold.init.drift import outdated_lists
from commonhold.scaffold.init.exclusions import find_stale_exclusions
from commonhold.scaffold.init.survey import survey_tree
from commonhold.scaffold.init.today import count_todays_jobs
from commonhold.scaffold.init.workflow_files import WorkflowMode
from commonhold.selection import Override, find_affected
from commonhold.text import count
from commonhold.vcs import Comparison, RevisionRange, open_repository
from commonhold.vcs.log import changed_paths, first_parents
from commonhold.vcs.tags import local_tags
from commonhold.workspace import Cache, Files
from examples.replay.page import table, write_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.scaffold.init.findings import History, Survey
    from commonhold.vcs import Repository

EXAMPLES = Path(__file__).resolve().parent
PAGE = EXAMPLES.parent / "docs" / "real-repositories.md"
RESULTS = EXAMPLES / "init" / "measured.json"
LAST = 200
MOST_NAMES = 4
_RULES = EXAMPLES / "replay" / "rules"
HAND_MADE = {
    "flytekit": EXAMPLES / "flytekit.toml",
    "haystack": _RULES / "haystack.toml",
    "kedro": _RULES / "kedro.toml",
    "langchain-google": _RULES / "langchain-google.toml",
    "openinference": _RULES / "openinference.toml",
    "livekit": _RULES / "livekit.toml",
    "opentelemetry-contrib": EXAMPLES / "opentelemetry-contrib.toml",
    "openllmetry": _RULES / "openllmetry.toml",
}


def main() -> int:
    """Write the configurations and tables; with ``--measure``, replay past commits first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True, help="a folder that contains the clones")
    parser.add_argument("--only", action="append", choices=HAND_MADE, help="adopt only this one; may be repeated")
    parser.add_argument(
        "--measure", action="store_true", help="replay past commits, which takes minutes for each clone"
    )
    options = parser.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in options.only or HAND_MADE:
        print(name, file=sys.stderr)
        repository = open_repository(str(options.clones / name), SpawnRunner(), os.environ)
        results[name] = adopt(name, repository, results.get(name, {}), measuring=options.measure)
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    write_block(PAGE, "adoption", savings_table(results))
    write_block(PAGE, "adoption-findings", findings_table(results))
    return 0


def adopt(name: str, repository: Repository, known: dict[str, Any], *, measuring: bool) -> dict[str, Any]:
    """Write the configuration for one repository; return its figures and findings."""
    head = repository.resolve("HEAD")
    files = Files(repository.tree(head))
    history = changed_paths(repository, head, LAST)
    survey = survey_tree(files, default_branch(repository), history, tags=local_tags(repository))
    text = plan_adoption(files, survey, WorkflowMode.NONE).text
    # How a plugin is tested does not change which commits test it.
    rules_only = write_configuration(replace(survey, testing={}, plugins=(), tags=None, owners={}))
    (EXAMPLES / "init" / f"{name}.toml").write_text(text)
    result = {"head": head, "promises": count_promises(text), **_findings(files, survey, history)}
    texts = {
        "confirmed": confirm_promises(rules_only),
        "written": rules_only,
        "hand-made": HAND_MADE[name].read_text(),
    }
    cache = Cache()
    for kind, rules in texts.items():
        key = sha256(f"{head} {LAST} {rules}".encode()).hexdigest()
        if known.get(kind, {}).get("key") != key and measuring:
            known[kind] = {"key": key, **measure(repository, head, history, rules, cache)}
            print(f"  {kind}: {known[kind]}", file=sys.stderr)
        result[kind] = known.get(kind, {})
    return result


def measure(repository: Repository, head: str, history: History, rules: str, cache: Cache) -> dict[str, int]:
    """Count the plugin jobs of past commits, and the plugins whose changed files no job tests (``missed``)."""
    paths_of = dict(history)
    counts = {"jobs": 0, "run-all": 0, "commits": 0, "touched": 0, "missed": 0}
    for commit, parent in first_parents(repository, head, LAST):
        if parent is None:
            continue
        tree = repository.tree(commit)
        comparison = Comparison(RevisionRange(parent, commit), tree, repository.difference(parent, commit), repository)
        selected = find_affected(comparison, Override("init", rules.encode()), cache, strict=False)
        config = selected.workspace.config
        affected = {plugin.name for plugin in selected.affected.plugins}
        changed = [path for path in paths_of[commit] if not config.ignore.match(path)]
        touched = {
            plugin.name
            for plugin in selected.workspace.plugins.values()
            for path in changed
            if path.startswith(f"{plugin.path}/") and not config.examples.match(path[len(plugin.path) + 1 :])
        }
        counts["jobs"] += len(affected)
        counts["run-all"] += len(selected.workspace.plugins)
        counts["commits"] += 1
        counts["touched"] += len(touched)
        counts["missed"] += len(touched - affected)
    return counts


def _findings(files: Files, survey: Survey, history: History) -> dict[str, Any]:
    plugins = [package for tier in survey.tiers for package in tier.packages]
    today = count_todays_jobs(survey.jobs, history)
    stale = find_stale_exclusions(survey.jobs, plugins)
    return {
        "plugins": len(plugins),
        "today": today.jobs,
        "today-at-most": today.at_most,
        "untested": [package.name for package in survey.untested],
        "commented": {name: str(place) for name, place in sorted(survey.commented.items())},
        "stale": [f"{each.name} on {each.excluded.value}: {each.reason}" for each in stale],
        "lists": list(outdated_lists(files, plugins, survey.jobs)),
    }


def savings_table(results: dict[str, Any]) -> Iterator[str]:
    """The savings of the written, confirmed and hand-made configurations."""
    head = (
        "repository",
        "plugins",
        "TODO lines",
        "as written",
        "once confirmed",
        "by hand",
        "touched plugins",
        "missed",
    )
    rows = []
    for name in HAND_MADE:
        each = results.get(name)
        if each is None:
            continue
        kinds = ("written", "confirmed", "hand-made")
        shares = [_share(each.get(kind, {})) for kind in kinds]
        confirmed = each.get("confirmed", {})
        rows.append(
            (
                name,
                each["plugins"],
                each["promises"],
                *shares,
                confirmed.get("touched", "–"),
                confirmed.get("missed", "–"),
            )
        )
    yield from table(head, rows)


def _share(measured: dict[str, int]) -> str:
    return f"{1 - measured['jobs'] / measured['run-all']:.1%}" if measured else "–"


def findings_table(results: dict[str, Any]) -> Iterator[str]:
    """What `init` reports about each repository."""
    rows = []
    for name in HAND_MADE:
        each = results.get(name, {})
        if each.get("untested"):
            listed = [
                f"`{plugin}`{' (commented out)' if plugin in each['commented'] else ''}" for plugin in each["untested"]
            ]
            rows.append((name, count(len(listed), "plugin") + " that no test job names", _some(listed)))
        if each.get("stale"):
            rows.append((name, count(len(each["stale"]), "exclusion") + " without an effect", _some(each["stale"])))
        rows += [(name, "a list that is out of date", line) for line in each.get("lists", ())[:MOST_NAMES]]
    yield from table(("repository", "finding", "details"), rows)


def _some(items: list[str]) -> str:
    more = f" and {len(items) - MOST_NAMES} more" if len(items) > MOST_NAMES else ""
    return ", ".join(items[:MOST_NAMES]) + more


if __name__ == "__main__":
    sys.exit(main())
