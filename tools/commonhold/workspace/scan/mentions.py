"""Find mentions: names, modules and paths of other plugins in files that the library does not parse.

Files are first searched as bytes, and only a file that seems to mention another plugin is parsed.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.projects.paths import from_url
from commonhold.projects.python_ast import parse_python
from commonhold.workspace.cache import NOT_SEARCHED
from commonhold.workspace.plugin_discovery import Owners
from commonhold.workspace.scan.code_around import code_around
from commonhold.workspace.scan.fixed_texts import contains_any, find, places
from commonhold.workspace.scan.mention_text import imported_words, python_constants, text_words, unread_part
from commonhold.workspace.scan.needed_texts import RELATIVE_STARTS, NeededTexts
from commonhold.workspace.scan.open_quotes import QuotesBefore
from commonhold.workspace.scan.path_expressions import computed_paths

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import TypeAlias

    from commonhold.workspace.cache import Mentions
    from commonhold.workspace.modules import Modules, PythonFile

    Target: TypeAlias = "tuple[str, str]"

MAX_SIZE = 1 << 20
"""The size in bytes above which a file is not searched."""

_MAX_WORD = 200
_LONGEST_PATH = 4096  # operating systems open no longer paths
_FILE_TYPES = frozenset(
    {"cfg", "csv", "html", "ini", "ipynb", "json", "lock", "log", "md", "py", "pyi", "rst", "sh", "sql", "toml", "txt"}
    | {"xml", "yaml", "yml"}
)
_WITH_IMPORTS = (".ipynb", ".pyx", ".pxd")
_OWN_PATH = (b"__file__", b"cwd(")
_QUOTES = (b'"', b"'")
_TOKEN_TEXT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
_TOKEN_CHARACTERS = frozenset(bytes([code]) for code in _TOKEN_TEXT)
_TOKEN = re.compile(rb"[A-Za-z0-9._-]{1,200}")
_WORD_CHARACTERS = _TOKEN_CHARACTERS - {b".", b"-"}
_DELIMITERS = b" \t\r\n\f\v\"'`,;()[]<>|="
_AS_SPACES = bytes.maketrans(_DELIMITERS, b" " * len(_DELIMITERS))
# Patterns as strings, which functions of `re` compile at the first use, because most files do not need them.
_WORD = r"[A-Za-z0-9._-]+"
_NAME = r"[A-Za-z0-9]+[._-][A-Za-z0-9._-]+"
_NEXT_STRING = rb"[\"']\s*[rRuUfF]{0,2}[\"']([A-Za-z0-9._-]+)"
_VARIABLE = r"^(?:\$\{?\w+\}?|\{(?!root\b)[\w:]+\}|%\w+%)?/(?=\.\./)"
_QUOTED_PART = rb"[\"']/?([\w.-]+)(?=[\"'/])"


class MentionFinder:
    """A finder of mentions, given the names, folders and modules of all plugins, including deleted ones.

    ``names`` are pairs of a folder and a distribution name that its project may have. ``root`` is the workspace's
    folder, which contains all ``folders``. The target of a mention is a pair: an empty text and a distribution name, or
    a plugin's folder and either one of its modules or a path that starts with a slash.
    """

    def __init__(
        self, names: Iterable[tuple[str, str]], folders: Collection[str], modules: Modules, root: str = ""
    ) -> None:
        # A name without a separator is an ordinary word in most texts.
        self._names: dict[str, set[str]] = {}
        for folder, name in names:
            if "-" in name:
                self._names.setdefault(name, set()).add(folder)
        self._modules = modules
        self._owners = Owners(folders)
        self._root = root
        start = len(root) + 1 if root else 0
        encoded = [folder[start:].encode(errors="surrogateescape") for folder in folders]
        self._folder_names = frozenset(folder.rpartition(b"/")[2] for folder in encoded)
        self._first_names = tuple(
            {quote + folder.partition(b"/")[0] + quote for folder in encoded for quote in _QUOTES}
        )
        self._needed = NeededTexts(self._names, modules.mentionable_roots, folders, self._owners, root)
        self._targets: dict[tuple[str, str], Target | None] = {}

    def find(self, source: PythonFile, data: bytes) -> Mentions:
        """Return the mentions in a file: each target with the line of its first mention."""
        if len(data) > MAX_SIZE:
            return ((*NOT_SEARCHED,),)
        found: dict[Target, int] = {}
        search = self._in_python if source.path.endswith((".py", ".pyi")) else self._in_text
        for line, target in (*self._in_script_block(source, data), *search(source, data)):
            found.setdefault(target, line)
        return tuple((folder, text, line) for (folder, text), line in found.items())

    def _in_script_block(self, source: PythonFile, data: bytes) -> Iterator[tuple[int, Target]]:
        if find(data, b"# /// script") >= 0:
            from commonhold.projects.inline_script import script_requirements

            for line, text in script_requirements(data):
                yield from ((line, each) for each in (self._in_path(text, source) if "/" in text else [("", text)]))

    def _in_text(self, source: PythonFile, data: bytes) -> Iterator[tuple[int, Target]]:
        if not self._may_mention(source, data):
            return
        unread = unread_part(source.path, data)
        if unread is data or self._may_mention(source, unread):
            data = unread
            for line, word in text_words(source.path, data, self._needed.may_be_in):
                yield from ((line, target) for target in self._in_word(word, source))

    def _in_python(self, source: PythonFile, data: bytes) -> Iterator[tuple[int, Target]]:
        computes = self._may_compute(source, data)
        leads = computes or self._may_lead(source, data)
        if not leads and not self._may_quote(source, data):
            return
        computes = computes or (leads and b"__file__" in data)
        constants = None if computes else self._constants(data)
        tree = parse_python(data) if constants is None else []
        if tree is None:
            yield from self._in_text(source, data)
            return
        for line, text in python_constants(tree) if constants is None else constants:
            if self._needed.may_be_in(text):
                yield from ((line, target) for target in self._in_constant(text, source))
        if computes:
            for line, path in computed_paths(tree, source.path, source.owner):
                yield from ((line, target) for target in self._in_path(path, source))

    def _may_mention(self, source: PythonFile, data: bytes) -> bool:
        return self._may_lead(source, data) or self._may_name(source, data)

    def _may_name(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a word in a file is another plugin's name or module; true if imports may name one."""
        if source.path.endswith(_WITH_IMPORTS) and b"import" in data:
            return True
        return any(self._target(data[a:b].decode(), source.owner) is not None for a, b in self._tokens(data))

    def _may_quote(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a string in a Python file, joined with adjacent strings, may name another plugin."""
        quotes = QuotesBefore(data)
        for start, end in self._tokens(data):
            if data[start - 1 : start] in _QUOTES:
                if self._quotes_name(source, data, start, end):
                    return True
            # Most words are names of the plugin itself, which are known before.
            elif self._target(data[start:end].decode(), source.owner) is not None and quotes.are_open(start):
                return True
        return False

    def _constants(self, data: bytes) -> list[tuple[int, str]] | None:
        """Return the strings in a Python file that may mention a plugin, or ``None`` if only the parser finds them."""
        code = code_around(data) if self._needed.parts is not None else None
        if code is None:
            return None
        lowered = data.lower()
        needed = (*self._needed.path_starts, b"import")
        at = {place for part in self._needed.parts or () for place in places(lowered, part)}
        return code.constants(sorted(at.union(*(places(data, text) for text in needed))))

    def _quotes_name(self, source: PythonFile, data: bytes, start: int, end: int) -> bool:
        if data[max(start - _MAX_WORD, 0) : start - 1].rstrip().endswith(_QUOTES):
            return True  # perhaps the second of two adjacent strings
        token = data[start:end]
        while self._find_target(token.decode().rstrip("."), source.owner) is None:
            more = re.compile(_NEXT_STRING).match(data, end) if data[end : end + 1] in _QUOTES else None
            if more is None or len(token) > _MAX_WORD:
                return False
            token, end = token + more[1], more.end()
        return True

    def _tokens(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the positions of words that may be plugin or module names."""
        if self._needed.parts is None:
            yield from (match.span() for match in re.finditer(_WORD.encode(), data))
            return
        lowered = data.lower()
        for part in self._needed.parts:
            at = find(lowered, part)
            while at >= 0:
                start, word = at, _TOKEN.match(data, at)
                end = at if word is None else word.end()
                if data[at - 1 : at] in _TOKEN_CHARACTERS:
                    left = data[max(at - _MAX_WORD, 0) : at]
                    start -= len(left) - len(left.rstrip(_TOKEN_TEXT))
                yield start, end
                at = find(lowered, part, max(end, at + 1))

    def _may_lead(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a word in a file is a path to another plugin, or may be one with an adjacent string."""
        words = b""
        for start in self._needed.path_starts:
            at, end = find(data, start), 0
            while at >= 0:
                after = at + len(start)
                # A path from the root starts with the name of a folder, not inside a longer name.
                if start in RELATIVE_STARTS or data[at - 1 : at] not in _WORD_CHARACTERS or at == 0:
                    words = words or data.translate(_AS_SPACES)
                    begin = words.rfind(b" ", end, at) + 1 or end
                    end = after = (words.find(b" ", at) + 1 or len(data) + 1) - 1
                    if any(self._in_path(data[begin:end].decode("utf-8", "replace"), source)) or (
                        data[end : end + 1] in _QUOTES and re.compile(_NEXT_STRING).match(data, end)
                    ):
                        return True
                at = find(data, start, after)
        return False

    def _may_compute(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a Python file may join another plugin's folder to the file's own folder or to the root."""
        starts = contains_any(data, _OWN_PATH)
        if not starts and (len(self._first_names) > 4 or not contains_any(data, self._first_names)):
            return False
        own = source.owner.rpartition("/")[2].encode(errors="surrogateescape")
        return not (self._folder_names - {own}).isdisjoint(re.findall(_QUOTED_PART, data))

    def _in_constant(self, text: str, source: PythonFile) -> Iterator[Target]:
        words = text.split()
        if "/" in text:
            for word in words:
                for part in [word] if "://" in word else re.split("[=,;]", word):
                    yield from self._in_path(part, source)
        # A text with blanks is a sentence, unless it is code or a list. An address belongs to another project.
        if len(words) == 1 and "://" not in text and (token := re.match(_WORD, words[0])) is not None:
            words = [token[0]]
        elif not all(re.fullmatch(_NAME, word) for word in words):
            words = [name for line in text.splitlines() for name in imported_words(line)] if "import" in text else []
        for word in words:
            if not word.endswith("."):  # the start of other texts, which code compares or joins
                yield from self._named(word, source)

    def _in_word(self, word: str, source: PythonFile) -> Iterator[Target]:
        if "/" in word:
            yield from self._in_path(word, source)
        if "://" not in word:
            for token in re.findall(_WORD, word):
                yield from self._named(token, source)

    def _in_path(self, word: str, source: PythonFile) -> Iterator[Target]:
        """Yield the other plugin that contains a path; the path may start at the file, its plugin or the root."""
        if "://" in word and not word.startswith("file:"):
            return
        for part in [word] if "{" in word or "://" in word else word.split(":"):
            if len(part) > _LONGEST_PATH:
                continue
            plain = _without_option(part if "{" in part else part.rstrip("}"))
            plain = re.sub(_VARIABLE, "./", plain) if "/../" in plain else plain
            places = () if plain.startswith("/") else (source.path.rpartition("/")[0], source.owner)
            bases = (*places, self._root, "")
            for base in dict.fromkeys(bases):
                path = from_url(base, plain.lstrip("/"))
                owner = self._owners.of(f"{path}/.") if path else None
                if owner is not None and owner != source.owner:
                    yield owner, f"/{path}"
                    break

    def _named(self, token: str, source: PythonFile) -> Iterator[Target]:
        target = self._target(token, source.owner)
        if target is not None:
            yield target

    def _target(self, token: str, owner: str) -> Target | None:
        known = self._targets.get((token, owner), ())
        if known == ():
            known = self._targets[token, owner] = self._find_target(token.rstrip("."), owner)
        return known or None

    def _find_target(self, token: str, owner: str) -> Target | None:
        name = normalize(token)
        if name in self._names:
            return ("", name) if self._names[name] != {owner} else None
        found = self._modules.mentioned(token, owner)
        # ``acme_b.json`` is a file, unless acme_b contains a module ``json``.
        if found is not None and "." not in found[1] and token[len(found[1]) + 1 :] in _FILE_TYPES:
            return None
        return found


def _without_option(word: str) -> str:
    """Remove an option from the value that follows without a space, as in ``-e../b``."""
    return word[2:] if word[:1] == "-" and word[1:2].isalpha() and word[2:3] in (".", "/", "{", "$") else word
