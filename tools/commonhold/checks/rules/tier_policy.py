"""Rules CH85x: tiers, owners, and the places of plugins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.core_team import core_team
from commonhold.checks.finding import Violation
from commonhold.checks.memo import once
from commonhold.checks.root_documents import find_documents
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.checks.tiers import OFFICIAL, official_tier, unofficial_tiers
from commonhold.projects.codeowners import codeowners_path, read_codeowners
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.finding import Severity
    from commonhold.projects.document import Document
    from commonhold.workspace.config import Tier


@plugin_rule("CH851", "The documentation links to the plugin, if it is official", implements=(13, 19), requires=())
def documented_plugins(checked: CheckedPlugin) -> Iterator[Violation]:
    """A document links to each plugin of the tier `official`: to its folder, its page, or its project on an index.

    Naming a plugin is not enough, because readers cannot follow a name. The documents are those in the root, in `docs`,
    and next to the plugins' folders. The README of the plugin itself does not count.

    **To fix it**, add a link to the plugin's folder to the page that lists the plugins.
    """
    if checked.plugin.tier.name == OFFICIAL and not _linked_places(checked.repository).contains(checked):
        text = "no document of the repository links to this official plugin"
        yield Violation(text, checked.path("README.md"))


@once
def _linked_places(repository: CheckedRepository) -> _LinkedPlaces:
    return _LinkedPlaces.of(target for document in find_documents(repository) for target in _resolved_links(document))


def _resolved_links(document: Document) -> Iterator[str]:
    """Yield the targets of links as URLs or as paths in the repository, without anchors."""
    folder = document.path.rpartition("/")[0]
    for _, target in document.links:
        place = target.partition("#")[0].partition("?")[0]
        if "://" in place:
            yield place
            continue
        parts = [] if place.startswith("/") else [part for part in folder.split("/") if part]
        for part in place.split("/"):
            if part == ".." and parts:
                parts.pop()
            elif part not in ("", ".", ".."):
                parts.append(part)
        yield "/".join(parts)


@dataclass(frozen=True, slots=True)
class _LinkedPlaces:
    """The places that links lead to: every part of a link that can be a folder, and the names of the pages."""

    folders: frozenset[str]
    pages: frozenset[str]

    @classmethod
    def of(cls, targets: Iterable[str]) -> _LinkedPlaces:
        """Return the places of the targets of links; sets, because there may be as many links as plugins."""
        folders, pages = set[str](), set[str]()
        for target in frozenset(targets):
            parts = target.split("/")[:_MOST_PARTS]
            for start in range(len(parts)):
                folders.update("/".join(parts[start:end]) for end in range(start + 1, len(parts) + 1))
            last = next((part for part in reversed(target.split("/")) if part), "")
            page = re.sub(r"\.(md|rst|html?|ipynb|mdx)$", "", last)
            pages |= {normalize(page), page.replace("_", "-")}
        return cls(frozenset(folders), frozenset(pages - {""}))

    def contains(self, checked: CheckedPlugin) -> bool:
        """Return whether a link leads to a plugin's folder, its page or its project."""
        plugin = checked.plugin
        names = {plugin.name, normalize(plugin.path.rpartition("/")[2]), plugin.tier.short_name(plugin.name)}
        return plugin.path in self.folders or not names.isdisjoint(self.pages)


@repository_rule("CH852", "CODEOWNERS names only members of the core team", implements=(10,))
def codeowners_are_core(repository: CheckedRepository) -> Iterator[Violation]:
    """Every owner in CODEOWNERS is a member of the core team.

    GitHub gives owners no rights, but it ignores owners without write access, and authors of plugins do not have write
    access. The members are the people with an active role `core` in `governance/people.toml`, and those in the setting
    `team`. Without a list, the rule is not applied. Maintainers of a plugin belong in its `governance.toml`.

    **To fix it**, remove the owner, or add the person to the core team.
    """
    team = core_team(repository)
    path = codeowners_path(repository.files.entries)
    if not team or path is None:
        return
    for rule in read_codeowners(path, repository.files.get(path) or b"").rules:
        for owner in rule.owners:
            if owner.lstrip("@").casefold() not in team:
                text = f"CODEOWNERS names {owner} for {rule.pattern}, but {owner} is not in the core team"
                yield Violation(text, path, rule.line, subject=f"{owner} {rule.pattern}")


_MOST_PARTS = 20
"""The number of parts of a link that are read."""

_RESPONSES = ("skip", "advisory", "test")


@repository_rule("CH853", "The official tier is the strictest", implements=(95,), general=False)
def official_is_stricter(repository: CheckedRepository) -> Iterator[Violation]:
    """No setting of another tier is stricter than that of the tier `official`.

    The rule compares the tests after changes (`on-core-change`, `on-dependency-change`, `on-shared-change`), the
    reaction to a failed release, the number of maintainers, the profiles, and the severities of rules.

    **To fix it**, make the setting of the official tier at least as strict.
    """
    official = official_tier(repository)
    path = repository.workspace.config.path("pyproject.toml")
    for tier in unofficial_tiers(repository) if official is not None else ():
        for key in _weaker(official, tier) if official is not None else ():
            text = f"the tier {tier.name} is stricter than the official tier: {key}"
            yield Violation(text, path, subject=f"{tier.name} {key}")
        ours, theirs = (repository.all_settings.tiers[each] for each in (OFFICIAL, tier.name))
        weaker = {
            "check.maintainers": ours.maintainers < theirs.maintainers,
            "check.image": theirs.image and not ours.image,
            "check.profile": not {*theirs.profile} <= {*ours.profile},
            "check.severity": any(_rank(ours.severity.get(code)) < each.rank for code, each in theirs.severity.items()),
        }
        for key in (key for key, is_weaker in weaker.items() if is_weaker):
            text = f"the tier {tier.name} is stricter than the official tier: {key}"
            yield Violation(text, path, subject=f"{tier.name} {key}")


def _rank(severity: Severity | None) -> int:
    return severity.rank if severity is not None else -1


def _weaker(official: Tier, other: Tier) -> Iterator[str]:
    pairs = {
        "on-core-change": (official.on_core_change, other.on_core_change),
        "on-dependency-change": (official.on_dependency_change, other.on_dependency_change),
        "on-shared-change": (official.on_shared_change, other.on_shared_change),
    }
    yield from (key for key, (ours, theirs) in pairs.items() if _RESPONSES.index(ours) < _RESPONSES.index(theirs))
    if official.on_release_failure == "hold-back" and other.on_release_failure == "stop":
        yield "on-release-failure"


_COMMUNITY = re.compile(r"(^|[/_-])(community|contrib|experimental|incubator|third[-_]party)([/_-]|$)", re.IGNORECASE)


@plugin_rule("CH854", "The plugin is in its tier's folder", implements=(1,), general=False)
def in_community_folder(checked: CheckedPlugin) -> Iterator[Violation]:
    """A plugin that is not official is in a folder named like its tier, or `community` or `contrib`; others are not.

    Contributors recognize a community plugin by its path, for example `plugins/community/flytekit-pint`.

    **To fix it**, move the plugin's folder, and adapt `path` of the tier.
    """
    tier, parent = checked.plugin.tier.name, checked.plugin.path.rpartition("/")[0]
    if official_tier(checked.repository) is None:
        return
    is_community = bool(_COMMUNITY.search(parent)) or tier in parent.split("/")
    if tier == OFFICIAL and _COMMUNITY.search(parent):
        yield Violation(f"the official plugin is in the folder {parent} of community plugins", checked.project_file)
    elif tier != OFFICIAL and not is_community:
        text = f"the {tier} plugin is in {parent or 'the root'}, not in a folder such as community or contrib"
        yield Violation(text, checked.project_file)


@plugin_rule("CH855", "The plugin is released with every core release", implements=(4,), general=False)
def released_with_core(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin has the core's version, so that each release of the core releases the plugin, changed or not.

    Users find a version of every plugin for every version of the core. The settings `release = false` and
    `version = "own"`, and the classifier `Private ::`, exclude a plugin from these releases.

    **To fix it**, remove the setting or the classifier.
    """
    settings = checked.repository.workspace.config.plugins.get(checked.name)
    why = None
    if settings is not None and not settings.release:
        why = "release = false"
    elif settings is not None and settings.version != "core":
        why = f'version = "{settings.version}"'
    elif any(each.startswith("Private ::") for each in checked.plugin.metadata.classifiers):
        why = "the classifier Private ::"
    if why is not None:
        yield Violation(f"the plugin is not released with the core, because of {why}", checked.project_file)


PLUGIN_RULES = (documented_plugins, in_community_folder, released_with_core)
REPOSITORY_RULES = (codeowners_are_core, official_is_stricter)
