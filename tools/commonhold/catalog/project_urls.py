"""Find a project's links by the well-known labels of its URLs (PEP 753)."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.untrusted_text import clean_url

if TYPE_CHECKING:
    from collections.abc import Mapping

# Labels that PEP 753 lists, and others that projects use often.
_LABELS: Mapping[str, tuple[str, ...]] = {
    "homepage": ("homepage", "home", "website"),
    "documentation": ("documentation", "docs", "doc"),
    "source": ("source", "repository", "sourcecode", "github", "gitlab", "code", "src", "repo"),
    "issues": ("issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker", "bugreports", "bug"),
}
_IGNORED = str.maketrans("", "", string.punctuation + string.whitespace)
_FORGE = re.compile(r"https://(?:github|gitlab)\.com/[\w.-]+/[\w.-]+(?:/|\.git)?")


@dataclass(frozen=True, slots=True)
class ProjectLinks:
    """The links of a project; ``None`` if the project has no such link."""

    homepage: str | None = None
    documentation: str | None = None
    source: str | None = None
    issues: str | None = None


def find_links(urls: Mapping[str, str], home_page: str | None = None) -> ProjectLinks:
    """Return a project's links; ``home_page`` is the older field ``Home-page``.

    A home page that is a repository is also the link to the source.
    """
    labelled: dict[str, str] = {}
    for label, text in urls.items():
        url = clean_url(text)
        if url is not None:
            labelled.setdefault(label.translate(_IGNORED).lower(), url)
    found = {
        field: next((labelled[label] for label in labels if label in labelled), None)
        for field, labels in _LABELS.items()
    }
    homepage = found["homepage"] or clean_url(home_page or "")
    source = found["source"] or (homepage if homepage and _FORGE.fullmatch(homepage) else None)
    return ProjectLinks(homepage, found["documentation"], source, found["issues"])
