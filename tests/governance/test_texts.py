"""The status, the summary, the comment and the reminders say who is next, and mention nobody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from commonhold.governance.approvals import GateState, combined_status, plan_outreach, status_text, summary_markdown
from commonhold.governance.approvals.asks import asked_in
from commonhold.governance.approvals.facts import PullCommit
from tests.support.approvals import (
    BARE,
    BULK,
    DOLT,
    EDIT_BULK,
    HEAD,
    IDS,
    OLD,
    SPARK,
    Change,
    ago,
    asked,
    change,
    comment,
    maintained,
    override,
    people,
    review,
)


def by(*logins: str) -> tuple[PullCommit, ...]:
    """One commit by each person."""
    shas = [*(f"{number}" * 40 for number in range(1, len(logins))), HEAD]
    return tuple(PullCommit(sha, IDS[login], IDS[login], (OLD,)) for login, sha in zip(logins, shas, strict=True))


DONE = change(reviews=[review("ann", hours=2), review("kim", hours=1)])
BOTH = {f"{SPARK}/x.py": "2", f"{DOLT}/x.py": "2"}
MANY = maintained("ann", "bo", "cy", "dee", "eve", "fay", "gil")
NEW = {"plugins/community/new/pyproject.toml": "", "plugins/community/new/governance.toml": maintained("ola")}
CORE_ONLY = {"core/main.py": "2"}


@pytest.mark.parametrize(
    ("pull", "text"),
    [
        (change(), "Waiting for @ann or @bo (spark)"),
        (change(comments=[asked("ann", "bo", days=3)]), "Waiting for @ann or @bo (spark), asked 3 days ago"),
        (change(comments=[asked("ann", "bo", days=0.5)]), "Waiting for @ann or @bo (spark), asked today"),
        (change(edit=BOTH), "Waiting for @cy (dolt), @ann or @bo (spark)"),
        (change(reviews=[review("bo")]), "Plugin side done. Core: your approval is the last step"),
        (change(author="ann"), "Core: your approval is the last step"),
        (change(edit={f"{BARE}/x.py": "2"}), "bare has no maintainer: core decides"),
        (change(reviews=[review("ann", sha=OLD)]), "1 new commit since @ann approved: please look again"),
        (change(reviews=[review("ann", sha="8" * 40)]), "New commits since @ann approved: please look again"),
        (
            change(facts={"changed_files_count": 2}),
            "Could not read GitHub completely; trying again by 14:30 UTC",
        ),
        (DONE, "Done: @ann (spark), then @kim (core)"),
        (change(author="ann", reviews=[review("kim")]), "Done: @kim (core)"),
        (
            change(reviews=[review("kim", hours=2), review("ann", hours=1)]),
            "@kim: the plugin's side is done now, please approve again",
        ),
        (
            change(base={"governance/people.toml": "[[people]]\n"}),
            "Administrator: merge a repair of governance/people.toml without the gate; nobody can bind until then",
        ),
        (
            change(base={f"{SPARK}/governance.toml": "["}),
            "Core: plugins/community/spark/governance.toml is broken; repair it in a pull request of its own",
        ),
        (change(facts={"draft": True}), "Draft: nobody is asked until it is ready for review"),
        (
            change(comments=[override("kim", 3), override("lee", 2)], reviews=[review("max")]),
            "Done: override by @kim, @lee, then @max (core)",
        ),
        (
            change(reviews=[review("kim", "CHANGES_REQUESTED", hours=2), review("ann")]),
            "@kim requested changes: pending until withdrawn or dismissed",
        ),
        (
            change(reviews=[review("ann", "CHANGES_REQUESTED")]),
            "@ann requests changes (spark): waiting for another maintainer or a new commit",
        ),
        (change(edit={".github/workflows/poke.yml": None}), "Core: 2 approvals are needed"),
        (
            change(edit={".github/workflows/poke.yml": None}, reviews=[review("kim")]),
            "Core: 1 more approval is the last step",
        ),
        (
            change(edit={"governance/policy.toml": ""}, reviews=[review("kim"), review("lee", hours=2)]),
            "TSC: a closed vote about this change is missing",
        ),
        (
            change(edit={f"{SPARK}/governance.toml": maintained("ann", "bo", "out"), f"{SPARK}/x.py": "2"}),
            "@out: a maintainer is added together with other files of the plugin: put them into separate pull requests",
        ),
        (
            change(edit=CORE_ONLY, commits=by("kim", "lee", "max")),
            "@out: all core maintainers wrote commits of this pull request: kim, lee, max. Leave out their commits",
        ),
        (
            change(commits=by("out", "kim", "lee", "max")),
            "@out: all core maintainers wrote commits of this pull request: kim, lee, max. Leave out their commits",
        ),
        (
            change(author="kim", edit=CORE_ONLY, commits=by("kim", "lee", "max")),
            "@kim: all other core maintainers wrote commits of this pull request: lee, max. Leave out their commits",
        ),
        (
            change(edit={".github/workflows/poke.yml": None}, commits=by("lee", "max"), reviews=[review("kim")]),
            "@out: all other core maintainers wrote commits of this pull request: lee, max. Leave out their commits",
        ),
        (change(edit=CORE_ONLY, commits=by("kim", "lee")), "Core: your approval is the last step"),
        (
            change(
                author="kim",
                edit=CORE_ONLY,
                base={"governance/people.toml": people(kim="core", tess="tsc")},
                commits=by("tess"),
            ),
            "@kim: all TSC members wrote commits of this pull request: tess. Leave out their commits",
        ),
        (
            change(author="kim", edit=CORE_ONLY, base={"governance/people.toml": people(kim="core")}),
            "Nobody can bind: no core maintainer and no TSC member except the author is active",
        ),
        (
            change(author="kim", edit=CORE_ONLY, base={"governance/people.toml": people(kim="core", tess="tsc")}),
            "TSC: your approval is the last step",
        ),
    ],
)
def test_the_status_starts_with_who_is_next(pull: Change, text: str) -> None:
    assert status_text(pull.decide()) == text


def test_the_summary_says_why_no_core_approval_can_count() -> None:
    text = summary_markdown(change(commits=by("kim", "lee", "max"), reviews=[review("ann")]).decide())
    assert "all core maintainers wrote commits of this pull request: kim, lee, max (row 3)" in text
    assert "**Core maintainer** (kim, lee, max): your approval cannot count here" in text
    assert "git rebase --interactive origin/main" in text
    assert plan_outreach(change(edit=CORE_ONLY, commits=by("kim", "lee", "max")).decide()).body is None


def test_a_status_has_at_most_140_characters() -> None:
    folders = {f"plugins/community/a-plugin-with-a-very-long-name-{number}": MANY for number in range(9)}
    base = {f"{folder}/governance.toml": text for folder, text in folders.items()}
    base |= {f"{folder}/pyproject.toml": "" for folder in folders}
    texts = []
    for most in (1, 2, 9):
        names = [*folders][:most]
        pull = change(base=base, edit={f"{folder}/x.py": "" for folder in names})
        texts.append(status_text(pull.decide()))
    assert all(len(text) <= 140 for text in texts)
    assert texts[-1].startswith("Waiting for ")


def test_a_shared_status_waits_for_every_pull_request() -> None:
    assert combined_status([DONE.decide()])[0].value == "success"
    state, text = combined_status([DONE.decide(), change().decide()])
    assert (state.value, text) == ("pending", "#7: Waiting for @ann or @bo (spark)")


def test_a_status_for_unknown_pull_requests_is_pending() -> None:
    assert combined_status([DONE.decide()], complete=False)[0].value == "pending"
    assert combined_status([])[0].value == "pending"


def mentions(text: str | None) -> list[str]:
    return re.findall(r"@([A-Za-z]\w*)", (text or "").partition("\n")[2])


def test_the_first_comment_asks_the_maintainers() -> None:
    outreach = plan_outreach(change().decide())
    assert mentions(outreach.body) == ["ann", "bo"]
    assert (outreach.edit, outreach.reminder, outreach.request) == (None, None, ())


def test_review_requests_replace_the_comment_where_github_accepts_them() -> None:
    outreach = plan_outreach(change(facts={"requestable": frozenset({1, 2}), "requested": frozenset({2})}).decide())
    assert (outreach.request, outreach.body) == ((1,), None)


def test_the_comment_is_edited_in_place_and_keeps_when_people_were_asked() -> None:
    pull = change(edit=BOTH, comments=[asked("ann", "bo", days=3)], reviews=[review("ann")])
    outreach = plan_outreach(pull.decide())
    assert outreach.body is not None
    assert outreach.edit == pull.comments[0].id
    assert mentions(outreach.body) == ["cy"]
    posted = replace(pull.comments[0], body=outreach.body)
    assert {each: at.date() for each, at in asked_in(posted).items()} == {
        (1, ""): ago(days=3).date(),
        (2, ""): ago(days=3).date(),
        (3, ""): ago().date(),
    }


def test_an_unchanged_comment_is_not_edited() -> None:
    pull = change()
    body = plan_outreach(pull.decide()).body
    assert body is not None
    again = change(comments=[comment("github-actions[bot]", body, 0)])
    assert plan_outreach(again.decide()).body is None


def test_a_comment_of_another_account_is_not_the_gates() -> None:
    forged = replace(asked("ann", "bo", days=30), account=change(author="ola").pull().author)
    outreach = plan_outreach(change(comments=[forged]).decide())
    assert outreach.edit is None
    assert mentions(outreach.body) == ["ann", "bo"]


@pytest.mark.parametrize("facts", [{"draft": True}, {"merged_at": ago()}, {"changed_files_count": 9}])
def test_nobody_is_asked_on_drafts_or_without_data(facts: dict[str, object]) -> None:
    outreach = plan_outreach(change(facts=facts).decide())
    assert (outreach.body, outreach.reminder, outreach.request) == (None, None, ())


def test_a_push_posts_no_comment() -> None:
    assert plan_outreach(change().decide(), pushed=True).body is None
    late = change(comments=[asked("ann", "bo", days=8)])
    assert plan_outreach(late.decide(), pushed=True).reminder is None
    assert mentions(plan_outreach(late.decide()).reminder) == ["ann", "bo"]


def test_there_are_two_reminders_and_three_comments() -> None:
    pull = change(comments=[asked("ann", "bo", days=22)])
    first = plan_outreach(pull.decide()).reminder
    assert first is not None
    comments = (*pull.comments, comment("github-actions[bot]", first, 24 * 8))
    second = plan_outreach(replace(pull, comments=comments).decide()).reminder
    assert second is not None
    assert plan_outreach(replace(pull, comments=(*comments, comment("github-actions[bot]", second, 1))).decide()) == (
        replace(plan_outreach(pull.decide()), reminder=None)
    )


def test_no_reminder_follows_within_a_week() -> None:
    pull = change(comments=[asked("ann", "bo", days=15)])
    first = plan_outreach(pull.decide()).reminder
    assert first is not None
    comments = (*pull.comments, comment("github-actions[bot]", first, 24 * 6))
    assert plan_outreach(replace(pull, comments=comments).decide()).reminder is None


def test_a_comment_mentions_ten_people_once() -> None:
    owners = {f"plugins/community/q{number}/governance.toml": MANY for number in range(12)}
    owners |= {f"plugins/community/q{number}/pyproject.toml": "" for number in range(12)}
    owners["plugins/community/q0/governance.toml"] = maintained("tom", "tess", "max", "sam", "lee")
    pull = change(base=owners, edit={f"plugins/community/q{number}/x.py": "" for number in range(12)})
    found = mentions(plan_outreach(pull.decide()).body)
    assert len(found) == len(set(found)) == 10


def test_only_the_early_approver_is_asked_again() -> None:
    reviews = [review("kim", hours=2), review("ann", hours=1)]
    facts = {"requestable": frozenset({11, 12, 13})}
    assert plan_outreach(change(reviews=reviews, facts=facts).decide()).request == (11,)


@pytest.mark.parametrize(
    ("pull", "text"),
    [
        (change(edit=NEW), "By approving it you accept that you maintain and support the plugin, have no write access"),
        (change(edit={f"{SPARK}/governance.toml": maintained("ann")}), "removes you as a maintainer"),
        (change(edit={f"{SPARK}/governance.toml": maintained("ann", "bo", "cy")}), "names you as a maintainer"),
        (change(author="kim", base=BULK, edit=EDIT_BULK), "Without your answer, it proceeds after 7 days"),
    ],
)
def test_the_comment_says_what_an_approval_means(pull: Change, text: str) -> None:
    assert text in str(plan_outreach(pull.decide()).body)


def test_a_push_to_a_bulk_change_asks_again_in_the_same_comment() -> None:
    pull = change(author="kim", base=BULK, edit=EDIT_BULK, comments=[asked("ann", "dee", days=6, row=10, sha=OLD)])
    decision = pull.decide()
    outreach = plan_outreach(decision, pushed=True)
    assert (outreach.edit, outreach.reminder) == (pull.comments[0].id, None)
    again = replace(pull.comments[0], body=str(outreach.body), updated_at=decision.case.now)
    assert asked_in(again) == {(person, f"10.{HEAD[:12]}"): decision.case.now for person in (1, 4)}


def test_the_summary_explains_each_ignored_approval_and_override() -> None:
    pull = change(
        reviews=[review("ann", sha=OLD, hours=5), review("ola", hours=4), review("kim", hours=3)],
        comments=[override("kim"), override("lee", 2, sha=OLD)],
    )
    text = summary_markdown(pull.decide())
    assert "it approves aaaaaaa, and the head is now bbbbbbb" in text
    assert "is not listed at base" in text
    assert "please approve again afterwards" in text
    assert "another core maintainer must override too" in text
    assert f"it names {OLD[:12]}" in text
    assert f"/override {HEAD} REASON" in text
    assert "gh pr review 7 --approve" in text


def test_the_summary_of_success_shows_overrides() -> None:
    pull = change(
        comments=[override("kim", 3, "spark is `dead` @all | x"), override("lee", 2)], reviews=[review("max")]
    )
    text = summary_markdown(pull.decide())
    assert "spark is \\`dead\\` @&#8203;all \\| x (used)" in text
    assert "success" in text


def test_maintainers_are_notified_of_a_lifecycle_state() -> None:
    pull = change(edit={f"{SPARK}/governance.toml": maintained("ann", "bo", state="noticed")})
    text = summary_markdown(pull.decide())
    assert f"### Notified, not asked\n\n- ann, bo (<code>{SPARK}</code>)" in text
    assert mentions(plan_outreach(pull.decide()).body) == ["lee", "max", "kim"]


def test_no_summary_mentions_anybody() -> None:
    for pull in (change(), DONE, change(edit=NEW), change(reviews=[review("ola")])):
        assert not re.findall(r"@(?!&#8203;)", summary_markdown(pull.decide()))


def test_unlisted_authors_and_trailers_are_shown() -> None:
    commits = tuple(replace(each, author_id=None, trailers=("Kim <kim@example.com>",)) for each in Change().commits)
    decision = replace(DONE, commits=commits).decide()
    text = summary_markdown(decision)
    assert "2 commits whose author has no account on GitHub" in text
    assert "co-authors by trailer: Kim" in text
    assert decision.state is GateState.SUCCESS
