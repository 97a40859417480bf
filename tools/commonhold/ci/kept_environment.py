"""Keep the virtual environments of sessions, so that later runs on this machine can reuse them.

A reused environment must give the same result as a new one. So an environment is reused only if everything that
determines its packages is the same as before, and if its files have not changed since the installation. Then the
installer runs as usual, upgrades packages of which a new environment would get a newer version, and installs the
projects of the tree again. If anything else changes, the environment is created anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from commonhold.ci.environment_inputs import digest, install_inputs
from commonhold.effects.files import read_untrusted
from commonhold.effects.scratch import try_lock
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from commonhold.ci.session_plan import SessionPlan

MARK = ".commonhold-environment.json"
"""The file that marks an environment of this tool. A session locks this file while it uses the environment."""

MOST_BYTES = 4 << 20

_SCHEMA = 1
_DELETED = ".commonhold-deleted-"
_UNFINISHED = "its last installation failed or was interrupted"
_UNKNOWN = "it is not known how it was installed"
# uv locks this file while it installs. Compiled modules are written by the first import.
_VOLATILE = frozenset({MARK, ".lock"})
_COMPILED = "__pycache__"
_DEPENDENCY_FIELDS = ("Requires-Dist:", "Provides-Extra:")


@dataclass(frozen=True, slots=True)
class InstalledFiles:
    """The state of an environment after an installation: a digest of its files, and its distributions.

    ``problem`` is the reason why the environment cannot be reused.
    """

    files: str
    distributions: list[str]
    problem: str | None = None


class KeptEnvironment:
    """The environment of a running session, which is locked until the session ends.

    ``create`` replaces the environment in ``folder`` by a new one. ``is_new`` is true if it has just been created.
    ``programs`` describes the programs that create and fill it. ``paths`` are the paths in the session's copy.
    """

    def __init__(
        self,
        folder: str,
        create: Callable[[], None],
        programs: Mapping[str, str],
        paths: Iterable[str],
        *,
        is_new: bool,
    ) -> None:
        self._folder = folder
        self._create = create
        self._programs = programs
        self._paths = paths
        self._is_new = is_new
        self._handle = -1

    def __enter__(self) -> Self:
        self._claim()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)

    def install(
        self,
        plan: SessionPlan,
        variables: Mapping[str, str],
        run: Callable[[bool], int | None],
        write_line: Callable[[str], None],
    ) -> int | None:
        """Install packages with ``run`` and return its exit code; create the environment anew if it cannot be reused.

        ``run`` is called with a flag that is true if installed packages must be upgraded. ``variables`` are the
        session's environment variables.
        """
        inputs = {**self._programs, **install_inputs(plan, self._paths, variables)}
        reason, installed = self._read(inputs)
        if reason is None and not self._is_new:
            write_line("environment: reused")
            self._write({"problem": _UNFINISHED})
            code = run(True)
            if code != 0:
                return code
            found = look_at(self._folder, plan.root)
            reason = found.problem or _difference(installed, found.distributions)
            if reason is None:
                self._keep(inputs, found)
                return code
        if self._is_new:
            write_line("environment: new")
        else:
            write_line(f"environment: new, because {reason}")
            self._replace()
        self._write({"problem": _UNFINISHED})
        code = run(False)
        if code == 0:
            self._keep(inputs, look_at(self._folder, plan.root))
        return code

    def _read(self, inputs: Mapping[str, str]) -> tuple[str | None, list[str]]:
        """Return the reason why the environment cannot be reused, and the distributions installed in it."""
        try:
            kept = json.loads(read_untrusted(self._mark, MOST_BYTES))
            if kept["schema"] != _SCHEMA or kept["problem"] is not None:
                return str(kept["problem"] or _UNKNOWN), []
            for name, value in inputs.items():
                if kept["inputs"].get(name) != value:
                    return f"the {name} changed", []
            if kept["files"] != look_at(self._folder, "").files:
                return "its files changed after the installation", []
            return None, list(kept["distributions"])
        except (OSError, ToolError, ValueError, LookupError, TypeError, AttributeError):
            return _UNKNOWN, []

    def _keep(self, inputs: Mapping[str, str], found: InstalledFiles) -> None:
        self._write({**asdict(found), "inputs": dict(inputs)})

    def _write(self, content: Mapping[str, object]) -> None:
        # The file is locked, so it must not be replaced. An interrupted write leaves text that is not JSON.
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, json.dumps({"schema": _SCHEMA, **content}).encode("ascii"))

    def _replace(self) -> None:
        self._create()
        outdated = self._handle
        self._claim()
        os.close(outdated)

    @property
    def _mark(self) -> str:
        return os.path.join(self._folder, MARK)

    def _claim(self) -> None:
        """Lock the mark: wait until no other session uses the environment; recreate the folder if it was deleted."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        while True:
            if not os.path.isdir(self._folder):
                self._create()
                self._is_new = True
            handle = os.open(self._mark, flags, 0o600)
            try_lock(handle, wait=True)
            with contextlib.suppress(FileNotFoundError):  # the other session has created it anew, or it was deleted
                if os.path.samestat(os.fstat(handle), os.stat(self._mark)):
                    break
            os.close(handle)
        self._handle = handle
        os.utime(self._mark)


def _difference(before: list[str], after: list[str]) -> str | None:
    """Describe the packages that an installation changed, except the projects of the tree."""
    changed = sorted(set(before) ^ set(after))
    return f"its packages changed: {changed[0].partition(' ')[0]}" if changed else None


def look_at(folder: str, root: str) -> InstalledFiles:
    """Read the state of an environment; ``root`` is the copy of the repository from which it was installed."""
    lines: list[str] = []
    distributions: list[str] = []
    problem = None
    for place, folders, files in os.walk(folder):
        inner = os.path.relpath(place, folder)
        if _COMPILED in folders:
            folders.remove(_COMPILED)
            # Python can import this folder, although the module has been uninstalled.
            problem = problem if folders or files else f"{inner} was left behind"
        lines.append(f"{inner}/")
        # A link to a folder is listed as a folder, and is not followed.
        for name in (*files, *(name for name in folders if os.path.islink(os.path.join(place, name)))):
            if name not in _VOLATILE or place != folder:
                status = os.lstat(os.path.join(place, name))
                lines.append(f"{inner}/{name} {status.st_mode} {status.st_size} {status.st_mtime_ns}")
        if place.endswith(".dist-info"):
            described, is_lasting = _describe(place, root)
            distributions.append(described)
            problem = problem if is_lasting else f"{described.partition(' ')[0]} does not come from an index"
    return InstalledFiles(digest(sorted(lines)), sorted(distributions), problem)


def _describe(info: str, root: str) -> tuple[str, bool]:
    """Describe an installed distribution; also return whether it comes from an index or from the session's copy.

    The version of a project in the tree can depend on the commit, so its dependencies are described instead.
    """
    name = os.path.basename(info).removesuffix(".dist-info")
    origin = os.path.join(info, "direct_url.json")
    if not os.path.lexists(origin):
        return name, True
    try:
        with open(origin, encoding="utf-8") as file:
            url = urlsplit(json.load(file)["url"])
        with open(os.path.join(info, "METADATA"), encoding="utf-8", errors="surrogateescape") as file:
            fields = sorted(line for line in _header(file) if line.startswith(_DEPENDENCY_FIELDS))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return name.partition("-")[0], False
    path = os.path.realpath(unquote(url.path))
    inside = bool(root) and path.startswith(os.path.realpath(root) + os.sep)
    return f"{name.partition('-')[0]} {digest(fields)}", url.scheme == "file" and inside


def _header(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            return
        yield line


def remove_least_recently_used(folder: str, most: int) -> None:
    """Delete the least recently used environments in ``folder`` that this tool made, until ``most`` are left.

    Environments that sessions use are not deleted.
    """
    found: list[tuple[int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_DELETED):  # by a process that was killed
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    found.append((os.lstat(os.path.join(entry.path, MARK)).st_mtime_ns, entry.path))
    excess = len(found) - most
    for _, path in sorted(found):
        if excess > 0 and _remove_unused(path):
            excess -= 1


def _remove_unused(folder: str) -> bool:
    """Delete an environment, unless a session uses it; return whether it was deleted."""
    try:
        handle = os.open(os.path.join(folder, MARK), os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        if not try_lock(handle, wait=False):
            return False
        parent, name = os.path.split(folder)
        deleted = os.path.join(parent, f"{_DELETED}{name}-{os.urandom(4).hex()}")
        os.rename(folder, deleted)  # a session that starts meanwhile finds no environment, rather than half of one
        shutil.rmtree(deleted, ignore_errors=True)
        return True
    finally:
        os.close(handle)
