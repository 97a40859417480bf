"""The overview of a release, and its next step."""

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
from commonhold.release.report.overview import OverviewRow, count_statuses, next_step, overview_markdown, overview_rows
from tests.release.sample_repo import SampleRepo, make_sample_repo

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2026, 1, 31, 12, 30, tzinfo=timezone.utc)


def step(sample: SampleRepo) -> str:
    return next_step(sample.state(), ("1.17.0",))


def test_the_next_step_is_the_first_phase_with_work_left(tmp_path: Path):
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
    assert count_statuses(sample.state()) == "3 verified"
    assert next_step(sample.state(), has_notes=True) == "nothing is left to do"


def test_a_deferred_upload_shows_when_to_retry(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    for name in ("x-a", "x-b"):
        sample.upload(name)
    (file,) = sample.build("x-c")
    sample.journal(Deferred(plugin="x-c", file=file.name, why="too many\nnew projects", until=LATER))
    assert step(sample) == "commonhold release resume 1.17.0, after 2026-01-31 12:30 UTC"
    row = overview_rows(sample.state())[0]
    assert row == OverviewRow(
        "x-c", "1.17.0", "postponed", "0 of 1", "until 2026-01-31 12:30 UTC: too many new projects"
    )


def test_a_failed_build_is_not_retried_by_publishing(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-b": "release = false"})
    sample.upload("x-c")
    sample.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(sample) == "commonhold release notes 1.17.0"
    assert [row.state for row in overview_rows(sample.state())] == ["verified", "failed", "held"]


def test_a_blocked_plugin_is_retried_only_if_its_blocker_is(tmp_path: Path):
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


def test_a_plugin_that_a_retry_cannot_fix_has_a_manual_step(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(IndexSelected(index="http://127.0.0.1:1/", simple="http://127.0.0.1:1/simple/"))
    sample.upload("x-b")
    (file,) = sample.build("x-a")

    def step_after_notes() -> str:
        return next_step(sample.state(), ("1.17.0",), has_notes=True)

    sample.journal(BuildFailed(plugin="x-c", why="no"), HeldBack(plugin="x-a", why="it needs x-c", because="x-c"))
    run = "commonhold release run 1.17.0 --only {} --ref REV --to http://127.0.0.1:1/"
    assert step_after_notes() == f"Fix x-c, then run: {run.format('x-c')}"
    sample.upload("x-c")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=403, why="not yours"))
    assert step_after_notes() == (
        "Resolve the index's objection to x-a, then run: commonhold release resume 1.17.0; "
        f"or fix x-a, then run: {run.format('x-a')}"
    )
    sample.journal(Conflict(plugin="x-a", file=file.name, ours=file.sha256, theirs="0" * 64))
    assert step_after_notes() == (
        "Release the next version, or this version from the commit that x-a was uploaded from"
    )


def test_a_release_without_uploads_does_not_suggest_notes(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-b": "release = false", "x-c": "release = false"})
    (file,) = sample.build("x-a")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=400, why="too similar"))
    assert step(sample).startswith("Resolve the index's objection to x-a, then run: commonhold release publish 1.17.0;")


def test_rejected_credentials_must_be_replaced_first(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    for name in ("x-b", "x-c"):
        sample.build(name)
    (file,) = sample.build("x-a")
    why = "Forbidden Invalid or non-existent authentication information."
    sample.journal(Rejected(plugin="x-a", file=file.name, status=403, why=why))
    assert step(sample) == (
        "Set a valid token in TWINE_PASSWORD or in the keyring, then run: commonhold release publish 1.17.0"
    )


def test_a_plugin_that_stops_the_release_is_named(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    stopping = msgspec.structs.replace(sample.plan.plugin("x-a"), stops=True)
    sample = replace(
        sample, store=make_store(str(tmp_path / "other"), msgspec.structs.replace(sample.plan, plugins=(stopping,)))
    )
    sample.journal(BuildFailed(plugin="x-a", why="no module named x"))
    assert step(sample) == "Fix x-a, which stops this release, then plan it again"


def test_an_aborted_release_has_no_next_step(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    sample.journal(Aborted(why="a wrong commit"))
    assert step(sample) == "nothing: this release was aborted: a wrong commit"


def test_arguments_are_quoted_for_a_shell(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    assert next_step(sample.state(), ("--store", "a b")) == "commonhold release build --store 'a b'"


def test_the_index_s_explanation_is_escaped_in_markdown(tmp_path: Path):
    sample = make_sample_repo(tmp_path)
    (file,) = sample.build("x-a")
    sample.journal(Rejected(plugin="x-a", file=file.name, status=400, why="<b>no</b> | [click](javascript:x)"))
    line = overview_markdown(sample.plan, sample.state()).splitlines()[-2]
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
def test_a_hotfix_command_names_the_same_index(words: tuple[str, ...], options: tuple[str, ...]):
    assert index_options(find_index(*words)) == options
