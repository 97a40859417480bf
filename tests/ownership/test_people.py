"""The people and each plugin's maintainers: every mistake is reported, and no content raises or gives a right."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.ownership import LifecycleState, Role, read_governance, read_people
from commonhold.ownership.governance_reader import MOST_FILE_BYTES
from commonhold.tree import SUBMODULE, SYMLINK, TOO_LARGE, Entry
from commonhold.workspace.config import reader as config_reader

PATH = "governance/people.toml"
DAY = date(2026, 6, 1)

PEOPLE = """\
[[people]]
name = "The Octocat"
login = "octocat"
id = 583231
company = "GitHub"
contact = "mailto:octocat@example.com"
core = { from = 2024-01-01 }
tsc = { from = 2025-01-01, until = 2026-05-31 }
release-manager = { from = 2026-06-01, until = 2026-06-01 }

[[people]]
name = "Mona Lisa"
login = "mona"
id = 2
core = { from = 2024-01-01 }
suspended = { from = 2026-05-01, until = 2026-06-01, reason = "lost the second factor" }

[[people]]
name = "Hubot"
login = "hubot"
id = 3
core = { from = 2020-01-01, until = 2021-01-01 }
emeritus = true
"""


def entry(lines: str = "core = { from = 2024-01-01 }", login: str = '"octocat"', id_: str = "583231") -> str:
    return f'[[people]]\nname = "The Octocat"\nlogin = {login}\nid = {id_}\n{lines}\n'


def mistakes(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    people = read_people(PATH, data)
    # Whatever is wrong with an entry, it gives no right.
    assert not people.problems or len(people.people) < data.count(b"[[people]]") or b"[[people]]" not in data
    return [str(problem) for problem in people.problems]


def test_a_role_is_active_from_its_first_to_its_last_day_unless_the_person_is_suspended() -> None:
    people = read_people(PATH, PEOPLE.encode())
    assert people.problems == ()
    assert people.active(Role.CORE, DAY) == {583231}
    assert people.active(Role.CORE, DAY + timedelta(1)) == {583231, 2}
    assert people.active(Role.TSC, DAY) == frozenset()
    assert people.active(Role.TSC, DAY - timedelta(1)) == {583231}
    assert people.active(Role.RELEASE_MANAGER, DAY) == {583231}
    assert people.active(Role.RELEASE_MANAGER, DAY + timedelta(1)) == frozenset()
    assert people.suspended(DAY) == {2}
    assert [person.login for person in people.emeritus(DAY)] == ["hubot"]
    assert people.by_id[583231].company == "GitHub"
    assert people.by_id[2].line == 11


CASES = {
    "no id": (
        '[[people]]\nname = "A"\nlogin = "octocat"\ncore = { from = 2024-01-01 }\n',
        f"{PATH}:1: people[0].id: is required; `gh api users/octocat --jq .id` prints it",
    ),
    "id as text": (entry(id_='"583231"'), "people[0].id: expected the account's numeric id"),
    "id as boolean": (entry(id_="true"), "people[0].id: expected the account's numeric id"),
    "id as float": (entry(id_="583231.0"), "people[0].id: expected the account's numeric id"),
    "id zero": (entry(id_="0"), "people[0].id: expected the account's numeric id"),
    "id too large": (entry(id_=str(2**63)), "people[0].id: expected the account's numeric id"),
    "id with many digits": (entry(id_="9" * 5000), "is not TOML"),
    "look-alike login": (entry(login='"оctocat"'), "people[0].login: '\\u043ectocat' is not a login of GitHub"),
    "login with a control character": (entry(login='"octo\\u001b[2Jcat"'), "people[0].login: expected one line"),
    "login with @": (entry(login='"@octocat"'), "people[0].login: must be written without @"),
    "bot": (entry(login='"dependabot[bot]"'), "people[0].login: names a bot"),
    "long login": (entry(login=f'"{"a" * 40}"'), "people[0].login: 'aaaaaaaa"),
    "duplicate key": (entry("id = 1\ncore = { from = 2024-01-01 }"), "is not TOML"),
    "date as text": (entry('core = { from = "2024-01-01" }'), "people[0].core.from: expected a date without quotes"),
    "date with a time": (entry("core = { from = 2024-01-01T00:00:00Z }"), "people[0].core.from: expected a date"),
    "local date with a time": (entry("core = { from = 2024-01-01 00:00:00 }"), "people[0].core.from: expected a date"),
    "role without a date": (entry("core = true"), "people[0].core: expected a table, got a boolean"),
    "role without a start": (entry("core = { until = 2024-01-01 }"), "people[0].core.from: is required"),
    "term that ends before it starts": (
        entry("core = { from = 2024-01-02, until = 2024-01-01 }"),
        "people[0].core.until: is before the first day, 2024-01-02",
    ),
    "unknown role": (entry("cor = { from = 2024-01-01 }"), "people[0].cor: unknown key (did you mean 'core'?)"),
    "no role": (entry(""), "people[0]: gives no role; add a line such as core = { from = 2027-01-31 }"),
    "suspended without a reason": (
        entry("core = { from = 2024-01-01 }\nsuspended = { from = 2024-01-01 }"),
        "people[0].suspended.reason: is required",
    ),
    "emeritus with a role": (
        entry("core = { from = 2024-01-01 }\nemeritus = true"),
        "people[0].emeritus: needs an end of each term; add `until` to core",
    ),
    "contact without a scheme": (
        entry('contact = "octocat@example.com"\ncore = { from = 2024-01-01 }'),
        "people[0].contact: expected a URL",
    ),
    "script as contact": (
        entry('contact = "javascript:alert(1)"\ncore = { from = 2024-01-01 }'),
        "people[0].contact: expected a URL",
    ),
    "id twice": (
        entry() + entry(login='"hubot"'),
        f"{PATH}:6: people: the id 583231 of hubot is already used for octocat",
    ),
    "login twice": (
        entry() + entry(login='"OctoCat"', id_="2"),
        f"{PATH}:6: people: the login OctoCat is already listed with the id 583231, and here with 2",
    ),
    "one table": ('[people]\nname = "A"\n', "people: expected an array, got a table"),
    "unknown table": ('[[peple]]\nname = "A"\n', "peple: unknown key (did you mean 'people'?)"),
    "not UTF-8": (b"\xff", "is not UTF-8"),
    "deep": (b"people = " + b"[" * 100_000, "is not TOML"),
    "large": (b"#" * (MOST_FILE_BYTES + 1), "has more than 1,048,576 bytes"),
    "too large to be read": (TOO_LARGE, "is too large to be read"),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_a_mistake_is_reported_and_gives_no_right(text: str | bytes, message: str) -> None:
    assert any(message in mistake for mistake in mistakes(text)), mistakes(text)


def test_every_mistake_is_reported_with_its_line_up_to_a_limit() -> None:
    found = mistakes(entry(id_="0") + entry('core = "x"') + '[[people]]\nname = "\\u202eA"\n')
    assert [text.partition(": ")[0] for text in found] == [f"{PATH}:1", f"{PATH}:6", *[f"{PATH}:11"] * 3]
    many = mistakes(entry(id_="0") * 200)
    assert len(many) == 51
    assert many[-1] == f"{PATH}: has more mistakes"


def test_similar_words_are_not_searched_for_every_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []

    def search(word: str, _: object) -> str:
        searched.append(word)
        return ""

    monkeypatch.setattr(config_reader, "closest", search)
    assert len(read_people(PATH, b"[[people]]\nnaem = 1\n" * 1000).problems) == 51
    assert len(searched) < 51


@pytest.mark.parametrize("mode", [SYMLINK, SUBMODULE])
def test_only_a_regular_file_gives_rights(mode: int) -> None:
    people = read_people(PATH, PEOPLE.encode(), Entry(mode, None))
    assert people.people == ()
    assert "is not a regular file" in str(people.problems[0])


def test_a_missing_file_lists_nobody_and_is_no_mistake() -> None:
    people, governance = read_people(PATH, None), read_governance("p/governance.toml", None)
    assert (people.exists, people.people, people.problems) == (False, (), ())
    assert (governance.exists, governance.maintainers, governance.problems) == (False, (), ())


GOVERNANCE = """\
state = "noticed"
since = 2026-01-01
reason = "no release for a year"

[[maintainers]]
name = "The Octocat"
login = "octocat"
id = 583231
from = 2024-01-01

[[maintainers]]
name = "Mona Lisa"
login = "mona"
id = 2
from = 2024-01-01
suspended = { from = 2026-01-01, reason = "did not answer" }

[[maintainers]]
name = "Hubot"
login = "hubot"
id = 3
from = 2024-01-01
until = 2025-01-01
"""


def test_a_plugin_has_a_state_and_active_maintainers() -> None:
    governance = read_governance("p/governance.toml", GOVERNANCE.encode())
    assert governance.problems == ()
    assert (governance.state, governance.since) == (LifecycleState.NOTICED, date(2026, 1, 1))
    assert governance.active_maintainers(DAY) == {583231}
    assert governance.active_maintainers(date(2024, 1, 1)) == {583231, 2, 3}
    orphaned = read_governance("p/governance.toml", GOVERNANCE.replace("noticed", "orphaned").encode())
    assert orphaned.active_maintainers(DAY) == frozenset()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('state = "retired"', 'since: is required, because the state is "retired"'),
        ('state = "noticd"', "state: expected one of 'active', 'noticed', 'orphaned', 'retired', got 'noticd'"),
        ("state = 1", "state: expected one of"),
        ('[[maintainers]]\nname = "A"\nlogin = "a"\nid = 1', "maintainers[0].from: is required"),
        ('[[maintainers]]\nname = "A"\nlogin = "a"\nid = 1\ncore = { from = 2024-01-01 }', "core: unknown key"),
        (GOVERNANCE + GOVERNANCE[GOVERNANCE.index("[[") :], "the id 583231 of octocat is already used for octocat"),
    ],
)
def test_a_mistake_in_a_plugins_file_is_reported(text: str, message: str) -> None:
    governance = read_governance("p/governance.toml", text.encode())
    assert any(message in str(problem) for problem in governance.problems), governance.problems


TOKENS = ["[[people]]", "[[maintainers]]", "name", "login", "id", "core", "from", "state", "=", "{", "}", "[", "]"]
TOKENS += ['"octocat"', "1", "true", "1.5", "2024-01-01", "2024-01-01T00:00:00Z", "\n", ".", '"""', "\\", "\x00", "'"]


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from(TOKENS), max_size=40).map(lambda words: " ".join(words).encode())
)
def test_reading_is_total(data: bytes) -> None:
    for read in (read_people(PATH, data), read_governance("p/governance.toml", data)):
        assert all(str(problem).isprintable() for problem in read.problems)


DATES = st.dates(date(2024, 1, 1), date(2024, 1, 20))


@given(start=DATES, end=DATES | st.none(), more=st.integers(0, 9), day=DATES)
def test_a_longer_term_removes_nobody(start: date, end: date | None, more: int, day: date) -> None:
    def active(start: date, end: date | None) -> frozenset[int]:
        until = f", until = {end}" if end else ""
        return read_people(PATH, entry(f"core = {{ from = {start}{until} }}").encode()).active(Role.CORE, day)

    step = timedelta(more)
    assert active(start, end) <= active(start - step, end and end + step)
    assert active(start, end) <= active(start, None)
