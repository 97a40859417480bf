"""Read the plugins that are not ready for the coming core, for ``catalog late`` and ``governance late``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.catalog_folder import read_catalog
from commonhold.catalog.late_plugins import find_late_plugins, newest_core
from commonhold.errors import UsageError
from commonhold.release.plan.candidates import find_candidates
from commonhold.text import count, printable, table
from commonhold.versions import parse_version
from commonhold.workspace import Files, check_workspace, read_workspace

if TYPE_CHECKING:
    from commonhold.catalog.late_plugins import LateReport
    from commonhold.cli.context import Context
    from commonhold.workspace.config import Config


@dataclass(frozen=True, slots=True)
class RepositoryFiles:
    """The files of the commit ``HEAD``, with the plugins' folders by the names of their distributions."""

    files: Files
    config: Config
    folders: dict[str, str]
    follows_core: frozenset[str]

    @classmethod
    def read(cls, context: Context) -> RepositoryFiles:
        """Read the repository. It is the commit, because a workflow may have checked out a part of it only."""
        repository = context.repository()
        files = Files(repository.tree(repository.resolve("HEAD")))
        cache = context.recall(repository)
        workspace = check_workspace(read_workspace(files, context.read_config(files, repository.root), cache=cache))
        context.remember(repository, cache)
        candidates = find_candidates(workspace, files)
        return cls(
            files,
            workspace.config,
            {str(each.plugin.name): each.plugin.path for each in candidates.values()},
            frozenset(str(each.plugin.name) for each in candidates.values() if each.follows == "core"),
        )


def read_late_report(context: Context, folder: str, core: str | None, repository: RepositoryFiles) -> LateReport | None:
    """Compare the plugin index in a folder with ``core``, or with the newest core that its plugins were tested with.

    The result is ``None`` if no plugin was tested with any version of the core.
    """
    catalog = read_catalog(context.place(folder))
    version = newest_core(catalog) if core is None else parse_version(core)
    if core is not None and version is None:
        raise UsageError(f"{printable(core)!r} is not a version", hint="Write a version of the core, such as 1.17.0b1.")
    return None if version is None else find_late_plugins(catalog, version, repository.follows_core)


def headline(report: LateReport) -> str:
    """Return one sentence about the report."""
    total = len(report.late) + len(report.ready)
    core = f"{report.distribution} {report.release}"
    tested = f", as tested with {report.core}" if report.is_coming else ""
    if not report.late:
        return f"every plugin ({total}) is ready for {core}{tested}"
    verb = "is" if len(report.late) == 1 else "are"
    return f"{len(report.late)} of {count(total, 'plugin')} {verb} not ready for {core}{tested}"


def late_rows(report: LateReport) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each late plugin: its name, tier, state, newest version, and why it is not ready."""
    return [
        (each.name, each.tier, each.state, each.newest or "-", "; ".join(reason.text for reason in each.reasons))
        for each in report.late
    ]


LATE_HEADINGS = ("plugin", "tier", "state", "version", "why it is not ready")


def late_summary(report: LateReport) -> str:
    """Return the report as Markdown for the summary of a job."""
    from commonhold.text import markdown

    rows = ([markdown(cell) for cell in row] for row in late_rows(report))
    lines = ["## Plugins that are not ready", "", f"{markdown(headline(report).capitalize())}.", ""]
    return "\n".join([*lines, *(table(LATE_HEADINGS, rows) if report.late else ()), ""])
