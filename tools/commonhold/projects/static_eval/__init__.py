"""Constant folding of Python: what ``setup()`` is called with, found without running the file.

The statements are followed in order with the values they are known to have. Where a condition is not
known every way is followed: what the ways disagree on is unknown, and what any of them adds to a
list or dict is in it, since one requirement too many is sound and one too few is not.
"""

from __future__ import annotations

from commonhold.projects.static_eval.evaluate import EvaluatedFile, evaluate_file
from commonhold.projects.static_eval.values import PERHAPS, UNKNOWN, force, is_known, items_of

__all__ = ["PERHAPS", "UNKNOWN", "EvaluatedFile", "evaluate_file", "force", "is_known", "items_of"]
