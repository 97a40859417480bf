"""Evaluate a whole file; define the table of supported syntax.

The table is frozen: see :mod:`commonhold.projects.static_eval`.
"""

from __future__ import annotations

import _ast as ast
from functools import partial

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.python_ast import parse_python
from commonhold.projects.static_eval import branches, expressions, functions, statements
from commonhold.projects.static_eval.interpreter import Handlers, Interpreter, LeaveError, TooMuchWorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles

_EXPRESSIONS: Mapping[type, Callable[[Any, Interpreter], Any]] = {
    ast.Attribute: expressions.get_attribute,
    ast.BinOp: expressions.combine_operands,
    ast.BoolOp: expressions.combine_booleans,
    ast.Call: functions.call,
    ast.Compare: expressions.compare_values,
    ast.Constant: lambda node, _run: node.value,
    ast.Dict: expressions.make_dict,
    ast.DictComp: expressions.comprehend,
    ast.GeneratorExp: expressions.comprehend,
    ast.IfExp: expressions.choose,
    ast.JoinedStr: expressions.join_fstring,
    ast.List: expressions.make_list,
    ast.ListComp: expressions.comprehend,
    ast.Name: expressions.look_up_name,
    ast.NamedExpr: expressions.bind_walrus,
    ast.Set: expressions.make_list,
    ast.SetComp: expressions.comprehend,
    ast.Subscript: expressions.get_item,
    ast.Tuple: expressions.make_list,
    ast.UnaryOp: expressions.negate,
    ast.Yield: functions.yield_value,
    ast.YieldFrom: functions.yield_value,
}

_STATEMENTS: Mapping[type, Callable[[Any, Interpreter], None]] = {
    ast.AnnAssign: statements.assign_annotated,
    ast.Assert: statements.pass_over,
    ast.Assign: statements.assign_each,
    ast.AugAssign: statements.augment,
    ast.Break: partial(statements.leave_loop, "loop"),
    ast.ClassDef: statements.forget_class,
    ast.Continue: partial(statements.leave_loop, "round"),
    ast.Expr: statements.express,
    ast.For: branches.loop,
    ast.FunctionDef: statements.define,
    ast.If: branches.branch,
    ast.Import: statements.import_modules,
    ast.ImportFrom: statements.import_names,
    ast.Pass: statements.pass_over,
    ast.Raise: partial(statements.leave_loop, "program"),
    ast.Return: statements.return_value,
    ast.Try: branches.attempt,
    ast.With: statements.enter,
}

_HANDLERS = Handlers(_EXPRESSIONS, _STATEMENTS, statements.give_up)


class EvaluatedFile(NamedTuple):
    """The keyword arguments of each ``setup()`` call in a file, and the reason if the file cannot be evaluated."""

    setups: tuple[dict[Any, Any], ...] = ()
    obstacle: str | None = None


def evaluate_file(files: ProjectFiles, path: str, raw: bytes) -> EvaluatedFile:
    """Evaluate the file at ``path``, whose content is ``raw``."""
    body = parse_python(raw)
    if body is None:
        return EvaluatedFile(obstacle="cannot be parsed as Python")
    run = Interpreter(files, path, _HANDLERS, functions.BUILTINS)
    try:
        run.perform(body)
    except LeaveError:
        pass
    except (TooMuchWorkError, RecursionError, MemoryError):
        return EvaluatedFile(tuple(run.setups), "computes too much to be read without running it")
    return EvaluatedFile(
        tuple(run.setups), None if run.setups else "contains no setup() call that can be read statically"
    )
