"""Print the results of the phases as text: data on stdout, advice on stderr."""

from __future__ import annotations

import os
from dataclasses import astuple
from typing import TYPE_CHECKING

from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import BOLD, DIM, GREEN, RED, YELLOW, echo_err, emit, paint
from commonhold.errors import assert_never
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.builder.release_build import BuildResult
    from commonhold.release.inspect.verdict import Inspection
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.pipeline import PhaseResult
    from commonhold.release.plan.planner import Planning
    from commonhold.release.report.outputs import ReleaseReport


def print_result(result: PhaseResult, store: Store | None) -> None:
    """Print the result of one phase of a run."""
    from commonhold.release.builder.release_build import BuildResult
    from commonhold.release.inspect.verdict import Inspection
    from commonhold.release.plan.planner import Planning
    from commonhold.release.publish import PublicationResult
    from commonhold.release.report.outputs import ReleaseReport
    from commonhold.release.verify.verification import Verification

    if isinstance(result, Planning):
        (print_nothing_new if result.nothing_new else print_planning)(result)
    elif store is not None:
        match result:
            case BuildResult():
                print_build(result, store)
            case Inspection():
                print_inspection(result)
            case PublicationResult(state=state):
                print_publication(state)
            case Verification(state=state):
                print_verification(state)
            case ReleaseReport():
                print_report(result, store)
            case _:
                assert_never(result)


def print_planning(planning: Planning, form: str = "table") -> None:
    """Print a plan as a table, as JSON or as Markdown, and its warnings."""
    from commonhold.release.plan.approval import HEADINGS, plan_markdown, plan_rows, release_plan_summary

    plan = planning.plan
    for warning in planning.warnings:
        echo_err(f"warning: {printable(warning)}", YELLOW)
    if form == "json":
        import msgspec

        emit(msgspec.json.format(msgspec.json.encode(plan), indent=1).decode())
    elif form == "markdown":
        emit(plan_markdown(plan, planning.stopping, planning.warnings).rstrip("\n"))
    else:
        styles = (YELLOW if planned.held else "" for planned in plan.plugins)
        rows = (TableRow(astuple(row), style) for row, style in zip(plan_rows(plan), styles, strict=True))
        print_table(HEADINGS, rows, sentences=2)
        echo_err(printable(release_plan_summary(plan)), BOLD)


def print_nothing_new(planning: Planning) -> None:
    """Print that there is nothing to release, and why each plugin is left out."""
    for planned in planning.plan.plugins:
        echo_err(f"  {planned.name}: {printable(planned.held)}", DIM)
    echo_err("nothing is new, so no release was planned", BOLD)


def print_build(result: BuildResult, store: Store) -> None:
    """Print the number of built plugins, and the reason why each other plugin is not built."""
    from commonhold.release.model.store import LOGS

    already = f", {len(result.already)} of them earlier" if result.already else ""
    total = len(result.built) + len(result.already)
    emit(f"{total} of {total + len(result.failed)} plugins are built{already}")
    for name, why in result.failed.items():
        emit(f"  {paint(name, BOLD)}  {printable(why)}")
    if result.failed:
        echo_err(f"The logs are in {printable(os.path.join(store.folder, LOGS))}")


def print_inspection(found: Inspection) -> None:
    """Print the findings, and the plugins that are held back or that stop the release."""
    for name, findings in found.findings.items():
        if not findings and name not in found.held:
            continue
        word, colour = ("stops the release", RED) if name in found.stopped else ("is held back", YELLOW)
        emit(f"{paint(name, BOLD)} {paint(word, colour)}")
        for finding in findings:
            old = " (the previous release had this defect too)" if finding.known else ""
            emit(f"  {f'{finding.code} {finding.rule}'.strip()}: {printable(finding.message)}{old}")
        if not findings:
            emit(f"  {printable(found.held[name].why)}")
    sound = sum(not findings and name not in found.held for name, findings in found.findings.items())
    emit(paint(f"{sound} of {len(found.findings)} plugins passed inspection", GREEN if sound else RED))


def print_inspection_json(found: Inspection, tiers: Mapping[str, str]) -> None:
    """Print the findings in the format of ``commonhold check --json``."""
    from commonhold.checks.check_document import finding_document
    from commonhold.release.inspect.verdict import rule_finding
    from commonhold.selection.document import dump

    findings = [
        finding_document(rule_finding(name, tiers.get(name), each))
        for name, findings in sorted(found.findings.items())
        for each in findings
    ]
    emit(dump({"schema": 1, "stopped": list(found.stopped), "held": sorted(found.held), "findings": findings}))


def print_publication(state: ReleaseState) -> None:
    """Print the number of plugins on the index, and the reason why each other plugin is not on the index."""
    uploaded = [plugin for plugin in state.released if plugin.is_uploaded]
    emit(f"{len(uploaded)} of {len(state.plugins)} plugins are on {_index(state)}")
    _print_reasons(plugin for plugin in state.plugins.values() if not plugin.is_uploaded)
    for plugin in state.left:
        if plugin.plugin.stops and not plugin.is_uploadable:
            why = "although its failure stops a release: the previous release had the same defect"
            echo_err(f"warning: {plugin.name} is left out, {why}", YELLOW)


def print_verification(state: ReleaseState) -> None:
    """Print the number of verified plugins, and the reason why each other plugin is not verified."""
    verified = [plugin for plugin in state.released if plugin.status is PluginStatus.VERIFIED]
    emit(f"{len(verified)} of {len(state.released)} plugins are verified on {_index(state)}")
    _print_reasons(
        plugin for plugin in state.released if plugin.status in (PluginStatus.UPLOADED, PluginStatus.UNVERIFIED)
    )


def _index(state: ReleaseState) -> str:
    return printable(state.address.upload) if state.address else "the index"


def _print_reasons(plugins: Iterable[PluginState]) -> None:
    for plugin in plugins:
        why = printable(plugin.why) or "not tried"
        emit(f"  {paint(plugin.name, BOLD)}  {plugin.status.value}: {why}")


def print_report(report: ReleaseReport, store: Store) -> None:
    """Print the new tags and the folder of the documents."""
    from commonhold.release.report.outputs import FOLDER

    for done, names in (("created", report.tagged), ("pushed", report.pushed)):
        for tag in names:
            echo_err(f"{done}: {tag}")
    for tag, commit in report.conflicts.items():
        echo_err(
            f"warning: {tag} points to {commit[:12]}, but the release was built from {store.plan.commit[:12]}; "
            "existing tags are never moved",
            YELLOW,
        )
    if report.pushed and "GITHUB_ACTIONS" in os.environ:
        echo_err("tags that are pushed with the job's own token do not start other workflows", DIM)
    if report.warning:
        echo_err(f"warning: {report.warning}; earlier releases are found by their tags alone", YELLOW)
    echo_err(f"{len(report.documents)} documents are in {printable(os.path.join(store.folder, FOLDER))}", DIM)


def print_states(state: ReleaseState) -> None:
    """Print the table of all plugins and their states."""
    from commonhold.release.report.overview import HEADINGS, overview_rows

    styles = (_style(plugin.status) for plugin in state.plugins.values())
    rows = (TableRow(astuple(row), style) for row, style in zip(overview_rows(state), styles, strict=True))
    print_table(HEADINGS, rows, sentences=1)


def print_next_step(store: Store, words: tuple[str, ...]) -> None:
    """Print the command to run next; ``words`` are the arguments that name the store."""
    from commonhold.release.model.release_index import address_arguments
    from commonhold.release.report.outputs import is_up_to_date
    from commonhold.release.report.overview import next_step

    state = store.state()
    step = next_step(state, words, address_arguments(store.plan, state.address), has_notes=is_up_to_date(store))
    echo_err(f"Next: {printable(step)}")


def _style(status: PluginStatus) -> str:
    match status:
        case PluginStatus.VERIFIED | PluginStatus.UPLOADED:
            return GREEN
        case PluginStatus.BUILD_FAILED | PluginStatus.FAILED_INSPECTION | PluginStatus.CONFLICT:
            return RED
        case PluginStatus.PLANNED | PluginStatus.BUILT | PluginStatus.READY:
            return ""
        case PluginStatus.HELD_BACK | PluginStatus.BLOCKED | PluginStatus.PARTLY_UPLOADED:
            return YELLOW
        case PluginStatus.DEFERRED | PluginStatus.REJECTED | PluginStatus.UNVERIFIED:
            return YELLOW
        case _:
            return assert_never(status)
