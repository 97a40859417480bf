"""Hypothesis strategies for monorepos and for edits of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.selection.model import COMMON, LAYOUTS, Import, ModelRepo, Need, Plugin, Rule, Tier, write
from tests.selection.uses import KINDS, LIBRARIES, PYPROJECT, Lock, Use

if TYPE_CHECKING:
    from collections.abc import Callable

TIERS = ("gold", "silver", "bronze")
EXTRAS = ("fast", "slow", "all")
ANSWERS = st.sampled_from(["test", "advisory", "skip"])
PATTERNS = (
    "ci/**", "common/c0/**", "common/c1/data.txt", "common/**", "stray.txt", "pyproject.toml", "constraints.txt",
    "framework/run.py", "gold/p0/data.txt", "gold/uv.lock",
)  # fmt: skip


def names(keys: range | list[int]) -> st.SearchStrategy[str]:
    return st.sampled_from([f"acme-n{key}" for key in keys])


@st.composite
def needs(draw: st.DrawFn, count: int, folders: tuple[str, ...] = (), most: int = 2) -> list[Need]:
    found = []
    for _ in range(draw(st.integers(0, most))):
        if folders and draw(st.integers(0, 4)) == 0:
            found.append(Need("", folder=draw(st.sampled_from(folders))))
        else:
            # Requirements may also name the core, an unknown project, and a plugin that does not exist.
            name = draw(st.sampled_from([*(f"acme-n{key}" for key in range(count + 1)), "framework", "wheel"]))
            found.append(Need(name, tuple(draw(st.sets(st.sampled_from(EXTRAS), max_size=2)))))
    return found


def _absolute(module: str) -> st.SearchStrategy[Import]:
    parent, _, last = module.rpartition(".")
    ways = [
        Import(f"import {module}", (module,)),
        Import(f"import os, {module} as other", (module,)),
        Import(f"from {parent} import {last}", (parent, module)),
        Import(f"from {parent} import (\n    this,  # not that)\n    {last} as x,\n)", (parent, module)),
        Import(f"from {parent} \\\n    import this, \\\n    {last}", (parent, module)),
        Import(f"from {module} import Name", (module, f"{module}.Name")),
        Import(f"def late():\n    import {module}", (module,)),
        Import(f"if TYPE_CHECKING:\n    from {module} import Name", (module,)),
        Import(f"try:\n    import {module}\nexcept ImportError:\n    pass", (module,)),
        Import(f"importlib.import_module('{module}')", (module,), mentions=(module,)),
        Import(f"__import__('{module}')", (module,), mentions=(module,)),
        Import(f"pytest.importorskip('{module}', reason='x')", (module,), mentions=(module,)),
        Import(f"pytest_plugins = ['other', '{module}']", (module,), mentions=(module,)),
        Import(f"pytest_plugins = 'other,{module}'", (module,)),
        # These are none
        Import(f"# import {module}", ()),
        Import(f'"""\nimport {module}\n"""', ()),
        Import(f"NAME = '{module}'", (), mentions=(module,)),
        Import(f"from my{module} import x", ()),
    ]
    return st.sampled_from(ways)


def imports(count: int) -> st.SearchStrategy[Import]:
    modules = [f"acme.m{n}" for n in range(count)]
    modules += [f"{module}.extra" for module in modules] + [f"tests.help{n}" for n in range(count)]
    return st.sampled_from(modules).flatmap(_absolute)


def relative(count: int) -> st.SearchStrategy[Import]:
    """Relative imports that reach the namespace, for a module directly in it."""
    numbers = st.integers(0, count - 1)
    up = numbers.map(lambda n: Import(f"from ..m{n} import x", (f"acme.m{n}", f"acme.m{n}.x"), relative=True))
    name = numbers.map(lambda n: Import(f"from .. import (x, m{n})", (f"acme.m{n}",), relative=True))
    return st.one_of(up, name)


@st.composite
def naming_others(draw: st.DrawFn, plugin: Plugin, count: int, folders: tuple[str, ...], least: int = 0) -> None:
    """Add files that name other plugins."""
    plugin.singles = [plugin.key] if draw(st.integers(0, 2)) == 0 else []
    plugin.entries = draw(st.lists(entries(count), max_size=1))
    plugin.uses = draw(uses(count, [other for other in folders if other != plugin.folder], least))
    if draw(st.integers(0, 3)) == 0:
        other = draw(st.sampled_from(folders))
        plugin.document = f"{other}/{draw(st.sampled_from(['README.md', 'NOTES.md', 'data.txt']))}"


@st.composite
def plugins(draw: st.DrawFn, key: int, count: int, tier: str, folder: str, folders: tuple[str, ...]) -> Plugin:
    few: Callable[[int], Any] = lambda most: needs(count, most=most)  # noqa: E731
    plugin = Plugin(key, f"acme-n{key}", tier, folder, layout=draw(st.sampled_from(["", "src", *LAYOUTS])))
    plugin.runtime, plugin.build = draw(few(2)), draw(few(1))
    plugin.extras = {name: draw(few(2)) for name in draw(st.sets(st.sampled_from(EXTRAS), max_size=2))}
    for extra in plugin.extras:
        if draw(st.integers(0, 3)) == 0:
            plugin.extras[extra].append(Need(plugin.name, tuple(plugin.extras)))
    plugin.groups = {"dev": draw(few(2))} if draw(st.booleans()) else {}
    plugin.files = draw(needs(count, folders, most=1))
    plugin.includes = ["common/c0/needs.txt"] if draw(st.integers(0, 4)) == 0 else []
    plugin.constraints = draw(st.sampled_from([[], [], [], ["common/c1/data.txt"], ["constraints.txt"]]))
    plugin.modules = [key] if draw(st.integers(0, 4)) else []
    plugin.extra_modules = [key] if draw(st.integers(0, 2)) == 0 else []
    plugin.helpers = [key] if draw(st.integers(0, 2)) == 0 else []
    statements = st.one_of(imports(count), imports(count), relative(count)) if plugin.modules else imports(count)
    plugin.shipped_imports = draw(st.lists(statements, max_size=2))
    plugin.tests_imports = draw(st.lists(imports(count), max_size=2))
    plugin.example_imports = draw(st.lists(imports(count), max_size=1))
    plugin.readme = draw(st.booleans())
    plugin.reads = draw(st.sampled_from([[], [], [], ["common/c0/**"], ["ci/run"], ["gold/p0/**"]]))
    if draw(st.integers(0, 2)) == 0:
        plugin.links = {draw(st.sampled_from(["link0", "tests/link0"])): draw(link_targets(folders))}
    plugin.includes_files = draw(included(folders))
    draw(naming_others(plugin, count, folders))
    plugin.broken = draw(st.sampled_from([""] * 30 + ["needs"]))
    return plugin


def entries(count: int) -> st.SearchStrategy[Import]:
    """The module of an entry point, of one word or several."""
    modules = [name for n in range(count) for name in (f"only{n}", f"acme.m{n}")]
    return st.sampled_from(modules).map(lambda module: Import("", (module,)))


@st.composite
def uses(draw: st.DrawFn, count: int, folders: list[str], least: int = 0) -> list[Use]:
    """Files that name other plugins, or sometimes a plugin that does not exist; one of each file."""
    kinds = st.sampled_from(sorted(KINDS))
    # A table occurs once, too.
    unique = (lambda kind: (KINDS[kind].file, KINDS[kind].text[:9]),)
    found = draw(st.lists(kinds, min_size=least, max_size=3, unique_by=unique))
    return [Use(kind, draw(names(range(count + 1))), draw(st.sampled_from(folders))) for kind in found]


def core_uses(count: int, folders: tuple[str, ...]) -> st.SearchStrategy[list[Use]]:
    """Files of the core that name plugins."""
    found = uses(count, [*folders])
    return found.map(lambda many: [use for use in many if use.means == "name" and use.file != PYPROJECT])


@st.composite
def locks(draw: st.DrawFn, count: int) -> Lock:
    libraries = st.sets(st.sampled_from(sorted(LIBRARIES)), max_size=2).map(lambda names: tuple(sorted(names)))
    return Lock({f"acme-n{key}": draw(libraries) for key in range(count)})


def included(folders: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Paths outside a folder that a build includes; most builds include none."""
    inner = [f"{folder}{part}" for folder in folders for part in ("", "/data.txt", "/tests")]
    paths = st.sampled_from([*inner, "common/c0", "common/c1/data.txt", "ci/run", "stray.txt"])
    some = st.lists(paths, max_size=2, unique=True)
    return st.one_of(st.just([]), st.just([]), some)


def link_targets(folders: tuple[str, ...]) -> st.SearchStrategy[str]:
    inner = [f"{folder}{part}" for folder in folders for part in ("", "/data.txt", "/tests", "/link0", "/README.md")]
    common = ["common", "common/c0", "common/c1/data.txt", "common/c1/hop", "common/c1/hop/data.txt", "ci/run", ""]
    return st.sampled_from([*inner, *common])


@st.composite
def sparse_repos(draw: st.DrawFn) -> ModelRepo:
    """A monorepo whose plugins depend on each other only through files that name others."""
    count = draw(st.integers(3, 5))
    tiers = [Tier(name) for name in TIERS[: draw(st.integers(1, 2))]]
    places = [(tier := tiers[key % len(tiers)].name, f"{tier}/p{key}") for key in range(count)]
    folders = tuple(folder for _, folder in places)
    repo = ModelRepo(tiers, [], sparse=True)
    for key, (tier, folder) in enumerate(places):
        layout = draw(st.sampled_from(["", "src", *LAYOUTS]))
        plugin = Plugin(key, f"acme-n{key}", tier, folder, layout, modules=[key], readme=False)
        draw(naming_others(plugin, count, folders, least=1))
        repo.plugins.append(plugin)
    if draw(st.integers(0, 2)) == 0:
        repo.core_in_tree = True
        repo.core_uses = draw(core_uses(count, folders))
        repo.core_includes = draw(included(folders))
    if draw(st.integers(0, 2)) == 0:
        repo.locks[draw(st.sampled_from(["", *(tier.name for tier in tiers)]))] = draw(locks(count))
    return repo


def repos() -> st.SearchStrategy[ModelRepo]:
    return st.one_of(model_repos(), sparse_repos())


@st.composite
def model_repos(draw: st.DrawFn) -> ModelRepo:
    """A monorepo of two to six plugins."""
    count = draw(st.integers(2, 6))
    tiers = [Tier(name, draw(ANSWERS), draw(ANSWERS), draw(ANSWERS)) for name in TIERS[: draw(st.integers(1, 2))]]
    places: list[tuple[str, str]] = []
    for key in range(count):
        tier = tiers[key % len(tiers)].name
        nested = key >= len(tiers) and draw(st.integers(0, 4)) == 0  # each tier has one that is not
        parent = draw(st.sampled_from(places)) if nested else None
        places.append((parent[0], f"{parent[1]}/sub/p{key}") if parent else (tier, f"{tier}/p{key}"))
    folders = tuple(folder for _, folder in places)
    found = [draw(plugins(key, count, tier, folder, folders)) for key, (tier, folder) in enumerate(places)]
    repo = ModelRepo(tiers, found)
    repo.rules = draw(st.lists(rules(repo), max_size=3))
    if draw(st.booleans()):  # otherwise, most changes outside the plugins select every plugin
        repo.rules += [Rule(pattern, "none") for pattern in ("ci/**", "common/**", "stray.txt")]
    if draw(st.integers(0, 2)) == 0:
        repo.core_in_tree = True
        repo.core_needs = draw(needs(count, most=1))
        repo.core_broken = draw(st.integers(0, 9)) == 0
        repo.core_extras = {name: draw(needs(count)) for name in draw(st.sets(st.sampled_from(EXTRAS), max_size=2))}
        repo.core_groups = draw(needs(count, most=1))
        repo.core_imports = draw(st.one_of(st.just([]), st.lists(imports(count), max_size=1)))
        repo.core_tests_imports = draw(st.lists(imports(count), max_size=1))
        repo.core_includes = draw(included(folders))
        repo.core_uses = [
            use for use in draw(uses(count, [*folders])) if use.means == "name" and use.file != "pyproject.toml"
        ]
    repo.common_needs = draw(needs(count, folders, most=1))
    for place in draw(st.sets(st.sampled_from(["", *(tier.name for tier in tiers)]), max_size=1)):
        repo.conftests[place] = draw(st.lists(imports(count), min_size=1, max_size=2))
    for place in draw(st.sets(st.sampled_from(["", *(tier.name for tier in tiers)]), max_size=1)):
        repo.locks[place] = draw(locks(count))
    if draw(st.booleans()):
        repo.common_links = {
            "common/c1/hop": draw(st.sampled_from(["common/c0", "ci", folders[0], "common/c0/data.txt"]))
        }
    return repo


@st.composite
def rules(draw: st.DrawFn, repo: ModelRepo) -> Rule:
    everybody = [plugin.name for plugin in repo.plugins] + [tier.name for tier in repo.tiers]
    some = st.lists(st.sampled_from(everybody), min_size=1, max_size=2, unique=True)
    return Rule(draw(st.sampled_from(PATTERNS)), draw(st.one_of(st.sampled_from(["all", "none"]), some)))


@st.composite
def changes(draw: st.DrawFn, base: ModelRepo) -> ModelRepo:
    """The same repo after some edits."""
    head = base.copy()
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 2, 3, 4, 0]))):
        draw(st.sampled_from(EDITS_OF_SPARSE if base.sparse else EDITS))(draw, head)
    return head


def _edit(draw: st.DrawFn, repo: ModelRepo) -> None:
    written = sorted(write(repo, config_inside=False))
    # Most files outside all plugins have no rule, so a change to one selects every plugin.
    owned = [path for path in written if path.startswith(tuple(f"{plugin.folder}/" for plugin in repo.plugins))]
    path = draw(st.sampled_from(written if not owned or draw(st.integers(0, 4)) == 0 else owned))
    repo.salt[path] = repo.salt.get(path, 0) + 1


def _edit_used(draw: st.DrawFn, repo: ModelRepo) -> None:
    """Edit a file of a plugin that another plugin's file names; other edits seldom meet one."""
    used = [use for plugin in repo.plugins for use in plugin.uses] + repo.core_uses
    folders = {plugin.name: plugin.folder for plugin in repo.plugins}
    if used:
        use = draw(st.sampled_from(used))
        folder = folders.get(use.name, use.folder) if use.means in ("name", "nothing") else use.folder
        written = write(repo, config_inside=False)
        inside = sorted(path for path in written if path.startswith(f"{folder}/") and "/examples/" not in path)
        if inside:
            path = draw(st.sampled_from(inside))
            repo.salt[path] = repo.salt.get(path, 0) + 1


def _add(draw: st.DrawFn, repo: ModelRepo) -> None:
    folders = [f"{p.folder}/" for p in repo.plugins]
    folder = draw(st.sampled_from(["", "ci/", "common/c0/", "framework/", *folders, *folders, *folders]))
    repo.added.add(folder + draw(st.sampled_from(["new.txt", "new.md", "tests/new.txt", "acme/new.py"])))


def _remove(draw: st.DrawFn, repo: ModelRepo) -> None:
    kept = (*COMMON, "pyproject.toml", "setup.py", "requirements.txt")
    repo.missing.add(draw(st.sampled_from(sorted(p for p in write(repo, config_inside=False) if not p.endswith(kept)))))


def _mortal(repo: ModelRepo) -> list[Plugin]:
    """The plugins that can go without leaving their tier empty."""
    last = {tier.name: [plugin.key for plugin in repo.plugins if plugin.tier == tier.name] for tier in repo.tiers}
    return [plugin for plugin in repo.plugins if last[plugin.tier] != [plugin.key]]


def _delete(draw: st.DrawFn, repo: ModelRepo) -> None:
    if mortal := _mortal(repo):
        gone = draw(st.sampled_from(mortal))
        repo.plugins.remove(gone)
        _forget(repo, gone.name)


def _delete_tier(draw: st.DrawFn, repo: ModelRepo) -> None:
    """Delete a tier with its plugins; files of nested plugins are gone too."""
    if len(repo.tiers) > 1:
        tier = draw(st.sampled_from(repo.tiers))
        repo.tiers.remove(tier)
        for plugin in [plugin for plugin in repo.plugins if plugin.tier == tier.name]:
            repo.plugins.remove(plugin)
            _forget(repo, plugin.name)
        _forget(repo, tier.name)
        repo.conftests.pop(tier.name, None)
        repo.locks.pop(tier.name, None)


def _forget(repo: ModelRepo, name: str) -> None:
    for rule in repo.rules:
        if isinstance(rule.affects, list):
            rule.affects = [other for other in rule.affects if other != name] or "none"


def _named(repo: ModelRepo) -> list[Plugin]:
    """The plugins whose own names can be changed; one without a readable name is called after its folder."""
    return [plugin for plugin in repo.plugins if plugin.broken != "name"]


def _rename(draw: st.DrawFn, repo: ModelRepo) -> None:
    if not (named := _named(repo)):
        return
    plugin = draw(st.sampled_from(named))
    free = {f"acme-n{key}" for key in range(9)} - {other.name for other in repo.plugins}
    _forget(repo, plugin.name)
    plugin.name = draw(st.sampled_from(sorted(free)))


def _move(draw: st.DrawFn, repo: ModelRepo) -> None:
    if mortal := _mortal(repo):
        plugin = draw(st.sampled_from(mortal))
        plugin.tier = draw(st.sampled_from(repo.tiers)).name
        plugin.folder = (
            f"{plugin.tier}/{draw(st.sampled_from(['', 'deep/']))}p{plugin.key}{draw(st.sampled_from('xyz'))}"
        )
        if plugin.broken == "name":
            plugin.name = plugin.folder.rpartition("/")[2]


def _swap_names(draw: st.DrawFn, repo: ModelRepo) -> None:
    if named := _named(repo):
        one, other = draw(st.sampled_from(named)), draw(st.sampled_from(named))
        one.name, other.name = other.name, one.name


def _need(draw: st.DrawFn, repo: ModelRepo) -> None:
    plugin = draw(st.sampled_from(repo.plugins))
    plugin.runtime = draw(needs(len(repo.plugins)))
    plugin.groups = {"dev": draw(needs(len(repo.plugins)))}


def _import(draw: st.DrawFn, repo: ModelRepo) -> None:
    draw(st.sampled_from(repo.plugins)).tests_imports.append(draw(imports(6)))


def _move_module(draw: st.DrawFn, repo: ModelRepo) -> None:
    one, other = draw(st.sampled_from(repo.plugins)), draw(st.sampled_from(repo.plugins))
    if one.modules and one.modules[0] not in other.modules:
        number = one.modules.pop(0)
        other.modules.append(number)
        one.shipped_imports = [statement for statement in one.shipped_imports if not statement.relative]


def _link(draw: st.DrawFn, repo: ModelRepo) -> None:
    folders = tuple(plugin.folder for plugin in repo.plugins)
    draw(st.sampled_from(repo.plugins)).links = {"link0": draw(link_targets(folders))}


def _lock(draw: st.DrawFn, repo: ModelRepo) -> None:
    for lock in repo.locks.values():
        lock.versions[draw(st.sampled_from(sorted(LIBRARIES)))] += 1


def _use(draw: st.DrawFn, repo: ModelRepo) -> None:
    if folders := [plugin.folder for plugin in repo.plugins]:
        draw(st.sampled_from(repo.plugins)).uses = draw(uses(len(folders), folders))


def _break(draw: st.DrawFn, repo: ModelRepo) -> None:
    plugin = draw(st.sampled_from(repo.plugins))
    plugin.broken = "" if plugin.broken == "needs" else "needs"


def _break_name(draw: st.DrawFn, repo: ModelRepo) -> None:
    plugin = draw(st.sampled_from(repo.plugins))
    if not plugin.broken:
        plugin.broken = "name"
        _forget(repo, plugin.name)
        plugin.name = plugin.folder.rpartition("/")[2]


def _configure(draw: st.DrawFn, repo: ModelRepo) -> None:
    repo.rules = draw(st.lists(rules(repo), max_size=2))


EDITS = [
    *[_edit] * 10, *[_edit_used] * 6, *[_add] * 2, *[_remove] * 2, *[_delete] * 2, _delete_tier, *[_rename] * 2, *[_move] * 2, _swap_names, *[_need] * 2,
    _import, *[_move_module] * 2, _link, *[_lock] * 2, _use, _break, _break_name, _configure,
]  # fmt: skip
EDITS_OF_SPARSE = [
    *[_edit_used] * 10,
    *[_lock] * 4,
    *[_remove] * 2,
    *[_use] * 2,
    _edit,
    _delete,
    _rename,
    _move,
    _break,
]
