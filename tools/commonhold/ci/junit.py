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
_DEEPEST = 100


def part_path(folder: str, number: int) -> str:
    """Where pytest is to write its report when it runs in a session's command ``number``."""
    return os.path.join(folder, f"{number:03}.{_APART}.xml")


def join_parts(folder: str, path: str) -> list[str]:
    """Add the reports in ``folder``, if any, to the one at ``path``; what is wrong with those that are none."""
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
    """The root of a report. Raises ``ToolError``."""
    depth = 0
    root = ET.Element("testsuites")
    try:
        with open(path, "rb") as file:
            for event, root in ET.iterparse(file, ("start", "end")):  # noqa: B007, S314 - expat itself bounds entities
                depth += 1 if event == "start" else -1
                if depth > _DEEPEST:  # to write it needs a call for each
                    raise ToolError(f"{path} is no JUnit file: it has elements in elements, more than {_DEEPEST} deep")
    except (OSError, ValueError, LookupError, ET.ParseError) as error:
        raise ToolError(f"{path} is no JUnit file: {error}") from error
    return root


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
