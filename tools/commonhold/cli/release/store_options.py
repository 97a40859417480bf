"""Options that several release commands share: the store, the indexes, and the settings of an upload."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from commonhold.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.release.model.store import Store
    from commonhold.release.plan.release_source import ReleaseSource
    from commonhold.release.publish import PublishSettings

_SECONDS = click.FloatRange(0.1, 86400)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}

simple_option = click.option(
    "--simple", metavar="URL", help="URL of the index's simple API; default: simple/ below the upload URL."
)
indexes_option = click.option(
    "--index",
    "indexes",
    metavar="URL",
    multiple=True,
    help="URL of an index for packages outside the release; repeatable; default: uv's configuration.",
)
wait_option = click.option(
    "--wait",
    metavar="TIME",
    default="10m",
    show_default=True,
    help="Maximum time to wait for the index during verification, such as 90s, 10m or 1h.",
)
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Stop the release on any finding, in any tier, even if the previous release had it.",
)
smoke_option = click.option(
    "--smoke",
    type=click.Choice(["import"]),
    help="Also install and import each plugin separately, which runs its code.",
)


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``[VERSION] [--store DIR]``, for a command that works on a planned release."""
    option = click.option(
        "--store", "folder", metavar="DIR", help="Folder of the store; default: a folder in .commonhold/release."
    )
    return click.argument("version", required=False)(option(command))


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``[--to INDEX] [--simple URL]``, for a command that works on a planned release."""
    help_ = "pypi, testpypi or an upload URL; default: the plan's index. Repeat it in every later command."
    return click.option("--to", "index", metavar="INDEX", help=help_)(simple_option(command))


def upload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the settings of an upload."""
    for option in (
        click.option("--patience", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="Time limit for retrying a file; `release resume` tries again later."),
        click.option("--timeout", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="Time limit for the index's response to an upload."),
        click.option("--jobs", metavar="N", type=click.IntRange(1, 64), default=16, show_default=True,
                     help="Number of plugins to upload at the same time."),
    ):  # fmt: skip
        command = option(command)
    return command


def publish_settings(jobs: int, timeout: float, patience: float) -> PublishSettings:
    """Convert the values of :func:`upload_options`."""
    from commonhold.release.publish import BackoffLimits, PublishSettings

    return PublishSettings(jobs, BackoffLimits(timeout, patience))


def parse_wait(text: str) -> float:
    """Convert a duration such as ``90s`` or ``10m`` to seconds. Raises ``UsageError``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found is None:
        raise UsageError(f"{text} is not a time", hint="Use a number with s, m or h, such as 90s, 10m or 1h.")
    return float(found[1]) * _UNITS[found[2]]


def store_arguments(version: str | None, folder: str | None) -> tuple[str, ...]:
    """Return the arguments that select the same store in another command."""
    return ("--store", folder) if folder is not None else () if version is None else (version,)


def find_store(context: Context, version: str | None, folder: str | None) -> Store:
    """Open the store in ``folder``, or the store of ``version``, or the only store. Raises ``UsageError``.

    If ``folder`` is given, no repository is needed, because a job that publishes has no clone.
    """
    from commonhold.release.model.store import open_store

    return open_store(folder) if folder else open_source(context).open_store(version)


def open_source(context: Context) -> ReleaseSource:
    """Open the repository, with the configuration file from ``--config``."""
    from commonhold.release.plan.release_source import ReleaseSource

    repository = context.repository()
    return ReleaseSource(repository, os.environ, context.override(repository.root))


def open_cached_source(context: Context) -> ReleaseSource:
    """Open the repository with the cache of parsed files, for a command that reads project files."""
    source = open_source(context)
    source.cache = context.recall(source.repository)
    return source
