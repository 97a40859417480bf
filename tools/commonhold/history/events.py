"""Which two trees a GitHub Actions event is about.

Source: "Events that trigger workflows" and the webhook payloads in GitHub's documentation. What the
payload calls the base of a pull request may be out of date; the merge commit's own parent is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.errors import GitError
from commonhold.history.ends import Ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.history.repository import Repository

PULL_REQUEST = frozenset({"pull_request", "pull_request_target", "pull_request_review"})


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether a machine asks, who would not read an error but skip the tests."""
    return environ.get("CI", "").lower() in {"true", "1"} or environ.get("GITHUB_ACTIONS") == "true"


def event_name(environ: Mapping[str, str]) -> str | None:
    """The GitHub event that started this run, or ``None`` outside GitHub Actions."""
    return environ.get("GITHUB_EVENT_NAME") or None if environ.get("GITHUB_ACTIONS") == "true" else None


def event_ends(repository: Repository, event: str, environ: Mapping[str, str]) -> Ends:
    """The ends of a GitHub event; an event without a usable base has none, and says why.

    Raises ``GitError`` when the event names commits that this clone does not have.
    """
    if event not in {*PULL_REQUEST, "push", "merge_group"}:
        return Ends(None, repository.resolve("HEAD"), f"the event {event} has no base to compare with")
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    if event == "push":
        return _push(repository, payload)
    if event == "merge_group":
        group = _field(payload, "merge_group")
        return Ends(repository.resolve(_text(group, "base_sha")), repository.resolve(_text(group, "head_sha")))
    return _pull_request(repository, _field(payload, "pull_request"))


def _push(repository: Repository, payload: Mapping[str, Any]) -> Ends:
    before, after = _text(payload, "before"), _text(payload, "after")
    head = repository.resolve(after)
    if not before.strip("0"):
        return Ends(None, head, "the push created the branch, so there is no commit before it")
    base = repository.try_resolve(before)
    if base is None:
        return Ends(None, head, f"{before}, the commit before the push, is not in this clone (a forced push?)")
    return Ends(base, head)


def _pull_request(repository: Repository, pull: Mapping[str, Any]) -> Ends:
    tip = _text(_field(pull, "head"), "sha")
    checked_out = repository.resolve("HEAD")
    parents = repository.parents(checked_out)
    # A head that has merged the default branch has two parents as well, but the other way round.
    if len(parents) == 2 and parents[1] == tip:
        return Ends(parents[0], checked_out)
    head = repository.resolve(tip)
    base = _field(pull, "base")
    upstream = repository.try_resolve(f"refs/remotes/origin/{_text(base, 'ref')}")
    return Ends(repository.merge_base(upstream or repository.resolve(_text(base, "sha")), head), head)


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
    if not isinstance(value, str) or not value:
        raise GitError(f"the event's payload has no {name}")
    return value
