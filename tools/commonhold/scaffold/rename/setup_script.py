"""Rename a plugin in the ``setup()`` call of its ``setup.py``, which stays if a conversion would lose something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node

from commonhold.scaffold.rename.python_code import CodeError, with_text

if TYPE_CHECKING:
    from commonhold.scaffold.rename.package_layout import PackageLayout
    from commonhold.scaffold.rename.renaming import Renaming

_FIND, _FIND_NAMESPACE = "find_packages", "find_namespace_packages"


def rename_in_setup_script(
    code: str, renaming: Renaming, layout: PackageLayout | None, *, literal_name: bool = False
) -> str:
    """Return the code of a plugin's own ``setup.py`` with the new packages and entry points.

    ``layout`` is the layout of the renamed package; ``None`` if the package keeps its name. With ``literal_name``, the
    new name of the distribution replaces an expression that computes the old one. Raises ``CodeError``.
    """
    try:
        return cst.parse_module(code).visit(_SetupRenamer(renaming, layout, literal_name)).code
    except (cst.ParserSyntaxError, ValueError, RecursionError) as error:
        raise CodeError(str(error).partition("\n")[0]) from error


class _SetupRenamer(cst.CSTTransformer):
    def __init__(self, renaming: Renaming, layout: PackageLayout | None, literal_name: bool) -> None:
        super().__init__()
        self._renaming = renaming
        self._layout = layout
        self._literal_name = literal_name

    def leave_ImportAlias(self, original_node: cst.ImportAlias, updated_node: cst.ImportAlias) -> cst.ImportAlias:
        if self._layout is None or updated_node.evaluated_name != _FIND:
            return updated_node
        return updated_node.with_changes(name=cst.Name(_FIND_NAMESPACE))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        name = (get_full_name_for_node(updated_node.func) or "").rpartition(".")[2]
        if name == "setup":
            return updated_node.with_changes(args=[self._argument(arg) for arg in updated_node.args])
        if self._layout is not None and name in (_FIND, _FIND_NAMESPACE):
            return self._find(updated_node, self._layout)
        return updated_node

    def _find(self, call: cst.Call, layout: PackageLayout) -> cst.Call:
        """Search in namespaces, which the plain search leaves out, and only for the package."""
        func = cst.Name(_FIND_NAMESPACE)
        new = call.func.with_changes(attr=func) if isinstance(call.func, cst.Attribute) else func
        include = cst.Arg(
            cst.List([cst.Element(_literal(f"{top}*")) for top in layout.tops]),
            cst.Name("include"),
            equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
        )
        args = [arg for arg in call.args if arg.keyword is None or arg.keyword.value != "include"][:3]
        return call.with_changes(func=new, args=[*args, include])

    def _argument(self, arg: cst.Arg) -> cst.Arg:
        keyword = arg.keyword.value if arg.keyword else ""
        if keyword == "name" and self._literal_name and not isinstance(arg.value, cst.SimpleString):
            return arg.with_changes(value=_literal(self._renaming.distribution[1]))
        if self._layout is not None and keyword == "py_modules":
            packages = cst.List([cst.Element(_literal(self._layout.name))])
            return arg.with_changes(keyword=cst.Name("packages"), value=packages)
        if keyword == "entry_points":
            value = arg.value.visit(_EntryPointRenamer(self._renaming))
            return arg.with_changes(value=value)
        return arg


class _EntryPointRenamer(cst.CSTTransformer):
    def __init__(self, renaming: Renaming) -> None:
        super().__init__()
        self._renaming = renaming

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        lines = updated_node.raw_value.split("\n")
        return with_text(updated_node, "\n".join(map(self._renaming.entry_point, lines)))


def _literal(text: str) -> cst.SimpleString:
    return cst.SimpleString(f'"{text}"')
