"""What the notes of a release tell, and what they do not let a stranger say."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.release.model.journal_events import BuildFailed, Built, HeldBack
from commonhold.release.report.plugin_changes import PluginChanges, gather_changes
from commonhold.release.report.release_notes import plugin_notes, release_notes
from commonhold.vcs import open_repository
from tests.release.sample_repo import A, SampleRepo, make_sample_repo, wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    return make_sample_repo(tmp_path)


def told(
    sample: SampleRepo, *, tables=None, served=None, patterns=("v{version}", "{version}"), **said
) -> dict[str, PluginChanges]:
    repository = open_repository(str(sample.repo.root), SpawnRunner(), os.environ)
    served = (served or {}).get
    found = gather_changes(
        sample.store, sample.state(), repository, patterns=patterns, tables=tables or {}, served=served, **said
    )
    return {one.standing.plugin.name: one for one in found}


def subjects(one: PluginChanges) -> list[str]:
    return [commit.subject for commit in one.commits]


def test_a_plugin_tells_of_the_commits_in_its_folder_since_the_release_before(sample: SampleRepo):
    found = told(sample)
    assert subjects(found["x-a"]) == ["Add x-c, and let x-a use it", "Read faster"]
    assert subjects(found["x-b"]) == []
    assert subjects(found["x-c"]) == ["Add x-c, and let x-a use it"]
    assert {name: one.since for name, one in found.items()} == dict.fromkeys(("x-a", "x-b", "x-c"), "v1.16.0")


def test_a_release_in_which_a_plugin_was_held_back_is_not_its_last(sample: SampleRepo):
    repo = sample.repo
    repo.git("tag", "v1.15.0", repo.rev("v1.16.0"))
    repo.git("tag", "-f", "v1.16.0", "HEAD^")
    served = {"x-a": {"1.15.0", "not a version"}, "x-b": {"1.15.0", "1.16.0"}, "x-c": set()}
    found = told(sample, served={name: {*versions, "1.17.0"} for name, versions in served.items()})
    assert {name: one.since for name, one in found.items()} == {"x-a": "v1.15.0", "x-b": "v1.16.0", "x-c": None}
    assert len(subjects(found["x-a"])) == 2


@pytest.mark.parametrize("tag", ["v1.17.0", "v1.18.0", "v1.17.0rc1", "v1.16.0.dev4", "nightly", "v", "x-b/v1.16.5"])
def test_a_tag_of_another_thing_or_of_a_later_version_is_not_the_last_release(sample: SampleRepo, tag: str):
    sample.repo.git("tag", tag)
    assert told(sample)["x-a"].since == "v1.16.0"


def test_a_plugins_own_tag_counts_for_it_alone(sample: SampleRepo):
    sample.repo.git("tag", "-a", "-m", "own", "x-a/v1.16.1")
    found = told(sample)
    assert (found["x-a"].since, subjects(found["x-a"])) == ("x-a/v1.16.1", [])
    assert found["x-c"].since == "v1.16.0"


def test_where_nobody_tags_the_whole_history_is_told(sample: SampleRepo):
    found = told(sample, patterns=())
    assert found["x-a"].since is None
    assert subjects(found["x-b"]) == ["first"]


def test_the_first_release_of_all_tells_the_whole_history(sample: SampleRepo):
    sample.repo.git("tag", "-d", "v1.16.0")
    found = told(sample)
    assert subjects(found["x-b"]) == ["first"]
    assert found["x-b"].since is None


def test_who_helped_and_who_keeps_it_are_named_once(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    sample.repo.commit(
        {f"{A}/b.py": "1"}, message="Together\n\nCo-authored-by: Other Cat <other@example.com>\nCo-authored-by: "
    )
    sample = sample.at_head()
    sample.upload("x-a", Maintainer_email='"The x maintainers" <x@example.com>, nobody@example.com', Author="Somebody")
    sample.upload("x-b", Author="First Cat")
    found = told(sample, tables={"x-a": {"maintainers": ["The a team", {"name": "The x maintainers"}, 3]}})
    assert found["x-a"].authors == ("Octo Cat", "Other Cat")
    assert found["x-a"].maintainers == ("The a team", "The x maintainers")
    assert found["x-b"].maintainers == ("First Cat",)
    assert found["x-c"].maintainers == ()


def test_who_wrote_together_is_named_as_the_mailmap_says_and_programs_are_not_thanked(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    people = ("Nick <nick@example.com>", "somebot[bot] <bot@example.com>", "no address", "<x@example.com>")
    trailers = "\n".join(f"Co-authored-by: {person}" for person in people)
    mailmap = "Nicolas Cat <nicolas@example.com> <nick@example.com>\n"
    sample.repo.commit({f"{A}/b.py": "1", ".mailmap": mailmap}, message=f"Together\n\n{trailers}\n")
    sample = sample.at_head()
    sample.upload("x-a")
    found = told(sample)
    assert found["x-a"].authors == ("Octo Cat", "Nicolas Cat", "somebot[bot]", "no address")
    assert "\nWritten by Nicolas Cat, no address, Octo Cat.\n" in release_notes(sample.plan, [*found.values()])


def test_a_plugin_that_was_moved_keeps_its_commits(sample: SampleRepo):
    before = "plugins/community/x-a"
    sample.repo.git("mv", A, before)
    sample.repo.git("commit", "-qm", "Move x-a")
    sample.repo.git("tag", "-f", "v1.16.0")
    sample.repo.commit({f"{before}/a.py": "3"}, message="Before it was moved")
    sample.repo.git("mv", before, A)
    sample.repo.git("commit", "-qm", "Adopt x-a")
    sample.repo.commit({f"{A}/a.py": "4"}, message="After it was moved")
    sample = sample.at_head()
    newest = ["After it was moved", "Adopt x-a"]
    assert subjects(told(sample)["x-a"]) == newest
    found = told(sample, folders=lambda _commit: {"x-a": before})
    assert subjects(found["x-a"]) == [*newest, "Before it was moved"]
    assert subjects(found["x-b"]) == []


def test_what_is_not_up_is_not_opened(sample: SampleRepo):
    encrypted = bytearray(wheel("x-a", "1.17.0", {}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    artifact = sample.store.add("x-a", "x_a-1.17.0-py3-none-any.whl", bytes(encrypted))
    sample.journal(Built(plugin="x-a", files=(artifact,)))
    assert told(sample)["x-a"].maintainers == ()


def test_the_notes_of_the_whole_tell_what_is_out_unchanged_and_held_back(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-c": "the core 1.17.0 is outside its range: core<1.17"})
    sample.upload("x-b", Maintainer="The b team")
    sample.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    sample.build("x-a")
    sample.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    text = release_notes(sample.plan, [*told(sample).values()])
    assert text == (
        f"# 1.17.0\n\n1 plugin of 3, from commit <code>{sample.plan.commit[:12]}</code>.\n\n"
        "## Unchanged\n\n- x-b 1.17.0\n\n## Not in this release\n\n"
        "- x-c: the core 1.17.0 is outside its range: core\\<1.17\n"
        "- x-a: it needs x-c, which is held back (it needs x-c)\n\n"
        "## Thanks\n\nMaintained by The b team.\n"
    )


def test_a_shallow_clone_is_admitted(sample: SampleRepo):
    assert "shallow" in release_notes(sample.plan, [*told(sample).values()], shallow=True)


def test_what_a_stranger_wrote_is_shown_and_never_obeyed(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    evil = "# <script>alert(1)</script> [x](http://evil) @everyone `a` | **b** www.evil \x1b[31m \u202etxt"
    author = {"GIT_AUTHOR_NAME": "<img src=x> @octocat | *all*"}
    sample.repo.write(f"{A}/b.py", "1")
    sample.repo.git("add", "-A")
    sample.repo.git("commit", "-qm", evil, env=author)
    sample = sample.at_head()
    text = plugin_notes(told(sample)["x-a"])
    oid = sample.repo.head[:10]
    assert text.splitlines()[-1] == (
        f"- <code>{oid}</code> \\# \\<script\\>alert\\(1\\)\\</script\\> \\[x\\]\\(http\\://evil\\) @&#8203;everyone \\`a\\` \\| "
        "\\*\\*b\\*\\* www\\.evil \\\\x1b\\[31m \\\\u202etxt (img src=x @&#8203;octocat \\| \\*all\\*)"
    )


def test_long_text_and_many_commits_are_cut_and_said_to_be(sample: SampleRepo):
    sample.journal(BuildFailed(plugin="x-a", why="word " * 1000))
    one = told(sample)["x-a"]
    crowd = replace(one.commits[0], authors=tuple(f"Cat {number}" for number in range(1000)))
    many = replace(one, commits=(crowd, *one.commits * 40))
    lines = plugin_notes(many).splitlines()
    assert lines[-1] == "- and 31 commits before these"
    assert [line for line in lines if line.endswith("Cat 9 and 990 more)")]
    assert max(map(len, lines)) < 500


def test_paths_that_git_would_quote_are_read_as_they_are(sample: SampleRepo):
    sample.repo.write(f"{A}/sp ace/é\nß.py", "1")
    sample.repo.git("add", "-A")
    sample.repo.git("commit", "-q", "--allow-empty-message", "-m", "")
    sample = sample.at_head()
    newest = told(sample)["x-a"].commits[0]
    assert (newest.subject, newest.authors, newest.paths) == ("", ("Octo Cat",), (f"{A}/sp ace/é\nß.py",))


def test_a_repository_without_a_changed_plugin_thanks_nobody(sample: SampleRepo):
    text = release_notes(sample.plan, [])
    assert "Thanks" not in text
