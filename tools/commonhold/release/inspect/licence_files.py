"""Check that artifacts contain the licence files of the commit, and the licence files that their metadata names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.release.inspect.core_metadata import get_field
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.metadata import Metadata

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel

# The patterns that PEP 639 recommends to backends.
_LICENCE_NAME = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS).*", re.IGNORECASE)
# Most licences require these texts in every copy.
_REQUIRED_NAME = re.compile(r"(LICEN[CS]E|COPYING).*", re.IGNORECASE)


def check_wheel_licences(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Report licence files that a wheel lacks."""
    name = wheel.archive.artifact.name
    paths = [path.removeprefix(f"{wheel.info}/") for path in wheel.archive.members if path.startswith(f"{wheel.info}/")]
    for file in _declared(wheel.metadata):
        if f"licenses/{file}" not in paths:
            yield RawFinding("licence", f"{name} lacks {file}, which its metadata names as a licence file", file)
    ours = _committed(context)
    if ours and not any(_LICENCE_NAME.fullmatch(path.rpartition("/")[2]) for path in paths):
        yield RawFinding("licence", f"{name} lacks {ours[0]}, the licence file next to the project file", ours[0])


def check_sdist_licences(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """Report licence files that an sdist lacks."""
    for file in dict.fromkeys((*_committed(context), *_declared(sdist.metadata))):
        if file not in sdist.files:
            yield RawFinding("licence", f"{sdist.archive.artifact.name} lacks {file}", file)


def _declared(metadata: Metadata | None) -> list[str]:
    """Return the licence files that metadata names; empty for metadata older than PEP 639 (see ``core_metadata``)."""
    return [str(path) for path in get_field(metadata, "license_files") or ()] if metadata is not None else []


def _committed(context: CheckContext) -> list[str]:
    return sorted(path for path in context.staged if "/" not in path and _REQUIRED_NAME.fullmatch(path))
