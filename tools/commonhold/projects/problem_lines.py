"""Find the lines of problems in project files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.projects.describe_setuptools import argument_line
from commonhold.projects.setup_cfg import read_options
from commonhold.projects.toml_lines import find_line

if TYPE_CHECKING:
    from commonhold.projects.metadata import Problem

_TOML_ERROR = re.compile(r"\(at line (\d+),")


def problem_line(problem: Problem, raw: bytes) -> int | None:
    """Return the line to which a problem's message refers, given the file's content; ``None`` if it is unknown."""
    parser_error = _TOML_ERROR.search(problem.message)
    if parser_error is not None:
        return int(parser_error[1])
    words = re.findall(r"[\w.-]+", problem.message)
    text = raw.decode("utf-8", "replace")
    if problem.path.endswith(".toml"):
        # Messages begin with the key.
        return find_line(text, words[0].split(".")) if words and "." in words[0] else None
    if problem.path.endswith("setup.cfg"):
        lines = {f"{option.section}.{option.name}": option.line + 1 for option, _ in read_options(text)}
        return next((lines[word] for word in words if word in lines), None)
    return argument_line(raw, tuple(words)) if problem.path.endswith("setup.py") else None
