"""Which index a phase goes to, and where all else is found: the options that phases share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.index.addresses import Address
    from commonhold.release.model.store import Store

simple_option = click.option(
    "--simple", metavar="URL", help="Where that index is read; default: simple/ below its address."
)
others_option = click.option(
    "--index", "indexes", metavar="URL", multiple=True, help="Where other requirements are found; default: uv's own."
)


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``[--to INDEX] [--simple URL]``, for a phase that goes on with a release."""
    help_ = "pypi, testpypi or an address; default: where it went before, or where the plan says."
    return click.option("--to", "word", metavar="INDEX", help=help_)(simple_option(command))


def find_address(store: Store, word: str | None, simple: str | None) -> Address:
    """The index that was asked for, or else the one of before, or else the plan's. Raises ``UsageError``."""
    from commonhold.index.addresses import find_index

    if word is not None:
        return find_index(word, simple)
    before = store.state().address or find_index(store.plan.index, store.plan.simple)
    return before if simple is None else find_index(before.upload, simple)
