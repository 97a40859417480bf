"""Find mentions: names, modules and paths of other plugins in files that no reader understands.

Files are first searched as bytes, and only a file that seems to mention another plugin is parsed.
"""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.inline_script import START, script_requirements
from commonhold.projects.names import normalize
from commonhold.projects.paths import from_url
from commonhold.projects.python_ast import parse_python
from commonhold.workspace.mention_text import python_constants, text_words
from commonhold.workspace.path_expressions import computed_paths
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import TypeAlias

    from commonhold.workspace.cache import Mention, Mentions
    from commonhold.workspace.modules import Modules, PythonFile

    Target: TypeAlias = "tuple[str, str]"

MAX_SIZE = 1 << 20
"""The size in bytes above which a file is not searched."""

TOO_LARGE: Mention = ("", "", 0)
"""The entry of a file that is not searched because it is too large."""

_MAX_WORDS = 16  # with more alternatives, a regular expression is slower than a search for any word
_TOKEN = re.compile(r"[A-Za-z0-9._-]+")
_TOKEN_REST = rb"[\w.-]*)([\"']\s*[rRuUfF]{0,2}[\"'])?"
_OPTION = re.compile(r"-[A-Za-z](?=[./{$])")
_VARIABLE = re.compile(r"^(?:\$\{?\w+\}?|\{(?!root\b)[\w:]+\}|%\w+%)?/(?=\.\./)")
_FILE_TYPES = frozenset(
    {"cfg", "csv", "html", "ini", "ipynb", "json", "lock", "log", "md", "py", "pyi", "rst", "sh", "sql", "toml", "txt"}
    | {"xml", "yaml", "yml"}
)
_ASSIGNED = re.compile(rb"(?m)(\w+)[ \t]*=[ \t]*(?:f?[\"'])?([\w.{}-]+)")

_COMPUTED = re.compile(rb"__file__|cwd\(|joinpath|path\.join|/ *[\"']")
_QUOTED_PART = re.compile(rb"[\"']/?([\w.-]+)(?=[\"'/])")
_PLACEHOLDER = re.compile(rb"\{(\w+)\}")


class MentionFinder:
    """A finder of mentions, given the names, folders and modules of all plugins, including deleted ones.

    The target of a mention is a pair: an empty text and a distribution name, or a plugin's folder and either one of
    its modules or a path that starts with a slash.
    """

    def __init__(self, names: Iterable[str], folders: Collection[str], modules: Modules) -> None:
        # A name without a separator is an ordinary word in most texts.
        self._names = frozenset(name for name in names if "-" in name)
        self._modules = modules
        self._owners = Owners(folders)
        self._path_starts = (b"../", b":parent", *{_path_start(folder, self._owners) for folder in folders})
        self._folder_names = frozenset(folder.rpartition("/")[2].encode(errors="surrogateescape") for folder in folders)
        self._first_names = frozenset(folder.partition("/")[0].encode(errors="surrogateescape") for folder in folders)
        words = {*self._names, *(root.lower().replace("_", "-").strip("-") for root in modules.mentionable_roots)}
        self._parts = _common_parts(words)
        self._quoted = _quoted_words({word.partition("-")[0] for word in words})
        self._targets: dict[tuple[str, str], Target | None] = {}

    def find(self, source: PythonFile, data: bytes) -> Mentions:
        """Return the mentions in a file: each target with the line of its first mention."""
        if len(data) > MAX_SIZE:
            return ((*TOO_LARGE,),)
        found: dict[Target, int] = {}
        search = self._in_python if source.path.endswith((".py", ".pyi")) else self._in_text
        for line, target in (*_in_script_block(data), *search(source, data)):
            found.setdefault(target, line)
        return tuple((folder, text, line) for (folder, text), line in found.items())

    def _in_text(self, source: PythonFile, data: bytes) -> Iterator[tuple[int, Target]]:
        lowered = data.lower()
        if any(part in lowered for part in self._parts) or self._may_lead(data):
            for line, word in text_words(source.path, data):
                yield from ((line, target) for target in self._in_word(word, source))

    def _in_python(self, source: PythonFile, data: bytes) -> Iterator[tuple[int, Target]]:
        if not (self._may_lead(data) or self._may_compute(source, data) or self._may_quote(source, data)):
            return
        tree = parse_python(data)
        if tree is None:
            yield from self._in_text(source, data)
            return
        for line, text in python_constants(tree):
            yield from ((line, target) for target in self._in_constant(text, source))
        for line, path in computed_paths(tree, source.path, source.owner):
            yield from ((line, target) for target in self._in_path(path, source))

    def _may_lead(self, data: bytes) -> bool:
        return any(start in data for start in self._path_starts)

    def _may_compute(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a Python file may join another plugin's folder to its own place, or to the root."""
        quoted = frozenset(_QUOTED_PART.findall(data)) if _COMPUTED.search(data) else frozenset()
        own = source.owner.rpartition("/")[2].encode(errors="surrogateescape")
        return not (self._folder_names - {own}).isdisjoint(quoted) and (
            b"__file__" in data or b"cwd(" in data or not self._first_names.isdisjoint(quoted)
        )

    def _may_quote(self, source: PythonFile, data: bytes) -> bool:
        """Return whether a string of a Python file may be a name, perhaps together with the string after it."""
        lowered = data.lower()
        if not any(part in lowered for part in self._parts):
            return False
        for match in self._quoted.finditer(lowered):
            token = data[match.start(1) : match.end(1)].decode("ascii", "replace")
            if match[2] or self._target(token, source.owner) is not None:
                return True
        return False

    def _in_constant(self, text: str, source: PythonFile) -> Iterator[Target]:
        words = text.split()
        if "/" in text:
            for word in words:
                yield from self._in_path(word, source)
        # A text with blanks is a sentence, and an address belongs to another project.
        if len(words) == 1 and "://" not in text and (token := _TOKEN.match(words[0])) is not None:
            yield from self._named(token[0], source)

    def _in_word(self, word: str, source: PythonFile) -> Iterator[Target]:
        if "/" in word:
            yield from self._in_path(word, source)
        if "://" not in word:
            for token in _TOKEN.findall(word):
                yield from self._named(token, source)

    def _in_path(self, word: str, source: PythonFile) -> Iterator[Target]:
        """Yield the other plugin that contains a path, which may start at its file, its plugin or the root."""
        if "://" in word and not word.startswith("file:"):
            return
        for part in [word] if "{" in word or "://" in word else word.split(":"):
            plain = _VARIABLE.sub("./", _OPTION.sub("", part.rstrip("}") if "{" not in part else part, 1), 1)
            bases = ("",) if plain.startswith("/") else (source.path.rpartition("/")[0], source.owner, "")
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
            return "", name
        found = self._modules.mentioned(token, owner)
        # ``acme_b.json`` is a file, unless acme_b contains a module ``json``.
        if found is not None and "." not in found[1] and token[len(found[1]) + 1 :] in _FILE_TYPES:
            return None
        return found


def _in_script_block(data: bytes) -> Iterator[tuple[int, Target]]:
    if START in data:
        yield from ((line, ("", name)) for line, name in script_requirements(data))


def guess_names(data: bytes) -> Iterator[str]:
    """Yield the names that a project file may declare, before the file is read properly; extra names do no harm."""
    assigned = _ASSIGNED.findall(data)
    values = dict(reversed(assigned))
    for value in (value for key, value in assigned if key == b"name"):
        text = values.get(value, value)  # setup(name=NAME)
        for inner in _PLACEHOLDER.findall(text):
            text = text.replace(b"{%b}" % inner, values.get(inner, b""))
        yield normalize(text.decode("utf-8", "replace"))


def _path_start(folder: str, owners: Owners) -> bytes:
    """Return the text with which every path from the root, or from an enclosing plugin, to a folder starts."""
    enclosing = owners.of(folder)
    inner = folder[len(enclosing) + 1 :] if enclosing else folder
    parent = inner.rpartition("/")[0] or inner
    return f"{parent}/".encode(errors="surrogateescape")


def _common_parts(words: Iterable[str]) -> tuple[bytes, ...]:
    """Return a few texts of which every word contains at least one; an empty text if there are too many."""
    left = {word: word.split("-") for word in words}
    parts: list[str] = []
    while left:
        counts: dict[str, int] = {}
        for several in left.values():
            for part in several:
                counts[part] = counts.get(part, 0) + 1
        if len(parts) == _MAX_WORDS:
            return (b"",)
        parts.append(max(counts, key=lambda part: (counts[part], len(part), part)))
        left = {word: several for word, several in left.items() if parts[-1] not in several}
    return tuple(part.encode() for part in parts)


def _quoted_words(starts: Collection[str]) -> re.Pattern[bytes]:
    """Return a pattern for quoted texts that start with one of the words, and for an adjacent string after each."""
    words = "|".join(map(re.escape, sorted(starts))) if len(starts) <= _MAX_WORDS else ""
    return re.compile(b"[\"'](_*(?:" + words.encode() + b")" + _TOKEN_REST)
