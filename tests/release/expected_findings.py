"""Compare whole findings with ``expected_findings.txt``: rule, subject and message, since people read all of them."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.model.archive import RawFinding

FILE = Path(__file__).with_suffix(".txt")
LONGEST = 200


@lru_cache
def _expected() -> Mapping[str, list[str]]:
    sections = FILE.read_text(encoding="utf-8").split("\n== ")[1:]
    return {title.strip(): lines for title, *lines in (section.strip().split("\n") for section in sections)}


def _shown(text: str) -> str:
    """Escape control characters, and cut off long texts."""
    escaped = text.encode("unicode_escape", "backslashreplace").decode()
    return escaped if len(escaped) <= LONGEST else f"{escaped[:LONGEST]}…"


def check_findings(title: str, findings: Iterable[RawFinding], rule: str | None = None) -> None:
    """Compare findings with the section of this title; ``…`` there means any text, such as a library's message.

    At least one finding must be of ``rule``.
    """
    findings = tuple(findings)
    assert rule is None or rule in {each.rule for each in findings}
    found = sorted({f"{each.rule} | {_shown(each.about)} | {_shown(each.message)}" for each in findings})
    expected = _expected().get(title.strip(), [])
    pattern = re.escape("\n".join(expected)).replace("…", ".*")
    if not re.fullmatch(pattern, "\n".join(found)):
        pytest.fail("\n".join([title, *difflib.unified_diff(expected, found, "expected", "found", lineterm="")]))
