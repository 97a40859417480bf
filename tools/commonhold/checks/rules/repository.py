"""Rules CH8xx: documents of the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.finding import Severity, Violation
from commonhold.checks.root_documents import find_documents, find_root_file, root_document, root_texts
from commonhold.checks.rule import repository_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedRepository
    from commonhold.projects.document import Document

_CONTRIBUTING = re.compile(r"(^|/)CONTRIBUTING(\.\w+)?$", re.IGNORECASE)
_CONTRIBUTIONS = re.compile(
    r"\b(types? of contributions?|ways to contribute|(what|how) (can|could|to|you can) (i |you |we )?(contribute|help)"
    r"|contributions? (that|we|are|of|such|like|include|can|to)|bug (reports?|fix(es)?)|(report"
    r"|fix)(ing)? (a |an )?(bugs?|issues?)"
    r"|feature (requests?|ideas?)|suggest\w*|good first issues?|help[- ]wanted|(welcome|need|looking for"
    r"|appreciate|accept)\w*"
    r" [^.\n]{0,60}(contributions?|pull requests?|help|patches|plugins?|integrations?)"
    r"|(add|create|contribut|propos|writ|develop)\w* (a |an |your |new )+(\w+[- ]){0,2}(plugins?"
    r"|integrations?|instrumentations?"
    r"|connectors?|components?|datasets?|features?))\b",
    re.IGNORECASE,
)
_DEVELOPMENT = re.compile(
    r"\b(pull requests?|merge requests?|fork|branch(es)?|set(ting)? ?up|development|run(ning)? (the )?(unit )?tests?"
    r"|pre-commit|lint\w*|code review)\b",
    re.IGNORECASE,
)


@repository_rule("CH801", "CONTRIBUTING describes the contributions and the development", implements=(30, 53))
def contributing(repository: CheckedRepository) -> Iterator[Violation]:
    """The repository has a file CONTRIBUTING, which says which contributions are needed and how development works.

    The file is in the root, in `.github`, or in the documentation. Kinds of contributions are, for example, bug
    reports, new plugins and documentation. Development is the way from a clone to a merged pull request: set-up, tests
    and reviews.

    **To fix it**, write `CONTRIBUTING.md` with the sections "What you can contribute" and "How to make a change".
    """
    document = root_document(repository, _CONTRIBUTING)
    if document is None:
        yield Violation("the repository has no file CONTRIBUTING", "CONTRIBUTING.md", subject="file")
        return
    for subject, pattern, text in (
        ("contributions", _CONTRIBUTIONS, "which contributions are needed"),
        ("development", _DEVELOPMENT, "how development works"),
    ):
        in_code = any(pattern.search(code.text) for code in document.codes) if subject == "development" else False
        if not document.find(pattern) and not in_code:
            yield Violation(f"{document.path} does not say {text}", document.path, subject=subject)


_CONDUCT = re.compile(r"(^|/)CODE[_-]?OF[_-]?CONDUCT(\.\w+)?$", re.IGNORECASE)


@repository_rule("CH802", "The repository has a code of conduct", implements=(55,))
def code_of_conduct(repository: CheckedRepository) -> Iterator[Violation]:
    """The repository has a file CODE_OF_CONDUCT in its root, in `.github`, or in its documentation.

    **To fix it**, write `CODE_OF_CONDUCT.md`, which can also be a link to the code of conduct of your organization.
    """
    if root_document(repository, _CONDUCT) is None:
        yield Violation("the repository has no file CODE_OF_CONDUCT", "CODE_OF_CONDUCT.md")


_LF_CONDUCT = re.compile(r"linux foundation|lf projects|lfprojects\.org|linuxfoundation\.org", re.IGNORECASE)
_GOVERNANCE_RECORD = re.compile(r"(^|/)governance/[^/]+\.(toml|md)$|(^|/)GOVERNANCE(\.\w+)?$", re.IGNORECASE)
_CONDUCT_EXCEPTION = re.compile(r"code[ _-]?of[ _-]?conduct[^\n]{0,200}\b(exception|approved|approval)", re.IGNORECASE)


@repository_rule("CH803", "The code of conduct is the Linux Foundation's", implements=(55,), general=False)
def foundation_conduct(repository: CheckedRepository) -> Iterator[Violation]:
    """The code of conduct is that of the Linux Foundation, or another one was approved beforehand.

    **To fix it**, use the [LF Projects Code of Conduct](https://lfprojects.org/policies/code-of-conduct/). If another
    one was approved, record the approval: as a waiver of this rule, or in a line with "code of conduct" and "approved"
    in GOVERNANCE or in a file in `governance/`.
    """
    document = root_document(repository, _CONDUCT)
    if document is None:
        return  # CH802 reports the missing file
    targets = " ".join(target for _, target in document.links)
    if _LF_CONDUCT.search(document.prose) or _LF_CONDUCT.search(targets):
        return
    if any(_CONDUCT_EXCEPTION.search(text) for text in root_texts(repository, _GOVERNANCE_RECORD).values()):
        return
    yield Violation(f"{document.path} is not the Linux Foundation's, and no exception is recorded", document.path)


_GOVERNANCE = re.compile(r"(^|/)GOVERNANCE(\.\w+)?$|(^|/)governance/(README|index)\.\w+$", re.IGNORECASE)
_GOVERNANCE_TITLE = re.compile(r"\b(governance|steering (committee|council)|technical charter)\b", re.IGNORECASE)
_GOVERNED = re.compile(
    r"\b(project|repository|community|organi[sz]ation)\b[^.\n]{0,40}\b(is|are) governed by\b"
    r"[^.\n]{0,60}\b(committee|council|maintainers|board|team)\b"
    r"|\b(maintainer|approver|committer|reviewer|triager)s?'? roles?\b"
    r"|\broles? of (a |the )?(maintainer|approver|committer)",
    re.IGNORECASE,
)


@repository_rule("CH804", "The repository documents its governance", implements=(37,))
def governance(repository: CheckedRepository) -> Iterator[Violation]:
    """A file GOVERNANCE, a section such as "Governance" or "Steering committee", or a sentence says who decides.

    Such a sentence says by whom the project is governed, or describes the role of maintainers or approvers.
    Contributors want to know who merges their changes, and how they can become a maintainer.

    **To fix it**, write `GOVERNANCE.md`: the roles, the people who have them, and the way in which decisions are made.
    """
    if find_root_file(repository, _GOVERNANCE) is not None:
        return
    documents = find_documents(repository)
    if not any(next(each.titled(_GOVERNANCE_TITLE), None) or each.find(_GOVERNED) for each in documents):
        yield Violation("no document describes the governance of the repository", "GOVERNANCE.md")


_SECURITY = re.compile(r"(^|/)SECURITY(\.\w+)?$", re.IGNORECASE)
_SECURITY_TITLE = re.compile(
    r"\b(security (policy|issues?|(vulnerability|vulnerabilities)|reports?)"
    r"|(reporting|report) (a |security )?(vulnerability|vulnerabilities))\b",
    re.IGNORECASE,
)


@repository_rule("CH805", "The repository has a security policy")
def security_policy(repository: CheckedRepository) -> Iterator[Violation]:
    """A file SECURITY, or a section "Security policy", says how to report a vulnerability.

    Without it, people report vulnerabilities in public issues.

    **To fix it**, write `SECURITY.md`: the supported versions, and a private address for reports.
    """
    if find_root_file(repository, _SECURITY) is not None:
        return
    if not any(next(document.titled(_SECURITY_TITLE), None) for document in find_documents(repository)):
        yield Violation("no document says how to report a vulnerability", "SECURITY.md")


_LICENCE = re.compile(r"(^|/)(LICEN[CS]ES?|COPYING|UNLICENSE)([.-][\w.-]+)?(/[^/]+)?$", re.IGNORECASE)


@repository_rule("CH806", "The repository has a licence")
def repository_licence(repository: CheckedRepository) -> Iterator[Violation]:
    """The root contains a file LICENSE with the licence of everything that has no other licence.

    **To fix it**, add the text of the licence as `LICENSE`.
    """
    has_folder = any(path.startswith("LICENSES/") for path in repository.files.entries)
    if find_root_file(repository, _LICENCE) is None and not has_folder:
        yield Violation("the repository has no file LICENSE", "LICENSE")


_ROOT_FILES = ("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md")


@repository_rule(
    "CH807", "The documents have the names that the foundation requires", implements=(52, 53, 55), general=False
)
def foundation_documents(repository: CheckedRepository) -> Iterator[Violation]:
    """The root contains `README.md`, `CONTRIBUTING.md` and `CODE_OF_CONDUCT.md`.

    CH508 is the same rule for `LICENSE.md`.

    **To fix it**, rename the files that have another suffix, and write the missing ones.
    """
    entries = repository.files.entries
    for name in _ROOT_FILES:
        if name not in entries:
            stem = name.rpartition(".")[0].lower()
            other = next((path for path in sorted(entries) if "/" not in path and path.lower().startswith(stem)), None)
            text = f"the root contains {other}, but no file {name}" if other else f"the root contains no file {name}"
            yield Violation(text, other or name, subject=name)


_GUIDE = re.compile(r"\b(plugins?|extensions?|integrations?)\b", re.IGNORECASE)
_VERSIONING = re.compile(
    r"\bmajor\b[^.]{0,200}\bversions?\b|\bversions?\b[^.]{0,200}\bmajor\b|>=\s*\d+(\.\d+)*\s*,\s*<\s*\d+", re.IGNORECASE
)


@repository_rule(
    "CH808",
    "The plugin guide documents the versioning rule",
    implements=(79,),
    general=False,
    severity=Severity.WARNING,
)
def versioning_guide(repository: CheckedRepository) -> Iterator[Violation]:
    """A document about plugins says that a plugin's major version is the core's.

    The rule looks for a sentence about major versions, or for a range such as `>=14.0.0,<15.0.0`, in a document about
    plugins.

    **To fix it**, add a section "Versions" to the guide for authors of plugins.
    """
    for document in find_documents(repository):
        if _GUIDE.search(document.prose) and (document.find(_VERSIONING) or _has_range(document)):
            return
    yield Violation("no document about plugins contains the rule for their versions", "CONTRIBUTING.md")


def _has_range(document: Document) -> bool:
    return any(_VERSIONING.search(code.text) for code in document.codes)


RULES = (
    contributing,
    code_of_conduct,
    foundation_conduct,
    governance,
    security_policy,
    repository_licence,
    foundation_documents,
    versioning_guide,
)
