"""Rules CH6xx: dependencies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.edits import replacing, without_line
from commonhold.checks.finding import RuleSkippedError, Severity, Violation
from commonhold.checks.import_audit import audit_imports
from commonhold.checks.imports import owners_of, parsed_imports, shipped_python
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.checks.versions import (
    CORE_RELEASES,
    admits_major,
    core_releases,
    core_releases_path,
    rejected,
    requirement_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.finding import Fix
    from commonhold.projects.metadata import Dependency
    from commonhold.projects.names import Name


@plugin_rule("CH601", "The plugin requires a project that it extends", implements=(20, 101))
def extends_host(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin requires the core, or one of the projects in `hosts`, at run time.

    A distribution that does not require its host can be installed without the host, or with a version of the host that
    it does not support. A plugin may reach its host through another plugin of this repository.

    **To fix it**, add the host to the plugin's `dependencies`. If plugins extend another project than the core, list
    that project in `hosts`.
    """
    core = checked.repository.workspace.core.name
    hosts = checked.settings.hosts or ((core,) if core else ())
    if not hosts or checked.name in hosts:
        return
    if not {*hosts}.intersection(_reached(checked)):
        yield Violation(f"the plugin requires none of its hosts: {', '.join(hosts)}", checked.project_file)


def _reached(checked: CheckedPlugin) -> set[Name]:
    """Return the distributions that a plugin requires at run time, also through other plugins of the repository."""
    plugins = checked.repository.plugins
    reached = {checked.name}
    todo = [checked.name]
    for name in todo:
        for dependency in plugins[name].plugin.metadata.runtime if name in plugins else ():
            if dependency.name is not None and dependency.name not in reached:
                reached.add(dependency.name)
                todo.append(dependency.name)
    return reached - {checked.name}


@plugin_rule("CH602", "The plugin accepts the newest two releases of the core", implements=(45,))
def newest_core_releases(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's requirement on the core admits the newest two releases of the core.

    Users update the core. A plugin that excludes the newest release prevents the update, and a plugin that excludes the
    release before it leaves no time for the update. The releases are listed in `governance/core-releases.json`, which
    `commonhold check --online` refreshes. Without this file, the rule is skipped.

    **To fix it**, test the plugin with the releases that the message names, and extend the requirement.
    """
    core = checked.repository.workspace.core.name
    if core is None:
        return
    newest = core_releases(checked.repository)
    if newest is None:
        raise RuleSkippedError(f"{CORE_RELEASES} lists no releases of the core")
    for dependency in _on(checked, core):
        missing = rejected(dependency.specifier, newest)
        if missing:
            text = (
                f"the requirement {dependency.text} excludes {' and '.join(missing)}, one of the newest core releases"
            )
            yield Violation(text, *requirement_line(checked, core), subject=",".join(missing))


def _on(checked: CheckedPlugin, name: Name) -> Iterator[Dependency]:
    return (each for each in checked.plugin.metadata.runtime if each.name == name)


@plugin_rule("CH603", "The plugin's requirements on other plugins allow the next release", implements=(4,))
def lockstep_requirements(checked: CheckedPlugin) -> Iterator[Violation]:
    """A requirement on a plugin of this repository does not exclude the version that is released next.

    Plugins that follow the core's version are released together. If a plugin requires `other==1.2.0`, it cannot be
    installed with `other` 1.3.0 of the same release. A release replaces such a requirement if the setting
    `release.pins` is `"~="` or `"=="`; but even then, the two plugins cannot be installed from the same commit.

    **To fix it**, write a lower bound: `other>=1.2.0`.
    """
    workspace = checked.repository.workspace
    as_written = workspace.config.release.pins == "as-written"
    for dependency in checked.plugin.metadata.runtime:
        name = dependency.name
        other = workspace.plugins.get(name) if name is not None else None
        if name is None or other is None or dependency.path is not None:
            continue
        settings = workspace.config.plugins.get(name)
        if settings is not None and settings.version != "core":
            continue
        version = other.metadata.version
        if _blocks(dependency.specifier, version, as_written=as_written):
            now = f", and this repository contains {name} {version}" if version else ""
            text = f"the requirement {dependency.text} excludes the next release of {name}{now}"
            path, line = requirement_line(checked, name)
            yield Violation(text, path, line, name, _lower_bound(checked, path, line, dependency.specifier))


def _lower_bound(checked: CheckedPlugin, path: str, line: int | None, specifier: str) -> Fix | None:
    """Return a fix that replaces an exact version by a lower bound, if the line contains it as it is."""
    exact = re.match(r"\s*={2,3}\s*([^,*\s]+)$", specifier)
    if exact is None or line is None:
        return None
    before = (checked.repository.text(path) or "").split("\n")[line - 1]
    after = re.sub(rf"={{2,3}}(\s*{re.escape(exact[1])})(?![\w.])", r">=\1", before)
    return replacing(checked.repository, path, before, after) if after != before else None


def _blocks(specifier: str, version: str | None, *, as_written: bool) -> bool:
    exact = re.match(r"\s*={2,3}\s*([^,*]+)$", specifier)
    is_literal = version is not None and not re.match(r"0(\.0)*([.+_-]?(dev|a0|post|\+).*)?$", version)
    if exact:
        return as_written or (version is not None and bool(rejected(specifier, (version,))))
    return is_literal and bool(rejected(specifier, (version or "",)))


@plugin_rule("CH604", "Every imported distribution is declared")
def declared_imports(checked: CheckedPlugin) -> Iterator[Violation]:
    """Every distribution that a shipped file imports is declared as a dependency or in an extra.

    An undeclared import works only as long as another package happens to install the distribution. Imports that a
    `try` block with `except ImportError` or an `if TYPE_CHECKING` guards are optional. This rule does not guess: it
    reports an import only if no declared dependency can contain the module.

    **To fix it**, add the distribution to the plugin's `dependencies`, or to an extra if only an optional feature needs
    it.
    """
    for each in checked.repository.workspace.undeclared:
        is_ours = checked.name in each.importers and not each.accepted
        if is_ours and (each.path in shipped_python(checked) or not _is_script(checked, each.path)):
            yield Violation(each.text, each.path, _import_line(checked, each.path, each.target), subject=each.target)
    for imported in audit_imports(checked).undeclared:
        text = f"{imported.module} is imported, but the plugin does not declare {imported.distribution}"
        yield Violation(text, imported.path, imported.line, subject=imported.distribution)


def _is_script(checked: CheckedPlugin, path: str) -> bool:
    """Return whether a file is neither shipped nor a test, so that it runs in an environment of its own."""
    inner = path.removeprefix(checked.path(""))
    return inner != path and not checked.plugin.tests.are_among((inner,))


def _import_line(checked: CheckedPlugin, path: str, target: Name) -> int | None:
    imports = parsed_imports(checked.repository.text(path) or "") if path.endswith(".py") else ()
    return next((each.line for each in imports if target in owners_of(checked.repository, each.name)), None)


@plugin_rule("CH605", "Every declared dependency is used", severity=Severity.WARNING)
def used_dependencies(checked: CheckedPlugin) -> Iterator[Violation]:
    """Every run-time dependency is imported, or at least named, by a shipped file.

    An unused dependency makes installations larger and causes conflicts. A dependency counts as used if a shipped file
    imports it, names it in a text (for example as the engine of pandas), or runs it as a command. This rule does not
    guess: it reports nothing if the dependency may contain a module whose distribution is unknown.

    **To fix it**, remove the requirement. If the plugin needs the dependency without importing it, write a comment that
    names the distribution and the reason into the file that needs it.
    """
    for dependency in audit_imports(checked).unused:
        text = f"the plugin requires {dependency}, but no shipped file imports or names it"
        path, line = requirement_line(checked, dependency)
        written = next((each.text for each in _on(checked, dependency)), dependency)
        yield Violation(text, path, line, dependency, without_line(checked.repository, path, written))


@plugin_rule("CH606", "The core requirement matches the plugin's major version", implements=(79,), general=False)
def matching_major(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's major version is the core's, and the requirement on the core admits only this major version.

    With this rule, users see from a plugin's version which core it belongs to: version 14.1.0 of a plugin requires
    `core>=14.0.0,<15.0.0`. A version that the build computes cannot be compared, and is not reported.

    **To fix it**, change the requirement on the core to the message's range, or release the plugin with the core's
    major version.
    """
    core = checked.repository.workspace.core.name
    hosts: Iterable[Name] = checked.settings.hosts or ((core,) if core else ())
    version = re.match(r"v?(?:\d+!)?(\d+)", checked.plugin.metadata.version or "")
    if version is None or (checked.plugin.metadata.version or "").startswith("0.0.0"):
        return
    major = int(version[1])
    for host in hosts:
        for dependency in _on(checked, host):
            if not admits_major(dependency.specifier, major):
                wanted = f"{host}>={major}.0.0,<{major + 1}.0.0"
                version_text = checked.plugin.metadata.version
                text = f"version {version_text} of the plugin belongs to {wanted}, not {dependency.text}"
                yield Violation(text, *requirement_line(checked, host), subject=host)


@repository_rule("CH607", "The list of the core's releases is readable", implements=(45,))
def readable_core_releases(repository: CheckedRepository) -> Iterator[Violation]:
    """`governance/core-releases.json` contains a list of releases of the core, if the file exists.

    CH602 compares the plugins' requirements with this list. The list is in the key `releases`. An entry is a version,
    or an object with the keys `version` and `yanked`.

    **To fix it**, run `commonhold check --online`, which writes the file.
    """
    path = core_releases_path(repository)
    if repository.text(path) is not None and core_releases(repository) is None:
        yield Violation(f"{path} lists no releases of the core", path)


RULES = (
    extends_host,
    newest_core_releases,
    lockstep_requirements,
    declared_imports,
    used_dependencies,
    matching_major,
)
REPOSITORY_RULES = (readable_core_releases,)
