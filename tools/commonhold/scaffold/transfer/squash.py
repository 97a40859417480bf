"""Measure what a squash merge would destroy, and prepare the alternative: one commit that credits every author."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from commonhold.vcs.history_files import CommitText

_PERSON = re.compile(r"(?P<name>[^<>]*?) ?<(?P<address>[^<>]*)>")
_SIGN_OFF = re.compile(rb"^signed-off-by: .", re.IGNORECASE | re.MULTILINE)
_CO_AUTHOR = re.compile(r"^co-authored-by:\s*(.+)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """The parts of a history that a squash merge would destroy; ``authors`` are ``Name <address>``.

    ``unsigned_off`` is the number of commits without a ``Signed-off-by`` line.
    """

    commits: int
    merges: int
    signed: int
    unsigned_off: int
    authors: tuple[str, ...]
    first: str
    last: str
    tags: tuple[str, ...]

    def losses(self) -> Iterator[str]:
        """Yield a line for each loss."""
        yield f"{count(self.commits, 'commit')} by {count(len(self.authors), 'author')}, {self.first} to {self.last}"
        yield "the author and the history of each line, which would end at the squashed commit"
        if self.merges:
            yield f"{count(self.merges, 'merge commit')}"
        if self.tags:
            yield f"{count(len(self.tags), 'tag')} would point to commits outside the branch"


def summarize_history(commits: Iterable[CommitText], tags: Sequence[str]) -> HistorySummary:
    """Summarize the commits of a branch, oldest first."""
    every = tuple(commits)
    people: dict[str, str] = {}
    for each in every:
        texts = (_text(each.author), *_CO_AUTHOR.findall(_text(each.message)))
        for name, address in filter(None, map(_person, texts)):
            people.setdefault(address.lower(), f"{name} <{address}>")
    dates = sorted(_date(each.author) for each in every)
    return HistorySummary(
        commits=len(every),
        merges=sum(each.parents > 1 for each in every),
        signed=sum(each.signed for each in every),
        unsigned_off=sum(_SIGN_OFF.search(each.message) is None for each in every),
        authors=tuple(people.values()),
        first=dates[0] if dates else "",
        last=dates[-1] if dates else "",
        tags=tuple(tags),
    )


def squash_message(subject: str, source: str, summary: HistorySummary, kept_branch: str) -> str:
    """Return the message of a squashed commit: it credits every author, and names the branch with the history."""
    trailers = "".join(f"Co-authored-by: {author}\n" for author in summary.authors)
    body = f"From {source}. The branch {kept_branch} keeps the history: {count(summary.commits, 'commit')}."
    return f"{subject}\n\n{body}\n\n{trailers}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _person(text: str) -> tuple[str, str] | None:
    match = _PERSON.match(text.strip())
    return None if match is None else (match["name"].strip() or match["address"], match["address"].strip())


def _date(author: bytes) -> str:
    from datetime import datetime, timezone

    try:
        seconds = int(author.rsplit(b" ", 2)[1])
        return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()
    except (IndexError, ValueError, OverflowError, OSError):
        return "unknown"
