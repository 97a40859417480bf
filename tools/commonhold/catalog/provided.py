"""Find the parts of a wheel that users can use: its entry points and its public classes. No code is run."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from commonhold.catalog.documents import ProvidedObject
from commonhold.catalog.untrusted_text import clean_line
from commonhold.projects.document import plain_text
from commonhold.projects.python_ast import parse_python
from commonhold.release.inspect.entry_points import read_entry_points
from commonhold.workspace.import_roots import module_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLASS = "class"
"""The kind of a public class; the kind of an entry point is its group."""

MOST_PARTS = 200
"""The maximum number of parts of one wheel."""

_MOST_SOURCE_BYTES = 8 * 2**20
_LONGEST_SUMMARY = 200
_LONGEST_DOCSTRING = 2000
_DIRECTIVE = re.compile(r"\.\.(?:\s|$)|[=*~^-]{3}")
# The sections of docstrings that list parameters.
_SECTION = re.compile(r"(?:^|\s)(?:(?:Args|Arguments|Attributes|Parameters|Returns|Examples?|Note):(?:\s|$)|:param\s)")
_SENTENCE_END = re.compile(r"(?<=.{15}[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)\s+(?=[A-Z])")
_REFERENCE = re.compile(r"[\w.]{1,200}(?::[\w.]{1,200})?")
_NAME = re.compile(r"[^\s\[\]=:](?:[^\[\]=:]{0,98}[^\s\[\]=:])?")
# Modules that only the project's own tests and examples import.
_NOT_SHOWN = frozenset(("tests", "test", "testing", "conftest", "examples", "docs", "setup"))


@dataclass(frozen=True, slots=True)
class _Module:
    """The names in a module: classes and functions with their summaries, and imported names with their origins.

    ``exports`` are the names that a package exports: those in ``__all__`` or, without it, every public name.
    """

    summary: str
    exports: frozenset[str]
    classes: Mapping[str, str]
    functions: Mapping[str, str]
    imports: Mapping[str, str]


_NO_MODULES: Mapping[str, _Module] = MappingProxyType({})


def find_provided_parts(files: Mapping[str, bytes], entry_points: bytes) -> tuple[ProvidedObject, ...]:
    """Return the entry points and the public classes of a wheel.

    ``files`` are its Python files by installed path, and ``entry_points`` is the content of ``entry_points.txt``.
    """
    modules = dict(_read_modules(files))
    points = entry_point_objects(read_entry_points(entry_points), modules)
    classes = sorted(_public_classes(modules), key=lambda part: part.value)
    return (*points, *classes)[:MOST_PARTS]


def _read_modules(files: Mapping[str, bytes]) -> Iterator[tuple[str, _Module]]:
    left = _MOST_SOURCE_BYTES
    for path, source in sorted(files.items(), key=lambda file: (file[0].count("/"), file[0])):
        name = module_name(path.removesuffix(".py"))
        left -= len(source)
        if name is None or left < 0 or not _NOT_SHOWN.isdisjoint(name.split(".")):
            continue
        statements = parse_python(source)
        if statements is not None:
            yield name, _read_module(name, statements, is_package=path.endswith("__init__.py"))


def _read_module(name: str, statements: list[ast.stmt], *, is_package: bool) -> _Module:
    classes, functions, imports = {}, {}, {}
    for node in statements:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = _summary(node.body)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions[node.name] = _summary(node.body)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(name, node, is_package=is_package)
            imports.update({each.asname or each.name: f"{origin}:{each.name}" for each in node.names if origin})
    exports = _declared_names(statements) or {word for word in (*classes, *imports) if _is_public(word)}
    return _Module(_summary(statements), frozenset(exports if is_package else ()), classes, functions, imports)


def _declared_names(statements: list[ast.stmt]) -> set[str]:
    """Return the names in ``__all__``, as far as it is a literal list."""
    for node in statements:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            items = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else []
            return {str(item.value) for item in items if isinstance(item, ast.Constant)}
    return set()


def _origin(name: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """Return the module from which a statement imports names; an empty text if it is outside the top package."""
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    kept = len(parts) - node.level + is_package
    return ".".join([*parts[:kept], *([node.module] if node.module else [])]) if kept > 0 else ""


def _summary(body: list[ast.stmt]) -> str:
    """Return the first sentence of the docstring at the top of a body."""
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return _first_sentence(first.value.value)
    return ""


def _first_sentence(docstring: str) -> str:
    r"""Return the first sentence of the first paragraph that is not a directive, without markup.

    >>> _first_sentence(".. currentmodule:: acme\n\nRuns `tasks` elsewhere. In pods.\n\nMore.")
    'Runs tasks elsewhere.'
    """
    for paragraph in inspect.cleandoc(docstring[:_LONGEST_DOCSTRING].replace("\0", "")).split("\n\n"):
        text = _SECTION.split(clean_line(paragraph, _LONGEST_DOCSTRING), maxsplit=1)[0].strip()
        if text and not _DIRECTIVE.match(text):
            return clean_line(plain_text(_SENTENCE_END.split(text, maxsplit=1)[0]), _LONGEST_SUMMARY)
    return ""


def entry_point_objects(
    groups: Mapping[str, Mapping[str, str]], modules: Mapping[str, _Module] = _NO_MODULES
) -> Iterator[ProvidedObject]:
    """Yield the valid entry points of all groups; ``modules`` contain their summaries."""
    for group, points in sorted(groups.items()):
        for name, written in sorted(points.items()):
            value = "".join(written.partition("[")[0].split())  # without extras, which are obsolete
            if _REFERENCE.fullmatch(value) and _is_plain(group) and _is_plain(name):
                yield ProvidedObject(kind=group, name=name, value=value, summary=_summary_of(value, modules))


def _is_plain(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text.isprintable() and clean_line(text) == text


def _summary_of(value: str, modules: Mapping[str, _Module]) -> str:
    """Return the summary of an object, also if its module imports it from another module of the wheel."""
    name, _, attribute = value.partition(":")
    for _ in range(5):
        module = modules.get(name)
        if module is None:
            return ""
        if not attribute:
            return module.summary
        if attribute in module.classes or attribute in module.functions:
            return module.classes.get(attribute) or module.functions.get(attribute, "")
        name, _, attribute = module.imports.get(attribute, "").partition(":")
    return ""


def _public_classes(modules: Mapping[str, _Module]) -> Iterator[ProvidedObject]:
    """Yield the classes that packages export or, if no package exports a class, the classes of public modules."""
    exported: dict[str, str] = {}
    for name, module in modules.items():
        for word in module.exports if _is_public(name) else ():
            origin = f"{name}:{word}" if word in module.classes else module.imports.get(word, "")
            defined = _definition(origin, modules)
            if defined is not None:
                exported.setdefault(defined, f"{name}:{word}")  # the outermost package comes first
    exporting = {value.partition(":")[0] for value in exported.values()}
    for name, module in modules.items():
        for word, summary in module.classes.items():
            value = exported.get(f"{name}:{word}", "")
            # A package that exports some of its classes has declared its public interface.
            is_own = _is_public(name) and _is_public(word) and not any(_is_below(name, other) for other in exporting)
            if value or is_own:
                value = value or f"{name}:{word}"
                yield ProvidedObject(kind=CLASS, name=value.partition(":")[2], value=value, summary=summary)


def _definition(origin: str, modules: Mapping[str, _Module]) -> str | None:
    """Return the definition of a class that a name is imported from, as ``module:class``."""
    for _ in range(5):
        name, _, word = origin.partition(":")
        module = modules.get(name)
        if module is None:
            return None
        if word in module.classes:
            return origin
        origin = module.imports.get(word, "")
    return None


def _is_below(name: str, package: str) -> bool:
    return name.startswith(f"{package}.")


def _is_public(dotted: str) -> bool:
    return not any(part.startswith("_") for part in dotted.split("."))
