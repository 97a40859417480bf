"""Describe a plugin that is to be created: the answers, and the facts of the repository that its files need."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.scaffold.new.naming import is_official, plugins_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.checks.settings import CheckSettings
    from commonhold.scaffold.new.answers import Answers
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.new.templates import Template
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Tier

_ANY_PYTHON = "3.10"


@dataclass(frozen=True)
class NewPlugin:
    """A plugin that is to be created. ``page`` is the repository's web address, ``day`` the current day."""

    workspace: Workspace
    tier: Tier
    names: PluginNames
    answers: Answers
    template: Template
    settings: CheckSettings
    page: str | None = None
    day: dt.date = field(default_factory=lambda: dt.datetime.now(tz=dt.timezone.utc).date())

    @property
    def shown_folder(self) -> str:
        """The plugin's folder, relative to the workspace."""
        return self.workspace.config.shown(self.names.folder)

    @property
    def needs_image(self) -> bool:
        """Whether the plugin needs a Dockerfile."""
        return self.template.image or self.settings.image

    @property
    def core(self) -> str | None:
        """The name of the core: the repository's core, or else the core that the template is made for."""
        own, cores = self.workspace.core.name, self.template.cores
        return cores[0] if cores and own not in cores else own

    @property
    def pythons(self) -> tuple[str, ...]:
        """The versions of Python on which the repository tests its plugins, lowest first."""
        found = self.tier.testing.python or self.workspace.config.python or (_ANY_PYTHON,)
        return tuple(sorted(found, key=lambda version: tuple(map(int, version.split(".")))))

    @property
    def classifiers(self) -> tuple[str, ...]:
        """The classifiers of the package index."""
        return (*(f"Programming Language :: Python :: {each}" for each in self.pythons), "Typing :: Typed")

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords for the package index."""
        return tuple(filter(None, (self.core, self.names.name)))

    @property
    def entry_point(self) -> str:
        """The name of the plugin's entry point: names of different tiers differ."""
        return ".".join(self.names.package.split(".")[1:]).replace(".", "-") or self.names.package

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The requirements: the core, and the packages that the template's code imports."""
        return (*filter(None, [self.core_requirement]), *self.template.dependencies)

    @property
    def core_requirement(self) -> str:
        """The requirement on the core, as most plugins of the tier, or else of the repository, state it."""
        if self.core is None:
            return ""
        plugins = plugins_of(self.workspace, self.tier), self.workspace.plugins.values()
        for group in plugins:
            stated = Counter(
                each.text for plugin in group for each in plugin.metadata.runtime if each.name == self.core
            )
            if stated:
                return stated.most_common(1)[0][0]
        return f"{self.core}{self.template.core_requirement}"

    @property
    def poetry_core(self) -> str:
        """The requirement on the core in the form of Poetry."""
        return self.core_requirement[len(self.core or "") :] or "*"

    @property
    def statements(self) -> Mapping[str, str]:
        """The sentences of the README about the tier's support and releases."""
        core = self.core or "the repository"
        if is_official(self.workspace, self.tier):
            support = f"The maintainers of {core} test and release it, and handle its bugs like bugs of {core}."
            owners = f"The maintainers of {core} support this plugin."
        else:
            support = f"Its own maintainers support it on a best-effort basis; the maintainers of {core} do not."
            owners = "The maintainers listed below support this plugin on a best-effort basis."
        return {"tier_statement": support, "support_statement": owners, "core_release": f"every release of {core}"}
