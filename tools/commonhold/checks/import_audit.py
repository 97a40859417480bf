"""Compare the modules that a plugin imports with the distributions that it declares.

A module and the distribution that contains it can have different names, and only an installation shows which
distribution contains a module. So an import or a dependency is reported only if the tree leaves no other explanation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.imports import (
    own_modules,
    owners_of,
    parsed_imports,
    quick_imports,
    shipped_python,
)
from commonhold.checks.memo import once
from commonhold.checks.module_names import (
    distributions_of,
    is_named_like,
    is_standard_library,
    modules_of,
    prefixes,
)
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commonhold.checks.context import CheckedPlugin
    from commonhold.projects.names import Name

_STUBS = re.compile(r"types-|.*-stubs$")
_SHORTEST_WORD = 3
_COMMON = frozenset(("python", "client", "core", "async", "base", "common", "tools", "utils", "plugin", "plugins"))
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class UndeclaredModule:
    """A module that a shipped file imports, and the name of the distribution that contains it."""

    module: str
    distribution: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class ImportAudit:
    """The imports without a declaration, and the run-time dependencies without a use."""

    undeclared: tuple[UndeclaredModule, ...] = ()
    unused: tuple[Name, ...] = ()


@once
def audit_imports(checked: CheckedPlugin) -> ImportAudit:
    """Compare the imports of a plugin's shipped files with its metadata."""
    sources = shipped_python(checked)
    if not sources:
        return ImportAudit()  # a distribution that only requires others
    imported = {path: frozenset(quick_imports(text)) for path, text in sources.items()}
    names = _foreign(checked, frozenset[str]().union(*imported.values()))
    runtime = {each.name for each in checked.plugin.metadata.runtime if each.name is not None}
    declared = _declared(checked)
    unknown = {name for name in names if not distributions_of(name) and not _explaining(name, declared)}
    unexplained = {each for each in runtime if not _is_used(checked, each, names, sources.values())}
    # A dependency of an unknown purpose may contain a module of an unknown distribution.
    doubtful = {each for each in unexplained if not modules_of(each) and each not in checked.repository.plugins}
    missing = {name for name in names if distributions_of(name) and not _explaining(name, declared)}
    if not doubtful:
        others = declared.difference(checked.repository.plugins)
        namespaces = {module.partition(".")[0] for module in own_modules(checked)}
        foreign = {name for name in unknown if name.partition(".")[0] not in namespaces}
        missing |= {name for name in foreign if not _may_be_in(name, others)}
    confirmed = _confirm(sources, imported, missing)
    certain = unexplained - doubtful if doubtful and _places(sources, imported, unknown) else unexplained
    return ImportAudit(tuple(confirmed), tuple(sorted(certain)))


def _foreign(checked: CheckedPlugin, names: Iterable[str]) -> frozenset[str]:
    """Return the imported names that are neither in the standard library nor in a plugin of the repository."""
    own, repository = own_modules(checked), checked.repository
    tops = {module for module in own if "." not in module}
    return frozenset(
        name
        for name in names
        if not is_standard_library(name)
        and not name.startswith(("_", "."))
        and not _is_own(name, own, tops)
        and not owners_of(repository, name)
    )


def _is_own(name: str, own: frozenset[str], tops: set[str]) -> bool:
    if any(module in own for module in prefixes(name)):
        return True
    # A name of a namespace package that the plugin shares with others is nobody's.
    return name in tops or any(module.startswith(f"{name}.") for module in own)


def _declared(checked: CheckedPlugin) -> frozenset[Name]:
    metadata = checked.plugin.metadata
    every = (*metadata.runtime, *(each for extra in metadata.extras.values() for each in extra))
    declared = {each.name for each in every if each.name is not None}
    # Requirements of an extra, such as `ray[serve]`, are unknown; but an extra is often named like what it installs.
    declared |= {extra for each in every for extra in each.extras}
    return frozenset({*declared, checked.name})


def _explaining(name: str, declared: frozenset[Name]) -> bool:
    """Return whether a declared distribution contains a module, by its name or as far as is known."""
    known = distributions_of(name)
    return any(each in declared for each in known) or any(normalize(each) in declared for each in prefixes(name))


def _may_be_in(name: str, declared: Iterable[Name]) -> bool:
    """Return whether a declared distribution may contain a module, because their names have a word in common."""
    words = {word for word in re.split(r"[._]", name.lower().partition(".")[0]) if len(word) >= _SHORTEST_WORD}
    top = normalize(name.partition(".")[0]).replace("-", "")
    for each in declared:
        plain = each.replace("-", "")
        if words.intersection(each.split("-")) or top in plain or (len(plain) >= _SHORTEST_WORD and plain in top):
            return True
    return False


def _is_used(checked: CheckedPlugin, name: Name, imported: frozenset[str], texts: Iterable[str]) -> bool:
    if name in _host_names(checked) or _STUBS.match(name):
        return True
    if any(is_named_like(name, module) for module in imported):
        return True
    modules = modules_of(name)
    if any(part in modules for module in imported for part in prefixes(module)):
        return True
    other = checked.repository.plugins.get(name)
    theirs = own_modules(other) if other is not None else frozenset[str]()
    if theirs and any(part in theirs for text in texts for module in quick_imports(text) for part in prefixes(module)):
        return True
    wanted = {name, *(normalize(module) for module in modules)}
    if not modules:
        # The module of an unknown distribution, such as vaex-core, is probably named like a part of its name.
        wanted.update(normalize(word) for word in name.split("-") if len(word) > _SHORTEST_WORD and word not in _COMMON)
    return not wanted.isdisjoint(_mentioned(checked))


@once
def _mentioned(checked: CheckedPlugin) -> frozenset[str]:
    """Return every word of the plugin's shipped files that can be the name of a distribution, normalized."""
    words = {word for text in shipped_python(checked).values() for word in _WORDS.findall(text)}
    inner = {part for word in words for part in re.split(r"[.]", word)}
    return frozenset(normalize(word) for word in words | inner)


def _host_names(checked: CheckedPlugin) -> frozenset[Name]:
    core = checked.repository.workspace.core.name
    return frozenset({*checked.settings.hosts, *((core,) if core else ())})


def _places(
    sources: Mapping[str, str], imported: Mapping[str, frozenset[str]], names: Iterable[str]
) -> dict[str, tuple[str, int]]:
    """Return the file and line of the first import of each name that is neither in a string nor guarded."""
    wanted, found = set(names), dict[str, tuple[str, int]]()
    for path, text in sources.items():
        # Most names are in many files, and parsing a file takes ten times longer than all other steps.
        if wanted.isdisjoint(imported[path]):
            continue
        for each in parsed_imports(text):
            for name in () if each.guarded else prefixes(each.name):
                if name in wanted:
                    wanted.discard(name)
                    found[name] = path, each.line
    return found


def _confirm(
    sources: Mapping[str, str], imported: Mapping[str, frozenset[str]], names: Iterable[str]
) -> Iterator[UndeclaredModule]:
    """Yield one result for each distribution: the first import that is neither in a string nor guarded."""
    modules: dict[str, str] = {}
    for name in names:
        known = distributions_of(name)
        modules[_module_in(name, known)] = known[0] if known else str(normalize(name.partition(".")[0]))
    places = _places(sources, {path: _with_packages(each) for path, each in imported.items()}, modules)
    seen: set[str] = set()
    for module, (path, line) in sorted(places.items(), key=lambda item: item[1]):
        if modules[module] not in seen:
            seen.add(modules[module])
            yield UndeclaredModule(module, modules[module], path, line)


def _module_in(name: str, known: Sequence[Name]) -> str:
    """Return the module of a distribution that contains a name."""
    if not known:
        return name.partition(".")[0]
    return next((each for each in prefixes(name) if each in modules_of(known[0])), name)


def _with_packages(names: Iterable[str]) -> frozenset[str]:
    return frozenset(part for name in names for part in prefixes(name))
