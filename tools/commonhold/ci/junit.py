"""Merge and read the JUnit reports of a session.

The format is pytest's (``--junitxml``): each ``testsuite`` element contains a ``testcase`` for each test. A test that
did not pass contains a ``failure`` or ``error``.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from commonhold.effects.files import read_untrusted, write_atomically
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# If pytest runs several times in a session, each run needs its own file. pytest expands these variables, which have
# different values in each tox or hatch environment. It keeps the text unchanged if they are not set.
_VARIABLES = "$TOX_ENV_NAME.$HATCH_ENV_ACTIVE"
_DEEPEST = 100

MOST_BYTES = 64_000_000
"""The maximum size of a report."""


def part_path(folder: str, number: int) -> str:
    """Return the path of the report that pytest writes for command ``number`` of a session."""
    return os.path.join(folder, f"{number:03}.{_VARIABLES}.xml")


def join_parts(folder: str, path: str) -> list[str]:
    """Merge the JUnit reports in ``folder`` into one report at ``path``; return messages about all other files."""
    suites = ET.Element("testsuites")
    problems: list[str] = []
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for part in (path, *(os.path.join(folder, name) for name in names)) if names else ():
        if not os.path.isfile(part):
            continue
        try:
            report = read_report(part)
        except ToolError as error:
            problems.append(error.message)
        else:
            suites.extend(report if report.tag == suites.tag else [report])
    if len(suites):
        try:
            write_atomically(path, ET.tostring(suites, encoding="utf-8", xml_declaration=True))
        except OSError as error:
            problems.append(f"{path} cannot be written: {error.strerror}")
    return problems


def read_report(path: str) -> ET.Element:
    """Read a report and return its root element. Raises ``ToolError``."""
    depth = 0
    root = ET.Element("testsuites")
    try:
        file = io.BytesIO(read_untrusted(path, MOST_BYTES))
        for event, root in ET.iterparse(file, ("start", "end")):  # noqa: B007, S314 - expat limits the expansion of entities
            depth += 1 if event == "start" else -1
            # ElementTree writes elements recursively, so deep nesting would exceed the recursion limit.
            if depth > _DEEPEST:
                raise ToolError(f"{path} is not a JUnit file: it has more than {_DEEPEST} levels")
    except (OSError, ValueError, LookupError, ET.ParseError) as error:
        raise ToolError(f"{path} is not a JUnit file: {error}") from error
    return root


def has_failed(report: ET.Element) -> bool:
    """Return whether a report contains or counts a failure or error, even outside test cases and in any namespace."""
    return any(
        element.tag.rpartition("}")[2] in ("failure", "error")
        or any(element.get(count, "0").strip() != "0" for count in ("failures", "errors"))
        for element in report.iter()
    )


def failed_tests(report: ET.Element) -> Sequence[str]:
    """List the tests in a report that did not pass, as ``class::name``."""
    return list(dict.fromkeys(_failed(report)))


def _failed(report: ET.Element) -> Iterator[str]:
    for case in report.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            yield "::".join(filter(None, (case.get("classname"), case.get("name"))))
