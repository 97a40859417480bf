"""Write the version into the literal from which ``setup()`` gets its version.

The literal is found by trial. The file is evaluated as it is to read its metadata; a literal is the right one if
``setup()`` is called with the new version after the literal is replaced. So the literal may be anywhere: in the call,
in a variable, or in a file that is executed or read.
"""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.projects import scm
from commonhold.projects.python_source import PythonSource, find_literal, module_file
from commonhold.projects.setup_py import FILE, MAX_EDITS, SetupCalls
from commonhold.projects.staged_project import StampError
from commonhold.projects.static_eval import UNKNOWN, is_known
from commonhold.projects.static_eval.values import Dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument

_ELSEWHERE = ("use_scm_version", "pbr")
_NAMES = ("__version__", "VERSION", "version", "__VERSION__", "_version")


class SetupPyVersion:
    """The ``setup.py`` of a staged project; see :meth:`read`."""

    def __init__(self, project: StagedProject, data: bytes) -> None:
        self._project = project
        self._source = PythonSource(project, FILE, data)
        self._calls = SetupCalls(project, {})

    @classmethod
    def read(cls, project: StagedProject) -> SetupPyVersion | None:
        """Read ``setup.py``, if it exists. Raises ``StampError`` if this interpreter cannot parse the file."""
        data = project.read(FILE)
        return None if data is None else cls(project, data)

    @property
    def has_version(self) -> bool:
        """Return whether ``setup.py`` rather than ``setup.cfg`` contains the version; true if this is unknown."""
        keys = {key for keywords in self._calls.keywords for key in keywords}
        return bool(keys & {"version", *_ELSEWHERE} or UNKNOWN in keys)

    def stamp_version(self, document: TomlDocument) -> dict[str, str]:
        """Edit the file that contains the version, or return the variables that override a version from git."""
        keys = {key for keywords in self._calls.keywords for key in keywords}
        if "use_scm_version" in keys:
            return scm.pretend(self._project, document)
        if "pbr" in keys:
            return scm.pretend_to_pbr(self._project, document)
        edits = self._find_version()
        for file, data in edits.items():
            self._project.write(file, data)
        return {}

    def _find_version(self) -> dict[str, bytes]:
        if self._is_stamped({}):
            return {}
        # Try the most likely edits first, and the most invasive last; keep an edit only if setup() then gets the
        # version.
        tries = itertools.chain(self._literals(), self._environment(), self._expressions())
        for edits in itertools.islice(tries, MAX_EDITS):
            if self._is_stamped(edits):
                return edits
        # Evaluation cannot verify these two edits, because it does not follow the import and the search.
        found = self._imported() or self._only_assigned()
        if found is not None:
            return found
        files = [FILE, *(file for file in self._calls.opened if file.endswith(".py"))]
        raise StampError(
            f"{self._project.shown(FILE)} calls setup() with a version that is not a literal in {' or '.join(files)}",
            hint='Write version="0.0.0" there, or add project.version to pyproject.toml.',
        )

    def _is_stamped(self, edits: Mapping[str, bytes]) -> bool:
        versions = SetupCalls(self._project, edits).versions() if edits else self._calls.versions()
        return bool(versions) and all(_normalized(version) == self._project.version for version in versions)

    def _literals(self) -> Iterator[dict[str, bytes]]:
        """Yield an edit for each text that equals the current version, in ``setup.py`` and in files that it opens."""
        current = {_normalized(version) for version in self._calls.versions()} - {None}
        everywhere: dict[ast.expr, str] = {}
        for node in self._source.texts():
            if _normalized(node.value) in current:
                everywhere[node] = self._project.version
                yield {FILE: self._source.replace({node: self._project.version})}
        for file in self._calls.opened if current else ():
            yield from _edits_of(self._project, file, current)
        # Two branches may each contain the literal and call setup().
        if len(everywhere) > 1:
            yield {FILE: self._source.replace(everywhere)}

    def _environment(self) -> Iterator[dict[str, bytes]]:
        """Yield edits that replace an expression which reads the version from an environment variable."""
        opened = ((file, self._project.read(file)) for file in self._calls.opened if file.endswith(".py"))
        sources = (PythonSource(self._project, file, data) for file, data in opened if data is not None)
        for source in (self._source, *sources):
            for node in source.expressions(ast.IfExp, ast.BoolOp, ast.Call, ast.Subscript):
                words = {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
                if words & {"environ", "getenv"}:
                    yield {source.file: source.replace({node: self._project.version})}

    def _expressions(self) -> Iterator[dict[str, bytes]]:
        """Yield edits that replace the whole version expression, if it is computed only from literals."""
        # A version that mentions a module's variable is defined there, and users may import it from there.
        known = all(_normalized(version) for version in self._calls.versions())
        if not known or any(map(self._mentions, _NAMES)):
            return
        for node in self._source.expressions(ast.Call):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                if keyword.arg == "version":
                    yield {FILE: self._source.replace({keyword.value: self._project.version})}

    def _mentions(self, name: str) -> bool:
        """Return whether an opened file assigns the name: then the version comes from that file."""
        return any(_variable(self._project, file, name) is not None for file in self._calls.opened)

    def _imported(self) -> dict[str, bytes] | None:
        """Return the edit for ``from package import __version__``: it replaces the literal in the package."""
        for version in self._calls.versions():
            module, _, name = version.name.rpartition(".") if isinstance(version, Dotted) else ("", "", "")
            roots = ("", "src")
            file = module_file(self._project, module, roots) if module else None
            if file is not None:
                literal = find_literal(self._project, file, name, roots)
                return {literal.source.file: literal.source.replace({literal.node: self._project.version})}
        return None

    def _only_assigned(self) -> dict[str, bytes] | None:
        """Return the edit for the only opened file that assigns a version variable; ``None`` for several such files.

        In this case, ``setup.py`` searches the file with a regular expression, which is not evaluated. If the variable
        is the wrong one, the build has the wrong version, and its inspection fails.
        """
        found = [
            (source, node)
            for file in self._calls.opened
            for name in _NAMES
            if (variable := _variable(self._project, file, name)) is not None
            for source, node in [variable]
        ]
        if len(found) != 1:
            return None
        source, node = found[0]
        return {source.file: source.replace({node: self._project.version})}


def _edits_of(project: StagedProject, file: str, current: set[str | None]) -> Iterator[dict[str, bytes]]:
    data = project.read(file)
    if data is None:
        return
    if not file.endswith(".py"):
        text = data.decode("utf-8", "surrogateescape")
        # Handles files such as VERSION, which contain only the version.
        if _normalized(text) in current:
            yield {file: text.replace(text.strip(), project.version, 1).encode("utf-8", "surrogateescape")}
        return
    source = PythonSource(project, file, data)
    for text_node in source.texts():
        if _normalized(text_node.value) in current:
            yield {file: source.replace({text_node: project.version})}


def _variable(project: StagedProject, file: str, name: str) -> tuple[PythonSource, ast.Constant] | None:
    data = project.read(file) if file.endswith(".py") else None
    if data is None:
        return None
    source = PythonSource(project, file, data)
    value = source.value_of(name)
    return (source, value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _normalized(value: object) -> str | None:
    """Return a version in PEP 440's normalized form; ``None`` if the value is unknown or not a version."""
    if not isinstance(value, str) or not is_known(value):
        return None
    try:
        return str(Version(value))
    except ValueError:  # also raised for a number with more digits than int() accepts
        return None
