"""Compute by brute force what a change can break, from the model alone and without the library.

Needs are relations between nodes, written down as sets of pairs. "Transitively" is composing a relation with
itself until nothing is added.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.selection.model import LINK, Import, ModelRepo, Need, Plugin, config, write
from tests.selection.uses import PYPROJECT, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CORE = "framework"

Node = tuple[str, str]
"""A plugin's name, with the name of one of its extras or ``""``."""

Pairs = set[tuple[Node, Node]]


@dataclass(frozen=True)
class Verdict:
    """The expected result: each plugin's response, whether the core is affected, and the removed plugins."""

    answers: Mapping[str, str]
    core: bool
    removed: set[str]


def judge(base: ModelRepo, head: ModelRepo, *, config_inside: bool) -> Verdict:
    """The answer for the change from one repo to the other."""
    return _Case(base, head, config_inside=config_inside).verdict()


class _Case:
    def __init__(self, base: ModelRepo, head: ModelRepo, *, config_inside: bool) -> None:
        self.base, self.head, self.config_inside = base, head, config_inside
        self.before = write(base, config_inside=config_inside)
        self.after = write(head, config_inside=config_inside)
        self.changed = {p for p in {**self.before, **self.after} if self.before.get(p) != self.after.get(p)}
        self.rules_changed = config_inside and config(base) != config(head)
        self.links = {path: self._meant(path) for path, (mode, _) in self.after.items() if mode == LINK}
        self.names = {plugin.name for plugin in head.plugins if plugin.broken != "name"}
        self.removed = {p.name for p in self._readable_at_base() if p.name not in {q.name for q in head.plugins}}

    def _readable_at_base(self) -> list[Plugin]:
        """The plugins whose project files changed, so that base may have known them by other names."""
        # If the configuration is not in the repository, the tiers at base are unknown.
        tiers = {tier.name for tier in (self.base if self.config_inside else self.head).tiers}
        return [p for p in self.base.plugins if p.broken != "name" and self._project_changed(p) and p.tier in tiers]

    def _project_changed(self, plugin: Plugin) -> bool:
        return any(f"{plugin.folder}/{name}" in self.changed for name in ("pyproject.toml", "setup.py"))

    def _meant(self, link: str) -> str:
        for plugin in self.head.plugins:
            for inner, target in plugin.links.items():
                if f"{plugin.folder}/{inner}" == link:
                    return target
        return self.head.common_links[link]

    # Owners of paths

    def owner(self, path: str) -> Plugin | None:
        """The deepest plugin that contains a path."""
        around = [plugin for plugin in self.head.plugins if path.startswith(f"{plugin.folder}/")]
        return max(around, key=lambda plugin: len(plugin.folder), default=None)

    def was_a_plugins(self, path: str) -> bool:
        """Whether the deepest plugin around a path, of those that are and were, is not there any more."""
        folders = {plugin.folder for plugin in self.head.plugins}
        tiers = {tier.name for tier in (self.base if self.config_inside else self.head).tiers}
        before = [plugin for plugin in self.base.plugins if plugin.tier in tiers]
        folders |= {plugin.folder for plugin in before if self._project_changed(plugin)}
        around = [folder for folder in folders if path.startswith(f"{folder}/")]
        return bool(around) and max(around, key=len) not in {plugin.folder for plugin in self.head.plugins}

    def is_test(self, path: str, plugin: Plugin) -> bool:
        inner = path[len(plugin.folder) + 1 :]
        return inner.startswith("tests/") or inner == "conftest.py"

    # Paths as edges

    def places(self, plugin: Plugin) -> set[str]:
        """The places outside its metadata's folders that a plugin leads to, over links."""
        folders = {other.folder for other in self.head.plugins}
        shipped = (
            set() if plugin.broken else {path for path in plugin.includes_files if not _inside(path, plugin.folder)}
        )
        by_path = {need.folder for need in self.file_needs(plugin) if need.folder is not None} - folders
        around = {folder for folder in by_path if _inside(plugin.folder, folder)}
        shipped |= {use.place for use in self.uses(plugin) if use.means == "reads"}
        named = {*plugin.links.values(), *plugin.includes, *plugin.constraints, *shipped}
        return self.over_links(named | (by_path - around))

    def file_needs(self, plugin: Plugin) -> list[Need]:
        """The requirements in the plugin's requirements file and in the files that it includes, and those by path."""
        by_path = [Need("", folder=use.place) for use in self.uses(plugin) if use.means == "requires"]
        common = self.head.common_needs if "common/c0/needs.txt" in plugin.includes else []
        return [*plugin.files, *common, *by_path]

    def uses(self, plugin: Plugin) -> list[Use]:
        """The plugin's uses of other plugins in files that exist."""
        is_read = {PYPROJECT: not plugin.broken}
        return [use for use in plugin.uses if is_read.get(use.file, f"{plugin.folder}/{use.file}" in self.after)]

    def over_links(self, start: set[str]) -> set[str]:
        found: set[str] = set()
        while start - found:
            found |= start
            for link, target in self.links.items():
                for place in found:
                    if _inside(link, place):
                        start = start | {target}
                    elif _inside(place, link):
                        start = start | {target + place[len(link) :]}
        return found

    def reads(self, plugin: Plugin, path: str) -> bool:
        """Whether a path is one that the plugin's files lead to."""
        return any(_inside(path, place) for place in self.places(plugin))

    def covers(self, plugin: Plugin, path: str) -> bool:
        """Whether the plugin's files lead to a path, and not only to the whole repository."""
        return any(_inside(path, place) for place in self.places(plugin) if place)

    def says_it_reads(self, plugin: Plugin, path: str) -> bool:
        """Whether the plugin's own table names a path; such a path is covered for no other plugin."""
        patterns = [] if plugin.broken else [pattern.removesuffix("/**") for pattern in plugin.reads]
        return any(_inside(path, place) for place in patterns)

    def names_document(self, plugin: Plugin, path: str) -> bool:
        """Whether the plugin's metadata names a file, or a folder around it, that may not be missing."""
        named = [
            *plugin.includes_files,
            *filter(None, [plugin.document]),
            *([f"{plugin.folder}/README.md"] if plugin.readme else []),
        ]
        return not plugin.broken and any(_inside(path, place) for place in named)

    def is_ignored(self, path: str, owner: Plugin | None) -> bool:
        return path.endswith(".md") or (owner is not None and path.startswith(f"{owner.folder}/examples/"))

    def licence_counts(self, plugin: Plugin, path: str, owner: Plugin | None, *, deleted: bool) -> bool:
        """Whether a path is the plugin's licence outside its folder, and its change concerns the plugin."""
        named = plugin.document == path and self.names_document(plugin, path)
        return named and (deleted or (owner is not None and not self.is_ignored(path, owner)))

    # Lock files

    def below(self, folder: str) -> list[Plugin]:
        return [plugin for plugin in self.head.plugins if _inside(plugin.folder, folder)]

    def applies(self, folder: str) -> bool:
        """Whether a lock file in a folder is one of the root or of plugins below the folder."""
        return folder == "" or bool(self.below(folder))

    def lock_differs(self, folder: str, name: str, without: str = "") -> bool:
        before, after = (repo.locks[folder].installed(name, without) for repo in (self.base, self.head))
        return before != after

    # Dependencies

    def targets(self, needs: list[Need]) -> set[Node]:
        """The nodes that requirements name: plugins that are there or gone, never the core."""
        found: set[Node] = set()
        for need in needs:
            name = need.name
            if need.folder is not None:
                here = [p.name for p in self.head.plugins if p.folder == need.folder]
                gone = [p.name for p in self._readable_at_base() if p.folder == need.folder]
                name = (here or gone or [""])[0]
            if name in {p.name for p in self.head.plugins} | self.removed:
                found |= {(name, ""), *((name, extra) for extra in need.asked)}
            if name == CORE and self.head.core_in_tree:
                found |= {(name, extra) for extra in need.asked}
        return found

    def imports(self, plugin: Plugin, *, tests: bool) -> list[str]:
        """The imports of the plugin's own files, and of the targets of its links."""
        return [dotted for statement in self.all_statements(plugin, tests=tests) for dotted in statement.means]

    def all_statements(self, plugin: Plugin, *, tests: bool) -> list[Import]:
        """The statements in the plugin's own files, and in the targets of its links."""
        found = self.statements(plugin, self.own_file(plugin, tests=tests))
        for inner in plugin.links:
            # A link next to the folder of a plugin's modules is not shipped.
            if (inner.startswith("tests/") or bool(plugin.layout)) == tests:
                behind = self.imports_behind(f"{plugin.folder}/{inner}")
                found += [statement for statement in behind if not statement.relative]
        if tests:
            found += self.entries_of(plugin)
        return found

    def entries_of(self, plugin: Plugin) -> list[Import]:
        """The entry points in the plugin's project file, and in those that its links lead to."""
        found = [] if plugin.broken else [*plugin.entries]
        for _, real in (file for inner in plugin.links for file in self.files_behind(f"{plugin.folder}/{inner}")):
            for other in self.head.plugins:
                found += other.entries if real == f"{other.folder}/{PYPROJECT}" and not other.broken else ()
        return found

    def own_file(self, plugin: Plugin, *, tests: bool) -> str:
        return f"{plugin.folder}/tests/test_{plugin.key}.py" if tests else plugin.home

    def statements(self, plugin: Plugin, path: str) -> list[Import]:
        if path not in self.after:
            return []
        written = {plugin.home: plugin.shipped_imports, plugin.example: plugin.example_imports}
        return list(written.get(path, plugin.tests_imports))

    def imports_behind(self, path: str) -> list[Import]:
        """The imports of all files that one comes to through a link."""
        found: list[Import] = []
        todo, seen = [path], set()
        while todo:
            place = self.resolve(todo.pop())
            if place in seen or place == "":
                continue
            seen.add(place)
            todo += [inner for inner in self.links if _inside(inner, place) and inner != place]
            for other in self.head.plugins:
                for own in (other.home, other.example, self.own_file(other, tests=True)):
                    if _inside(own, place):
                        found += self.statements(other, own)
        return found

    def resolve(self, path: str) -> str:
        for _ in range(20):
            step = next((link for link in self.links if _inside(path, link)), None)
            if step is None:
                return path
            path = self.links[step] + path[len(step) :]
        return ""

    def imported(self, plugin: Plugin, *, tests: bool) -> set[tuple[str, str]]:
        """The plugins that imports reach, each with the module: those that define it, or have just lost it."""
        found = self.reached_from(plugin.name, self.imports(plugin, tests=tests))
        above = [folder for folder in self.head.conftests if tests and _inside(plugin.folder, folder)]
        for folder in above:
            if f"{folder}/conftest.py".lstrip("/") in self.after:
                meant = [dotted for statement in self.head.conftests[folder] for dotted in statement.means]
                found = found.union(*(self.definers("", dotted) for dotted in meant))
        return {(name, dotted) for name, dotted in found if name != plugin.name}

    def imported_by_core(self, *, tests: bool) -> set[tuple[str, str]]:
        """The plugins that the core's shipped file, or its test, imports."""
        return self.reached_from(CORE, [dotted for one in self.core_statements(tests=tests) for dotted in one.means])

    def core_statements(self, *, tests: bool) -> list[Import]:
        path = "framework/tests/test_run.py" if tests else "framework/run.py"
        statements = self.head.core_tests_imports if tests else self.head.core_imports
        return statements if self.head.core_in_tree and path in self.after else []

    def reached_from(self, importer: str, modules: list[str]) -> set[tuple[str, str]]:
        found = [definer for dotted in modules for definer in self.definers(importer, dotted)]
        return {(name, dotted) for name, dotted in found if name != importer}

    def mentioned(self, plugin: Plugin) -> set[tuple[str, str]]:
        """The plugins that strings mention, each with the module, which exactly one plugin defines."""
        statements = [one for tests in (True, False) for one in self.all_statements(plugin, tests=tests)]
        own = {found for use in self.uses(plugin) for found in self.used(plugin, use, plugin.folder, plugin.folder)}
        return self.mentioned_in(plugin.name, statements) | own | set(self.mentioned_behind_links(plugin))

    def used(self, plugin: Plugin, use: Use, written_in: str, found_in: str) -> set[tuple[str, str]]:
        """The other plugins that a use names: in a file of the plugin in one folder, and found in another."""
        if use.means == "name":
            known = {other.name for other in self.head.plugins} | self.removed
            return {(use.name, "")} & {(name, "") for name in known - {plugin.name}}
        text = use.path_text(written_in)
        folder = posixpath.dirname(f"{found_in}/{use.file}") if use.kind == "requirements-folder" else found_in
        return set(self.at_path(plugin, folder, text)) if use.means in ("path", "requires") else set()

    def mentioned_in(self, importer: str, statements: list[Import]) -> set[tuple[str, str]]:
        meant = [self.meant_by(importer, dotted) for one in statements for dotted in one.mentions]
        return {(name, dotted) for [(name, dotted)] in (each for each in meant if len(each) == 1) if name != importer}

    def meant_by(self, importer: str, dotted: str) -> set[tuple[str, str]]:
        """The plugins that a string may name: those that define it, or that have files in a folder of that name."""
        if found := self.definers("", dotted):
            now = {(p.name, name) for p in self.head.plugins for _, name in found if self.has_now(p, name)}
            return set() if importer in {name for name, _ in now} else now or found
        below = {p.name for p in self.head.plugins for inner in self.files_below(p, dotted) if inner in self.after}
        for other in [] if below else self.base.plugins:
            if any(path in self.before and path not in self.after for path in self.files_below(other, dotted)):
                below.add(self.name_of_loser(other))
        return {(name, dotted) for name in below - {""}}

    def has_now(self, plugin: Plugin, module: str) -> bool:
        return plugin.module_files().get(module) in self.after

    def files_below(self, plugin: Plugin, dotted: str) -> list[str]:
        return [path for module, path in plugin.module_files().items() if module.startswith(f"{dotted}.")]

    def mentioned_behind_links(self, plugin: Plugin) -> Iterator[tuple[str, str]]:
        """The plugins that other plugins' project files name, if a link of this plugin leads to these files."""
        behind = [file for inner in plugin.links for file in self.files_behind(f"{plugin.folder}/{inner}")]
        for path, real in behind:
            for other in self.head.plugins:
                for use in (use for use in self.uses(other) if real == f"{other.folder}/{use.file}"):
                    yield from self.used(plugin, use, other.folder, path.removesuffix(f"/{use.file}"))
        names = {other.name for other in self.head.plugins} | self.removed
        for path, real in behind:
            for other in (other for other in self.head.plugins if posixpath.dirname(real) == other.folder):
                named, paths = self.texts_of(other, posixpath.basename(real))
                yield from ((name, "") for name in named & names - {plugin.name})
                for place in paths:
                    text = posixpath.relpath(place, other.folder)
                    yield from self.at_path(plugin, posixpath.dirname(path), text)

    def texts_of(self, plugin: Plugin, file: str) -> tuple[set[str], list[str]]:
        """The names and the paths in a project file, outside tables with requirements."""
        if file == "requirements.txt":
            return {need.name for need in plugin.files}, [need.folder for need in plugin.files if need.folder]
        if file == "setup.py" and plugin.broken == "needs":
            return {plugin.name}, []
        return set(), plugin.includes_files if file == "pyproject.toml" and not plugin.broken else []

    def at_path(self, plugin: Plugin, folder: str, text: str) -> Iterator[tuple[str, str]]:
        """The plugin to which a path leads: from the file's folder, from the plugin's, or from the root."""
        names = {p.folder: p.name for p in self._readable_at_base()} | {p.folder: p.name for p in self.head.plugins}
        for start in (folder, plugin.folder, "") if "/" in text else ():
            path = posixpath.normpath(posixpath.join(start, text))
            owner = max((one for one in names if _inside(path, one)), key=len, default=plugin.folder)
            if owner != plugin.folder:
                tested = any(_inside(file, path) and _inside(file, f"{owner}/tests") for file in self.after)
                if names[owner] != plugin.name:
                    yield names[owner], "tests." if tested else ""
                return

    def files_behind(self, link: str) -> list[tuple[str, str]]:
        """The files that one comes to through a link: each with the path through the link, and the real path."""
        found: list[tuple[str, str]] = []
        todo, seen = [(link, link)], set()
        while todo:
            path, place = todo.pop()
            real = self.resolve(place)
            if real in seen or real == "":
                continue
            seen.add(real)
            for file in (file for file in self.after if _inside(file, real)):
                (todo if file in self.links else found).append((path + file[len(real) :], file))
        return found

    def mentioned_by_core(self) -> set[tuple[str, str]]:
        known = {plugin.name for plugin in self.head.plugins} | self.removed
        used = [use.name for use in self.head.core_uses if f"framework/{use.file}" in self.after]
        named = {(name, "") for name in known.intersection(used)} if self.head.core_in_tree else set()
        both = [*self.core_statements(tests=False), *self.core_statements(tests=True)]
        return self.mentioned_in(CORE, both) | named

    def definers(self, importer: str, dotted: str) -> set[tuple[str, str]]:
        """The plugins that define the longest possible prefix of a name, if the importer itself does not."""
        while dotted:
            here = {p.name for p in self.head.plugins if p.module_files().get(dotted) in self.after}
            lost = set()
            for other in self.base.plugins:
                path = other.module_files().get(dotted, "")
                if path in self.before and path not in self.after:
                    lost.add(self.name_of_loser(other))
            if here or lost - {""}:
                return set() if importer in here else {(name, dotted) for name in (here | lost) - {""}}
            dotted = dotted.rpartition(".")[0]
        return set()

    def name_of_loser(self, loser: Plugin) -> str:
        """Who has lost a file, by the name that it had if that can be known."""
        folders = {plugin.folder: plugin.name for plugin in self.head.plugins}
        folders |= {plugin.folder: plugin.name for plugin in self._readable_at_base()}
        return folders.get(loser.folder, "")

    def relation(self) -> Pairs:
        """R, one step: run-time and build requirements, imports in shipped files, and requirements of each extra."""
        pairs: Pairs = set()
        for plugin in self.head.plugins:
            node = (plugin.name, "")
            if not plugin.broken:
                pairs |= {(node, other) for other in self.targets([*plugin.runtime, *plugin.build])}
                for extra, needs in plugin.extras.items():
                    pairs |= {((plugin.name, extra), other) for other in self.targets(needs)}
            pairs |= {(node, (name, "")) for name, _ in self.imported(plugin, tests=False)}
        if self.core_is_read:
            pairs |= {((CORE, extra), o) for extra, needs in self.head.core_extras.items() for o in self.targets(needs)}
        return pairs

    @property
    def core_is_read(self) -> bool:
        return self.head.core_in_tree and not self.head.core_broken

    def tests_need(self, plugin: Plugin) -> set[Node]:
        """Everything that P's own extras, groups, requirements files and test imports name."""
        listed = self.file_needs(plugin)
        if not plugin.broken:
            listed += [need for named in (plugin.extras, plugin.groups) for needs in named.values() for need in needs]
        named = self.imported(plugin, tests=True) | self.mentioned(plugin)
        return self.targets(listed) | {(name, "") for name, _ in named}

    def sees(self) -> dict[str, set[str]]:
        """The dependencies of each plugin: R*({P} and test(P))."""
        closure = transitive(self.relation())
        found = {}
        for plugin in self.head.plugins:
            first = {(plugin.name, ""), *self.tests_need(plugin)}
            found[plugin.name] = {name for name, _ in first | {b for a, b in closure if a in first}}
        return found

    # The verdict

    def verdict(self) -> Verdict:
        own, locked, spreading = set(), set(), set(self.removed)
        core, everybody, doubt, heard = False, False, self.rules_changed, False
        tests_used = {found for p in self.head.plugins for t in (True, False) for found in self.imported(p, tests=t)}
        tests_used |= {found for plugin in self.head.plugins for found in self.mentioned(plugin)}
        tests_used |= {found for t in (True, False) for found in self.imported_by_core(tests=t)}
        tests_used |= self.mentioned_by_core()
        core_places = self.over_links({*self.head.core_includes} if self.core_is_read else set())
        reached = {name for name, dotted in tests_used if dotted.startswith("tests.")}
        for path in self.changed:
            owner, covered, is_read = self.owner(path), False, False
            deleted = path in self.before and path not in self.after
            for plugin in self.head.plugins:
                if plugin is not owner and (self.reads(plugin, path) or self.says_it_reads(plugin, path)):
                    own.add(plugin.name)
                    spreading.add(plugin.name)
                    is_read = True
                    covered = covered or self.covers(plugin, path)
                elif plugin is not owner and self.licence_counts(plugin, path, owner, deleted=deleted):
                    own.add(plugin.name)
                    spreading.add(plugin.name)
                    is_read = covered = True
            if path == "constraints.txt" and not self.head.core_in_tree:
                core = covered = True
            if any(_inside(path, place) for place in core_places if not _inside(place, "framework")):
                core = covered = True
            named = owner is not None and self.names_document(owner, path)
            if self.is_ignored(path, owner) and not (named and deleted):
                heard = heard or covered or is_read
                continue
            heard = True
            if owner is not None:
                own.add(owner.name)
                if not self.is_test(path, owner) or owner.name in reached:
                    spreading.add(owner.name)
                covered = True
            elif deleted and self.was_a_plugins(path):
                covered = True
            if self.head.core_in_tree and owner is None and path.startswith("framework/"):
                core = covered = True
            lock = path.rpartition("/")[0] if path.endswith("uv.lock") and owner is None else None
            rule = next((rule for rule in self.head.rules if _matches(path, rule.pattern)), None)
            if rule is None and lock is not None and self.applies(lock):
                if deleted or path not in self.before:
                    doubt = True
                    continue
                locked |= {plugin.name for plugin in self.below(lock) if self.lock_differs(lock, plugin.name, CORE)}
                core = core or self.lock_differs(lock, CORE)
            elif rule is None:
                doubt = doubt or not covered
            elif rule.affects == "all":
                everybody = True
            elif rule.affects != "none":
                chosen = {p.name for p in self.head.plugins if {p.name, p.tier} & set(rule.affects)}
                own |= chosen
                spreading |= chosen
        nameless = [p for p in self.head.plugins if p.broken == "name"]
        nameless += [p for p in self.base.plugins if p.broken == "name" and self._project_changed(p)]
        doubt = doubt or (heard and bool(nameless))
        sees = self.sees()
        core = core or bool(self.core_members(sees) & spreading)
        unreadable = {p.name for p in self.head.plugins if p.broken} if heard else set()
        answers = {}
        for plugin in self.head.plugins:
            tier = next(tier for tier in self.head.tiers if tier.name == plugin.tier)
            said = {"skip"}
            if plugin.name in own:
                said.add("test")
            if sees[plugin.name] & (spreading - {plugin.name}):
                said.add(tier.dependency)
            if plugin.name in locked:
                said.add(tier.dependency)
            if core:
                said.add(tier.core)
            if everybody:
                said.add(tier.shared)
            if doubt or sees[plugin.name] & unreadable or plugin.name in unreadable:
                said.add("test" if tier.shared == "test" else "advisory")
            strongest = next(answer for answer in ("test", "advisory", "skip") if answer in said)
            if strongest != "skip":
                answers[plugin.name] = strongest
        core_sees = self.core_sees()
        own_job = bool(core_sees & spreading or core_sees & unreadable)
        return Verdict(answers, core or everybody or doubt or own_job, self.removed)

    def core_sees(self) -> set[str]:
        """The plugins that the core or its extras, groups and tests need."""
        if not self.head.core_in_tree:
            return set()
        first = {(name, "") for tests in (True, False) for name, _ in self.imported_by_core(tests=tests)}
        first |= {(name, "") for name, _ in self.mentioned_by_core()}
        if "conftest.py" in self.after:  # the tests of the core load the root's, too
            meant = [dotted for statement in self.head.conftests.get("", ()) for dotted in statement.means]
            first |= {(name, "") for dotted in meant for name, _ in self.definers("", dotted)}
        if self.core_is_read:
            listed = (self.head.core_needs, self.head.core_groups, *self.head.core_extras.values())
            first |= self.targets([need for needs in listed for need in needs])
        closure = transitive(self.relation())
        return {name for name, _ in first | {b for a, b in closure if a in first}} - {CORE}

    def core_members(self, sees: dict[str, set[str]]) -> set[str]:
        """The plugins that the core needs at run time; every plugin if one of them cannot be read."""
        if not self.head.core_in_tree:
            return set()
        everything = {plugin.name for plugin in self.head.plugins} | self.removed
        first = self.targets(self.head.core_needs) if self.core_is_read else set()
        first |= {(name, "") for name, _ in self.imported_by_core(tests=False)}
        closure = transitive(self.relation())
        members = {name for name, _ in first | {b for a, b in closure if a in first}}
        broken = {plugin.name for plugin in self.head.plugins if plugin.broken}
        return everything if self.head.core_broken or members & broken else members


def transitive(pairs: Pairs) -> Pairs:
    """A relation composed with itself until nothing is added."""
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} | pairs
        if more == pairs:
            return pairs
        pairs = more


def _inside(path: str, place: str) -> bool:
    return place == "" or path == place or path.startswith(f"{place}/")


def _matches(path: str, pattern: str) -> bool:
    """Patterns of the generator are a path, or a folder with all below it."""
    return _inside(path, pattern.removesuffix("/**"))
