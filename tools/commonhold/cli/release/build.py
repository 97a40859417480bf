"""``commonhold release build``: build an sdist and a wheel of every plugin."""

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
"""The largest number of jobs in a matrix of GitHub Actions."""


@click.command("build")
@store_options
@click.option("--shard", metavar="I/N", help="Build only the I-th of N shards; a shard has plugins of one tier.")
@click.option("--prove", is_flag=True, help="Build twice, the wheels also without their sdists, and compare.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 256), help="Number of builds at a time; default: all cores."
)
@click.option("--timeout", metavar="MINUTES", type=click.FloatRange(0.01), default=30.0, show_default=True,
              help="Time limit for the build of one plugin.")  # fmt: skip
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
    """Build planned artifacts that are missing: for each plugin an sdist, and the wheel from that sdist.

    Builds are reproducible bit for bit. If an sdist omits files that its wheel might have shipped, the wheel is also
    built directly from the commit; `inspect` reports the files that only this second wheel contains.

    If a plugin fails, so do the plugins whose builds require it. The exit code is 1 if a plugin failed whose tier stops
    the release, or if every plugin failed; with --shard, only in the first case.
    """
    from commonhold.release.builder.release_build import BuildRequest

    store = find_store(context, version, folder)
    request = BuildRequest(_shard(store, shard), prove, jobs or _cores(), timeout * 60)
    result = build_store(context, store, request)
    return STOPPED if stops(store, result, whole=shard is None) else 0


def build_store(context: Context, store: Store, request: BuildRequest) -> BuildResult:
    """Build into a store, and print progress and results."""
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_build
    from commonhold.release.builder.environments import make_installer
    from commonhold.release.builder.release_build import build_release

    tree = context.repository().tree(store.plan.commit)
    installer = make_installer(os.environ)
    with store.lock(), show_progress() as reporter:
        result = build_release(store, tree, installer, reporter, request)
    print_build(result, store)
    return result


def stops(store: Store, result: BuildResult, *, whole: bool) -> bool:
    """Return whether failures stop a release: one in a tier that stops it, or all plugins of a ``whole`` release."""
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
        raise click.BadParameter(f"{text!r} is not I/N, such as 1/4, with N at most {MAX_SHARDS}", param_hint="--shard")
    return divide(store.plan, int(count))[int(number) - 1]
