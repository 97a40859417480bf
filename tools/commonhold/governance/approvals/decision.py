"""Define the decision about a pull request: its state, each side, what was ignored, and who is next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.overrides import OverrideComment
    from commonhold.governance.approvals.reviews import IgnoredReview, Moment


class GateState(Enum):
    """The state of a pull request. There is no failure: what is missing can still be given."""

    PENDING = "pending"
    SUCCESS = "success"


class NextStep(Enum):
    """Who has to act next."""

    GITHUB = "github"
    """The data is incomplete; the next run reads it again (row 1)."""

    READY = "ready"
    """The author marks the draft as ready, or an administrator protects the branch (row 2)."""

    REPAIR = "repair"
    """Somebody repairs a file of the base branch that says who decides (row 1)."""

    AUTHOR = "author"
    """The author changes the pull request."""

    PLUGIN = "plugin"
    """Maintainers approve, or people consent."""

    CORE = "core"
    """Core, or the TSC in its place, approves."""

    AGAIN = "again"
    """The core maintainers who approved too early approve again."""

    VOTE = "vote"
    """A vote is held and closed."""

    NOBODY = "nobody"
    """Nobody can give the binding approval (row 24)."""

    MERGED = "merged"
    """The pull request was merged without passing the gate (row 25)."""

    DONE = "done"


@dataclass(frozen=True, slots=True)
class PendingReason:
    """Why the state is pending: the row, the name of the condition, and a clause."""

    row: int
    condition: str
    text: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a row needs on the plugin's side, and by whom it is met. ``since`` is ``None`` while the need is unmet."""

    row: int
    wanted: str
    who: tuple[int, ...] = ()
    """The people whose approval is missing."""

    since: Moment | None = None
    by: tuple[int, ...] = ()
    how: str = ""
    """How the need is met, or why it is not."""

    condition: str = ""
    asks: bool = True
    """Whether the people in ``who`` can still meet the need by approving."""


@dataclass(frozen=True, slots=True)
class PluginSide:
    """The plugin's side of one touched plugin."""

    folder: str
    needs: tuple[Need, ...]
    asked: datetime | None = None
    stale: tuple[int, int | None] | None = None
    """A maintainer whose approval is for an earlier commit, and the number of commits since."""

    @property
    def name(self) -> str:
        """The name of the plugin's folder."""
        return self.folder.rpartition("/")[2]

    @property
    def is_met(self) -> bool:
        """Whether every need is met."""
        return all(need.since is not None for need in self.needs)

    @property
    def waiting(self) -> tuple[int, ...]:
        """The people who are asked to approve, in order."""
        return tuple(dict.fromkeys(id_ for need in self.needs if need.since is None and need.asks for id_ in need.who))


@dataclass(frozen=True, slots=True)
class BindingSide:
    """Core's side: how many binding approvals are needed, and whose count."""

    row: int
    needed: int = 1
    by: tuple[int, ...] = ()
    who: tuple[int, ...] = ()
    """The people whose approval would count, without those who approved."""

    early: tuple[int, ...] = ()
    """The people who approved before the plugin's side was met."""

    objections: tuple[int, ...] = ()
    is_tsc: bool = False
    vote: bool = False
    """Whether a closed vote is missing."""

    authors: tuple[int, ...] = ()
    """The people whose approval cannot count, because they wrote commits of the pull request."""

    @property
    def is_blocked(self) -> bool:
        """Whether too few people are left to approve, because the others wrote commits."""
        return bool(self.authors) and len(self.by) + len(self.who) < self.needed

    @property
    def is_met(self) -> bool:
        """Whether there are enough binding approvals, no change request, and no missing vote."""
        return 0 < self.needed <= len(self.by) and not self.objections and not self.vote


@dataclass(frozen=True)
class Decision:
    """The decision about one pull request."""

    case: Case
    state: GateState
    next: NextStep
    reasons: tuple[PendingReason, ...] = ()
    """Why the state is pending. It is never empty then."""

    rows: frozenset[int] = frozenset()
    plugins: tuple[PluginSide, ...] = ()
    binding: BindingSide | None = None
    ignored: tuple[IgnoredReview, ...] = ()
    overrides: tuple[OverrideComment, ...] = ()
    overridden: bool = False
    override_waits: str = ""
    """Why the valid override comments are not enough."""

    @property
    def plugin_side_met(self) -> bool:
        """Whether the plugin's side of every touched plugin is met."""
        return all(side.is_met for side in self.plugins)
