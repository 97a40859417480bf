"""Licence files: those that the tree has, and those that the metadata name, are in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import CheckContext, Sdist, Wheel

# What PEP 639 recommends to look for.
_NAME = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS).*", re.IGNORECASE)
_NEEDED = re.compile(r"(LICEN[CS]E|COPYING).*", re.IGNORECASE)


def check_wheel_licences(wheel: Wheel, context: CheckContext) -> Iterator[RawFinding]:
    """What is missing from a wheel."""
    name = wheel.archive.artifact.name
    paths = [path.removeprefix(f"{wheel.info}/") for path in wheel.archive.members if path.startswith(f"{wheel.info}/")]
    for file in _named(wheel):
        if not {file, f"licenses/{file}", file.rpartition("/")[2]} & {*paths}:
            yield RawFinding("licence", f"{name} does not hold {file}, which its metadata name as a licence file", file)
    ours = _own(context)
    if ours and not any(_NAME.fullmatch(path.rpartition("/")[2]) for path in paths):
        yield RawFinding("licence", f"{name} does not hold {ours[0]}, which lies beside the project file", ours[0])


def check_sdist_licences(sdist: Sdist, context: CheckContext) -> Iterator[RawFinding]:
    """What is missing from an sdist."""
    for file in _own(context):
        if file not in sdist.files:
            yield RawFinding("licence", f"{sdist.archive.artifact.name} does not hold {file}", file)


def _named(wheel: Wheel) -> list[str]:
    raw = wheel.metadata
    if raw is None:
        return []
    try:
        return [str(path) for path in raw.license_files or ()]
    except Exception:  # noqa: BLE001 - an invalid field was told with the metadata
        return []


def _own(context: CheckContext) -> list[str]:
    return sorted(path for path in context.staged if "/" not in path and _NEEDED.fullmatch(path))
