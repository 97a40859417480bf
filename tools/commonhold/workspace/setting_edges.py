"""Find the plugins that the settings of a plugin's tests name: ``install``, ``before``, ``test`` and ``env``."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.projects.paths import HOLE, is_within, resolve, rooted
from commonhold.workspace.edges import SettingEdges
from commonhold.workspace.graph import Edge
from commonhold.workspace.modules import module_of
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.projects.names import Name
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.model import Plugin
    from commonhold.workspace.modules import PythonFile

_PLACEHOLDER = r"\{([\w-]+)\}"
_BETWEEN = r"[\s=:;,\"'|&()]+"
_MODULE_OPTIONS = frozenset(("-m", "-p", "--pyargs"))
_MOST_NESTED = 3  # a script in a script in a script


def setting_edges(
    projects: Iterable[Plugin],
    targets: Targets,
    sources: Iterable[PythonFile],
    read: Callable[[str], bytes | None],
    root: str = "",
) -> SettingEdges:
    """Return the dependencies in test settings; read the arguments of an installer like a requirements file.

    ``root`` is the workspace's folder, for which ``{root}`` stands.
    """
    edges: list[Edge] = []
    reached: set[tuple[str, str]] = set()
    reads: dict[Name, frozenset[str]] = {}
    finder: _Finder | None = None
    for project in projects:
        finder = finder or _Finder(targets, sources, root)
        found, opened = _requirements(project, targets, read, root)
        edges += found
        opened |= finder.named_outside(project)
        if opened:
            reads[project.name] = opened
        for name, place in finder.named_by(project):
            edges.append(Edge(project.name, name, "setting", tests=True))
            reached.update([place] if place else ())
    return SettingEdges(tuple(dict.fromkeys(edges)), frozenset(reached), reads)


def runs_uv_at_root(plugin: Plugin, root: str = "") -> bool:
    """Return whether the plugin's commands run uv for the project in ``root``, and so install that project's groups."""
    testing = plugin.testing
    texts = (*_scripts((*(testing.before or ()), *(testing.test or ()))), *(testing.env or {}).values())
    words = [*_words(plugin, texts, root)]
    return any(word.rpartition("/")[2] == "uv" for word in words) and any(
        resolve(plugin.path, word) == root for word in words if "/" in word or word == ".."
    )


def _requirements(
    plugin: Plugin, targets: Targets, read: Callable[[str], bytes | None], root: str
) -> tuple[list[Edge], frozenset[str]]:
    """Return the edges to the plugins that settings install, and the requirements files that they name."""
    from commonhold.projects.commands import argument_lines, installed_by
    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.requirements_file import read_lines

    lines = [*argument_lines(_fill(plugin, text, root) for text in plugin.testing.install or ())]
    for text in _scripts((*(plugin.testing.before or ()), *(plugin.testing.test or ()))):
        lines += installed_by(_fill(plugin, text, root))
    project = ProjectFiles(plugin.path, read)
    found = read_lines(project, f"{plugin.path}/pyproject.toml", [line for line in lines if HOLE not in line])
    edges = [
        Edge(plugin.name, name, "setting", None, one.extras, tests=True)
        for one in found.dependencies
        if (name := targets.find(one)) is not None and name != plugin.name
    ]
    return edges, frozenset(project.reads)


class _Finder:
    """Finds the plugin to which a word refers: a path in its folder, its distribution name, or one of its modules."""

    def __init__(self, targets: Targets, sources: Iterable[PythonFile], root: str) -> None:
        self._root = root
        self._targets = targets
        self._owners = Owners(targets.folders)
        self._sources = sources
        self._modules: dict[str, set[str]] = {}

    def named_outside(self, plugin: Plugin) -> frozenset[str]:
        """Return the paths outside the workspace that words name."""
        if not self._root:
            return frozenset()
        found = (resolve(plugin.path, word) for word in self._words_of(plugin) if "/" in word)
        return frozenset(path for path in found if path and not _overlap(path, self._root))

    def _words_of(self, plugin: Plugin) -> Iterator[str]:
        from commonhold.projects.commands import other_words

        testing = plugin.testing
        scripts = _scripts((*(testing.before or ()), *(testing.test or ())))
        texts = (word for script in scripts for word in other_words(script) if " " not in word)
        return _words(plugin, (*texts, *(testing.env or {}).values()), self._root)

    def named_by(self, plugin: Plugin) -> Iterator[tuple[Name, tuple[str, str] | None]]:
        """Yield the other plugins that words name, each with its folder, and with the path if a word is a path."""
        before = ""
        for word in self._words_of(plugin):
            place = self._place(plugin, word)
            name = self._targets.folders[place[0]] if place else self._named(plugin, word, before)
            if name is not None and name != plugin.name:
                yield name, place
            before = word

    def _place(self, plugin: Plugin, word: str) -> tuple[str, str] | None:
        if "/" not in word and word != "..":
            return None
        for base in dict.fromkeys((plugin.path, self._root, "")):
            path = resolve(base, word)
            owner = self._owners.of(f"{path}/.") if path else None
            if owner is not None and self._targets.folders[owner] != plugin.name:
                return owner, f"/{path}"
        return None

    def _named(self, plugin: Plugin, word: str, before: str) -> Name | None:
        name = normalize(word.partition("[")[0])
        is_module = before in _MODULE_OPTIONS
        # A name without a separator is an ordinary word in most commands.
        if name in self._targets.names and ("-" in name or is_module):
            return name
        if not all(map(str.isidentifier, word.split("."))) or not (is_module or "." in word or "_" in word):
            return None
        return self._defining(plugin, word)

    def _defining(self, plugin: Plugin, module: str) -> Name | None:
        """Return the only plugin that defines the longest prefix of a module's name."""
        if not self._modules:
            for source in self._sources:
                self._modules.setdefault(module_of(source.path_in_plugin) or "", set()).add(source.owner)
        while module:
            owners = self._modules.get(module, set())
            if plugin.path in owners or len(owners) > 1:
                return None
            if owners:
                return self._targets.folders[next(iter(owners))]
            module = module.rpartition(".")[0]
        return None


def _overlap(path: str, folder: str) -> bool:
    return is_within(path, folder) or is_within(folder, path)


def _words(plugin: Plugin, texts: Iterable[str], root: str) -> Iterator[str]:
    """Yield the words of texts; ``--cov=../b``, ``-I../b`` and ``../b::test_x`` contain a path."""
    for text in texts:
        for word in re.split(_BETWEEN, _fill(plugin, text, root)):
            option = word[:1] == "-" and word[1:2] != "-" and "/" in word
            yield word[2:] if option else word


def _scripts(commands: Iterable[str]) -> list[str]:
    """Return the commands, and the scripts that they pass to a shell as one word."""
    from commonhold.projects.commands import words_of

    found = [*commands]
    level = found
    for _ in range(_MOST_NESTED):
        level = [word for text in level for word in words_of(text) if " " in word and word != text]
        found = [*found, *level]
    return found


def _fill(plugin: Plugin, text: str, root: str) -> str:
    """Fill in the placeholders whose values are known before a session starts."""
    values = {"root": rooted(root), "path": plugin.path[len(root) :].lstrip("/"), "name": plugin.name}
    return re.sub(_PLACEHOLDER, lambda match: values.get(match[1], HOLE), text)
