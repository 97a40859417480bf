"""Decode the settings of checks: the root's, each tier's, and the plugin's own, which can only be stricter.

To add a setting, add a field to :class:`CheckSettings` and an entry to ``SETTINGS``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from commonhold.checks.finding import Severity
from commonhold.checks.profiles import PROFILES
from commonhold.errors import ConfigurationError, page_url
from commonhold.projects.names import is_valid, normalize
from commonhold.workspace.config import closest
from commonhold.workspace.config.reader import Reader, join_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config

_CODE = re.compile(r"[A-Z]{2,10}[0-9]{3,4}|RR:[A-Za-z0-9._-]{1,40}")
_KEY = "tool.commonhold.check"

PERMISSIVE = (
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "PSF-2.0"),
    *("Python-2.0", "Unlicense", "Zlib"),
)
"""The licences that a plugin may have if the settings do not list others."""


class KnownRule(Protocol):
    """The part of a rule that settings need."""

    @property
    def code(self) -> str: ...

    def usual_severity(self, profiles: tuple[str, ...]) -> Severity:
        """Return the rule's severity without settings."""
        ...


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The settings that apply to a plugin or to the repository.

    ``hosts`` are the projects of which a plugin extends at least one; without hosts, the core is the host. ``image``
    means that each plugin has a Dockerfile. ``licences`` are the permitted SPDX identifiers. ``maintainers`` is the
    lowest number of maintainers. ``team`` are the accounts, teams or addresses of the core team, which only the
    root's settings name.
    """

    profile: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    hosts: tuple[Name, ...] = ()
    image: bool = False
    licences: tuple[str, ...] = PERMISSIVE
    maintainers: int = 1
    team: tuple[str, ...] = ()

    def severity_of(self, rule: KnownRule) -> Severity:
        """Return the severity of a rule; a severity in the settings also enables a rule that no profile enables."""
        return self.severity.get(rule.code) or rule.usual_severity(self.profile)


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """The settings of the root and of each tier.

    ``rules`` are all rules by code, or ``None`` if they are unknown.
    """

    root: CheckSettings
    tiers: Mapping[str, CheckSettings]
    rules: Mapping[str, KnownRule] | None = None

    def with_profiles(self, profiles: tuple[str, ...]) -> RepositorySettings:
        """Return the settings with other profiles."""
        tiers = {name: replace(tier, profile=profiles) for name, tier in self.tiers.items()}
        return replace(self, root=replace(self.root, profile=profiles), tiers=tiers)

    def for_plugin(self, tier: str, table: Mapping[str, Any]) -> tuple[CheckSettings, tuple[str, ...]]:
        """Return the settings for a plugin, and the mistakes in its own table, such as settings that are weaker."""
        ours, mine = self.tiers.get(tier, self.root), table.get("check")
        if mine is None:
            return ours, ()
        decoder = _Decoder(self.rules)
        own = decoder.table(mine, _KEY)
        problems = decoder.reader.problems
        strict: dict[str, Any] = {}
        for name, value in own.items():
            before = getattr(ours, name)
            if name == "severity":
                before = {code: self._severity(ours, code) for code in value}
            strict[name], weaker = SETTINGS[name].combine(before, value)
            problems += [f"{join_key(_KEY, name)}: {text}" for text in weaker]
        if "severity" in strict:
            strict["severity"] = {**ours.severity, **strict["severity"]}
        return replace(ours, **strict), tuple(problems)

    def _severity(self, settings: CheckSettings, code: str) -> Severity:
        rule = (self.rules or {}).get(code)
        return Severity.OFF if rule is None else settings.severity_of(rule)


def read_settings(config: Config, rules: Mapping[str, KnownRule] | None = None) -> RepositorySettings:
    """Decode the settings of the root and of each tier. Raises one ``ConfigurationError`` with every mistake."""
    decoder = _Decoder(rules)
    root = decoder.table(config.check, _KEY)
    tiers = {name: decoder.table(tier.check, _tier_key(name)) for name, tier in config.tiers.items()}
    if decoder.reader.problems:
        lines = "\n".join(f"  {problem}" for problem in decoder.reader.problems)
        raise ConfigurationError(
            f"the settings of checks contain errors:\n{lines}",
            hint=f"All keys are described at {page_url('reference/configuration')}",
        )
    severity = root.get("severity", {})
    merged = {
        name: CheckSettings(**{**root, **tier, "severity": {**severity, **tier.get("severity", {})}})
        for name, tier in tiers.items()
    }
    return RepositorySettings(CheckSettings(**root), merged, rules)


def _tier_key(name: str) -> str:
    return f"{join_key('tool.commonhold.tiers', name)}.check"


class _Decoder:
    def __init__(self, rules: Mapping[str, KnownRule] | None) -> None:
        self.reader = Reader()
        self.rules = rules

    def table(self, value: object, key: str) -> dict[str, Any]:
        readers = {name: self._reader(each) for name, each in SETTINGS.items()}
        return self.reader.table(value, key, readers)

    def _reader(self, key: _Key) -> Callable[[Any, str], object]:
        return lambda value, path: key.read(self, value, path)

    def profiles(self, value: Any, key: str) -> tuple[str, ...]:
        one = self.reader.choice(*PROFILES)
        if isinstance(value, str):
            return (one(value, key),)
        return tuple(dict.fromkeys(self.reader.array(value, key, one)))

    def severities(self, value: Any, key: str) -> dict[str, Severity]:
        read = {}
        for code, word in self.reader.mapping(value, key).items():
            inner = join_key(key, code)
            if not _CODE.fullmatch(code):
                self.reader.error(inner, "is not a rule's code, such as CH101")
            elif self.rules is not None and code not in self.rules:
                self.reader.error(inner, f"no rule has this code{closest(code, self.rules)}")
            read[code] = Severity(self.reader.choice(*(each.value for each in Severity))(word, inner))
        return read

    def names(self, value: Any, key: str) -> tuple[Name, ...]:
        return self.reader.array(value, key, self.name)

    def name(self, value: Any, key: str) -> Name:
        text = self.reader.text(value, key)
        if text and not is_valid(text):
            self.reader.error(key, f"{text[:60]!r} is not a distribution name")
        return normalize(text)

    def flag(self, value: Any, key: str) -> bool:
        return self.reader.flag(value, key)

    def texts(self, value: Any, key: str) -> tuple[str, ...]:
        return self.reader.texts(value, key)

    def number(self, value: Any, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            self.reader.error(key, f"expected a number from 0 to {_MOST}")
            return 0
        return value


_MOST = 100


def _join(ours: tuple[str, ...], mine: tuple[str, ...]) -> tuple[tuple[str, ...], Iterable[str]]:
    return tuple(dict.fromkeys((*ours, *mine))), ()


def _narrow(ours: tuple[str, ...], mine: tuple[str, ...]) -> tuple[tuple[str, ...], Iterable[str]]:
    kept = tuple(each for each in mine if each in ours)
    more = [f"must not contain {each!r}, because the tier's does not" for each in mine if each not in ours]
    return kept or ours, more


def _highest(ours: int, mine: int) -> tuple[int, Iterable[str]]:
    word = "true" if isinstance(ours, bool) else f"at least {ours}"
    return max(ours, mine), [f"must be {word}, as for the tier"] if mine < ours else ()


def _strictest(
    ours: Mapping[str, Severity], mine: Mapping[str, Severity]
) -> tuple[Mapping[str, Severity], Iterable[str]]:
    weaker = [
        f"{code} must not be {each.value!r}, which is weaker than {ours[code].value!r}"
        for code, each in mine.items()
        if each.rank < ours[code].rank
    ]
    return {code: max(ours[code], each, key=lambda severity: severity.rank) for code, each in mine.items()}, weaker


class _Key(NamedTuple):
    """A setting: how to read it, and how to combine the repository's value with the plugin's own, stricter one.

    ``combine`` also returns the reasons why the plugin's own value is weaker.
    """

    read: Callable[[_Decoder, Any, str], object]
    combine: Callable[[Any, Any], tuple[object, Iterable[str]]]


SETTINGS: Mapping[str, _Key] = {
    "profile": _Key(_Decoder.profiles, _join),
    "severity": _Key(_Decoder.severities, _strictest),
    "hosts": _Key(_Decoder.names, _narrow),
    "image": _Key(_Decoder.flag, _highest),
    "licences": _Key(_Decoder.texts, _narrow),
    "maintainers": _Key(_Decoder.number, _highest),
    "team": _Key(_Decoder.texts, _narrow),
}
"""The keys of ``[tool.commonhold.check]``."""
