"""Which kind of node is folded how."""

from __future__ import annotations

import _ast as ast
from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.static_eval import branches, calls, conditions, expressions, statements
from commonhold.projects.static_eval.interpreter import Nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from commonhold.projects.static_eval.interpreter import Run

_EXPRESSIONS: Mapping[type, Callable[[Any, Run], Any]] = {
    ast.Attribute: expressions.get_attribute,
    ast.BinOp: expressions.combine_operands,
    ast.BoolOp: conditions.combine_booleans,
    ast.Call: calls.call,
    ast.Compare: conditions.compare_values,
    ast.Constant: lambda node, _run: node.value,
    ast.Dict: expressions.make_dict,
    ast.DictComp: conditions.comprehend,
    ast.GeneratorExp: conditions.comprehend,
    ast.IfExp: conditions.choose,
    ast.JoinedStr: expressions.join_fstring,
    ast.List: expressions.make_list,
    ast.ListComp: conditions.comprehend,
    ast.Name: expressions.look_up_name,
    ast.NamedExpr: conditions.bind_walrus,
    ast.Set: expressions.make_list,
    ast.SetComp: conditions.comprehend,
    ast.Subscript: expressions.get_item,
    ast.Tuple: expressions.make_list,
    ast.UnaryOp: conditions.negate,
    ast.Yield: calls.yield_value,
    ast.YieldFrom: calls.yield_value,
}

_STATEMENTS: Mapping[type, Callable[[Any, Run], None]] = {
    ast.AnnAssign: statements.assign_annotated,
    ast.Assert: statements.pass_over,
    ast.Assign: statements.assign_each,
    ast.AsyncFunctionDef: statements.forget_definition,
    ast.AugAssign: statements.augment,
    ast.Break: partial(statements.leave_loop, "loop"),
    ast.ClassDef: statements.forget_definition,
    ast.Continue: partial(statements.leave_loop, "round"),
    ast.Delete: statements.delete,
    ast.Expr: statements.express,
    ast.For: branches.loop,
    ast.FunctionDef: statements.define,
    ast.Global: statements.declare_global,
    ast.If: branches.branch,
    ast.Import: statements.import_modules,
    ast.ImportFrom: statements.import_names,
    ast.Pass: statements.pass_over,
    ast.Raise: partial(statements.leave_loop, "program"),
    ast.Return: statements.give_back,
    ast.Try: branches.attempt,
    ast.While: branches.loop_unknown,
    ast.With: statements.enter,
}

NODES = Nodes(_EXPRESSIONS, _STATEMENTS, statements.give_up)
