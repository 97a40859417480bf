"""Decide about past commits with the evaluator of ``commonhold approvals``, as if each were a pull request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.governance.approvals import Decision, GateSettings, GateState, NextStep, decide_approvals
from commonhold.governance.approvals.facts import APPROVED, USER, Account, PullCommit, PullRequest, Review
from commonhold.governance.approvals.readings import paths_to_read, touched_paths
from commonhold.ownership import GOVERNANCE, Ownership
from commonhold.ownership.people import PEOPLE
from commonhold.tree import REGULAR, Entry
from examples.rehearsal.history import changed_files
from examples.rehearsal.proposals import people_text

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from commonhold.tree import Tree
    from commonhold.workspace.config import Config
    from examples.rehearsal.history import PastCommit
    from examples.rehearsal.proposals import Proposal

_MOST_REVIEWS = 60


class ProposedTree:
    """A tree of git, with governance files that are not in it."""

    def __init__(self, tree: Tree, files: Mapping[str, str]) -> None:
        self._tree = tree
        self._files = {path: text.encode() for path, text in files.items()}
        self.workspace = tree.workspace
        self.entries = {**tree.entries, **dict.fromkeys(self._files, Entry(REGULAR, "0" * 40))}

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        """Start to read files; the returned function waits for the contents."""
        wanted = list(paths)
        inner = self._tree.start_reading([path for path in wanted if path not in self._files], most)
        own = {path: self._files[path] for path in wanted if path in self._files}
        return lambda: {**inner(), **own}

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of files."""
        return self.start_reading(paths)()


@dataclass(frozen=True)
class Rehearsed:
    """What the rule would have done: the decision without a review, the approvals given, and the last decision."""

    commit: PastCommit
    opened: Decision
    maintainers: tuple[int, ...]
    core: tuple[int, ...]
    closed: Decision

    @property
    def asked(self) -> frozenset[int]:
        """The people who are asked on the plugins' side."""
        return frozenset(person for side in self.opened.plugins for person in side.waiting)


def owners_of(tree: Tree, config: Config, proposal: Proposal, author: Account, paths: Iterable[str]) -> Ownership:
    """The owners of paths in a tree; the author of a plugin that nobody knows yet is its maintainer."""
    files = {config.path(PEOPLE): people_text("people", proposal.core, "core = { from = 2000-01-01 }")}
    bare = Ownership.read(tree, config, ())
    for folder in bare.folders:
        people = proposal.maintainers.get(folder, frozenset())
        files[f"{folder}/{GOVERNANCE}"] = people_text("maintainers", people, "from = 2000-01-01")
    for folder in bare.folders.keys() - proposal.maintainers.keys() if author.type == USER else ():
        files[f"{folder}/{GOVERNANCE}"] = people_text("maintainers", [author.id], "from = 2000-01-01")
    return Ownership.read(ProposedTree(tree, files), config, paths)


def rehearse(
    clone: Path, commit: PastCommit, trees: tuple[Tree, Tree], config: Config, proposal: Proposal, load: Counter[int]
) -> Rehearsed:
    """Decide about a commit when it is opened, and let the least busy people approve until it passes."""
    files = changed_files(clone, commit)
    pull = PullRequest(
        number=1,
        author=commit.author,
        draft=False,
        base_ref="main",
        base_tip=commit.parent,
        base_protected=True,
        merge_base=commit.parent,
        head_sha=commit.oid,
        changed_files_count=len(files),
        files=files,
        commits_count=1,
        commits=(PullCommit(commit.oid, commit.author.id, commit.author.id, (commit.parent,)),),
        created_at=commit.at,
        last_push=commit.at,
        settings_changed=False,
    )
    existing = dict.fromkeys(Ownership.read(trees[0], config, ()).folders, frozenset[int]())
    known = replace(proposal, maintainers={**existing, **proposal.maintainers})
    head = owners_of(trees[1], config, known, commit.author, touched_paths(pull))
    base = owners_of(trees[0], config, known, commit.author, paths_to_read(pull, head))
    opened = decision = decide_approvals(pull, base, head, GateSettings(), commit.at)
    given: dict[bool, list[int]] = {True: [], False: []}
    for number in range(1, _MOST_REVIEWS):
        people = _next_people(decision)
        if not people:
            break
        person = min(people, key=lambda each: (load[each], each))
        load[person] += 1
        given[decision.next is NextStep.PLUGIN].append(person)
        at = commit.at + timedelta(minutes=number)
        account = Account(f"person-{person}", person)
        pull = replace(pull, reviews=(*pull.reviews, Review(number, account, APPROVED, commit.oid, at)))
        decision = decide_approvals(pull, base, head, GateSettings(), at)
    return Rehearsed(commit, opened, tuple(given[True]), tuple(given[False]), decision)


def _next_people(decision: Decision) -> tuple[int, ...]:
    if decision.state is GateState.SUCCESS:
        return ()
    if decision.next is NextStep.PLUGIN:
        return next((side.waiting for side in decision.plugins if side.waiting), ())
    if decision.next is NextStep.CORE and decision.binding is not None:
        return decision.binding.who
    if decision.next is NextStep.AGAIN and decision.binding is not None:
        return decision.binding.early
    return ()
