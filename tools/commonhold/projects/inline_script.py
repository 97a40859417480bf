"""Read the requirements in the block of a script (PEP 723): ``# /// script``, TOML in comments, ``# ///``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.requirement import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.names import Name

_START = "# /// script"
_END = "# ///"


def script_requirements(data: bytes) -> Iterator[tuple[int, Name]]:
    """Yield each distribution that a script requires, with the number of the line where the script's block starts."""
    lines = data.decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.rstrip() == _START:
            yield from ((number, name) for name in _names(_content(lines[number:])))
            return  # a script with two blocks is an error


def _content(lines: list[str]) -> str:
    """Return the TOML between the start of a block and the last end marker in the comment lines after the start."""
    comments: list[str] = []
    end = 0
    for line in lines:
        if not line.startswith("# ") and line != "#":
            break
        comments.append(line[2:])
        end = len(comments) - 1 if line.rstrip() == _END else end
    return "\n".join(comments[:end])


def _names(content: str) -> Iterator[Name]:
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.typed_table import read_toml

    table = read_toml(content.encode(), Declaration("", ""))
    for text in table.texts("dependencies"):
        dependency = parse_requirement(text, "")
        if dependency is not None and dependency.name is not None:
            yield dependency.name
