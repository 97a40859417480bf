"""Decode the table ``[tool.commonhold]`` into :class:`~commonhold.workspace.config.values.Config`."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError, page_url
from commonhold.projects.names import is_valid, normalize
from commonhold.workspace.config.reader import Reader, join_key
from commonhold.workspace.config.values import (
    Config,
    CoreConfig,
    PluginConfig,
    ReleaseConfig,
    SharedRule,
    Testing,
    Tier,
)
from commonhold.workspace.patterns import Patterns, in_repository, is_plain, outside_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from commonhold.projects.names import Name
    from commonhold.workspace.config.catalog_table import CatalogConfig

_ROOT = "tool.commonhold"
_LONGEST_PATTERN = 1000


def decode_config(table: object, source: str, folder: str = "") -> Config:
    """Decode ``[tool.commonhold]`` strictly. The patterns in the table are relative to ``folder``.

    Raises one ``ConfigurationError`` that lists every mistake with its key path. ``source`` is the file name shown in
    that message.
    """
    reader = Reader()
    config = _Decoder(reader, folder).config(table)
    if reader.problems:
        lines = "\n".join(f"  {problem}" for problem in reader.problems)
        raise ConfigurationError(
            f"{source} contains configuration errors:\n{lines}",
            hint=f"All keys are described at {page_url('reference/configuration')}",
        )
    return config


def decode_plugin_table(
    table: object, source: str, name: Name, runners: Patterns, folder: str = ""
) -> tuple[Testing, tuple[str, ...]]:
    """Return the test settings and the mistakes in the plugin ``name``'s own ``[tool.commonhold]`` table.

    Plugin authors write this table. So it can change how the plugin is tested, but it cannot exempt the plugin from
    tests, and the plugin's jobs can run only on ``runners``. The table's ``reads`` are relative to the workspace's
    ``folder``.
    """
    reader = Reader()
    other_readers = {"maintainers": lambda value, _key: value, "check": reader.mapping, "template": reader.mapping}
    testing = _Decoder(reader, folder).testing(table, _ROOT, other_readers)[0]
    for label in testing.os or ():
        if label and not runners.match(label):
            allowed = ", ".join(runners.sources) or "none"
            reader.error(
                f"{_ROOT}.os",
                f"must not be {label!r}; the root's configuration allows {allowed} (key `runners`)",
            )
    return testing, tuple(f"{source} ({name}): {problem}" for problem in reader.problems)


class _Decoder:
    def __init__(self, reader: Reader, folder: str = "") -> None:
        self.reader = reader
        self.folder = folder

    def config(self, table: object) -> Config:
        r = self.reader
        read = r.table(
            table,
            _ROOT,
            {
                "core": self.core,
                "default-branch": r.text,
                "python": self.pythons,
                "runners": self.runners,
                "ignore": self.paths,
                "tests": self.patterns,
                "examples": self.patterns,
                "mentions": self.mentions,
                "tiers": self.tiers,
                "shared": self.shared_rules,
                "plugins": self.plugins,
                "release": self.release,
                "check": r.mapping,
                "approvals": r.mapping,
                "catalog": self.catalog,
            },
        )
        # Other mistakes can cause a missing tier, and reporting both would be confusing.
        if not read.get("tiers") and not r.problems:
            r.error(
                join_key(_ROOT, "tiers"),
                'no tiers are configured; add [tool.commonhold.tiers.official] with path = ["..."]',
            )
        config = Config(**_fields(read), folder=self.folder)
        usual = Testing(tests=config.tests)
        tiers = {name: tier._replace(testing=tier.testing.or_else(usual)) for name, tier in config.tiers.items()}
        return config._replace(tiers=tiers)

    def core(self, value: object, key: str) -> CoreConfig:
        r = self.reader
        places = {"path": self.paths, "pin": self.paths}
        names = {"distribution": self.name, "not-needs": self.names, "undeclared": self.names}
        read = r.table(value, key, {**places, **names})
        if not read.get("distribution") and not read.get("path"):
            text = "needs a distribution (a core on a package index) or a path (a core in this repository)"
            r.missing(key, ("distribution", "path"), key, text)
        return CoreConfig(**_fields(read))

    def tiers(self, value: object, key: str) -> Mapping[str, Tier]:
        table = self.reader.mapping(value, key)
        return {name: self.tier(name, item, join_key(key, name)) for name, item in table.items()}

    def tier(self, name: str, value: object, key: str) -> Tier:
        r = self.reader
        if not name.isprintable():
            r.error(key, "a tier name must be one line of printable characters")
        answer = r.choice("test", "advisory", "skip")
        testing, read = self.testing(
            value,
            key,
            {
                "path": self.folders,
                "exclude": self.folders,
                "distribution": self.template,
                "import": self.template,
                "on-core-change": answer,
                "on-dependency-change": answer,
                "on-shared-change": answer,
                "on-release-failure": r.choice("stop", "hold-back"),
                "approvals": r.choice("maintainers", "core"),
                "undeclared": self.names,
                "check": r.mapping,
            },
        )
        if not read.get("path"):
            r.missing(key, ("path",), join_key(key, "path"), 'is required, for example ["plugins/official/*"]')
        read.setdefault("path", Patterns(()))  # decoding continues in order to find every mistake
        return Tier(name=name, testing=testing, **_fields(read))

    def shared_rules(self, value: object, key: str) -> tuple[SharedRule, ...]:
        return self.reader.array(value, key, self.shared_rule)

    def shared_rule(self, value: object, key: str) -> SharedRule:
        r = self.reader
        read = r.table(value, key, {"path": self.paths, "keys": self.keys, "affects": self.affects})
        for name in ("path", "affects"):
            if not read.get(name):
                r.missing(key, (name,), join_key(key, name), "is required")
        return SharedRule(read.get("path") or Patterns(()), read.get("affects") or "all", read.get("keys") or ())

    def catalog(self, value: object, key: str) -> CatalogConfig:
        from commonhold.workspace.config.catalog_table import (
            read_catalog_table,  # late: few repositories have the table
        )

        return read_catalog_table(self.reader, value, key)

    def affects(self, value: object, key: str) -> str | tuple[str, ...]:
        if isinstance(value, list):
            return self.reader.texts(value, key)
        if value in ("all", "none"):
            return str(value)
        self.reader.error(key, 'expected "all", "none", or an array of plugins and tiers')
        return "all"

    def keys(self, value: object, key: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(text.split(".")) for text in self.reader.texts(value, key))

    def mentions(self, value: object, key: str) -> Patterns:
        keys = {pattern: join_key(key, pattern) for pattern in self.reader.mapping(value, key)}
        for pattern, inner in keys.items():
            self.reader.choice("ignore")(value[pattern], inner)  # type: ignore[index]
        return Patterns(self.path(pattern, inner) for pattern, inner in keys.items())

    def plugins(self, value: object, key: str) -> Mapping[Name, PluginConfig]:
        table = self.reader.mapping(value, key)
        return {
            self.name(name, join_key(key, name)): self.plugin(item, join_key(key, name)) for name, item in table.items()
        }

    def plugin(self, value: object, key: str) -> PluginConfig:
        r = self.reader
        version, mentions = r.choice("core", "own", "series"), r.choice("test", "ignore")
        others = {"release": r.flag, "version": version, "mentions": mentions, "generated": self.patterns}
        testing, read = self.testing(value, key, {**others, "undeclared": self.names})
        return PluginConfig(testing=testing, **read)

    def release(self, value: object, key: str) -> ReleaseConfig:
        r = self.reader
        pins = r.choice("~=", "==", "as-written")
        readers = {"tag": self.tags, "pins": pins, "owners": r.texts, "floor": r.text, "generated": self.patterns}
        return ReleaseConfig(**r.table(value, key, readers))

    def tags(self, value: object, key: str) -> tuple[str, ...]:
        return self.reader.array(value, key, self.tag)

    def tag(self, value: object, key: str) -> str:
        text = self.reader.text(value, key)
        if text and "{version}" not in text:
            self.reader.error(key, f"{text!r} does not contain {{version}}")
        return text

    def testing(
        self, value: object, key: str, others: Mapping[str, Callable[[Any, str], object]]
    ) -> tuple[Testing, dict[str, Any]]:
        """Split a table into its test settings and its other keys."""
        r = self.reader
        mine: dict[str, Callable[[Any, str], object]] = {
            "test": r.texts,
            "before": r.texts,
            "install": r.texts,
            "env": r.environment,
            "constraints": r.texts,
            "resolution": r.choice("highest", "lowest", "lowest-direct"),
            "os": self.labels,
            "timeout": r.minutes,
            "python": self.pythons,
            "tests": self.patterns,
            "reads": self.paths,
        }
        read = r.table(value, key, {**others, **mine})
        testing = Testing(**{name: read.pop(name) for name in list(read) if name in mine})
        return testing, read

    def pythons(self, value: object, key: str) -> tuple[str, ...]:
        return self.reader.array(value, key, self.reader.python)

    def labels(self, value: object, key: str) -> tuple[str, ...]:
        return self.reader.array(value, key, self.reader.label)

    def runners(self, value: object, key: str) -> Patterns:
        return Patterns(self.reader.array(value, key, self.reader.label_pattern))

    def patterns(self, value: object, key: str) -> Patterns:
        return Patterns(self.reader.array(value, key, self.pattern))

    def folders(self, value: object, key: str) -> Patterns:
        return Patterns(in_repository(text, self.folder) or "" for text in self.patterns(value, key).sources)

    def paths(self, value: object, key: str) -> Patterns:
        """Decode patterns of paths in the repository; ``/`` or ``../`` starts a pattern outside the workspace."""
        return Patterns(self.reader.array(value, key, self.path))

    def path(self, value: object, key: str) -> str:
        start = outside_start(value) if self.folder and isinstance(value, str) else 0
        if (found := in_repository(self.pattern(value, key, start), self.folder)) is None:
            self.reader.error(key, f"{value!r} points outside the repository")
        return found or ""

    def pattern(self, value: object, key: str, start: int = 0) -> str:
        text = self.reader.text(value, key)
        rest = text[start:]
        if start and not rest:
            self.reader.error(key, f"{text!r} names no path; write {f'{text}**'!r} for everything in this folder")
        elif rest.startswith("/") or ".." in rest.split("/"):
            place = "workspace" if self.folder else "repository"
            self.reader.error(key, f"{text!r} points outside the {place}; patterns are relative to its root")
        elif len(text) > _LONGEST_PATTERN:
            self.reader.error(key, f"is longer than {_LONGEST_PATTERN} characters")
            return ""
        elif text and not is_plain(rest):
            # Imported late, because few patterns need it.
            from commonhold.workspace.config.dialects import explain_refusal

            refusal = explain_refusal(text)
            if refusal is not None:
                self.reader.error(key, refusal)
        return text

    def name(self, value: object, key: str) -> Name:
        text = self.reader.text(value, key)
        if text and not is_valid(text):
            self.reader.error(key, f"{text!r} is not a distribution name")
        return normalize(text)

    def names(self, value: object, key: str) -> tuple[Name, ...]:
        return self.reader.array(value, key, self.name)

    def template(self, value: object, key: str) -> str:
        text = self.reader.text(value, key)
        if text and "{name}" not in text:
            self.reader.error(key, f"{text!r} does not contain {{name}}")
        return text


def _fields(read: Mapping[str, Any]) -> dict[str, Any]:
    fields = {key.replace("-", "_"): value for key, value in read.items()}
    if "import" in fields:
        fields["import_"] = fields.pop("import")
    return fields
