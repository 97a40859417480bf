"""Generate pull requests with reviews, comments and events, among them many that pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from commonhold.governance.approvals import GateSettings
from commonhold.governance.approvals.facts import ChangedFile, PullCommit, Review
from tests.governance.adversarial import ADD, ADD_TWO, LESS, MOVED, NESTED, WIDE
from tests.support.approvals import (
    BARE,
    BIG,
    BULK,
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

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNERS = f"{SPARK}/governance.toml"
NAMES = ("ann", "bo", "cy", "dee", "kim", "lee", "max", "sam", "tess", "tom", "out", "ola", "copilot[bot]")

BASES: tuple[Mapping[str, str | None], ...] = (
    {},
    {"governance/people.toml": people(kim="core", lee="core", tess="tsc")},
    {"governance/people.toml": people(kim="core", tess="tsc")},
    {"governance/people.toml": people(kim="core", tess="tsc", tom="tsc expired", ann="tsc")},
    {"governance/people.toml": people(kim="core suspended", tom="core expired", lee="tsc suspended")},
    {"governance/people.toml": people(kim="core suspended", lee="core", max="core", ann="suspended")},
    {OWNERS: maintained("-ann", "bo")},
    {OWNERS: maintained("ann", "kim")},
    {OWNERS: maintained("ann", "bo", bo=1)},
    {OWNERS: maintained("kim", "lee"), f"{DOLT}/governance.toml": maintained("kim")},
    {OWNERS: maintained("ann", "bo", state="orphaned")},
    {f"{DOLT}/governance.toml": maintained("ann", "cy")},
    NESTED,
)

EDITS: tuple[Mapping[str, str | None], ...] = (
    *({f"{folder}/x.py": "2"} for folder in (SPARK, SPARK, DOLT, BARE, BIG)),
    {f"{SPARK}/y.py": None},
    {"core/main.py": "2"},
    {"noxfile.py": "2"},
    {".github/workflows/poke.yml": None},
    {"pyproject.toml": WIDE},
    {"governance/policy.toml": ""},
    {"governance/waivers.toml": "#"},
    {"governance/ledger/spark/0001-notice.toml": ""},
    {"governance/people.toml": LESS},
    {"governance/people.toml": PEOPLE + people(out="core")},
    {"governance/people.toml": PEOPLE + people(out="tsc")},
    {"governance/people.toml": PEOPLE + "#"},
    {OWNERS: maintained("ann", "bo", "out")},
    {OWNERS: maintained("ann", "out")},
    {OWNERS: maintained("ann")},
    {OWNERS: maintained("bo", state="noticed")},
    {OWNERS: maintained("ann", "-bo")},
    {OWNERS: maintained("ann", "bo", state="orphaned")},
    {OWNERS: maintained("ann", "bo") + "#"},
    {OWNERS: None},
    {f"{BARE}/governance.toml": maintained("out")},
    {f"{DOLT}/governance.toml": maintained("ann")},
    ADD,
    ADD_TWO,
    NESTED,
)

RENAMES: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (),
    (),
    ((f"{SPARK}/y.py", f"{DOLT}/y.py"),),
    ((f"{SPARK}/y.py", "core/y.py"),),
    ((f"{DOLT}/x.py", f"{SPARK}/z.py"),),
    tuple(MOVED),
)

COMMITS = (
    Change().commits,
    (PullCommit(HEAD, 11, 11, (GONE,)),),
    (PullCommit(OLD, None, None, (GONE,)), PullCommit(HEAD, 12, 12, (OLD, GONE))),
)


# Strategies are built once, because building them takes longer than drawing from them.
STATES = st.sampled_from(("APPROVED", "APPROVED", "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"))
SHAS = st.sampled_from((HEAD, HEAD, HEAD, OLD, None))
AGES = st.lists(st.integers(10, 900), max_size=5, unique=True)
REVIEWERS = st.sampled_from(NAMES)
# A minus sign stands for a change request.
ENDINGS = st.sampled_from(
    ("", "ann", "ann cy", "ann bo cy dee out ola", "ann bo cy out ola", "-ann bo cy", "-ann", "-cy ann", "bo -ann dee")
)
LAST = st.sampled_from(("", "kim", "lee", "kim lee", "lee max", "tess kim lee max", "tess", "kim ann", "-kim lee"))
# Often within the hours in which the reviews at the end were given, and near the ends of the periods.
LATE = st.one_of(st.integers(0, 95).map(lambda tenths: tenths / 10), st.integers(1, 700))
SILENCE = st.one_of(st.sampled_from((6.9, 7.1, 7.3, 20.9, 21.1, 21.3)), st.integers(20, 28), st.integers(1, 28))
TENTH = st.integers(0, 9)
YES = st.booleans()
BASE = st.sampled_from(BASES)
EDIT = st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)
RENAME = st.sampled_from(RENAMES)
HOURS = st.integers(1, 700)
COMMENTS = st.lists(
    st.one_of(
        st.builds(override, st.sampled_from(("kim", "lee", "max", "tom", "ann")), LATE),
        st.builds(override, st.sampled_from(("kim", "lee")), LATE, st.just("security: a leak")),
        st.builds(override, st.sampled_from(("kim", "lee")), st.integers(1, 9), sha=st.just(OLD)),
        st.builds(comment, st.sampled_from(("ann", "bo", "ola")), st.just("Hm."), HOURS),
    ),
    max_size=3,
)
ASKED = st.lists(
    st.builds(
        asked,
        *map(st.just, ("ann", "bo", "dee")),
        days=SILENCE,
        row=st.sampled_from((4, 10, 10, 17, 17, 17)),
        folder=st.sampled_from((SPARK, SPARK, DOLT)),
    ),
    max_size=2,
)
MOMENTS = st.one_of(st.integers(400, 700), HOURS)
KINDS = st.sampled_from(("base_ref_changed", "ready_for_review", "base_ref_force_pushed", "labeled"))
EVENTS = st.lists(st.builds(event, KINDS, MOMENTS), max_size=2)
REQUESTS = st.lists(st.builds(event, st.just("review_requested"), MOMENTS, st.sampled_from(("ann", "bo"))), max_size=1)
AUTHORS = st.sampled_from(("out", "out", "ann", "bo", "cy", "kim", "tess", "dependabot[bot]"))
COMMIT_LISTS = st.sampled_from(COMMITS)
VOTES = st.sampled_from((None, "votes/1"))
PUSHES = st.sampled_from((None, ago(days=1), ago(days=4), ago(days=20)))


def _reviews(draw: st.DrawFn) -> list[Review]:
    """Reviews of different ages; often the maintainers and core approve at the end, or only core does."""
    found: list[Review] = []
    if draw(TENTH) > 2:
        found = [review(draw(REVIEWERS), draw(STATES), age, draw(SHAS)) for age in draw(AGES)]
        found += [_said(name, 9 - index) for index, name in enumerate(draw(ENDINGS).split())]
    return found + [_said(name, 1 - index / 10) for index, name in enumerate(draw(LAST).split())]


def _said(name: str, hours: float) -> Review:
    return review(name.lstrip("-"), "CHANGES_REQUESTED" if name.startswith("-") else "APPROVED", hours)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A pull request."""
    base: dict[str, str | None] = dict(draw(BASE))
    edit: dict[str, str | None] = {}
    for chosen in draw(EDIT):
        edit |= chosen
    rename = draw(RENAME)
    author, is_bulk = draw(AUTHORS), draw(TENTH) == 0
    if is_bulk:
        base, rename = {**base, **BULK}, ()
        edit = {**EDIT_BULK, **(edit if draw(YES) else {})}
        author = "kim" if draw(YES) else author
    made = change(
        author=author,
        edit=edit,
        rename=rename,
        base=base,
        reviews=_reviews(draw),
        comments=[*{each.id: each for each in draw(COMMENTS) + draw(ASKED)}.values()],
        timeline=draw(EVENTS) + draw(REQUESTS),
        commits=draw(COMMIT_LISTS),
        settings=GateSettings(ordered=draw(YES), same_diff=draw(YES)),
    )
    files = made.changed_files()
    facts: dict[str, object] = {"vote": draw(VOTES), "exact_revert": draw(TENTH) == 0, "last_push": draw(PUSHES)}
    if draw(YES):
        facts["diffs"] = {OLD: _another(files) if draw(YES) else files}
    return replace(made, facts=tuple(facts.items()))


def _another(files: tuple[ChangedFile, ...]) -> tuple[ChangedFile, ...]:
    return tuple(replace(file, blob="0" * 40) for file in files)
