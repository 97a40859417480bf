"""JUnit reports: putting those of one session together, and what they say.

The format is the one that pytest writes (``--junitxml``): ``testsuite`` elements that hold a ``testcase`` for each
test, with a ``failure`` or an ``error`` in those that did not pass.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from commonhold.effects.files import write_atomically
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Where pytest runs several times in a session, each time it writes a file of its own: pytest puts in what these are
# in its environment, which differs between the environments of tox and of hatch, and leaves them as they are elsewhere.
_APART = "$TOX_ENV_NAME.$HATCH_ENV_ACTIVE"


def part_path(folder: str, number: int) -> str:
    """Where pytest is to write its report when it runs in a session's command ``number``."""
    return os.path.join(folder, f"{number:03}.{_APART}.xml")


def join_parts(folder: str, path: str) -> None:
    """Add the reports in ``folder``, if any, to the one at ``path``. Raises ``ToolError`` for one that is none."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    parts = [*([path] if names and os.path.exists(path) else []), *(os.path.join(folder, name) for name in names)]
    if not parts:
        return
    suites = ET.Element("testsuites")
    for part in parts:
        suites.extend(read_report(part).iter("testsuite"))
    write_atomically(path, ET.tostring(suites, encoding="utf-8", xml_declaration=True))


def read_report(path: str) -> ET.Element:
    """The root of a report. Raises ``ToolError``."""
    try:
        return ET.parse(path).getroot()  # noqa: S314 - expat itself bounds entities since 2.4.1
    except (OSError, ET.ParseError) as error:
        raise ToolError(f"{path} is no JUnit file: {error}") from error


def has_failed(report: ET.Element) -> bool:
    """Whether anything in a report did not pass; some tools write what went wrong outside of any test."""
    return any(True for kind in ("failure", "error") for _ in report.iter(kind))


def failed_tests(report: ET.Element) -> Sequence[str]:
    """The tests of a report that did not pass, by class and name."""
    return list(dict.fromkeys(_failed(report)))


def _failed(report: ET.Element) -> Iterator[str]:
    for case in report.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            yield "::".join(filter(None, (case.get("classname"), case.get("name"))))
