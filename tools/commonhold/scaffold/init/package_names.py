"""Recognize packages in texts of workflows and other files: by folder, by distribution name, or by a part of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.scaffold.init.facts import Package

_WORD = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)*")
_SEVERAL = 4
_MOST_WORDS = 20
_LONGEST = 100_000  # of a text that is searched


class PackageNames:
    """The names by which texts refer to packages."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = tuple(packages)
        self._exact: dict[str, list[Package]] = {}
        self._ends: dict[str, list[Package]] = {}
        self._environments: dict[str, Package | None] = {}
        self._prefixes = Counter(prefix for package in packages for prefix in _prefixes(package.name))
        for package in packages:
            for text in {package.folder, package.last, package.name, _plain(package.last), _plain(package.name)}:
                self._exact.setdefault(text, []).append(package)
            parts = package.folder.split("/")
            for start in range(1, len(parts)):
                self._exact.setdefault("/".join(parts[start:]), []).append(package)
            for words in {tuple(package.name.split("-")), tuple(_plain(package.last).split("-"))}:
                for start in range(len(words)):
                    self._ends.setdefault("-".join(words[start:]), []).append(package)
        self._most_parts = max((text.count("/") + 1 for text in self._exact), default=1)

    def named(self, text: str) -> Package | None:
        """Return the package that a whole text names, such as ``flytekit-spark`` or ``libs/genai``."""
        text = text.strip().strip("/").removeprefix("./")
        found = self._exact.get(text) or self._exact.get(_plain(text)) or ()
        return self._only(found)

    def short(self, text: str) -> Package | None:
        """Return the package whose name ends with a text, such as ``openai`` for ``livekit-plugins-openai``."""
        return self.named(text) or self._ending(_plain(text))

    def _only(self, found: Sequence[Package]) -> Package | None:
        unique = {package.folder: package for package in found}
        return next(iter(unique.values())) if len(unique) == 1 else None

    def _ending(self, text: str) -> Package | None:
        """Return the package whose name ends with a text; of several, the one without further words of its own."""
        found = self._ends.get(text, ())
        return self._only(found) or self._only([each for each in found if self._short(each.name) == text])

    def _short(self, name: str) -> str:
        """Return a name without the words with which several other names begin."""
        shared = [prefix for prefix in _prefixes(name) if self._prefixes[prefix] >= _SEVERAL]
        return name[len(max(shared, key=len, default="")) :]

    def mentioned(self, text: str) -> Iterator[Package]:
        """Yield the packages whose folder, folder's name or distribution a text contains as whole words."""
        seen: set[str] = set()
        for match in _WORD.finditer(text[:_LONGEST]):
            word = match[0].rstrip(".-")
            # `integrations/chroma/src` names the package in `integrations/chroma`.
            word = "/".join(word.split("/", self._most_parts)[: self._most_parts])
            while word:
                package = self.named(word)
                if package is not None:
                    if package.folder not in seen:
                        seen.add(package.folder)
                        yield package
                    break
                word = word.rpartition("/")[0]

    def in_environment(self, environment: str) -> Package | None:
        """Return the package whose words an environment of tox contains; the longest name decides.

        ``py310-ci-openai_agents-latest`` belongs to ``acme-openai-agents``, not to ``acme-openai``.
        """
        plain = _plain(environment)
        if plain not in self._environments:
            words = plain.split("-")[:_MOST_WORDS]
            parts = (
                words[start : start + size]
                for size in range(len(words), 0, -1)
                for start in reversed(range(len(words)))
            )
            found = (self._ending("-".join(part)) for part in parts)
            self._environments[plain] = next((each for each in found if each is not None), None)
        return self._environments[plain]


def _prefixes(name: str) -> Iterator[str]:
    """Yield the beginnings of a name that end with a dash."""
    words = name.split("-")
    yield from ("-".join(words[:end]) + "-" for end in range(1, len(words)))


def _plain(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()
