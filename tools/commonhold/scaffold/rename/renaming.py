"""Define the old and new names of a plugin, and rename them in plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    Replacement: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]+")
_INDEX_URL = re.compile(
    r"https?://(?:[\w-]+\.)*(?:pypi\.org|pypi\.python\.org|pypistats\.org|pepy\.tech|shields\.io/pypi|fury\.io/py|anaconda\.org)/"
)
# Directives and roles of Sphinx whose argument is a module.
_SPHINX = r"(?:\.\.\s(?:py:|auto|current)?module::\s{1,3}|:(?:py:)?mod:`[~!]?)"
# Bounded, so that the work on a long line stays proportional to its length.
_INSTALL = r"(?:pip3?|pipx|uv|poetry|pdm|conda|mamba)\s{1,3}(?:[\w-]{1,20}\s{1,3}){0,3}?(?:install|add)\s[^\n]{0,200}?"


@dataclass(frozen=True)
class Renaming:
    """The names of a plugin before and after it is renamed, as pairs of old and new.

    ``package`` is the dotted name of its import package, and ``path`` the package's path, relative to the plugin.
    ``folder`` is the plugin's folder, relative to the repository's root. ``members`` are the modules and names that the
    package contains: they distinguish ``name.module`` from an ordinary sentence or a file name.
    """

    distribution: tuple[str, str]
    package: tuple[str, str] | None = None
    path: tuple[str, str] | None = None
    folder: tuple[str, str] | None = None
    members: frozenset[str] = frozenset()

    @cached_property
    def markers(self) -> tuple[bytes, ...]:
        """Texts of which every file that needs an edit contains at least one."""
        names = {self.distribution[0]}
        names |= {self.package[0], self.package[0].rpartition(".")[2]} if self.package else set()
        names |= {self.path[0]} if self.path else set()
        names |= {self.folder[0], self.folder[0].rpartition("/")[2]} if self.folder else set()
        return tuple(name.encode() for name in names)

    @cached_property
    def old_names(self) -> tuple[str, ...]:
        """The names that a renamed file must not contain: distribution, import package, its path, and folder."""
        pairs = (self.distribution, self.package, self.path, self.folder)
        return tuple(dict.fromkeys(pair[0] for pair in pairs if pair is not None and pair[0] != pair[1]))

    def is_left(self, text: str) -> bool:
        """Return whether a renamed text still contains an old name outside the URLs of the old repository."""
        return self._left.search(_URL.sub("", text)) is not None

    @cached_property
    def _left(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, self.old_names)) or '(?!)'})(?![\w-])")

    def module(self, name: str) -> str | None:
        """Return the new name of the package or of a module in it; ``None`` for other modules.

        >>> Renaming(("a", "b"), ("old", "new.old")).module("old.core")
        'new.old.core'
        """
        if self.package is None:
            return None
        old, new = self.package
        return new + name[len(old) :] if name == old or name.startswith(f"{old}.") else None

    def entry_point(self, text: str) -> str:
        """Rename in the value of an entry point, with or without its name: users write the name, so it stays.

        >>> Renaming(("a", "b"), ("old", "new")).entry_point("old = old.core:run")
        'old = new.core:run'
        """
        name, equals, value = text.rpartition("=")
        module = value.partition(":")[0].strip()
        new = self.module(module)
        return text if new is None else name + equals + value.replace(module, new, 1)

    def is_member(self, dotted: str) -> bool:
        """Return whether a dotted name is the package, or something that is known to be in it."""
        if self.module(dotted) is None or self.package is None:
            return False
        old = self.package[0]
        return dotted == old or "." in old or dotted[len(old) + 1 :].partition(".")[0] in self.members

    def text(self, text: str) -> str:
        """Rename in prose, in comments and in code that is part of a document."""
        parts = []
        at = 0
        for url in _URL.finditer(text):
            parts += [self._plain(text[at : url.start()]), self._url(url[0])]
            at = url.end()
        return "".join([*parts, self._plain(text[at:])])

    def _url(self, url: str) -> str:
        """Rename in a URL: the pages of the package index change, the pages of the old repository stay."""
        old, new = self.distribution
        if _INDEX_URL.match(url):
            return re.sub(rf"(?<=/){re.escape(old)}(?=[/?#.]|$)", new, url, flags=re.IGNORECASE)
        return url.replace(*self.folder) if self.folder else url

    def _plain(self, text: str) -> str:
        for pattern, new in self._patterns:
            text = pattern.sub(new, text)
        return text

    @cached_property
    def _patterns(self) -> tuple[Replacement, ...]:
        return tuple(self._make_patterns())

    def _make_patterns(self) -> Iterator[Replacement]:
        if self.folder and self.path:  # in text, a package's path in another folder belongs to another plugin
            old, new = ("/".join(pair) for pair in zip(self.folder, self.path, strict=True))
            yield re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])"), _replaced_by(new)
        if self.folder and self.folder[0] != self.folder[1]:
            # Hand-written lists contain only the last part of the path.
            old, new = (folder.rpartition("/")[2] for folder in self.folder)
            if "-" in old and old not in (new, self.distribution[0]):
                yield re.compile(rf"(?<![\w.@-])(?<!\w/){re.escape(old)}(?![\w-]|\.\w)"), _replaced_by(new)
            yield re.compile(rf"(?<![\w-]){re.escape(self.folder[0])}(?![\w-])"), _replaced_by(self.folder[1])
        if self.path:
            old, new = self.path
            if "/" in old or not self.members:
                yield re.compile(rf"(?<![\w.-]){re.escape(old)}(?=/|\b(?!\.\w))"), _replaced_by(new)
            else:
                yield re.compile(rf"(?<![\w./-]){re.escape(old)}/(?={self._any_member})"), _replaced_by(f"{new}/")
        if self.package:
            yield from self._package_patterns(*self.package)
        yield from self._distribution_patterns(*self.distribution)

    def _package_patterns(self, old: str, new: str) -> Iterator[Replacement]:
        name = re.escape(old)
        if "." in old:
            parent, _, last = (re.escape(part) for part in old.rpartition("."))
            new_parent, _, new_last = new.rpartition(".")
            bound = "" if new_last == old.rpartition(".")[2] else f" as {old.rpartition('.')[2]}"
            only = re.compile(rf"from {parent}\s+import\s+{last}(?=\s*(?:$|[`;#]))", re.MULTILINE)
            yield only, _replaced_by(f"from {new_parent} import {new_last}{bound}")
            yield re.compile(rf"(?<![\w.-]){name}(?![\w-])"), _replaced_by(new)
            return
        if self.members:
            yield re.compile(rf"(?<![\w./@-]){name}(?=\.{self._any_member})"), _replaced_by(new)
        yield re.compile(rf"({_SPHINX}){name}(?![\w-])"), _after_group(new)
        yield re.compile(rf"((?:^|[>`\s])from\s+){name}(?=(?:\.[\w.]+)?\s+import\b)", re.MULTILINE), _after_group(new)
        yield re.compile(rf"((?:^|[>`;\s])import\s+){name}(?=\s*(?:$|[`;,#]|\s+as\b))", re.MULTILINE), _after_group(new)
        yield (
            re.compile(rf"((?:python3?\s+-m|--cov|--cov=|--pyargs|-p|--source|--source=)\s*){name}(?![\w-])"),
            _after_group(new),
        )

    def _distribution_patterns(self, old: str, new: str) -> Iterator[Replacement]:
        if old == new:
            return
        # A name can be written with other separators, but with underscores it may be the import package.
        separator = "[-.]" if self.package and "_" in self.package[0] else "[-_.]"
        name = separator.join(map(re.escape, old.split("-")))
        if "-" in old:
            yield re.compile(rf"(?<![\w./@-]){name}(?![\w-]|\.\w|/\w)"), _replaced_by(new)
        else:  # an ordinary word, which a text may use for many things
            yield re.compile(rf"({_INSTALL}(?<![\w./@-])){name}(?![\w./-])"), _after_group(new)

    @property
    def _any_member(self) -> str:
        return rf"(?:{'|'.join(map(re.escape, sorted(self.members)))})(?!\w)"


def _replaced_by(new: str) -> Callable[[re.Match[str]], str]:
    return lambda _: new


def _after_group(new: str) -> Callable[[re.Match[str]], str]:
    return lambda match: match[1] + new
