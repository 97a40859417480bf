"""Fetch a repository of another person into a scratch repository, without running anything that belongs to it.

A fetch checks out no files, so filters and attributes have no effect. The scratch repository has no configuration from
the source, hooks are disabled, only known protocols are allowed, and git checks the format of each object: it rejects
paths with ``..`` or ``.git``, and ``.gitmodules`` files with which submodules could run programs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.errors import GitError, UsageError
from commonhold.text import printable
from commonhold.vcs.git import Git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.effects.process import Runner

MOST_PACK_BYTES = 1 << 30
"""The size of the fetched pack above which a fetch fails."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "1m",  # larger files are hashed as a stream, not in memory
    "transfer.fsckObjects": "true",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_PROTOCOLS = "file:git:http:https:ssh"
_SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:[\w./~-]+", re.ASCII)
_SHALLOW = "it is a shallow clone, which does not have the whole history"
_UNSHALLOW = "Run `git fetch --unshallow` in the source, or pass the URL from which it was cloned."
_CREDENTIALS = re.compile(r"(?<=://)[^/@]+@")
_GITHUB = re.compile(r"(?:github\.com|gitlab\.com|codeberg\.org)[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """The address of a repository: a URL, or a folder on this machine (``is_folder``)."""

    text: str
    is_folder: bool

    @property
    def public(self) -> str:
        """The address without a password or token."""
        return _CREDENTIALS.sub("", self.text)

    @property
    def project(self) -> str | None:
        """The project's ``owner/name`` on a known host."""
        found = _GITHUB.search(self.public)
        return found[1] if found else None


def parse_source(text: str) -> SourceAddress:
    """Check the address of a repository.

    Raises ``UsageError`` for addresses with which git would run a program, and for texts that are not an address.
    """
    hint = "Pass an https, ssh, git or file URL, or the path of a folder."
    if not text or text.startswith("-") or not text.isprintable():
        raise UsageError(f"{printable(text)!r} is not the address of a repository", hint=hint)
    helper, colons, _ = text.partition("::")
    if colons and "/" not in helper:
        raise UsageError(f"{text} names a program that git would run", hint=hint)
    if os.path.isdir(text):
        return SourceAddress(os.path.abspath(text), is_folder=True)
    if text.startswith(_SCHEMES) or _SCP.fullmatch(text):
        return SourceAddress(text, is_folder=False)
    raise UsageError(f"{text} is neither a folder nor a URL that commonhold fetches", hint=hint)


class ScratchClone:
    """A bare repository in a scratch folder: branches and tags of a source, with no configuration of the source."""

    def __init__(self, folder: str, runner: Runner, environ: Mapping[str, str], object_format: str = "sha1") -> None:
        os.makedirs(folder, exist_ok=True)
        self.git = Git(folder, runner, environ)
        self.folder = folder
        self._environ = environ
        self.git.output("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")

    def fetch(self, source: SourceAddress, *refspecs: str, history: bool = True) -> None:
        """Fetch references, with or without the commits before them.

        Raises ``GitError`` if the source cannot be fetched or contains a malformed object.
        """
        options = (word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}"))
        flags = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
        depth = () if history else ("--depth=1",)
        words = ("fetch", *flags, *depth, "--end-of-options", source.text, *refspecs)
        argv = ("git", "-C", self.folder, *options, *words)
        finished = self.git.runner.start(Command(argv, self._env(source), most_output=MOST_PACK_BYTES)).wait()
        if finished.code:
            raise GitError(
                f"git cannot fetch {printable(source.public)}: {_explain(finished.error_text())}",
                hint=_hint(finished.stderr),
            )
        for target in (spec.partition(":")[2] for spec in refspecs if "*" not in spec):
            if self.git.attempt("rev-parse", "--verify", "--quiet", target).code:  # git only skips such references
                raise GitError(f"git cannot fetch {printable(source.public)}: {_SHALLOW}", hint=_UNSHALLOW)

    def _env(self, source: SourceAddress) -> dict[str, str]:
        """Return the environment of a fetch: only a fetch from a server uses the user's settings and credentials."""
        if source.is_folder or source.text.startswith("file:"):
            return {**self.git.environment, "GIT_ALLOW_PROTOCOL": "file"}
        kept = {key: value for key, value in self._environ.items() if not key.startswith("GIT_")}
        return {
            **kept,
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }


def _explain(text: str) -> str:
    return printable(text.replace("\n", "; ")) or "without a message (the repository may be larger than 1 GiB)"


def _hint(stderr: bytes) -> str:
    if b"fsck" in stderr or b"object of unexpected type" in stderr or b"error in" in stderr:
        return "The source contains a malformed object. Repair its history first, for example with git-filter-repo."
    if b"couldn't find remote ref HEAD" in stderr:
        return "The source has no commits, or its HEAD names a branch that does not exist."
    if b"shallow" in stderr:
        return _UNSHALLOW
    if b"unable to read" in stderr or b"repository corruption" in stderr:
        return "The source lacks objects. If it is a partial clone, pass the URL from which it was cloned."
    if b"dubious ownership" in stderr:
        return "The folder belongs to another user: pass the repository's URL, or a copy of the folder."
    return "Check the address, and that `git ls-remote` can read it."
