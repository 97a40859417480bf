"""Decode and check the documents of a plugin index, whose authors may be hostile.

Unknown keys are ignored, so that documents can gain keys. A document with a new ``schema`` is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from commonhold_plugins import model
from commonhold_plugins.decoding import Fields, load_json
from commonhold_plugins.errors import RejectedError
from commonhold_plugins.names import is_distribution, is_short, is_version
from commonhold_plugins.urls import git_problem, is_path, url_problem

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = 1
ROOT = "index/v1/index.json"
STATUS = "index/v1/status.json"
_LONGEST_SPECIFIER = 1000
_SERIES = re.compile(r"\d+(\.\d+)*|nightly", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?", re.ASCII)
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*( |\[|[<>=!~;@(]|$)", re.ASCII)
_DATE = re.compile(r"[0-9T:.Z+-]{0,40}", re.ASCII)
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_RULES = ("{major}.{minor}", "{major}")
_RESULTS = ("passed", "failed", "unknown")
_SERIES_STATES = (model.OPEN, model.CLOSED, model.NIGHTLY)

_version = lru_cache(maxsize=100_000)(is_version)


def tier_path(series: str, tier: str) -> str:
    """Return the path of a tier's document below the base URL."""
    return f"index/v1/{series}/{tier}.json"


def is_reference(text: str) -> bool:
    """Whether text is the name of a plugin, possibly after that of a tier or plugin index."""
    source, slash, name = text.rpartition("/")
    return is_distribution(name) and (not slash or is_short(source))


@lru_cache(maxsize=10_000)
def is_specifier(text: str) -> bool:
    """Whether text is a version specifier of PEP 440."""
    if len(text) > _LONGEST_SPECIFIER:
        return False
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _read(data: bytes, name: str) -> Fields:
    fields = Fields(load_json(data, name), name)
    if fields.number("schema") != SCHEMA:
        message = f"{name} has schema {fields.number('schema')}, but this version of commonhold-plugins reads {SCHEMA}"
        raise RejectedError(message, hint="Upgrade the client: pip install --upgrade commonhold-plugins")
    return fields


def _in(words: tuple[str, ...]) -> tuple[Callable[[str], bool], str]:
    return words.__contains__, f"one of {', '.join(words)}"


def _matches(pattern: re.Pattern[str], form: str) -> tuple[Callable[[str], bool], str]:
    return (lambda text: pattern.fullmatch(text) is not None), form


_NAME = (is_distribution, "the normalized name of a distribution")
_SHORT = (is_short, "a short name")
_VERSION = (_version, "a version")
_SPECIFIER = (is_specifier, "a version specifier")
_PATH = (is_path, "a path below the base URL")
_HASH = _matches(_SHA256, "a SHA-256")
_DAY = _matches(_DATE, "a date")


def decode_root(data: bytes, name: str, *, local: bool = False) -> model.RootDocument:
    """Decode ``index.json``. Raises ``RejectedError``; ``name`` is the document's in messages."""
    fields = _read(data, name)
    core = fields.object("core")
    tiers = tuple(
        model.Tier(tier.line("name", *_SHORT), tier.flag("default"), tier.text("notice"))
        for tier in fields.items("tiers")
    )
    names = [tier.name for tier in tiers]
    indexes = tuple(
        model.KnownIndex(
            index.line("name", *_SHORT), index.url("url", partial(url_problem, local=local)), index.text("summary")
        )
        for index in fields.items("indexes")
    )
    if not tiers or len(set(names)) != len(names) or sum(tier.default for tier in tiers) > 1:
        raise fields.fail("tiers", "must be different tiers, with at most one default")
    series = tuple(
        model.Series(each.line("name", *_matches(_SERIES, "a series")), each.line("state", *_in(_SERIES_STATES)))
        for each in fields.items("series")
    )
    documents = {
        path: model.DocumentHash(each.line("sha256", *_HASH), each.number("size"))
        for path, each in fields.mapping("documents", *_PATH)
    }
    return model.RootDocument(
        community=fields.line("community"),
        generated=fields.line("generated", *_DAY),
        core=core.line("distribution", *_NAME),
        series_rule=core.line("series", *_in(_RULES)),
        series=series,
        tiers=tiers,
        indexes=indexes,
        documents=documents,
    )


def decode_tier(data: bytes, name: str, base: str) -> model.TierDocument:
    """Decode the document of a tier; ``base`` is the URL of its plugin index, below which paths are resolved."""
    fields = _read(data, name)
    reader = PluginReader(base)
    plugins = tuple(reader.plugin(each) for each in fields.items("plugins"))
    for kind, counts in (
        ("name", Counter(plugin.name for plugin in plugins)),
        ("short name", Counter(plugin.short for plugin in plugins)),
    ):
        twice = [text for text, number in counts.items() if number > 1]
        if twice:
            raise fields.fail("plugins", f"has the {kind} {min(twice)} twice")
    return model.TierDocument(
        community=fields.line("community"),
        core=fields.line("core", *_NAME),
        series=fields.line("series", *_matches(_SERIES, "a series")),
        tier=fields.line("tier", *_SHORT),
        generated=fields.line("generated", *_DAY),
        plugins=plugins,
    )


class PluginReader:
    """Decodes plugins of a document of the plugin index with the URL ``base``."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._local = base.startswith("file:")
        self._link = partial(url_problem, local=self._local, link=True)

    def _file_url(self, fields: Fields, key: str) -> str:
        """Return the URL of a file, which a mirror may state as a path below its base URL."""
        value = fields.line(key)
        if is_path(value):
            return self._base + value
        return fields.url(key, partial(url_problem, local=self._local))

    def plugin(self, fields: Fields) -> model.Plugin:
        """Decode a plugin."""
        page = fields.optional_line("page")
        if page and not is_path(page.rstrip("/")):
            raise fields.fail("page", "is not a path below the base URL")
        releases = tuple(self._release(each) for each in fields.items("releases"))
        if len({release.version for release in releases}) != len(releases):
            raise fields.fail("releases", "has a version twice")
        return model.Plugin(
            name=fields.line("name", *_NAME),
            short=fields.line("short", *_SHORT),
            summary=" ".join(fields.text("summary").split()),
            category=fields.optional_line("category"),
            keywords=fields.lines("keywords"),
            maintainers=tuple(
                model.Maintainer(each.line("name"), *map(each.optional_line, ("company", "login", "contact")))
                for each in fields.items("maintainers")
            ),
            homepage=fields.optional_url("homepage", self._link),
            documentation=fields.optional_url("documentation", self._link),
            source=fields.optional_url("source", self._link),
            issues=fields.optional_url("issues", self._link),
            page=page,
            licence=fields.optional_line("licence"),
            quick_start=fields.text("quick_start") or None,
            notes=fields.text("notes") or None,
            provides=tuple(
                model.Provided(each.line("kind"), each.line("name"), each.line("value"), each.text("summary"))
                for each in fields.items("provides")
            ),
            releases=releases,
        )

    def _release(self, fields: Fields) -> model.Release:
        files = tuple(
            model.IndexFile(
                self._file_url(each, "url"),
                each.line("sha256", *_HASH),
                each.number("size"),
                each.optional_url("provenance", partial(url_problem, local=self._local)),
            )
            for each in fields.items("files")
        )
        return model.Release(
            version=fields.line("version", *_VERSION),
            core=self._core(fields.object("core")) if "core" in fields else None,
            requires_python=fields.optional_line("requires_python", *_SPECIFIER),
            requires=fields.lines("requires", *_matches_start(_REQUIREMENT, "a requirement")),
            import_names=fields.lines("import_names", *_matches_start(_DOTTED, "the name of a module")),
            import_namespaces=fields.lines("import_namespaces", *_matches_start(_DOTTED, "the name of a module")),
            released=fields.optional_line("released", *_DAY) or "",
            commit=fields.optional_line("commit", *_matches(_COMMIT, "a commit")),
            notes_url=fields.optional_url("notes_url", self._link),
            readme=self._readme(fields.object("readme")) if "readme" in fields else None,
            files=files,
            git=fields.optional_url("git", partial(git_problem, local=self._local)),
        )

    def _core(self, fields: Fields) -> model.CoreRange:
        return model.CoreRange(fields.line("distribution", *_NAME), fields.line("range", *_SPECIFIER))

    def _readme(self, fields: Fields) -> model.Readme:
        url = self._base + fields.line("path", *_PATH)
        return model.Readme(url, fields.line("sha256", *_HASH), fields.number("size"), fields.line("type"))


def _matches_start(pattern: re.Pattern[str], form: str) -> tuple[Callable[[str], bool], str]:
    return (lambda text: pattern.match(text) is not None), form


def decode_status(data: bytes, name: str) -> model.StatusDocument:
    """Decode ``status.json``. Raises ``RejectedError``."""
    fields = _read(data, name)
    plugins = {plugin: decode_plugin_status(each) for plugin, each in fields.mapping("plugins", *_NAME)}
    return model.StatusDocument(fields.line("generated", *_DAY), plugins)


def decode_plugin_status(fields: Fields) -> model.PluginStatus:
    """Decode what became known about one plugin."""
    return model.PluginStatus(
        state=fields.line("state", *_in(model.STATES)) if "state" in fields else "active",
        since=fields.optional_line("since", *_DAY) or "",
        reason=fields.text("reason"),
        replacement=fields.optional_line("replacement"),
        needs_maintainer=fields.flag("needs_maintainer"),
        moved_to=_moved_to(fields.object("moved_to")) if "moved_to" in fields else None,
        releases={
            version: model.ReleaseStatus(
                *(each.text(key) if key in each else None for key in ("yanked", "failing", "unlisted"))
            )
            for version, each in fields.mapping("releases", *_VERSION)
        },
        compatibility=tuple(
            model.Compatibility(
                series=each.line("series", *_matches(_SERIES, "a series")),
                core=each.line("core", *_VERSION),
                version=each.line("version", *_VERSION),
                result=each.line("result", *_in(_RESULTS)),
                at=each.optional_line("at", *_DAY) or "",
                url=each.optional_url("url", partial(url_problem, link=True)),
            )
            for each in fields.items("compatibility")
        ),
        history=tuple(
            model.StateChange(
                each.line("state", *_in(model.STATES)),
                each.optional_line("since", *_DAY) or "",
                each.text("reason"),
            )
            for each in fields.items("history")
        ),
    )


def _moved_to(fields: Fields) -> model.MovedTo:
    return model.MovedTo(fields.line("name", is_reference, "the name of a plugin"), fields.text("reason"))
