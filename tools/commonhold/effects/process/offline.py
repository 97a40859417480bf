"""Run a program without a network, except the loopback interface: ``python -I offline.py PROGRAM [ARGUMENT ...]``.

The Python of a session runs this file, so it imports only the standard library and supports old versions of Python. It
needs Linux, but no rights and no other program. The new program keeps its user and gets no rights in the namespaces.
If the network cannot be turned off, the program is not run, and the exit code is 1.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h
_SET_FLAGS, _UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP


def turn_off_network() -> None:
    """Move this process into a new network namespace whose loopback interface is up. Raises ``OSError``."""
    import fcntl

    user, group = os.geteuid(), os.getegid()
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "unshare"):
        raise OSError("this system has no network namespaces")
    if library.unshare(_NEW_USER | _NEW_NETWORK):
        code = ctypes.get_errno()
        raise OSError(code, f"this system does not allow user and network namespaces: {os.strerror(code)}")
    # Until it is replaced, this process has all rights in its namespaces, but its user has no name there.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH22x", b"lo", _UP))


def main() -> None:
    """Run the program that the arguments describe instead of this one."""
    try:
        turn_off_network()
    except (OSError, ImportError) as error:
        text = getattr(error, "strerror", None) or str(error)
        sys.exit(f"error: cannot turn off the network: {text}")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - without a shell


if __name__ == "__main__":
    main()
