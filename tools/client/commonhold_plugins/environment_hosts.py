"""Read the hosts that the installed cores of an environment name with entry points.

An entry point refers to an object with the attributes ``core`` and ``root``, such as a ``Host``. In the client's own
environment, it is imported. In another one, that environment's Python imports it once, and the result is kept.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from commonhold_plugins.errors import ClientError, WrongUsageError
from commonhold_plugins.host import Host
from commonhold_plugins.installed import HOST_GROUP, environment_folders, host_entry_points, own_folders
from commonhold_plugins.names import is_distribution
from commonhold_plugins.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT = 120.0
_IMPORT = (
    "import importlib, json, sys; module, _, name = sys.argv[1].partition(':'); "
    "host = getattr(importlib.import_module(module.strip()), name.strip()); "
    "print(); print(json.dumps([host.core, host.root]))"
)


def environment_hosts(prefix: str | None) -> Iterator[Host]:
    """Return the hosts that entry points name. ``prefix`` is another environment than that of this process."""
    for value, changed in host_entry_points(own_folders() if prefix is None else environment_folders(prefix)):
        core, root = _import_here(value) if prefix is None else _import_there(prefix, value, changed)
        from commonhold_plugins.urls import url_problem

        if not isinstance(core, str) or not is_distribution(core) or not isinstance(root, str) or url_problem(root):
            raise WrongUsageError(f"the entry point {quoted(value)} of the group {HOST_GROUP} is not a Host")
        yield Host(core, root)


def _import_here(value: str) -> tuple[Any, Any]:
    module, _, attribute = value.partition(":")
    try:
        host = getattr(import_module(module.strip()), attribute.strip())
    except Exception as error:
        raise _failed(value, type(error).__name__) from error
    return getattr(host, "core", None), getattr(host, "root", None)


def _import_there(prefix: str, value: str, changed: float) -> tuple[Any, Any]:
    import json
    from binascii import crc32

    from commonhold_plugins.files import read_bytes, write_atomic
    from commonhold_plugins.paths import cache_folder
    from commonhold_plugins.programs import run_program

    key = f"{prefix}\n{value}\n{changed}".encode("utf-8", "backslashreplace")
    path = os.path.join(cache_folder(), "hosts", f"{crc32(key):08x}.json")
    try:
        known, core, root = json.loads(read_bytes(path) or b"")
        if known == key.decode():
            return core, root
    except (ValueError, TypeError):  # damaged
        pass
    try:
        ended = run_program([os.path.join(prefix, "bin", "python"), "-I", "-c", _IMPORT, value], timeout=_TIMEOUT)
        core, root = json.loads(ended.stdout.strip().rpartition("\n")[2])
    except (ClientError, ValueError, TypeError) as error:
        raise _failed(value, f"the Python of {prefix} failed") from error
    write_atomic(path, json.dumps([key.decode(), core, root]).encode())
    return core, root


def _failed(value: str, reason: str) -> WrongUsageError:
    message = f"the entry point {quoted(value)} of the group {HOST_GROUP} cannot be loaded: {reason}"
    return WrongUsageError(message, hint="Set the plugin index with: {command} use URL\nOr add --root URL.")
