"""``commonhold release jobs``: generate a workflow's jobs from a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_options
from commonhold.cli.terminal import emit
from commonhold.release.plan.workflow_jobs import PER_SHARD, job_output_lines, make_jobs

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("jobs")
@store_options
@click.option("--per-shard", metavar="N", type=click.IntRange(1), default=PER_SHARD, show_default=True,
              help="Number of plugins that one machine builds.")  # fmt: skip
@click.option("--github", is_flag=True, help="Write to the job's outputs instead of stdout.")
@click.pass_obj
def command(context: Context, version: str | None, folder: str | None, per_shard: int, github: bool) -> None:
    """Divide a planned release into jobs for GitHub Actions: build shards, each of one tier, and container images.

    The outputs are `any`, `version`, `commit`, and three matrices: `first` (shards of the tiers whose failure stops the
    release), `rest` and `images`. An output such as `any-first` says if a matrix has jobs.
    """
    from commonhold.cli.github_files import append_to

    store = find_store(context, version, folder)
    tree = context.repository().tree(store.plan.commit)
    lines = job_output_lines(make_jobs(store.plan, tree, per_shard))
    if github:
        append_to("GITHUB_OUTPUT", lines)
    else:
        emit(lines.rstrip("\n"))
