"""Find imports in a Python file's syntax tree: statements, ``pytest_plugins``, and literals that name a module.

A literal names a module if it is an argument of a call such as ``find_spec`` or ``patch``, or follows ``-m`` or ``-p``.
"""

from __future__ import annotations

import _ast as ast
import re
from itertools import pairwise

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.python_ast import parse_python, walk
from commonhold.workspace.modules import resolve_relative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Calls that import their first argument. Only modules of plugins are looked up, so a method of the same name that takes
# another text does no harm.
IMPORTING = frozenset(
    {
        *("importorskip", "find_loader", "get_loader", "run_module", "import_string"),
        *("patch", "setattr", "delattr", "get_data"),
        *("files", "read_text", "read_binary", "open_text", "open_binary", "contents", "is_resource"),
        *("resource_filename", "resource_string", "resource_stream", "resource_listdir", "resource_exists"),
    }
)
# Calls whose arguments belong together: a relative name and its package, or a package and the names in it.
WITH_PACKAGE = frozenset({"import_module", "__import__", "find_spec", "resolve_name"})
# Methods of ``patch``, such as ``patch.dict("acme.table", ...)``.
_OF_PATCH = frozenset({"dict", "multiple"})
# Calls that look up an installed distribution by its name.
_BY_DISTRIBUTION = frozenset(
    {"version", "distribution", "metadata", "requires", "files", "get_distribution", "require", "entry_points"}
)
_CALLS = IMPORTING | WITH_PACKAGE | _BY_DISTRIBUTION
# The nodes that can import something; most others are names and attributes.
_WITH_NAMES = frozenset(
    {
        *(ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign),
        *(ast.Call, ast.List, ast.Tuple, ast.Constant),
    }
)
_DEEPEST_PATH = 40
_NAME_COST = 10
_OPTION = re.compile(r"(?:^|[\s'\"])-[mp][\s=]*([^\W\d][\w.]*)")

_LONGEST_PATH = 4096


def imported_names(data: bytes, package: list[str], *, by_call: bool) -> Iterator[str] | None:
    """Yield the modules, or names in modules, that a file imports; return ``None`` if the file cannot be parsed.

    ``by_call`` is true if the file may import through a literal, which requires a search of every expression.
    """
    tree = parse_python(data)
    if tree is None:
        return None
    nodes = walk(tree) if by_call else _statements(tree)
    names = _other_names(tree) if by_call else {}
    return (name for node in nodes if type(node) in _WITH_NAMES for name in _imported(node, package, names))


def named_distributions(data: bytes) -> list[str]:
    """Return the distributions that a file looks up by name; an empty list if the file cannot be parsed."""
    tree = parse_python(data) or []
    names = _other_names(tree)
    calls = (node for node in walk(tree) if isinstance(node, ast.Call))
    looked_up = (node for node in calls if _called(node.func, names) in _BY_DISTRIBUTION)
    return [text for node in looked_up for each in _first_argument(node) for text in _string_literals(each)]


def _other_names(tree: list[ast.stmt]) -> dict[str, str]:
    """Return the other names that a file gives to calls, such as ``load`` in ``import_module as load``."""
    names: dict[str, str] = {}
    for node in walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.update((alias.asname, alias.name) for alias in node.names if alias.asname and alias.name in _CALLS)
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
            called = _called(node.value, {})
            if called in _CALLS:
                names.update((target.id, called) for target in node.targets if isinstance(target, ast.Name))
    return names


def searched_folders(data: bytes) -> list[str]:
    """Return the last parts of the folders that a file adds to ``sys.path``: each path's literal parts, joined."""
    nodes = list(walk(parse_python(data) or []))
    assigned = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    added = [argument for node in nodes for argument in _added_to_path(node)]
    several = (each for argument in added for each in getattr(argument, "elts", None) or [argument])
    joined = ("/".join(_path_parts(argument, assigned, _DEEPEST_PATH)) for argument in several)
    return [path for text in joined if (path := "/".join(part for part in text.split("/") if part.strip(".")))]


def _added_to_path(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, is_list = node.func.attr, _is_sys_path(node.func.value)
        adds = name in ("insert", "append", "extend") if is_list else name in ("syspath_prepend", "addsitedir")
        return node.args[-1:] if adds else []
    targets = [node.target] if isinstance(node, ast.AugAssign) else getattr(node, "targets", [])
    is_assigned = isinstance(node, (ast.AugAssign, ast.Assign)) and any(map(_is_sys_path, targets))
    return [node.value] if is_assigned else []  # type: ignore[attr-defined]


def _is_sys_path(node: ast.AST) -> bool:
    node = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(node, ast.Attribute) and node.attr == "path" and getattr(node.value, "id", None) == "sys"


def _path_parts(node: ast.AST, assigned: Mapping[str, ast.expr], depth: int) -> list[str]:
    """Return the literal parts of a path expression in order, such as ``Path(__file__).parent / "b" / "lib"``."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Name):
        inner: list[ast.AST] = [assigned[node.id]] if node.id in assigned else []
        depth = max(depth - _NAME_COST, 0)  # a name may occur in its own value many times
    elif isinstance(node, ast.BinOp):
        inner = [node.left, node.right]
    elif isinstance(node, ast.Call):
        inner = [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *node.args]
    elif isinstance(node, ast.JoinedStr):
        inner = [*node.values]
    else:
        inner = [node.value] if isinstance(node, (ast.Attribute, ast.Subscript, ast.FormattedValue)) else []
    return [part for each in inner if depth for part in _path_parts(each, assigned, depth - 1)]


def _statements(module: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield every statement at any depth, without expressions, which cannot contain an import statement."""
    todo: list[ast.AST] = [*module]
    while todo:
        node = todo.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, ())
            todo += inner if isinstance(inner, list) else ()


def _imported(node: ast.AST, package: list[str], names: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = resolve_relative(package, node.level, node.module or "")
        yield module
        # The path of a file cannot be longer, and joining two long names many times would take long.
        yield from (f"{module}.{alias.name}" for alias in node.names if len(module) < _LONGEST_PATH)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        for text in _string_literals(node) if _assigns_plugins(node) else ():
            yield from text.replace(" ", "").split(",")
    elif isinstance(node, ast.Call):
        yield from _imported_by_call(node, package, names)
        yield from _after_option(node.args)
    elif isinstance(node, (ast.List, ast.Tuple)):
        yield from _after_option(node.elts)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _OPTION.findall(node.value)


def _assigns_plugins(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return any(getattr(target, "id", None) == "pytest_plugins" for target in targets)


def _called(function: ast.expr, names: Mapping[str, str]) -> str:
    """Return the last part of the name of a called function; ``patch`` for methods of ``patch``.

    ``names`` are the other names that the file gives to functions.
    """
    if isinstance(function, ast.Name):
        return names.get(function.id, function.id)
    name = getattr(function, "attr", None) or ""
    return _called(function.value, names) if name in _OF_PATCH and isinstance(function, ast.Attribute) else name


def _imported_by_call(node: ast.Call, package: list[str], names: Mapping[str, str]) -> Iterator[str]:
    name = _called(node.func, names)
    if name in WITH_PACKAGE:
        yield from _with_package(node, package)
    elif name in IMPORTING:
        texts = (text for argument in _first_argument(node) for text in _string_literals(argument))
        yield from (text.partition(":")[0] for text in texts)


def _first_argument(node: ast.Call) -> list[ast.expr]:
    """Return the first positional argument of a call; without positional arguments, all keyword arguments."""
    return node.args[:1] or [keyword.value for keyword in node.keywords]


def _with_package(node: ast.Call, package: list[str]) -> Iterator[str]:
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [text.partition(":")[0] for argument in arguments for text in _string_literals(argument)]
    names = [text for text in texts if not text.startswith(".")]
    for text in texts:
        if text.startswith("."):
            parts = names[0].split(".") if names else package
            level = len(text) - len(text.lstrip("."))
            yield ".".join([*parts[: max(len(parts) - level + 1, 0)], text.lstrip(".")])
    yield from names  # a conditional expression may import either name
    yield from (f"{names[0]}.{name}" for name in names[1:])  # the ``fromlist`` of __import__


def _after_option(arguments: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the literals that follow ``-m`` or ``-p`` in the arguments of a program."""
    for option, value in pairwise(arguments):
        if isinstance(option, ast.Constant) and option.value in ("-m", "-p"):
            yield from _string_literals(value)


def _string_literals(node: ast.AST) -> Iterator[str]:
    for child in walk([node]):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
