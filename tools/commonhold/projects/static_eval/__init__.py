"""Evaluate ``setup.py`` statically: find the arguments of ``setup()`` without running the file.

Statements are evaluated in order with the known values. If a condition is unknown, every path is evaluated: a value on
which the paths disagree becomes unknown, and a list or dict contains every item that any path adds to it. An extra
requirement is sound; a missing requirement is not.

The evaluator is frozen. It supports the syntax, functions and methods that were found in real files (measured on 447
``setup.py`` files from 18 repositories). ``tests/projects/test_static_eval_is_frozen.py`` lists each construct with the
kind of file that needs it. Add a construct only for a real file. Any other construct makes the values that it uses
unknown, so that a project is reported as unreadable, and never as a project without requirements.
"""

from __future__ import annotations

from commonhold.projects.static_eval.evaluate import EvaluatedFile, evaluate_file
from commonhold.projects.static_eval.values import PERHAPS, UNKNOWN, force, is_known, items_of

__all__ = ["PERHAPS", "UNKNOWN", "EvaluatedFile", "evaluate_file", "force", "is_known", "items_of"]
