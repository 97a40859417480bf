"""The release before: to tell what is newly broken from what was shipped like that already."""

from __future__ import annotations

import hashlib

from packaging.version import InvalidVersion, Version

from commonhold.release.inspect.contents import open_archive
from commonhold.release.inspect.look import look_at_foreign
from commonhold.release.inspect.values import LARGEST, Flaw
from commonhold.release.registry import SECONDS, IndexUnreachableError
from commonhold.release.values import Artifact
from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

    from commonhold.release.inspect.look import Looked
    from commonhold.release.inspect.values import Opened, Subject
    from commonhold.release.registry import Address
    from commonhold.release.values import Planned

_CHUNK = 2**16
# What is wrong beside a plan or a commit says nothing of other versions.
_OF_THIS_RELEASE = frozenset({"tree", "pin", "version", "files"})


class Before(NamedTuple):
    """A release of before: its version, and its files."""

    version: str
    archives: tuple[Opened, ...]


def fetch_before(address: Address, planned: Planned) -> Before | None:
    """The newest release before this one that was not yanked. Raises ``IndexUnreachableError``."""
    from pypi_simple import NoSuchProjectError, PyPISimple, UnsupportedContentTypeError, UnsupportedRepoVersionError
    from requests import RequestException

    try:
        with PyPISimple(address.simple) as client:
            page = client.get_project_page(planned.name, timeout=SECONDS)
            newest, files = _newest(page.packages, Version(planned.version))
            if newest is None:
                return None
            return Before(str(newest), tuple(_fetch(client, file) for file in files))
    except NoSuchProjectError:
        return None
    except (RequestException, UnsupportedContentTypeError, UnsupportedRepoVersionError) as error:
        raise IndexUnreachableError(
            f"the index does not hand out the last release of {planned.name}: {type(error).__name__}",
            hint="Try again later.",
        ) from error


def flaws_before(before: Before, subject: Subject) -> frozenset[tuple[str, str]]:
    """What was wrong then: rules, and what they were about."""
    return frozenset((flaw.rule, flaw.about) for flaw in _look(before, subject).flaws)


def lost_description(before: Before, subject: Subject) -> Flaw | None:
    """The flaw of a plugin that has no description, if the release before had one."""
    if not _look(before, subject).described:
        return None
    words = f"{subject.planned.name} has no description, and {before.version} had one; did the README get lost?"
    return Flaw("readme", words, "lost")


def _look(before: Before, subject: Subject) -> Looked:
    return look_at_foreign(before.archives, subject._replace(planned=_as_of(subject.planned, before.version)))


def is_known(flaw: Flaw, before: frozenset[tuple[str, str]]) -> bool:
    """Whether the release before had the same defect."""
    return flaw.rule not in _OF_THIS_RELEASE and (flaw.rule, flaw.about) in before


def _as_of(planned: Planned, version: str) -> Planned:
    import msgspec

    return msgspec.structs.replace(planned, version=version, pins={}, needs=())


def _newest(packages: list[DistributionPackage], limit: Version) -> tuple[Version | None, list[DistributionPackage]]:
    by_version: dict[Version, list[DistributionPackage]] = {}
    for package in packages:
        try:
            version = Version(package.version or "")
        except InvalidVersion:
            continue
        if version < limit and not package.is_yanked and package.filename.endswith((".whl", ".tar.gz")):
            by_version.setdefault(version, []).append(package)
    newest = max(by_version, default=None)
    return newest, by_version[newest] if newest is not None else []


def _fetch(client: PyPISimple, package: DistributionPackage) -> Opened:
    data = bytearray()
    with client.s.get(package.url, stream=True, timeout=SECONDS) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_content(_CHUNK):
            data += chunk
            if len(data) > LARGEST:
                break
    artifact = Artifact(package.filename, hashlib.sha256(data).hexdigest(), len(data))
    return open_archive(artifact, bytes(data))
