"""Load rules of other distributions: the entry points ``commonhold.checks``, and the checks of repo-review."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from commonhold.checks.context import CheckedPlugin, CheckedRepository
from commonhold.checks.finding import RuleSkippedError, Violation
from commonhold.checks.rule import Rule
from commonhold.checks.rule_set import RuleSet
from commonhold.errors import CommonholdError, ToolError, UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

GROUP = "commonhold.checks"
REPO_REVIEW_GROUP = "repo_review.checks"
_CODE = re.compile(r"(?!CH[0-9])[A-Z]{2,10}[0-9]{3,4}")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL")


def load_rules(environ: Mapping[str, str]) -> RuleSet:
    """Return the catalogue with the rules of the installed distributions.

    Raises ``UsageError`` in a CI job that has a secret in its environment, because these rules are other people's
    code, and ``ToolError`` if rules cannot be loaded.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: (_source(point), point.name))
    # Other tools declare such checks too, so only the extra that installs repo-review itself enables them.
    others = [*entry_points(group=REPO_REVIEW_GROUP)] if find_spec("repo_review") else []
    if points or others:
        _refuse_secrets(environ, (*points, *others))
    rules = RuleSet()
    for point in points:
        rules = _add(rules, point)
    return _add_repo_review(rules, others) if others else rules


def _add_repo_review(rules: RuleSet, points: Iterable[EntryPoint]) -> RuleSet:
    sources = sorted({_source(point) for point in points})
    from commonhold.checks.repo_review_bridge import repo_review_rules

    try:
        plugin, repository = repo_review_rules()
    except Exception as error:
        message = f"the checks of {', '.join(sources)} cannot be loaded: {_describe(error)}"
        raise ToolError(message, hint=_REMOVE) from error
    source = ", ".join(sources)
    return replace(
        rules,
        plugin=(*rules.plugin, *(replace(rule, violations=_guard(rule, source)) for rule in plugin)),
        repository=(*rules.repository, *(replace(rule, violations=_guard(rule, source)) for rule in repository)),
        sources=(*rules.sources, *(each for each in sources if each not in rules.sources)),
    )


def _refuse_secrets(environ: Mapping[str, str], points: Iterable[EntryPoint]) -> None:
    names = sorted(name for name, value in environ.items() if value and _SECRET.search(name))
    if names and (environ.get("CI") or environ.get("GITHUB_ACTIONS")):
        sources = ", ".join(sorted({_source(point) for point in points}))
        raise UsageError(
            f"the rules of {printable(sources)} are not run in a job that has a secret ({printable(names[0])})",
            hint="Run `commonhold check` in a job of its own, without secrets.",
        )


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def _add(rules: RuleSet, point: EntryPoint) -> RuleSet:
    source = _source(point)
    try:
        loaded = point.load()
    except Exception as error:
        raise ToolError(f"the rules of {source} cannot be loaded: {_describe(error)}", hint=_REMOVE) from error
    new = (loaded,) if isinstance(loaded, Rule) else tuple(loaded) if isinstance(loaded, Iterable) else (None,)
    plugin: list[Rule[Any]] = []
    repository: list[Rule[Any]] = []
    for rule in new:
        if not isinstance(rule, Rule) or rule.subject is None:
            raise ToolError(f"{point.value} of {source} is not a rule or a list of rules", hint=_REMOVE)
        if not _CODE.fullmatch(rule.code) or rule.code in (
            *rules.by_code,
            *(each.code for each in plugin + repository),
        ):
            raise ToolError(
                f"{source} has a rule with the code {printable(rule.code)}, which is reserved, in use or not valid",
                hint="A code is a prefix other than CH and three or four digits, such as ACME001.",
            )
        guarded = replace(rule, violations=_guard(rule, source))
        (repository if rule.subject is CheckedRepository else plugin).append(guarded)
    return replace(
        rules,
        plugin=(*rules.plugin, *plugin),
        repository=(*rules.repository, *repository),
        sources=(*rules.sources, source) if source not in rules.sources else rules.sources,
    )


_REMOVE = "Update or uninstall this distribution; without it, the other rules run."


def _guard(rule: Rule[Any], source: str) -> Callable[[CheckedPlugin | CheckedRepository], tuple[Violation, ...]]:
    """Return the rule's function, with errors that name the rule."""
    off = (
        f"Update or uninstall the distribution, or turn the rule off with\n"
        f'[tool.commonhold.check]\nseverity = {{ "{printable(rule.code)}" = "off" }}'
    )

    def violations(subject: CheckedPlugin | CheckedRepository) -> tuple[Violation, ...]:
        try:
            found = tuple((rule.violations or _none)(subject))
        except (CommonholdError, RuleSkippedError):
            raise
        except Exception as error:
            on = f"the plugin {subject.name}" if isinstance(subject, CheckedPlugin) else "the repository"
            message = f"the rule {printable(rule.code)} of {source} failed on {on}: {_describe(error)}"
            raise ToolError(message, hint=off) from error
        if not all(isinstance(each, Violation) for each in found):
            message = f"the rule {printable(rule.code)} of {source} returned something other than violations"
            raise ToolError(message, hint=off)
        return found

    return violations


def _none(_: object) -> Iterable[Violation]:
    return ()


def _describe(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}")
