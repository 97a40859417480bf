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
from commonhold.workspace.scan.fixed_texts import contains_any, find
from commonhold.workspace.scan.import_calls import ImportCalls, has_option, has_other_name
from commonhold.workspace.scan.import_text import ImportedNames, ImportPlace, NotPythonError, dotted_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold.workspace.modules import Modules, PythonFile

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
_CALLS_WITH_PACKAGE = (b"import_module", b"__import__", b"find_spec", b"resolve_name")
_CALLS_WITH_NAMES = (*_CALLS_WITH_PACKAGE, b"import_string", b"importorskip")
# These patterns, and the other plain ones, are compiled at their first use, because most repositories need none.
# Calls that look up an installed distribution by name, in files that import a module for it.
_BY_DISTRIBUTION = (
    rb"\b(?:version|distribution|metadata|requires|files|get_distribution|require|entry_points)"
    rb"\s*\(\s*(?:\w+\s*=\s*)?['\"]"
    rb"|\b(?:version|distribution|requires|get_distribution|require)\s+as\b"  # another name for the call
)
_METADATA = (b"importlib.metadata", b"importlib_metadata", b"import metadata", b"pkg_resources")
_SEARCH_PATH = (b"sys.path", b"syspath_prepend", b"addsitedir")
_ADJACENT = rb"\(\s*[a-zA-Z]{0,2}(['\"])[\w.]*\1[\s\\]+[a-zA-Z]{0,2}['\"]"
_LAST_PART = rb"[\s/'\"]([^\s/'\"]+)(?=(?:/\.?)*['\"])"
_MAX_PATTERNS = 16  # re is fast for a pattern with a literal prefix, and one pattern is faster than many


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
        self._mentions_of_others: dict[str, list[tuple[bytes, re.Pattern[bytes]]]] = {}

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
        undecided: list[tuple[tuple[int, int] | None, set[tuple[str, str]]]] = []
        known: list[bool] = []

        def by_call() -> bool:
            if not known:  # most files need no answer
                known.append(contains_any(data, _BY_CALL) or has_option(data))
            return known[0]

        try:
            for dotted, is_certain, place in self._find_mentions(source, data, by_call=by_call):
                others = set(self._other_owners(dotted, source))
                if is_certain:
                    found |= others
                elif others:
                    undecided.append((place, others))
        except NotPythonError:
            return self.all_of_others(source.owner)
        uncertain = self._decide(undecided, found, source, data) if undecided else set()
        # Calls with several arguments can only be resolved with the syntax tree.
        if uncertain or _has_call_that_needs_parsing(data):
            # The parser is imported late because it is slow to import and few files need it.
            from commonhold.workspace.scan.import_ast import imported_names

            package = self._modules.package_of(source)
            names = imported_names(data, package, by_call=by_call())
            found = found | uncertain if names is None else set(self._other_owners(names, source))
        found.update(self._other_owners(iter(self._entry_points(source, data)), source))
        return frozenset(found.union(self._named_in_calls(source, data)))

    def _decide(
        self,
        undecided: list[tuple[tuple[int, int] | None, set[tuple[str, str]]]],
        found: set[tuple[str, str]],
        source: PythonFile,
        data: bytes,
    ) -> set[tuple[str, str]]:
        """Add to ``found`` what mentions at the given places import; return what only the syntax tree can decide.

        Deciding takes long, and most modules that a file quotes are modules that it imports anyway.
        """
        uncertain: set[tuple[str, str]] = set()
        calls = ImportCalls(data)
        for place, others in undecided:
            if others <= found:
                continue
            is_import = None if place is None else calls.is_import(*place)
            if is_import or (is_import is None and not self._matter(others, source)):
                found |= others
            elif is_import is None:
                uncertain |= others
        return uncertain - found

    def _matter(self, others: set[tuple[str, str]], source: PythonFile) -> bool:
        """Return whether a file must be parsed to determine which of the found modules it imports.

        An import from one file outside all plugins, such as the core's tests, into another does not select a plugin by
        itself.
        """
        return any(owner for owner, _ in others) if not self._modules.contain(source.owner) else bool(others)

    def _named_in_calls(self, source: PythonFile, data: bytes) -> Iterator[tuple[str, str]]:
        """Yield the distributions that a file looks up by name, and the folders that it adds to the search path."""
        if contains_any(data, _METADATA) and re.search(_BY_DISTRIBUTION, data):
            from commonhold.workspace.scan.import_ast import named_distributions

            yield from ((BY_NAME, normalize(name)) for name in named_distributions(data))
        if contains_any(data, _SEARCH_PATH) and self._modules.may_end_folders(re.findall(_LAST_PART, data)):
            from commonhold.workspace.scan.import_ast import searched_folders

            for folder in searched_folders(data):
                yield from self._modules.folders_ending_with(folder, source.owner)

    def _named_in_text(self, source: PythonFile, data: bytes) -> frozenset[tuple[str, str]]:
        """Return the modules of entry points, those that pytest's settings load, and those that a command runs."""
        modules = self._entry_points(source, data)
        if b"-p" in data and source.path.rpartition("/")[2] in SETTINGS_FILES:
            modules += loaded_plugins(source.path, data)
        if source.owner and has_option(data):
            from commonhold.workspace.scan.mention_text import run_modules, unread_part

            modules += run_modules(unread_part(source.path, data))
        return frozenset(self._other_owners(iter(modules), source)) if modules else frozenset()

    def _entry_points(self, source: PythonFile, data: bytes) -> list[str]:
        if source.path_in_plugin not in PROJECT_FILES or not contains_any(data, _ENTRY_POINTS):
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
    ) -> Iterator[tuple[Iterator[str], bool, tuple[int, int] | None]]:
        """Yield, for each mention, the names that it may import, whether it is certainly an import, and its place.

        The place is ``None`` if the code around it does not decide whether it is an import.
        """
        names = ImportedNames(data)
        for start, pattern in self._mentions_in(source.owner):
            place = None
            for match in _matches(data, start, pattern):
                if match[1] not in self._roots or self._is_private(match[0], source.owner):
                    continue
                place = place or ImportPlace(data)
                place.move(match.start())
                if place.begins_import:
                    yield names.after(dotted_name(match[0]), match.end()), True, None
                elif place.may_be_imported(by_call=by_call):
                    yield names.after(dotted_name(match[0]), match.end()), False, match.span()
        yield from self._find_relative(source, data, names)

    def _find_relative(
        self, source: PythonFile, data: bytes, names: ImportedNames
    ) -> Iterator[tuple[Iterator[str], bool, None]]:
        matches = [*_RELATIVE.finditer(data)]
        if not matches:
            return
        least, place = self._least_level(source), ImportPlace(data)
        for match in matches:
            level = match[1].count(b".")
            if level >= least:
                place.move(match.start())
                dotted = resolve_relative(self._modules.package_of(source), level, dotted_name(match[2]))
                yield names.after(dotted, match.end()), place.begins_statement and place.is_code, None

    def _mentions_in(self, owner: str) -> list[tuple[bytes, re.Pattern[bytes]]]:
        """Return the patterns of names that other plugins define too."""
        known = self._mentions_of_others.get(owner)
        if known is None:
            several = len(self._mentions) > 1
            known = [each for each in self._mentions if not (several and self._is_private(each[0], owner))]
            self._mentions_of_others[owner] = known
        return known

    def _least_level(self, source: PythonFile) -> int:
        """Return the least number of dots with which a relative import in a file may leave its plugin's modules."""
        package = self._modules.package_of(source)
        level = 1
        while package and self._is_private(".".join(package).encode("utf-8", "surrogateescape"), source.owner):
            package.pop()
            level += 1
        return level

    def _is_private(self, text: bytes, owner: str) -> bool:
        """Return whether only ``owner`` defines the mentioned module; results are cached, because names recur."""
        known = self._private.get((text, owner))
        if known is None:
            known = self._private[text, owner] = self._modules.is_private(dotted_name(text), owner)
        return known

    def _other_owners(self, dotted: Iterator[str], source: PythonFile) -> Iterator[tuple[str, str]]:
        for name in dotted:
            for found in self._modules.owners(name, source.owner):
                if found[0] != source.owner or not found[0]:
                    yield found


def _matches(data: bytes, start: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield the matches of a pattern that begins with ``start``, like ``finditer``, but search for ``start`` faster."""
    if not start:
        yield from pattern.finditer(data)
        return
    at = find(data, start)
    while at >= 0:
        match = pattern.match(data, at)
        if match is not None:
            yield match
        at = find(data, start, at + 1 if match is None else match.end())


def _common_start(one: bytes, other: bytes) -> bytes:
    length = 0
    while one[: length + 1] == other[: length + 1] and length < len(one):
        length += 1
    return one[:length]


def _has_call_that_needs_parsing(data: bytes) -> bool:
    """Return whether an import call may name a module in several adjacent literals, so that the file must be parsed."""
    if not contains_any(data, _CALLS_WITH_NAMES):
        return False
    return _has_call_with_package(data) or re.search(_ADJACENT, data) is not None or has_other_name(data)


def _has_call_with_package(data: bytes) -> bool:
    """Return whether the meaning of one argument of an import call may depend on another argument."""
    opening = re.compile(rb"\s*\(")
    for name in _CALLS_WITH_PACKAGE:
        at = find(data, name)
        while at >= 0:
            after = at + len(name)
            match = opening.match(data, after)
            if match is not None:
                after = data.find(b")", match.end())
                arguments = data[match.end() : after]
                if after < 0 or b"," in arguments or b"'." in arguments or b'".' in arguments:
                    return True
            at = find(data, name, after)  # a call in these arguments has none of these characters either
    return False
