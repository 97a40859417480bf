"""Check the platform tags of wheels, and the Python versions for which only the sdist can be installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.specifiers import SpecifierSet
    from packaging.tags import Tag

_LINUX = "x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"
_MAC = "ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2"
# The platforms that PyPI accepts. A plain linux_* wheel needs the libraries of the machine that built it.
_ACCEPTED = re.compile(
    "|".join(
        (
            "any",
            "win32",
            "win_(amd64|arm64|ia64)",
            "linux_armv[67]l",
            "manylinux(1|2010|2014)_(x86_64|i686)",
            "manylinux2014_(aarch64|armv7l|ppc64|ppc64le|s390x)",
            rf"manylinux_\d+_\d+_({_LINUX}|ppc64)",
            rf"musllinux_\d+_\d+_({_LINUX})",
            rf"macosx_10_\d+_({_MAC})",
            rf"macosx_(1[1-5]|2[6-9]|[3-9]\d)_0_({_MAC})",
            r"ios_\d+_\d+_(arm64|x86_64)_iphone(os|simulator)",
            r"android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)",
            r"pyemscripten_\d+_\d+_wasm32",
        )
    )
)
_CPYTHON = re.compile(r"(cp|py)3(\d+)")
# Python 3 will not have more minor versions than this in the lifetime of a specifier.
_MINORS = range(100)


def check_platforms(wheel: str) -> Iterator[RawFinding]:
    """Report the platforms in the name of a wheel that PyPI rejects."""
    for platform in sorted({tag.platform for tag in _tags_of(wheel)}):
        if not _ACCEPTED.fullmatch(platform):
            message = f"{wheel} is for the platform {platform}, which the index rejects"
            fix = " (auditwheel makes a manylinux wheel of it)" if platform.startswith("linux_") else ""
            yield RawFinding("platform", f"{message}{fix}", platform)


def check_pythons(plugin: str, wheels: Iterable[str], requires_python: SpecifierSet | None) -> Iterator[RawFinding]:
    """Report Python versions that a plugin's platform wheels do not support, although ``requires_python`` allows them.

    On such a version, installers compile the sdist, and most users cannot do that.
    """
    tags = {tag for wheel in wheels for tag in _tags_of(wheel)}
    if all(tag.platform == "any" for tag in tags):
        return
    allowed = [minor for minor in _MINORS if requires_python is None or _allows(requires_python, minor)]
    missing = [minor for minor in allowed if not any(_supports(tag, minor) for tag in tags)]
    if missing:
        supported = ", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))
        versions = f"requires-python {str(requires_python)!r}" if requires_python else "a missing requires-python"
        message = (
            f"{plugin} has wheels for {supported} only, but {versions} also allows Python 3.{missing[0]}, where "
            "installers would have to compile the sdist"
        )
        yield RawFinding("platform", message, "pythons")


def _tags_of(wheel: str) -> frozenset[Tag]:
    try:
        return parse_wheel_filename(wheel)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return frozenset()  # the layout of the wheel has this finding already


def _allows(requires_python: SpecifierSet, minor: int) -> bool:
    return any(requires_python.contains(f"3.{minor}.{micro}") for micro in (0, 99))


def _supports(tag: Tag, minor: int) -> bool:
    """Return whether CPython 3.``minor`` installs wheels with this tag, on the tag's platform (PEP 425)."""
    if tag.interpreter == "py3":
        return True
    found = _CPYTHON.fullmatch(tag.interpreter)
    if found is None:
        return False
    # py39 and abi3 mean this version and all later ones.
    is_minimum = found[1] == "py" or tag.abi == "abi3"
    return minor >= int(found[2]) if is_minimum else minor == int(found[2])
