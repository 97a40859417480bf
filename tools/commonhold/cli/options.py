"""Options that several commands share."""

from __future__ import annotations

import click

from commonhold._typing import TYPE_CHECKING
from commonhold.vcs import CompareOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound="Callable[..., Any]")


_OPTIONS = (
    click.option("--base", metavar="REV", help="Compare with the merge base of REV and head."),
    click.option("--head", metavar="REV", help="The commit to look at; without it, the work tree."),
    click.option("--exact", is_flag=True, help="Compare with REV itself, not with the merge base."),
)


def comparison_options(function: F) -> F:
    """Add ``--base``, ``--head`` and ``--exact``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def asked(folder: str, base: str | None, head: str | None, exact: bool) -> CompareOptions:
    """What those options ask; ``--exact`` needs a base to be exact about."""
    if exact and base is None:
        raise click.UsageError("--exact needs --base REV")
    return CompareOptions(folder, base, head, exact)
