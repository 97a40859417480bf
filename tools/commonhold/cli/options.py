"""Create click options from the definitions in ``commonhold.options``."""

from __future__ import annotations

import click

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.completion import complete_plugins
from commonhold.cli.terminal import set_verbosity
from commonhold.options import COMPARISON, EXACT_WITHOUT_BASE, EXPLAIN, VERBOSITY
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


def verbosity_options() -> list[click.Option]:
    """Return the verbosity options that may follow the command name; only the help of `commonhold` lists them."""
    return [
        click.Option([each.flag, each.alias, each.parameter], hidden=True, **_verbosity(each)) for each in VERBOSITY
    ]


def _verbosity(option: Option) -> dict[str, Any]:
    def apply(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not context.resilient_parsing:
            set_verbosity(option.parameter)

    return {"is_flag": True, "expose_value": False, "callback": apply}


def _click_option(option: Option) -> Callable[[F], F]:
    names = (option.flag, option.parameter)
    if option in VERBOSITY:
        return click.option(option.flag, option.alias, option.parameter, help=option.help, **_verbosity(option))
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
