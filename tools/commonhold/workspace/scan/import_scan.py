"""Find the plugins that a Python file imports, even if no metadata declares the dependency.

Files are first searched as bytes. A file is parsed only if it mentions another plugin's module, to distinguish imports
from comments. A file that cannot be parsed is assumed to import every module that it mentions.

Authors choose the content of these files, so the work on each file is proportional to its size.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.projects.paths import PROJECT_FILES
from commonhold.projects.pytest_settings import SETTINGS_FILES, loaded_plugins
from commonhold.workspace.cache import BY_NAME
from commonhold.workspace.modules import resolve_relative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold.workspace.modules import Modules, PythonFile

_NAMES = re.compile(rb"[\s\\]*import[\s\\]*(?:\(((?:[^)#]|#[^\n]*)*)|((?:[^\n;#\\]|\\\n)*))")
_COMMENT = re.compile(rb"#[^\n]*|\\")
_SPACE = re.compile(rb"[\s\\]+")
_WORD = rb"[\w\x80-\xff]"
_END = rb"(?!" + _WORD + rb")"
_REST = rb"(?:[\s\\]*\.[\s\\]*" + _WORD + rb"+)*"
_RELATIVE = re.compile(rb"from[\s\\]*(\.[.\s\\]*)((?:(?!import\b)" + _WORD + rb"+" + _REST + rb")?)")
_BY_CALL = (
    *(b"import_module", b"__import__", b"importorskip", b"pytest_plugins", b"find_spec", b"_loader", b"run_module"),
    *(b"resolve_name", b"import_string", b"patch", b"setattr", b"delattr", b"files", b"_data", b"_text", b"_binary"),
    *(b"contents", b"is_resource", b"resource_"),
)
_ENTRY_POINTS = (b"entry", b"scripts", b"plugins")
_OPTION = rb"[\s'\"]-[mp]"
# These patterns, and the other plain ones, are compiled at their first use, because most repositories need none.
# Calls that look up an installed distribution by name, in files that import a module for it.
_BY_DISTRIBUTION = (
    rb"\b(?:version|distribution|metadata|requires|files|get_distribution|require|entry_points)"
    rb"\s*\(\s*(?:\w+\s*=\s*)?['\"]"
)
_METADATA = (b"importlib.metadata", b"importlib_metadata", b"import metadata", b"pkg_resources")
_ADJACENT = rb"\(\s*[a-zA-Z]{0,2}(['\"])[\w.]*\1[\s\\]+[a-zA-Z]{0,2}['\"]"
_LAST_PART = rb"([^\s/'\"]+)(?:/\.?)*['\"]"
_CALL = rb"(?:import_module|__import__|find_spec|resolve_name)\s*\("
_KEYWORD = re.compile(rb"\s*(from|import)\s*")
_MAX_PATTERNS = 16  # re is fast for a pattern with a literal prefix, and one pattern is faster than many

# The names after "import" are searched once for each statement; only text that is not Python needs more than this.
_MOST_WORK = 16


class _TooMuchWorkError(Exception):
    """The file is not Python, and searching it would take too long."""


class ImportFinder:
    """A finder of imports between plugins, given the modules that each plugin defines."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._private: dict[tuple[bytes, str], bool] = {}
        self._all_of_others: dict[str, frozenset[tuple[str, str]]] = {}
        self._roots = frozenset(root.encode("utf-8", "surrogateescape") for root in modules.roots)
        if len(self._roots) <= _MAX_PATTERNS:
            each = [(root, b"(" + re.escape(root) + b")" + _END) for root in sorted(self._roots)]
        else:
            # An alternative for each name would be tried at each position.
            start = _common_start(min(self._roots), max(self._roots))
            each = [(start, b"(" + re.escape(start) + _WORD + (b"*" if start else b"+") + b")")]
        self._mentions = [(start, re.compile(pattern + _REST)) for start, pattern in each]

    def targets(self, source: PythonFile, data: bytes) -> frozenset[tuple[str, str]]:
        """Return the other plugins that a file imports, each with the imported module.

        For a file outside all plugins, the module is the path of the file after a slash, and the plugin is ``""``. For
        a distribution that a file looks up by name, the plugin is ``BY_NAME``.
        """
        if not source.path.endswith((".py", ".pyi")):
            return self._named_in_text(source, data)
        if b"\r" in data:  # Python accepts all three kinds of line ending
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found: set[tuple[str, str]] = set()
        certain = True
        known: list[bool] = []

        def by_call() -> bool:
            if not known:  # most files need no answer
                known.append(any(call in data for call in _BY_CALL) or re.search(_OPTION, data) is not None)
            return known[0]

        try:
            for dotted, is_certain in self._find_mentions(source, data, by_call=by_call):
                others = set(self._other_owners(dotted, source))
                found |= others
                certain = certain and (is_certain or not self._matter(others, source))
        except _TooMuchWorkError:
            return self.all_of_others(source.owner)
        # Calls with several arguments can only be resolved with the syntax tree.
        if not certain or _has_call_that_needs_parsing(data):
            # The parser is imported late because it is slow to import and few files need it.
            from commonhold.workspace.scan.import_ast import imported_names

            package = self._modules.package_of(source)
            names = imported_names(data, package, by_call=by_call())
            found = found if names is None else set(self._other_owners(names, source))
        found.update(self._other_owners(iter(self._entry_points(source, data)), source))
        return frozenset(found.union(self._named_in_calls(source, data)))

    def _matter(self, others: set[tuple[str, str]], source: PythonFile) -> bool:
        """Return whether a file must be parsed to determine which of the found modules it imports.

        An import from one file outside all plugins, such as the core's tests, into another does not select a plugin by
        itself.
        """
        return any(owner for owner, _ in others) if not self._modules.contain(source.owner) else bool(others)

    def _named_in_calls(self, source: PythonFile, data: bytes) -> Iterator[tuple[str, str]]:
        """Yield the distributions that a file looks up by name, and the folders that it adds to the search path."""
        may_name = b"metadata" in data or b"pkg_resources" in data
        if may_name and any(word in data for word in _METADATA) and re.search(_BY_DISTRIBUTION, data):
            from commonhold.workspace.scan.import_ast import named_distributions

            yield from ((BY_NAME, normalize(name)) for name in named_distributions(data))
        may_add = b"sys.path" in data or b"syspath_prepend" in data or b"addsitedir" in data
        if may_add and self._modules.may_end_folders(re.findall(_LAST_PART, data)):
            from commonhold.workspace.scan.import_ast import searched_folders

            for folder in searched_folders(data):
                yield from self._modules.folders_ending_with(folder, source.owner)

    def _named_in_text(self, source: PythonFile, data: bytes) -> frozenset[tuple[str, str]]:
        """Return the modules of entry points, those that pytest's settings load, and those that a command runs."""
        modules = self._entry_points(source, data)
        if b"-p" in data and source.path.rpartition("/")[2] in SETTINGS_FILES:
            modules += loaded_plugins(source.path, data)
        if source.owner and (b"-m" in data or b"-p" in data):
            from commonhold.workspace.scan.mention_text import run_modules, unread_part

            modules += run_modules(unread_part(source.path, data))
        return frozenset(self._other_owners(iter(modules), source)) if modules else frozenset()

    def _entry_points(self, source: PythonFile, data: bytes) -> list[str]:
        if source.path_in_plugin not in PROJECT_FILES or not any(word in data for word in _ENTRY_POINTS):
            return []
        from commonhold.workspace.scan.mention_text import entry_point_modules

        return list(entry_point_modules(source.path, data))

    def all_of_others(self, owner: str) -> frozenset[tuple[str, str]]:
        """Return every module of all other plugins, because a file that cannot be searched may import any of them."""
        if owner not in self._all_of_others:
            self._all_of_others[owner] = frozenset(self._modules.all_of_others(owner))
        return self._all_of_others[owner]

    def _find_mentions(
        self, source: PythonFile, data: bytes, *, by_call: Callable[[], bool]
    ) -> Iterator[tuple[Iterator[str], bool]]:
        """Yield, for each mention, the names that it may import, and whether it is certainly an import."""
        names = _ImportedNames(data)
        for start, pattern in self._mentions:
            place = _Place(data)
            for match in pattern.finditer(data) if start in data else ():
                if match[1] not in self._roots or self._is_private(match[0], source.owner):
                    continue
                place.move(match.start())
                if place.begins_import or place.may_be_imported(by_call=by_call):
                    yield names.after(_dotted(match[0]), match.end()), place.begins_import
        place = _Place(data)
        for match in _RELATIVE.finditer(data):
            place.move(match.start())
            dotted = resolve_relative(self._modules.package_of(source), match[1].count(b"."), _dotted(match[2]))
            yield names.after(dotted, match.end()), place.begins_statement and place.is_code

    def _is_private(self, text: bytes, owner: str) -> bool:
        """Return whether only ``owner`` defines the mentioned module; results are cached, because names recur."""
        known = self._private.get((text, owner))
        if known is None:
            known = self._private[text, owner] = self._modules.is_private(_dotted(text), owner)
        return known

    def _other_owners(self, dotted: Iterator[str], source: PythonFile) -> Iterator[tuple[str, str]]:
        for name in dotted:
            for found in self._modules.owners(name, source.owner):
                if found[0] != source.owner or not found[0]:
                    yield found


def _common_start(one: bytes, other: bytes) -> bytes:
    length = 0
    while one[: length + 1] == other[: length + 1] and length < len(one):
        length += 1
    return one[:length]


def _has_call_that_needs_parsing(data: bytes) -> bool:
    """Return whether an import call may name a module in several adjacent literals, so that the file must be parsed."""
    may_call = b"import_" in data or b"importorskip" in data or b"find_spec" in data or b"resolve_name" in data
    return may_call and (_has_call_with_package(data) or re.search(_ADJACENT, data) is not None)


def _dotted(text: bytes) -> str:
    return _SPACE.sub(b"", text).decode("utf-8", "replace")


class _ImportedNames:
    """The names that statements import, searched with a limit on the total work."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _MOST_WORK * len(data)

    def after(self, module: str, end: int) -> Iterator[str]:
        """Return the module whose name ends at ``end``, then each name after ``import``, which may be a submodule.

        Raises ``_TooMuchWorkError``.
        """
        names = _NAMES.match(self._data, end)
        if names is None:
            return iter((module,))
        text = names[1] or names[2] or b""
        self._left -= len(text) + len(module) * text.count(b",")
        if self._left < 0:
            raise _TooMuchWorkError
        words = (part.split(None, 1) for part in _COMMENT.sub(b" ", text).split(b","))
        return iter([module, *(f"{module}.{word[0].decode('utf-8', 'replace')}" for word in words if word)])


class _Place:
    """A position in a file that moves forward to each mention; a move reads only text after the previous mention."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._line = 0
        self._statement = -1  # before the first move
        self._keyword: re.Match[bytes] | None = None
        self._has_import = False
        self._quotes = [0, 0]
        self._gap = b""
        self.begins_statement = True

    def move(self, start: int) -> None:
        """Move forward to the start of a word."""
        data, before = self._data, self._at
        self._line = max(self._line, data.rfind(b"\n", before, start) + 1)
        statement = max(self._statement, self._line, data.rfind(b";", before, start) + 1)
        if statement != self._statement:
            self._statement, self._has_import = statement, False
            self._keyword = _KEYWORD.match(data, statement)
        first = max(statement, before)
        self._gap = data[first:start].rstrip()
        self.begins_statement = first == statement and not self._gap
        # The previous word may have begun in the middle of "import".
        self._has_import = self._has_import or data.find(b"import", max(statement, before - 5), start) >= 0
        for index, quotes in enumerate((b'"""', b"'''")):
            self._quotes[index] += data.count(quotes, before, start)
        self._at = start

    @property
    def is_code(self) -> bool:
        """Return whether the position is outside triple-quoted strings; a wrong ``True`` only adds an edge."""
        return not any(count % 2 for count in self._quotes)

    @property
    def begins_import(self) -> bool:
        """Return whether only ``from`` or ``import`` precedes the position in its statement."""
        return self._keyword is not None and self._keyword.end() == self._at and self.is_code

    def may_be_imported(self, *, by_call: Callable[[], bool]) -> bool:
        """Return whether the word at the position may be an imported module or a quoted module name."""
        if self._gap.endswith(b"from"):
            return True
        if self._gap.endswith((b"'", b'"', b"-m", b"-p")) and by_call():
            return True
        if self._gap.endswith(b",") and b"pytest_plugins" in self._data:
            return True
        # The names after ``from x import`` are attributes, unless the line continues the previous one.
        is_from = self._keyword is not None and self._keyword[1] == b"from"
        return self._data.endswith(b"\\\n", 0, self._line) or (self._has_import and not is_from)


def _has_call_with_package(data: bytes) -> bool:
    """Return whether the meaning of one argument of an import call may depend on another argument."""
    pattern = re.compile(_CALL)
    match = pattern.search(data)
    while match is not None:
        end = data.find(b")", match.end())
        arguments = data[match.end() : end]
        if end < 0 or b"," in arguments or b"'." in arguments or b'".' in arguments:
            return True
        match = pattern.search(data, end)  # a call in these arguments has none of these characters either
    return False
