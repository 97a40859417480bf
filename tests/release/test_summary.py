"""What a release manager sees, and what to type next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from commonhold.index.client import find_index, index_options
from commonhold.release.model.journal_events import (
    Aborted,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Rejected,
    Uploading,
    Verified,
)
from commonhold.release.model.store import make_store
from commonhold.release.report.overview import OverviewRow, counts, next_step, summary_markdown, summary_rows
from tests.release.sample_repo import House, make_house

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2026, 1, 31, 12, 30, tzinfo=timezone.utc)


def step(house: House) -> str:
    return next_step(house.state(), ("1.17.0",))


def test_each_phase_is_asked_for_when_it_has_something_to_do(tmp_path: Path):
    house = make_house(tmp_path)
    assert step(house) == "commonhold release build 1.17.0"
    artifacts = {}
    for name in ("x-a", "x-b", "x-c"):
        artifacts[name] = house.build(name)
    assert step(house) == "commonhold release publish 1.17.0"
    house.journal(Built(plugin="x-c", files=(*artifacts["x-c"], *artifacts["x-b"])))
    assert step(house) == "commonhold release inspect 1.17.0"
    house.build("x-c")
    (file,) = artifacts["x-a"]
    house.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    house.journal(Uploading(plugin="x-a", file=file.name, sha256=file.sha256))
    assert step(house) == "commonhold release resume 1.17.0"
    for name in ("x-a", "x-b", "x-c"):
        house.upload(name, verified=False)
    assert step(house) == "commonhold release verify 1.17.0"
    house.journal(*(Verified(plugin=name) for name in artifacts))
    assert step(house) == "commonhold release notes 1.17.0"
    assert counts(house.state()) == "3 verified"
    assert next_step(house.state(), told=True) == "nothing is left to do"


def test_what_waits_for_a_quota_says_until_when(tmp_path: Path):
    house = make_house(tmp_path)
    house.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    for name in ("x-a", "x-b"):
        house.upload(name)
    (file,) = house.build("x-c")
    house.journal(Deferred(plugin="x-c", file=file.name, why="too many\nnew projects", until=LATER))
    assert step(house) == "commonhold release resume 1.17.0, after 2026-01-31 12:30 UTC"
    row = summary_rows(house.state())[0]
    assert row == OverviewRow(
        "x-c", "1.17.0", "postponed", "0 of 1", "until 2026-01-31 12:30 UTC: too many new projects"
    )


def test_what_cannot_be_mended_by_trying_does_not_ask_to_try(tmp_path: Path):
    house = make_house(tmp_path, held={"x-b": "release = false"})
    house.upload("x-c")
    house.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(house) == "commonhold release notes 1.17.0"
    assert [row.state for row in summary_rows(house.state())] == ["verified", "failed", "held"]


def test_what_waits_for_what_cannot_come_is_not_tried_again(tmp_path: Path):
    house = make_house(tmp_path)
    house.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    house.upload("x-b")
    house.build("x-a")
    house.journal(HeldBack(plugin="x-a", why="it needs x-c", because="x-c"), BuildFailed(plugin="x-c", why="no"))
    assert step(house) == "commonhold release notes 1.17.0"
    (other,) = house.build("x-c")
    assert step(house) == "commonhold release resume 1.17.0"
    house.journal(Conflict(plugin="x-c", file=other.name, ours=other.sha256, theirs="0" * 64))
    assert step(house) == "commonhold release notes 1.17.0"


def test_what_no_command_brings_up_is_to_be_mended_and_how_is_said(tmp_path: Path):
    house = make_house(tmp_path)
    house.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    house.upload("x-b")
    (file,) = house.build("x-a")

    def told() -> str:
        return next_step(house.state(), ("1.17.0",), told=True)

    house.journal(BuildFailed(plugin="x-c", why="no"), HeldBack(plugin="x-a", why="it needs x-c", because="x-c"))
    run = "commonhold release run 1.17.0 --only {} --ref REV --to http://127.0.0.1:1/"
    assert told() == f"Mend x-c, then {run.format('x-c')}"
    house.upload("x-c")
    house.journal(Rejected(plugin="x-a", file=file.name, status=403, why="not yours"))
    assert told() == (
        "See to what the index says of x-a, then commonhold release resume 1.17.0; "
        f"or mend x-a, then {run.format('x-a')}"
    )
    house.journal(Conflict(plugin="x-a", file=file.name, ours=file.sha256, theirs="0" * 64))
    assert told() == (
        "Release the next version, or this one from the commit that the other files of x-a were built from"
    )


def test_a_release_of_which_nothing_is_up_leaves_no_notes(tmp_path: Path):
    house = make_house(tmp_path, held={"x-b": "release = false", "x-c": "release = false"})
    (file,) = house.build("x-a")
    house.journal(Rejected(plugin="x-a", file=file.name, status=400, why="too similar"))
    assert step(house).startswith("See to what the index says of x-a, then commonhold release publish 1.17.0; or")


def test_an_index_that_does_not_know_us_is_not_asked_again_as_who_we_were(tmp_path: Path):
    house = make_house(tmp_path)
    for name in ("x-b", "x-c"):
        house.build(name)
    (file,) = house.build("x-a")
    why = "Forbidden Invalid or non-existent authentication information."
    house.journal(Rejected(plugin="x-a", file=file.name, status=403, why=why))
    assert step(house) == (
        "Give the index a token that it knows, as TWINE_PASSWORD or with keyring, then commonhold release publish 1.17.0"
    )


def test_what_stops_the_release_is_named(tmp_path: Path):
    house = make_house(tmp_path)
    stopping = msgspec.structs.replace(house.plan.plugin("x-a"), stops=True)
    house = replace(
        house, store=make_store(str(tmp_path / "other"), msgspec.structs.replace(house.plan, plugins=(stopping,)))
    )
    house.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(house) == "Mend x-a, which stops this release, and plan it again"


def test_an_aborted_release_asks_for_nothing(tmp_path: Path):
    house = make_house(tmp_path)
    house.journal(Aborted(why="a wrong commit"))
    assert step(house) == "nothing, since this release was aborted: a wrong commit"


def test_words_that_a_shell_would_split_are_quoted(tmp_path: Path):
    house = make_house(tmp_path)
    assert next_step(house.state(), ("--store", "a b")) == "commonhold release build --store 'a b'"


def test_the_summary_shows_what_the_index_said_and_does_not_obey_it(tmp_path: Path):
    house = make_house(tmp_path)
    (file,) = house.build("x-a")
    house.journal(Rejected(plugin="x-a", file=file.name, status=400, why="<b>no</b> | [click](javascript:x)"))
    line = summary_markdown(house.plan, house.state()).splitlines()[-2]
    assert line.startswith("| <code>x-a</code> | 1.17.0 | refused | 0 of 1 | ")
    assert "\\<b\\>no\\</b\\> \\| \\[click\\]\\(javascript:x\\)" in line


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("pypi",), ()),
        (("testpypi",), ("--to", "testpypi")),
        (("http://127.0.0.1:1",), ("--to", "http://127.0.0.1:1/")),
        (
            ("http://127.0.0.1:1/up", "http://127.0.0.1:2/s/"),
            ("--to", "http://127.0.0.1:1/up/", "--simple", "http://127.0.0.1:2/s/"),
        ),
        (("pypi", "http://127.0.0.1:2/"), ("--simple", "http://127.0.0.1:2/")),
    ],
)
def test_an_index_is_named_again_so_that_a_mended_plugin_goes_nowhere_else(
    words: tuple[str, ...], options: tuple[str, ...]
):
    assert index_options(find_index(*words)) == options
