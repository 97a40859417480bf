"""Pull requests that try to pass without the approvals they need, next to honest ones that must pass.

Each example names the condition that refuses it, or "" if the pull request passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from commonhold.governance.approvals import GateSettings
from commonhold.governance.approvals.facts import Account, PullCommit, Review, Unread
from tests.support.approvals import (
    BARE,
    BIG,
    BULK,
    CONFIG,
    DOLT,
    EDIT_BULK,
    GONE,
    HEAD,
    OLD,
    PEOPLE,
    SPARK,
    Change,
    ago,
    asked,
    change,
    comment,
    event,
    maintained,
    override,
    people,
    review,
)


@dataclass(frozen=True)
class Example:
    """A pull request with what the gate must decide about it."""

    name: str
    refused_by: str
    pull: Change
    row: int | None = None
    """A row that the decision must name."""

    def fulfilled(self, refusals: set[str], state: str, rows: frozenset[int]) -> bool:
        """Whether a decision is as expected: it passes, or it is refused for the expected reason."""
        if self.row is not None and self.row not in rows:
            return False
        return state == "success" if not self.refused_by else state == "pending" and self.refused_by in refusals


def example(name: str, refused_by: str = "", row: int | None = None, **values: Any) -> Example:
    return Example(name, refused_by, change(**values), row)


OK = [review("ann", hours=3), review("kim")]
SPARK_OWNERS = f"{SPARK}/governance.toml"
NEW = "plugins/community/new"
CORE = {"core/main.py": "2"}
POKE = {".github/workflows/poke.yml": None}
TWO = [review("kim"), review("lee", hours=2)]
ACCOUNT = Account("ann", 1)


def by(account: Account | None, hours: float = 2, state: str = "APPROVED", sha: str | None = HEAD) -> Review:
    return replace(review("ann", state, hours, sha), account=account)


def commits(*authors: int | None, merge: bool = False) -> list[PullCommit]:
    """Commits by accounts, the last of which is the head."""
    parents = (GONE, "7" * 40) if merge else (GONE,)
    shas = [str(number) * 40 for number in range(1, len(authors))] + [HEAD]
    return [PullCommit(sha, author, author, parents) for sha, author in zip(shas, authors, strict=True)]


UNREAD = [
    example("honest", row=4, reviews=OK),
    example(
        "a page of reviews failed", "unread", row=1, reviews=OK, facts={"unread": (Unread("reviews", "HTTP 502"),)}
    ),
    example(
        "an outsider who edits comments all the time",
        reviews=OK,
        facts={"unread": (Unread("comments", "changed", people=frozenset({100})),)},
    ),
    example(
        "a maintainer whose comments were read differently",
        "unread",
        reviews=OK,
        facts={"unread": (Unread("comments", "changed", people=frozenset({100, 1})),)},
    ),
    example(
        "a named maintainer whose reviews were read differently",
        "unread",
        edit={f"{NEW}/pyproject.toml": "", f"{NEW}/governance.toml": maintained("ola")},
        reviews=[review("ola", hours=3), review("kim")],
        facts={"unread": (Unread("reviews", "changed", people=frozenset({101})),)},
    ),
    example("3,001 files", "files-count", reviews=OK, facts={"changed_files_count": 3001}),
    example("a page of files is missing", "files-count", reviews=OK, facts={"changed_files_count": 2}),
    example("251 commits", "commits-count", reviews=OK, facts={"commits_count": 251}),
    example(
        "an older page of commits",
        "head-commit",
        reviews=OK,
        commits=[PullCommit(OLD, 100, 100, (GONE,))],
        facts={"commits_count": 1},
    ),
    example("an unknown review state", "review-state", reviews=[*OK, review("ola", "ENDORSED", 2)]),
    example("a review without a time", "review-state", reviews=[*OK, replace(review("ola"), id=1, submitted_at=None)]),
    example("a page of reviews twice", "repeated", reviews=[*OK, *OK]),
    example("the author was deleted", "author", reviews=OK, facts={"author": None}),
    example("a clock that is behind GitHub's", reviews=OK, timeline=[event("ready_for_review", -0.05)]),
    example("an event in the future", "future", reviews=OK, timeline=[event("ready_for_review", -1)]),
    example(
        "people at base with a mistake",
        "base-owners",
        reviews=OK,
        base={"governance/people.toml": PEOPLE + "[[people]]"},
    ),
    example("an id twice at head", "head-owners", reviews=OK, edit={SPARK_OWNERS: maintained("ann", "bo", bo=1)}),
    example("an owners file that is no TOML", "head-owners", reviews=OK, edit={SPARK_OWNERS: "[[["}),
    example("a draft", "draft", row=2, reviews=OK, facts={"draft": True}),
    example("an unprotected base", "protected", reviews=OK, facts={"base_protected": False}),
]


def with_file(**values: Any) -> dict[str, Any]:
    """The usual changed file with other values."""
    file = replace(change().changed_files()[0], **values)
    return {"files": (file,)}


UNREAD += [
    example("an unknown file status", "file-status", reviews=OK, facts=with_file(status="teleported")),
    example("a rename without its former path", "file-status", reviews=OK, facts=with_file(status="renamed")),
]

REVIEWS = [
    example("no review", "maintainer"),
    example("core alone", "maintainer", reviews=[review("kim")]),
    example("a maintainer alone", "binding", reviews=[review("ann")]),
    example("a stale maintainer approval", "on-head", reviews=[review("ann", hours=3, sha=OLD), review("kim")]),
    example("a stale core approval", "on-head", reviews=[review("ann", hours=3), review("kim", sha=OLD)]),
    example("a null commit id", "on-head", reviews=[review("ann", hours=3, sha=None), review("kim")]),
    example("a dismissed maintainer review", "approved", reviews=[review("ann", "DISMISSED", 3), review("kim")]),
    example("a dismissed core review", "approved", reviews=[review("ann", hours=3), review("kim", "DISMISSED")]),
    example(
        "no return to the approval before a dismissed one",
        "approved",
        reviews=[review("ann", hours=5), review("ann", "DISMISSED", 3), review("kim")],
    ),
    example(
        "auto-merge armed before the approval is withdrawn",
        "change-request",
        reviews=[*OK, review("ann", "CHANGES_REQUESTED", 0.5)],
    ),
    example("a comment after the approval", reviews=[*OK, review("ann", "COMMENTED", 2)]),
    example("a pending review", "maintainer", reviews=[review("ann", "PENDING", 3), review("kim")]),
    example("a re-requested approval", reviews=OK, timeline=[event("review_requested", 0.5, "ann")]),
    example(
        "a re-requested change request",
        "change-request",
        reviews=[review("ann", "CHANGES_REQUESTED", 3), review("kim")],
        timeline=[event("review_requested", 2, "ann")],
    ),
    example("a bot with a maintainer's id", "user", reviews=[by(Account("ann", 1, "Bot")), review("kim")]),
    example("a mannequin", "user", reviews=[by(Account("ann", 1, "Mannequin")), review("kim")]),
    example("an unknown account type", "user", reviews=[by(Account("ann", 1, "Robot")), review("kim")]),
    example("Copilot approves", "user", reviews=[review("copilot[bot]", hours=3), review("kim")]),
    example("an unlisted second account", "listed", reviews=[review("ola", hours=3), review("kim")]),
    example("another account with a maintainer's login", "listed", reviews=[by(Account("ann", 999)), review("kim")]),
    example("a changed login with the same id", reviews=[by(Account("ann-new", 1)), review("kim")]),
    example("a deleted reviewer", "account", reviews=[by(None), review("kim")]),
    example("a retarget after approval", "after-base-change", reviews=OK, timeline=[event("base_ref_changed", 0.5)]),
    example(
        "a retarget between the approvals",
        "after-base-change",
        reviews=OK,
        timeline=[event("base_ref_changed", 2)],
    ),
    example(
        "a retarget in the second of the approval",
        "after-base-change",
        reviews=OK,
        timeline=[event("base_ref_changed", 3)],
    ),
    example(
        "a retarget before the approvals and another one after them",
        "after-base-change",
        reviews=OK,
        timeline=[event("base_ref_changed", 4), event("base_ref_changed", 0.5)],
    ),
    example(
        "a review that was begun before another one and submitted after it",
        "change-request",
        reviews=[review("ann", hours=3, id_=2), review("ann", "CHANGES_REQUESTED", 2, id_=1), review("kim")],
    ),
    example("a retarget before the approvals", reviews=OK, timeline=[event("base_ref_changed", 4)]),
    example(
        "a force-push of the base",
        "after-base-change",
        reviews=OK,
        timeline=[event("base_ref_force_pushed", 0.5)],
    ),
    example(
        "an automatic retarget",
        "after-base-change",
        reviews=OK,
        timeline=[event("automatic_base_change_succeeded", 0.5)],
    ),
    example("authors approve themselves", "not-author", author="kim", edit=CORE, reviews=[review("kim")]),
    example("an author with an approving second account", "listed", author="ann", reviews=[review("ola")]),
    example("a core commit author", "not-commit-author", reviews=OK, commits=commits(11, 100)),
    example("a core author of a merge commit", reviews=OK, commits=commits(11, 11, merge=True)),
    example("null commit authors", reviews=OK, commits=commits(None, None)),
    example("a trailer that names the approver", reviews=OK, commits=[replace(commits(1)[0], trailers=("Kim <k@e>",))]),
    example("commits that are forged as a maintainer's", "maintainer", reviews=[review("kim")], commits=commits(1, 1)),
    example("expired core", "binding", reviews=[review("ann", hours=3), review("tom")]),
    example("suspended core", "binding", reviews=[review("ann", hours=3), review("sam")]),
    example("a TSC member while core is active", "binding", reviews=[review("ann", hours=3), review("tess")]),
    example(
        "core suspended while the pull request is open",
        "binding",
        reviews=OK,
        base={"governance/people.toml": people(kim="core suspended", lee="core")},
    ),
    example("a suspended maintainer", "listed", reviews=OK, base={SPARK_OWNERS: maintained("-ann", "bo")}),
    example(
        "a maintainer suspended in people.toml",
        "listed",
        reviews=OK,
        base={"governance/people.toml": PEOPLE + people(ann="suspended")},
    ),
    example(
        "an expired maintainer",
        "listed",
        reviews=OK,
        base={SPARK_OWNERS: maintained("bo", "ann") + "until = 2026-01-01\n"},
    ),
    example("a maintainer of another branch", "listed", reviews=OK, base={SPARK_OWNERS: maintained("eve")}),
    example("an early core approval", "order", reviews=[review("kim", hours=3), review("ann")]),
    example(
        "an early core approval without the order",
        reviews=[review("kim", hours=3), review("ann")],
        settings=GateSettings(ordered=False),
    ),
    example("a maintainer who is core", row=7, reviews=[review("kim")], base={SPARK_OWNERS: maintained("kim")}),
]

REVIEWS += [
    example(
        '"Update branch" after the approvals',
        "on-head",
        reviews=[review("ann", hours=3, sha=OLD), review("kim", sha=OLD)],
        commits=[PullCommit(OLD, 100, 100, (GONE,)), PullCommit(HEAD, 100, 100, (OLD, "7" * 40))],
    ),
    example("a bot's account of type User", "listed", reviews=[by(Account("helper", 300)), review("kim")]),
    example("the approver is a commit author on the plugin's side", reviews=OK, commits=commits(1, 100)),
    example(
        "a maintainer with several rejected reviews",
        "approved",
        reviews=[
            review("ann", "DISMISSED", 9),
            review("ann", "CHANGES_REQUESTED", 8),
            review("ann", "DISMISSED", 3),
            review("kim"),
        ],
    ),
]

SAME = GateSettings(same_diff=True)
STALE = [review("ann", hours=3, sha=OLD), review("kim")]
FILE = change().changed_files()[0]

REVIEWS += [
    example("the same diff without the setting", "on-head", reviews=STALE, facts={"diffs": {OLD: (FILE,)}}),
    example("the same diff", reviews=STALE, settings=SAME, facts={"diffs": {OLD: (FILE,)}}),
    example(
        "another content", "on-head", reviews=STALE, settings=SAME, facts={"diffs": {OLD: (replace(FILE, blob="1"),)}}
    ),
    example("another mode", "on-head", reviews=STALE, settings=SAME, facts={"diffs": {OLD: (replace(FILE, mode=1),)}}),
    example(
        "another former path",
        "on-head",
        reviews=STALE,
        settings=SAME,
        facts={"diffs": {OLD: (replace(FILE, previous_path="z"),)}},
    ),
    example("an unread diff", "on-head", row=3, reviews=STALE, settings=SAME),
    example(
        "unknown contents",
        "on-head",
        reviews=STALE,
        settings=SAME,
        facts={"diffs": {OLD: (replace(FILE, blob=None),)}, "files": (replace(FILE, blob=None),)},
    ),
    example(
        "a change request on the same diff",
        "change-request",
        reviews=[review("bo", "CHANGES_REQUESTED", 2, OLD), review("ann", hours=3), review("kim")],
        settings=SAME,
        facts={"diffs": {OLD: (FILE,)}},
    ),
]

TWO_PLUGINS = {f"{SPARK}/x.py": "2", f"{DOLT}/x.py": "2"}
NESTED = {f"{SPARK}/sub/pyproject.toml": "", f"{SPARK}/sub/governance.toml": maintained("cy")}
MOVED = [(f"{SPARK}/{name}", f"{NEW}/{name}") for name in ("pyproject.toml", "x.py", "y.py", "governance.toml")]
WIDE = CONFIG.replace('["plugins/community/**"]', '["plugins/community/**", "extras/*"]')
EXTRAS = {"extras/e/pyproject.toml": "", "extras/e/a.py": "", "extras/e/governance.toml": maintained("eve")}

OWNERS = [
    example("an author who maintains the plugin", row=5, author="ann", reviews=[review("kim")]),
    example("an author who maintains another plugin", "maintainer", author="cy", reviews=[review("kim")]),
    example("an author who maintains, without core", "binding", author="ann", reviews=[review("bo")]),
    example("no maintainer", row=6, edit={f"{BARE}/x.py": "2"}, reviews=[review("kim")]),
    example("no maintainer and no core", "binding", edit={f"{BARE}/x.py": "2"}, reviews=[review("ann")]),
    example("all maintainers suspended", reviews=[review("kim")], base={SPARK_OWNERS: maintained("-ann", "-bo")}),
    example("orphaned", reviews=[review("kim")], base={SPARK_OWNERS: maintained("ann", state="orphaned")}),
    example("a core author without the maintainer", "maintainer", author="kim", reviews=[review("lee")]),
    example("a core author with both", row=8, author="kim", reviews=[review("ann", hours=3), review("lee")]),
    example(
        "a core author and their own maintainers' side",
        "binding",
        author="kim",
        reviews=[review("ann", hours=3)],
    ),
    example("one of two plugins", "maintainer", edit=TWO_PLUGINS, reviews=OK),
    example("two plugins", row=9, edit=TWO_PLUGINS, reviews=[*OK, review("cy", hours=2)]),
    example("core between two plugins", "order", edit=TWO_PLUGINS, reviews=[*OK, review("cy", hours=0.5)]),
    example("official", row=11, edit={f"{BIG}/x.py": "2"}, reviews=[review("kim")]),
    example("official without core", "binding", edit={f"{BIG}/x.py": "2"}, reviews=[review("dee")]),
    example("core's files", row=12, edit=CORE, reviews=[review("kim")]),
    example("core's files by a maintainer", "binding", edit=CORE, reviews=[review("ann")]),
    example("an unowned path", "binding", edit={"noxfile.py": "2"}, reviews=[review("ann")]),
    example(
        "a file renamed out of another owner's folder",
        "maintainer",
        author="cy",
        edit={},
        rename=[(f"{SPARK}/y.py", f"{DOLT}/y.py")],
        reviews=[review("kim")],
    ),
    example(
        "a file renamed into another owner's folder",
        "maintainer",
        author="ann",
        edit={},
        rename=[(f"{SPARK}/y.py", f"{DOLT}/y.py")],
        reviews=[review("kim")],
    ),
    example(
        "a file renamed with both owners",
        author="ann",
        edit={},
        rename=[(f"{SPARK}/y.py", f"{DOLT}/y.py")],
        reviews=[review("cy", hours=2), review("kim")],
    ),
    example(
        "a file renamed to the core",
        "maintainer",
        edit={},
        rename=[(f"{SPARK}/y.py", "core/y.py")],
        reviews=[review("kim")],
    ),
    example("a deleted file", "maintainer", edit={f"{SPARK}/x.py": None}, reviews=[review("kim")]),
    example(
        "a deleted plugin",
        "maintainer",
        edit={path: None for path, _ in MOVED},
        reviews=[review("kim")],
    ),
    example(
        "a deleted plugin with its maintainer",
        row=20,
        edit={path: None for path, _ in MOVED},
        reviews=OK,
    ),
    example(
        "a nested project file that claims a folder", "maintainer", author="cy", edit=NESTED, reviews=[review("kim")]
    ),
    example(
        "files in a nested plugin",
        "maintainer",
        base=NESTED,
        author="ann",
        edit={f"{SPARK}/sub/a.py": ""},
        reviews=[review("kim")],
    ),
    example(
        "a nested plugin loses its project file",
        "maintainer",
        base=NESTED,
        author="ann",
        edit={f"{SPARK}/sub/pyproject.toml": None, f"{SPARK}/sub/a.py": ""},
        reviews=[review("kim")],
    ),
    example("a moved plugin", row=20, edit={}, rename=MOVED, reviews=OK),
    example("a moved plugin without its owners", "maintainer", edit={}, rename=MOVED, reviews=[review("kim")]),
    example(
        "a moved plugin that drops a maintainer",
        "consent",
        author="ann",
        edit={f"{NEW}/governance.toml": maintained("ann")},
        rename=MOVED,
        reviews=[review("kim")],
    ),
    example(
        "a moved plugin that names another maintainer",
        "consent",
        edit={f"{NEW}/governance.toml": maintained("ann", "bo", "ola")},
        rename=MOVED,
        reviews=OK,
    ),
    example(
        "a former path that settings claim at head",
        "consent",
        base=EXTRAS,
        edit={"pyproject.toml": WIDE},
        rename=[("extras/e/a.py", "a.py")],
        reviews=[*TWO, review("max", hours=3)],
    ),
    example("Dependabot", row=21, author="dependabot[bot]", reviews=OK),
    example("Dependabot without the maintainer", "maintainer", author="dependabot[bot]", reviews=[review("kim")]),
    example(
        "a bot with a maintainer's id as author",
        "maintainer",
        reviews=[review("kim")],
        facts={"author": Account("ann", 1, "Bot")},
    ),
    example("a revert has no privilege", "maintainer", reviews=[review("kim")], facts={"exact_revert": True}),
]

WEEK = [asked("ann", "dee", days=8, row=10)]
BULKY: dict[str, Any] = {"author": "kim", "base": BULK, "edit": EDIT_BULK, "reviews": [review("lee")]}
FIVE = dict([*EDIT_BULK.items()][:5])

BULK_CHANGES = [
    example("a bulk change after a week", row=10, **BULKY, comments=WEEK),
    example("a bulk change after six days", "maintainer", **BULKY, comments=[asked("ann", "dee", days=6, row=10)]),
    example(
        "a bulk change that is pushed after the question",
        "maintainer",
        **BULKY,
        comments=[asked("ann", "dee", days=8, row=10, sha=OLD)],
    ),
    example("a bulk change that asked nobody", "maintainer", **BULKY),
    example("a bulk change that asked one of two", "maintainer", **BULKY, comments=[asked("ann", days=8, row=10)]),
    example("a bulk change by an outsider", "maintainer", **{**BULKY, "author": "out"}, comments=WEEK),
    example("five plugins", "maintainer", **{**BULKY, "edit": FIVE}, comments=WEEK),
    example(
        "a bulk change of an ownership file",
        "maintainer",
        **{**BULKY, "edit": {**EDIT_BULK, "plugins/community/p0/governance.toml": maintained("ann")}},
        comments=WEEK,
    ),
    example(
        "a bulk change with a change request",
        "change-request",
        **{**BULKY, "reviews": [review("dee", "CHANGES_REQUESTED", 24 * 9), review("lee")]},
        comments=WEEK,
    ),
    example(
        "a bulk change with an answer yesterday",
        "maintainer",
        **BULKY,
        comments=[*WEEK, comment("ann", "I am looking at it.", 24)],
    ),
    example(
        "a bulk change that an outsider claims to have asked about",
        "maintainer",
        **BULKY,
        comments=[replace(WEEK[0], account=Account("ola", 101))],
    ),
    example(
        "a question that is dated before its comment",
        "maintainer",
        **BULKY,
        comments=[replace(WEEK[0], created_at=ago(days=2), updated_at=ago(days=2))],
    ),
    example(
        "a bulk change that was a draft", "maintainer", **BULKY, comments=WEEK, timeline=[event("ready_for_review", 48)]
    ),
    example(
        "a bulk change that was retargeted",
        "maintainer",
        **BULKY,
        comments=WEEK,
        timeline=[event("base_ref_changed", 48)],
    ),
    example(
        "core approved before the week was over",
        "order",
        **{**BULKY, "reviews": [review("lee", hours=48)]},
        comments=WEEK,
    ),
]

BULK_CHANGES.append(
    example(
        "a bulk change whose maintainers were asked something else",
        "maintainer",
        **BULKY,
        comments=[asked("ann", "dee", days=8)],
    )
)


def people_file(text: str, **values: Any) -> dict[str, Any]:
    return {"edit": {"governance/people.toml": text}, **values}


LESS = people(kim="core", lee="core", max="core", sam="core suspended", tess="tsc")
TWO_CORE = {"governance/people.toml": people(kim="core", lee="core", tess="tsc")}

POLICY = [
    example("the poke is deleted", "binding", edit=POKE, reviews=[review("kim")]),
    example("the poke is deleted with two core", edit=POKE, reviews=TWO),
    example("the poke is deleted next to a plugin", "binding", edit={**POKE, f"{SPARK}/x.py": "2"}, reviews=OK),
    example(
        "a job with the gate's own name",
        "binding",
        edit={".github/workflows/other.yml": "jobs: {approvals (main): {}}"},
        reviews=[review("kim")],
    ),
    example("data of a local action", "binding", edit={".github/actions/a/x.toml": ""}, reviews=[review("kim")]),
    example("a local action", "binding", edit={".github/actions/a/action.yml": ""}, reviews=[review("kim")]),
    example("CODEOWNERS", "binding", edit={".github/CODEOWNERS": "* @out"}, reviews=[review("kim")]),
    example("settings", "binding", edit={"pyproject.toml": WIDE}, reviews=[review("kim")]),
    example("settings with two core", row=13, edit={"pyproject.toml": WIDE}, reviews=TWO),
    example(
        "new settings in another file",
        "binding",
        edit={"commonhold.toml": ""},
        reviews=[review("kim")],
        facts={"settings_changed": True},
    ),
    example(
        "other lines of the file with the settings",
        edit={"pyproject.toml": CONFIG + "[tool.ruff]\n"},
        reviews=[review("kim")],
        facts={"settings_changed": False},
    ),
    example("core's author and one other", "binding", author="kim", edit=POKE, reviews=[review("lee")]),
    example("the only other core", author="kim", edit=POKE, reviews=[review("lee")], base=TWO_CORE),
    example("a policy without a vote", "vote", edit={"governance/policy.toml": ""}, reviews=TWO),
    example("a policy", edit={"governance/policy.toml": ""}, reviews=TWO, facts={"vote": "votes/1"}),
    example("waivers", edit={"governance/waivers.toml": "#"}, reviews=TWO),
    example("waivers by one", "binding", edit={"governance/waivers.toml": "#"}, reviews=[review("kim")]),
    example("a new core member by one", "binding", **people_file(PEOPLE + people(out="core")), reviews=[review("kim")]),
    example("a new core member", **people_file(PEOPLE + people(out="core")), reviews=TWO),
    example("a new TSC member", "vote", **people_file(PEOPLE + people(out="tsc")), reviews=TWO),
    example(
        "a suspension that ends",
        "binding",
        **people_file(PEOPLE.replace("suspended =", "# suspended =")),
        reviews=[review("kim")],
    ),
    example(
        "the entry of a suspended person is removed",
        "binding",
        **people_file(people(kim="core", lee="core", max="core", tess="tsc", tom="core expired")),
        reviews=[review("kim")],
    ),
    example(
        "a longer term", "binding", **people_file(PEOPLE.replace(", until = 2026-01-01", "")), reviews=[review("kim")]
    ),
    example("another login", "binding", **people_file(PEOPLE.replace('"kim"', '"kim2"')), reviews=[review("lee")]),
    example("a comment in people.toml", "binding", **people_file(PEOPLE + "# x"), reviews=[review("kim")]),
    example("people.toml is deleted", "binding", edit={"governance/people.toml": None}, reviews=[review("kim")]),
    example("an entry that has expired is removed", **people_file(LESS), reviews=[review("kim")]),
    example(
        "core is suspended",
        **people_file(
            PEOPLE.replace(
                'login = "max"\nid = 13', 'login = "max"\nid = 13\nsuspended = { from = 2026-06-01, reason = "x" }'
            )
        ),
        row=14,
        reviews=[review("kim")],
    ),
    example("core is suspended by nobody", "binding", **people_file(LESS), reviews=[review("ann")]),
    example(
        "a removal that hides a grant",
        "binding",
        **people_file(LESS + people(out="core")),
        reviews=[review("kim")],
    ),
]

JOIN = {SPARK_OWNERS: maintained("ann", "bo", "out")}
ALONE = {SPARK_OWNERS: maintained("ann")}
DAYS_22 = [asked("bo", days=22, row=17)]

MAINTAINERS = [
    example("a maintainer is added", row=15, edit=JOIN, reviews=OK),
    example("maintainers add themselves", "maintainer", edit=JOIN, reviews=[review("kim")]),
    example(
        "an added person approves",
        "maintainer",
        author="ola",
        edit=JOIN,
        reviews=[review("out", hours=3), review("kim")],
    ),
    example("an added person who did not accept", "consent", author="ola", edit=JOIN, reviews=OK),
    example(
        "a maintainer adds somebody who did not accept", "consent", author="ann", edit=JOIN, reviews=[review("kim")]
    ),
    example("a maintainer adds somebody", author="ann", edit=JOIN, reviews=[review("out", hours=3), review("kim")]),
    example(
        "another maintainer objects to an addition",
        "change-request",
        edit=JOIN,
        reviews=[*OK, review("bo", "CHANGES_REQUESTED", 2)],
    ),
    example("a maintainer is added with other files", "split", edit={**JOIN, f"{SPARK}/x.py": "2"}, reviews=OK),
    example(
        "an owners file edited after approval",
        "on-head",
        edit=JOIN,
        reviews=[review("ann", hours=3, sha=OLD), review("kim")],
    ),
    example("the first maintainer", edit={f"{BARE}/governance.toml": maintained("out")}, reviews=[review("kim")]),
    example(
        "the first maintainer did not accept",
        "consent",
        edit={f"{BARE}/governance.toml": maintained("ola")},
        reviews=[review("kim")],
    ),
    example(
        "an owners file before its plugin",
        "consent",
        base={f"{NEW}/governance.toml": maintained("ola")},
        edit={f"{NEW}/pyproject.toml": ""},
        reviews=[review("kim")],
    ),
    example(
        "a maintainer's id is replaced",
        "maintainer",
        edit={SPARK_OWNERS: maintained("ann", "bo", ann=100)},
        reviews=[review("kim")],
    ),
    example(
        "maintainers end their own suspension",
        "maintainer",
        author="ann",
        base={SPARK_OWNERS: maintained("-ann", "bo")},
        edit={SPARK_OWNERS: maintained("ann", "bo")},
        reviews=[review("kim")],
    ),
    example(
        "a contact is changed",
        "maintainer",
        edit={SPARK_OWNERS: maintained("ann", "bo").replace('name = "bo"', 'name = "Bo"')},
        reviews=[review("kim")],
    ),
    example("authors remove themselves", row=16, author="bo", edit=ALONE, reviews=[review("kim")]),
    example("authors remove themselves without core", "binding", author="bo", edit=ALONE, reviews=[review("ann")]),
    example("a maintainer is removed", "consent", author="ann", edit=ALONE, reviews=[review("kim")]),
    example("a maintainer agrees to leave", row=17, edit=ALONE, reviews=[review("bo", hours=3), review("kim")]),
    example("a maintainer is silent", edit=ALONE, comments=DAYS_22, reviews=[review("kim")]),
    example(
        "a maintainer is silent for 20 days",
        "consent",
        edit=ALONE,
        comments=[asked("bo", days=20, row=17)],
        reviews=[review("kim")],
    ),
    example(
        "a maintainer who was asked to review but not to leave",
        "consent",
        edit=ALONE,
        timeline=[event("review_requested", 22 * 24, "bo")],
        reviews=[review("kim")],
    ),
    example(
        "a maintainer answers",
        "consent",
        edit=ALONE,
        comments=[*DAYS_22, comment("bo", "I stay.", 24)],
        reviews=[review("kim")],
    ),
    example(
        "a maintainer objected before the question",
        "consent",
        edit=ALONE,
        comments=DAYS_22,
        reviews=[review("bo", "CHANGES_REQUESTED", 24 * 23), review("kim")],
    ),
    example("the owners file is deleted", "consent", author="ann", edit={SPARK_OWNERS: None}, reviews=[review("kim")]),
    example(
        "a maintainer is suspended", row=14, edit={SPARK_OWNERS: maintained("ann", "-bo")}, reviews=[review("kim")]
    ),
    example(
        "a maintainer is suspended without core",
        "binding",
        edit={SPARK_OWNERS: maintained("ann", "-bo")},
        reviews=[review("ann")],
    ),
    example(
        "a lifecycle state",
        row=18,
        edit={SPARK_OWNERS: maintained("ann", "bo", state="noticed")},
        reviews=[review("kim")],
    ),
    example("a lifecycle state without core", "binding", edit={SPARK_OWNERS: maintained("ann", "bo", state="noticed")}),
    example(
        "a lifecycle state with code",
        "maintainer",
        edit={SPARK_OWNERS: maintained("ann", "bo", state="orphaned"), f"{SPARK}/x.py": "2"},
        reviews=[review("kim")],
    ),
    example("the ledger", row=18, edit={"governance/ledger/spark/0001-notice.toml": ""}, reviews=[review("kim")]),
    example(
        "the ledger without core",
        "binding",
        edit={"governance/ledger/spark/0001-notice.toml": ""},
        reviews=[review("ann")],
    ),
]

MERGED = {"merged_at": ago(hours=0.5)}

MERGES = [
    example("merged with all approvals", reviews=OK, facts=MERGED),
    example("merged without approvals", "maintainer", 25, facts=MERGED),
    example("approved after the merge", "binding", 25, reviews=[review("ann"), review("kim", hours=0.2)], facts=MERGED),
    example(
        "overridden after the merge",
        "maintainer",
        25,
        comments=[override("kim", 0.2), override("lee", 0.3)],
        facts=MERGED,
    ),
]

ADD = {f"{NEW}/pyproject.toml": "", f"{NEW}/x.py": "", f"{NEW}/governance.toml": maintained("out")}
ADD_TWO = {**ADD, f"{NEW}/governance.toml": maintained("out", "ola")}

NEW_PLUGINS = [
    example("a new plugin by its maintainer", row=19, edit=ADD, reviews=[review("kim")]),
    example("a new plugin without core", "binding", edit=ADD, reviews=[review("ann")]),
    example("a new plugin that names somebody else", "consent", author="ola", edit=ADD, reviews=[review("kim")]),
    example("one of two maintainers accepts", "consent", edit=ADD_TWO, reviews=[review("kim")]),
    example("both maintainers accept", edit=ADD_TWO, reviews=[review("ola", hours=2), review("kim")]),
    example(
        "a maintainer accepts an older version",
        "consent",
        edit=ADD_TWO,
        reviews=[review("ola", hours=2, sha=OLD), review("kim")],
    ),
    example(
        "a new plugin that names core in vain",
        "consent",
        edit={**ADD, f"{NEW}/governance.toml": maintained("lee")},
        reviews=[review("kim")],
    ),
]

NO = "CHANGES_REQUESTED"
OBJECTIONS = [
    example("another maintainer objects", "change-request", row=22, reviews=[*OK, review("bo", NO, 2)]),
    example("another maintainer approves later", reviews=[review("bo", NO, 4), *OK]),
    example(
        "core cannot lift a maintainer's objection", "change-request", reviews=[review("ann", NO, 3), review("kim")]
    ),
    example(
        "an outsider cannot lift an objection",
        "change-request",
        reviews=[review("bo", NO, 3), review("ola", hours=2), review("kim")],
    ),
    example("objectors change their minds", reviews=[review("bo", NO, 4), review("bo", hours=3), review("kim")]),
    example(
        "a maintainer objects to another maintainer's change",
        "change-request",
        author="ann",
        reviews=[review("bo", NO, 2), review("kim")],
    ),
    example("an objection to an older commit", reviews=[*OK, review("bo", NO, 2, OLD)]),
    example("an outsider objects", reviews=[*OK, review("ola", NO, 2)]),
    example("suspended core objects", reviews=[*OK, review("sam", NO, 2)]),
    example("core objects", "core-change-request", reviews=[*OK, review("lee", NO, 0.5)]),
    example("core objects and another approves later", "core-change-request", reviews=[review("lee", NO, 5), *OK]),
    example("core's objection was dismissed", reviews=[*OK, review("lee", "DISMISSED", 0.5)]),
    example("core withdraws an objection", reviews=[*OK, review("lee", NO, 0.6), review("lee", hours=0.5)]),
    example(
        "core objected before the base changed",
        "core-change-request",
        reviews=[review("lee", NO, 5), *OK],
        timeline=[event("base_ref_changed", 4)],
    ),
    example(
        "a maintainer objects in an official plugin",
        edit={f"{BIG}/x.py": "2"},
        reviews=[review("dee", NO, 2), review("kim")],
    ),
    example(
        "core overrides its own objection in vain",
        "core-change-request",
        reviews=[review("lee", NO, 3), review("kim")],
        comments=[override("kim", 2), override("max", 2.5)],
    ),
]

BOTH = [override("kim", 3), override("lee", 2)]
LAST = [review("max")]
LONG = {"last_push": ago(days=4)}

OVERRIDES = [
    example("two core override", row=23, comments=BOTH, reviews=LAST),
    example("one core overrides", "maintainer", comments=BOTH[:1], reviews=LAST),
    example("one core overrides twice", "maintainer", comments=[override("kim", 3), override("kim", 2)], reviews=LAST),
    example("an override without the binding approval", "binding", comments=BOTH),
    example(
        "one core and a deleted account override",
        "maintainer",
        comments=[BOTH[0], replace(BOTH[1], account=None)],
        reviews=LAST,
    ),
    example(
        "an override in the second of a retarget",
        "after-base-change",
        comments=BOTH,
        reviews=LAST,
        timeline=[event("base_ref_changed", 2)],
    ),
    example("an approval before the override", "order", comments=BOTH, reviews=[review("max", hours=4)]),
    example(
        "an edited override",
        "unedited",
        comments=[BOTH[0], comment("lee", f"/override {HEAD} urgent", 2, edited=True)],
        reviews=LAST,
    ),
    example(
        "a quoted override",
        "command",
        comments=[BOTH[0], comment("lee", f"> /override {HEAD} urgent", 2)],
        reviews=LAST,
    ),
    example(
        "an override in code",
        "command",
        comments=[BOTH[0], comment("lee", f"    /override {HEAD} urgent", 2)],
        reviews=LAST,
    ),
    example(
        "an override in a sentence",
        "maintainer",
        comments=[BOTH[0], comment("lee", f"I will not /override {HEAD} x", 2)],
        reviews=LAST,
    ),
    example(
        "an override without a reason",
        "command",
        comments=[BOTH[0], comment("lee", f"/override {HEAD}", 2)],
        reviews=LAST,
    ),
    example(
        "an override of an old commit", "sha-is-head", comments=[BOTH[0], override("lee", 2, sha=OLD)], reviews=LAST
    ),
    example(
        "an override of a short SHA", "sha-is-head", comments=[BOTH[0], override("lee", 2, sha=HEAD[:12])], reviews=LAST
    ),
    example("an override by a maintainer", "core", comments=[BOTH[0], override("ann", 2)], reviews=LAST),
    example("an override by expired core", "core", comments=[BOTH[0], override("tom", 2)], reviews=LAST),
    example("an override by an outsider", "maintainer", comments=[BOTH[0], override("ola", 2)], reviews=LAST),
    example(
        "an override by a bot with core's id",
        "user",
        comments=[BOTH[0], replace(BOTH[1], account=Account("lee", 12, "Bot"))],
        reviews=LAST,
    ),
    example(
        "an override before a retarget",
        "after-base-change",
        comments=BOTH,
        reviews=LAST,
        timeline=[event("base_ref_changed", 2.5)],
    ),
    example("one core after 14 days", comments=BOTH[:1], reviews=LAST, facts=LONG),
    example(
        "one core after 13 days",
        "maintainer",
        comments=BOTH[:1],
        reviews=LAST,
        facts={**LONG, "created_at": ago(days=13)},
    ),
    example(
        "one core after 13 days without draft",
        "maintainer",
        comments=BOTH[:1],
        reviews=LAST,
        facts=LONG,
        timeline=[event("ready_for_review", 13 * 24)],
    ),
    example(
        "one core after a recent push", "maintainer", comments=BOTH[:1], reviews=LAST, facts={"last_push": ago(days=2)}
    ),
    example(
        "one core after a push at an unknown time",
        "maintainer",
        comments=BOTH[:1],
        reviews=LAST,
        facts={"last_push": None},
    ),
    example("one core for an exact revert", comments=BOTH[:1], reviews=LAST, facts={"exact_revert": True}),
    example("one core for security", comments=[override("kim", 3, "security: token leak")], reviews=LAST),
    example(
        "one core for security without a reason", "maintainer", comments=[override("kim", 3, "security:")], reviews=LAST
    ),
    example("the author alone", "maintainer", author="kim", comments=BOTH[:1], reviews=LAST, facts=LONG),
    example("the author and another", author="kim", comments=BOTH, reviews=LAST),
    example("an override of a policy", "binding", edit={**POKE, f"{SPARK}/x.py": "2"}, comments=BOTH, reviews=LAST),
    example("an override of a draft", "draft", comments=BOTH, reviews=LAST, facts={"draft": True}),
]

ONLY_KIM = {"governance/people.toml": people(kim="core", tess="tsc")}
TSC = [
    example(
        "the only core maintainer overrides and the TSC binds",
        author="kim",
        base=ONLY_KIM,
        comments=BOTH[:1],
        reviews=[review("tess")],
        facts=LONG,
    ),
    example("the TSC binds", row=24, author="kim", edit=CORE, base=ONLY_KIM, reviews=[review("tess")]),
    example("the TSC binds a policy", author="kim", edit=POKE, base=ONLY_KIM, reviews=[review("tess")]),
    example("the TSC has not approved", "binding", author="kim", edit=CORE, base=ONLY_KIM, reviews=[review("ann")]),
    example(
        "the TSC objects",
        "core-change-request",
        author="kim",
        edit=CORE,
        reviews=[review("tess"), review("tom", NO, 2)],
        base={"governance/people.toml": people(kim="core", tess="tsc", tom="tsc")},
    ),
    example(
        "nobody can bind",
        "nobody",
        author="kim",
        edit=CORE,
        base={"governance/people.toml": people(kim="core tsc")},
        reviews=[review("ann")],
    ),
    example("nobody is listed", "nobody", edit=CORE, base={"governance/people.toml": None}, reviews=[review("kim")]),
    example("core binds while the author is on the TSC", author="tess", edit=CORE, reviews=[review("kim")]),
]

BROKEN = {SPARK_OWNERS: maintained("ann", "bo", bo=1)}
REPAIRED = {SPARK_OWNERS: maintained("ann", "bo")}
SUB = f"{SPARK}/sub"

REPAIRS = [
    example(
        "a suspension that also changes the login",
        "maintainer",
        edit={SPARK_OWNERS: maintained("-ann", "bo").replace('login = "ann"', 'login = "mallory"')},
        reviews=[review("kim")],
    ),
    example("an owners file that is broken at base", "base-plugin", row=1, base=BROKEN, reviews=OK),
    example("the owners file of another plugin is broken", edit={f"{BARE}/x.py": "2"}, base=BROKEN, reviews=OK),
    example("a repair", row=13, edit=REPAIRED, base=BROKEN, reviews=TWO),
    example("a repair that removes the file", row=13, edit={SPARK_OWNERS: None}, base=BROKEN, reviews=TWO),
    example("a repair with one core approval", "binding", edit=REPAIRED, base=BROKEN, reviews=OK),
    example(
        "a repair by somebody whom it lists, with one core approval",
        "binding",
        author="ann",
        edit=REPAIRED,
        base=BROKEN,
        reviews=[review("bo", hours=3), review("kim")],
    ),
    example(
        "a repair that adds the author",
        "binding",
        author="eve",
        edit={SPARK_OWNERS: maintained("eve")},
        base=BROKEN,
        reviews=[review("ann", hours=3), review("bo", hours=4), review("kim")],
    ),
    example(
        "a repair by core with one other approval", "binding", author="kim", edit=REPAIRED, base=BROKEN, reviews=TWO
    ),
    example(
        "a repair with another change of the plugin",
        "base-plugin",
        edit={**REPAIRED, f"{SPARK}/x.py": "2"},
        base=BROKEN,
        reviews=TWO,
    ),
    example(
        "a repair with a change of another plugin",
        "maintainer",
        edit={**REPAIRED, f"{DOLT}/x.py": "2"},
        base=BROKEN,
        reviews=TWO,
    ),
    example(
        "a repair that is broken as well",
        "head-owners",
        edit={SPARK_OWNERS: maintained("ann", "bo", "cy", cy=1)},
        base=BROKEN,
        reviews=TWO,
    ),
    example(
        "a plugin with a broken owners file is deleted",
        "base-plugin",
        edit=dict.fromkeys(f"{SPARK}/{name}" for name in ("pyproject.toml", "x.py", "y.py", "governance.toml")),
        base=BROKEN,
        reviews=TWO,
    ),
    example("a plugin with a broken owners file moves", "base-plugin", edit={}, rename=MOVED, base=BROKEN, reviews=TWO),
    example(
        "a file moves out of a plugin with a broken owners file",
        "base-plugin",
        edit=REPAIRED,
        rename=[(f"{SPARK}/y.py", "core/y.py")],
        base=BROKEN,
        reviews=TWO,
    ),
    example(
        "another plugin's owners file becomes the repaired one",
        "consent",
        edit={SPARK_OWNERS: maintained("cy")},
        rename=[(f"{DOLT}/governance.toml", SPARK_OWNERS)],
        base=BROKEN,
        reviews=TWO,
    ),
    example(
        "a nested plugin falls to one with a broken owners file",
        "base-plugin",
        edit={f"{SUB}/pyproject.toml": None},
        base={**BROKEN, f"{SUB}/pyproject.toml": "", f"{SUB}/governance.toml": maintained("cy")},
        reviews=[review("cy", hours=3), *TWO],
    ),
    example("a nested plugin in one with a broken owners file", "base-plugin", edit=NESTED, base=BROKEN, reviews=TWO),
    example(
        "the repair of the people by the people",
        "base-owners",
        edit={"governance/people.toml": PEOPLE},
        base={"governance/people.toml": PEOPLE + "[[people]]"},
        reviews=[*TWO, review("max", hours=3)],
    ),
]

EXAMPLES = (
    *REPAIRS,
    *UNREAD,
    *MERGES,
    *REVIEWS,
    *OWNERS,
    *BULK_CHANGES,
    *POLICY,
    *MAINTAINERS,
    *NEW_PLUGINS,
    *OBJECTIONS,
    *OVERRIDES,
    *TSC,
)
