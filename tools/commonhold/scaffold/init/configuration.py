"""Write the first configuration: facts with their sources, and promises as comments that a person confirms."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.scaffold.init.config_line import TODO, ConfigLine, array
from commonhold.text import count, printable
from commonhold.workspace.config.reader import join_key, toml_string
from commonhold.workspace.patterns import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from commonhold.scaffold.init.facts import TierFolders
    from commonhold.scaffold.init.findings import PluginFacts, Survey
    from commonhold.scaffold.init.path_rules import PathRule


_PROMISE = re.compile(rf"(?m)^( *){re.escape(TODO)}")  # a name of a file can also contain the mark


def confirm_promises(text: str) -> str:
    """Return a configuration with every promise confirmed."""
    return _PROMISE.sub(r"\1", text)


def count_promises(text: str) -> int:
    """Count the promises in a configuration."""
    return len(_PROMISE.findall(text))


def write_configuration(survey: Survey, own_rules: Sequence[PathRule] = ()) -> str:
    """Return the lines of ``[tool.commonhold]``; ``own_rules`` are the rules for the files that `init` writes."""
    lines = [
        ConfigLine(
            "# Written by `commonhold init`. A comment after a line names the file and line from which it was read."
        ),
        ConfigLine(
            "# Each line that begins with TODO(you) is a promise that no file can prove: remove the mark to confirm it."
        ),
        ConfigLine("[tool.commonhold]"),
        *_core(survey),
        *_root(survey),
        *_ignore(survey.rules),
        *_shared((*own_rules, *_without(own_rules, survey.rules))),
    ]
    lines += _mentions(survey)
    for tier in survey.tiers:
        lines += _tier(survey, tier)
    lines += _plugins(survey.plugins)
    lines += _release(survey)
    return "\n".join(map(str, lines)) + "\n"


def _core(survey: Survey) -> Iterator[ConfigLine]:
    core = survey.core
    if core is None:
        yield ConfigLine("# No project is required by nearly every plugin, so there is no core.")
        return
    parts = [f"distribution = {toml_string(core.name)}"]
    parts += [f"path = {array(core.paths)}"] if core.paths else []
    parts += [f"pin = {array(found.value for found in core.pins)}"] if core.pins else []
    place = f"{core.package.place}; " if core.package else ""
    pins = "".join(f"; pinned at {found.place}" for found in core.pins)
    source = f"{place}required by {core.users} of {count(core.total, 'package')}{pins}"
    yield ConfigLine(f"core = {{ {', '.join(parts)} }}", source)


def _root(survey: Survey) -> Iterator[ConfigLine]:
    if survey.branch is not None:
        yield ConfigLine(f"default-branch = {toml_string(survey.branch.value)}", survey.branch.place.path)
    if survey.pythons:
        yield ConfigLine(f"python = {array(each.value for each in survey.pythons)}", _places(survey.pythons))
    if survey.runners:
        yield ConfigLine(f"runners = {array(survey.runners)}", "labels that workflows use")


def _places(found: Iterable[object]) -> str:
    places = list(dict.fromkeys(str(each.place) for each in found))  # type: ignore[attr-defined]
    return ", ".join(places[:2]) + (f" and {len(places) - 2} more" if len(places) > 2 else "")


def _ignore(rules: Sequence[PathRule]) -> Iterator[ConfigLine]:
    ignored = [rule for rule in rules if rule.affects == "ignore"]
    if not ignored:
        return
    yield ConfigLine("ignore = [", "changes to these files test nothing")
    for rule in ignored:
        yield ConfigLine(", ".join(map(toml_string, rule.patterns)) + ",", rule.because, rule.promise, "    ")
    yield ConfigLine("]")


def _without(own_rules: Sequence[PathRule], rules: Sequence[PathRule]) -> Iterator[PathRule]:
    """Yield the rules without the paths that ``own_rules`` cover, which may exist if an earlier run was killed."""
    own = {pattern for rule in own_rules for pattern in rule.patterns}
    for rule in rules:
        patterns = tuple(pattern for pattern in rule.patterns if pattern not in own)
        if patterns:
            yield replace(rule, patterns=patterns)


def _shared(rules: Sequence[PathRule]) -> Iterator[ConfigLine]:
    listed = [rule for rule in rules if rule.affects != "ignore"]
    if not listed:
        return
    yield ConfigLine("shared = [", "the first matching rule applies; a path that no rule covers tests every plugin")
    for rule in listed:
        affects = toml_string(rule.affects) if isinstance(rule.affects, str) else array(rule.affects)
        keys = f", keys = {array(rule.keys)}" if rule.keys else ""
        text = f"{{ path = {array(rule.patterns)}{keys}, affects = {affects} }},"
        yield ConfigLine(text, rule.because, rule.promise, "    ")
    yield ConfigLine("]")


def _mentions(survey: Survey) -> Iterator[ConfigLine]:
    if survey.mentions:
        yield ConfigLine("")
        yield ConfigLine("[tool.commonhold.mentions]")
    for each in survey.mentions:
        source = f"{each.place}; {each.source} neither requires nor imports {each.target}"
        yield ConfigLine(f'{toml_string(escape(each.place.path))} = "ignore"', source, promise=True)


def _tier(survey: Survey, tier: TierFolders) -> Iterator[ConfigLine]:
    yield ConfigLine("")
    yield ConfigLine(f"[{join_key('tool.commonhold.tiers', tier.name)}]")
    first = f", such as {tier.packages[0].place}" if tier.packages else ""
    yield ConfigLine(f"path = {array(tier.patterns)}", f"{count(len(tier.packages), 'package')}{first}")
    if tier.exclude:
        yield ConfigLine(f"exclude = {array(tier.exclude)}", "projects that are not plugins")
    yield from survey.naming.get(tier.name, ())
    if survey.reads:
        yield ConfigLine(f"reads = {array([survey.reads])}", "each of these workflows tests one plugin")
    if tier.is_community:
        source = "the folder's name suggests authors outside the core team"
        for key in ("on-core-change", "on-dependency-change", "on-shared-change"):
            value = "skip" if key == "on-core-change" else "advisory"
            yield ConfigLine(f'{key} = "{value}"', source, promise=True)
        yield ConfigLine('on-release-failure = "hold-back"', source, promise=True)
    yield from survey.testing.get(tier.name, ())
    owned = [(package, survey.owners[package.name]) for package in tier.packages if package.name in survey.owners]
    for package, owners in owned:
        yield ConfigLine(f"# owners of {package.last}: {printable(owners.value)}", str(owners.place))


def _plugins(plugins: Sequence[PluginFacts]) -> Iterator[ConfigLine]:
    short = [each for each in plugins if each.lines and not any(line.promise for line in each.lines)]
    if short:
        yield ConfigLine("")
        yield ConfigLine("[tool.commonhold.plugins]")
    for each in short:
        settings = ", ".join(line.toml for line in each.lines)
        sources = ", ".join(dict.fromkeys(line.source for line in each.lines))
        yield ConfigLine(f"{join_key('', each.name)} = {{ {settings} }}", sources)
    for each in plugins:
        if each not in short and each.lines:
            yield ConfigLine("")
            yield ConfigLine(f"[{join_key('tool.commonhold.plugins', each.name)}]")
            yield from each.lines


def _release(survey: Survey) -> Iterator[ConfigLine]:
    if survey.tags is not None:
        yield ConfigLine("")
        yield ConfigLine("[tool.commonhold.release]")
        yield ConfigLine(f"tag = {array([survey.tags.value])}", str(survey.tags.place))
