"""Recognize commands that run tests."""

from __future__ import annotations

import json
import re

_TEST = re.compile(
    r"\b(?:pytest|py\.test|tox|unittest|behave|trial)\b|\bnox\s+-|\bhatch\s+(?:test\b|run\s+\S*test)"
    r"|\bmake\b(?:(?!\bmake\b)[^;&|])*[\s_-]tests?\b|\bnx\b(?:(?!\bnx\b).)*\btest\b"
    r"|\bcoverage\s+run\b"
)
_NOT_TEST = re.compile(r"\b(?:install|cache|mypy|ruff|black|uninstall|sync|list)\b|\blint(?:\b|_)")


def is_test_command(command: str) -> bool:
    """Return whether a command runs tests, as far as its words show."""
    return any(_TEST.search(part) and not _NOT_TEST.search(part) for part in re.split(r"&&|\|\||;", command))


def json_texts(text: str) -> list[str]:
    """Return the texts in a JSON list; a text that is not a list counts as a list of one."""
    try:
        value = json.loads(text)
    except ValueError:
        return [text]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else [text]
