"""The compact search cache: one text file for each host and series, with one line for each plugin.

``search``, completion and ``list`` read only this file. It is text with tabs, because a search then reads thousands of
plugins faster than a JSON decoder, and its values are escaped for terminals when it is written.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from commonhold_plugins.files import read_bytes, write_atomic
from commonhold_plugins.text import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold_plugins.copies import CopyStore
    from commonhold_plugins.sources import StoredSource

_MARK = "commonhold-plugins search cache 2"
_LONGEST_SUMMARY = 300
_TABS = 9


class SearchRow(NamedTuple):
    """A plugin in the search cache. ``version`` is the newest one that can be installed; it may be empty."""

    name: str
    short: str
    version: str
    source: str
    state: str
    category: str
    summary: str
    keywords: str
    official: bool
    enabled: bool

    @property
    def reference(self) -> str:
        """The name with which a user refers to the plugin."""
        return self.short if self.official else f"{self.source}/{self.short}"


class SearchCache(NamedTuple):
    """The search cache of a host and series. ``checked`` is when the oldest copy in it was last confirmed."""

    checked: float
    lines: list[str]

    def rows(self, words: Iterable[str] = ()) -> list[SearchRow]:
        """Return the plugins that contain every word, the best match first; without words, official ones first."""
        wanted = [word.lower() for word in words]
        lines = self.lines
        for word in wanted:
            lines = [line for line in lines if word in line.lower()]
        found = [_row(line) for line in lines]
        return sorted(found, key=lambda row: _rank(row, wanted)) if wanted else found  # the lines are in order

    def of(self, distribution: str) -> list[SearchRow]:
        """Return the plugins with a distribution's name, those of the default tier first."""
        start = f"{distribution}\t"
        return [_row(line) for line in self.lines if line.startswith(start)]


def _row(line: str) -> SearchRow:
    name, short, version, source, state, category, summary, keywords, official, enabled = line.split("\t")
    return SearchRow(name, short, version, source, state, category, summary, keywords, official == "1", enabled == "1")


def _rank(row: SearchRow, words: Sequence[str]) -> int:
    """Return 0 for an exact name, and more for a word in a name, in the keywords, or only elsewhere."""
    names = f"{row.short} {row.name}"
    for word in words:
        if word in names:
            if words[0] in (row.short, row.name, row.reference):
                return 0
            return 1 if any(row.short.startswith(each) for each in words) else 2
    return 3 if any(word in row.keywords.lower() for word in words) else 4


def cache_path(folder: str, series: str) -> str:
    """Return the path of the search cache in the folder of a host."""
    return os.path.join(folder, f"search-{series}.tsv")


def read_search_cache(folder: str, series: str, newer_than: str | None = None) -> SearchCache | None:
    """Return the search cache, or ``None`` if there is none, it is damaged, or ``newer_than`` changed after it."""
    path = cache_path(folder, series)
    data = read_bytes(path)
    if data is None or (newer_than is not None and _time(newer_than) >= _time(path)):
        return None
    head, *lines = data.decode("utf-8", "replace").split("\n")
    mark, _, rest = head.partition("\t")
    checked, _, number = rest.partition("\t")
    if mark != _MARK or not checked.isdigit() or lines.pop() or str(len(lines)) != number:
        return None
    if any(line.count("\t") != _TABS for line in lines):
        return None
    return SearchCache(float(checked), lines)


def _time(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def write_search_cache(store: CopyStore, sources: Sequence[StoredSource], series: str) -> None:
    """Write the search cache of a host and series from the stored copies."""
    checked = min((source.index.checked for source in sources), default=0)
    official = {name for source in sources if source.official for name in source.tier.raw}
    found = [
        (not source.official, plugin["short"], source.name, _line(name, plugin, source))
        for source in sources
        for name, plugin in source.tier.raw.items()
        if source.official or name not in official
    ]
    lines = [line for *_, line in sorted(found)]
    text = "\n".join([f"{_MARK}\t{int(checked)}\t{len(lines)}", *lines, ""])
    write_atomic(cache_path(store.folder, series), text.encode())


def _line(name: str, plugin: dict[str, Any], source: StoredSource) -> str:
    status = source.index.raw_statuses.get(name) or {}
    values = (
        name,
        plugin["short"],
        _newest(plugin.get("releases") or (), status.get("releases") or {}),
        source.name,
        status.get("state") or "active",
        plugin.get("category") or "",
        shortened(" ".join((plugin.get("summary") or "").split()), _LONGEST_SUMMARY),
        " ".join(plugin.get("keywords") or ()),
    )
    flags = ("1" if source.official else "0", "1" if source.enabled else "0")
    return "\t".join((*(printable(value) for value in values), *flags))


def _newest(releases: Iterable[dict[str, Any]], statuses: dict[str, Any]) -> str:
    from packaging.version import Version

    def is_listed(version: str) -> bool:
        status = statuses.get(version) or {}
        return status.get("yanked") is None and status.get("unlisted") is None

    versions = [each["version"] for each in releases if is_listed(each["version"])]
    versions.sort(key=Version, reverse=True)
    return next((each for each in versions if not Version(each).is_prerelease), versions[0] if versions else "")


def as_json(row: SearchRow) -> dict[str, Any]:
    """Return a row as it is in JSON output."""
    return {
        "name": row.name,
        "short": row.short,
        "reference": row.reference,
        "version": row.version or None,
        "source": row.source,
        "official": row.official,
        "state": row.state,
        "category": row.category or None,
        "summary": row.summary,
    }
