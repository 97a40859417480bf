"""The contents of release notes, and the escaping of untrusted text in them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.release.model.journal_events import BuildFailed, Built, HeldBack
from commonhold.release.plan.tag_patterns import TagPatterns
from commonhold.release.report.plugin_changes import PluginChanges, collect_changes
from commonhold.release.report.release_notes import plugin_notes, release_notes
from commonhold.vcs import open_repository
from tests.release.sample_repo import A, SampleRepo, make_sample_repo, wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> SampleRepo:
    return make_sample_repo(tmp_path)


def changes(
    sample: SampleRepo, *, tables=None, published=None, patterns=("v{version}", "{version}"), **options
) -> dict[str, PluginChanges]:
    repository = open_repository(str(sample.repo.root), SpawnRunner(), os.environ)
    published = (published or {}).get
    found = collect_changes(
        sample.store,
        sample.state(),
        repository,
        patterns=TagPatterns(patterns),
        tables=tables or {},
        published=published,
        **options,
    )
    return {each.state.plugin.name: each for each in found}


def subjects(each: PluginChanges) -> list[str]:
    return [commit.subject for commit in each.commits]


def test_a_plugin_has_the_commits_in_its_folder_since_its_previous_release(sample: SampleRepo):
    found = changes(sample)
    assert subjects(found["x-a"]) == ["Add x-c, and let x-a use it", "Read faster"]
    assert subjects(found["x-b"]) == []
    assert subjects(found["x-c"]) == ["Add x-c, and let x-a use it"]
    assert {name: each.since for name, each in found.items()} == dict.fromkeys(("x-a", "x-b", "x-c"), "v1.16.0")


def test_a_release_that_held_a_plugin_back_is_not_its_previous_release(sample: SampleRepo):
    repo = sample.repo
    repo.git("tag", "v1.15.0", repo.rev("v1.16.0"))
    repo.git("tag", "-f", "v1.16.0", "HEAD^")
    published = {"x-a": {"1.15.0", "not a version"}, "x-b": {"1.15.0", "1.16.0"}, "x-c": set()}
    found = changes(sample, published={name: {*versions, "1.17.0"} for name, versions in published.items()})
    assert {name: each.since for name, each in found.items()} == {"x-a": "v1.15.0", "x-b": "v1.16.0", "x-c": None}
    assert len(subjects(found["x-a"])) == 2


@pytest.mark.parametrize("tag", ["v1.17.0", "v1.18.0", "v1.17.0rc1", "v1.16.0.dev4", "nightly", "v", "x-b/v1.16.5"])
def test_other_tags_and_later_versions_are_not_the_previous_release(sample: SampleRepo, tag: str):
    sample.repo.git("tag", tag)
    assert changes(sample)["x-a"].since == "v1.16.0"


def test_a_plugin_s_own_tag_is_used_for_that_plugin_only(sample: SampleRepo):
    sample.repo.git("tag", "-a", "-m", "own", "x-a/v1.16.1")
    found = changes(sample)
    assert (found["x-a"].since, subjects(found["x-a"])) == ("x-a/v1.16.1", [])
    assert found["x-c"].since == "v1.16.0"


def test_a_pattern_with_the_plugin_s_folder_is_used_for_that_plugin_only(sample: SampleRepo):
    sample.repo.git("tag", "plugins-x-a-1.16.1")
    found = changes(sample, patterns=["v{version}", "plugins-{folder}-{version}"])
    assert (found["x-a"].since, found["x-c"].since) == ("plugins-x-a-1.16.1", "v1.16.0")


def test_without_tag_patterns_all_commits_are_listed(sample: SampleRepo):
    found = changes(sample, patterns=())
    assert found["x-a"].since is None
    assert subjects(found["x-b"]) == ["first"]


def test_the_first_release_lists_all_commits(sample: SampleRepo):
    sample.repo.git("tag", "-d", "v1.16.0")
    found = changes(sample)
    assert subjects(found["x-b"]) == ["first"]
    assert found["x-b"].since is None


def test_authors_and_maintainers_are_named_once(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    sample.repo.commit(
        {f"{A}/b.py": "1"}, message="Together\n\nCo-authored-by: Other Cat <other@example.com>\nCo-authored-by: "
    )
    sample = sample.at_head()
    sample.upload("x-a", Maintainer_email='"The x maintainers" <x@example.com>, nobody@example.com', Author="Somebody")
    sample.upload("x-b", Author="First Cat")
    found = changes(sample, tables={"x-a": {"maintainers": ["The a team", {"name": "The x maintainers"}, 3]}})
    assert found["x-a"].authors == ("Octo Cat", "Other Cat")
    assert found["x-a"].maintainers == ("The a team", "The x maintainers")
    assert found["x-b"].maintainers == ("First Cat",)
    assert found["x-c"].maintainers == ()


def test_co_authors_follow_the_mailmap_and_bots_are_not_thanked(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    people = ("Nick <nick@example.com>", "somebot[bot] <bot@example.com>", "no address", "<x@example.com>")
    trailers = "\n".join(f"Co-authored-by: {person}" for person in people)
    mailmap = "Nicolas Cat <nicolas@example.com> <nick@example.com>\n"
    sample.repo.commit({f"{A}/b.py": "1", ".mailmap": mailmap}, message=f"Together\n\n{trailers}\n")
    sample = sample.at_head()
    sample.upload("x-a")
    found = changes(sample)
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
    assert subjects(changes(sample)["x-a"]) == newest
    found = changes(sample, folders=lambda _commit: {"x-a": before})
    assert subjects(found["x-a"]) == [*newest, "Before it was moved"]
    assert subjects(found["x-b"]) == []


def test_wheels_that_are_not_uploaded_are_not_opened(sample: SampleRepo):
    encrypted = bytearray(wheel("x-a", "1.17.0", {}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    artifact = sample.store.add("x-a", "x_a-1.17.0-py3-none-any.whl", bytes(encrypted))
    sample.journal(Built(plugin="x-a", files=(artifact,)))
    assert changes(sample)["x-a"].maintainers == ()


def test_release_notes_list_unchanged_and_held_back_plugins(tmp_path: Path):
    sample = make_sample_repo(tmp_path, held={"x-c": "the core 1.17.0 is outside its range: core<1.17"})
    sample.upload("x-b", Maintainer="The b team")
    sample.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    sample.build("x-a")
    sample.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    text = release_notes(sample.plan, [*changes(sample).values()])
    assert text == (
        f"# 1.17.0\n\n1 plugin of 3, from commit <code>{sample.plan.commit[:12]}</code>.\n\n"
        "## Unchanged\n\n- x-b 1.17.0\n\n## Not in this release\n\n"
        "- x-c: the core 1.17.0 is outside its range: core\\<1.17\n"
        "- x-a: it needs x-c, which is held back (it needs x-c)\n\n"
        "## Thanks\n\nMaintained by The b team.\n"
    )


def test_a_shallow_clone_is_mentioned(sample: SampleRepo):
    assert "shallow" in release_notes(sample.plan, [*changes(sample).values()], shallow=True)


def test_untrusted_text_is_escaped(sample: SampleRepo):
    sample.repo.git("tag", "-f", "v1.16.0")
    evil = "# <script>alert(1)</script> [x](http://evil) @everyone `a` | **b** www.evil \x1b[31m \u202etxt"
    author = {"GIT_AUTHOR_NAME": "<img src=x> @octocat | *all*"}
    sample.repo.write(f"{A}/b.py", "1")
    sample.repo.git("add", "-A")
    sample.repo.git("commit", "-qm", evil, env=author)
    sample = sample.at_head()
    text = plugin_notes(changes(sample)["x-a"])
    oid = sample.repo.head[:10]
    assert text.splitlines()[-1] == (
        f"- <code>{oid}</code> \\# \\<script\\>alert\\(1\\)\\</script\\> \\[x\\]\\(http\\://evil\\) @&#8203;everyone \\`a\\` \\| "
        "\\*\\*b\\*\\* www\\.evil \\\\x1b\\[31m \\\\u202etxt (img src=x @&#8203;octocat \\| \\*all\\*)"
    )


def test_long_text_and_many_commits_are_truncated_visibly(sample: SampleRepo):
    sample.journal(BuildFailed(plugin="x-a", why="word " * 1000))
    each = changes(sample)["x-a"]
    crowd = replace(each.commits[0], authors=tuple(f"Cat {number}" for number in range(1000)))
    many = replace(each, commits=(crowd, *each.commits * 40))
    lines = plugin_notes(many).splitlines()
    assert lines[-1] == "- and 31 earlier commits"
    assert [line for line in lines if line.endswith("Cat 9 and 990 more)")]
    assert max(map(len, lines)) < 500


def test_paths_that_git_quotes_are_read_unquoted(sample: SampleRepo):
    sample.repo.write(f"{A}/sp ace/é\nß.py", "1")
    sample.repo.git("add", "-A")
    sample.repo.git("commit", "-q", "--allow-empty-message", "-m", "")
    sample = sample.at_head()
    newest = changes(sample)["x-a"].commits[0]
    assert (newest.subject, newest.authors, newest.paths) == ("", ("Octo Cat",), (f"{A}/sp ace/é\nß.py",))


def test_notes_without_changes_thank_nobody(sample: SampleRepo):
    text = release_notes(sample.plan, [])
    assert "Thanks" not in text
