"""Issues reach the maintainers of the plugin that they name: once, by id, and core if nobody answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from commonhold.github import Budget, GitHub, Patience, ResponseError
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals import GateSettings
from commonhold.governance.approvals.facts import IssueComment
from commonhold.governance.triage.route import Issue, plan_triage
from commonhold.governance.triage.triage_run import TriageRules, triage_all, triage_issue
from commonhold.ownership.plugin_choices import OTHER, chosen_plugin, plugin_choices, plugin_label
from tests.support.approvals import BASE, IDS, SPARK, account, maintained, owners
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeIssue, FakePull, FakeServer, user
from tests.support.repositories import Repo
from tests.support.servers import serving

if TYPE_CHECKING:
    from commonhold.governance.triage.triage_run import TriageResult

SCHEMA = Path(__file__).parents[2] / "docs/reference/schemas/triage.schema.json"
START = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BOT = user("github-actions[bot]", 41898282, "Bot")
ORPHAN = "plugins/community/dolt"
MANY = "plugins/community/many"
SPARK_NAME = "<code>spark</code>"
CORE_LATER = "Core maintainers are asked if nobody answers in 14 days."
CORE_NOW = "@lee, @max, @kim: please look at this issue as core maintainers."
CROWD = {f"m{number:02}": 300 + number for number in range(15)}


def person(login: str) -> dict[str, object]:
    return user(login, IDS[login])


def entry(login: str, number: int) -> str:
    return f'[[maintainers]]\nname = "{login}"\nlogin = "{login}"\nid = {number}\nfrom = 2024-01-01'


def body(choice: str, more: str = "It fails.") -> str:
    return f"### Plugin\n\n{choice}\n\n### What happened\n\n{more}\n"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    files = {f"{ORPHAN}/governance.toml": maintained("cy", state="orphaned"), f"{MANY}/pyproject.toml": ""}
    files[f"{MANY}/governance.toml"] = "\n".join(entry(*each) for each in CROWD.items())
    return Repo.of(tmp_path_factory.mktemp("triage") / "repo", {**BASE, **files})


@pytest.fixture
def fake(repo: Repo) -> FakeGitHub:
    fake = FakeGitHub(repo)
    fake.accounts = {number: user(login, number) for login, number in {**IDS, **CROWD}.items() if "[bot]" not in login}
    fake.issues[7] = FakeIssue(7, person("out"), body("spark"))
    return fake


def github(fake: FakeGitHub, budget: int = 200) -> GitHub:
    return GitHub(fake, REPOSITORY, Budget(budget), Patience(20, lambda _: None))


def triage(fake: FakeGitHub, days: float = 0, number: int = 7, *, post: bool = True) -> TriageResult:
    now = START + timedelta(days=days)
    fake.time = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    client = github(fake)
    return triage_issue(client, TriageRules.read(client), number, now, post=post)


def texts(fake: FakeGitHub, number: int = 7) -> list[str]:
    return [comment["body"].split("\n")[1] for comment in fake.issues[number].comments if comment["user"] == BOT]


def test_maintainers_are_asked_then_reminded_and_then_core_is_asked(fake: FakeGitHub) -> None:
    for day in range(20):
        triage(fake, day)
    assert texts(fake) == [
        f"The issue is about the plugin {SPARK_NAME}. @ann, @bo: as its maintainers, please look at it. {CORE_LATER}",
        f"@ann, @bo: nobody who maintains {SPARK_NAME} has answered in 7 days. Please look at this issue.",
        f"No maintainer of {SPARK_NAME} has answered in 14 days. {CORE_NOW}",
    ]
    assert [each["created_at"][:10] for each in fake.issues[7].comments] == ["2026-03-01", "2026-03-08", "2026-03-15"]
    assert fake.issues[7].labels == ["plugin: spark", "needs-core"]


def test_without_post_nothing_is_written(fake: FakeGitHub) -> None:
    result = triage(fake, post=False)
    assert (result.plan.labels, result.comment is None) == (("plugin: spark",), False)
    assert {request.method for request in fake.requests} == {"GET"}


@pytest.mark.parametrize(("login", "asked"), [("ann", 1), ("kim", 1), ("out", 3), ("ola", 3)])
def test_only_an_answer_by_a_maintainer_or_core_ends_the_reminders(fake: FakeGitHub, login: str, asked: int) -> None:
    triage(fake)
    fake.issues[7].comment(person(login), "I see it too.", "2026-03-02T12:00:00Z")
    for day in range(1, 20):
        triage(fake, day)
    assert len(texts(fake)) == asked


def test_a_comment_of_a_deleted_account_is_no_answer(fake: FakeGitHub) -> None:
    triage(fake)
    fake.issues[7].comment(None, "I see it too.", "2026-03-02T12:00:00Z")
    triage(fake, 8)
    assert len(texts(fake)) == 2


def test_an_orphaned_plugin_goes_to_core_at_once(fake: FakeGitHub) -> None:
    fake.issues[7].body = body("dolt")
    for day in range(20):
        triage(fake, day)
    (text,) = texts(fake)
    assert text.startswith("The plugin <code>dolt</code> is `orphaned`: it has no maintainer. @lee, @max, @kim: please")
    assert fake.issues[7].labels == ["plugin: dolt", "needs-core"]


def test_a_plugin_without_maintainers_except_the_author_goes_to_core(fake: FakeGitHub) -> None:
    fake.issues[7].body, fake.issues[7].author = body("big"), person("dee")
    triage(fake)
    assert "has no active maintainer to ask" in texts(fake)[0]
    assert "dee" not in texts(fake)[0]


@pytest.mark.parametrize(
    "choice",
    [
        OTHER,
        "",
        "spark, dolt",
        "spark\ndolt",
        "Spark",
        "@ann",
        "<!-- commonhold triage routed x -->",
        "spark -->\n@ann",
    ],
)
def test_an_issue_about_no_plugin_or_several_gets_the_label_for_core(fake: FakeGitHub, choice: str) -> None:
    fake.issues[7].body = body(choice)
    for day in range(20):
        triage(fake, day)
    (text,) = texts(fake)
    assert text.startswith("The issue does not name exactly one plugin of this repository")
    assert "@" not in text
    assert fake.issues[7].labels == ["needs-core"]


@pytest.mark.parametrize(
    "text",
    [None, "", "spark is broken", f"Hello\n\n{body('spark')}", "#### Plugin\n\nspark", "> ### Plugin\n\nspark"],
)
def test_an_issue_without_the_form_is_left_alone(fake: FakeGitHub, text: str | None) -> None:
    fake.issues[7].body = text
    triage(fake)
    assert (fake.issues[7].labels, fake.issues[7].comments) == ([], [])


def test_only_the_first_field_names_the_plugin(fake: FakeGitHub) -> None:
    fake.issues[7].body = body("spark", "### Plugin\n\ndolt\n\n@kim <!-- commonhold triage core - -->")
    triage(fake)
    assert fake.issues[7].labels == ["plugin: spark"]
    assert "kim" not in texts(fake)[0]


def test_closed_issues_and_pull_requests_are_left_alone(fake: FakeGitHub) -> None:
    fake.issues[7].state = "closed"
    fake.pulls[8] = FakePull(8, person("out"), "main", fake.tip("main"))
    assert triage(fake).plan.reason == "the issue is closed"
    assert triage(fake, number=8).plan.reason == "it is a pull request"
    assert {request.method for request in fake.requests} == {"GET"}


def test_a_marker_by_another_account_means_nothing(fake: FakeGitHub) -> None:
    triage(fake)
    marked = fake.issues[7].comments.pop()["body"]
    for login in ("out", "ann", "dependabot[bot]"):
        fake.issues[7].comment(person(login), marked)
    assert triage(fake).plan.stage is not None


def test_people_are_mentioned_by_the_present_login_of_their_id(fake: FakeGitHub) -> None:
    fake.accounts[IDS["ann"]] = user("ann-new", IDS["ann"])
    del fake.accounts[IDS["bo"]]
    triage(fake)
    assert "@ann-new:" in texts(fake)[0]
    assert "@bo" not in texts(fake)[0]


@pytest.mark.parametrize("found", [user("ann kim", 1), user("ann, @kim", 1), user("ann", 99), user("ann", 1, "Bot")])
def test_an_account_that_is_not_the_listed_person_is_not_mentioned(fake: FakeGitHub, found: dict[str, object]) -> None:
    fake.accounts[IDS["ann"]] = found
    triage(fake)
    assert texts(fake)[0].count("@") == 1
    assert "@bo:" in texts(fake)[0]


def test_a_comment_mentions_at_most_ten_people(fake: FakeGitHub) -> None:
    fake.issues[7].body = body("many")
    triage(fake)
    assert texts(fake)[0].count("@") == 10


def test_edits_of_an_issue_cannot_ask_everybody(fake: FakeGitHub) -> None:
    for day, choice in enumerate(("spark", "many", "big", "spark", "bare", "dolt", "big", "none"), 1):
        fake.issues[7].body = body(choice)
        triage(fake, day)
    assert len(texts(fake)) == 3
    assert "needs-core" in fake.issues[7].labels


def test_a_comment_that_may_be_missing_is_not_posted_again(fake: FakeGitHub) -> None:
    triage(fake)

    def lag(request: Request, response: Response) -> Response:
        return Response(200, {}, "[]") if "/comments" in request.path else response

    fake.tamper = lag
    with pytest.raises(ResponseError, match="0 of 1 comments of issue 7 were listed"):
        triage(fake)
    assert len(fake.issues[7].comments) == 1


WORDS = ("### Plugin", "spark", "dolt", "", "@kim", "<!-- commonhold triage core - -->", "```", "### What", OTHER)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=20)).map("\n".join))
def test_no_issue_can_do_more_than_choose_a_plugin(text: str) -> None:
    """Whatever it contains, the comment is one of a few, and nothing is due once the plan is carried out."""
    owned = owners(BASE, [f"{SPARK}/x.py", "plugins/community/dolt/x.py"])
    issue = Issue(7, account("out"), text, frozenset(), START)
    plan = plan_triage(issue, owned, GateSettings(), START)
    assert {*plan.labels} <= {"plugin: spark", "plugin: dolt", "needs-core"}
    assert plan.mention in ((), (IDS["ann"], IDS["bo"]), (IDS["cy"],))
    if plan.stage is not None:
        comment = IssueComment(1, account("github-actions[bot]"), f"{plan.marker}\n", START, START)
        done = replace(issue, comments=(comment,), labels=frozenset(plan.labels))
        again = plan_triage(done, owned, GateSettings(), START)
        assert (again.stage, again.labels) == (None, ())


def test_2500_comments_take_few_requests(fake: FakeGitHub) -> None:
    triage(fake)
    for _ in range(2499):
        fake.issues[7].comment(person("out"), "me too", "2026-03-02T12:00:00Z")
    fake.requests.clear()
    triage(fake, 7)
    assert len(fake.requests) < 50
    assert len(texts(fake)) == 2


def test_a_scheduled_run_reads_only_issues_that_may_be_due(fake: FakeGitHub) -> None:
    for number in range(8, 30):
        fake.issues[number] = FakeIssue(number, person("out"), body("dolt"), labels=["needs-core"])
    fake.issues[30] = FakeIssue(30, person("out"), "a question")
    fake.issues[31] = FakeIssue(31, person("out"), body("big"))
    client = github(fake)
    rules = TriageRules.read(client)
    fake.requests.clear()
    found = list(triage_all(client, rules, START, post=True))
    assert sorted(result.number for result in found) == [7, 31]
    assert len([request for request in fake.requests if request.method == "GET"]) < 20


def test_an_issue_that_cannot_be_read_stops_no_other(fake: FakeGitHub) -> None:
    fake.issues[8] = FakeIssue(8, person("out"), body("big"))
    fake.tamper = lambda request, same: Response(200, {}, "{}") if "/issues/7/comments" in request.path else same
    client = github(fake)
    results = {each.number: each for each in triage_all(client, TriageRules.read(client), START, post=True)}
    assert results[7].error is not None
    assert results[8].error is None


def test_choices_and_labels_are_unique_and_fit() -> None:
    long = "plugins/a/" + "x" * 60
    folders = [
        "plugins/a/Spark",
        "plugins/b/spark",
        long,
        f"{long}y",
        "plugins/a/None",
        "plugins/a/ä,\n",
        "plugins/a/ä;",
    ]
    choices = plugin_choices(folders)
    labels = [plugin_label(choice).casefold() for choice in choices]
    assert sorted(choices.values()) == sorted(folders)
    assert len({*labels}) == len(folders)
    assert max(map(len, labels)) <= 50
    assert {choice.casefold() for choice in choices}.isdisjoint({"none", OTHER.casefold()})
    assert chosen_plugin("### Plugin\r\n\r\nplugins/a/Spark\r\n", choices) == "plugins/a/Spark"


def test_the_command_prints_the_plan_or_carries_it_out(
    fake: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"issue": {"number": 7}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    with serving(FakeServer(fake)) as server:
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        assert main(["triage", "--issue", "7"]) == 0
        shown = capfd.readouterr().out
        assert shown.startswith("#7: add 'plugin: spark', comment (its maintainers have not been asked)\n")
        assert fake.issues[7].comments == []
        assert main(["triage", "--event", "--post", "--github"]) == 0
        assert main(["triage", "--issue", "99"]) == 2
    assert len(fake.issues[7].comments) == 1
    assert "#7" in (tmp_path / "summary").read_text()


def test_the_command_prints_json(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    schema = json.loads(SCHEMA.read_text())
    fake.issues[8] = FakeIssue(8, person("out"), body("big"))
    fake.issues[9] = FakeIssue(9, person("out"), body("nothing of this repository"))
    fake.tamper = lambda request, same: Response(200, {}, "{}") if "/issues/8/comments" in request.path else same
    with serving(FakeServer(fake)) as server:
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        assert main(["triage", "--all", "--repository", REPOSITORY, "--json"]) == 4
    printed, warned = capfd.readouterr()
    document = json.loads(printed)
    jsonschema.validate(document, schema)
    issues = {each["number"]: each for each in document["issues"]}
    assert (document["posted"], {number: each["stage"] for number, each in issues.items()}) == (
        False,
        {7: "routed", 8: None, 9: "unknown"},
    )
    assert (issues[7]["plugin"], issues[7]["mention"]) == ("spark", [IDS["ann"], IDS["bo"]])
    assert issues[7]["comment"].startswith("<!-- commonhold triage ")
    assert issues[8]["error"] in warned
    document["issues"][0]["stage"] = "solved"
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


@pytest.mark.parametrize("words", [(), ("--issue", "1", "--all"), ("--event",), ("--issue", "0")], ids=" ".join)
def test_options_of_triage_that_contradict_each_other_are_refused(words: tuple[str, ...]) -> None:
    assert main(["triage", *words]) == 2
