"""Keep the state of each environment in a file: one atomic write, under a lock."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING

from commonhold_plugins.decoding import load_json
from commonhold_plugins.errors import RejectedError, UnavailableError
from commonhold_plugins.files import locked, read_bytes, write_atomic
from commonhold_plugins.paths import state_folder
from commonhold_plugins.programs import passing_on
from commonhold_plugins.state.receipts import EnvironmentState, decode_state
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


class StateStore:
    """The file with the state of one environment. It is outside the environment, so that it survives a rebuild."""

    def __init__(self, core: str, prefix: str) -> None:
        self.core, self.prefix = core, prefix
        name = hashlib.sha256(os.fsencode(prefix)).hexdigest()[:32]
        self.path = os.path.join(state_folder(), core, f"{name}.json")

    def read(self) -> EnvironmentState | None:
        """Return the state, or ``None`` if no plugin has been installed. Raises ``RejectedError``."""
        try:
            data = read_bytes(self.path)
        except OSError as error:
            raise UnavailableError(f"cannot read {printable(self.path)}: {error.strerror}") from error
        if data is None:
            return None
        try:
            return decode_state(load_json(data, "the file"), "the file")
        except RejectedError as error:
            message = f"the list of installed plugins is damaged: {printable(self.path)}: {error.message}"
            hint = "Move the file away, and install the plugins again: those that are installed are kept."
            raise RejectedError(message, hint=hint) from error

    def write(self, state: EnvironmentState) -> None:
        """Replace the file at once, so that a crash leaves the old state or the new one."""
        data = json.dumps(state.to_json(), indent=2, sort_keys=True).encode() + b"\n"
        with self._reporting():
            write_atomic(self.path, data)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Exclude other commands that change the same environment, until the end of the block.

        An installer keeps the lock while it runs: if this process is killed, the next command waits for it.
        """
        with contextlib.ExitStack() as stack:
            with self._reporting():
                file = stack.enter_context(locked(f"{self.path}.lock"))
            stack.enter_context(passing_on(file))
            yield

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(f"cannot write {printable(self.path)}: {error.strerror}") from error
