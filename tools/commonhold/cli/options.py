"""Create click options from the definitions in ``commonhold.options``."""

from __future__ import annotations

import click

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.completion import complete_plugins
from commonhold.options import COMPARISON, EXACT_WITHOUT_BASE, EXPLAIN
from commonhold.vcs import CompareOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from commonhold.options import Option

    F = TypeVar("F", bound="Callable[..., Any]")


def add_options(options: Iterable[Option]) -> Callable[[F], F]:
    """Return a decorator that adds options to a command."""
    derived = [_click_option(option) for option in options]

    def decorate(function: F) -> F:
        for option in reversed(derived):
            function = option(function)
        return function

    return decorate


def _click_option(option: Option) -> Callable[[F], F]:
    names = (option.flag, option.parameter)
    if option.is_flag:
        return click.option(*names, is_flag=True, help=option.help)
    optional: dict[str, Any] = {"is_flag": False, "flag_value": ""} if option.value_optional else {}
    if option is EXPLAIN:
        optional["shell_complete"] = complete_plugins
    return click.option(*names, metavar=option.metavar, default=option.default, help=option.help, **optional)


comparison_options = add_options(COMPARISON)


def compare_options(folder: str, base: str | None, head: str | None, exact: bool) -> CompareOptions:
    """Check the values of ``--base``, ``--head`` and ``--exact``. Raises ``click.UsageError``."""
    if exact and base is None:
        raise click.UsageError(EXACT_WITHOUT_BASE)
    return CompareOptions(folder, base, head, exact)
