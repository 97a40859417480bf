"""Run git so that neither the environment nor any configuration can change the result or start a program.

Git always reads the repository's own configuration, which may come from an untrusted source: an archive, a CI cache, or
a plugin's tests. Options therefore override the settings that name programs. The names of filters are not known in
advance, so ``vcs.filters`` looks for them. Remotes have too many settings that name programs. So the commands of this
module never contact a remote, and ``vcs.partial_clone`` fetches without the repository's configuration.
"""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING
from commonhold.effects.process import Command
from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.effects.process import Finished, Runner, Running

# Git still reads the repository's own configuration, and users may set these options there too.
_SETTINGS = {
    "core.fsmonitor": "false",  # can name a program, and a read must not run one
    "core.hooksPath": os.devnull,
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "diff.autoRefreshIndex": "false",  # reads file contents, which a partial clone would fetch one by one
    "fetch.negotiationAlgorithm": "noop",  # objects are fetched by name, so there is nothing to negotiate
}
_OPTIONS = ("--literal-pathspecs", *(word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")))

_WITHOUT_NETWORK = {
    "GIT_NO_LAZY_FETCH": "1",  # since git 2.45
    "GIT_ALLOW_PROTOCOL": "none",  # for older versions: the fetch starts but fails before it runs a program
}

# Variables that redirect git to another repository (most of `git rev-parse --local-env-vars`).
_MISLEADING = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
        *("GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_CEILING_DIRECTORIES"),
    }
)
_REDIRECTING = ("GIT_DIR", "GIT_WORK_TREE")
# An editor would wait forever for input, unseen by the user. A git command that needs an editor fails instead.
_COMMON = {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "false", "GIT_SEQUENCE_EDITOR": "false", "LC_ALL": "C"}

# Defaults without a terminal: no window asks for a password. A program in the user's own GIT_ASKPASS can give one.
_UNATTENDED = {"GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}


class Git:
    """A runner of git commands in one folder.

    Each call runs a process; start independent processes before waiting for the first.
    """

    def __init__(self, folder: str, runner: Runner, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.runner = runner
        self._settings: list[tuple[str, str]] = []
        self._env = _neutral(environ)
        self._user_env = _of_user(environ)
        self._prefetched: dict[tuple[tuple[str, ...], bytes], Running] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which git's output does not depend on the user."""
        return dict(self._env)

    @property
    def user_environment(self) -> dict[str, str]:
        """The user's environment: git uses the user's credentials and runs the user's hooks."""
        return dict(self._user_env)

    def start(self, *args: str, stdin: bytes = b"", most_output: int | None = None) -> Running:
        """Start a command without waiting for its end; it fails if its output exceeds ``most_output`` bytes."""
        return self._prefetched.pop((args, stdin), None) or self._start(args, self._env, stdin, most_output)

    def prefetch(self, running: Running, *args: str, stdin: bytes = b"") -> None:
        """Keep a command that was started early: the next start of an identical command returns it.

        The command's output must not depend on the folder, because ``folder`` may change in the meantime.
        """
        self._prefetched[args, stdin] = running

    def output(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run a command and return its output; raise ``GitError`` if it fails."""
        return checked_output(self.start(*args, stdin=stdin).wait())

    def attempt(self, *args: str) -> Finished:
        """Run a command whose exit code is part of the result."""
        return self.start(*args).wait()

    def run_with(self, env: Mapping[str, str], *args: str) -> Finished:
        """Run a command with another environment; its exit code is part of the result."""
        return self._start(args, env, b"").wait()

    def clone(self, source: str, folder: str) -> Finished:
        """Clone a repository on this machine without its files, and share its objects."""
        args = ("clone", "--quiet", "--shared", "--no-checkout", "--end-of-options", source, folder)
        return self._start(args, self._env | {"GIT_ALLOW_PROTOCOL": "file"}, b"").wait()

    def override(self, settings: Mapping[str, str]) -> None:
        """Override settings of the repository's configuration for all later commands."""
        self._settings += settings.items()
        self._env |= environment_settings(self._settings)

    def remote_output(self, *args: str, stdin: bytes, variables: Mapping[str, str] | None = None) -> bytes:
        """Run a command that contacts a remote, with the user's configuration and credentials."""
        return checked_output(self._start(args, self._user_env | {**(variables or {})}, stdin).wait())

    def user_output(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run a command that uses the user's name and address."""
        return checked_output(self._start(args, self._user_env, stdin).wait())

    def trust_as_the_user_does(self) -> bool:
        """Apply the user's ``safe.directory`` setting; return whether the user has one.

        Git refuses a repository that belongs to another user, unless this setting allows it. In container jobs of
        GitHub Actions, the repository usually belongs to another user. All other settings of the user are ignored.
        """
        # With GIT_DIR, git ignores the repository's own configuration: a repository must not declare itself safe.
        env = self._user_env | {"GIT_DIR": os.devnull}
        argv = ("git", "-C", self.folder, "config", "-z", "--get-all", "safe.directory")
        finished = self.runner.start(Command(argv, env)).wait()
        folders = [os.fsdecode(value) for value in finished.stdout.split(b"\0")[:-1]]
        self._settings += (("safe.directory", folder) for folder in folders)
        self._env |= environment_settings(self._settings)
        self._prefetched.clear()  # git has rejected these commands too
        return bool(folders)

    def _start(
        self, args: tuple[str, ...], env: Mapping[str, str], stdin: bytes, most_output: int | None = None
    ) -> Running:
        argv = ("git", "-C", self.folder, *_OPTIONS, *args)
        return self.runner.start(Command(argv, env, input=stdin, most_output=most_output))


def without_isolation(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a git command without the options that every command of this module has."""
    at, end = 3, 3 + len(_OPTIONS)
    return (*argv[:at], *argv[end:]) if tuple(argv[at:end]) == _OPTIONS else tuple(argv)


def ignored_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that select another repository for git, but not for commonhold."""
    return tuple(name for name in _REDIRECTING if name in environ)


def checked_output(finished: Finished) -> bytes:
    """Return the output of a git command. Raises ``GitError`` if the command failed."""
    if finished.code == 0:
        return finished.stdout
    verb = finished.argv[3 + len(_OPTIONS)]
    text = finished.error_text() or "without a message"
    hint = "Run `git fsck` if the repository may be damaged, or `git fetch --unshallow` if history is missing."
    raise GitError(f"git {verb} failed (exit {finished.code}): {text}", hint=disk_hint(text) or hint)


def disk_hint(text: str) -> str | None:
    """Return a hint if the message of a program reports a full disk."""
    return "Free some disk space, or set TMPDIR to a folder on another disk." if "No space left" in text else None


def environment_settings(settings: Sequence[tuple[str, str]], first: int = 0) -> dict[str, str]:
    """Return variables that pass settings to git, after the ``first`` settings that other variables already pass.

    Unlike options, variables can pass a key that contains ``=``, and other users of the machine cannot read them.
    """
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for index, (key, value) in enumerate(settings, first):
        variables |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return variables


def _neutral(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git's output does not depend on the user."""
    env = {key: value for key, value in environ.items() if not key.startswith("GIT_")} | _COMMON
    return env | {
        **_WITHOUT_NETWORK,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",  # `git status` and others would rewrite the index, even a submodule's
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
    }


def _of_user(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the user's environment, without variables that select another repository, an editor or a prompt."""
    defaults = {} if os.isatty(0) else _UNATTENDED
    return defaults | {key: value for key, value in environ.items() if key not in _MISLEADING} | _COMMON
