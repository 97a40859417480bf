"""Define rules, and the decorators that make a rule from a function."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from commonhold.checks.context import CheckedPlugin, CheckedRepository
from commonhold.checks.finding import Severity
from commonhold.checks.profiles import profiles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonhold.checks.finding import Violation

S = TypeVar("S", CheckedPlugin, CheckedRepository)


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """A rule about a plugin or the repository.

    ``code`` never changes its meaning, and is never used again after a rule was removed. ``documentation`` is Markdown.
    ``implements`` are the numbers of the rules in the founding documents. If a rule in ``requires`` failed, this rule
    is skipped. ``general`` rules apply to every repository; other rules apply only if a profile enables them.

    ``artifact`` are the names of the rules with which ``commonhold release inspect`` checks the same requirement in
    built artifacts. A rule whose ``violations`` is ``None`` is checked only there. ``subject`` is the class of the
    argument of ``violations``.
    """

    code: str
    title: str
    documentation: str
    violations: Callable[[S], Iterable[Violation]] | None
    implements: tuple[int, ...] = ()
    requires: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    general: bool = True
    artifact: tuple[str, ...] = ()
    subject: type[CheckedPlugin | CheckedRepository] | None = None

    def usual_severity(self, profiles: tuple[str, ...]) -> Severity:
        """Return the severity without settings: off if neither the rule is general nor a profile enables it."""
        is_enabled = self.general or not {*profiles}.isdisjoint(profiles_of(self.implements))
        return self.severity if is_enabled else Severity.OFF


def plugin_rule(
    code: str,
    title: str,
    *,
    implements: tuple[int, ...] = (),
    requires: tuple[str, ...] = ("CH001",),
    severity: Severity = Severity.ERROR,
    general: bool = True,
    artifact: tuple[str, ...] = (),
) -> Callable[[Callable[[CheckedPlugin], Iterable[Violation]]], Rule[CheckedPlugin]]:
    """Return a decorator that makes a rule about plugins from a function; its docstring becomes the documentation."""

    def decorate(function: Callable[[CheckedPlugin], Iterable[Violation]]) -> Rule[CheckedPlugin]:
        text = inspect.getdoc(function) or ""
        return Rule(code, title, text, function, implements, requires, severity, general, artifact, CheckedPlugin)

    return decorate


def repository_rule(
    code: str,
    title: str,
    *,
    implements: tuple[int, ...] = (),
    requires: tuple[str, ...] = (),
    severity: Severity = Severity.ERROR,
    general: bool = True,
    artifact: tuple[str, ...] = (),
) -> Callable[[Callable[[CheckedRepository], Iterable[Violation]]], Rule[CheckedRepository]]:
    """Return a decorator that makes a rule about the repository, like :func:`plugin_rule`."""

    def decorate(function: Callable[[CheckedRepository], Iterable[Violation]]) -> Rule[CheckedRepository]:
        text = inspect.getdoc(function) or ""
        return Rule(code, title, text, function, implements, requires, severity, general, artifact, CheckedRepository)

    return decorate


def artifact_rule(code: str, title: str, documentation: str, *artifact: str) -> Rule[CheckedPlugin]:
    """Return a rule that only ``commonhold release inspect`` checks, because it needs a built wheel or sdist."""
    return Rule(code, title, documentation, None, artifact=artifact)


def record_rule(code: str, title: str, documentation: str) -> Rule[CheckedRepository]:
    """Return a rule about waivers, the baseline, or the difference between two versions of a record."""
    return Rule(code, title, documentation, None)
