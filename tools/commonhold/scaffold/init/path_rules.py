"""Propose rules for the paths outside plugins: facts for paths that tests use, and promises for the other paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.paths import folders_above, is_within
from commonhold.scaffold.init.facts import lines_with_numbers
from commonhold.scaffold.init.outer_tests import is_test_file
from commonhold.text import count
from commonhold.workspace.patterns import Patterns, escape
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from commonhold.scaffold.init.named_paths import NamedPath
    from commonhold.selection.evidence import Evidence
    from commonhold.workspace import Files, Workspace

_DOCUMENTS = (".md", ".rst", ".adoc")
_DOCUMENT_NAMES = re.compile(
    r"(?i)(?:licen[cs]e|notice|copying|readme|changelog|changes|contributing|authors|code_of_conduct|security|support"
    r"|governance|maintainers|codeowners)(?:[._-][\w.-]*)?"
)
_DOCUMENT_FOLDERS = frozenset(("doc", "docs"))
# Tools that run tests read these files in every folder above a plugin.
_ALWAYS_USED = frozenset(
    ("conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "uv.lock", "uv.toml")
)
_LINTERS = (
    "tool.ruff", "tool.black", "tool.isort", "tool.mypy", "tool.pyright", "tool.pylint", "tool.codespell",
    "tool.pydoclint", "tool.pydocstyle", "tool.flake8", "tool.towncrier", "tool.typos", "tool.bandit",
)  # fmt: skip
_LONGEST_PATH = 400
_LINTER_HEADER = re.compile(r"\s*\[(tool\.[\w-]+)")


@dataclass(frozen=True, slots=True)
class PathRule:
    """A rule for paths. ``affects`` is ``"all"``, ``"none"``, ``"ignore"``, or names of plugins.

    A rule with ``because`` as its source is a fact, unless ``promise`` says that a person must confirm it.
    """

    patterns: tuple[str, ...]
    affects: str | tuple[str, ...]
    because: str
    promise: bool = True
    keys: tuple[str, ...] = ()


class PathRules:
    """The paths of a tree that neither a plugin nor the core owns, and what uses these paths.

    ``named`` are the paths that today's tests use, each with the reason. ``history`` counts the commits that changed
    each path. ``kept`` are further paths that get no promise, because they may change how a plugin is tested.
    """

    def __init__(
        self,
        files: Files,
        workspace: Workspace,
        evidence: Evidence,
        named: Mapping[str, NamedPath],
        history: Mapping[str, int],
        kept: Collection[str] = (),
    ) -> None:
        self._files = files
        self._plugins = {plugin.path for plugin in workspace.plugins.values()}
        owners = Owners(self._plugins)
        core = workspace.config.core.path
        self._tiers = [pattern for tier in workspace.config.tiers.values() for pattern in tier.path.sources]
        self._core_folder = workspace.core.folder or ""
        self._paths = sorted(
            path
            for path in {*files.entries, *history}
            if _can_be_named(path) and owners.of(path) is None and not core.match(path)
        )
        self._history = history
        self._owned = {*self._plugins, *(path for path in files.entries if core.match(path))}
        self._named = {
            path: reason
            for path, reason in named.items()
            if path in files.entries and owners.of(path) is None and len(path) <= _LONGEST_PATH
        }
        self._used = {
            *evidence.imported,
            *(project.folder for project in evidence.required if project.folder),
            *(path for plugin in workspace.plugins.values() for path in plugin.reads),
            *(path for path in files.entries if workspace.config.core.pin.match(path)),
        }
        above = {folder for plugin in self._plugins for folder in folders_above(plugin)}
        self._used |= {f"{folder}/{name}".lstrip("/") for folder in above for name in _ALWAYS_USED} & {*files.entries}
        # pytest imports the packages that contain a conftest.py.
        self._used |= {
            f"{folder}/__init__.py"
            for folder in above
            if folder
            and any(is_within(f"{each}/conftest.py", folder) for each in above if f"{each}/conftest.py" in self._used)
        } & {*files.entries}
        self.reads, self._by_folder = _folder_pattern(workspace, self._named)
        used = {*self._owned, *self._used, *self._named, *kept}
        self._kept = used | {folder for path in used for folder in folders_above(path)}

    def rules(self) -> tuple[PathRule, ...]:
        """Return the rules in the order in which they apply."""
        return (*self._facts(), *self._documents(), *self._keys(), *self._promises())

    def _facts(self) -> Iterator[PathRule]:
        """Yield the paths that tests use: a file of one plugin's tests affects that plugin."""
        grouped: dict[tuple[str | tuple[str, ...], str], list[str]] = {}
        several = max(2, len(self._plugins) // 2)
        for path, named in sorted(self._named.items()):
            if any(is_within(path, used) for used in self._used if used != path):
                continue
            packages = sorted(named.packages or ())
            affects: str | tuple[str, ...] = tuple(packages) if packages and len(packages) < several else "all"
            if path not in self._by_folder:
                grouped.setdefault((affects, named.reason), []).append(escape(path))
        for (names, reason), patterns in grouped.items():
            yield PathRule(tuple(patterns), names, reason, promise=False)

    def _documents(self) -> Iterator[PathRule]:
        """Propose to ignore documents: everywhere by their suffix, unless tests or packages may read such files."""
        for suffix in _DOCUMENTS:
            mine = [path for path in self._files.entries if path.endswith(suffix)]
            if not mine:
                continue
            inner = [path for path in mine if self._is_data(path)]
            patterns: tuple[str, ...] = (f"**/*{suffix}",)
            if inner:
                # Documents next to a plugin's project file, and in other folders, are not inside packages or tests.
                outside = {path.rpartition("/")[0] for path in {*mine} & {*self._paths}}
                beside = (escape(folder) for folder in sorted(outside) if folder and folder in self._kept)
                patterns = tuple(
                    f"{start}*{suffix}" for start in ("", *(f"{each}/" for each in (*self._tiers, *beside)))
                )
            yield PathRule(
                patterns, "ignore", f"{count(len(mine) - len(inner), 'document')}{self._changes(Patterns(patterns))}"
            )
        names = sorted({
            name
            for path in self._files.entries
            if "." not in (name := path.rpartition("/")[2]) and _DOCUMENT_NAMES.fullmatch(name)
        })  # fmt: skip
        if names:
            patterns = tuple([f"**/{name}" for name in names])
            yield PathRule(patterns, "ignore", f"licences and the like{self._changes(Patterns(patterns))}")
        for folder in sorted(_DOCUMENT_FOLDERS):
            found = any(path.startswith(f"{folder}/") for path in self._files.entries)
            if found and folder not in self._kept:
                yield PathRule(
                    (f"{folder}/**",), "ignore", f"documentation{self._changes(Patterns((f'{folder}/**',)))}"
                )

    def _is_data(self, path: str) -> bool:
        """Return whether a document is inside a package or its tests, where code may read it."""
        for plugin in folders_above(path) & self._plugins:
            inner = path[len(plugin) + 1 :].split("/")
            return len(inner) > 1 and not {"docs", "doc", "examples", "example"} & {*inner}
        return bool(self._core_folder) and path.startswith(f"{self._core_folder}/") and path.count("/") > 1

    def _keys(self) -> Iterator[PathRule]:
        """Propose that the settings of linters in a shared ``pyproject.toml`` affect no plugin."""
        for path in sorted(self._used & {*self._paths}):
            if not path.endswith("pyproject.toml"):
                continue
            lines = lines_with_numbers(self._files.get(path))
            headers = {match[1] for _, line in lines if (match := _LINTER_HEADER.match(line))}
            keys = tuple(key for key in _LINTERS if key in headers)
            if keys:
                yield PathRule((escape(path),), "none", "settings of linters", keys=keys)

    def _promises(self) -> Iterator[PathRule]:
        """Propose that the other paths affect no plugin: one rule for each folder, and one for the files next to it."""
        existing = {each for path in self._files.entries for each in (path, *folders_above(path))}
        free: dict[tuple[str, bool], list[str]] = {}
        hidden: list[str] = []
        for place, is_folder in self._children("", self._paths):
            pattern = f"{escape(place)}/**" if is_folder else escape(place)
            if place not in existing:
                continue
            parent = place.rpartition("/")[0]
            if place.startswith("."):
                hidden.append(pattern)
            elif is_folder and not parent:
                yield self._none((pattern,), "nothing that tests plugins names this folder")
            else:
                free.setdefault((parent, is_test_file(place)), []).append(pattern)
        if hidden:
            yield self._none(tuple(hidden), "hidden files and folders")
        for (folder, are_tests), patterns in sorted(free.items()):
            place = f"in {folder}" if folder else "at the root"
            kind = "folders" if all(each.endswith("/**") for each in patterns) else "files"
            files = f"{kind} {place} that no plugin, test or workflow of tests names"
            yield self._none(tuple(patterns), f"tests {place} that import no plugin" if are_tests else files)

    def _none(self, patterns: tuple[str, ...], because: str) -> PathRule:
        return PathRule(patterns, "none", f"{because}{self._changes(Patterns(patterns))}")

    def _children(self, folder: str, paths: Collection[str]) -> Iterator[tuple[str, bool]]:
        """Yield the free folders and files below a folder; the second value is true for a folder."""
        start = f"{folder}/" if folder else ""
        seen: dict[str, list[str]] = {}
        for path in paths:
            name, slash, _ = path[len(start) :].partition("/")
            seen.setdefault(f"{start}{name}{slash}", []).append(path)
        for child, inside in seen.items():
            place = child.rstrip("/")
            if child.endswith("/"):
                if place in self._kept:
                    yield from self._children(place, inside)
                elif place not in _DOCUMENT_FOLDERS:
                    yield place, True
            elif place not in self._kept and not self._is_document(place):
                yield place, False

    def _is_document(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return path.endswith(_DOCUMENTS) or ("." not in name and _DOCUMENT_NAMES.fullmatch(name) is not None)

    def _changes(self, patterns: Patterns) -> str:
        most = max((number for path, number in self._history.items() if patterns.match(path)), default=0)
        return f"; the most changed one changed in {most} commits" if most > 1 else ""


def _can_be_named(path: str) -> bool:
    """Return whether a pattern for this path is readable and short enough for a configuration."""
    return path.isprintable() and len(path) <= _LONGEST_PATH


def _folder_pattern(workspace: Workspace, named: Mapping[str, NamedPath]) -> tuple[str, frozenset[str]]:
    """Return one pattern with ``{folder}`` for the workflows of single plugins, and the paths that it matches.

    The pattern is empty unless it matches the workflows of most plugins.
    """
    single = {
        path: next(iter(each.packages)) for path, each in named.items() if each.packages and len(each.packages) == 1
    }
    folders = {name: plugin.path.rpartition("/")[2] for name, plugin in workspace.plugins.items()}
    patterns: dict[str, set[str]] = {}
    for path, name in single.items():
        start, slash, last = path.rpartition("/")
        stem, dot, suffix = last.rpartition(".")
        if folders.get(name) == stem:
            patterns.setdefault(f"{start}{slash}{{folder}}{dot}{suffix}", set()).add(path)
    best = max(patterns, key=lambda pattern: len(patterns[pattern]), default="")
    enough = len(patterns.get(best, ())) >= max(2, len(folders) // 2)
    return (best, frozenset(patterns[best])) if enough else ("", frozenset())


def count_changes(history: Iterable[tuple[str, frozenset[str]]]) -> dict[str, int]:
    """Count the commits that changed each path."""
    counts: dict[str, int] = {}
    for _, paths in history:
        for path in paths:
            counts[path] = counts.get(path, 0) + 1
    return counts
