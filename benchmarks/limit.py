"""Measure the limit for builds: a warm backend is called for each plugin, and nothing else.

`python limit.py [warm] BACKEND JOBS FOLDER...` imports a backend once and forks for each folder: `build_sdist`, unpack,
`build_wheel`. It creates no environment, calls no hook for requirements, and does not check, repack, hash or sync
anything. With `warm` before BACKEND, the first folder is built before the first fork, so that the modules that a build
imports late are already imported for the others.
"""

from __future__ import annotations

import importlib
import os
import sys
import tarfile


def build(backend: object, folder: str) -> None:
    """Build the sdist of a project, and the wheel from that sdist, into ``FOLDER-dist``."""
    out = f"{folder}-dist"
    os.makedirs(out)
    os.chdir(folder)
    sdist = backend.build_sdist(out)  # type: ignore[attr-defined]
    with tarfile.open(os.path.join(out, sdist)) as archive:
        archive.extractall(f"{folder}-unpacked", filter="data")
    os.chdir(os.path.join(f"{folder}-unpacked", sdist.removesuffix(".tar.gz")))
    backend.build_wheel(out)  # type: ignore[attr-defined]


def main(entry: str, jobs: int, folders: list[str], *, warm: bool) -> int:
    """Build all folders, ``jobs`` at a time; return 1 if one of them failed."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    backend = importlib.import_module(entry)
    if warm:
        build(backend, folders.pop(0))
    running = failed = 0
    for folder in folders:
        if running == jobs:
            failed += os.wait()[1] != 0
            running -= 1
        if os.fork() == 0:
            try:
                build(backend, folder)
            except BaseException:  # noqa: BLE001 - a fork must not run on
                os._exit(1)
            os._exit(0)
        running += 1
    for _ in range(running):
        failed += os.wait()[1] != 0
    return int(failed > 0)


if __name__ == "__main__":
    words = sys.argv[1:]
    warmed = words[0] == "warm"
    name, count, *paths = words[warmed:]
    sys.exit(main(name, int(count), paths, warm=warmed))
