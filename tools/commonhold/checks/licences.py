"""Find the licence of a plugin: its SPDX expression (PEP 639), and the files with its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.published import Licence
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.checks.context import CheckedPlugin

DEFAULT_FILES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
"""The files that build backends put into wheels if a project names no licence files."""

_LONGEST_EXPRESSION = 1000

# Words that older metadata uses. Each line has the words that a name contains, and the words of which it contains none.
_NAMES: Mapping[str, tuple[str, str]] = {
    "Apache-2.0": (r"apache2|apache|asl", r"1|3|mit|bsd|gpl|lgpl|mpl|or|and"),
    "MIT": (r"mit|expat", r"0|apache2?|bsd|gpl|lgpl|mpl|or|and"),
    "BSD-2-Clause": (r"bsd 2|2 clause|simplified bsd|freebsd", r"3|apache2?|mit|or|and"),
    "BSD-3-Clause": (r"bsd 3|3 clause|new bsd|modified bsd|revised bsd", r"2|apache2?|mit|or|and"),
    "ISC": (r"isc|iscl", r"apache2?|mit|or|and"),
    "MPL-2.0": (r"mpl 2|mozilla public 2|mpl2", r"1|or|and"),
    "GPL-3.0-only": (r"gplv3|gpl v3|gpl 3", r"or|and"),
}
_FILLERS = frozenset(("license", "licence", "the", "version"))
_CLASSIFIERS: Mapping[str, str] = {
    "Apache Software License": "Apache-2.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}


def parse_expression(text: str) -> str | None:
    """Return a licence expression in its canonical form, or ``None`` if it is invalid."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return canonicalize_license_expression(text) if len(text) <= _LONGEST_EXPRESSION else None
    except (InvalidLicenseExpression, RecursionError, MemoryError):
        return None


def expression_for(name: str) -> str | None:
    """Return the expression for the name of a licence in older metadata, or ``None`` if the name is not clear.

    >>> expression_for("Apache License, Version 2.0"), expression_for("BSD")
    ('Apache-2.0', None)
    """
    words = re.findall(r"[a-z]+[0-9]*|[0-9]+", name[:200].lower())
    plain = " ".join(word for word in words if word not in _FILLERS)
    found = [
        expression
        for expression, (named, excluded) in _NAMES.items()
        if re.search(rf"\b(?:{named})\b", plain) and not re.search(rf"\b(?:{excluded})\b", plain)
    ]
    return found[0] if len(found) == 1 else None


def licence_classifiers(checked: CheckedPlugin) -> tuple[str, ...]:
    """Return the classifiers that name licences."""
    return tuple(text for text in checked.description.classifiers.value or () if text.startswith("License ::"))


def classified_expression(classifier: str) -> str | None:
    """Return the expression for a classifier; ``None`` if it does not name exactly one licence."""
    return _CLASSIFIERS.get(classifier.rpartition(" :: ")[2])


@once
def licence_expression(checked: CheckedPlugin) -> str | None:
    """Return the plugin's licence as an expression, also if its metadata has an older format; ``None`` if unknown."""
    licence = checked.description.licence.value or Licence()
    return stated_expression(licence.expression, licence.text, licence_classifiers(checked))


def stated_expression(expression: str | None, text: str | None, classifiers: Iterable[str]) -> str | None:
    """Return the licence that metadata states, by an expression, a text or classifiers; ``None`` if it is not clear.

    >>> stated_expression(None, "apache2", ()), stated_expression(None, None, ["License :: MIT License"])
    ('Apache-2.0', 'MIT')
    """
    if expression is not None:
        return parse_expression(expression)
    if text is not None and "\n" not in text.strip():
        return parse_expression(text) or expression_for(text)
    found = {classified_expression(each) for each in classifiers if each.startswith("License ::")}
    return found.pop() if len(found) == 1 else None


def licence_names(expression: str) -> tuple[str, ...]:
    """Return the identifiers in an expression, without exceptions.

    >>> licence_names("MIT AND (Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0)")
    ('MIT', 'Apache-2.0', 'GPL-2.0-only')
    """
    words = expression.replace("(", " ").replace(")", " ").split()
    return tuple(
        word.removesuffix("+")
        for at, word in enumerate(words)
        if word not in ("AND", "OR", "WITH") and words[at - 1 : at] != ["WITH"]
    )


def permits(expression: str, allowed: tuple[str, ...]) -> bool:
    """Return whether users can comply with an expression by accepting only allowed licences.

    >>> permits("MIT OR GPL-3.0-only", ("MIT",)), permits("MIT AND GPL-3.0-only", ("MIT",))
    (True, False)
    """
    words = iter(expression.replace("(", " ( ").replace(")", " ) ").split())

    def any_of() -> tuple[bool, str]:
        value, word = all_of()
        while word == "OR":
            other, word = all_of()
            value = value or other
        return value, word

    def all_of() -> tuple[bool, str]:
        value, word = one()
        while word == "AND":
            other, word = one()
            value = value and other
        return value, word

    def one() -> tuple[bool, str]:
        word = next(words, "")
        value = any_of()[0] if word == "(" else word in allowed
        word = next(words, "")
        if word == "WITH":  # an exception only adds permissions
            next(words, "")
            word = next(words, "")
        return value, word

    return any_of()[0]


@once
def licence_files(checked: CheckedPlugin) -> tuple[str, ...]:
    """Return the paths of the plugin's licence files: those that it names, or those that build backends find."""
    licence = checked.description.licence.value
    stated = checked.description.licence_files.value
    patterns = stated if stated is not None else DEFAULT_FILES
    named = [licence.file] if licence is not None and licence.file else []
    matches = Patterns([pattern.removeprefix("./") for pattern in patterns])
    return tuple(path for path in checked.paths if path in named or matches.match(path))
