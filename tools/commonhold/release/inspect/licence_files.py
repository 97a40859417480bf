"""Check that artifacts contain the licence files of the commit, and the licence files that their metadata names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel

# The patterns that PEP 639 recommends to backends.
_LICENCE_NAME = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS).*", re.IGNORECASE)
# Most licences require these texts in every copy.
_REQUIRED_NAME = re.compile(r"(LICEN[CS]E|COPYING).*", re.IGNORECASE)


def check_wheel_licences(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """Report licence files that a wheel lacks."""
    name = wheel.archive.artifact.name
    paths = [path.removeprefix(f"{wheel.info}/") for path in wheel.archive.members if path.startswith(f"{wheel.info}/")]
    for file in _declared(wheel):
        # PEP 639 puts licence files into licenses/; older versions of setuptools put them directly into .dist-info.
        if not {file, f"licenses/{file}", file.rpartition("/")[2]} & {*paths}:
            yield RawFinding("licence", f"{name} lacks {file}, which its metadata names as a licence file", file)
    ours = _committed(context)
    if ours and not any(_LICENCE_NAME.fullmatch(path.rpartition("/")[2]) for path in paths):
        yield RawFinding("licence", f"{name} lacks {ours[0]}, the licence file next to the project file", ours[0])


def check_sdist_licences(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """Report licence files that an sdist lacks."""
    for file in _committed(context):
        if file not in sdist.files:
            yield RawFinding("licence", f"{sdist.archive.artifact.name} lacks {file}", file)


def _declared(wheel: Wheel) -> list[str]:
    metadata = wheel.metadata
    if metadata is None:
        return []
    try:
        return [str(path) for path in metadata.license_files or ()]
    except Exception:  # noqa: BLE001 - parsing reported an invalid field already
        return []


def _committed(context: CheckContext) -> list[str]:
    return sorted(path for path in context.staged if "/" not in path and _REQUIRED_NAME.fullmatch(path))
