"""Read the documents that describe a community's process, with the version of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from commonhold.catalog.site.community import Policy
from commonhold.catalog.site.readme_html import render_text
from commonhold.vcs.log import last_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedRepository
    from commonhold.vcs import Repository

USUAL = ("GOVERNANCE.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md")
"""The documents at the root that describe a community's process. The Markdown files in ``governance`` follow."""

_FOLDER = "governance/"
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_MARKS = re.compile(r"[`*_]|\[|\]\([^)]*\)")


def read_policies(checked: CheckedRepository, repository: Repository, page: str | None) -> Iterator[Policy]:
    """Read the documents of a repository; ``page`` is the URL of its page."""
    config = checked.workspace.config
    folder = config.path(_FOLDER.rstrip("/"))
    more = sorted(path for path in checked.files.entries if path.startswith(f"{folder}/") and path.endswith(".md"))
    for path in (*map(config.path, USUAL), *more):
        text = checked.text(path)
        if text is None:
            continue
        change = last_change(repository, path)
        base = f"{page}/blob/{change.oid if change else 'HEAD'}/" if page else None
        parent = path.rpartition("/")[0]
        title = _TITLE.search(text)
        name = path.removesuffix(".md").rpartition("/")[2]
        heading = _MARKS.sub("", title[1]) if title else name.replace("_", " ").capitalize()
        yield Policy(
            slug=re.sub(r"[^a-z0-9]+", "-", path.removesuffix(".md").lower()).strip("-"),
            title=heading,
            path=path,
            html=render_text(
                text, "text/markdown", base and f"{base}{quote(parent)}", top=2, skip_titles=(heading.lower(),)
            ),
            commit=change.oid if change else None,
            day=change.day if change else None,
            url=f"{base}{quote(path)}" if base else None,
        )
