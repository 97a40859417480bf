"""Define the entry of a plugin in a tier's document: its description and its releases."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from commonhold.catalog.documents.text_checks import (
    Block,
    Commit,
    Contact,
    Digest,
    DistributionName,
    FileUrl,
    GitUrl,
    Keyword,
    Line,
    LogoPath,
    PagePath,
    ReadmePath,
    ShortName,
    Size,
    Time,
    Url,
    VersionText,
    check_file_url,
    check_git_url,
    check_import_name,
    check_requirement,
    check_specifier,
    check_time,
    check_unique,
    check_url,
    check_version,
    check_wheel_name,
    file_name,
)
from commonhold.versions import parse_version

NonEmpty: TypeAlias = Annotated[Line, msgspec.Meta(min_length=1)]
ReadmeType: TypeAlias = Literal["text/markdown", "text/x-rst", "text/plain"]


class CatalogMaintainer(msgspec.Struct, frozen=True, kw_only=True):
    """A maintainer: ``contact`` is a ``mailto:`` or https URL, and ``login`` is an account on the forge."""

    name: NonEmpty
    company: Line | None = None
    login: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$")] | None = None
    contact: Contact | None = None

    def __post_init__(self) -> None:
        if self.contact is not None and self.contact.startswith("https:"):
            check_url(self.contact)


class ProvidedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that a plugin provides: ``kind`` is its group of entry points, or ``class`` for a public class."""

    kind: NonEmpty
    name: NonEmpty
    value: Annotated[str, msgspec.Meta(max_length=500, pattern=r"^[^\s:\[\]]+(:[^\s:\[\]]+)?$")]
    summary: Line = ""


class CoreRange(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of the core that a release admits; an empty range admits every version."""

    distribution: DistributionName
    range: Line

    def __post_init__(self) -> None:
        check_specifier(self.range)


class CatalogReadme(msgspec.Struct, frozen=True, kw_only=True):
    """The readme of a release: its file below the base URL, named after its SHA-256."""

    path: ReadmePath
    sha256: Digest
    size: Size
    type: ReadmeType

    def __post_init__(self) -> None:
        if self.path.rpartition("/")[2].partition(".")[0] != self.sha256:
            raise ValueError("the path of a readme does not contain its SHA-256")


class CatalogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to install. ``provenance`` is the URL of its attestations on the package index (PEP 740)."""

    url: FileUrl
    size: Size
    sha256: Digest
    provenance: Url | None = None

    def __post_init__(self) -> None:
        check_file_url(self.url)
        if self.provenance is not None:
            check_url(self.provenance)

    @property
    def name(self) -> str:
        """The name of the file, which is the last part of its URL."""
        return file_name(self.url)


class CatalogRelease(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a plugin: its requirements and its files.

    A nightly release has no files; ``git`` is the URL of its commit, for the installer. ``core`` is null if the release
    does not require the core.
    """

    version: VersionText
    core: CoreRange | None = None
    requires_python: Line | None = None
    requires: list[Line] = []
    import_names: list[Line] = []
    import_namespaces: list[Line] = []
    released: Time
    commit: Commit | None = None
    notes_url: Url | None = None
    readme: CatalogReadme | None = None
    files: list[CatalogFile] = []
    git: GitUrl | None = None

    def __post_init__(self) -> None:
        check_version(self.version)
        check_time(self.released)
        if self.requires_python is not None:
            check_specifier(self.requires_python)
        for requirement in self.requires:
            check_requirement(requirement)
        for name in (*self.import_names, *self.import_namespaces):
            check_import_name(name)
        if self.notes_url is not None:
            check_url(self.notes_url)
        if self.git is not None:
            check_git_url(self.git)
        if bool(self.files) == bool(self.git):
            raise ValueError("a release has either files or a git URL")
        check_unique([file.name for file in self.files], "file")


class CatalogPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin. ``name`` is its normalized distribution, ``short`` its name in commands, ``page`` its page's path.

    ``licence`` is an SPDX expression. ``quick_start`` is code, and ``notes`` is text. ``releases`` begin with the
    newest version.
    """

    name: DistributionName
    short: ShortName
    summary: Line = ""
    category: Line | None = None
    keywords: Annotated[list[Keyword], msgspec.Meta(max_length=50)] = []
    logo: LogoPath | None = None
    maintainers: list[CatalogMaintainer] = []
    homepage: Url | None = None
    documentation: Url | None = None
    source: Url | None = None
    issues: Url | None = None
    page: PagePath
    licence: Line | None = None
    quick_start: Block | None = None
    notes: Block | None = None
    provides: list[ProvidedObject] = []
    releases: list[CatalogRelease]

    def __post_init__(self) -> None:
        for url in (self.homepage, self.documentation, self.source, self.issues):
            if url is not None:
                check_url(url)
        if self.page != f"plugins/{self.name}/":
            raise ValueError(f"the page of {self.name} is not plugins/{self.name}/")
        check_unique([release.version for release in self.releases], "version")
        if len({parse_version(release.version) for release in self.releases}) != len(self.releases):
            raise ValueError(f"{self.name} has a version in two spellings, such as 1.0 and 1.0.0")
        for release in self.releases:
            for file in release.files:
                check_wheel_name(file.name, self.name, release.version)
