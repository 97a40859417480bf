"""Rules CH10x: the names of plugins, and the files that they install."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from commonhold.checks.edits import deleted_file
from commonhold.checks.evidence import known, known_wheel
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule
from commonhold.checks.wheel_modules import (
    INIT,
    modules_in_wheel,
    names_in_wheel,
    packages_above,
    scripts_by_plugin,
    scripts_of,
    stray_inits,
    wheels_with,
)
from commonhold.projects.names import normalize
from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin
    from commonhold.projects.names import Name
    from commonhold.projects.published import Published

_NO_PACKAGES = frozenset(
    ("tests", "test", "testing", "docs", "doc", "examples", "example", "scripts", "benchmarks", "benchmark", "src")
)
_MOST_SHOWN = 3


@plugin_rule("CH101", "The distribution's name matches the tier's pattern", implements=(2,))
def distribution_name(checked: CheckedPlugin) -> Iterator[Violation]:
    """The name of the distribution matches the tier's `distribution` pattern.

    Users see from the name who maintains a plugin: for example, `flytekitplugins-contrib-pint` is a community plugin.

    **To fix it**, rename the distribution: `commonhold rename PLUGIN NEW-NAME`.
    """
    pattern = checked.plugin.tier.distribution
    if pattern is None:
        return
    before, _, after = pattern.partition("{name}")
    start, end = normalize(before), normalize(after)
    if not (checked.name.startswith(start) and checked.name.endswith(end) and len(checked.name) > len(start + end)):
        message = f"the distribution is named {checked.name}, but the tier's plugins are named {pattern}"
        yield Violation(message, *_place(checked))


@plugin_rule("CH102", "The plugin's module matches the tier's pattern", implements=(5,))
def module_matches(checked: CheckedPlugin) -> Iterator[Violation]:
    """The wheel contains a module whose name matches the tier's `import` pattern.

    Users find a plugin's module from its tier: for example, community plugins are below `flytekitplugins.contrib`.

    **To fix it**, move the package to a folder with the expected name: `commonhold rename PLUGIN NEW-NAME`.
    """
    pattern = checked.plugin.tier.import_
    modules = modules_in_wheel(checked) if pattern is not None and known_wheel(checked) else frozenset()
    if pattern is not None and not matching_modules(pattern, modules):
        found = ", ".join(sorted(names_in_wheel(checked)[0])[:_MOST_SHOWN])
        yield Violation(f"the plugin contains {found}, but the tier's modules are named {pattern}", *_place(checked))


def matching_modules(pattern: str, modules: Iterable[str]) -> dict[str, str]:
    """Return the modules whose names match a tier's pattern, each with the part for ``{name}``."""
    before, _, after = pattern.partition("{name}")
    expression = re.compile(rf"{re.escape(before)}([^.]+){re.escape(after)}")
    return {module: match[1] for module in modules if (match := expression.fullmatch(module)) is not None}


@plugin_rule(
    "CH103",
    "The module and the distribution have the same name",
    requires=("CH101", "CH102"),
    severity=Severity.WARNING,
)
def same_name(checked: CheckedPlugin) -> Iterator[Violation]:
    """The part for `{name}` is the same in the names of the distribution and the module, except for `-`, `_` and `.`.

    Users guess the name of the module from the distribution that they install.

    **To fix it**, rename one of them: `commonhold rename PLUGIN NEW-NAME`.
    """
    tier = checked.plugin.tier
    if tier.import_ is None or tier.distribution is None:
        return
    modules = matching_modules(tier.import_, modules_in_wheel(checked))
    short = tier.short_name(checked.name)
    if modules and _plain(short) not in map(_plain, modules.values()):
        message = f"the distribution is named {checked.name}, but its module is {', '.join(sorted(modules))}"
        yield Violation(message, *_place(checked))


@plugin_rule(
    "CH104",
    "The folder is named like the plugin",
    implements=(1,),
    requires=("CH101",),
    severity=Severity.WARNING,
)
def folder_name(checked: CheckedPlugin) -> Iterator[Violation]:
    """The name of the plugin's folder ends with the part of the distribution's name for `{name}`.

    Contributors find the folder of a distribution, and the scripts of the repository can compute one from the other.

    **To fix it**, rename the folder, or the distribution: `commonhold rename PLUGIN NEW-NAME`.
    """
    folder, tier = checked.plugin.path.rpartition("/")[2], checked.plugin.tier
    names = {_plain(checked.name), _plain(tier.short_name(checked.name))}
    if tier.distribution is not None and not any(_plain(folder).endswith(name) for name in names):
        yield Violation(f"the folder is named {folder}, but the distribution is {checked.name}", *_place(checked))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name).lower()


@plugin_rule("CH105", "No __init__.py breaks a namespace")
def namespace_packages(checked: CheckedPlugin) -> Iterator[Violation]:
    """No plugin contains an `__init__.py` in a package that it shares with other plugins (PEP 420).

    Python stops searching at the first such file. Then the modules of the other plugins cannot be imported. A file that
    only the repository contains, and not the wheel, has this effect in editable installations and in tests.

    **To fix it**, delete the file, and move its content into the plugin's own module.
    """
    known_wheel(checked)
    for package, path in stray_inits(checked).items():
        is_empty = not (checked.text(path) or "").strip()
        message = f"{package} is a namespace of several plugins, which this file makes a regular package"
        fix = deleted_file(checked.path(path), safe=is_empty)
        yield Violation(message, checked.path(path), 1, package, fix)


@plugin_rule(
    "CH106",
    "No other plugin installs the same file",
    requires=("CH001", "CH105"),
    artifact=("shared",),
)
def unique_files(checked: CheckedPlugin) -> Iterator[Violation]:
    """No file or script in the plugin's wheel, except for `py.typed` and empty files, is in another plugin's wheel.

    The plugin that is installed last overwrites the file, and the plugin that is removed first deletes it.

    **To fix it**, move the file into the package of one plugin, and let the other plugin require that plugin.
    """
    wheels = wheels_with(checked.repository)
    shared: dict[frozenset[Name], list[tuple[str, str]]] = {}
    for place, path in known_wheel(checked).items():
        # A marker or an empty file has the same effect in every wheel.
        text = None if len(wheels[place]) == 1 or place.endswith("/py.typed") else checked.text(path)
        if text and not (place.endswith(INIT) and "extend_path" in text):
            shared.setdefault(wheels[place], []).append((place, path))
    yield from _same_scripts(checked)
    for owners, files in shared.items():
        place, path = files[0]
        others = owners - {checked.name}
        names = ", ".join(sorted(others)[:_MOST_SHOWN]) + (" and others" if len(others) > _MOST_SHOWN else "")
        more = f", like {len(files) - 1} more files" if len(files) > 1 else ""
        yield Violation(
            f"{place} is also in the wheel of {names}{more}", checked.path(path), subject=",".join(sorted(others))
        )


def _same_scripts(checked: CheckedPlugin) -> Iterator[Violation]:
    """Report scripts of the same name, which are the same file in the user's environment."""
    points, owners = checked.description.entry_points, scripts_by_plugin(checked.repository)
    for name in scripts_of(checked):
        others = ", ".join(islice((owner for owner in owners[name] if owner != checked.name), _MOST_SHOWN))
        if others:
            message = f"the script {show(name)} is also in the wheel of {others}"
            yield Violation(message, points.path, points.line_of(name), f"script {name}")


@plugin_rule(
    "CH107",
    "The plugin installs no files outside its package",
    requires=("CH102",),
    artifact=("namespace",),
)
def files_in_namespace(checked: CheckedPlugin) -> Iterator[Violation]:
    """The wheel contains only files below the package that the tier's `import` pattern names.

    Files elsewhere, such as a top-level package `tests`, pollute the user's environment and collide with other
    distributions. Without a pattern, only the usual names of folders with tests, documents and scripts are reported.
    In a built wheel, an `__init__.py` that hides other plugins, or a `.pth` file, violates this rule too.

    **To fix it**, correct the list of packages in the build settings.
    """
    pattern = checked.plugin.tier.import_
    allowed = matching_modules(pattern, modules_in_wheel(checked)) if pattern is not None else {}
    spaces = {package for module in allowed for package in packages_above(module)}
    ignored = {package.replace(".", "/") + INIT for package in spaces}
    starts = tuple(f"{module.replace('.', '/')}{end}" for module in allowed for end in ("/", "."))
    outside: dict[str, tuple[str, str]] = {}
    for place, path in known_wheel(checked).items():
        if place in ignored or place.startswith(starts):
            continue
        if allowed or (pattern is None and is_common_name(place)):
            outside.setdefault(_outermost(place, allowed), (place, path))
    for name, (place, path) in sorted(outside.items()):
        expected = f"outside {', '.join(sorted(allowed))}" if allowed else "a name that many projects use"
        yield Violation(f"the wheel contains {place}, {expected}", checked.path(path), subject=name)


def is_common_name(place: str) -> bool:
    """Return whether the outermost folder of an installed file has a name that many projects use for other files."""
    folder, separator, _ = place.partition("/")
    return bool(separator) and folder in _NO_PACKAGES


def _outermost(place: str, allowed: Iterable[str]) -> str:
    """Return the outermost folder around a file that is not a namespace around an allowed module."""
    spaces = {package.replace(".", "/") for module in allowed for package in packages_above(module)}
    parts = place.split("/")
    return next((start for end in range(1, len(parts)) if (start := "/".join(parts[:end])) not in spaces), place)


@plugin_rule("CH108", "The import names are the modules of the wheel")
def listed_import_names(checked: CheckedPlugin) -> Iterator[Violation]:
    """`import-names` and `import-namespaces` (PEP 794), if present, list exactly the modules in the wheel.

    Tools find from these names which distribution a module belongs to. Every namespace around a module is listed too:
    for `flytekitplugins.contrib.pint`, these are `flytekitplugins` and `flytekitplugins.contrib`.

    **To fix it**, write the names in the message into `pyproject.toml`.
    """
    names, spaces = names_in_wheel(checked)
    description = checked.description
    if known(description.import_names) is None and known(description.import_namespaces) is None:
        return
    if known_wheel(checked):
        yield from _different(description.import_names, "import-names", names)
        yield from _different(description.import_namespaces, "import-namespaces", spaces)


def _different(published: Published[tuple[str, ...]], key: str, expected: frozenset[str]) -> Iterator[Violation]:
    listed = {name.partition(";")[0].strip() for name in known(published) or ()}
    if listed != expected:
        yield Violation(f"the wheel's {key} are {_array(expected)}", published.path, published.line, key)


def _array(names: Iterable[str]) -> str:
    texts = ", ".join(f'"{name}"' for name in sorted(names))
    return f"[{texts}]"


@plugin_rule("CH109", "The project lists its import names", severity=Severity.WARNING, general=False)
def has_import_names(checked: CheckedPlugin) -> Iterator[Violation]:
    """The `[project]` table contains `import-names` (PEP 794), and `import-namespaces` for modules in namespaces.

    The rule is off by default, because setuptools rejects the keys, and Poetry ignores them.
    `severity = { CH109 = "warning" }` enables it.

    **To fix it**, add the keys with the names in the message.
    """
    names, spaces = names_in_wheel(checked)
    published = checked.description.import_names
    if names and checked.description.has_project_table and published.is_missing:
        texts = {"import-names": names, "import-namespaces": spaces}
        right = " and ".join(f"{key} = {_array(values)}" for key, values in texts.items() if values)
        yield Violation(f"add {right}", published.path, published.line)


def _place(checked: CheckedPlugin) -> tuple[str, int | None]:
    """Return the file and line of the distribution's name."""
    name = checked.description.name
    return name.path, name.line


RULES = (
    distribution_name,
    module_matches,
    same_name,
    folder_name,
    namespace_packages,
    unique_files,
    files_in_namespace,
    listed_import_names,
    has_import_names,
)
