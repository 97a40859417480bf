"""Complete the facts of a release with what the plugin's source says, because many older wheels have no readme."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from commonhold.catalog.project_urls import ProjectLinks, find_links
from commonhold.catalog.source_facts import read_source_readme
from commonhold.catalog.untrusted_text import clean_line, clean_url
from commonhold.catalog.wheel_facts import quick_start_code
from commonhold.projects.description import read_description

if TYPE_CHECKING:
    from commonhold.catalog.wheel_facts import PublishedReadme, WheelFacts
    from commonhold.workspace import Files


@dataclass(frozen=True)
class DescribedSource:
    """The description of a plugin in the repository: its summary, links, readme and keywords."""

    summary: str
    keywords: tuple[str, ...]
    links: ProjectLinks
    readme: PublishedReadme | None

    def complete(self, facts: WheelFacts) -> WheelFacts:
        """Return the facts with the description of the source where the release has none."""
        readme = facts.readme or self.readme
        found, own = facts.links, self.links
        return replace(
            facts,
            summary=facts.summary or self.summary,
            keywords=facts.keywords or self.keywords,
            readme=readme,
            quick_start=facts.quick_start or (quick_start_code(readme) if readme is not None else None),
            links=ProjectLinks(
                homepage=found.homepage or own.homepage,
                documentation=found.documentation or own.documentation,
                source=own.source or found.source,
                issues=found.issues or own.issues,
            ),
        )


def describe_source(files: Files, folder: str, page: str | None, branch: str) -> DescribedSource:
    """Read the description of the plugin in ``folder``; ``page`` is the address of the repository's page.

    On GitHub, the source of a plugin is its folder on ``branch``, and its issues are those of the repository.
    """
    description = read_description(folder, files.get)
    names = [path.removeprefix(f"{folder}/") for path in files.entries if path.startswith(f"{folder}/")]
    links = find_links(description.urls.value or {})
    if page is not None and page.startswith("https://github.com/"):
        links = replace(
            links,
            source=clean_url(f"{page}/tree/{quote(branch)}/{quote(folder)}") or links.source,
            issues=links.issues or clean_url(f"{page}/issues"),
        )
    return DescribedSource(
        summary=clean_line(description.summary.value or ""),
        keywords=tuple(map(clean_line, description.keywords.value or ()))[:30],
        links=links,
        readme=read_source_readme(description, folder, names, files.get),
    )
