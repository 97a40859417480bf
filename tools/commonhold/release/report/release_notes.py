"""Release notes as Markdown. Subjects, names and what tools said are strangers' text: they are shown, never obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import and_more, code, count, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.report.plugin_changes import PluginChanges
    from commonhold.vcs.log import Commit

MOST_COMMITS = 50
"""As many commits of a plugin are listed; of a first release there may be thousands."""

MOST_WORDS = 400
"""As many characters of what a tool or a person said are shown."""

MOST_AUTHORS = 10
"""As many authors of one commit are named; all of them are thanked."""


def plugin_notes(told: PluginChanges, *, level: int = 1) -> str:
    """The notes of one plugin; ``level`` is that of its heading."""
    return "\n".join(_plugin_lines(told, "#" * level)) + "\n"


def release_notes(plan: ReleasePlan, told: Sequence[PluginChanges], *, shallow: bool = False) -> str:
    """The notes of the whole release: what is out, changed and unchanged, and what is held back and why.

    ``shallow`` says that the clone does not have all commits.
    """
    return "\n".join(_release_lines(plan, told, shallow=shallow)) + "\n"


def _release_lines(plan: ReleasePlan, told: Sequence[PluginChanges], *, shallow: bool) -> Iterator[str]:
    out = [one for one in told if one.standing.is_uploaded]
    yield f"# {markdown(plan.version)}"
    yield ""
    yield f"{count(len(out), 'plugin')} of {len(told)}, from commit {code(plan.commit[:12])}."
    if shallow:
        yield ""
        yield "The clone that these notes were made in is shallow: commits may be missing here."
    changed = [one for one in out if one.commits]
    for one in changed:
        yield ""
        yield from _plugin_lines(one, "##")
    yield from _unchanged([one for one in out if not one.commits])
    yield from _held([one for one in told if not one.standing.is_uploaded])
    yield from _thanks(out)


def _plugin_lines(told: PluginChanges, heading: str) -> Iterator[str]:
    plugin = told.standing.plugin
    yield f"{heading} {markdown(plugin.name)} {markdown(plugin.version)}"
    yield ""
    if told.standing.is_uploaded:
        yield f"The first release with notes{_by(told)}." if told.since is None else _since(told)
    else:
        yield f"Not in this release: {_why_not(told)}"
    if told.commits:
        yield ""
        yield from map(_commit_line, told.commits[:MOST_COMMITS])
        if len(told.commits) > MOST_COMMITS:
            yield f"- and {len(told.commits) - MOST_COMMITS} commits before these"


def _why_not(told: PluginChanges) -> str:
    return _said(told.standing.why or "it is not on the index yet")


def _since(told: PluginChanges) -> str:
    what = f"Since {code(told.since or '')}" if told.commits else f"Unchanged since {code(told.since or '')}"
    return f"{what}{_by(told)}."


def _by(told: PluginChanges) -> str:
    return f"; maintained by {_people(told.maintainers)}" if told.maintainers else ""


def _commit_line(commit: Commit) -> str:
    # The commit comes first, so that no subject can begin a list, a heading or a rule of its own.
    authors = _people(commit.authors[:MOST_AUTHORS]) + and_more(len(commit.authors), MOST_AUTHORS)
    return f"- {code(commit.oid[:10])} {_said(commit.subject)} ({authors or 'nobody'})"


def _unchanged(told: Sequence[PluginChanges]) -> Iterator[str]:
    if told:
        yield ""
        yield "## Unchanged"
        yield ""
        yield from (f"- {markdown(one.standing.plugin.name)} {markdown(one.standing.plugin.version)}" for one in told)


def _held(told: Sequence[PluginChanges]) -> Iterator[str]:
    if told:
        yield ""
        yield "## Not in this release"
        yield ""
        for one in told:
            standing = one.standing
            because = f" (it needs {markdown(standing.because)})" if standing.because else ""
            yield f"- {markdown(standing.plugin.name)}: {_why_not(one)}{because}"


def _thanks(told: Sequence[PluginChanges]) -> Iterator[str]:
    people = {author for one in told for author in one.authors if not author.endswith("[bot]")}
    authors = sorted(people, key=lambda name: (name.casefold(), name))
    keepers = sorted({name for one in told for name in one.maintainers}, key=lambda name: (name.casefold(), name))
    if authors or keepers:
        yield ""
        yield "## Thanks"
        yield ""
    if authors:
        yield f"Written by {_people(authors)}."
    if keepers:
        yield f"Maintained by {_people(keepers)}."


def _people(names: Sequence[str]) -> str:
    return ", ".join(map(_said, names))


def _said(text: str) -> str:
    """A stranger's text on one line, as it is, and not longer than is worth reading."""
    line = " ".join(text.split())
    return markdown(line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS]}…")
