"""``commonhold release verify``: check that the index serves every uploaded file."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import address_options, find_address, others_option
from commonhold.cli.release.progress import show_progress
from commonhold.cli.release.results import print_next_step, print_verification
from commonhold.cli.release.store_options import find_store, named, store_options
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.index.addresses import Address
    from commonhold.release.model.store import Store

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


@click.command("verify")
@store_options
@address_options
@others_option
@click.option("--wait", metavar="TIME", default="10m", show_default=True, help="Maximum time to wait: 90s, 10m, 1h.")
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    word: str | None,
    simple: str | None,
    indexes: tuple[str, ...],
    wait: str,
) -> int:
    """Check the hash of every uploaded file on the index, and resolve each plugin from there with uv.

    An index may list a new file only after some time, so the command retries until `--wait` is over.
    """
    store = find_store(context, version, folder)
    code = verify_at(store, find_address(store, word, simple), indexes, read_wait(wait))
    print_next_step(store, named(version, folder))
    return code


def read_wait(text: str) -> float:
    """Convert a time such as ``90s`` or ``10m`` to seconds. Raises ``UsageError``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found is None:
        raise UsageError(f"{text} is not a time", hint="Write it like 90s, 10m or 1h.")
    return float(found[1]) * _UNITS[found[2]]


def verify_at(store: Store, address: Address, indexes: tuple[str, ...], wait: float) -> int:
    """Verify a store, print the result, and return the exit code."""
    from commonhold.index.uv import find_uv, uv_environ
    from commonhold.release.verify.resolution import ResolutionCheck
    from commonhold.release.verify.verification import verify

    # Resolving may build sdists of other projects, so their code must not see secrets in the environment.
    environ = uv_environ(os.environ)
    try:
        with (
            store.lock(),
            contextlib.closing(
                ResolutionCheck(find_uv(os.environ), store.plan, address.simple, environ, indexes)
            ) as resolver,
            show_progress() as reporter,
        ):
            verification = verify(store, address, resolver, reporter, wait)
    except OSError as error:
        raise ToolError(
            f"cannot write to the temporary folder: {error.strerror or error}",
            hint="Free some disk space, or set TMPDIR.",
        ) from error
    print_verification(verification.state, address)
    return verification.exit_code
