"""Keep the state of each environment in a file: one atomic write, under a lock."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from typing import TYPE_CHECKING

from commonhold_plugins.decoding import load_json
from commonhold_plugins.errors import RejectedError, UnavailableError
from commonhold_plugins.paths import state_folder
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
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnavailableError(f"cannot read {printable(self.path)}: {error.strerror}") from error
        try:
            return decode_state(load_json(data, "the file"), "the file")
        except RejectedError as error:
            message = f"the list of installed plugins is damaged: {printable(self.path)}: {error.message}"
            hint = "Move the file away, and install the plugins again: those that are installed are kept."
            raise RejectedError(message, hint=hint) from error

    def write(self, state: EnvironmentState) -> None:
        """Replace the file at once, so that a crash leaves the old state or the new one."""
        folder = os.path.dirname(self.path)
        data = f"{json.dumps(state.to_json(), indent=2, sort_keys=True)}\n"
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".tmp", delete=False) as file:
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                    os.replace(file.name, self.path)
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            raise UnavailableError(f"cannot write {printable(self.path)}: {error.strerror}") from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Exclude other commands that change the same environment, until the end of the block."""
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            handle = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnavailableError(f"cannot lock {printable(self.path)}: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"another command is changing the plugins of {printable(self.prefix)}"
            raise UnavailableError(message, hint="Wait until it has ended, and run this command again.") from error
        else:
            yield
        finally:
            os.close(handle)
