"""What changed: git's answers as plain values, through narrow verbs.

The questions that a selection asks are put to git's own plumbing; importing GitPython costs more
than the whole selection. What is done *to* repositories (clones, tags, logs) is GitPython's.
"""

from commonhold.history.changes import Change, ChangeSet, Difference
from commonhold.history.comparison import Comparison, compare
from commonhold.history.ends import Asked, Ends
from commonhold.history.events import event_name, is_ci
from commonhold.history.repository import Repository, open_repository

__all__ = [
    "Asked",
    "Change",
    "ChangeSet",
    "Comparison",
    "Difference",
    "Ends",
    "Repository",
    "compare",
    "event_name",
    "is_ci",
    "open_repository",
]
