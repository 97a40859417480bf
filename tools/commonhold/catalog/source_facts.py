"""Read the facts about a project from its source: for a commit, which has no files, and for a plugin in a clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from commonhold.catalog.project_urls import find_links
from commonhold.catalog.provided import MOST_PARTS, entry_point_objects
from commonhold.catalog.untrusted_text import clean_line, clean_text
from commonhold.catalog.wheel_facts import (
    PublishedReadme,
    UnreadableReleaseError,
    WheelFacts,
    is_publishable,
    quick_start_code,
)
from commonhold.checks.licences import stated_expression
from commonhold.projects.description import read_description
from commonhold.projects.merge import read_metadata
from commonhold.projects.published import Licence
from commonhold.projects.quick_start import find_readme
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from commonhold.projects.metadata import Dependency
    from commonhold.projects.published import Description


def read_source_facts(
    folder: str, paths: Collection[str], read: Callable[[str], bytes | None], version: str | None = None
) -> WheelFacts:
    """Return the facts about the project in ``folder`` (``""``: the root); nothing is run or built.

    ``paths`` are the files below the folder, relative to it, and ``read`` returns the content of a file by its path in
    the repository. ``version`` is the version if the project computes its version. Raises ``UnreadableReleaseError``.
    """
    description = read_description(folder, read)
    metadata = read_metadata(folder, read)
    named = version or description.version.value or metadata.version
    found = parse_version(named or "")
    place = folder or "the root folder"
    if metadata.name is None:
        raise UnreadableReleaseError(f"{place} contains no project with a name that can be read without running code")
    if found is None:
        raise UnreadableReleaseError(f"the version of {metadata.name} in {place} is computed, or is not a version")
    if metadata.problems:
        raise UnreadableReleaseError(f"{metadata.problems[0].path} cannot be read: {metadata.problems[0].message}")
    licence = description.licence.value or Licence()
    readme = read_source_readme(description, folder, paths, read)
    return WheelFacts(
        name=metadata.name,
        version=str(found),
        summary=clean_line(description.summary.value or ""),
        keywords=tuple(map(clean_line, description.keywords.value or ()))[:30],
        licence=stated_expression(licence.expression, licence.text, description.classifiers.value or ()),
        requires_python=_specifier(metadata.requires_python),
        requires=tuple(_requirements(metadata.runtime)),
        import_names=tuple(description.import_names.value or ()),
        import_namespaces=tuple(description.import_namespaces.value or ()),
        links=find_links(description.urls.value or {}),
        people=tuple(_people(description)),
        readme=readme,
        provides=tuple(entry_point_objects(description.entry_points.value or {}))[:MOST_PARTS],
        quick_start=None if readme is None else quick_start_code(readme),
    )


def read_source_readme(
    description: Description, folder: str, paths: Iterable[str], read: Callable[[str], bytes | None]
) -> PublishedReadme | None:
    """Return the readme of a project in a repository."""

    def read_text(path: str) -> str | None:
        data = read(path.lstrip("/"))  # a project in the root folder has an empty folder name
        return None if data is None else data.decode("utf-8", "replace")

    document = find_readme(description, folder, [path for path in paths if "/" not in path], read_text)
    text = clean_text(read_text(document.path) or "") if document is not None else ""
    if document is None or not text.strip():
        return None
    is_rst = document.path.lower().endswith((".rst", ".rest"))
    return PublishedReadme(text, "text/x-rst" if is_rst else "text/markdown")


def _specifier(text: str | None) -> str | None:
    try:
        return str(SpecifierSet(text)) if text else None
    except InvalidSpecifier:
        return None


def _requirements(dependencies: Iterable[Dependency]) -> Iterator[str]:
    for dependency in dependencies:
        if dependency.name is None or dependency.path is not None:
            continue
        try:
            requirement = Requirement(dependency.text)
        except InvalidRequirement:
            continue
        if is_publishable(requirement):
            yield str(requirement)


def _people(description: Description) -> Iterator[str]:
    for person in description.maintainers.value or description.authors.value or ():
        name = clean_line(person.name or "")
        if name and "@" not in name:
            yield name
