"""Rules CH40x: releases, value and documentation, which profiles require."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.finding import Severity, Violation
from commonhold.checks.readme import has_prose, read_readme, readme_path
from commonhold.checks.rule import plugin_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin

_RELEASE_QUESTIONS = {
    "methodology": "how the plugin is released, or how its versions are numbered",
    "cadence": "how often, or on which occasion, the plugin is released",
    "criteria": "what must be true of a release, such as that all tests pass",
}
_RELEASES = re.compile(r"\b(release|releasing)|\bversion|\bchangelog", re.IGNORECASE)
_RELEASE_STATEMENTS = {
    "methodology": re.compile(
        r"\b(semver|semantic version\w*|calver|calendar version\w*|pep 440|release(s|d)? (is |are )?(\w+ ){0,2}"
        r"(with|together|by|from|through|via|process|methodology|procedure|workflow|branch\w*|policy|automat\w+)"
        r"|versioning|methodology|release[- ]please)\b",
        re.IGNORECASE,
    ),
    "cadence": re.compile(
        r"\b(cadence|(every|each) (\w+ ){0,2}(release|week|month|quarter|year|day|commit|merge|change)s?"
        r"|daily|nightly|weekly"
        r"|monthly|quarterly|yearly|annually|twice|as needed|on demand|irregular\w*|whenever"
        r"|release(s|d)? (it )?(together )?with)\b",
        re.IGNORECASE,
    ),
    "criteria": re.compile(
        r"\b(criteria|criterion|as long as|only (if|when|after)|if (all |its |the )?(\w+ )?tests pass"
        r"|tests? (must )?pass"
        r"|must (pass|be)|once (all |its |the )?\w+|after (all |its |the )?\w+ (pass|passed|review)|unless"
        r"|requires?)\b",
        re.IGNORECASE,
    ),
}


@plugin_rule(
    "CH407",
    "The README describes the releases",
    implements=(52,),
    requires=("CH001", "CH401"),
    general=False,
)
def readme_releases(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README says how versions are released (methodology), how often (cadence), and what a release must fulfil.

    Users plan their updates with this information.

    **To fix it**, write a section "Releases", for example: "The plugin is released with every release of the core
    (semantic versioning), as long as its tests pass."
    """
    document = read_readme(checked)
    if document is None:
        return
    sections = list(document.titled(_RELEASES))
    sentences = [each for each in re.split(r"(?<=[.!?])\s+|\n{2,}", document.prose) if _RELEASES.search(each)]
    text = " ".join(" ".join([*(section.prose for section in sections), *sentences]).split())
    for subject, pattern in _RELEASE_STATEMENTS.items():
        if not pattern.search(text):
            message = f"the README does not state the {subject} of releases: {_RELEASE_QUESTIONS[subject]}"
            yield Violation(message, document.path, 1, subject=subject)


_VALUE_TITLES = re.compile(
    r"\b(why|benefits?|features?|motivation|highlights?|advantages?|value|use[- ]cases?|capabilit\w+"
    r"|what (can|does))\b",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(so that|lets? you|allows?|enables?|helps?|instead of|without (having|the need|needing)"
    r"|makes? it (easy|easier|possible)"
    r"|simplif\w+|faster|easier|easily|seamless\w*|automatic\w*|you can|benefits?|saves?|avoids?|reduces?|improves?)\b",
    re.IGNORECASE,
)


@plugin_rule(
    "CH408",
    "The README contains a value proposition",
    implements=(38,),
    requires=("CH001", "CH401"),
    severity=Severity.WARNING,
    general=False,
)
def readme_value(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README says which advantage the plugin has for its users, not only what it is.

    The rule looks for a section with a title such as "Why", "Features" or "Benefits", or a sentence such as "lets you",
    "so that" or "without".

    **To fix it**, write a sentence that compares working with the plugin and working without it.
    """
    document = read_readme(checked)
    if document is None or document.find(_VALUE):
        return
    if not any(has_prose(section, 3) for section in document.titled(_VALUE_TITLES)):
        yield Violation("the README does not say which advantage the plugin has for its users", document.path, 1)


_DOCUMENTATION = re.compile(r"\b(documentation|docs|guides?|reference|tutorials?|examples?)\b", re.IGNORECASE)
_DOCUMENTATION_LINK = re.compile(
    r"\bdocs?\b|documentation|readthedocs|\.github\.io|/guides?\b|tutorial|examples?/", re.IGNORECASE
)
_FEWEST_DOCUMENTED_WORDS = 150


@plugin_rule("CH409", "The plugin has documentation", implements=(40,), requires=("CH001", "CH401"), general=False)
def has_documentation(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin has documentation: a folder `docs`, a link in its metadata or README, or a README that is long enough.

    Whether the documentation is clear and complete can only be judged by a person.

    **To fix it**, write the documentation, and add its address to the metadata:
    `[project.urls] Documentation = "https://..."`.
    """
    document = read_readme(checked)
    urls = checked.description.urls.value or {}
    is_linked = any(_DOCUMENTATION.search(label) or _DOCUMENTATION_LINK.search(url) for label, url in urls.items())
    if is_linked or any(path.startswith(("docs/", "doc/", "examples/", "example/")) for path in checked.paths):
        return
    if document is not None:
        if any(_DOCUMENTATION_LINK.search(target) for _, target in document.links):
            return
        if len(document.prose.split()) >= _FEWEST_DOCUMENTED_WORDS:
            return
    yield Violation("the plugin has no documentation beyond a short README", readme_path(checked))


RULES = (readme_releases, readme_value, has_documentation)
