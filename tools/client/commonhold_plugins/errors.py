"""Errors that users can act on, with one class for each kind of action.

A message names the problem and its place; ``hint`` is the next step. A command in a hint begins with ``{command}``,
for which the command line puts the words that run it, such as ``pyflyte plugins``.
"""

from __future__ import annotations


class ClientError(Exception):
    """An error that the command line prints as a message, without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnknownPluginError(ClientError):
    """No plugin in the enabled plugin indexes has this name."""


class RefusedError(ClientError):
    """The request can be understood, but carrying it out would be unsafe or impossible."""


class MissingCoreError(ClientError):
    """The environment does not contain the core that the plugins extend."""


class WrongUsageError(ClientError):
    """The arguments or the configuration are wrong: run the command with different arguments."""

    exit_code = 2


class UnavailableError(ClientError):
    """A server, a file or a program failed, and there is no copy to use instead: try again later."""

    exit_code = 4


class MissingError(UnavailableError):
    """The server or the folder has no such document."""


class RejectedError(ClientError):
    """A document of a plugin index violates the format or its own rules, so it is not used."""

    exit_code = 4


class PartialError(ClientError):
    """Part of the request is done; the message lists the rest."""

    exit_code = 5
