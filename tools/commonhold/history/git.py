"""Running git so that neither the environment nor the user's configuration can change an answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.effects.processes import Finished, Pending, Runner

# fsmonitor is a program that the repository's own configuration can name: reading must not run it.
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=true")


class Git:
    """git in one folder. Each question is a process; independent ones run side by side with ``start``."""

    def __init__(self, folder: str, runner: Runner, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._runner = runner
        self._env = _scrubbed(environ)
        self._user_env = environ

    def start(self, *args: str, stdin: bytes = b"") -> Pending:
        """Start a question and return at once."""
        return self._runner.start(
            ("git", "--literal-pathspecs", *_SETTINGS, *args), cwd=self.folder, env=self._env, stdin=stdin
        )

    def ask(self, *args: str, stdin: bytes = b"") -> bytes:
        """What git answered; ``GitError`` with what git said when it fails."""
        return answer(self.start(*args, stdin=stdin).wait())

    def attempt(self, *args: str) -> Finished:
        """How git ended, for the questions whose exit code is the answer."""
        return self.start(*args).wait()

    def trust_as_the_user_does(self) -> bool:
        """Honour the user's ``safe.directory``; whether there is one.

        It lives in the configuration that is otherwise kept out, and without it git refuses a
        repository owned by somebody else, as in a container job of GitHub Actions.
        """
        asked = self._runner.start(
            ("git", "config", "-z", "--get-all", "safe.directory"), cwd="/", env=self._user_env
        ).wait()
        folders = [os.fsdecode(value) for value in asked.stdout.split(b"\0") if value]
        self._env["GIT_CONFIG_COUNT"] = str(len(folders))
        for index, folder in enumerate(folders):
            self._env[f"GIT_CONFIG_KEY_{index}"] = "safe.directory"
            self._env[f"GIT_CONFIG_VALUE_{index}"] = folder
        return bool(folders)


def answer(finished: Finished) -> bytes:
    """What git wrote, or ``GitError`` when it failed."""
    if finished.code == 0:
        return finished.stdout
    verb = next((word for word in finished.argv[6:] if not word.startswith("-")), "")
    raise GitError(
        f"git {verb} failed (exit {finished.code}): {finished.complaint() or 'it said nothing'}",
        hint="Run `git fsck` if the repository may be damaged; `git fetch --unshallow` if history is missing.",
    )


def _scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    env = {key: value for key, value in environ.items() if not key.startswith("GIT_")}
    return env | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",  # a question must not rewrite the index
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
