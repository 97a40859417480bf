"""Check the whole history of a plugin before it is merged: files, links, submodules, secrets, licences, and texts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError, UsageError
from commonhold.scaffold.transfer.licence_history import licence_changes
from commonhold.scaffold.transfer.messages import CONTROL_CHARACTERS
from commonhold.scaffold.transfer.secret_patterns import find_secret, is_secret_name
from commonhold.text import count, printable
from commonhold.tree import SUBMODULE, SYMLINK
from commonhold.vcs.history_files import blob_sizes, commit_texts, file_versions, tag_texts
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commonhold.vcs.git import Git
    from commonhold.vcs.history_files import FileVersion

MOST_BYTES = 1 << 20
_MOST_TOTAL = 1 << 30
_BATCH = 64 << 20
_MOST_SHOWN = 20
_LFS = b"version https://git-lfs.github.com/spec/"
_ATTRIBUTES = re.compile(
    rb"^[^\S\n]*[^#\s]\S*[^\S\n].*\b(filter|export-subst|export-ignore|merge|diff|ident)\b", re.MULTILINE
)

CODES = {
    "large-file": "A file in the history is larger than 1 MiB.",
    "secret": "A file looks as if it contains a secret, such as a private key or a token.",
    "submodule": "The history contains a submodule.",
    "lfs-pointer": "A file's content is in Git LFS, not in git.",
    "licence-change": "The licence of the plugin changed.",
    "outside-link": "A symbolic link leads out of the plugin's folder.",
    "attributes": "A .gitattributes file lets git convert files or leave them out of archives.",
    "control-characters": "A name or message contains characters that control a terminal or reorder text.",
}
"""The codes of findings, with their meanings."""


@dataclass(frozen=True, slots=True)
class HistoryFinding:
    """A reason not to merge a history. ``subject`` is a path, or a commit for a finding about a message.

    ``allowable`` is false if the plugin could not work after the import, or would be unsafe.
    """

    code: str
    subject: str
    text: str
    allowable: bool = True

    def __str__(self) -> str:
        return f"{self.code}: {printable(self.text)}"


class RefusedHistoryError(CommonholdError):
    """The history of the plugin has findings: correct the source, or allow the findings that are harmless."""

    exit_code = 1

    def __init__(self, findings: tuple[HistoryFinding, ...]) -> None:
        lines = "\n".join(f"  {each}" for each in findings[:_MOST_SHOWN])
        more = f"\n  and {len(findings) - _MOST_SHOWN} more" if len(findings) > _MOST_SHOWN else ""
        codes = sorted({each.code for each in findings if each.allowable})
        allow = " ".join(f"--allow {code}" for code in codes)
        hint = "Remove the files from the source's history, for example with git-filter-repo."
        if allow:
            hint += f" If they are harmless, add {allow} (or --allow CODE:PATH for one file)."
        super().__init__(f"nothing was imported, because of the history of the source:\n{lines}{more}", hint=hint)
        self.findings = findings


class _History:
    """The versions of the files of a plugin, and the paths in the commit that is imported."""

    def __init__(self, git: Git, tip: str, folder: str) -> None:
        self.git = git
        self.tip = tip
        self.folder = folder
        self.versions = tuple(file_versions(git, folder))
        self.sizes = blob_sizes(git, {each.oid for each in self.versions if each.mode != SUBMODULE})
        listing = git.output("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tip).split(b"\0")[:-1]
        self.current = {line.split(b"\t", 1)[0].split(b" ")[2].decode("ascii") for line in listing}

    def is_current(self, version: FileVersion) -> bool:
        """Return whether the imported commit contains this content."""
        return version.oid in self.current


def check_history(git: Git, tip: str, folder: str = "") -> tuple[HistoryFinding, ...]:
    """Return the findings in the history of ``folder``, each path and kind once."""
    history = _History(git, tip, folder)
    found: dict[tuple[str, str], HistoryFinding] = {}
    for finding in (*_by_entry(history), *_by_content(history), *_texts(git, folder)):
        known = found.get((finding.code, finding.subject))
        if known is None or (known.allowable and not finding.allowable):
            found[finding.code, finding.subject] = finding
    return tuple(found.values())


def check_codes(allowed: Sequence[str]) -> None:
    """Raise ``UsageError`` if ``CODE`` or ``CODE:PATH`` in ``allowed`` has an unknown code."""
    for each in allowed:
        code = each.partition(":")[0]
        if code not in CODES:
            raise UsageError(
                f"there is no finding {printable(code)}{closest(code, CODES)}", hint=f"Codes: {', '.join(CODES)}."
            )


def not_allowed(findings: Iterable[HistoryFinding], allowed: Sequence[str]) -> tuple[HistoryFinding, ...]:
    """Return the findings that ``CODE`` and ``CODE:PATH`` in ``allowed`` do not allow."""
    return tuple(
        each for each in findings if not each.allowable or not {each.code, f"{each.code}:{each.subject}"} & {*allowed}
    )


def _by_entry(history: _History) -> Iterator[HistoryFinding]:
    for each in history.versions:
        path, commit = each.path, each.commit[:12]
        if not path.isprintable() or "\\" in path:
            yield HistoryFinding("control-characters", path, f"the name of {path} ({commit})", allowable=False)
        if each.mode == SUBMODULE:
            text = f"{path} is a submodule ({commit})"
            yield HistoryFinding("submodule", path, text, allowable=not history.is_current(each))
        elif (size := history.sizes.get(each.oid, 0)) > MOST_BYTES:
            text = f"{path} has {size / MOST_BYTES:,.1f} MiB ({commit})"
            yield HistoryFinding("large-file", path, text)
        elif is_secret_name(path):
            yield HistoryFinding("secret", path, f"{path} has the name of a file with secrets ({commit})")


def _by_content(history: _History) -> Iterator[HistoryFinding]:
    small = {each.oid: each for each in history.versions if 0 < history.sizes.get(each.oid, 0) <= MOST_BYTES}
    total = sum(history.sizes[oid] for oid in small)
    if total > _MOST_TOTAL:
        text = f"the history has {total / MOST_BYTES:,.0f} MiB of text, which is too much to check"
        yield HistoryFinding("large-file", "", text, allowable=False)
        return
    licences: list[tuple[FileVersion, bytes]] = []
    for oid, data in _contents(history.git, small, history.sizes):
        each = small[oid]
        yield from _check_content(history, each, data)
        if _is_licence(each.path, history.folder):
            licences.append((each, data))
    order = {each.oid: at for at, each in enumerate(history.versions)}
    licences.sort(key=lambda pair: -order[pair[0].oid])
    for version, text in licence_changes(licences):
        yield HistoryFinding("licence-change", version.path, f"{version.path}: {text} ({version.commit[:12]})")


def _check_content(history: _History, each: FileVersion, data: bytes) -> Iterator[HistoryFinding]:
    path, commit, current = each.path, each.commit[:12], history.is_current(each)
    if each.mode == SYMLINK:
        if _leaves(path, data.decode("utf-8", "surrogateescape"), history.folder):
            text = f"{path} is a link to {data.decode('utf-8', 'backslashreplace')} ({commit})"
            yield HistoryFinding("outside-link", path, text, allowable=not current)
        return
    if data.startswith(_LFS):
        text = f"{path} is a pointer to Git LFS ({commit})"
        yield HistoryFinding("lfs-pointer", path, text, allowable=not current)
    elif path.endswith(".gitattributes") and current and (match := _ATTRIBUTES.search(data)):
        text = f"{path} sets the attribute {match[1].decode('ascii')}"
        yield HistoryFinding("attributes", path, text)
    elif (kind := find_secret(data)) is not None:
        yield HistoryFinding("secret", path, f"{path} contains {kind} ({commit})")


def _contents(git: Git, small: Iterable[str], sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the contents of blobs, reading a limited number of bytes at a time."""
    from commonhold.vcs.blobs import read_blobs

    batch: list[str] = []
    size = 0
    for oid in (*small, ""):
        if batch and (not oid or size + sizes[oid] > _BATCH):
            yield from read_blobs(git, {each: each for each in batch})().items()
            batch, size = [], 0
        if oid:
            batch.append(oid)
            size += sizes[oid]


def _leaves(path: str, target: str, folder: str) -> bool:
    if target.startswith("/") or ":" in target or "\\" in target:
        return True
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return place.startswith("../") or place == ".." or bool(folder and not f"{place}/".startswith(f"{folder}/"))


def _is_licence(path: str, folder: str) -> bool:
    name = path[len(folder) :].strip("/").lower()
    return "/" not in name and name.startswith(("license", "licence", "copying"))


def _texts(git: Git, folder: str) -> Iterator[HistoryFinding]:
    """Yield findings for control characters in messages and names, which a terminal would obey."""
    bad = [
        c
        for c in commit_texts(git, folder=folder)
        if any(map(CONTROL_CHARACTERS.search, (c.author, c.committer, c.message)))
    ]
    if bad:
        text = f"{count(len(bad), 'commit')} with such characters in the message or a name, first {bad[0].commit[:12]}"
        yield HistoryFinding("control-characters", "messages", text)
    for name in tag_texts(git):
        if not name.isprintable():
            yield HistoryFinding("control-characters", name, f"the name of the tag {name}", allowable=False)
    tags = sorted(name for name, message in tag_texts(git).items() if CONTROL_CHARACTERS.search(message))
    if tags:
        yield HistoryFinding("control-characters", "tags", f"{count(len(tags), 'tag')} with such characters: {tags[0]}")
