"""The contestants that are not peers: commonhold itself, and the two lower limits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Contestant, Unfit
from benchmarks.peers import Place, remove
from benchmarks.table import COLD, GIT, PYTHON, WARM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CACHE = ".git/commonhold"
"""The path of commonhold's cache in the repository that it reads."""


def marks(place: Place) -> Iterable[Contestant]:
    """Create the lower limits: plain git and plain Python."""
    git = shutil.which("git") or "git"
    yield Contestant(GIT, (git, "diff", "--name-only", place.base, place.head), place.folder)
    yield Contestant(PYTHON, (sys.executable, "-c", "pass"), place.folder)


def script() -> str:
    """Find the console script `commonhold` next to the running Python.

    Raises:
        Unfit: the script is not installed there.
    """
    found = shutil.which("commonhold", path=str(Path(sys.executable).parent))
    if found is None:
        raise Unfit(f"commonhold is not installed beside {sys.executable}: pip install .")
    return found


def command(place: Place, config: Path | None) -> tuple[str, ...]:
    """Return the command line for ``place``."""
    chosen = ("--config", str(config)) if config else ()
    revisions = ("--base", place.base, "--head", place.head)
    return (script(), "-C", str(place.folder), *chosen, "affected", *revisions, "--json")


def commonhold(
    place: Place, saved: Path, environment: Mapping[str, str], config: Path | None = None
) -> Iterable[Contestant]:
    """Create the contestants `commonhold affected` without its cache, and with the cache of the previous commit.

    The cache of the same query would be an unrealistic advantage.
    """
    cache = place.folder / CACHE
    keep_cache(place, cache, saved, environment, config)
    for label, prepare in ((COLD, partial(remove, cache)), (WARM, partial(restore, saved, cache))):
        yield Contestant(
            label,
            command(place, config),
            place.folder,
            {},
            prepare,
            selected,
            place.expected,
        )


def selected(printed: str) -> frozenset[str]:
    """Return the names of the plugins in the output of `commonhold affected --json`."""
    return frozenset(plugin["name"].rpartition("-")[2] for plugin in json.loads(printed)["plugins"])


def keep_cache(place: Place, cache: Path, saved: Path, environment: Mapping[str, str], config: Path | None) -> None:
    """Run commonhold for the previous commit without a cache, and keep a copy of the cache that it writes.

    Raises:
        Unfit: commonhold failed, or wrote other files, so that a cold run would not be cold.
    """
    remove(cache, saved)
    before = _entries(place, environment)
    earlier = command(Place(place.folder, f"{place.base}^", place.base), config)
    done = subprocess.run(earlier, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unfit(f"commonhold ended with code {done.returncode}: {done.stderr.strip()[-500:]}")
    strays = _entries(place, environment) - before - {cache}
    if strays:
        left = ", ".join(map(str, sorted(strays)))
        raise Unfit(f"commonhold left {left}; its cache is expected in {CACHE}")
    if cache.is_dir():
        shutil.copytree(cache, saved)


def _entries(place: Place, environment: Mapping[str, str]) -> set[Path]:
    """List the files that a command may have created: in the working tree, in git's folder, and in the home folder."""
    home = Path(environment["HOME"])
    return {*place.folder.iterdir(), *(place.folder / ".git").iterdir(), *home.rglob("*")}


def restore(saved: Path, cache: Path) -> None:
    """Restore the saved cache."""
    remove(cache)
    if saved.is_dir():
        shutil.copytree(saved, cache)
