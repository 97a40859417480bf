"""Read the requirements in the block of a script (PEP 723): ``# /// script``, TOML in comments, ``# ///``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.requirement import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.names import Name
    from commonhold.projects.typed_table import TypedTable

_START = "# /// script"
_END = "# ///"


def script_requirements(data: bytes) -> Iterator[tuple[int, Name | str]]:
    """Yield each distribution that a script requires, and each path in ``[tool.uv.sources]``.

    Each of them comes with the number of the line where the script's block starts. A path contains a slash.
    """
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.typed_table import read_toml

    lines = data.decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.rstrip() == _START:
            table = read_toml(_content(lines[number:]).encode(), Declaration("", ""))
            yield from ((number, text) for text in (*_names(table), *_paths(table)))
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


def _names(table: TypedTable) -> Iterator[Name]:
    for text in table.texts("dependencies"):
        dependency = parse_requirement(text, "")
        if dependency is not None and dependency.name is not None:
            yield dependency.name


def _paths(table: TypedTable) -> Iterator[str]:
    """Yield the paths of local sources, from the script's folder."""
    for source in table.table("tool").table("uv").table("sources").values.values():
        for each in source if isinstance(source, list) else [source]:
            path = each.get("path") if isinstance(each, dict) else None
            if isinstance(path, str):
                yield path if "/" in path else f"./{path}"
