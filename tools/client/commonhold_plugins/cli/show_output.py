"""Print what is known about a plugin."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from commonhold_plugins.cli.table import print_fields, print_heading, print_table
from commonhold_plugins.cli.terminal import BOLD, CYAN, GREEN, RED, YELLOW, emit, paint, wrapped
from commonhold_plugins.names import is_prerelease
from commonhold_plugins.text import printable, printable_lines, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.cli.fit import Fit
    from commonhold_plugins.cli.table import Cell
    from commonhold_plugins.model import Compatibility, Maintainer, Provided, Release

_MOST_PROVIDED = 20


def print_entry(entry: CatalogEntry, fit: Fit, command: str) -> None:
    """Print everything about a plugin, with the next step at the end."""
    plugin = entry.plugin
    emit(f"{paint(entry.reference, BOLD)}  {plugin.name}")
    if plugin.summary:
        _emit_text(plugin.summary)
    emit("")
    print_fields([(name, value) for name, value in _fields(entry, fit) if value])
    _print_state(entry)
    _print_provided(plugin.provides)
    for heading, text in (("Quick start", plugin.quick_start), ("Notes", plugin.notes)):
        if text:
            print_heading(heading)
            emit("\n".join(f"  {line}".rstrip() for line in printable_lines(text.strip()).split("\n")))
    emit("")
    if fit.release is not None:
        emit(f"Install it with: {command} install {entry.reference}")
    elif fit.refusal:
        _emit_text(fit.refusal)


def _fields(entry: CatalogEntry, fit: Fit) -> Iterator[tuple[str, str]]:
    plugin = entry.plugin
    if fit.release is not None:
        yield "version", f"{fit.release.version}, which fits {entry.core} {fit.core} and Python {fit.python}"
        yield "released", fit.release.released[:10]
        yield "import", ", ".join(fit.release.import_names)
    yield "tested", "\n".join(map(_tested, entry.status.compatibility[:3]))
    yield "tier", f"{entry.source} ({_support(entry)})"
    yield "maintainers", "\n".join(map(_maintainer, plugin.maintainers))
    yield "category", printable(plugin.category or "")
    yield "keywords", printable(", ".join(plugin.keywords))
    yield "licence", printable(plugin.licence or "")
    yield "homepage", plugin.homepage or ""
    yield "documentation", plugin.documentation or ""
    yield "source", plugin.source or ""
    yield "issues", plugin.issues or ""
    yield "page", f"{entry.base}{plugin.page}" if plugin.page and not entry.base.startswith("file:") else ""


def _tested(each: Compatibility) -> str:
    at = f" on {each.at[:10]}" if each.at else ""
    return f"{each.version} with {each.core}: {each.result}{at}"


def _support(entry: CatalogEntry) -> str:
    if entry.official:
        return f"supported by the core team of {entry.core}"
    if entry.foreign:
        return "supported by the owners of that plugin index"
    return "supported by its maintainers"


def _maintainer(each: Maintainer) -> str:
    company = f" ({each.company})" if each.company else ""
    contacts = [f"@{each.login}" if each.login else "", (each.contact or "").removeprefix("mailto:")]
    return printable(" ".join((each.name + company, *filter(None, contacts))))


def _print_state(entry: CatalogEntry) -> None:
    status = entry.status
    lines = []
    if status.state != "active":
        since = f" since {status.since[:10]}" if status.since else ""
        reason = f": {status.reason.strip()}" if status.reason.strip() else ""
        lines.append((f"This plugin is {status.state}{since}{reason}", RED))
    if status.replacement:
        lines.append((f"Use {status.replacement} instead.", YELLOW))
    if status.moved_to:
        lines.append((f"It continues as {status.moved_to.name}: {status.moved_to.reason}", YELLOW))
    if status.needs_maintainer:
        lines.append(("It is looking for a maintainer.", YELLOW))
    if lines:
        emit("")
    for text, style in lines:
        _emit_text(" ".join(text.split()), style)


def _print_provided(provided: Sequence[Provided]) -> None:
    if not provided:
        return
    print_heading("Provides")
    rows: list[list[Cell]] = [
        [printable(each.kind), _object(each), printable(" ".join(each.summary.split()))]
        for each in provided[:_MOST_PROVIDED]
    ]
    print_table(["kind", "object", "summary"], rows)
    if len(provided) > _MOST_PROVIDED:
        emit(f"and {len(provided) - _MOST_PROVIDED} more")


def _object(provided: Provided) -> str:
    """Return an object as entry points are written; the name is left out if the reference ends with it."""
    is_named = provided.value.endswith((f":{provided.name}", f".{provided.name}"))
    return printable(provided.value if is_named else f"{provided.name} = {provided.value}")


def _emit_text(text: str, *styles: str) -> None:
    import sys

    for line in wrapped("\n".join(map(printable, text.split("\n"))), sys.stdout, indent=0):
        emit(paint(line, *styles))


def print_versions(entry: CatalogEntry, fit: Fit) -> None:
    """Print every release of the series as a table, with the reasons why some do not fit."""
    rows: list[list[Cell]] = []
    for release in entry.plugin.releases:
        needs = release.core.range if release.core else "any"
        text, style = _verdict(entry, fit, release)
        day, python = release.released[:10] or "-", release.requires_python or "any"
        rows.append([(release.version, BOLD), day, printable(needs), printable(python), (text, style)])
    emit(f"{paint(entry.reference, BOLD)}  {entry.plugin.name}, series {entry.series} of {entry.core}")
    print_table(["version", "released", entry.core, "Python", "fits"], rows, whole=True)


def _verdict(entry: CatalogEntry, fit: Fit, release: Release) -> tuple[str, str]:
    problems = fit.problems(entry, release)
    failing = entry.status.of_release(release.version).failing
    if problems:
        return printable("no: " + "; ".join(problems)), RED
    if failing is not None:
        reason = f": {' '.join(failing.split())}" if failing.strip() else ""
        return printable(f"its tests fail with this series{reason}"), YELLOW
    if fit.core is None:
        return "unknown", CYAN
    if fit.release is not None and release.version == fit.release.version:
        return "yes, chosen", GREEN
    return ("yes, with --pre", GREEN) if is_prerelease(release.version) else ("yes", GREEN)


def entry_as_json(entry: CatalogEntry, fit: Fit) -> dict[str, Any]:
    """Return what is known about a plugin as it is in JSON output."""
    plugin = asdict(entry.plugin)
    for release, values in zip(entry.plugin.releases, plugin["releases"], strict=True):
        values["status"] = asdict(entry.status.of_release(release.version))
        values["problems"] = fit.problems(entry, release)
    status = {**asdict(entry.status), "releases": {key: asdict(each) for key, each in entry.status.releases.items()}}
    return {
        "core": {"distribution": entry.core, "version": fit.core, "series": entry.series},
        "python": fit.python,
        "reference": entry.reference,
        "source": entry.source,
        "official": entry.official,
        "chosen": fit.release.version if fit.release else None,
        "refusal": shortened(printable_lines(fit.refusal), 10_000) if fit.refusal else None,
        "status": status,
        "plugin": plugin,
    }
