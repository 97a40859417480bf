"""Decode ``[tool.commonhold.catalog]``, the settings of the plugin index and its pages."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import is_valid, normalize
from commonhold.workspace.config.reader import join_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.names import Name
    from commonhold.workspace.config.reader import Reader

_SERIES = r"[0-9]{1,6}(\.[0-9]{1,6})?"
_WORD = r"[a-z0-9][a-z0-9-]{0,63}"
_REFERENCE = rf"({_WORD}/)?[a-z0-9]+(-[a-z0-9]+)*"
_URL = r"(https://|http://(localhost|127\.0\.0\.1)[:/])[A-Za-z0-9._~:/%+-]+"
_LONGEST = 1000


class IndexConfig(NamedTuple):
    """A third-party plugin index that the community knows: its base URL, and a sentence about it."""

    url: str
    summary: str = ""


class MovedConfig(NamedTuple):
    """The plugin that replaces another one, as users name it, such as ``acme/spark``, and the reason."""

    to: str
    reason: str


class CatalogConfig(NamedTuple):
    """The settings of the plugin index.

    ``url`` is its base URL, and ``community`` its title; without them, both are derived from the remote ``origin``.
    ``series`` is the template of a series' name, and ``closed`` are the series that no longer change. ``default`` are
    the tiers that users see without enabling them, by default the first tier. ``notices`` are the texts that users see
    when they enable another tier. ``shrink`` is the percentage of entries that a document may lose. ``categories`` are
    the plugins of each category, and ``moved`` are the plugins that others replace.
    """

    url: str | None = None
    community: str | None = None
    series: str = "{major}.{minor}"
    closed: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    notices: Mapping[str, str] = {}
    shrink: int = 5
    categories: Mapping[str, tuple[Name, ...]] = {}
    indexes: Mapping[str, IndexConfig] = {}
    moved: Mapping[Name, MovedConfig] = {}

    def category_of(self, plugin: Name) -> str | None:
        """Return the category of a plugin, or ``None``."""
        return next((name for name, plugins in self.categories.items() if plugin in plugins), None)


def read_catalog_table(reader: Reader, value: object, key: str) -> CatalogConfig:
    """Read the table, and record every mistake."""
    table = _CatalogTable(reader)
    read = reader.table(
        value,
        key,
        {
            "url": table.url,
            "community": table.line,
            "series": reader.choice("{major}.{minor}", "{major}"),
            "closed": lambda item, name: reader.array(item, name, table.series),
            "default": reader.texts,
            "notices": table.notices,
            "shrink": table.percentage,
            "categories": table.categories,
            "indexes": table.indexes,
            "moved": table.moved,
        },
    )
    return CatalogConfig(**read)


class _CatalogTable:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def line(self, value: Any, key: str) -> str:
        text = self.reader.text(value, key)
        if not text.isprintable() or len(text) > _LONGEST:
            self.reader.error(key, f"expected one line of at most {_LONGEST} printable characters")
            return ""
        return text

    def url(self, value: Any, key: str) -> str:
        text = self.reader.text(value, key)
        if text and not re.fullmatch(_URL, text):
            self.reader.error(
                key, 'expected a URL without credentials and query, such as "https://acme.example/plugins/"'
            )
            return ""
        return f"{text.rstrip('/')}/"

    def series(self, value: Any, key: str) -> str:
        text = self.reader.text(value, key)
        if text and not re.fullmatch(_SERIES, text):
            self.reader.error(key, 'expected the name of a series, such as "1.16"')
        return text

    def percentage(self, value: Any, key: str) -> int:
        if type(value) is not int or not 0 <= value <= 100:
            self.reader.error(key, "expected a percentage from 0 to 100, without quotes")
            return 0
        return value

    def notices(self, value: Any, key: str) -> dict[str, str]:
        read = self.reader.mapping(value, key)
        return {tier: self.reader.text(item, join_key(key, tier)).strip() for tier, item in read.items()}

    def categories(self, value: Any, key: str) -> dict[str, tuple[Name, ...]]:
        read = {
            name: self.reader.array(item, join_key(key, name), self.plugin)
            for name, item in self.reader.mapping(value, key).items()
        }
        seen: dict[Name, str] = {}
        for name, plugins in read.items():
            if not name.isprintable() or not name.strip() or len(name) > _LONGEST:
                self.reader.error(join_key(key, name), "the name of a category is one line of printable characters")
            for plugin in plugins:
                if seen.setdefault(plugin, name) != name:
                    self.reader.error(join_key(key, name), f"{plugin} is already in the category {seen[plugin]!r}")
        return read

    def plugin(self, value: Any, key: str) -> Name:
        text = self.reader.text(value, key)
        if text and not is_valid(text):
            self.reader.error(key, f"{text[:100]!r} is not a distribution name")
        return normalize(text)

    def indexes(self, value: Any, key: str) -> dict[str, IndexConfig]:
        found = {}
        for name, item in self.reader.mapping(value, key).items():
            inner = join_key(key, name)
            if not re.fullmatch(_WORD, name):
                self.reader.error(inner, "the name of a plugin index has lower-case letters, digits and dashes")
            read = self.reader.table(item, inner, {"url": self.url, "summary": self.line})
            if "url" not in read:
                self.reader.missing(inner, ("url",), join_key(inner, "url"), "is required")
            found[name] = IndexConfig(read.get("url", ""), read.get("summary", ""))
        return found

    def moved(self, value: Any, key: str) -> dict[Name, MovedConfig]:
        found = {}
        for name, item in self.reader.mapping(value, key).items():
            inner = join_key(key, name)
            read = self.reader.table(item, inner, {"to": self.reference, "reason": self.line})
            for each in ("to", "reason"):
                if each not in read:
                    self.reader.missing(inner, (each,), join_key(inner, each), "is required")
            found[self.plugin(name, inner)] = MovedConfig(read.get("to", ""), read.get("reason", ""))
        return found

    def reference(self, value: Any, key: str) -> str:
        text = self.reader.text(value, key)
        if text and not re.fullmatch(_REFERENCE, text):
            self.reader.error(key, 'expected a plugin as users name it, such as "acme-spark" or "index/spark"')
        return text
