"""``commonhold catalog nightly``: list the plugins of the current commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.catalog.inputs import (
    PARTIAL,
    at_option,
    day_of,
    folder_option,
    open_catalog_source,
    parse_time,
    plan_option,
    print_catalog,
    read_plugin_logos,
    read_tests,
    results_option,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("nightly")
@folder_option
@results_option
@plan_option
@at_option
@click.pass_obj
def command(context: Context, folder: str, results: tuple[str, ...], plan: str | None, at: str | None) -> int:
    """List the plugins of the commit HEAD in the series nightly of the plugin index in DIR.

    They replace the plugins of the previous commit. The entries are URLs of git, from which installers build the
    plugins, so the commit must be in the remote repository. A plugin whose tests fail in the results is left out.
    The exit code is 5 if a file of test results was refused and the others were used.
    """
    from commonhold.catalog.from_commit import CommitContext
    from commonhold.catalog.governed import read_governed_plugins
    from commonhold.catalog.run_build import build_from_commit
    from commonhold.catalog.settings import catalog_settings
    from commonhold.workspace import Files

    repository = open_catalog_source(context)
    workspace = repository.source.workspace(repository.tree)
    settings = catalog_settings(repository.config, repository.page, workspace.core.name if workspace.core else None)
    tests, complete = read_tests(results, plan, settings.core.series)
    commit = repository.source.repository.resolve("HEAD")
    time = parse_time(at)
    names = {plugin.path: plugin.name for plugin in workspace.plugins.values()}
    report = build_from_commit(
        folder,
        settings,
        CommitContext(
            commit=commit,
            committed=repository.source.repository.committed(commit),
            workspace=workspace,
            files=Files.of(repository.tree),
            governed=read_governed_plugins(repository.tree, repository.config, names, day_of(time)),
            tests=tests,
            at=time,
            repository=repository.page,
            logos=read_plugin_logos(repository, names),
        ),
    )
    print_catalog(report, folder)
    return 0 if complete else PARTIAL
