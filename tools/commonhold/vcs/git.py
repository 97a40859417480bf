"""Running git so that neither the environment nor the user's configuration can change an answer."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING
from commonhold.effects.process import Command
from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.effects.process import Finished, Runner, Running

# The repository's own configuration is read, and a person may have written into it as well.
_SETTINGS = {
    "core.fsmonitor": "false",  # names a program, and reading must not run one
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "diff.autoRefreshIndex": "false",  # to compare contents it would fetch them one by one in a partial clone
    "fetch.negotiationAlgorithm": "noop",  # objects are asked for by name, so there is nothing to negotiate
}
_OPTIONS = ("--literal-pathspecs", *(word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")))

_WITHOUT_NETWORK = {
    "GIT_NO_LAZY_FETCH": "1",  # since git 2.45
    "GIT_ALLOW_PROTOCOL": "none",  # the same for older ones: the fetch starts, and fails at once
}

# What would lead git to another repository (most of `git rev-parse --local-env-vars`).
_MISLEADING = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
        *("GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_CEILING_DIRECTORIES"),
    }
)
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


class Git:
    """git in one folder. Each question is a process; independent ones run side by side with ``start``."""

    def __init__(self, folder: str, runner: Runner, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._runner = runner
        self._env = _impersonal(environ)
        self._user_env = _personal(environ)

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which git answers alike for everybody, for whoever else runs it."""
        return dict(self._env)

    @property
    def user_environment(self) -> dict[str, str]:
        """The variables under which git is the user's: with the credentials, and the hooks, of whoever runs it."""
        return dict(self._user_env)

    def start(self, *args: str, stdin: bytes = b"") -> Running:
        """Start a question and return at once."""
        return self._start(args, self._env, stdin)

    def ask(self, *args: str, stdin: bytes = b"") -> bytes:
        """What git answered; ``GitError`` with what git said when it fails."""
        return checked_output(self.start(*args, stdin=stdin).wait())

    def attempt(self, *args: str) -> Finished:
        """How git ended, for the questions whose exit code is the answer."""
        return self.start(*args).wait()

    def start_offline(self, *args: str, stdin: bytes) -> Running:
        """Start a question to a git that may not fetch what a partial clone lacks: it would do so one by one."""
        return self._start(args, self._env | _WITHOUT_NETWORK, stdin)

    def ask_remote(self, *args: str, stdin: bytes) -> bytes:
        """The same, of a remote: the user's configuration tells how to reach it, with which credentials."""
        return checked_output(self._start(args, self._user_env, stdin).wait())

    def trust_as_the_user_does(self) -> bool:
        """Honour the user's ``safe.directory``; whether there is one.

        It lives in the configuration that is otherwise kept out, and without it git refuses a
        repository owned by somebody else, as in a container job of GitHub Actions.
        """
        # The repository's own configuration must not vouch for itself.
        env = self._user_env | {"GIT_DIR": os.devnull}
        argv = ("git", "-C", self.folder, "config", "-z", "--get-all", "safe.directory")
        asked = self._runner.start(Command(argv, env)).wait()
        folders = [os.fsdecode(value) for value in asked.stdout.split(b"\0")[:-1]]
        self._env["GIT_CONFIG_COUNT"] = str(len(folders))
        for index, folder in enumerate(folders):
            self._env[f"GIT_CONFIG_KEY_{index}"] = "safe.directory"
            self._env[f"GIT_CONFIG_VALUE_{index}"] = folder
        return bool(folders)

    def _start(self, args: tuple[str, ...], env: Mapping[str, str], stdin: bytes) -> Running:
        return self._runner.start(Command(("git", "-C", self.folder, *_OPTIONS, *args), env, input=stdin))


def checked_output(finished: Finished) -> bytes:
    """What git wrote, or ``GitError`` when it failed."""
    if finished.code == 0:
        return finished.stdout
    verb = finished.argv[3 + len(_OPTIONS)]
    raise GitError(
        f"git {verb} failed (exit {finished.code}): {finished.error_text() or 'it said nothing'}",
        hint="Run `git fsck` if the repository may be damaged; `git fetch --unshallow` if history is missing.",
    )


def _impersonal(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which git answers alike for everybody."""
    env = {key: value for key, value in environ.items() if not key.startswith("GIT_")} | _QUIET
    return env | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",  # a question must not rewrite the index, nor a submodule's
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
    }


def _personal(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's environment, but for what points at another repository than the one that is asked."""
    return {key: value for key, value in environ.items() if key not in _MISLEADING} | _QUIET
