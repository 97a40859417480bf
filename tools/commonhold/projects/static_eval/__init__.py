"""Static evaluation of ``setup.py``: the arguments of ``setup()``, found without running the file.

Statements are followed in order with the values that are known. Where a condition is unknown, every path is
followed: a value on which the paths disagree is unknown, and an item that any of them adds to a list or dict is in
it. One requirement too many is sound; one too few is not.

The evaluator is frozen. It supports the syntax, functions and methods that real files were found to use (measured
on 447 ``setup.py`` files of 18 repositories), and ``tests/projects/test_static_eval_is_frozen.py`` lists each one
with the kind of file that needs it. Add one only for a real file. Everything else makes unknown whatever it touches,
so that a project is reported as unreadable, and never as one without requirements.
"""

from __future__ import annotations

from commonhold.projects.static_eval.evaluate import EvaluatedFile, evaluate_file
from commonhold.projects.static_eval.values import PERHAPS, UNKNOWN, force, is_known, items_of

__all__ = ["PERHAPS", "UNKNOWN", "EvaluatedFile", "evaluate_file", "force", "is_known", "items_of"]
