"""A second implementation of the approval rule, written from its text and in another way than the evaluator.

The evaluator computes when each side was met. Here, each requirement is a question: is it met by what happened until a
given moment? The core approval is asked last, with its own moment.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from commonhold.ownership import LifecycleState, PathKind, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from commonhold.governance.approvals import GateSettings
    from commonhold.governance.approvals.facts import PullRequest, Review
    from commonhold.ownership import ListedPerson, Ownership

    When: TypeAlias = tuple[datetime, int]
    Question: TypeAlias = Callable[[When], bool]

REVIEW_WORDS = {"APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"}
FILE_WORDS = {"added", "removed", "modified", "renamed", "copied", "changed", "unchanged"}


class SecondOpinion:
    """The rule for one pull request."""

    def __init__(
        self, pull: PullRequest, base: Ownership, head: Ownership, settings: GateSettings, now: datetime
    ) -> None:
        self.pull, self.base, self.head, self.settings, self.now = pull, base, head, settings, now
        self.today = now.date()
        self.core = {each.id for each in base.people.people if each.is_active(Role.CORE, self.today)}
        self.tsc = {each.id for each in base.people.people if each.is_active(Role.TSC, self.today)}
        human = pull.author is not None and pull.author.type == "User"
        self.author = pull.author.id if human and pull.author is not None else None
        moves = ("base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded")
        self.base_moves = [event.at for event in pull.timeline if event.kind in moves]
        ready = [event.at for event in pull.timeline if event.kind == "ready_for_review"]
        self.ready = max([pull.created_at, *ready]) if ready else pull.created_at
        self.last: dict[int, list[Review]] = {}
        for review in pull.reviews:
            if review.account and review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
                self.last.setdefault(review.account.id, []).append(review)
        for reviews in self.last.values():
            reviews.sort(key=lambda each: (each.submitted_at or now, each.id))

    def passes(self) -> bool:
        """Whether the gate passes."""
        if self.is_unreadable() or self.pull.draft or not self.pull.base_protected:
            return False
        plugin, binding, vote = self.requirements()
        end = (self.now, 10**18)
        met = [self.or_override(question) for question in plugin]
        if not all(question(end) for question in met) or (vote and self.pull.vote is None):
            return False
        me = self.pull.author.id if self.pull.author else None
        judges = self.core - {me} or self.tsc - {me}
        wanted = min(binding, len(judges)) if self.core - {me} else 1
        if not judges or any(self.objects(judge) for judge in judges):
            return False
        real_authors = {commit.author_id for commit in self.pull.commits if len(commit.parents) < 2}
        good = 0
        for judge in judges - real_authors:
            moment = self.approves(judge)
            if moment and (not self.settings.ordered or all(question(moment) for question in met)):
                good += 1
        return good >= wanted

    def is_unreadable(self) -> bool:
        """Row 1."""
        pull = self.pull
        names = [file.path for file in pull.files]
        hashes = [commit.sha for commit in pull.commits]
        lists = (names, hashes, [each.id for each in pull.reviews], [each.id for each in pull.comments])
        known = {each.id for each in self.base.people.people} | {self.settings.gate_account}
        for plugin in self.base.plugins.values():
            known |= {each.id for each in plugin.governance.maintainers}
        if (
            any(each.people is None or each.people & known for each in pull.unread)
            or pull.author is None
            or any(len(each) != len(set(each)) for each in lists)
        ):
            return True
        if len(names) != pull.changed_files_count or len(hashes) != pull.commits_count or pull.head_sha not in hashes:
            return True
        if {each.state for each in pull.reviews} - REVIEW_WORDS or {file.status for file in pull.files} - FILE_WORDS:
            return True
        if any(each.submitted_at is None and each.state != "PENDING" for each in pull.reviews):
            return True
        if any(file.status == "renamed" and not file.previous_path for file in pull.files):
            return True
        times = [event.at for event in pull.timeline] + [each.submitted_at or self.now for each in pull.reviews]
        times += [each.created_at for each in pull.comments] + [pull.created_at]
        if max(times) > self.now + timedelta(minutes=5):
            return True
        if self.base.problems or self.head.problems:
            return True
        if any(plugin.governance.problems for plugin in self.head.plugins.values()):
            return True
        return any(
            not self.only_repairs(plugin.folder) for plugin in self.base.plugins.values() if self.broken(plugin.folder)
        )

    def broken(self, folder: str) -> bool:
        plugin = self.base.plugins.get(folder)
        return plugin is not None and bool(plugin.governance.problems)

    def only_repairs(self, folder: str) -> bool:
        """Whether nothing of a plugin changes except its owners file, which stays in the plugin."""
        sides = {file.path for file in self.pull.files} | {file.previous_path or file.path for file in self.pull.files}
        rest = sides - {f"{folder}/governance.toml"}
        touched = [plugin for path in rest for side in (self.base, self.head) if (plugin := side.of(path).plugin)]
        return folder in self.head.folders and all(plugin.folder != folder for plugin in touched)

    def on_head(self, review: Review) -> bool:
        if review.commit_id == self.pull.head_sha:
            return True
        then = (self.pull.diffs or {}).get(review.commit_id or "")
        if not self.settings.same_diff or then is None:
            return False
        mine = sorted(repr(file) for file in self.pull.files)
        return sorted(repr(file) for file in then) == mine and all(file.blob for file in then)

    def counts(self, review: Review) -> bool:
        """Row 3, without who may approve what."""
        account, at = review.account, review.submitted_at
        return (
            account is not None
            and at is not None
            and account.type == "User"
            and review.state == "APPROVED"
            and self.on_head(review)
            and all(at > move for move in self.base_moves)
            and account.id != (self.pull.author.id if self.pull.author else None)
        )

    def approves(self, person: int) -> When | None:
        """The moment of a person's latest review, if it approves."""
        latest = self.last.get(person, [])[-1:]
        return when(latest[0]) if latest and self.counts(latest[0]) else None

    def approved_by(self, person: int, moment: When) -> bool:
        """Whether a person approved until a moment, and has approved ever since."""
        reviews = self.last.get(person, [])
        if not reviews or not self.counts(reviews[-1]):
            return False
        refusals = [when(review) for review in reviews if not self.counts(review)]
        return any(when(r) <= moment and all(f < when(r) for f in refusals) for r in reviews if self.counts(r))

    def objects(self, person: int) -> When | None:
        latest = self.last.get(person, [])[-1:]
        is_objection = bool(latest) and latest[0].state == "CHANGES_REQUESTED" and self.on_head(latest[0])
        return when(latest[0]) if is_objection else None

    def maintainers(self, folder: str) -> set[int]:
        governance = self.base.plugins[folder].governance
        if governance.state is LifecycleState.ORPHANED:
            return set()
        out = {each.id for each in self.base.people.people if each.is_suspended(self.today)}
        return {each.id for each in governance.maintainers if each.is_active(Role.MAINTAINER, self.today)} - out

    def silent(self, person: int, days: int, key: str, moment: When) -> bool:
        """Whether a comment asked a person, and the person did not answer for some days, until a moment."""
        asked: list[datetime] = []
        for each in self.pull.comments:
            own = each.account is not None and each.account.id == self.settings.gate_account
            if own and each.body.startswith("<!-- commonhold approvals"):
                line = each.body.splitlines()[0]
                found = re.findall(rf" {person}\.{key}@(\S+)Z", line)
                asked += [max(each.created_at, datetime.fromisoformat(f"{at}+00:00")) for at in found]
        if not asked:
            return False
        spoken = [each.submitted_at for each in self.pull.reviews if each.account and each.account.id == person]
        spoken += [each.updated_at for each in self.pull.comments if each.account and each.account.id == person]
        start = max([min(asked), self.ready, *self.base_moves, *(at for at in spoken if at)])
        return (start + timedelta(days=days), 0) <= min(moment, (self.now, 10**18))

    def or_override(self, question: Question) -> Question:
        """Row 23."""

        def met(moment: When) -> bool:
            return question(moment) or self.is_overridden(moment)

        return met

    def is_overridden(self, moment: When) -> bool:
        voices: dict[int, list[tuple[When, str]]] = {}
        for each in self.pull.comments:
            words = each.body.split(maxsplit=2)
            valid = each.body.startswith("/override") and len(words) == 3 and words[0] == "/override"
            account = each.account
            if not valid or account is None or account.id not in self.core or account.type != "User":
                continue
            if words[1] == self.pull.head_sha and not each.edited and all(each.created_at > m for m in self.base_moves):
                voices.setdefault(account.id, []).append(((each.created_at, each.id), words[2]))
        heard = {person: [said for said in texts if said[0] <= moment] for person, texts in voices.items()}
        if len([person for person, texts in heard.items() if texts]) >= 2:
            return True
        for person, texts in heard.items():
            if (person == self.author and len(self.core) > 1) or not texts:
                continue
            if self.pull.exact_revert or any(re.match(r"security:\s*\S", reason) for _, reason in texts):
                return True
            old = (self.ready + timedelta(days=14), 0) <= moment
            quiet = self.pull.last_push is not None and (self.pull.last_push + timedelta(days=3), 0) <= moment
            if old and quiet:
                return True
        return False

    def requirements(self) -> tuple[list[Question], int, bool]:
        """All requirements of the plugins' side, the number of binding approvals, and whether a vote is needed."""
        questions: list[Question] = []
        binding, vote = 1, False
        touched: set[str] = set()
        owners_changed: set[str] = set()
        new: dict[str, set[str]] = {}
        policy = False
        for file in self.pull.files:
            for path in {file.path, file.previous_path or file.path}:
                for side in (self.base, self.head):
                    owner = side.of(path)
                    if owner.plugin is None:
                        two, needs_vote = self.outside(path, owner.kind)
                        policy = policy or two is not None
                        binding, vote = max(binding, two or 1), vote or needs_vote
                    elif owner.plugin.folder not in self.base.folders:
                        new.setdefault(owner.plugin.folder, set())
                    elif self.broken(owner.plugin.folder):
                        policy, binding = True, 2
                    elif path == f"{owner.plugin.folder}/governance.toml" and owner.plugin.folder in self.head.folders:
                        owners_changed.add(owner.plugin.folder)
                    else:
                        touched.add(owner.plugin.folder)
            gone = self.base.of(file.previous_path).plugin if file.previous_path else None
            into = self.head.of(file.path).plugin
            if gone and into and into.folder not in self.base.folders and gone.folder not in self.head.folders:
                new.setdefault(into.folder, set()).add(gone.folder)
        everything = touched | owners_changed | new.keys()
        bulk = len(everything) > 5 and self.author in self.core and not (owners_changed or new or policy)
        for folder in owners_changed:
            questions += self.owners(folder, touched)
        for folder in touched:
            questions.append(self.ordinary(folder, bulk=bulk))
        for folder, before in new.items():
            questions += self.new(folder, before)
        return questions, binding, vote

    def outside(self, path: str, kind: PathKind) -> tuple[int | None, bool]:
        """The binding approvals of a path outside plugins (``None``: no policy), and whether it needs a vote."""
        if kind is PathKind.LEDGER:
            return 1, False
        if kind is not PathKind.POLICY:
            return None, False
        if path == "governance/people.toml":
            if self.only_less():
                return 1, False
            terms = [
                {(each.id, each.terms[Role.TSC]) for each in side.people.people if Role.TSC in each.terms}
                for side in (self.base, self.head)
            ]
            return 2, terms[0] != terms[1]
        if path in {"pyproject.toml", "commonhold.toml"}:
            return (2 if self.pull.settings_changed else None), False
        free = {"governance/waivers.toml", "governance/check-baseline.toml"}
        return 2, path.startswith("governance/") and path not in free

    def only_less(self) -> bool:
        """Row 14: nobody has a right on any day from today on that they did not have before."""
        before = {each.id: each for each in self.base.people.people}
        after = {each.id: each for each in self.head.people.people}
        if self.base.people == self.head.people or not self.head.people.exists:
            return False
        for number in before.keys() | after.keys():
            old, new = before.get(number), after.get(number)
            if new is None:
                if old is not None and any(old.is_suspended(day) for day in self.days()):
                    return False
                continue
            if old is None or (old.name, old.login, old.company, old.contact) != (
                *(new.name, new.login),
                *(new.company, new.contact),
            ):
                return False
            if any(self.gains(old, new, role) for role in Role):
                return False
        return True

    def days(self) -> list[date]:
        """Today, and the days on which a right begins or ends later."""
        sides = (self.base, self.head)
        people = [each for side in sides for each in side.people.people]
        people += [each for side in sides for p in side.plugins.values() for each in p.governance.maintainers]
        found = {self.today, date(2999, 1, 1)}
        for each in people:
            terms = [*each.terms.values(), *([each.suspension.term] if each.suspension else [])]
            for term in terms:
                found |= {term.start, *([term.end, term.end + timedelta(days=1)] if term.end else [])}
        return [day for day in sorted(found) if day >= self.today]

    def gains(self, old: ListedPerson | None, new: ListedPerson | None, role: Role) -> bool:
        """Whether a person has a role, or is no longer suspended, on a day on which that was otherwise."""
        if new is None:
            return False
        for day in self.days():
            has, had = (bool(p and role in p.terms and p.terms[role].contains(day)) for p in (new, old))
            if (has and not had) or (old is not None and old.is_suspended(day) and not new.is_suspended(day)):
                return True
        return False

    def loses(self, old: ListedPerson | None, new: ListedPerson | None) -> bool:
        """Whether a maintainer is none on a day on which the person was one, suspensions aside."""
        terms = [person.terms.get(Role.MAINTAINER) if person else None for person in (old, new)]
        return any(
            terms[0] is not None and terms[0].contains(day) and not (terms[1] and terms[1].contains(day))
            for day in self.days()
        )

    def undisputed(self, people: set[int], question: Question) -> Question:
        """Row 22."""
        objections = {person: moment for person in people if (moment := self.objects(person)) is not None}

        def met(moment: When) -> bool:
            for person, objection in objections.items():
                later = [self.approves(other) for other in people - {person}]
                if not any(each is not None and objection < each <= moment for each in later):
                    return False
            return question(moment)

        return met

    def ordinary(self, folder: str, *, bulk: bool) -> Question:
        """Rows 4 to 8, 10 and 11."""
        people = self.maintainers(folder)
        if not self.base.plugins[folder].asks_maintainers or not people:
            return always
        if self.author in people:
            return self.undisputed(people, always)
        if bulk and not any(self.objects(person) for person in people):
            return lambda moment: (
                any(self.approved_by(person, moment) for person in people)
                or (
                    not any(self.approves(person) for person in people)
                    and all(self.silent(person, 7, f"10.{self.pull.head_sha[:12]}", moment) for person in people)
                )
            )
        return self.undisputed(people, lambda moment: any(self.approved_by(person, moment) for person in people))

    def consent(self, person: int, moment: When) -> bool:
        return person == self.author or self.approved_by(person, moment)

    def owners(self, folder: str, touched: set[str]) -> list[Question]:
        """Rows 14 to 18; other edits of the owners file are ordinary."""
        before, after = self.base.plugins[folder].governance, self.head.plugins[folder].governance
        old = {each.id: each for each in before.maintainers}
        new = {each.id: each for each in after.maintainers}
        everybody = old.keys() | new.keys()
        joining = {n for n in everybody if self.gains(old.get(n), new.get(n), Role.MAINTAINER)}
        leaving = {n for n in everybody if self.loses(old.get(n), new.get(n))}
        suspended = {
            n
            for n in old.keys() & new.keys()
            if any(new[n].is_suspended(day) and not old[n].is_suspended(day) for day in self.days())
        }
        lifecycle = (before.state, before.since, before.reason) != (after.state, after.since, after.reason)
        rest = everybody - joining - leaving - suspended
        edited = any(old.get(n) != new.get(n) for n in rest) or any(
            (old[n].name, old[n].login, old[n].company, old[n].contact)
            != (new[n].name, new[n].login, new[n].company, new[n].contact)
            for n in old.keys() & new.keys()
        )
        people = self.maintainers(folder)
        questions: list[Question] = []
        if joining:
            is_alone = folder not in touched
            enough = not people or self.author in people
            questions.append(
                self.undisputed(
                    people,
                    lambda moment: (
                        is_alone
                        and (enough or any(self.approved_by(person, moment) for person in people))
                        and all(self.consent(person, moment) for person in joining)
                    ),
                )
            )
        questions += [self.leaves(person, folder) for person in leaving]
        if edited or not (joining or leaving or suspended or lifecycle):
            touched.add(folder)
        return questions

    def leaves(self, person: int, folder: str) -> Question:
        """Rows 16 and 17."""
        key = "17." + hashlib.sha256(folder.encode()).hexdigest()[:12]
        return lambda moment: (
            self.consent(person, moment)
            or (self.approves(person) is None and self.objects(person) is None and self.silent(person, 21, key, moment))
        )

    def new(self, folder: str, before: set[str]) -> list[Question]:
        """Row 19, and rows 16 and 17 for the maintainers of plugins that this one replaces."""
        named = {each.id: each for each in self.head.plugins[folder].governance.maintainers}
        coming = {n for n, each in named.items() if self.gains(None, each, Role.MAINTAINER)}
        questions: list[Question] = []
        for gone in before:
            old = {each.id: each for each in self.base.plugins[gone].governance.maintainers}
            coming -= {n for n in old if not self.gains(old[n], named.get(n), Role.MAINTAINER)}
            questions += [self.leaves(n, gone) for n in old if self.loses(old[n], named.get(n))]
        questions.append(lambda moment: all(self.consent(n, moment) for n in coming))
        return questions


def always(_: When) -> bool:
    return True


def when(review: Review) -> When:
    assert review.submitted_at is not None
    return review.submitted_at, review.id
