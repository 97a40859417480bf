"""Find the modules that a plugin's shipped files import, and the modules that plugins of the repository contain."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.checks.module_names import prefixes
from commonhold.projects.python_ast import parse_python
from commonhold.workspace.import_roots import all_roots, installed_stems, module_name, package_parts
from commonhold.workspace.plugin_tests import shipped_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.projects.names import Name

_FROM = re.compile(
    r"^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import[ \t]+(?:\(([^()]{0,4000})\)|([^\n#(]*))", re.MULTILINE
)
_IMPORT = re.compile(r"^[ \t]*(?:try: *)?import[ \t]+([A-Za-z_][^\n#;]*)", re.MULTILINE)
# Files that run in the environment of the plugin's developers, also where a build ships them.
_TESTS_OR_TASKS = re.compile(
    r"(^|/)(tests?/|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)|^(setup|noxfile|tasks)\.py$"
)
_MOST_CHARACTERS = 1 << 18
"""The part of a file that is searched; larger files are generated, and import modules at the top."""

_CAUGHT = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class Import:
    """An import of a module, or of a name in a module, with its line.

    ``guarded`` is true if the file works without the module: in an ``if TYPE_CHECKING`` or in a ``try`` block that
    catches ``ImportError``.
    """

    name: str
    line: int
    guarded: bool = False


@once
def shipped_python(checked: CheckedPlugin) -> Mapping[str, str]:
    """Return the contents of the plugin's Python files that are not tests or examples, by repository path."""
    plugin = checked.plugin
    start = len(plugin.path) + 1
    examples = checked.repository.workspace.config.examples
    paths = shipped_paths(plugin.path, plugin.metadata, plugin.tests, plugin.files or ())
    wanted = [
        path
        for path in paths
        if path.endswith(".py")
        and not plugin.tests.spare(path[start:], examples)
        and not _TESTS_OR_TASKS.search(path[start:])
    ]
    checked.repository.files.prefetch(wanted)
    return {path: checked.repository.text(path) or "" for path in wanted}


def quick_imports(text: str) -> Iterator[str]:
    """Yield the absolute names that a file may import, also in comments and strings; parsing takes ten times longer."""
    text = text[:_MOST_CHARACTERS]
    for match in _FROM.finditer(text):
        module = match[1]
        yield module
        names = match[2] if match[2] is not None else match[3]
        for name in names.split(","):
            word = name.split("#")[0].split()
            if word and word[0].isidentifier():
                yield f"{module}.{word[0]}"
    for match in _IMPORT.finditer(text):
        for name in match[1].split(","):
            yield from name.split()[:1]


def parsed_imports(text: str) -> tuple[Import, ...]:
    """Return the absolute imports of a file, in order; empty if the file cannot be parsed."""
    return tuple(
        sorted(_imports(parse_python(text.encode("utf-8", "surrogatepass")) or ()), key=lambda each: each.line)
    )


def _imports(body: Iterable[ast.stmt]) -> Iterator[Import]:
    todo: list[tuple[ast.AST, bool]] = [(node, False) for node in body]
    while todo:
        node, guarded = todo.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (Import(f"{node.module}.{alias.name}", node.lineno, guarded) for alias in node.names)
        for block in _BLOCKS:
            inner = getattr(node, block, ())
            if isinstance(inner, list):
                is_guarded = guarded or (block == "body" and _guards(node))
                todo += [(each, is_guarded) for each in inner]


def _guards(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return any(getattr(each, "id", getattr(each, "attr", None)) == "TYPE_CHECKING" for each in _operands(node.test))
    if isinstance(node, ast.With):
        return any(_is_suppress(item.context_expr) for item in node.items)
    if isinstance(node, ast.ExceptHandler):
        return _catches(node.type)  # a fallback
    return isinstance(node, ast.Try) and any(_catches(handler.type) for handler in node.handlers)


def _operands(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) else [test]


def _is_suppress(node: ast.expr) -> bool:
    name = getattr(getattr(node, "func", None), "id", getattr(getattr(node, "func", None), "attr", None))
    return name == "suppress" and any(map(_catches, getattr(node, "args", ())))


def _catches(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or getattr(each, "id", getattr(each, "attr", None)) in _CAUGHT for each in kinds)


@once
def own_modules(checked: CheckedPlugin) -> frozenset[str]:
    """Return the dotted names of the plugin's own modules, and of its regular packages."""
    plugin = checked.plugin
    inner = [path for path in checked.paths if path.endswith((".py", ".pyi", ".so", ".pyd", ".pyx"))]
    roots = all_roots(plugin.metadata.roots, inner)
    found: set[str] = set()
    for path in inner:
        stems = list(installed_stems(path.replace(".pyi", ".py").replace(".pyx", ".py"), roots))
        names = (module_name(stem.partition(".")[0]) for stem in stems)
        found.update(name for name in names if name)
        found.add(".".join(package_parts(path, roots)))
    return frozenset(found - {""})


@once
def module_owners(repository: CheckedRepository) -> Mapping[str, frozenset[Name]]:
    """Return the plugins that contain each module; namespaces that several plugins share belong to none of them."""
    owners: dict[str, set[Name]] = {}
    for checked in repository.plugins.values():
        for module in own_modules(checked):
            owners.setdefault(module, set()).add(checked.name)
    return {module: frozenset(names) for module, names in owners.items()}


def owners_of(repository: CheckedRepository, name: str) -> frozenset[Name]:
    """Return the plugins of the repository that can contain an imported module."""
    owners = module_owners(repository)
    return next((owners[module] for module in prefixes(name) if module in owners), frozenset())
