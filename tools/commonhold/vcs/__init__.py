"""Read git repositories: select two trees and compare them.

A selection runs git directly, because importing GitPython takes longer than a whole selection. The modules that read
whole histories or change repositories (``log``, ``tags``) use GitPython.
"""

from commonhold.vcs.changes import Change, ChangeSet, Difference
from commonhold.vcs.comparison import Comparison, compare
from commonhold.vcs.git import ignored_variables
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
    "ignored_variables",
    "is_ci",
    "open_repository",
]
