"""Rules CH2xx: the metadata that a plugin publishes, except the versions of Python."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from commonhold.checks.edits import replacing, with_line_in_table
from commonhold.checks.evidence import known, known_wheel
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule
from commonhold.checks.wheel_modules import modules_in_wheel
from commonhold.projects.paths import resolve
from commonhold.projects.requirement import show
from commonhold.workspace.config import PluginConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.checks.context import CheckedPlugin

_LONGEST_SUMMARY = 512
_LONGEST_LABEL = 32
_LONGEST = 200
_MOST_GUESSES = 20
_MARKUP = (".md", ".rst")
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_PRIVATE = "Private ::"


@plugin_rule("CH201", "The plugin has a summary", severity=Severity.WARNING)
def summary(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata contains a summary (`description`).

    Search results on PyPI and lists of plugins show it next to the name.

    **To fix it**, add `description = "One sentence that says what the plugin does."` to the `[project]` table.
    """
    published = checked.description.summary
    if not (known(published) or "").strip():
        yield Violation("the metadata contains no summary", published.path, published.line)


@plugin_rule("CH202", "The summary is one line")
def short_summary(checked: CheckedPlugin) -> Iterator[Violation]:
    """The summary is a single line of at most 512 characters.

    Build backends reject line breaks, and PyPI rejects longer texts.

    **To fix it**, shorten the summary, and move the details into the README.
    """
    published = checked.description.summary
    text = (known(published) or "").strip()
    if "\n" in text:
        yield Violation("the summary has several lines", published.path, published.line, "lines")
    if len(text) > _LONGEST_SUMMARY:
        message = f"the summary has {len(text)} characters; PyPI accepts at most {_LONGEST_SUMMARY}"
        yield Violation(message, published.path, published.line, "length")


@plugin_rule("CH203", "The metadata contains a readme", severity=Severity.WARNING)
def has_readme(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata names a readme (`readme`, or `long_description` of setuptools).

    PyPI shows it as the page of the plugin, which otherwise is empty.

    **To fix it**, add `readme = "README.md"` to the `[project]` table.
    """
    readme = checked.description.readme
    if known(readme) is None:
        message = "the metadata names no readme, so the plugin's page on PyPI is empty"
        can_add = checked.description.has_project_table and "README.md" in checked.paths
        fix = with_line_in_table(checked.path("pyproject.toml"), "project", 'readme = "README.md"') if can_add else None
        yield Violation(message, readme.path, readme.line, fix=fix)


@plugin_rule("CH204", "The readme exists")
def existing_readme(checked: CheckedPlugin) -> Iterator[Violation]:
    """The file that the metadata names as the readme is in the repository.

    Otherwise the build fails.

    **To fix it**, correct the path, or add the file.
    """
    readme = checked.description.readme
    value = known(readme)
    file = value.file if value is not None else None
    path = resolve(checked.plugin.path, file) if file else None
    if file and (path is None or path not in checked.repository.files.entries):
        yield Violation(f"the readme {show(file)} does not exist", readme.path, readme.line_of(file))


@plugin_rule("CH205", "The readme has a content type", requires=("CH001", "CH204"), severity=Severity.WARNING)
def readme_type(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata states that the readme is Markdown or reStructuredText, if the file's suffix does not decide it.

    Without a content type, PyPI reads the text as reStructuredText, and shows the source of Markdown. Build backends
    other than setuptools use the suffix of a readme without a content type.

    **To fix it**, write `readme = { file = "README.txt", content-type = "text/plain" }`, or for setuptools
    `long_description_content_type="text/markdown"`.
    """
    readme = checked.description.readme
    value = known(readme)
    if value is None or value.content_type is not None or not value.file:
        return
    file = value.file
    decides = (".rst",) if readme.path.endswith(("setup.py", "setup.cfg")) else _MARKUP
    if not file.lower().endswith(decides) and (file.lower().endswith(".md") or not decides[1:] or "." in file):
        yield Violation(f"the metadata does not state the content type of {file}", readme.path, readme.line)


@plugin_rule("CH206", "The metadata links to the plugin's page", implements=(73,), severity=Severity.WARNING)
def has_urls(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata contains at least one URL, for example of the repository.

    Users who find the plugin on PyPI look for its source and for the place to report a problem.

    **To fix it**, add a table `[project.urls]` with `Source = "https://..."`.
    """
    urls = checked.description.urls
    if not known(urls):
        yield Violation("the metadata contains no URL", urls.path, urls.line)


@plugin_rule("CH207", "The URLs are valid")
def valid_urls(checked: CheckedPlugin) -> Iterator[Violation]:
    """Each URL begins with `http://` or `https://`, and its label has 1 to 32 characters.

    PyPI rejects a distribution with any other URL.

    **To fix it**, correct the URL or its label.
    """
    urls = checked.description.urls
    for label, url in (known(urls) or {}).items():
        place = urls.path, urls.line_of(url or label)
        if not 0 < len(label) <= _LONGEST_LABEL:
            yield Violation(f"the label {show(label)} does not have 1 to {_LONGEST_LABEL} characters", *place, label)
        elif not _URL.fullmatch(url):
            yield Violation(f"{label}: {show(url)} is not a URL that begins with http or https", *place, label)


@plugin_rule("CH208", "The classifiers exist", artifact=("classifier",))
def known_classifiers(checked: CheckedPlugin) -> Iterator[Violation]:
    """Each classifier is in the list of PyPI, and is not deprecated.

    PyPI rejects a distribution with any other classifier, except for those that begin with `Private ::`.

    **To fix it**, choose a classifier from the list of PyPI.
    """
    classifiers = checked.description.classifiers
    valid, deprecated = _known_classifiers()
    wrong = [text for text in known(classifiers) or () if text not in valid and not text.startswith(_PRIVATE)]
    for at, text in enumerate(wrong):
        if text in deprecated:
            better, message = deprecated[text], f"the classifier {text!r} is deprecated"
        else:
            better = get_close_matches(text[:_LONGEST], valid, 1, 0.9) if at < _MOST_GUESSES else []
            message = f"the classifier {show(text)} is unknown"
        hint = f"; write {' or '.join(map(repr, better))}" if better else ""
        one = better[0] if len(better) == 1 else None
        fix = replacing(checked.repository, classifiers.path, text, one, safe=text in deprecated) if one else None
        yield Violation(message + hint, classifiers.path, classifiers.line_of(text), text, fix)


@cache
def _known_classifiers() -> tuple[frozenset[str], Mapping[str, list[str]]]:
    import trove_classifiers

    return frozenset(trove_classifiers.classifiers), trove_classifiers.deprecated_classifiers


@plugin_rule("CH213", "A plugin that is not released is private", severity=Severity.WARNING)
def private_classifier(checked: CheckedPlugin) -> Iterator[Violation]:
    """A plugin has a classifier `Private :: Do Not Upload` exactly if the configuration sets `release = false`.

    PyPI rejects a distribution with such a classifier, so that it cannot be uploaded by mistake.

    **To fix it**, add the classifier, or remove the other mark.
    """
    classifiers, config = checked.description.classifiers, checked.repository.workspace.config
    is_private = any(text.startswith(_PRIVATE) for text in known(classifiers) or ())
    is_released = config.plugins.get(checked.name, PluginConfig()).release
    if is_private is not is_released:
        return
    message = (
        "a Private classifier is stated, but the configuration does not set release = false"
        if is_private
        else "the configuration sets release = false, but there is no classifier 'Private :: Do Not Upload'"
    )
    yield Violation(message, classifiers.path, classifiers.line_of(_PRIVATE) if is_private else classifiers.line)


@plugin_rule("CH214", "The version is valid")
def valid_version(checked: CheckedPlugin) -> Iterator[Violation]:
    """A version in the project files is a valid version (PEP 440). A version that the build computes is not checked.

    Build backends and PyPI reject other versions.

    **To fix it**, write a version such as `1.2.0` or `0.0.0.dev0`.
    """
    from commonhold.versions import parse_version

    published = checked.description.version
    if published.value is not None and parse_version(published.value) is None:
        yield Violation(f"{show(published.value or '')} is not a version", published.path, published.line)
    if published.is_missing and checked.description.has_project_table:
        message = 'the [project] table contains neither a version nor dynamic = ["version"]'
        yield Violation(message, published.path, published.line)


@plugin_rule("CH215", "Entry points refer to the plugin's modules")
def entry_points(checked: CheckedPlugin) -> Iterator[Violation]:
    """The module of each entry point and script is in the wheel of the plugin or of another plugin.

    The core imports the module of each entry point when it starts, and reports an error or ignores the plugin.

    **To fix it**, correct the reference, or add the module's package to the build settings.
    """
    points = checked.description.entry_points
    own = modules_in_wheel(checked) if known(points) and known_wheel(checked) else frozenset()
    tops = {module.partition(".")[0] for module in own}
    for group, references in (points.value or {}).items():
        for name, reference in references.items():
            module = reference.partition(":")[0].partition("[")[0].strip()
            if own and module.partition(".")[0] in tops and module not in own and not _is_elsewhere(checked, module):
                message = f"{group}: {name} refers to the module {module[:_LONGEST]}, which the wheel does not contain"
                yield Violation(message, points.path, points.line_of(reference), f"{group}:{name}")


def _is_elsewhere(checked: CheckedPlugin, module: str) -> bool:
    return any(module in modules_in_wheel(other) for other in checked.repository.plugins.values())


@plugin_rule("CH216", "The project names its build backend", implements=(43, 109), general=False)
def build_backend(checked: CheckedPlugin) -> Iterator[Violation]:
    """`pyproject.toml` contains `[build-system]` with `requires` and `build-backend`.

    Then every frontend builds the same sdist and wheel. Without the table, frontends use the newest setuptools.

    **To fix it**, add the table, for example with `requires = ["hatchling"]` and `build-backend = "hatchling.build"`.
    """
    build = checked.pyproject.get("build-system")
    missing = [key for key in ("requires", "build-backend") if not isinstance(build, dict) or key not in build]
    if missing:
        message = f"[build-system] does not contain {' and '.join(missing)}"
        yield Violation(message, checked.path("pyproject.toml"))


RULES = (
    summary,
    short_summary,
    has_readme,
    existing_readme,
    readme_type,
    has_urls,
    valid_urls,
    known_classifiers,
    private_classifier,
    valid_version,
    entry_points,
    build_backend,
)
