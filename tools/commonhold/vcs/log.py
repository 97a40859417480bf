"""What was done in some folders since a commit, by whom; and which tags there are."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import git

    from commonhold.vcs.repository import Repository

# A field begins after a NUL, which no path, name or subject can hold, and two of them begin a commit.
_FORMAT = "%x00%H%x00%aN%x00%s%x00%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x0A)"

_PERSON = re.compile(r"[^<>\n]*<[^<>\n]*>")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its subject as it was written, its authors' names (through .mailmap), the paths it changed.

    All but ``oid`` is a stranger's text.
    """

    oid: str
    subject: str
    authors: tuple[str, ...]
    paths: tuple[str, ...]


@contextlib.contextmanager
def gitpython(repository: Repository, environment: Mapping[str, str] | None = None) -> Iterator[git.Repo]:
    """GitPython's view of a repository, in the environment in which git answers alike for everybody, or another.

    What git refuses there is a ``GitError``. GitPython's import costs more than a selection, so it comes late.
    """
    import git

    variables = {**(repository.git.environment if environment is None else environment), "GIT_DIR": repository.folder}
    try:
        with git.Repo(repository.root) as repo, repo.git.custom_environment(**variables):
            yield repo
    except git.GitCommandError as error:
        said = str(error.stderr or error.stdout).strip().removeprefix("stderr:").strip(" '\n")
        raise GitError(f"git failed: {said or error}", hint="Run `git status` and `git fetch` there.") from error


def commits_since(repository: Repository, since: str | None, until: str, folders: Sequence[str]) -> tuple[Commit, ...]:
    """The commits that ``until`` has and ``since`` has not and that changed something in the folders, newest first.

    Merges are left out: what they bring is told by the commits themselves. ``since`` and ``until`` are object ids.
    """
    if not folders:
        return ()
    span = until if since is None else f"{since}..{until}"
    options = ("-z", "--no-merges", "--no-renames", "--name-only", "--no-color", "--no-show-signature")
    with gitpython(repository) as repo, repo.git.custom_environment(GIT_LITERAL_PATHSPECS="1"):
        data: bytes = repo.git.log(
            *options,
            "--encoding=UTF-8",
            f"--format={_FORMAT}",
            span,
            "--",
            *folders,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
        )
    read = tuple(_read(data))
    names = _names(repository, {person for _, others in read for person in others})
    return tuple(
        replace(commit, authors=tuple(dict.fromkeys(filter(None, (*commit.authors, *map(names.__getitem__, others))))))
        for commit, others in read
    )


def tags(repository: Repository) -> dict[str, str]:
    """Every tag with the commit that it names; tags of anything else are left out."""
    form = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    found = {}
    for line in os.fsdecode(repository.git.ask("for-each-ref", form, "refs/tags/")).splitlines():
        name, kind, oid, peeled_kind, peeled = line.split("\0")
        if "commit" in (kind, peeled_kind):
            found[name] = oid if kind == "commit" else peeled
    return found


def _read(data: bytes) -> Iterator[tuple[Commit, list[str]]]:
    """The commits, each with its author, and those who are named beside that as they are written."""
    fields = iter(os.fsdecode(data).split("\0")[:-1])
    next(fields, None)  # the empty field that begins the first commit; the others end the paths before them
    while (oid := next(fields, None)) is not None:
        author, subject, others = next(fields), next(fields), next(fields)
        paths = []
        for path in fields:
            if not path:
                break
            paths.append(path)
        if paths:
            paths[0] = paths[0].removeprefix("\n")
        yield Commit(oid, subject, (author,), tuple(paths)), others.split("\n")


def _names(repository: Repository, people: Iterable[str]) -> dict[str, str]:
    """The names of people written as ``Name <address>``, through .mailmap as those of authors are."""
    written = {person: person for person in people}
    known = [person for person in written if _PERSON.fullmatch(person)]
    asked = repository.git.ask("check-mailmap", "--stdin", stdin=os.fsencode("".join(f"{each}\n" for each in known)))
    written |= zip(known, os.fsdecode(asked).split("\n"), strict=False)
    return {person: mapped.partition("<")[0].strip() for person, mapped in written.items()}
