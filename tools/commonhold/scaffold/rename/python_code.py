"""Rename a package in Python code with libcst, which keeps the layout and the comments of the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_absolute_module_for_import, get_full_name_for_node
from libcst.metadata import ImportAssignment, MetadataWrapper, Scope, ScopeProvider

from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.scaffold.rename.renaming import Renaming

# The last part of functions whose text argument is the name of a module, or begins with it.
_MODULE_CALLS = frozenset(
    (
        *("import_module", "find_spec", "importorskip", "patch", "getLogger", "run_module", "reload", "files", "path"),
        *("resource_filename", "resource_string", "resource_stream", "get_data", "PackageLoader", "iter_modules"),
        *("read_text", "open_text", "open_binary", "read_binary", "setattr", "delattr", "set_level"),
    )
)
_DISTRIBUTION_CALLS = frozenset(["version", "distribution", "metadata", "requires", "get_distribution", "require"])
_DOTTED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(:[A-Za-z_][\w.]*)?(\s*\[[\w,\s-]*\])?", re.ASCII)


class CodeError(Exception):
    """The code cannot be parsed, so it was not changed."""


def rename_in_code(code: str, renaming: Renaming, module: str | None = None) -> str:
    """Return Python code after a renaming; ``module`` is the old dotted name of this file, if it is in the package.

    Imports, the uses of imported names, texts that name modules, docstrings and comments are renamed. Relative imports
    stay, unless they leave the package. Raises ``CodeError``.
    """
    try:
        ast.parse(code)  # libcst has no limit for nested brackets
        tree = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
        return tree.visit(_Renamer(renaming, module)).code
    except (cst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CodeError(str(error).partition("\n")[0]) from error


class _Renamer(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (ScopeProvider,)

    def __init__(self, renaming: Renaming, module: str | None) -> None:
        super().__init__()
        self._renaming = renaming
        self._module = module
        self._uses: set[cst.CSTNode] = set()
        self._module_texts: set[cst.CSTNode] = set()
        self._distribution_texts: set[cst.CSTNode] = set()
        self._documents: set[cst.CSTNode] = set()
        self._in_import = 0

    def visit_Module(self, node: cst.Module) -> None:
        scopes = {scope for scope in self.metadata[ScopeProvider].values() if isinstance(scope, Scope)}
        for scope in scopes:
            for assignment in scope.assignments:
                if isinstance(assignment, ImportAssignment) and self._binds_root(assignment):
                    self._uses.update(map(_root_name, (access.node for access in assignment.references)))

    def _binds_root(self, assignment: ImportAssignment) -> bool:
        """Return whether an import without ``as`` binds the first part of the old package's name."""
        return isinstance(assignment.node, cst.Import) and any(
            alias.asname is None and self._renaming.module(alias.evaluated_name) is not None
            for alias in assignment.node.names
        )

    # Imports

    def visit_Import(self, node: cst.Import) -> None:
        self._in_import += 1

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        self._in_import -= 1
        return updated_node.with_changes(names=[self._import_alias(alias) for alias in updated_node.names])

    def _import_alias(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        new = self._renaming.module(alias.evaluated_name)
        return alias if new is None else alias.with_changes(name=_dotted(new))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        self._in_import += 1

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.FlattenSentinel[cst.BaseSmallStatement]:
        self._in_import -= 1
        if updated_node.relative:
            name = self._resolve_relative(updated_node)
            if name is None or self._renaming.module(name) is not None:
                return updated_node
            whitespace = cst.SimpleWhitespace(" ")
            updated_node = updated_node.with_changes(
                relative=(), module=_dotted(name), whitespace_after_from=whitespace, whitespace_before_import=whitespace
            )
        else:
            name = get_full_name_for_node(updated_node.module) if updated_node.module else None
        if name is None:
            return updated_node
        new = self._renaming.module(name)
        if new is not None:
            return updated_node.with_changes(module=_dotted(new))
        return self._from_parent(updated_node, name)

    def _resolve_relative(self, node: cst.ImportFrom) -> str | None:
        """Return the module that a relative import names, if this file is in the package."""
        return None if self._module is None else get_absolute_module_for_import(self._module, node)

    def _from_parent(
        self, node: cst.ImportFrom, name: str
    ) -> cst.ImportFrom | cst.FlattenSentinel[cst.BaseSmallStatement]:
        """Rename ``from parent import package``: the package may have another parent and another name."""
        if self._renaming.package is None or isinstance(node.names, cst.ImportStar):
            return node
        old, new = self._renaming.package
        parent, _, last = old.rpartition(".")
        ours = [alias for alias in node.names if alias.evaluated_name == last]
        if not parent or name != parent or not ours:
            return node
        new_parent, _, new_last = new.rpartition(".")
        aliases = []
        for alias in ours:
            bound = alias.evaluated_alias or last
            asname = None if bound == new_last else cst.AsName(cst.Name(bound))
            aliases.append(cst.ImportAlias(cst.Name(new_last), asname))
        others = [alias for alias in node.names if alias not in ours]
        if not others:
            return node.with_changes(module=_dotted(new_parent), names=aliases, lpar=None, rpar=None)
        others[-1] = others[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        moved = cst.ImportFrom(_dotted(new_parent), aliases)
        return cst.FlattenSentinel([moved, node.with_changes(names=others)])

    # Uses of an imported package

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        package = self._renaming.package
        if package and not self._in_import and original_node in self._uses and original_node.value == package[0]:
            return _dotted(package[1])
        return updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        package = self._renaming.package
        is_use = not self._in_import and _root_name(original_node) in self._uses
        if package and is_use and get_full_name_for_node(original_node) == package[0]:
            return _dotted(package[1])
        return updated_node

    # Texts

    def visit_Call(self, node: cst.Call) -> None:
        name = (get_full_name_for_node(node.func) or "").rpartition(".")[2]
        texts = [arg.value for arg in node.args if isinstance(arg.value, cst.SimpleString)]
        if name in _MODULE_CALLS:
            self._module_texts.update(texts)
        if name in _DISTRIBUTION_CALLS:
            self._distribution_texts.update(texts)
        if name == "setup":
            self._mark_setup(node)

    def _mark_setup(self, node: cst.Call) -> None:
        for arg in node.args:
            keyword = arg.keyword.value if arg.keyword else ""
            if isinstance(arg.value, cst.SimpleString) and keyword == "name":
                self._distribution_texts.add(arg.value)
            elif keyword in ("packages", "py_modules", "package_data", "package_dir"):
                self._module_texts.update(_texts_in(arg.value))

    def visit_Expr(self, node: cst.Expr) -> None:
        if isinstance(node.value, cst.SimpleString):
            self._documents.add(node.value)

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        return with_text(updated_node, self._text(original_node, updated_node.raw_value))

    def _text(self, node: cst.CSTNode, raw: str) -> str:
        if node in self._documents or "\n" in raw:
            return self._renaming.text(raw)
        old, new = self._renaming.distribution
        if (raw == old and "-" in old) or (node in self._distribution_texts and normalize(raw) == old):
            return new
        match = _DOTTED.fullmatch(raw)
        if match is None:
            return self._renaming.text(raw)
        renamed = self._renaming.module(match[1])
        certain = node in self._module_texts or match[2] or (match[1] != raw and self._renaming.is_member(match[1]))
        if renamed is not None and (certain or (match[1].count(".") and self._renaming.is_member(match[1]))):
            return renamed + raw[len(match[1]) :]
        return raw

    def leave_FormattedStringText(
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.FormattedStringText:
        return updated_node.with_changes(value=self._renaming.text(updated_node.value))

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        return updated_node.with_changes(value=self._renaming.text(updated_node.value))


def with_text(node: cst.SimpleString, raw: str) -> cst.SimpleString:
    """Return a string literal with the same prefix and quotes, and another text."""
    if raw == node.raw_value:
        return node
    return node.with_changes(value=f"{node.value[: len(node.prefix)]}{node.quote}{raw}{node.quote}")


def _root_name(node: cst.CSTNode) -> cst.CSTNode:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node


def _dotted(name: str) -> cst.Name | cst.Attribute:
    expression: cst.Name | cst.Attribute
    first, *rest = name.split(".")
    expression = cst.Name(first)
    for part in rest:
        expression = cst.Attribute(expression, cst.Name(part))
    return expression


def _texts_in(node: cst.CSTNode) -> Iterable[cst.SimpleString]:
    if isinstance(node, cst.SimpleString):
        yield node
    for child in node.children:
        yield from _texts_in(child)
