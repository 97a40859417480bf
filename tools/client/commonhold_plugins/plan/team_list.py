"""Read a team's list of plugins: the output of ``export``, a pylock.toml, or one name of a plugin per line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold_plugins.errors import RefusedError, WrongUsageError
from commonhold_plugins.names import is_distribution, is_version, normalize, parse_reference
from commonhold_plugins.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold_plugins.catalog import Catalog, CatalogEntry
    from commonhold_plugins.model import Release

_SHA256 = re.compile(r"sha256[:=]([0-9a-f]{64})\b", re.ASCII)
_AT_URL = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*@\s*(?P<url>\S+)", re.ASCII)
_GIT_URL = re.compile(r"git\+[^@]+@[0-9a-f]{40}(#.*)?", re.ASCII)


@dataclass(frozen=True)
class WantedPlugin:
    """A line of the list: a name, and the version, hash or commit if the line has one.

    A URL in the list is never used: the file comes from the plugin index, and must have the hash in the list.
    """

    written: str
    version: str | None = None
    sha256: str | None = None
    git: str | None = None

    def find(self, catalog: Catalog) -> CatalogEntry:
        """Return the plugin. A distribution's name also finds a plugin outside the default tier."""
        reference = parse_reference(self.written)
        if reference.source is None and (entry := catalog.owner(reference.name)) is not None:
            return entry
        return catalog.find(reference)

    def version_in(self, entry: CatalogEntry) -> str | None:
        """Return the version that the list demands. Raises ``RefusedError`` if no release has the hash or commit."""
        if self.version is not None or (self.sha256 is None and self.git is None):
            return self.version
        for release in entry.plugin.releases:
            if self._has_file(release):
                return release.version
        raise RefusedError(f"no release of {entry.reference} has the file that the list demands")

    def check(self, release: Release) -> None:
        """Raise ``RefusedError`` if a release does not have the hash that the list demands."""
        if (self.sha256 or self.git) and not self._has_file(release):
            raise RefusedError(f"{quoted(self.written)} {release.version} has another hash in the plugin index")

    def _has_file(self, release: Release) -> bool:
        return (self.git is not None and release.git == self.git) or any(
            file.sha256 == self.sha256 for file in release.files
        )


def read_team_list(text: str, name: str) -> list[WantedPlugin]:
    """Read the list in a file; ``name`` is the file's in messages. Raises ``WrongUsageError``."""
    found = list(_pylock(text, name) if "[[packages]]" in text else _requirements(text, name))
    if not found:
        raise WrongUsageError(f"{quoted(name)} lists no plugins")
    return found


def _requirements(text: str, name: str) -> Iterator[WantedPlugin]:
    lines = text.replace("\\\n", " ").split("\n")
    for number, line in enumerate((re.sub(r"(^|\s)#.*", "", each).strip() for each in lines), 1):
        if not line:
            continue
        hashes = _SHA256.findall(line)
        sha256 = hashes[0] if hashes else None
        if (match := _AT_URL.fullmatch(line)) is not None:
            url = match["url"]
            git = url if _GIT_URL.fullmatch(url) else None
            if sha256 is None and git is None:
                raise WrongUsageError(f"line {number} of {quoted(name)} has a URL without a hash")
            yield WantedPlugin(match["name"], sha256=sha256, git=git)
            continue
        reference = parse_reference(line.partition("--hash")[0].partition(";")[0])
        yield WantedPlugin(str(reference), reference.version, sha256)


def _pylock(text: str, name: str) -> Iterator[WantedPlugin]:
    try:
        import tomllib  # type: ignore[import-not-found]  # Python 3.11
    except ImportError:
        message = f"reading {quoted(name)} needs Python 3.11 or newer"
        raise WrongUsageError(message, hint="Use the format of `export --format requirements`.") from None
    try:
        packages = tomllib.loads(text)["packages"]
        for package in packages:
            yield _package(package)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise WrongUsageError(f"{quoted(name)} is not a valid pylock.toml") from error


def _package(package: dict[str, Any]) -> WantedPlugin:
    written, version = normalize(package["name"]), package.get("version")
    if not is_distribution(written) or (version is not None and not is_version(version)):
        raise ValueError
    if "vcs" in package:
        vcs = package["vcs"]
        folder = vcs.get("subdirectory")
        git = f"git+{vcs['url']}@{vcs['commit-id']}{f'#subdirectory={folder}' if folder else ''}"
        return WantedPlugin(written, version, git=git)
    file = (package.get("wheels") or [package.get("sdist")])[0]
    return WantedPlugin(written, version, file["hashes"]["sha256"])
