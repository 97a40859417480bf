"""What no wheel tells alone: two plugins with one file, or one that hides another's modules."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.release.inspect.check_context import CheckContext, Wheel


def script_paths(wheel: Wheel) -> tuple[str, ...]:
    """The programs that installers make for a wheel, as paths."""
    text = wheel.archive.texts.get(f"{wheel.info}/entry_points.txt", b"").decode("utf-8", "replace")
    parser = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    sections = (name for name in ("console_scripts", "gui_scripts") if parser.has_section(name))
    return tuple(f"{{bin}}/{script}" for section in sections for script in parser.options(section))


def find_conflicts(
    files: Mapping[str, Iterable[str]], contexts: Mapping[str, CheckContext]
) -> Iterator[tuple[str, RawFinding]]:
    """The findings of plugins beside each other, each with its plugin's name; ``files`` are what each installed_paths.

    Where the tier's template says whose a file is, the others have the finding, else all of them.
    """
    owners: dict[str, list[str]] = {}
    for name in sorted(files):
        for path in {path.casefold(): path for path in files[name]}.values():
            owners.setdefault(path, []).append(name)
    yield from _shared(owners, contexts)
    yield from _hidden(owners)


def _shared(owners: Mapping[str, list[str]], contexts: Mapping[str, CheckContext]) -> Iterator[tuple[str, RawFinding]]:
    for path, names in owners.items():
        if len(names) < 2:
            continue
        entitled = [name for name in names if path.startswith(f"{contexts[name].namespace() or chr(0)}/")]
        guilty = [name for name in names if name not in entitled] if len(entitled) == 1 else names
        for name in guilty:
            others = ", ".join(other for other in names if other != name)
            yield name, RawFinding("shared", f"{path} of {name} is installed by {others} too", path)


def _hidden(owners: Mapping[str, list[str]]) -> Iterator[tuple[str, RawFinding]]:
    """A package in whose folder others have modules too would be the only one that Python looks into."""
    hiding = {path: hidden for path in owners if (hidden := _hides(path))}
    below: dict[str, set[str]] = {hidden: set() for hidden in hiding.values()}
    for path, names in owners.items():
        folder = path.rpartition("/")[0]
        while folder and not folder.startswith("{"):
            if folder in below:
                below[folder].update(names)
            folder = folder.rpartition("/")[0]
    for path, hidden in hiding.items():
        names = owners[path]
        for name in names if len(names) == 1 else ():
            others = sorted(below[hidden] - {name})
            if others:
                yield name, RawFinding("shared", f"{path} of {name} hides modules of {', '.join(others)}", path)


def _hides(path: str) -> str:
    """The folder of others' modules that a module would hide, or nothing."""
    folder, _, file = path.rpartition("/")
    if file == "__init__.py":
        return folder
    return path.removesuffix(".py") if path.endswith(".py") else ""
