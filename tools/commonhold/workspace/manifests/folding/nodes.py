"""Which kind of node is folded how."""

from __future__ import annotations

import _ast as ast
from functools import partial

from commonhold.typed import TYPE_CHECKING
from commonhold.workspace.manifests.folding import application, branches, expressions, logic, statements
from commonhold.workspace.manifests.folding.run import Nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from commonhold.workspace.manifests.folding.run import Run

_EXPRESSIONS: Mapping[type, Callable[[Any, Run], Any]] = {
    ast.Attribute: expressions.get_attribute,
    ast.BinOp: expressions.combine,
    ast.BoolOp: logic.combine,
    ast.Call: application.call,
    ast.Compare: logic.compare,
    ast.Constant: lambda node, _run: node.value,
    ast.Dict: expressions.make_dict,
    ast.DictComp: logic.comprehend,
    ast.GeneratorExp: logic.comprehend,
    ast.IfExp: logic.choose,
    ast.JoinedStr: expressions.join,
    ast.List: expressions.make_list,
    ast.ListComp: logic.comprehend,
    ast.Name: expressions.look_up,
    ast.NamedExpr: logic.bind,
    ast.Set: expressions.make_list,
    ast.SetComp: logic.comprehend,
    ast.Subscript: expressions.get_item,
    ast.Tuple: expressions.make_list,
    ast.UnaryOp: logic.negate,
    ast.Yield: application.give,
    ast.YieldFrom: application.give,
}

_STATEMENTS: Mapping[type, Callable[[Any, Run], None]] = {
    ast.AnnAssign: statements.assign_annotated,
    ast.Assert: statements.pass_over,
    ast.Assign: statements.assign_each,
    ast.AsyncFunctionDef: statements.forget_definition,
    ast.AugAssign: statements.augment,
    ast.Break: partial(statements.leave, "loop"),
    ast.ClassDef: statements.forget_definition,
    ast.Continue: partial(statements.leave, "round"),
    ast.Delete: statements.delete,
    ast.Expr: statements.express,
    ast.For: branches.loop,
    ast.FunctionDef: statements.define,
    ast.Global: statements.declare_global,
    ast.If: branches.branch,
    ast.Import: statements.import_modules,
    ast.ImportFrom: statements.import_names,
    ast.Pass: statements.pass_over,
    ast.Raise: partial(statements.leave, "program"),
    ast.Return: statements.give_back,
    ast.Try: branches.attempt,
    ast.While: branches.loop_unknown,
    ast.With: statements.enter,
}

NODES = Nodes(_EXPRESSIONS, _STATEMENTS, statements.give_up)
