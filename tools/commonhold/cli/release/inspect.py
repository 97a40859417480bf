"""``commonhold release inspect``: inspect all artifacts before the first upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import (
    address_options,
    indexes_option,
    open_source,
    smoke_option,
    store_options,
    strict_option,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("inspect")
@store_options
@strict_option
@smoke_option
@indexes_option
@address_options
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Number of plugins to inspect in parallel.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1), with findings as in `check --json`.")
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    strict: bool,
    smoke: str | None,
    indexes: tuple[str, ...],
    index: str | None,
    simple: str | None,
    jobs: int,
    as_json: bool,
) -> int:
    """Find artifacts that the index would reject, and plugins that cannot be installed.

    A plugin with a finding is held back, and so is any plugin whose pins require its new version. If the plugin's tier
    has `on-release-failure = "stop"`, the whole release stops, unless the previous release had the same defect.
    Archives are never unpacked to disk, and code from them runs only with --smoke.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_inspection, print_inspection_json
    from commonhold.release.inspect.inspection import InspectionSettings
    from commonhold.release.model.release_index import release_address
    from commonhold.release.model.state import STOPPED
    from commonhold.release.model.store import open_store
    from commonhold.release.phases import ReleaseSettings, run_inspection

    source = open_source(context)
    store = open_store(folder) if folder else source.open_store(version)
    address = release_address(store, index, simple)
    settings = ReleaseSettings(inspection=InspectionSettings(jobs, smoke is not None, strict), indexes=indexes)
    with show_progress() as reporter:
        found = run_inspection(source, store, address, settings, reporter)
    if as_json:
        print_inspection_json(found, {plugin.name: plugin.tier for plugin in store.plan.plugins})
    else:
        print_inspection(found)
    return STOPPED if found.stopped else 0
