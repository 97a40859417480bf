"""Who keeps a plugin: as its metadata and its own ``[tool.commonhold]`` say."""

from __future__ import annotations

import io
import tarfile
import zipfile

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from packaging.metadata import RawMetadata

    from commonhold.release.store import Store
    from commonhold.release.values import Artifact


def maintainers(store: Store, plugin: str, files: Sequence[Artifact], table: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a plugin's maintainers, each once: of ``[tool.commonhold]``, then of what was built.

    Where nobody is named a maintainer, its authors are. Raises ``StoreError`` when a file is not as it was built.
    """
    said = list(_said(table.get("maintainers")))
    metadata = _metadata(store, plugin, files)
    if metadata is not None:
        kept = _people(metadata.get("maintainer"), metadata.get("maintainer_email"))
        said += kept or ([] if said else _people(metadata.get("author"), metadata.get("author_email")))
    return tuple(dict.fromkeys(said))


def _said(value: object) -> Iterator[str]:
    """Names in ``[tool.commonhold]``, as texts or as tables with a name as PEP 621 has them; else nothing."""
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and name.strip():
            yield name.strip()


def _people(plain: str | None, addressed: str | None) -> list[str]:
    """The people in a field and in its ``-email`` twin, where PEP 621 puts names that have an address.

    Someone with an address alone is left out: addresses are not for notes.
    """
    from email.utils import getaddresses

    names = [*(plain or "").split(","), *(name for name, _ in getaddresses([addressed or ""]))]
    return [name.strip() for name in names if name.strip() and name.strip() != "UNKNOWN"]


def _metadata(store: Store, plugin: str, files: Sequence[Artifact]) -> RawMetadata | None:
    """The core metadata of the wheel, or else of the sdist; ``None`` when neither has any that can be read."""
    from packaging.metadata import parse_email

    for artifact in sorted(files, key=lambda file: not file.name.endswith(".whl")):
        data = store.read(plugin, artifact)
        try:
            found = _of_wheel(data) if artifact.name.endswith(".whl") else _of_sdist(data)
        except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, StopIteration):
            continue
        return parse_email(found)[0]
    return None


def _of_wheel(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(
            name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1
        )
        return archive.read(name)


def _of_sdist(data: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = next(member for member in archive if member.name.endswith("/PKG-INFO") and member.name.count("/") == 1)
        file = archive.extractfile(member)
        return file.read() if file else b""
