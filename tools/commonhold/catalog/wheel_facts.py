"""Read everything that the plugin index publishes about one release from its wheel or sdist, without running code.

Archives and metadata come from other people. Archives that installers would reject, or that different installers would
read differently, are refused; texts are cleaned and shortened.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from commonhold.catalog.project_urls import ProjectLinks, find_links
from commonhold.catalog.provided import find_provided_parts
from commonhold.catalog.untrusted_text import clean_line, clean_text
from commonhold.checks.licences import stated_expression
from commonhold.checks.wheel_modules import outermost_names
from commonhold.errors import CommonholdError
from commonhold.projects.quick_start import python_script
from commonhold.projects.restructured_text import read_document
from commonhold.release.inspect.core_metadata import get_field, parse_core_metadata
from commonhold.release.inspect.layout import installed_places, metadata_folders
from commonhold.release.model.archive import MAX_FILE_BYTES, open_archive
from commonhold.release.model.plan import Artifact
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from packaging.metadata import Metadata
    from packaging.requirements import Requirement

    from commonhold.catalog.documents import ProvidedObject, ReadmeType
    from commonhold.release.model.archive import ArchiveContents

README_SUFFIXES: Mapping[ReadmeType, str] = {"text/markdown": ".md", "text/x-rst": ".rst", "text/plain": ".txt"}
"""The content types of readmes (core metadata specification), and the suffix of a file with each type."""

_MOST_KEYWORDS = 30
_MOST_REQUIREMENTS = 500
_LONGEST_QUICK_START = 4000
_LONGEST_REQUIREMENT = 1000
_LONGEST_KEYWORD = 100
_TEST_FOLDERS = ("tests/", "test/")
_GAPS = re.compile(r"\n{3,}")


class UnreadableReleaseError(CommonholdError):
    """A file of a release cannot be read, or must not be listed in a plugin index."""


@dataclass(frozen=True, slots=True)
class PublishedReadme:
    """A readme as a release contains it."""

    text: str
    content_type: ReadmeType

    @property
    def suffix(self) -> str:
        """The suffix of a file with this text."""
        return README_SUFFIXES[self.content_type]


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """The facts that a wheel or an sdist states about a release.

    ``name`` is normalized. ``requires`` are the requirements as PEP 508 writes them. ``import_names`` and
    ``import_namespaces`` are those of PEP 794, or those of the wheel's files. ``licence`` is an SPDX expression.
    ``people`` are names, without e-mail addresses. ``problems`` are the fields that are left out because they are
    invalid.
    """

    name: str
    version: str
    summary: str = ""
    keywords: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    licence: str | None = None
    requires_python: str | None = None
    requires: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()
    links: ProjectLinks = field(default_factory=ProjectLinks)
    people: tuple[str, ...] = ()
    readme: PublishedReadme | None = None
    provides: tuple[ProvidedObject, ...] = ()
    quick_start: str | None = None
    problems: tuple[str, ...] = ()

    def range_of(self, distribution: str) -> str | None:
        """Return the range of versions that the release requires of a distribution such as the core.

        The result is ``None`` if the release does not require the distribution, or requires different versions on
        different machines.
        """
        from packaging.requirements import Requirement

        found = [each for each in map(Requirement, self.requires) if canonicalize_name(each.name) == distribution]
        always = [each for each in found if each.marker is None]
        optional = {
            str(each.specifier) for each in found if each.marker is not None and "extra" not in str(each.marker)
        }
        if always and all(each.url is None for each in always):
            clauses = {str(clause) for each in always for clause in each.specifier}
            return ",".join(sorted(clauses, key=_clause_order))
        return optional.pop() if not always and len(optional) == 1 else None


def read_wheel_facts(path: Path) -> WheelFacts:
    """Return the facts about a release from one of its files. Raises ``UnreadableReleaseError``."""
    try:
        # One byte more than the limit is enough to report that the file is too large.
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadableReleaseError(f"{path} cannot be read: {error.strerror}") from error
    return read_archive_facts(path.name, data)


def read_archive_facts(name: str, data: bytes) -> WheelFacts:
    """Return the facts in the content of a wheel or sdist. Raises ``UnreadableReleaseError``."""
    artifact = Artifact(name, hashlib.sha256(data).hexdigest(), len(data))
    archive = open_archive(artifact, data, _is_read)
    # A file that is too large for a rule to read does not make the archive ambiguous.
    defects = [each.message for each in archive.findings if each.rule != "size" or each.about in ("large", "bomb")]
    if defects:
        raise UnreadableReleaseError(
            printable(clean_line(defects[0])),
            hint="It is not listed, because installers reject it or disagree about it.",
        )
    return _wheel_facts(archive) if archive.is_wheel else _sdist_facts(archive)


def read_metadata_facts(name: str, data: bytes) -> WheelFacts:
    """Return the facts in core metadata, such as the metadata file of PEP 658. Raises ``UnreadableReleaseError``."""
    metadata, findings = parse_core_metadata(name, data)
    if metadata is None:
        raise UnreadableReleaseError(f"{printable(name)} cannot be read: {printable(findings[0].message)}")
    project, version = get_field(metadata, "name"), get_field(metadata, "version")
    if project is None or version is None:
        raise UnreadableReleaseError(f"{printable(name)} has no valid name and version")
    return _metadata_facts(metadata, str(canonicalize_name(project)), str(version), [each.about for each in findings])


def _is_read(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") or name == "PKG-INFO" or path.endswith(".py")


def _wheel_facts(archive: ArchiveContents) -> WheelFacts:
    name = archive.artifact.name
    infos = metadata_folders(archive)
    metadata = archive.texts.get(f"{infos[0]}/METADATA") if len(infos) == 1 else None
    if metadata is None:
        raise UnreadableReleaseError(f"{printable(name)} has no metadata that can be read")
    facts = read_metadata_facts(f"METADATA of {name}", metadata)
    places = {path: place for path, place in installed_places(archive, infos[0]) if not place.startswith("{")}
    sources = {place: archive.texts[path] for path, place in places.items() if path in archive.texts}
    provides = find_provided_parts(sources, archive.texts.get(f"{infos[0]}/entry_points.txt", b""))
    # Some wheels install their tests by mistake.
    names, namespaces = outermost_names(place for place in places.values() if not place.startswith(_TEST_FOLDERS))
    return replace(
        facts,
        provides=provides,
        import_names=facts.import_names or tuple(sorted(names)),
        import_namespaces=facts.import_namespaces or tuple(sorted(namespaces)),
    )


def _sdist_facts(archive: ArchiveContents) -> WheelFacts:
    name = archive.artifact.name
    top = name.removesuffix(".tar.gz")
    metadata = archive.texts.get(f"{top}/PKG-INFO")
    if metadata is None:
        raise UnreadableReleaseError(f"{printable(name)} has no PKG-INFO that can be read")
    return read_metadata_facts(f"PKG-INFO of {name}", metadata)


def _metadata_facts(metadata: Metadata, name: str, version: str, invalid: list[str]) -> WheelFacts:
    readme = _readme(metadata)
    requires = tuple(get_field(metadata, "requires_dist") or ())
    requires_python = get_field(metadata, "requires_python")
    people = [get_field(metadata, each) or "" for each in ("maintainer", "author", "maintainer_email", "author_email")]
    return WheelFacts(
        name=name,
        version=version,
        summary=_known(get_field(metadata, "summary")),
        keywords=_keywords(get_field(metadata, "keywords")),
        classifiers=tuple(map(clean_line, get_field(metadata, "classifiers") or ())),
        licence=_licence(metadata),
        requires_python=str(requires_python) if requires_python is not None and str(requires_python) else None,
        requires=tuple(str(each) for each in requires[:_MOST_REQUIREMENTS] if is_publishable(each)),
        import_names=_names(metadata, "import_names"),
        import_namespaces=_names(metadata, "import_namespaces"),
        links=find_links(_strings(get_field(metadata, "project_urls")), get_field(metadata, "home_page")),
        people=_people(people),
        readme=readme,
        quick_start=None if readme is None else quick_start_code(readme),
        problems=tuple(sorted({clean_line(each) for each in invalid if each})),
    )


def _clause_order(clause: str) -> tuple[bool, str]:
    """Sort the upper bounds of a range last, as people write them."""
    return clause.startswith("<"), clause


def _known(text: str | None) -> str:
    """Return a text as one line; older versions of setuptools write ``UNKNOWN`` for a missing text."""
    line = clean_line(text or "")
    return "" if line == "UNKNOWN" else line


def _keywords(keywords: list[str] | None) -> tuple[str, ...]:
    # Some projects separate their keywords with blanks.
    words = keywords or []
    if len(words) == 1:
        words = words[0].split()
    plain = (_known(each) for each in words)
    return tuple(dict.fromkeys(word for word in plain if 0 < len(word) <= _LONGEST_KEYWORD))[:_MOST_KEYWORDS]


def _strings(urls: Mapping[str, str] | None) -> dict[str, str]:
    return {str(label): str(url) for label, url in (urls or {}).items()}


def _names(metadata: Metadata, field_name: str) -> tuple[str, ...]:
    """Return the names in a field of PEP 794, without ``; private``."""
    names = (str(each).partition(";") for each in get_field(metadata, field_name) or ())
    public = (name.strip() for name, _, note in names if note.strip() != "private")
    return tuple(name for name in public if all(part.isidentifier() for part in name.split(".")))


def is_publishable(requirement: Requirement) -> bool:
    """Return whether a plugin index may contain a requirement."""
    # Package indexes reject requirements with URLs, and such a requirement would install an unknown file.
    return requirement.url is None and str(requirement).isprintable() and len(str(requirement)) <= _LONGEST_REQUIREMENT


def _licence(metadata: Metadata) -> str | None:
    expression, text = get_field(metadata, "license_expression"), get_field(metadata, "license")
    return stated_expression(expression or None, text or None, get_field(metadata, "classifiers") or ())


def _people(fields: list[str]) -> tuple[str, ...]:
    """Return the names of the maintainers or else of the authors, without their addresses."""
    from email.utils import getaddresses

    maintainer, author, *addressed = (str(text)[:2000] for text in fields)
    for plain, address in ((maintainer, addressed[0]), (author, addressed[1])):
        names = [*plain.split(","), *(name for name, _ in getaddresses([address]))]
        found = dict.fromkeys(name for each in names if (name := _known(each)) and "@" not in name)
        if found:
            return tuple(found)[:_MOST_KEYWORDS]
    return ()


def _readme(metadata: Metadata) -> PublishedReadme | None:
    text = clean_text(str(get_field(metadata, "description") or ""))
    if not text.strip() or text.strip() == "UNKNOWN":
        return None
    header = Message()
    header["Content-Type"] = str(get_field(metadata, "description_content_type") or "text/x-rst")
    kind = header.get_content_type()
    return PublishedReadme(text, next((each for each in README_SUFFIXES if each == kind), "text/plain"))


def quick_start_code(readme: PublishedReadme) -> str | None:
    """Return the code of a readme's quick start; ``None`` if it has none, or if the code is long."""
    script = python_script(read_document(f"README{readme.suffix}", readme.text))
    code = _GAPS.sub("\n\n", script).strip("\n") if script is not None else ""
    return code if code and len(code) <= _LONGEST_QUICK_START else None
