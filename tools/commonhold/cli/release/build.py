"""``commonhold release build``: an sdist and a wheel of every plugin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_options
from commonhold.release.model.state import STOPPED

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.release.builder.release_build import BuildRequest, BuildResult
    from commonhold.release.model.store import Store


MAX_SHARDS = 256
"""As many as a matrix of GitHub Actions has jobs."""


@click.command("build")
@store_options
@click.option("--shard", metavar="I/N", help="Build only the I-th of N parts; each part is of one tier.")
@click.option("--prove", is_flag=True, help="Build twice, in different folders, wheels also without an sdist; compare.")
@click.option("--jobs", metavar="N", type=click.IntRange(1, 256), help="How many at a time; default: all cores.")
@click.option("--timeout", metavar="MINUTES", type=click.FloatRange(0.01), default=30.0, show_default=True,
              help="How long the build of one plugin may take.")  # fmt: skip
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    shard: str | None,
    prove: bool,
    jobs: int | None,
    timeout: float,
) -> int:
    """Build what is planned and not built yet: an sdist, and the wheel from that sdist, the same bit for bit.

    Where an sdist leaves out what its wheel might have shipped, the wheel is built straight from the commit as well:
    what only that one holds is a finding of `inspect`.

    A plugin that cannot be built stops itself and those that are built with it. The exit code is 1 when one
    failed whose tier stops the release, or when nothing could be built; of a shard, the former only.
    """
    from commonhold.release.builder.release_build import BuildRequest

    store = find_store(context, version, folder)
    wish = BuildRequest(_shard(store, shard), prove, jobs or _cores(), timeout * 60)
    result = build_store(context, store, wish)
    return STOPPED if stops(store, result, whole=shard is None) else 0


def build_store(context: Context, store: Store, wish: BuildRequest) -> BuildResult:
    """Build into a store, and tell about it."""
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_build
    from commonhold.release.builder.environments import make_installer
    from commonhold.release.builder.release_build import build_release

    tree = context.repository().tree(store.plan.commit)
    installer = make_installer(os.environ)
    with store.lock(), show_progress() as reporter:
        result = build_release(store, tree, installer, reporter, wish)
    print_build(result, store)
    return result


def stops(store: Store, result: BuildResult, *, whole: bool) -> bool:
    """Whether a release cannot go on: one failed that stops it, or, of a whole release, all did."""
    nothing = whole and bool(result.failed) and not result.built and not result.already
    return nothing or any(store.plan.plugin(name).stops for name in result.failed)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shard(store: Store, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    from commonhold.release.plan.build_shards import divide

    number, slash, count = text.partition("/")
    valid = slash and number.isdecimal() and count.isdecimal() and len(count) <= len(str(MAX_SHARDS))
    if not (valid and 1 <= int(number) <= int(count) <= MAX_SHARDS):
        raise click.BadParameter(f"{text!r} is not I/N, such as 1/4; N is {MAX_SHARDS} at most", param_hint="--shard")
    return divide(store.plan, int(count))[int(number) - 1]
