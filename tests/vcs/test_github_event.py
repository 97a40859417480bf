"""The two trees that each GitHub event compares, in the checkouts that workflows make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.vcs import RevisionRange
from tests.support.comparisons import changes, compare_folder, event, pull
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.vcs import Comparison

ZERO = "0" * 40


@dataclass(frozen=True)
class Hub:
    """A repository on GitHub with a pull request: what it shows under ``refs/pull/1/merge``."""

    repo: Repo
    opened_at: str
    head: str
    merge: str

    def checkout(self, to: Path, ref: str, depth: int = 0) -> Repo:
        """Check out a ref as actions/checkout does: with a detached head."""
        target = Repo.init(to)
        target.git("remote", "add", "origin", self.repo.root.as_uri())
        if depth:
            target.git("fetch", "-q", "--no-tags", f"--depth={depth}", "origin", ref)
        else:
            target.git("fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
            target.git("fetch", "-q", "--no-tags", "origin", ref)
        target.git("checkout", "-q", "--detach", "FETCH_HEAD")
        return target


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The pull request was opened when ``main`` had ``a.txt`` alone; ``main`` has gone on since."""
    repo = Repo.of(tmp_path_factory.mktemp("hub") / "repo", {"a.txt": "a\n"})
    opened_at = repo.head
    repo.switch("feature", "main")
    repo.commit({"feature.txt": "1"})
    head = repo.commit({"feature2.txt": "1"})
    repo.switch("main")
    repo.commit({"main.txt": "1"})
    repo.commit({"main2.txt": "1"})
    repo.git("checkout", "-q", "--detach", "main")
    merge = repo.merge("feature")
    repo.git("update-ref", "refs/pull/1/merge", merge)
    repo.git("update-ref", "refs/pull/1/head", head)
    repo.switch("main")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return Hub(repo, opened_at, head, merge)


@pytest.fixture
def hub(made: Hub, tmp_path: Path) -> Hub:
    """One of these for each test."""
    return replace(made, repo=made.repo.copy(tmp_path / "repo"))


def _in_event(checkout: Repo, name: str, payload: Any) -> Comparison:
    return compare_folder(checkout.root, environ=event(checkout.root.parent, name, payload))


PULLS = ["pull_request", "pull_request_target", "pull_request_review"]


@pytest.mark.parametrize("name", PULLS)
@pytest.mark.parametrize("depth", [0, 2])
def test_githubs_merge_commit_is_compared_with_its_first_parent(
    hub: Hub, tmp_path: Path, name: str, depth: int
) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge", depth)
    comparison = _in_event(checkout, name, pull(hub.head, hub.opened_at))  # the payload's base is out of date
    assert comparison.range[:2] == (hub.repo.rev("main"), hub.merge)
    assert set(changes(comparison)) == {"feature.txt", "feature2.txt"}


@pytest.mark.parametrize("name", PULLS)
def test_a_merge_commit_without_its_parents_has_no_base(hub: Hub, tmp_path: Path, name: str) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge", 1)
    comparison = _in_event(checkout, name, pull(hub.head, hub.opened_at))
    assert comparison.changes is None
    assert comparison.range.head == hub.merge
    assert "fetch-depth: 0" in (comparison.range.unknown or "")
    assert "feature.txt" in comparison.tree.entries


def test_a_head_that_is_checked_out_is_compared_with_the_merge_base(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/head")
    comparison = _in_event(checkout, "pull_request", pull(hub.head, hub.opened_at))
    assert comparison.range[:2] == (hub.opened_at, hub.head)
    assert set(changes(comparison)) == {"feature.txt", "feature2.txt"}


def test_a_head_that_has_merged_the_default_branch_is_not_githubs_merge_commit(hub: Hub, tmp_path: Path) -> None:
    hub.repo.switch("feature")
    head = hub.repo.merge("main")
    assert hub.repo.rev(f"{head}^2") == hub.repo.rev("main")
    hub.repo.git("update-ref", "refs/pull/1/head", head)
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/head")
    comparison = _in_event(checkout, "pull_request", pull(head, hub.opened_at))
    assert comparison.range[:2] == (hub.repo.rev("main"), head)
    assert set(changes(comparison)) == {"feature.txt", "feature2.txt"}


def test_githubs_merge_of_a_head_that_has_merged_the_default_branch(hub: Hub, tmp_path: Path) -> None:
    hub.repo.switch("feature")
    head = hub.repo.merge("main")
    hub.repo.switch("main")
    newest = hub.repo.commit({"main3.txt": "1"})
    hub.repo.git("checkout", "-q", "--detach")
    merge = hub.repo.merge("feature")
    hub.repo.git("update-ref", "refs/pull/1/merge", merge)
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge")
    comparison = _in_event(checkout, "pull_request", pull(head, hub.opened_at))
    assert comparison.range[:2] == (newest, merge)
    assert set(changes(comparison)) == {"feature.txt", "feature2.txt"}


def test_a_merge_commit_that_is_older_than_the_payloads_head_is_not_compared(hub: Hub, tmp_path: Path) -> None:
    hub.repo.switch("feature")
    newer = hub.repo.commit({"feature3.txt": "1"})
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge")
    comparison = _in_event(checkout, "pull_request", pull(newer, hub.opened_at))
    assert comparison.range[:2] == (hub.opened_at, newer)
    assert "feature3.txt" in changes(comparison)


def test_a_checkout_of_the_default_branch_lacks_the_head_of_a_pull_request(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/heads/main", 1)
    comparison = _in_event(checkout, "pull_request_target", pull(hub.head, hub.opened_at))
    assert comparison.changes is None
    assert hub.head in (comparison.range.unknown or "")


def test_the_base_of_the_payload_is_used_if_the_branch_was_not_fetched(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/head")
    checkout.git("update-ref", "-d", "refs/remotes/origin/main")
    comparison = _in_event(checkout, "pull_request", pull(hub.head, hub.opened_at))
    assert comparison.range[:2] == (hub.opened_at, hub.head)


def test_a_history_that_is_cut_before_the_merge_base_has_no_base(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/head", 1)
    checkout.git("fetch", "-q", "--depth=1", "origin", "+main:refs/remotes/origin/main")
    comparison = _in_event(checkout, "pull_request", pull(hub.head, hub.opened_at))
    assert comparison.changes is None
    assert "shallow" in (comparison.range.unknown or "")


def test_a_merge_base_behind_which_history_is_cut_is_trusted(repo: Repo, tmp_path: Path) -> None:
    common = repo.commit({"b.txt": "1"})
    repo.switch("feature", "main")
    head = repo.commit({"feature.txt": "1"})
    repo.switch("main")
    repo.commit({"main.txt": "1"})
    clone = repo.clone(tmp_path / "clone", "--depth=2", "--no-single-branch")
    assert common in clone.path(".git/shallow").read_text()
    comparison = _in_event(clone, "pull_request", pull(head, common))
    assert comparison.range[:2] == (common, head)
    assert set(changes(comparison)) == {"feature.txt"}


def test_a_push_is_compared_tree_to_tree(hub: Hub) -> None:
    before, after = hub.repo.rev("main^^"), hub.repo.rev("main")
    comparison = _in_event(hub.repo, "push", {"ref": "refs/heads/main", "before": before, "after": after})
    assert comparison.range[:2] == (before, after)
    assert set(changes(comparison)) == {"main.txt", "main2.txt"}


def test_a_forced_push_is_compared_with_the_previous_commit(hub: Hub) -> None:
    before, after = hub.repo.rev("main"), hub.head
    comparison = _in_event(hub.repo, "push", {"ref": "refs/heads/main", "before": before, "after": after})
    assert comparison.range[:2] == (before, after)
    assert set(changes(comparison)) == {"main.txt", "main2.txt", "feature.txt", "feature2.txt"}


@pytest.mark.parametrize("gone", ["1" * 40, "f" * 40])
def test_a_forced_push_whose_before_is_gone_has_no_base(hub: Hub, gone: str) -> None:
    after = hub.repo.rev("main")
    comparison = _in_event(hub.repo, "push", {"ref": "refs/heads/main", "before": gone, "after": after})
    assert comparison.changes is None
    assert gone in (comparison.range.unknown or "")


def test_a_push_in_a_shallow_checkout_has_no_base_and_a_hint(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/heads/main", 1)
    payload = {"ref": "refs/heads/main", "before": hub.repo.rev("main^"), "after": hub.repo.rev("main")}
    comparison = _in_event(checkout, "push", payload)
    assert comparison.changes is None
    assert "fetch-depth: 0" in (comparison.range.unknown or "")


@pytest.mark.parametrize("ref", ["refs/heads/new", "refs/tags/v1"])
def test_a_push_that_creates_a_branch_or_tag_has_no_base(hub: Hub, ref: str) -> None:
    after = hub.repo.rev("main")
    comparison = _in_event(hub.repo, "push", {"ref": ref, "before": ZERO, "after": after})
    assert comparison.range == RevisionRange(None, after, f"the push created {ref}, so there is no commit before it")
    assert comparison.changes is None


def test_a_push_of_an_annotated_tag_compares_its_commit(hub: Hub) -> None:
    hub.repo.git("tag", "-a", "-m", "x", "v1", "main")
    payload = {"ref": "refs/tags/v1", "before": ZERO, "after": hub.repo.rev("v1")}
    assert _in_event(hub.repo, "push", payload).range.head == hub.repo.rev("main")


def test_a_push_that_deletes_a_branch_has_no_base(hub: Hub) -> None:
    payload = {"ref": "refs/heads/old", "before": hub.head, "after": ZERO}
    comparison = _in_event(hub.repo, "push", payload)
    assert comparison.range == RevisionRange(None, hub.repo.rev("main"), "the push deleted refs/heads/old")


def test_a_merge_group_is_compared_from_its_base_to_its_head(hub: Hub) -> None:
    hub.repo.git("checkout", "-q", "--detach", hub.merge)
    payload = {"merge_group": {"base_sha": hub.repo.rev("main"), "head_sha": hub.merge}}
    comparison = _in_event(hub.repo, "merge_group", payload)
    assert comparison.range[:2] == (hub.repo.rev("main"), hub.merge)
    assert set(changes(comparison)) == {"feature.txt", "feature2.txt"}


def test_a_merge_group_without_its_base_has_no_base(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge", 1)
    payload = {"merge_group": {"base_sha": hub.repo.rev("main"), "head_sha": hub.merge}}
    comparison = _in_event(checkout, "merge_group", payload)
    assert comparison.changes is None
    assert comparison.range.head == hub.merge


@pytest.mark.parametrize(
    "name", ["schedule", "workflow_dispatch", "repository_dispatch", "workflow_run", "issues", "release", "no_such"]
)
def test_an_event_without_a_change_has_no_base(hub: Hub, name: str) -> None:
    comparison = _in_event(hub.repo, name, {})
    assert comparison.range == RevisionRange(None, hub.repo.head, f"the event {name} has no base to compare with")
    assert comparison.changes is None


def test_in_ci_the_commit_is_compared_and_not_the_files_of_the_job(hub: Hub, tmp_path: Path) -> None:
    checkout = hub.checkout(tmp_path / "checkout", "refs/pull/1/merge")
    checkout.write("generated.txt")
    comparison = _in_event(checkout, "pull_request", pull(hub.head, hub.opened_at))
    assert "generated.txt" not in changes(comparison)
    assert "generated.txt" not in comparison.tree.entries


def test_options_of_the_command_line_override_the_event(hub: Hub, tmp_path: Path) -> None:
    environ = event(tmp_path, "push", {"ref": "refs/heads/main", "before": ZERO, "after": hub.repo.rev("main")})
    comparison = compare_folder(hub.repo.root, "main^", "main", environ=environ)
    assert comparison.range[:2] == (hub.repo.rev("main^"), hub.repo.rev("main"))


SHA = "1" * 40
MALFORMED = [
    ("push", "", "cannot be read"),
    ("push", "{", "cannot be read"),
    ("push", "[]", "not an object"),
    ("push", "null", "not an object"),
    ("push", {}, "no usable before"),
    ("push", {"before": None, "after": SHA, "ref": "x"}, "no usable before"),
    ("push", {"before": SHA, "after": 7, "ref": "x"}, "no usable after"),
    ("push", {"before": "a\u0000b", "after": SHA, "ref": "x"}, "no usable before"),
    ("push", {"before": "\ud800", "after": SHA, "ref": "x"}, "no usable before"),
    ("push", {"before": "--all", "after": "HEAD", "ref": "x"}, "--all is not a commit"),
    ("pull_request", {}, "no pull_request"),
    ("pull_request", {"pull_request": []}, "no pull_request"),
    ("pull_request", {"pull_request": {"head": {"sha": SHA}}}, "no base"),
    ("pull_request", {"pull_request": {"base": {"sha": SHA, "ref": "main"}}}, "no head"),
    ("pull_request", pull("", SHA), "no usable sha"),
    ("pull_request", pull(SHA, SHA), f"{SHA} is not a commit"),
    ("merge_group", {}, "no merge_group"),
    ("merge_group", {"merge_group": {"base_sha": "HEAD"}}, "no usable head_sha"),
]


@pytest.mark.parametrize(("name", "payload", "reason"), MALFORMED)
def test_an_unusable_payload_leaves_the_base_unknown(repo: Repo, name: str, payload: Any, reason: str) -> None:
    comparison = _in_event(repo, name, payload)
    assert comparison.changes is None
    assert reason in (comparison.range.unknown or "")
    assert comparison.range.head == repo.head
    assert set(comparison.tree.entries) == {"a.txt"}


@pytest.mark.parametrize("path", ["", "/no/such/file", "/"])
def test_a_missing_payload_leaves_the_base_unknown(repo: Repo, path: str) -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": path}
    comparison = compare_folder(repo.root, environ=environ)
    assert comparison.changes is None
    assert "payload" in (comparison.range.unknown or "")


def test_a_payload_that_is_not_utf_8_leaves_the_base_unknown(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(b'{"before": "\xff"}')
    environ = event(tmp_path, "push", {}) | {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert compare_folder(repo.root, environ=environ).changes is None
