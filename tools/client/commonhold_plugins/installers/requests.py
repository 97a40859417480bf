"""Describe what an installer shall do, and write it to files that installers read.

Names, versions and URLs come from plugin indexes that anybody may write. They are checked here a second time, and
reach an installer only in a requirements file, so that none of them can be taken for an option.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from commonhold_plugins.errors import RefusedError, RejectedError
from commonhold_plugins.names import is_distribution, is_version
from commonhold_plugins.text import quoted
from commonhold_plugins.urls import git_problem, url_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RESOLVE_TIMEOUT = 900.0
APPLY_TIMEOUT = 3600.0
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNSAFE = re.compile(r"[$\"'<>^|;{}#]")
"""Characters that pip expands, or that end a URL, in a requirements file."""


@dataclass(frozen=True)
class PinnedRequirement:
    """One version of a distribution: a file and its hash, a commit, or, without both, the version alone."""

    name: str
    version: str
    url: str | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        if not is_distribution(self.name) or not is_version(self.version):
            raise RejectedError(f"{quoted(f'{self.name}=={self.version}')} is not a requirement")
        if self.url is not None:
            self._check_url(self.url)

    def _check_url(self, url: str) -> None:
        is_git = url.startswith("git+")
        problem = git_problem(url, local=True) if is_git else url_problem(url, local=True)
        if problem is None and _UNSAFE.search(url.partition("#")[0] if is_git else url):
            problem = "contains characters that a requirements file cannot contain"
        if problem is not None:
            raise RejectedError(f"the URL {quoted(url, 200)} of {self.name} {problem}")
        if not is_git and (self.sha256 is None or not _SHA256.fullmatch(self.sha256)):
            raise RejectedError(f"{self.name} {self.version} has a URL without a valid sha256")

    @property
    def line(self) -> str:
        """The line of a requirements file. An installer refuses a file with another hash."""
        if self.url is None:
            return f"{self.name}=={self.version}"
        return f"{self.name} @ {self.url}{f'#sha256={self.sha256}' if self.sha256 else ''}"


@dataclass(frozen=True)
class InstallRequest:
    """Changes to an environment that one call of an installer makes.

    ``keep`` are the other installed plugins, which must stay consistent with the new ones. ``reinstall`` are those of
    ``install`` that must be installed although the same version is there. ``constraints`` contain the core.
    """

    install: tuple[PinnedRequirement, ...] = ()
    keep: tuple[PinnedRequirement, ...] = ()
    remove: tuple[str, ...] = ()
    reinstall: frozenset[str] = frozenset()
    constraints: tuple[PinnedRequirement, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """The distributions that an installer would change: the new version of each, or ``None`` for a removed one."""

    changes: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))


class Installer(Protocol):
    """A program that changes an environment."""

    @property
    def name(self) -> str:
        """The name of the installer for messages."""
        ...

    def resolve(self, request: InstallRequest) -> Resolution:
        """Compute the changes without making them. Raises ``RefusedError`` if they are impossible."""
        ...

    def apply(self, request: InstallRequest, on_line: Callable[[str], None] | None = None) -> None:
        """Make the changes. Raises ``RefusedError`` or ``UnavailableError``."""
        ...


@dataclass(frozen=True)
class RequestFiles:
    """Files with the parts of a request, for the options ``-r`` and ``-c`` of an installer."""

    folder: str
    requirements: str
    constraints: str
    removals: str


@contextlib.contextmanager
def request_files(request: InstallRequest, *, pin_all: bool = False) -> Iterator[RequestFiles]:
    """Write a request to files that exist until the end of the block.

    ``pin_all`` also constrains the plugins to their files, for an installer that handles one requirement at a time.
    """
    constraints = [each.line for each in request.constraints]
    if pin_all:
        constraints += [each.line for each in request.install]
    with tempfile.TemporaryDirectory(prefix="commonhold-plugins-") as folder:
        # A kept plugin is installed already, so its version alone identifies it and no index is searched for it.
        kept = [f"{each.name}=={each.version}" for each in request.keep]
        yield RequestFiles(
            folder,
            _write(folder, "requirements.txt", [*(each.line for each in request.install), *kept]),
            _write(folder, "constraints.txt", constraints),
            _write(folder, "removals.txt", request.remove),
        )


def _write(folder: str, name: str, lines: list[str] | tuple[str, ...]) -> str:
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


class ConflictError(RefusedError):
    """The installer found no set of versions that satisfies the request."""


class DifferentHashError(RefusedError):
    """A downloaded file is not the one that the plugin index describes."""
