"""Write release notes as Markdown.

Commit subjects, names and messages of tools are untrusted, so the notes escape them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import and_more, code, count, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.report.plugin_changes import PluginChanges
    from commonhold.vcs.log import Commit

MAX_COMMITS = 50
"""Maximum number of commits to list for a plugin: its first release may have thousands."""

MAX_CHARACTERS = 400
"""Maximum length of a commit subject, a name or a tool's message."""

MAX_AUTHORS = 10
"""Maximum number of authors to show for a commit; the section of thanks lists every author."""


def plugin_notes(changes: PluginChanges, *, level: int = 1) -> str:
    """Return the notes of a plugin, with a heading of the given level."""
    return "\n".join(_plugin_lines(changes, "#" * level)) + "\n"


def release_notes(plan: ReleasePlan, changes: Sequence[PluginChanges], *, shallow: bool = False) -> str:
    """Return the notes of the whole release: changed, unchanged and missing plugins, and thanks.

    ``shallow`` means that the clone does not have all commits.
    """
    return "\n".join(_release_lines(plan, changes, shallow=shallow)) + "\n"


def _release_lines(plan: ReleasePlan, changes: Sequence[PluginChanges], *, shallow: bool) -> Iterator[str]:
    uploaded = [each for each in changes if each.state.is_uploaded]
    yield f"# {markdown(plan.version)}"
    yield ""
    yield f"{count(len(uploaded), 'plugin')} of {len(changes)}, from commit {code(plan.commit[:12])}."
    if shallow:
        yield ""
        yield "These notes were made in a shallow clone, so commits may be missing."
    changed = [each for each in uploaded if each.commits]
    for each in changed:
        yield ""
        yield from _plugin_lines(each, "##")
    yield from _unchanged([each for each in uploaded if not each.commits])
    yield from _missing([each for each in changes if not each.state.is_uploaded])
    yield from _thanks(uploaded)


def _plugin_lines(changes: PluginChanges, heading: str) -> Iterator[str]:
    plugin = changes.state.plugin
    yield f"{heading} {markdown(plugin.name)} {markdown(plugin.version)}"
    yield ""
    if changes.state.is_uploaded:
        yield f"First release with notes{_by(changes)}." if changes.since is None else _since(changes)
    else:
        yield f"Not in this release: {_why_not(changes)}"
    if changes.commits:
        yield ""
        yield from map(_commit_line, changes.commits[:MAX_COMMITS])
        if len(changes.commits) > MAX_COMMITS:
            yield f"- and {len(changes.commits) - MAX_COMMITS} earlier commits"


def _why_not(changes: PluginChanges) -> str:
    return _escape(changes.state.why or "it is not on the index yet")


def _since(changes: PluginChanges) -> str:
    what = f"Since {code(changes.since or '')}" if changes.commits else f"Unchanged since {code(changes.since or '')}"
    return f"{what}{_by(changes)}."


def _by(changes: PluginChanges) -> str:
    return f"; maintained by {_people(changes.maintainers)}" if changes.maintainers else ""


def _commit_line(commit: Commit) -> str:
    # The line begins with the commit, so that a subject cannot start a list, a heading or a rule.
    authors = _people(commit.authors[:MAX_AUTHORS]) + and_more(len(commit.authors), MAX_AUTHORS)
    return f"- {code(commit.oid[:10])} {_escape(commit.subject)} ({authors or 'unknown author'})"


def _unchanged(changes: Sequence[PluginChanges]) -> Iterator[str]:
    if changes:
        yield ""
        yield "## Unchanged"
        yield ""
        yield from (f"- {markdown(each.state.plugin.name)} {markdown(each.state.plugin.version)}" for each in changes)


def _missing(changes: Sequence[PluginChanges]) -> Iterator[str]:
    if changes:
        yield ""
        yield "## Not in this release"
        yield ""
        for each in changes:
            state = each.state
            because = f" (it needs {markdown(state.because)})" if state.because else ""
            yield f"- {markdown(state.name)}: {_why_not(each)}{because}"


def _thanks(changes: Sequence[PluginChanges]) -> Iterator[str]:
    # GitHub's bot accounts end in "[bot]".
    people = {author for each in changes for author in each.authors if not author.endswith("[bot]")}
    authors = sorted(people, key=lambda name: (name.casefold(), name))
    maintainers = sorted(
        {name for each in changes for name in each.maintainers}, key=lambda name: (name.casefold(), name)
    )
    if authors or maintainers:
        yield ""
        yield "## Thanks"
        yield ""
    if authors:
        yield f"Written by {_people(authors)}."
    if maintainers:
        yield f"Maintained by {_people(maintainers)}."


def _people(names: Sequence[str]) -> str:
    return ", ".join(map(_escape, names))


def _escape(text: str) -> str:
    """Escape and truncate untrusted text, and put it on one line."""
    line = " ".join(text.split())
    return markdown(line if len(line) <= MAX_CHARACTERS else f"{line[:MAX_CHARACTERS]}…")
