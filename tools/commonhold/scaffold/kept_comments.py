"""Find the comments in project files, so that a conversion keeps them or lists the ones that it drops."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TOML = re.compile(r"""^((?:[^"'#\n]|"(?:\\.|[^"\\\n])*"|'[^'\n]*')*)(#[^\n]*)$""", re.MULTILINE)
_INI = re.compile(r"^(\s*)([#;].*)$", re.MULTILINE)
_FOR_TOOLS = re.compile(r"#!|#.*\b(?:coding[:=]|noqa|type: ?ignore|pragma:|pylint:|fmt:|isort:|nosec)")
_NAME = re.compile(r"\s*[\"']?([A-Za-z0-9][\w.-]*)")


class FileComment(NamedTuple):
    """A comment in a file: ``code`` is the text before it in its line."""

    file: str
    line: int
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def find_comments(files: Mapping[str, str]) -> tuple[FileComment, ...]:
    """Return the comments for people in files by name."""
    found = (comment for name, text in files.items() for comment in _comments(name, text))
    return tuple(comment for comment in found if comment.text.strip("#; ") and not _FOR_TOOLS.match(comment.text))


def by_requirement(comments: Iterable[FileComment]) -> dict[str, str]:
    """Return the comments that follow a requirement in its line, by the name of the requirement."""
    pairs = ((_NAME.match(each.code), each.text.lstrip("# ")) for each in comments if each.code.strip())
    return {normalize(match[1]): text for match, text in pairs if match is not None}


def dropped(comments: Iterable[FileComment], texts: Iterable[str]) -> tuple[str, ...]:
    """Return the comments that no new text contains."""
    kept = "\n".join(texts)
    return tuple(str(each) for each in comments if each.text.strip("#; ") not in kept)


def _comments(name: str, text: str) -> Iterator[FileComment]:
    if name.endswith(".py"):
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.COMMENT:
                    yield FileComment(name, token.start[0], token.line[: token.start[1]], token.string.rstrip())
        except (tokenize.TokenError, SyntaxError):  # the reader of the file reports the error
            return
        return
    for match in (_INI if name.endswith(".cfg") else _TOML).finditer(text):
        yield FileComment(name, text.count("\n", 0, match.start(2)) + 1, match[1], match[2].rstrip())
