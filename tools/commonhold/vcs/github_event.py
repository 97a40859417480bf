"""Resolve a GitHub Actions event to the two commits that it compares.

Source: "Events that trigger workflows" and the webhook payloads in GitHub's documentation. A pull request's base in the
payload may be out of date, but the first parent of the merge commit is always current.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import GitError
from commonhold.vcs.revision_range import RevisionRange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.vcs.repository import Repository

PULL_REQUEST = frozenset({"pull_request", "pull_request_target", "pull_request_review"})


def is_ci(environ: Mapping[str, str]) -> bool:
    """Return whether this process runs in CI, where tests may be skipped before anyone reads an error.

    Most CI services set ``CI`` to ``true``; some set it to their own name.
    """
    return environ.get("CI", "").lower() not in {"", "0", "false", "no"} or _is_github(environ)


def _is_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true"


def event_name(environ: Mapping[str, str]) -> str | None:
    """Return the GitHub event that started this run; ``None`` outside GitHub Actions."""
    return environ.get("GITHUB_EVENT_NAME") or None if _is_github(environ) else None


def resolve_event_range(repository: Repository, event: str, environ: Mapping[str, str]) -> RevisionRange:
    """Resolve a GitHub event to commits. For an event without a usable base, the range states the reason.

    Raises ``GitError`` if the event names commits that this clone does not have.
    """
    if event not in {*PULL_REQUEST, "push", "merge_group"}:
        return RevisionRange(None, repository.resolve("HEAD"), f"the event {event} has no base to compare with")
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    if event == "push":
        return _push(repository, payload)
    if event == "merge_group":
        group = _field(payload, "merge_group")
        base, head = _both(repository, _text(group, "base_sha"), _text(group, "head_sha"))
        return RevisionRange(base, head, origin="the base of the merge group")
    return _pull_request(repository, _field(payload, "pull_request"))


def _both(repository: Repository, base: str, head: str) -> tuple[str, str]:
    theirs, ours = repository.commits(base, head)
    return repository.require_commit(base, theirs), repository.require_commit(head, ours)


def _push(repository: Repository, payload: Mapping[str, Any]) -> RevisionRange:
    before, after, ref = (_text(payload, name) for name in ("before", "after", "ref"))
    if not after.strip("0"):
        return RevisionRange(None, repository.resolve("HEAD"), f"the push deleted {ref}")
    if not before.strip("0"):
        return RevisionRange(
            None, repository.resolve(after), f"the push created {ref}, so there is no commit before it"
        )
    base, head = _both(repository, before, after)
    return RevisionRange(base, head, origin="the commit before the push")


def _pull_request(repository: Repository, pull: Mapping[str, Any]) -> RevisionRange:
    base = _field(pull, "base")
    tip, stale, target = _text(_field(pull, "head"), "sha"), _text(base, "sha"), _text(base, "ref")
    upstream = f"refs/remotes/origin/{target}"
    revs = ("HEAD", "HEAD^1", "HEAD^2", "HEAD^3", tip, upstream, stale)
    checked_out, first, second, third, head, newest, oldest = repository.commits(*revs)
    # The checkout is GitHub's merge commit if its second parent is the head of the pull request. A head that merged the
    # default branch also has two parents, but in the opposite order.
    if second == tip and third is None:
        return RevisionRange(repository.require_commit("HEAD^1", first), checked_out, origin=target)
    head = repository.require_commit(tip, head)
    common = repository.merge_base(newest or repository.require_commit(stale, oldest), head)
    return RevisionRange(common, head, origin=f"the merge base of {target}")


def _payload(path: str) -> Mapping[str, Any]:
    import json

    try:
        with open(path, encoding="utf-8") as file:
            payload = json.load(file)
    except (OSError, ValueError) as error:
        raise GitError(f"the event's payload cannot be read from {path or 'GITHUB_EVENT_PATH'}: {error}") from error
    if not isinstance(payload, dict):
        raise GitError(f"the event's payload in {path} is not an object")
    return payload


def _field(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    if not isinstance(value, dict):
        raise GitError(f"the event's payload has no {name}")
    return value


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value.isprintable() or not value:
        raise GitError(f"the event's payload has no usable {name}")
    return value
