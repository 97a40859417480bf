"""Read the history of a repository, mostly with GitPython: commits with their authors and paths."""

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

# Each field follows a NUL, which no path, name or subject can contain. Two NULs start a commit.
_FORMAT = "%x00%H%x00%aN%x00%s%x00%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x0A)"

_PERSON = re.compile(r"[^<>\n]*<[^<>\n]*>")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its subject, its authors' names (mapped by ``.mailmap``), and the paths that it changed.

    All fields except ``oid`` contain third-party text: escape it before printing.
    """

    oid: str
    subject: str
    authors: tuple[str, ...]
    paths: tuple[str, ...]


@contextlib.contextmanager
def gitpython(repository: Repository, environment: Mapping[str, str] | None = None) -> Iterator[git.Repo]:
    """Open a repository with GitPython; no other function of the library does so.

    In the default ``environment``, the user's configuration cannot change git's output. GitPython errors become
    ``GitError``.
    """
    import git  # imported here, because this takes longer than a whole selection

    variables = {**(repository.git.environment if environment is None else environment), "GIT_DIR": repository.folder}
    try:
        with git.Repo(repository.root) as repo, repo.git.custom_environment(**variables):
            yield repo
    except git.GitCommandError as error:
        output = str(error.stderr or error.stdout).strip().removeprefix("stderr:").strip(" '\n")
        # Git's own hints are about settings of this library, such as the empty grafts file.
        lines = [line for line in output.splitlines() if not line.startswith("hint: ")]
        message = "\n".join(lines) or str(error)
        raise GitError(f"git failed: {message}", hint="Run `git fsck`, `git status` or `git fetch`.") from error
    except git.GitError as error:
        raise GitError(f"git cannot open {repository.root}: {error}", hint="Run `git status` there.") from error


def first_parents(repository: Repository, head: str, count: int) -> tuple[tuple[str, str | None], ...]:
    """Return the last ``count`` commits in the first-parent history of ``head``, newest first, each with its parent.

    The parent is ``None`` at the start of the history in this clone.
    """
    with gitpython(repository) as repo:
        log = repo.iter_commits(repository.resolve(head), first_parent=True, max_count=count + 1)
        commits = [commit.hexsha for commit in log]
    # On the first-parent line, the next commit is the first parent.
    return tuple(zip(commits, [*commits[1:], None], strict=True))[:count]


def changed_paths(repository: Repository, head: str, count: int) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the last ``count`` commits in the first-parent history of ``head``, each with its changed paths.

    A merge is compared with its first parent. A commit without a parent has no changed paths.
    """
    output = repository.git.output(
        "log", "-z", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--name-only", "--no-color",
        "--no-show-signature", f"--max-count={count}", "--format=%x00%H %P", "--end-of-options", head,
    )  # fmt: skip
    found: list[tuple[str, set[str]]] = []
    empty = has_parent = False
    for field in os.fsdecode(output).split("\0"):
        text = field.removeprefix("\n")
        if empty and re.fullmatch(r"[0-9a-f]{40,64} [0-9a-f ]*", text):
            oid, _, parents = text.partition(" ")
            has_parent = bool(parents)
            found.append((oid, set()))
        elif text and has_parent:
            found[-1][1].add(text)
        empty = not text
    return tuple((commit, frozenset(paths)) for commit, paths in found)


def commits_since(repository: Repository, since: str | None, until: str, folders: Sequence[str]) -> tuple[Commit, ...]:
    """Return the commits in ``until`` but not in ``since`` that changed files in the folders, newest first.

    ``since`` and ``until`` are object ids. Merge commits are left out, because the merged commits are listed.
    """
    if not folders:
        return ()
    revisions = until if since is None else f"{since}..{until}"
    options = ("-z", "--no-merges", "--no-renames", "--name-only", "--no-color", "--no-show-signature")
    with gitpython(repository) as repo, repo.git.custom_environment(GIT_LITERAL_PATHSPECS="1"):
        data: bytes = repo.git.log(
            *options,
            "--encoding=UTF-8",
            f"--format={_FORMAT}",
            revisions,
            "--",
            *folders,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
        )
    parsed = tuple(_parse(data))
    names = _mapped_names(repository, {person for _, others in parsed for person in others})
    return tuple(
        replace(commit, authors=tuple(dict.fromkeys(filter(None, (*commit.authors, *map(names.__getitem__, others))))))
        for commit, others in parsed
    )


@dataclass(frozen=True, slots=True)
class LastChange:
    """The commit that last changed a file, and its day."""

    oid: str
    day: str


def last_change(repository: Repository, path: str) -> LastChange | None:
    """Return the last change of a file in the history of the checked-out commit.

    The result is ``None`` if no commit contains the file, or if the history is not complete.
    """
    if repository.shallow:
        return None
    with gitpython(repository) as repo, repo.git.custom_environment(GIT_LITERAL_PATHSPECS="1"):
        output: str = repo.git.log("-1", "--no-color", "--no-show-signature", "--format=%H %cs", "HEAD", "--", path)
    oid, _, day = output.strip().partition(" ")
    return LastChange(oid, day) if day else None


def _parse(data: bytes) -> Iterator[tuple[Commit, list[str]]]:
    """Parse a log in ``_FORMAT``. The authors are the commit's author and its co-authors, as ``Name <address>``."""
    fields = iter(os.fsdecode(data).split("\0")[:-1])
    next(fields, None)  # an empty field precedes the first commit; before later commits, it ends the list of paths
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


def _mapped_names(repository: Repository, people: Iterable[str]) -> dict[str, str]:
    """Map ``Name <address>`` to a name through ``.mailmap``; git itself maps authors, but not trailers."""
    mapped = {person: person for person in people}
    known = [person for person in mapped if _PERSON.fullmatch(person)]  # check-mailmap stops at any other line
    output = repository.git.output(
        "check-mailmap", "--stdin", stdin=os.fsencode("".join(f"{each}\n" for each in known))
    )
    mapped |= zip(known, os.fsdecode(output).split("\n"), strict=False)
    return {person: text.partition("<")[0].strip() for person, text in mapped.items()}
