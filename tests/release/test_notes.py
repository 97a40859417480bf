"""What the notes of a release tell, and what they do not let a stranger say."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.programs import Processes
from commonhold.release.model.journal_events import BuildFailed, Built, HeldBack
from commonhold.release.report.plugin_changes import PluginChanges, gather_changes
from commonhold.release.report.release_notes import plugin_notes, release_notes
from commonhold.vcs import open_repository
from tests.release.sample_repo import A, House, make_house, wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path)


def told(
    house: House, *, tables=None, served=None, patterns=("v{version}", "{version}"), **said
) -> dict[str, PluginChanges]:
    repository = open_repository(str(house.repo.root), Processes(), os.environ)
    served = (served or {}).get
    found = gather_changes(
        house.store, house.state(), repository, patterns=patterns, tables=tables or {}, served=served, **said
    )
    return {one.standing.plugin.name: one for one in found}


def subjects(one: PluginChanges) -> list[str]:
    return [commit.subject for commit in one.commits]


def test_a_plugin_tells_of_the_commits_in_its_folder_since_the_release_before(house: House):
    found = told(house)
    assert subjects(found["x-a"]) == ["Add x-c, and let x-a use it", "Read faster"]
    assert subjects(found["x-b"]) == []
    assert subjects(found["x-c"]) == ["Add x-c, and let x-a use it"]
    assert {name: one.since for name, one in found.items()} == dict.fromkeys(("x-a", "x-b", "x-c"), "v1.16.0")


def test_a_release_in_which_a_plugin_was_held_back_is_not_its_last(house: House):
    repo = house.repo
    repo.git("tag", "v1.15.0", repo.rev("v1.16.0"))
    repo.git("tag", "-f", "v1.16.0", "HEAD^")
    served = {"x-a": {"1.15.0", "not a version"}, "x-b": {"1.15.0", "1.16.0"}, "x-c": set()}
    found = told(house, served={name: {*versions, "1.17.0"} for name, versions in served.items()})
    assert {name: one.since for name, one in found.items()} == {"x-a": "v1.15.0", "x-b": "v1.16.0", "x-c": None}
    assert len(subjects(found["x-a"])) == 2


@pytest.mark.parametrize("tag", ["v1.17.0", "v1.18.0", "v1.17.0rc1", "v1.16.0.dev4", "nightly", "v", "x-b/v1.16.5"])
def test_a_tag_of_another_thing_or_of_a_later_version_is_not_the_last_release(house: House, tag: str):
    house.repo.git("tag", tag)
    assert told(house)["x-a"].since == "v1.16.0"


def test_a_plugins_own_tag_counts_for_it_alone(house: House):
    house.repo.git("tag", "-a", "-m", "own", "x-a/v1.16.1")
    found = told(house)
    assert (found["x-a"].since, subjects(found["x-a"])) == ("x-a/v1.16.1", [])
    assert found["x-c"].since == "v1.16.0"


def test_where_nobody_tags_the_whole_history_is_told(house: House):
    found = told(house, patterns=())
    assert found["x-a"].since is None
    assert subjects(found["x-b"]) == ["first"]


def test_the_first_release_of_all_tells_the_whole_history(house: House):
    house.repo.git("tag", "-d", "v1.16.0")
    found = told(house)
    assert subjects(found["x-b"]) == ["first"]
    assert found["x-b"].since is None


def test_who_helped_and_who_keeps_it_are_named_once(house: House):
    house.repo.git("tag", "-f", "v1.16.0")
    house.repo.commit(
        {f"{A}/b.py": "1"}, message="Together\n\nCo-authored-by: Other Cat <other@example.com>\nCo-authored-by: "
    )
    house = house.at_head()
    house.upload("x-a", Maintainer_email='"The x maintainers" <x@example.com>, nobody@example.com', Author="Somebody")
    house.upload("x-b", Author="First Cat")
    found = told(house, tables={"x-a": {"maintainers": ["The a team", {"name": "The x maintainers"}, 3]}})
    assert found["x-a"].authors == ("Octo Cat", "Other Cat")
    assert found["x-a"].maintainers == ("The a team", "The x maintainers")
    assert found["x-b"].maintainers == ("First Cat",)
    assert found["x-c"].maintainers == ()


def test_who_wrote_together_is_named_as_the_mailmap_says_and_programs_are_not_thanked(house: House):
    house.repo.git("tag", "-f", "v1.16.0")
    people = ("Nick <nick@example.com>", "somebot[bot] <bot@example.com>", "no address", "<x@example.com>")
    trailers = "\n".join(f"Co-authored-by: {person}" for person in people)
    mailmap = "Nicolas Cat <nicolas@example.com> <nick@example.com>\n"
    house.repo.commit({f"{A}/b.py": "1", ".mailmap": mailmap}, message=f"Together\n\n{trailers}\n")
    house = house.at_head()
    house.upload("x-a")
    found = told(house)
    assert found["x-a"].authors == ("Octo Cat", "Nicolas Cat", "somebot[bot]", "no address")
    assert "\nWritten by Nicolas Cat, no address, Octo Cat.\n" in release_notes(house.plan, [*found.values()])


def test_a_plugin_that_was_moved_keeps_its_commits(house: House):
    before = "plugins/community/x-a"
    house.repo.git("mv", A, before)
    house.repo.git("commit", "-qm", "Move x-a")
    house.repo.git("tag", "-f", "v1.16.0")
    house.repo.commit({f"{before}/a.py": "3"}, message="Before it was moved")
    house.repo.git("mv", before, A)
    house.repo.git("commit", "-qm", "Adopt x-a")
    house.repo.commit({f"{A}/a.py": "4"}, message="After it was moved")
    house = house.at_head()
    newest = ["After it was moved", "Adopt x-a"]
    assert subjects(told(house)["x-a"]) == newest
    found = told(house, folders=lambda _commit: {"x-a": before})
    assert subjects(found["x-a"]) == [*newest, "Before it was moved"]
    assert subjects(found["x-b"]) == []


def test_what_is_not_up_is_not_opened(house: House):
    encrypted = bytearray(wheel("x-a", "1.17.0", {}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    artifact = house.store.add("x-a", "x_a-1.17.0-py3-none-any.whl", bytes(encrypted))
    house.journal(Built(plugin="x-a", files=(artifact,)))
    assert told(house)["x-a"].maintainers == ()


def test_the_notes_of_the_whole_tell_what_is_out_unchanged_and_held_back(tmp_path: Path):
    house = make_house(tmp_path, held={"x-c": "the core 1.17.0 is outside its range: core<1.17"})
    house.upload("x-b", Maintainer="The b team")
    house.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    house.build("x-a")
    house.journal(HeldBack(plugin="x-a", why="it needs x-c, which is held back", because="x-c"))
    text = release_notes(house.plan, [*told(house).values()])
    assert text == (
        f"# 1.17.0\n\n1 plugin of 3, from commit <code>{house.plan.commit[:12]}</code>.\n\n"
        "## Unchanged\n\n- x-b 1.17.0\n\n## Not in this release\n\n"
        "- x-c: the core 1.17.0 is outside its range: core\\<1.17\n"
        "- x-a: it needs x-c, which is held back (it needs x-c)\n\n"
        "## Thanks\n\nMaintained by The b team.\n"
    )


def test_a_shallow_clone_is_admitted(house: House):
    assert "shallow" in release_notes(house.plan, [*told(house).values()], shallow=True)


def test_what_a_stranger_wrote_is_shown_and_never_obeyed(house: House):
    house.repo.git("tag", "-f", "v1.16.0")
    evil = "# <script>alert(1)</script> [x](http://evil) @everyone `a` | **b** www.evil \x1b[31m \u202etxt"
    author = {"GIT_AUTHOR_NAME": "<img src=x> @octocat | *all*"}
    house.repo.write(f"{A}/b.py", "1")
    house.repo.git("add", "-A")
    house.repo.git("commit", "-qm", evil, env=author)
    house = house.at_head()
    text = plugin_notes(told(house)["x-a"])
    oid = house.repo.head[:10]
    assert text.splitlines()[-1] == (
        f"- <code>{oid}</code> \\# \\<script\\>alert\\(1\\)\\</script\\> \\[x\\]\\(http\\://evil\\) @&#8203;everyone \\`a\\` \\| "
        "\\*\\*b\\*\\* www\\.evil \\\\x1b\\[31m \\\\u202etxt (img src=x @&#8203;octocat \\| \\*all\\*)"
    )


def test_long_text_and_many_commits_are_cut_and_said_to_be(house: House):
    house.journal(BuildFailed(plugin="x-a", why="word " * 1000))
    one = told(house)["x-a"]
    crowd = replace(one.commits[0], authors=tuple(f"Cat {number}" for number in range(1000)))
    many = replace(one, commits=(crowd, *one.commits * 40))
    lines = plugin_notes(many).splitlines()
    assert lines[-1] == "- and 31 commits before these"
    assert [line for line in lines if line.endswith("Cat 9 and 990 more)")]
    assert max(map(len, lines)) < 500


def test_paths_that_git_would_quote_are_read_as_they_are(house: House):
    house.repo.write(f"{A}/sp ace/é\nß.py", "1")
    house.repo.git("add", "-A")
    house.repo.git("commit", "-q", "--allow-empty-message", "-m", "")
    house = house.at_head()
    newest = told(house)["x-a"].commits[0]
    assert (newest.subject, newest.authors, newest.paths) == ("", ("Octo Cat",), (f"{A}/sp ace/é\nß.py",))


def test_a_house_without_a_plugin_that_changed_thanks_nobody(house: House):
    text = release_notes(house.plan, [])
    assert "Thanks" not in text
