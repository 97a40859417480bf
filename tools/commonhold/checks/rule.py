"""Define rules, and the decorators that make a rule from a function."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from commonhold.checks.context import CheckedPlugin, CheckedRepository
from commonhold.checks.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold.checks.finding import Violation

S = TypeVar("S", CheckedPlugin, CheckedRepository)


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """A rule about a plugin or the repository.

    ``code`` never changes its meaning, and is never used again after a rule was removed. ``documentation`` is Markdown.
    ``implements`` are the numbers of the rules in the founding documents. If a rule in ``requires`` failed, this rule
    is skipped. ``general`` rules apply to every repository; other rules apply only if a profile enables them.
    """

    code: str
    title: str
    documentation: str
    violations: Callable[[S], Iterator[Violation]]
    implements: tuple[int, ...] = ()
    requires: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    general: bool = True


def plugin_rule(
    code: str,
    title: str,
    *,
    implements: tuple[int, ...] = (),
    requires: tuple[str, ...] = ("CH001",),
    severity: Severity = Severity.ERROR,
    general: bool = True,
) -> Callable[[Callable[[CheckedPlugin], Iterator[Violation]]], Rule[CheckedPlugin]]:
    """Return a decorator that makes a rule about plugins from a function; its docstring becomes the documentation."""

    def decorate(function: Callable[[CheckedPlugin], Iterator[Violation]]) -> Rule[CheckedPlugin]:
        return Rule(code, title, inspect.getdoc(function) or "", function, implements, requires, severity, general)

    return decorate


def repository_rule(
    code: str,
    title: str,
    *,
    implements: tuple[int, ...] = (),
    requires: tuple[str, ...] = (),
    severity: Severity = Severity.ERROR,
    general: bool = True,
) -> Callable[[Callable[[CheckedRepository], Iterator[Violation]]], Rule[CheckedRepository]]:
    """Return a decorator that makes a rule about the repository, like :func:`plugin_rule`."""

    def decorate(function: Callable[[CheckedRepository], Iterator[Violation]]) -> Rule[CheckedRepository]:
        return Rule(code, title, inspect.getdoc(function) or "", function, implements, requires, severity, general)

    return decorate
