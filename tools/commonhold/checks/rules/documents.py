"""Rules CH4xx: documents for users."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.finding import Fix, Violation
from commonhold.checks.readme import (
    explains_installation,
    has_prose,
    read_readme,
    states_purpose,
)
from commonhold.checks.rule import plugin_rule
from commonhold.checks.tiers import official_tier
from commonhold.projects.published import ValueState
from commonhold.projects.quick_start import quick_starts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin
    from commonhold.effects.file_changes import FileChanges
    from commonhold.projects.document import Document


@plugin_rule("CH401", "The plugin has a README", implements=(52, 104))
def readme_exists(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's folder contains a README with text: `README.md`, or another format that package indexes show.

    The README is the first page that users of the plugin see, on the package index and in the repository.

    **To fix it**, write `README.md` in the plugin's folder: the plugin's purpose, its installation, and a quick start.
    """
    document = read_readme(checked)
    if document is None:
        yield Violation("the plugin has no README", checked.path("README.md"))
    elif not any(has_prose(section, 1) or section.codes for section in document.sections):
        yield Violation("the README contains no text", document.path, 1)


@plugin_rule("CH402", "The README states the plugin's purpose", implements=(52,), requires=("CH001", "CH401"))
def readme_states_purpose(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README says in at least one sentence what the plugin does.

    Badges and links alone do not tell users whether the plugin solves their problem. The sentence can be in the
    introduction, or in a section with a title such as "Overview" or "What is ...?".

    **To fix it**, write a paragraph below the title that says what the plugin does, and for whom.
    """
    document = read_readme(checked)
    if document is not None and not states_purpose(document):
        yield Violation("the README does not say what the plugin is for", document.path, 1)


@plugin_rule("CH403", "The README explains the installation", implements=(52,), requires=("CH001", "CH401"))
def readme_explains_installation(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README contains the command that installs the plugin, or a section about the installation.

    The name of a distribution often differs from the name of its module, so users cannot guess the command.

    **To fix it**, write a section "Installation" with a command such as `pip install NAME`.
    """
    document = read_readme(checked)
    if document is not None and not explains_installation(document):
        text = f"the README does not say how to install the plugin, for example with `pip install {checked.name}`"
        yield Violation(text, document.path, 1)


_NEEDS_NO_CODE = re.compile(
    r"\b(no (\w+ )?(code|configuration|set-?up|changes?|imports?)( changes?)? (is |are )?(needed|required|necessary)"
    r"|without (any |further |additional )?(code|configuration|changing|changes)"
    r"|nothing (else |more )?(to (do|configure|import)|is (needed|required))"
    r"|automatically (\w+ )?(activated|available|detected|discovered|enabled|found|loaded|picked up|registered|used)"
    r"|(activated|detected|discovered|enabled|found|loaded|picked up|registered|used) automatically|out of the box)\b",
    re.IGNORECASE,
)


@plugin_rule("CH404", "The README contains a quick start", implements=(39, 52), requires=("CH001", "CH401"))
def readme_quick_start(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README contains a block of code that uses the plugin.

    Commands that only install packages are not a quick start. `nox -s quickstart` checks that the code runs; this rule
    checks only that it exists. A plugin that the core finds through an entry point can work without code. Then a
    sentence such as "The core finds the plugin automatically; no code is needed." is enough.

    **To fix it**, write a section "Quick start" with the shortest program that does something useful.
    """
    document = read_readme(checked)
    if document is None or next(quick_starts(document), None) is not None:
        return
    points = checked.description.entry_points
    is_found = points.state is ValueState.COMPUTED or any(
        not group.endswith("_scripts") for group in points.value or ()
    )
    if not (is_found and document.find(_NEEDS_NO_CODE)):
        yield Violation("the README contains no code that uses the plugin", document.path, 1)


_SUPPORT_TITLES = re.compile(
    r"\b(support|status|maint[ae]\w+|getting help|help|contact|feedback|community|questions|issues|bugs|stability)\b",
    re.IGNORECASE,
)
_SUPPORT = re.compile(
    r"\b(best[- ]effort|maint(ained|ains|enance|ainers?)|unmaintained|(not|officially|commercially"
    r"|community)[- ]supported"
    r"|support(ed)? (is )?(provided )?by|no (guarantee|warranty)|without (any )?(guarantee|warranty)"
    r"|(report|file|open|raise|create|submit)\w* (an? |any |your |all )?(new )?(\w+ )?(issues?|bugs?"
    r"|problems?|tickets?)"
    r"|for (help|support|questions)|get (help|support)|need (any )?help|experimental|deprecated"
    r"|(is|are) (stable|alpha|beta|in (alpha|beta|preview)))\b",
    re.IGNORECASE,
)


@plugin_rule("CH405", "The README states how the plugin is supported", implements=(6, 22), requires=("CH001", "CH401"))
def readme_support(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README says who maintains the plugin, or where users report problems.

    Users expect the core team to support every plugin unless the README says otherwise.

    **To fix it**, write a section "Status": who maintains the plugin, how well, and where users report problems.
    """
    document = read_readme(checked)
    if document is not None and not _states_support(document):
        yield Violation(
            "the README does not say who supports the plugin and where users report problems", document.path, 1
        )


def _states_support(document: Document) -> bool:
    titled = any(has_prose(section, 3) for section in document.titled(_SUPPORT_TITLES))
    return titled or document.find(_SUPPORT)


_SUPPORT_LEVELS = re.compile(
    r"community|contrib|official|experimental|incubat|third|unofficial|supported|verified|partner", re.IGNORECASE
)


@plugin_rule("CH406", "The README names the plugin's tier", implements=(6, 22), requires=("CH001", "CH401"))
def readme_tier(checked: CheckedPlugin) -> Iterator[Violation]:
    """The README names the plugin's tier, as in the sentence "This is a community plugin".

    The tier decides how the plugin is tested, released and supported. The rule applies if the repository has a tier
    named `official`, or to a tier with a name such as `community` or `contrib`; other tiers are kinds of plugins. For a
    tier that is not official, the sentence "This is not an official plugin" is enough.

    **To fix it**, run `commonhold check --fix`, which adds the sentence. Say in the same section who supports the
    plugin.
    """
    document, tier = read_readme(checked), checked.plugin.tier.name
    is_level = official_tier(checked.repository) is not None or _SUPPORT_LEVELS.search(tier)
    if document is None or not is_level or _names_tier(document, tier):
        return
    text = f'the README does not name the plugin\'s tier: "This is {_article(tier)} {tier} plugin."'
    yield Violation(text, document.path, 1, fix=Fix(_banner(document.path, tier), safe=True))


def _names_tier(document: Document, tier: str) -> bool:
    name = re.escape(tier).replace(r"\-", "[ -]").replace("_", "[ _-]")
    noun = (
        r"(plugins?|extensions?|integrations?|packages?|tier|status|instrumentations?|components?|connectors?"
        r"|adapters?)"
    )
    support = r"(maintained|supported|contributed|provided|owned|developed)"
    near = rf"\b{name}[- ](\w+[- ]){{0,3}}({noun}|{support})\b|\b(tier|status)\b[^.\n]{{0,20}}\b{name}\b"
    if document.find(re.compile(near, re.IGNORECASE)):
        return True
    unofficial = r"\b(unofficial|not (an |the |part of the )?official(ly)?)\b"
    return "official" not in tier and document.find(re.compile(unofficial, re.IGNORECASE))


def _banner(path: str, tier: str) -> _Banner:
    return _Banner(path, f"This is {_article(tier)} {tier} plugin.")


def _article(tier: str) -> str:
    return "an" if tier[:1] in "aeiou" else "a"


class _Banner:
    """Adds a section to a README; an instance is a function, as fixes are."""

    def __init__(self, path: str, sentence: str) -> None:
        self.path = path
        self.sentence = sentence

    def __call__(self, changes: FileChanges) -> None:
        before = (changes.read(self.path) or b"").rstrip()
        title = "Status\n------" if self.path.lower().endswith(".rst") else "## Status"
        changes.write(self.path, before + f"\n\n{title}\n\n{self.sentence}\n".encode())


RULES = (
    readme_exists,
    readme_states_purpose,
    readme_explains_installation,
    readme_quick_start,
    readme_support,
    readme_tier,
)
