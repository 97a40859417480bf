"""Which store a phase works on: the option and the argument that all of them share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.release.model.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.store import Store

FOLDER = (".commonhold", "release")
"""Where stores lie below the root of the repository, each in a folder named for its version."""


def store_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``[VERSION] [--store DIR]``, for a phase that goes on with a release."""
    option = click.option("--store", "folder", metavar="DIR", help="The release's store, if it lies elsewhere.")
    return click.argument("version", required=False)(option(command))


def store_name(plan: ReleasePlan, only: Iterable[str]) -> str:
    """The folder of a release: the version; for a release of single plugins, what they become. ``KeyError``."""
    return "+".join(sorted(f"{name}-{plan.plugin(name).version}" for name in only)) or plan.version


def named(version: str | None, folder: str | None) -> tuple[str, ...]:
    """The words that name a store again, as :func:`store_options` took them."""
    return ("--store", folder) if folder is not None else () if version is None else (version,)


def find_store(context: Context, version: str | None, folder: str | None) -> Store:
    """The store that was asked for: the one in ``folder``, that of ``version``, or the only one.

    Raises ``UsageError`` when there is none, or when there are several to choose from.
    """
    return open_store(folder or default_folder(context, version))


def default_folder(context: Context, version: str | None) -> str:
    """Where the store of a version lies in this repository; without a version, the only one. Raises ``UsageError``."""
    from commonhold.errors import UsageError
    from commonhold.versions import parse_release

    base = os.path.join(context.repository().root, *FOLDER)
    found = sorted(os.listdir(base)) if os.path.isdir(base) else []
    if version is not None:
        # That of single plugins has a name of its own.
        return os.path.join(base, version if version in found else str(parse_release(version)))
    if len(found) == 1:
        return os.path.join(base, found[0])
    if not found:
        raise UsageError("there is no release here", hint="Plan one: commonhold release plan VERSION.")
    raise UsageError(f"there are several releases here: {', '.join(found)}", hint="Name one of them.")
