"""Decide which index a phase uses: the index in the options, else the plan's index, but never the journal's index."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.index.addresses import find_index, index_options

if TYPE_CHECKING:
    from commonhold.index.addresses import Address
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.store import Store


def release_address(store: Store, index: str | None, simple: str | None) -> Address:
    """Return the index for a planned release: ``index`` if it is given, or else the plan's index.

    The journal may come from another machine, so an index that only the journal names gets no upload and no password.
    Raises ``UsageError`` if the journal names another index than the plan and ``index`` is not given, or if ``index``
    is not valid.
    """
    planned = find_index(store.plan.index, store.plan.simple)
    if index is not None:
        named = find_index(index, simple)
        return planned if simple is None and named.upload == planned.upload else named
    address = planned if simple is None else find_index(store.plan.index, simple)
    used = store.state().address
    if used is not None and used != address and (simple is None or used.upload != address.upload):
        raise UsageError(
            f"the journal of this release names the index {_describe(used, address)}, but the plan names "
            f"{_describe(address, used)}",
            hint=f"If you uploaded to that index, add: {shlex.join(_options(used))}. To upload to the plan's index, "
            f"add: {shlex.join(_options(planned))}. Otherwise, do not publish from this store.",
        )
    return address


def address_arguments(plan: ReleasePlan, address: Address | None) -> tuple[str, ...]:
    """Return the command-line arguments with which a later command uses this index; empty for the plan's index."""
    return () if address in (None, find_index(plan.index, plan.simple)) else _options(address)


def _options(address: Address) -> tuple[str, ...]:
    words = index_options(address)
    return words if words[:1] == ("--to",) else ("--to", "pypi", *words)


def _describe(address: Address, other: Address) -> str:
    """Return an index's URL for uploads, or its URL for reading if two indexes differ only in the latter."""
    return address.upload if address.upload != other.upload else address.simple
