"""``commonhold release build``: build an sdist and a wheel of every plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import indexes_option, open_source, store_options

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.release.model.store import Store


MAX_SHARDS = 256
"""GitHub's limit for the number of jobs in a matrix."""


@click.command("build")
@store_options
@click.option("--shard", metavar="I/N", help="Build only shard I of N; the plugins of a shard have the same tier.")
@click.option(
    "--prove", is_flag=True, help="Build each plugin twice, and its wheel also without the sdist, and compare."
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 256),
    help="Number of parallel builds; default: the number of CPU cores.",
)
@click.option("--timeout", metavar="MINUTES", type=click.FloatRange(0.01), default=30.0, show_default=True,
              help="Time limit for the build of one plugin.")  # fmt: skip
@indexes_option
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    shard: str | None,
    prove: bool,
    jobs: int | None,
    timeout: float,
    indexes: tuple[str, ...],
) -> int:
    """Build planned artifacts that are missing: for each plugin an sdist, and the wheel from that sdist.

    Builds are reproducible bit for bit. If an sdist omits files that its wheel might contain, a second wheel is built
    directly from the commit; `inspect` reports the files that only the second wheel contains.

    If a plugin fails, so do the plugins whose builds require it. The exit code is 1 if a plugin of a tier that stops
    the release failed. Without --shard, it is also 1 if every plugin failed.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_build
    from commonhold.release.builder.release_build import BuildRequest
    from commonhold.release.model.state import STOPPED
    from commonhold.release.model.store import open_store
    from commonhold.release.phases import available_cores, run_build

    source = open_source(context)
    store = open_store(folder) if folder else source.open_store(version)
    request = BuildRequest(_shard(store, shard), prove, jobs or available_cores(), timeout * 60)
    with show_progress() as reporter:
        result = run_build(source, store, request, reporter, indexes=indexes)
    print_build(result, store)
    return STOPPED if result.stops(store.plan, whole=shard is None) else 0


def _shard(store: Store, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    from commonhold.release.plan.build_shards import divide

    number, slash, count = text.partition("/")
    valid = slash and number.isdecimal() and count.isdecimal() and len(count) <= len(str(MAX_SHARDS))
    if not (valid and 1 <= int(number) <= int(count) <= MAX_SHARDS):
        raise click.BadParameter(f"{text!r} is not I/N, such as 1/4, with N at most {MAX_SHARDS}", param_hint="--shard")
    return divide(store.plan, int(count))[int(number) - 1]
