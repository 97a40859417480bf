"""Decode and check the documents of a plugin index, whose authors may be hostile.

Unknown keys are ignored, so that documents can gain keys. A document with a new ``schema`` is refused.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from commonhold_plugins import forms, model
from commonhold_plugins.decoding import Fields, load_json
from commonhold_plugins.errors import RejectedError
from commonhold_plugins.text import quoted
from commonhold_plugins.urls import git_problem, is_path, url_problem

SCHEMA = 1
ROOT = "index/v1/index.json"
STATUS = "index/v1/status.json"
_RULES = forms.one_of("{major}.{minor}", "{major}")
_RESULTS = forms.one_of("passed", "failed", "unknown")
_SERIES_STATES = forms.one_of(model.OPEN, model.CLOSED, model.NIGHTLY)
_STATES = forms.one_of(*model.STATES)
_README_TYPES = forms.one_of("text/markdown", "text/x-rst", "text/plain")


def tier_path(series: str, tier: str) -> str:
    """Return the path of a tier's document below the base URL."""
    return f"index/v1/{series}/{tier}.json"


def _read(data: bytes, name: str) -> Fields:
    value = load_json(data, name)
    fields = Fields(value, name)
    if fields.number("schema") != SCHEMA:
        message = f"{name} has schema {fields.number('schema')}, but this version of commonhold-plugins reads {SCHEMA}"
        raise RejectedError(message, hint="Upgrade the client: pip install --upgrade commonhold-plugins")
    if (hidden := forms.hidden_text(value)) is not None:
        raise RejectedError(f"{name} contains control characters or invisible characters: {quoted(hidden)}")
    return fields


def decode_root(data: bytes, name: str, *, local: bool = False) -> model.RootDocument:
    """Decode ``index.json``. Raises ``RejectedError``; ``name`` is the document's in messages."""
    fields = _read(data, name)
    core = fields.object("core")
    tiers = tuple(
        model.Tier(tier.line("name", *forms.SHORT), tier.flag("default"), tier.text("notice"))
        for tier in fields.items("tiers")
    )
    indexes = tuple(
        model.KnownIndex(
            index.line("name", *forms.SHORT),
            index.url("url", partial(_base_problem, local=local)),
            _sentence(index, "summary"),
        )
        for index in fields.items("indexes")
    )
    names = [*(each.name for each in tiers), *(each.name for each in indexes)]
    if not tiers or sum(tier.default for tier in tiers) > 1:
        raise fields.fail("tiers", "must contain a tier, and at most one default tier")
    if len(set(names)) != len(names):
        raise fields.fail("tiers", "has a name that another tier or plugin index has, too")
    series = tuple(
        model.Series(each.line("name", *forms.SERIES), each.line("state", *_SERIES_STATES))
        for each in fields.items("series")
    )
    if len({each.name for each in series}) != len(series):
        raise fields.fail("series", "has a series twice")
    if any((each.name == model.NIGHTLY) != (each.state == model.NIGHTLY) for each in series):
        raise fields.fail("series", "has a state that does not fit the name of the series")
    documents = {
        path: model.DocumentHash(each.line("sha256", *forms.HASH), each.number("size"))
        for path, each in fields.mapping("documents", *forms.PATH)
    }
    return model.RootDocument(
        community=fields.line("community"),
        generated=fields.line("generated", *forms.TIME),
        core=core.line("distribution", *forms.NAME),
        series_rule=core.line("series", *_RULES),
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
    core = fields.line("core", *forms.NAME)
    names = {plugin.name for plugin in plugins}
    if core in names:
        raise fields.fail("plugins", f"contains {core}, which is the core")
    taken = sorted(plugin.short for plugin in plugins if plugin.short != plugin.name and plugin.short in names)
    if taken:
        raise fields.fail("plugins", f"has the short name {taken[0]}, which is the name of another plugin")
    return model.TierDocument(
        community=fields.line("community"),
        core=core,
        series=fields.line("series", *forms.SERIES),
        tier=fields.line("tier", *forms.SHORT),
        generated=fields.line("generated", *forms.TIME),
        plugins=plugins,
    )


def _base_problem(text: str, *, local: bool) -> str | None:
    return url_problem(text, local=local) or (None if text.endswith("/") else "does not end with a slash")


def _sentence(fields: Fields, key: str) -> str:
    return fields.optional_line(key) or ""


class PluginReader:
    """Decodes plugins of a document of the plugin index with the URL ``base``."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._local = base.startswith("file:")

    def _file_url(self, fields: Fields, key: str) -> str:
        """Return the URL of a file, which a mirror may state as a path below its base URL."""
        value = fields.line(key)
        if is_path(value):
            return self._base + value
        return fields.url(key, partial(url_problem, local=self._local))

    def plugin(self, fields: Fields) -> model.Plugin:
        """Decode a plugin."""
        releases = tuple(self._release(each) for each in fields.items("releases"))
        if len({forms.parsed_version(release.version) for release in releases}) != len(releases):
            raise fields.fail("releases", "has a version twice")
        name = fields.line("name", *forms.NAME)
        page = fields.optional_line("page")
        if page and page != f"plugins/{name}/":
            raise fields.fail("page", f"is not plugins/{name}/")
        for release in releases:
            problems = (forms.file_problem(file.name, name, release.version) for file in release.files)
            if (problem := next(filter(None, problems), None)) is not None:
                raise fields.fail("releases", problem)
        return model.Plugin(
            name=name,
            short=fields.line("short", *forms.SHORT),
            summary=_sentence(fields, "summary"),
            category=fields.optional_line("category"),
            keywords=fields.lines("keywords"),
            maintainers=tuple(
                model.Maintainer(
                    each.line("name"),
                    each.optional_line("company"),
                    each.optional_line("login", *forms.LOGIN),
                    each.optional_line("contact", *forms.CONTACT),
                )
                for each in fields.items("maintainers")
            ),
            homepage=fields.optional_url("homepage", url_problem),
            documentation=fields.optional_url("documentation", url_problem),
            source=fields.optional_url("source", url_problem),
            issues=fields.optional_url("issues", url_problem),
            page=page,
            licence=fields.optional_line("licence"),
            quick_start=fields.text("quick_start") or None,
            notes=fields.text("notes") or None,
            provides=tuple(
                model.Provided(
                    each.line("kind"),
                    each.line("name"),
                    each.line("value", *forms.OBJECT),
                    _sentence(each, "summary"),
                )
                for each in fields.items("provides")
            ),
            releases=releases,
        )

    def _release(self, fields: Fields) -> model.Release:
        files = tuple(
            model.IndexFile(
                self._file_url(each, "url"),
                each.line("sha256", *forms.HASH),
                each.number("size"),
                each.optional_url("provenance", partial(url_problem, local=self._local)),
            )
            for each in fields.items("files")
        )
        if bool(files) == ("git" in fields):
            raise fields.fail("files", "must contain files, or be empty beside a git URL")
        if len({file.name for file in files}) != len(files):
            raise fields.fail("files", "has a file twice")
        return model.Release(
            version=fields.line("version", *forms.VERSION),
            core=self._core(fields.object("core")) if "core" in fields else None,
            requires_python=fields.optional_line("requires_python", *forms.SPECIFIER),
            requires=fields.lines("requires", *forms.REQUIREMENT),
            import_names=fields.lines("import_names", *forms.MODULE),
            import_namespaces=fields.lines("import_namespaces", *forms.MODULE),
            released=fields.optional_line("released", *forms.TIME) or "",
            commit=fields.optional_line("commit", *forms.COMMIT),
            notes_url=fields.optional_url("notes_url", url_problem),
            readme=self._readme(fields.object("readme")) if "readme" in fields else None,
            files=files,
            git=fields.optional_url("git", partial(git_problem, local=self._local)),
        )

    def _core(self, fields: Fields) -> model.CoreRange:
        return model.CoreRange(fields.line("distribution", *forms.NAME), fields.line("range", *forms.SPECIFIER))

    def _readme(self, fields: Fields) -> model.Readme:
        url = self._base + fields.line("path", *forms.PATH)
        kind = fields.line("type", *_README_TYPES)
        return model.Readme(url, fields.line("sha256", *forms.HASH), fields.number("size"), kind)


def decode_status(data: bytes, name: str) -> model.StatusDocument:
    """Decode ``status.json``. Raises ``RejectedError``."""
    fields = _read(data, name)
    plugins = {plugin: decode_plugin_status(each) for plugin, each in fields.mapping("plugins", *forms.NAME)}
    return model.StatusDocument(fields.line("generated", *forms.TIME), plugins)


def decode_plugin_status(fields: Fields) -> model.PluginStatus:
    """Decode what became known about one plugin."""
    return model.PluginStatus(
        state=fields.line("state", *_STATES) if "state" in fields else "active",
        since=fields.optional_line("since", *forms.DAY) or "",
        reason=_sentence(fields, "reason"),
        replacement=fields.optional_line("replacement"),
        needs_maintainer=fields.flag("needs_maintainer"),
        moved_to=_moved_to(fields.object("moved_to")) if "moved_to" in fields else None,
        releases={
            version: model.ReleaseStatus(*map(each.optional_line, ("yanked", "failing", "unlisted")))
            for version, each in fields.mapping("releases", *forms.VERSION)
        },
        compatibility=tuple(
            model.Compatibility(
                series=each.line("series", *forms.SERIES),
                core=each.line("core", *forms.VERSION),
                version=each.line("version", *forms.VERSION),
                result=each.line("result", *_RESULTS),
                at=each.optional_line("at", *forms.TIME) or "",
                url=each.optional_url("url", url_problem),
            )
            for each in fields.items("compatibility")
        ),
        history=tuple(
            model.StateChange(
                each.line("state", *_STATES),
                each.optional_line("since", *forms.DAY) or "",
                _sentence(each, "reason"),
            )
            for each in fields.items("history")
        ),
    )


def _moved_to(fields: Fields) -> model.MovedTo:
    return model.MovedTo(fields.line("name", *forms.REFERENCE), _sentence(fields, "reason"))
