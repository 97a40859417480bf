"""What changed: git's answers as plain values, through narrow verbs.

The questions that a selection asks are put to git's own plumbing; importing GitPython costs more
than the whole selection. What is done *to* repositories (clones, tags, logs) is GitPython's.
"""

from commonhold.vcs.changes import Change, ChangeSet, Difference
from commonhold.vcs.comparison import Comparison, compare
from commonhold.vcs.github_event import event_name, is_ci
from commonhold.vcs.repository import Repository, open_repository
from commonhold.vcs.revision_range import CompareOptions, RevisionRange

__all__ = [
    "Change",
    "ChangeSet",
    "CompareOptions",
    "Comparison",
    "Difference",
    "Repository",
    "RevisionRange",
    "compare",
    "event_name",
    "is_ci",
    "open_repository",
]
