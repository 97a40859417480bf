"""What a release manager sees, and what to type next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from commonhold.index.addresses import find_index, index_options
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
from tests.release.sample_repo import SampleRepo, make_sample_repo

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2026, 1, 31, 12, 30, tzinfo=timezone.utc)


def step(sample: SampleRepo) -> str:
    return next_step(sample.state(), ("1.17.0",))


def test_each_phase_is_asked_for_when_it_has_something_to_do(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    assert step(sample) == "commonhold release build 1.17.0"
    artifacts = {}
    for name in ("x-a", "x-b", "x-c"):
        artifacts[name] = sample.build(name)
    assert step(sample) == "commonhold release publish 1.17.0"
    sample.journal(Built(plugin="x-c", files=(*artifacts["x-c"], *artifacts["x-b"])))
    assert step(sample) == "commonhold release inspect 1.17.0"
    sample.build("x-c")
    (file,) = artifacts["x-a"]
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    sample.journal(Uploading(plugin="x-a", file=file.name, sha256=file.sha256))
    assert step(sample) == "commonhold release resume 1.17.0"
    for name in ("x-a", "x-b", "x-c"):
        sample.upload(name, verified=False)
    assert step(sample) == "commonhold release verify 1.17.0"
    sample.journal(*(Verified(plugin=name) for name in artifacts))
    assert step(sample) == "commonhold release notes 1.17.0"
    assert counts(sample.state()) == "3 verified"
    assert next_step(sample.state(), told=True) == "nothing is left to do"


def test_what_waits_for_a_quota_says_until_when(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    for name in ("x-a", "x-b"):
        sample.upload(name)
    (file,) = sample.build("x-c")
    sample.journal(Deferred(plugin="x-c", file=file.name, why="too many\nnew projects", until=LATER))
    assert step(sample) == "commonhold release resume 1.17.0, after 2026-01-31 12:30 UTC"
    row = summary_rows(sample.state())[0]
    assert row == OverviewRow(
        "x-c", "1.17.0", "postponed", "0 of 1", "until 2026-01-31 12:30 UTC: too many new projects"
    )


def test_what_cannot_be_mended_by_trying_does_not_ask_to_try(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-b": "release = false"})
    sample.upload("x-c")
    sample.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(sample) == "commonhold release notes 1.17.0"
    assert [row.state for row in summary_rows(sample.state())] == ["verified", "failed", "held"]


def test_what_waits_for_what_cannot_come_is_not_tried_again(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    sample.upload("x-b")
    sample.build("x-a")
    sample.journal(HeldBack(plugin="x-a", why="it needs x-c", because="x-c"), BuildFailed(plugin="x-c", why="no"))
    assert step(sample) == "commonhold release notes 1.17.0"
    (other,) = sample.build("x-c")
    assert step(sample) == "commonhold release resume 1.17.0"
    sample.journal(Conflict(plugin="x-c", file=other.name, ours=other.sha256, theirs="0" * 64))
    assert step(sample) == "commonhold release notes 1.17.0"


def test_what_no_command_brings_up_is_to_be_mended_and_how_is_said(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    sample.upload("x-b")
    (file,) = sample.build("x-a")

    def told() -> str:
        return next_step(sample.state(), ("1.17.0",), told=True)

    sample.journal(BuildFailed(plugin="x-c", why="no"), HeldBack(plugin="x-a", why="it needs x-c", because="x-c"))
    run = "commonhold release run 1.17.0 --only {} --ref REV --to http://127.0.0.1:1/"
    assert told() == f"Mend x-c, then {run.format('x-c')}"
    sample.upload("x-c")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=403, why="not yours"))
    assert told() == (
        "See to what the index says of x-a, then commonhold release resume 1.17.0; "
        f"or mend x-a, then {run.format('x-a')}"
    )
    sample.journal(Conflict(plugin="x-a", file=file.name, ours=file.sha256, theirs="0" * 64))
    assert told() == (
        "Release the next version, or this one from the commit that the other files of x-a were built from"
    )


def test_a_release_of_which_nothing_is_up_leaves_no_notes(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-b": "release = false", "x-c": "release = false"})
    (file,) = sample.build("x-a")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=400, why="too similar"))
    assert step(sample).startswith("See to what the index says of x-a, then commonhold release publish 1.17.0; or")


def test_an_index_that_does_not_know_us_is_not_asked_again_as_who_we_were(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    for name in ("x-b", "x-c"):
        sample.build(name)
    (file,) = sample.build("x-a")
    why = "Forbidden Invalid or non-existent authentication information."
    sample.journal(Rejected(plugin="x-a", file=file.name, status=403, why=why))
    assert step(sample) == (
        "Give the index a token that it knows, as TWINE_PASSWORD or with keyring, then commonhold release publish 1.17.0"
    )


def test_what_stops_the_release_is_named(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    stopping = msgspec.structs.replace(sample.plan.plugin("x-a"), stops=True)
    sample = replace(
        sample, store=make_store(str(tmp_path / "other"), msgspec.structs.replace(sample.plan, plugins=(stopping,)))
    )
    sample.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(sample) == "Mend x-a, which stops this release, and plan it again"


def test_an_aborted_release_asks_for_nothing(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(Aborted(why="a wrong commit"))
    assert step(sample) == "nothing, since this release was aborted: a wrong commit"


def test_words_that_a_shell_would_split_are_quoted(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    assert next_step(sample.state(), ("--store", "a b")) == "commonhold release build --store 'a b'"


def test_the_summary_shows_what_the_index_said_and_does_not_obey_it(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    (file,) = sample.build("x-a")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=400, why="<b>no</b> | [click](javascript:x)"))
    line = summary_markdown(sample.plan, sample.state()).splitlines()[-2]
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
