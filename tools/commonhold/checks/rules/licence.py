"""Rules CH5xx: the licence of a plugin, and the texts that it must contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks import licences
from commonhold.checks.edits import new_file, replacing, without_line
from commonhold.checks.evidence import known
from commonhold.checks.finding import RuleSkippedError, Severity, Violation
from commonhold.checks.licence_texts import has_fingerprint, identify, text_name
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.checks.settings import PERMISSIVE
from commonhold.workspace.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.finding import Fix
    from commonhold.projects.published import Licence

_ROOT_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING")
_VENDORED = ("_vendor/", "vendor/", "vendored/", "_vendored/", "third_party/", "_third_party/")
_NOTICES = ("notice", "third-party", "third_party", "licenses/", "licences/")


@plugin_rule("CH501", "The plugin declares a licence")
def declared_licence(checked: CheckedPlugin) -> Iterator[Violation]:
    """The metadata of the plugin names a licence.

    Without a licence, nobody may use, change or distribute the plugin, and many companies' tools refuse to install it.

    **To fix it**, add `license = "Apache-2.0"` (or another SPDX expression) to the `[project]` table.
    """
    licence = checked.description.licence
    if not any(_parts(known(licence))) and not licences.licence_classifiers(checked):
        yield Violation("the metadata names no licence", licence.path, licence.line)


def _parts(licence: Licence | None) -> tuple[str | None, ...]:
    return (licence.expression, licence.text, licence.file) if licence is not None else ()


@plugin_rule("CH502", "The licence expression is valid", requires=("CH001", "CH501"))
def valid_expression(checked: CheckedPlugin) -> Iterator[Violation]:
    """`license = "..."` in the `[project]` table is a valid SPDX expression (PEP 639).

    Build backends and PyPI reject other texts.

    **To fix it**, write an identifier from the SPDX list, such as `Apache-2.0`, `MIT` or `BSD-3-Clause`.
    """
    licence = checked.description.licence
    value = known(licence)
    text = value.expression if value is not None else None
    if text is not None and licences.parse_expression(text) is None:
        better = licences.expression_for(text)
        fix = _rewritten(checked, text, better)
        hint = f"; write {better}" if better else ""
        yield Violation(f"{text[:60]!r} is not a valid SPDX expression{hint}", licence.path, licence.line, fix=fix)


@plugin_rule(
    "CH503", "The licence is an SPDX expression", requires=("CH001", "CH501", "CH502"), severity=Severity.WARNING
)
def spdx_expression(checked: CheckedPlugin) -> Iterator[Violation]:
    """The licence is an SPDX expression (PEP 639), not a free text, a file, or only a classifier.

    Tools that check the licences of dependencies recognize only expressions.

    **To fix it**, write `license = "Apache-2.0"` (or another expression). The build requirements must then be at least
    `setuptools>=77`, `hatchling>=1.27`, `flit_core>=3.12` or `poetry-core>=2.2`.
    """
    licence, expression = checked.description.licence, licences.licence_expression(checked)
    stated = known(licence)
    if stated is not None and (stated.expression or (stated.text and licences.parse_expression(stated.text))):
        return
    hint = f"; write {expression}" if expression else ""
    if stated is not None and stated.text:
        line = stated.text.strip().partition("\n")[0][:60]
        fix = _rewritten(checked, stated.text, expression)
        yield Violation(f"{line!r} is not an SPDX expression{hint}", licence.path, licence.line, fix=fix)
    else:
        what = "only a file" if stated is not None else "only a classifier"
        yield Violation(f"{what} names the licence{hint}", licence.path, licence.line)


def _rewritten(checked: CheckedPlugin, text: str, better: str | None) -> Fix | None:
    path = checked.description.licence.path
    fixes = (replacing(checked.repository, path, f"{q}{text}{q}", f"{q}{better}{q}", safe=True) for q in "\"'")
    return next((fix for fix in fixes if fix is not None), None) if better is not None else None


@plugin_rule("CH504", "The licence is permitted", implements=(41, 76), requires=("CH001", "CH501", "CH502"))
def permitted_licence(checked: CheckedPlugin) -> Iterator[Violation]:
    """Users can comply with the plugin's licence by accepting only permitted licences.

    The setting `licences` lists the permitted identifiers. By default, these are common permissive licences: `0BSD`,
    `Apache-2.0`, `BSD-2-Clause`, `BSD-3-Clause`, `BSL-1.0`, `CC0-1.0`, `ISC`, `MIT`, `MIT-0`, `PSF-2.0`, `Python-2.0`,
    `Unlicense` and `Zlib`. A licence that cannot be recognized is reported by `CH503`.

    **To fix it**, choose another licence with the consent of all authors, or ask the core team to permit this one.
    """
    expression, licence = licences.licence_expression(checked), checked.description.licence
    allowed = checked.settings.licences or PERMISSIVE
    if expression is None:
        raise RuleSkippedError("the licence is not recognized")
    if not licences.permits(expression, allowed):
        yield Violation(f"{expression} is not among the permitted licences", licence.path, licence.line)


@plugin_rule(
    "CH505",
    "The plugin contains its licence file",
    requires=("CH001", "CH501"),
    artifact=("licence",),
)
def present_licence_file(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's folder contains the licence files that its metadata names, or `LICENSE`, `LICENCE` or `COPYING`.

    Most licences require a copy of their text in each distribution. A wheel contains only files from the plugin's own
    folder, not the file at the root of the repository.

    **To fix it**, copy the file at the root of the repository into the folder.
    """
    stated = checked.description.licence_files
    patterns = known(stated)
    if patterns is not None:
        for pattern in patterns:
            if not any(map(Patterns([pattern.removeprefix("./")]).match, checked.paths)):
                message = f"license-files: {pattern} matches no file"
                yield Violation(message, stated.path, stated.line_of(pattern), pattern, _copied(checked))
    elif not licences.licence_files(checked):
        message = "the plugin's folder contains no licence file, so its wheel contains none"
        licence = checked.description.licence
        yield Violation(message, licence.path, licence.line, fix=_copied(checked))


def _copied(checked: CheckedPlugin) -> Fix | None:
    """Return a fix that copies the root's licence file, if its text is that of the plugin's licence."""
    expression = licences.licence_expression(checked)
    stated = checked.description.licence_files.value
    if stated is not None and stated not in (("LICENSE",), ["LICENSE"]):
        return None
    for name in _ROOT_FILES:
        text = checked.repository.text(name)
        if text is not None and expression is not None and identify(text) == {text_name(expression)}:
            return new_file(checked.path(name if stated is None else "LICENSE"), text.encode(), safe=True)
    return None


@plugin_rule("CH506", "The licence file contains the text of the licence", requires=("CH001", "CH504", "CH505"))
def complete_text(checked: CheckedPlugin) -> Iterator[Violation]:
    """The licence files contain the complete text of each licence that the metadata names.

    The text is compared word by word with the texts of common licences; line breaks, markup and copyright lines do not
    matter. Another text, or only the short notice for source files, leaves users in doubt which terms apply.

    **To fix it**, copy the complete text from https://spdx.org/licenses/, or correct the metadata.
    """
    expression, paths = licences.licence_expression(checked), licences.licence_files(checked)
    names = licences.licence_names(expression or "")
    if not paths or not all(map(has_fingerprint, names)) or not names:
        raise RuleSkippedError("the text of the licence is not known")
    found = frozenset[str]().union(*(identify(checked.text(path) or "") for path in paths))
    for name in names:
        if text_name(name) not in found:
            other = f", but the text of {' and '.join(sorted(found))}" if found else ""
            yield Violation(f"{paths[0]} does not contain the text of {name}{other}", checked.path(paths[0]), 1, name)


@plugin_rule("CH507", "Classifiers agree with the licence", requires=("CH001", "CH502"), severity=Severity.WARNING)
def agreeing_classifiers(checked: CheckedPlugin) -> Iterator[Violation]:
    """No classifier names another licence than the metadata, and none is next to a licence expression.

    PEP 639 replaced the classifiers `License :: ...`, because many of them are ambiguous. Next to an expression,
    setuptools rejects them, and other build backends print a warning.

    **To fix it**, remove the classifier.
    """
    classifiers, stated = checked.description.classifiers, known(checked.description.licence)
    has_expression = stated is not None and stated.expression is not None
    expression = licences.licence_expression(checked)
    for text in licences.licence_classifiers(checked):
        named = licences.classified_expression(text)
        differs = named is not None and expression is not None and named not in licences.licence_names(expression)
        if has_expression or differs:
            reason = "contradicts" if differs else "is deprecated next to"
            place = classifiers.path, classifiers.line_of(text)
            fix = without_line(checked.repository, classifiers.path, text, safe=has_expression and not differs)
            yield Violation(f"the classifier {text!r} {reason} the licence {expression}", *place, text, fix)


@repository_rule("CH508", "The root contains LICENSE.md", implements=(50,), general=False)
def root_licence(repository: CheckedRepository) -> Iterator[Violation]:
    """The root of the repository contains `LICENSE.md`.

    **To fix it**, rename the licence file, and correct the links and settings that name it.
    """
    if "LICENSE.md" not in repository.files.entries:
        yield Violation("LICENSE.md is missing", "LICENSE.md")


@plugin_rule("CH509", "The licence is Apache-2.0", implements=(102,), requires=("CH001", "CH501"), general=False)
def apache_licence(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's licence is Apache-2.0, as in the template of the organisation's plugins.

    **To fix it**, change the licence with the consent of all authors.
    """
    expression, licence = licences.licence_expression(checked), checked.description.licence
    if expression != "Apache-2.0":
        yield Violation(f"the licence is {expression or 'unknown'}, not Apache-2.0", licence.path, licence.line)


@plugin_rule("CH510", "Copied code comes with its licence", implements=(51,), severity=Severity.WARNING)
def third_party_notices(checked: CheckedPlugin) -> Iterator[Violation]:
    """A folder with other projects' code (`_vendor`, `third_party`) contains their licences or notices.

    The licences of the copied code require it. A notice may also be next to the plugin's licence, for example in
    `NOTICE` or `THIRD-PARTY-LICENSES.txt`.

    **To fix it**, copy the licence files of the other projects next to their code.
    """
    names = [path.rpartition("/")[2].lower() for path in checked.paths]
    if any(name.startswith(_NOTICES) for name in names):
        return
    for folder in sorted({start for path in checked.wheel_files.values() if (start := _vendored(path))}):
        inner = (path.rpartition("/")[2].lower() for path in checked.paths if path.startswith(folder))
        if not any(name.startswith(("licen", "copying")) for name in inner):
            yield Violation(
                "the folder contains no licence of the copied code", checked.path(folder[:-1]), subject=folder
            )


def _vendored(path: str) -> str:
    return next((path[: at + len(name)] for name in _VENDORED if (at := f"/{path}".find(f"/{name}")) >= 0), "")


PLUGIN_RULES = (
    declared_licence,
    valid_expression,
    spdx_expression,
    permitted_licence,
    present_licence_file,
    complete_text,
    agreeing_classifiers,
    apache_licence,
    third_party_notices,
)
REPOSITORY_RULES = (root_licence,)
