"""The two trees that the options select."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from commonhold.errors import GitError, UsageError
from commonhold.vcs import RevisionRange
from tests.support.comparisons import CI, changes, compare_folder
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def forked(repo: Repo) -> Repo:
    """``main`` and ``feature`` have each gone on from a common commit; ``feature`` is checked out."""
    repo.switch("feature", "main")
    repo.commit({"feature.txt": "1"})
    repo.switch("main")
    repo.commit({"main.txt": "1"})
    repo.switch("feature")
    return repo


def test_a_feature_branch_is_compared_with_its_merge_base(forked: Repo) -> None:
    comparison = compare_folder(forked.root)
    assert comparison.range[:2] == (forked.rev("main^"), None)
    assert set(changes(comparison)) == {"feature.txt"}


def test_uncommitted_edits_count_on_a_feature_branch(forked: Repo) -> None:
    forked.write("untracked")
    assert set(changes(compare_folder(forked.root))) == {"feature.txt", "untracked"}


def test_the_default_branch_is_compared_with_its_parent(repo: Repo) -> None:
    repo.commit({"b": "1"})
    repo.commit({"c": "1"})
    comparison = compare_folder(repo.root)
    assert comparison.range[:2] == (repo.rev("HEAD^"), None)
    assert set(changes(comparison)) == {"c"}


def test_a_merge_on_the_default_branch_is_compared_with_its_first_parent(forked: Repo) -> None:
    forked.switch("main")
    forked.merge("feature")
    assert set(changes(compare_folder(forked.root))) == {"feature.txt"}


def test_the_default_branch_with_commits_that_origin_lacks_is_compared_with_origin(forked: Repo) -> None:
    clone = forked.clone(forked.root.parent / "clone", "-b", "main")
    clone.git("remote", "set-head", "origin", "main")
    clone.commit({"mine.txt": "1"})
    clone.commit({"more.txt": "1"})
    assert set(changes(compare_folder(clone.root))) == {"mine.txt", "more.txt"}


def test_a_new_branch_without_commits_has_changed_nothing(repo: Repo) -> None:
    repo.commit({"b": "1"})
    repo.switch("fresh", "main")
    comparison = compare_folder(repo.root)
    assert comparison.range[:2] == (repo.head, None)
    assert comparison.changes == ()


def test_a_detached_head_off_the_default_branch_is_compared_with_the_merge_base(forked: Repo) -> None:
    forked.git("checkout", "-q", "--detach")
    assert compare_folder(forked.root).range.base == forked.rev("main^")


def test_a_detached_head_on_the_default_branch_is_compared_with_its_parent(forked: Repo) -> None:
    forked.git("checkout", "-q", "--detach", "main")
    comparison = compare_folder(forked.root)
    assert comparison.range[:2] == (forked.rev("main^"), None)
    assert set(changes(comparison)) == {"main.txt"}


def test_an_old_commit_of_the_default_branch_is_compared_with_its_parent(repo: Repo) -> None:
    for name in "bcd":
        repo.commit({name: "1"})
    comparison = compare_folder(repo.root, head="HEAD^")
    assert comparison.range[:2] == (repo.rev("HEAD^^"), repo.rev("HEAD^"))
    assert set(changes(comparison)) == {"c"}


def test_another_branch_can_be_asked_about_without_checking_it_out(forked: Repo) -> None:
    forked.switch("main")
    comparison = compare_folder(forked.root, head="feature")
    assert comparison.range[:2] == (forked.rev("main^"), forked.rev("feature"))
    assert set(changes(comparison)) == {"feature.txt"}


def test_a_base_means_the_merge_base_with_it(forked: Repo) -> None:
    assert compare_folder(forked.root, "main").range[:2] == (forked.rev("main^"), None)
    assert compare_folder(forked.root, "main", "feature").range[:2] == (forked.rev("main^"), forked.head)


def test_an_exact_base_means_itself(forked: Repo) -> None:
    comparison = compare_folder(forked.root, "main", exact=True)
    assert comparison.range[:2] == (forked.rev("main"), None)
    assert set(changes(comparison)) == {"feature.txt", "main.txt"}


def test_a_base_may_be_a_tag_of_either_kind(forked: Repo) -> None:
    forked.git("tag", "light", "main^")
    forked.git("tag", "-a", "-m", "x", "heavy", "main^")
    assert {compare_folder(forked.root, tag).range.base for tag in ("light", "heavy")} == {forked.rev("main^")}


def test_origin_head_tells_the_default_branch(forked: Repo) -> None:
    forked.git("branch", "trunk", "main")
    forked.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    clone = forked.clone(forked.root.parent / "clone")
    clone.switch("feature", "origin/feature")
    assert compare_folder(clone.root, branch="feature").range.base == clone.rev("origin/trunk^")


def test_without_origin_head_the_configured_branch_is_the_default(forked: Repo) -> None:
    forked.git("branch", "-m", "main", "trunk")
    assert compare_folder(forked.root, branch="trunk").range.base == forked.rev("trunk^")


def test_an_origin_head_that_points_nowhere_is_passed_over(forked: Repo) -> None:
    clone = forked.clone(forked.root.parent / "clone", "-b", "feature")
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/renamed-since")
    assert compare_folder(clone.root).range.base == clone.rev("origin/main^")


@pytest.mark.parametrize("name", ["main", "master"])
def test_without_anything_said_the_usual_names_are_tried(forked: Repo, name: str) -> None:
    forked.git("branch", "-m", "main", name)
    assert compare_folder(forked.root).range.base == forked.rev(f"{name}^")


def test_origins_branch_comes_before_the_local_one(forked: Repo) -> None:
    clone = forked.clone(forked.root.parent / "clone", "-b", "feature")
    clone.git("remote", "set-head", "origin", "--delete")
    clone.git("branch", "main", "feature")  # out of step with origin's
    assert compare_folder(clone.root).range.base == clone.rev("origin/main^")


def test_a_tag_named_like_the_default_branch_is_not_the_branch(forked: Repo) -> None:
    forked.git("tag", "main", "feature")
    assert compare_folder(forked.root).range.base == forked.rev("refs/heads/main^")


def test_a_default_branch_of_another_remote_can_be_configured(forked: Repo, tmp_path: Path) -> None:
    clone = forked.clone(tmp_path / "clone", "-b", "feature", "-o", "upstream")
    assert compare_folder(clone.root, branch="upstream/main").range.base == clone.rev("upstream/main^")


def test_without_a_default_branch_an_error_says_what_to_type(forked: Repo) -> None:
    forked.git("branch", "-D", "main")
    with pytest.raises(GitError, match="no branch to compare with") as caught:
        compare_folder(forked.root)
    assert caught.value.exit_code == 4
    assert "--base REV" in (caught.value.hint or "")


def test_a_configured_default_branch_that_is_not_there_is_named(forked: Repo) -> None:
    with pytest.raises(GitError, match="trunk is not in this clone") as caught:
        compare_folder(forked.root, branch="trunk")
    assert "git fetch origin trunk" in (caught.value.hint or "")


def test_before_the_first_commit_there_is_no_base(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "repo")
    repo.write("a.txt", "a")
    comparison = compare_folder(repo.root)
    assert comparison.range == RevisionRange(None, None, "there is no commit yet")
    assert comparison.changes is None
    assert set(comparison.tree.entries) == {"a.txt"}


def test_before_the_first_commit_a_base_cannot_be_named(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path / "repo")
    with pytest.raises(GitError, match="HEAD is not a commit"):
        compare_folder(repo.root, "main")


def test_the_first_commit_has_no_base(repo: Repo) -> None:
    comparison = compare_folder(repo.root)
    assert comparison.range == RevisionRange(None, None, f"{repo.head} is the first commit")
    assert comparison.changes is None
    assert set(comparison.tree.entries) == {"a.txt"}


def test_a_branch_without_a_common_ancestor_has_no_base(repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit({"b": "1"})
    with pytest.raises(GitError, match="no common ancestor") as caught:
        compare_folder(repo.root)
    assert "--exact" in (caught.value.hint or "")
    assert set(changes(compare_folder(repo.root, "main", exact=True))) == {"b"}


FETCHED = ["no-such", "1" * 40, "a.txt", "origin/no-such", "some$(thing)"]
FOLLOWED = ["HEAD:a.txt", "^HEAD", "HEAD~99", "main^{tree}", "1234567", "0" * 40, "HEAD..main", "a\nb", "-x"]


@pytest.mark.parametrize(
    ("rev", "hint"), [*((rev, "git fetch") for rev in FETCHED), *((rev, "git log") for rev in FOLLOWED)]
)
@pytest.mark.parametrize("side", ["base", "head"])
def test_what_is_no_commit_is_named_with_what_to_type(repo: Repo, rev: str, hint: str, side: str) -> None:
    repo.git("remote", "add", "origin", "elsewhere")
    with pytest.raises(GitError, match="is not a commit in this clone") as caught:
        compare_folder(repo.root, *((rev, None) if side == "base" else (None, rev)))
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["other", "origin/other", "v1", "HASH"])
def test_the_commands_for_a_commit_that_is_not_in_the_clone_work_as_they_are_printed(
    repo: Repo, name: str, tmp_path: Path
) -> None:
    repo.switch("other", "main")
    commit = repo.commit({"other.txt": "1"})
    repo.git("tag", "v1")
    repo.switch("main")
    clone = repo.clone(tmp_path / "clone", "--single-branch", "--no-tags", "--branch=main")
    with pytest.raises(GitError, match="is not a commit in this clone") as caught:
        compare_folder(clone.root, commit if name == "HASH" else name)
    found = re.match(r"Run `git (.*)`, then write FETCH_HEAD instead of ", caught.value.hint or "")
    assert found is not None
    clone.git(*shlex.split(found[1]))
    assert compare_folder(clone.root, "FETCH_HEAD", exact=True).range.base == commit


def test_a_revision_that_looks_like_an_option_is_a_revision(repo: Repo) -> None:
    with pytest.raises(GitError, match="--output=x is not a commit"):
        compare_folder(repo.root, "--output=x")


def test_revisions_may_contain_spaces(repo: Repo) -> None:
    assert compare_folder(repo.root, "HEAD@{0 days ago}").range.base == repo.head


def test_a_subfolder_compares_the_whole_repository(forked: Repo) -> None:
    forked.write("deep/er/x")
    comparison = compare_folder(forked.root / "deep/er")
    assert set(changes(comparison)) == {"feature.txt", "deep/er/x"}
    assert set(compare_folder(forked.root / "deep/er", head="HEAD").tree.entries) == {"a.txt", "feature.txt"}


def test_a_folder_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    for environ in ({}, CI):
        with pytest.raises(UsageError, match="nowhere is not a folder"):
            compare_folder(tmp_path / "nowhere", environ=environ)


def test_another_ci_service_compares_a_feature_branch_as_a_user_does(forked: Repo) -> None:
    forked.git("checkout", "-q", "--detach")
    assert set(changes(compare_folder(forked.root, environ=CI))) == {"feature.txt"}


def test_another_ci_service_has_no_base_on_the_default_branch(forked: Repo) -> None:
    forked.git("checkout", "-q", "--detach", "main")
    comparison = compare_folder(forked.root, environ=CI)
    assert comparison.changes is None
    assert "--base REV" in (comparison.range.unknown or "")
    assert set(changes(compare_folder(forked.root, "main^", environ=CI))) == {"main.txt"}


def test_ci_without_a_default_branch_has_no_base(forked: Repo) -> None:
    forked.git("branch", "-D", "main")
    comparison = compare_folder(forked.root, environ=CI)
    assert comparison.changes is None
    assert "no branch to compare with" in (comparison.range.unknown or "")
    assert set(comparison.tree.entries) == {"a.txt", "feature.txt"}


@pytest.mark.parametrize("value", ["true", "True", "1", "woodpecker"])
def test_ci_is_recognized_by_its_variable(forked: Repo, value: str) -> None:
    assert compare_folder(forked.root, "no-such", environ={"CI": value}).changes is None


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_a_false_variable_is_not_ci(forked: Repo, value: str) -> None:
    with pytest.raises(GitError):
        compare_folder(forked.root, "no-such", environ={"CI": value})
