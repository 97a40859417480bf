"""Edit Python files: replace expressions with literals and leave everything else unchanged."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.projects.staged_project import ReadableProject, StagedProject

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_PLAIN = re.compile(r"""[uUrRfF]{0,2}('''|\"\"\"|'|")[^\\]*\1""", re.DOTALL)
_MAX_IMPORTS = 10  # modules that re-export a name from one another


class PythonSource:
    """A Python file of a project. The constructor raises ``StampError`` if this interpreter cannot parse the file."""

    def __init__(self, project: ReadableProject, file: str, data: bytes) -> None:
        self.file = file
        try:
            self._encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            # Positions in a syntax tree count UTF-8 bytes, regardless of the file's encoding.
            text = data.decode(self._encoding)
            self.module = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise StampError(
                f"{project.shown(file)} cannot be parsed as Python: {error}", hint="Correct that line."
            ) from error
        self._lines = [line.encode() for line in _LINE.findall(text)]

    def replace(self, edits: Mapping[ast.expr, str]) -> bytes:
        """Return the file with expressions replaced by string literals; the expressions must not be nested."""
        # Later edits first, so that the positions of earlier expressions stay valid.
        starts = [0]
        for line in self._lines:
            starts.append(starts[-1] + len(line))
        whole = b"".join(self._lines)
        for node, value in sorted(edits.items(), key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            whole = whole[:start] + _literal(whole[start:end].decode(), value).encode() + whole[end:]
        return whole.decode().encode(self._encoding)

    def texts(self) -> Iterator[ast.Constant]:
        """Yield all string literals, except parts of f-strings."""
        for node in self.expressions(ast.Constant):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node

    def expressions(self, *kinds: type[ast.expr]) -> Iterator[ast.expr]:
        """Yield all expressions of these kinds, except inside f-strings."""
        todo: list[ast.AST] = [self.module]
        for node in todo:
            if isinstance(node, kinds):
                yield node
            # Before Python 3.12 the positions inside an f-string are wrong.
            if not isinstance(node, ast.JoinedStr):
                todo += ast.iter_child_nodes(node)

    def value_of(self, name: str) -> ast.expr | None:
        """Return the first value assigned to a name at module level; tools read this value without running the file."""
        for statement in self.module.body:
            if isinstance(statement, ast.Assign):
                targets = statement.targets
            elif isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            else:
                continue
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return statement.value
        return None

    def imported_from(self, name: str) -> tuple[str, str] | None:
        """Return the module that a name is imported from, with its leading dots, and the name that it has there."""
        for statement in self.module.body:
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if name == (alias.asname or alias.name):
                        return "." * statement.level + (statement.module or ""), alias.name
        return None


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal in a file."""

    source: PythonSource
    node: ast.Constant

    def write(self, project: StagedProject, value: str) -> None:
        """Replace the literal and write the file."""
        project.write(self.source.file, self.source.replace({self.node: value}))


def find_literal(project: ReadableProject, file: str, name: str, roots: tuple[str, ...] = ("",)) -> Literal:
    """Find the literal value of a module variable, in this file or in the file that imports take the variable from.

    Absolute imports are looked up below ``roots``. Raises ``StampError``, which names the file that lacks the literal.
    """
    for _ in range(_MAX_IMPORTS):
        data = project.read(file)
        if data is None:
            raise StampError(
                f"{project.shown(file)}, which contains the version of {project.name}, is not in the commit",
                hint="Write the version in pyproject.toml, or in a file of the project.",
            )
        source = PythonSource(project, file, data)
        value = source.value_of(name)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return Literal(source, value)
        # __version__ = VERSION
        if isinstance(value, ast.Name) and value.id != name:
            name = value.id
            continue
        # from ._version import __version__
        imported = source.imported_from(name) if value is None else None
        following = imported and module_file(project, _absolute(file, imported[0]), roots)
        if imported is None or following is None:
            break
        file, name = following, imported[1]
    raise StampError(
        f"{project.shown(file)} does not assign a string literal to {name}, the version of {project.name}",
        hint=f'Write {name} = "0.0.0" there.',
    )


def module_file(project: ReadableProject, module: str, roots: tuple[str, ...] = ("",)) -> str | None:
    """Return the file of a module: find a dotted name below ``roots``, and a path below the project's folder."""
    path = module if "/" in module else module.replace(".", "/")
    for root in roots if "/" not in module else ("",):
        start = f"{root}/{path}" if root else path
        for file in (f"{start}/__init__.py", f"{start}.py"):
            if project.read(file.lstrip("/")) is not None:
                return file.lstrip("/")
    return None


def _absolute(file: str, module: str) -> str:
    """Return a relative module as a path with slashes, and an absolute module unchanged."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    if not level:
        return module
    folder = file.split("/")[:-level]
    return "/" + "/".join([*folder, *name.split(".")] if name else folder)


def _literal(before: str, value: str) -> str:
    """Return a string literal with the quotes of the previous literal, if they can quote the value."""
    match = _PLAIN.fullmatch(before)
    quotes = match[1] if match else '"'
    for quote in (quotes, '"', "'"):
        if quote[0] not in value and "\\" not in value and (len(quote) == 3 or value.isprintable()):
            return f"{quote}{value}{quote}"
    return repr(value)
