"""Git: which two trees are compared, and how they differ.

A selection's few questions go to git directly, because the import of GitPython takes longer than a whole selection.
What works on whole histories or changes repositories (``log``, ``tags``) uses GitPython.
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
