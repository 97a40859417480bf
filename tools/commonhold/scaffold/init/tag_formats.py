"""Read from the tags of a repository how its plugins are versioned: all with the core, or each on its own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.plan.tag_patterns import TOOL_TAGS
from commonhold.scaffold.init.facts import Found, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Package
    from commonhold.scaffold.init.package_names import PackageNames

_TAG = re.compile(r"(?P<start>.{0,200}?)(?P<mark>[-/=@_]*v?)(?P<version>\d+\.\d+[\w.+!-]*)")
_MOST_TAGS = 20_000
_MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class TagFormat:
    """The most common format of tags, with one tag as its source; ``own`` are plugins that have tags of their own."""

    form: Found
    own: Mapping[Name, str]


def find_tag_format(tags: Iterable[str], plugins: Sequence[Package], names: PackageNames) -> TagFormat | None:
    """Return the format of most tags; ``None`` if the tags contain no versions."""
    forms: Counter[str] = Counter()
    examples: dict[str, str] = {}
    own: dict[str, dict[Name, str]] = {}
    for tag in sorted(tags)[:_MOST_TAGS]:
        match = _TAG.fullmatch(tag)
        if match is None or not tag.isprintable() or tag.startswith(TOOL_TAGS):
            continue
        before, package = _package_at_end(match["start"], names)
        if package is not None:
            placeholder = "{name}" if match["start"].endswith(package.name) else "{folder}"
            form = f"{before}{placeholder}{match['mark']}{{version}}"
            own.setdefault(form, {})[package.name] = tag
        else:
            form = f"{match['start']}{match['mark']}{{version}}"
        forms[form] += 1
        examples[form] = tag
    # Tags of single plugins count together: even one tag for each of many plugins outweighs tags of a former core.
    best = max(forms, key=lambda form: (len(own.get(form, ())) >= len(plugins) / 3, forms[form], form), default=None)
    if best is None or "{version}" not in best or any(char in best.replace("{version}", "") for char in "*?[\\"):
        return None
    return TagFormat(Found(best, Place(f"the tag {examples[best]}")), own.get(best, {}))


def _package_at_end(text: str, names: PackageNames) -> tuple[str, Package | None]:
    """Return the package whose name or folder a text ends with, and the text before it."""
    folder, slash, last = text.rpartition("/")
    words = last.split("-")[:_MOST_WORDS]
    for start in range(len(words)):
        package = names.named("-".join(words[start:]))
        if package is not None:
            before = "-".join((*words[:start], "")) if start else ""
            return f"{folder}{slash}{before}", package
    return text, None
