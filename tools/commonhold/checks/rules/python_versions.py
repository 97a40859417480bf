"""Rules CH209 to CH212: the versions of Python that a plugin supports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.edits import without_line
from commonhold.checks.evidence import known
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule
from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin

_PYTHON = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")


@plugin_rule("CH209", "The metadata states the lowest Python", requires=("CH001",))
def python_floor(checked: CheckedPlugin) -> Iterator[Violation]:
    """`requires-python` is a valid specifier with a lower bound.

    Otherwise pip installs new releases on versions of Python on which they fail.

    **To fix it**, add `requires-python = ">=3.10"` to the `[project]` table.
    """
    published = checked.description.requires_python
    value = known(published)
    if value is None:
        message = "the metadata does not state which Python versions the plugin requires"
        yield Violation(message, published.path, published.line)
    elif not _is_specifier(value):
        message = f"requires-python {show(value)} is not a version specifier (PEP 440)"
        yield Violation(message, published.path, published.line, "specifier")
    elif _supports("2.7", value):
        yield Violation(f"requires-python {show(value)} has no lower bound", published.path, published.line, "bound")


@plugin_rule("CH210", "The plugin supports a Python that is tested", requires=("CH001", "CH209"))
def tested_python(checked: CheckedPlugin) -> Iterator[Violation]:
    """`requires-python` admits at least one of the Python versions on which the repository's plugins are tested.

    A plugin that supports none of them is not tested at all.

    **To fix it**, correct `requires-python`, or add a version to the setting `python`.
    """
    published = checked.description.requires_python
    versions = checked.plugin.testing.python or checked.repository.workspace.config.python
    value = known(published)
    if value is not None and versions and not any(_supports(each, value) for each in versions):
        message = f"requires-python {show(value)} excludes every tested Python: {', '.join(versions)}"
        yield Violation(message, published.path, published.line)


@plugin_rule("CH211", "The lowest Python is 3.9 or later", implements=(96,), requires=("CH001", "CH209"), general=False)
def python_39(checked: CheckedPlugin) -> Iterator[Violation]:
    """`requires-python` (`python = "^3.9"` of Poetry) excludes all versions before Python 3.9.

    The SDK of the plugins requires Python 3.9.

    **To fix it**, write `python = "^3.9"`.
    """
    published = checked.description.requires_python
    value = known(published)
    if value is not None and any(_supports(version, value) for version in ("2.7", "3.7", "3.8")):
        yield Violation(f"requires-python {show(value)} admits Python 3.8", published.path, published.line)


@plugin_rule(
    "CH212", "Python classifiers agree with requires-python", requires=("CH001", "CH209"), severity=Severity.WARNING
)
def python_classifiers(checked: CheckedPlugin) -> Iterator[Violation]:
    """No classifier names a version of Python that `requires-python` excludes.

    PyPI's page lists the classifiers, but pip installs the plugin only on the versions of `requires-python`.

    **To fix it**, remove the classifier, or correct `requires-python`.
    """
    classifiers, published = checked.description.classifiers, checked.description.requires_python
    listed, value = known(classifiers) or (), known(published)
    for text in listed:
        match = _PYTHON.fullmatch(text)
        if match is not None and value is not None and not _supports(match[1], value):
            message = f"the classifier for Python {match[1]} contradicts requires-python {show(value)}"
            fix = without_line(checked.repository, classifiers.path, text)
            yield Violation(message, classifiers.path, classifiers.line_of(text), text, fix)


def _supports(version: str, requires: str) -> bool:
    from commonhold.ci.pythons import is_supported

    return is_supported(version, requires)


def _is_specifier(text: str) -> bool:
    from packaging.specifiers import SpecifierSet

    try:
        SpecifierSet(text)
    except ValueError:  # also for numbers of thousands of digits
        return False
    return True


RULES = (
    python_floor,
    tested_python,
    python_39,
    python_classifiers,
)
