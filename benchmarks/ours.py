"""The contestants that are no peers: commonhold itself, and the two marks that bound it from below."""

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
"""Where commonhold keeps what it remembers, in the repository that it reads."""


def marks(place: Place) -> Iterable[Contestant]:
    """Bare git and bare Python."""
    git = shutil.which("git") or "git"
    yield Contestant(GIT, (git, "diff", "--name-only", place.base, place.head), place.folder)
    yield Contestant(PYTHON, (sys.executable, "-c", "pass"), place.folder)


def script() -> str:
    """The console script `commonhold` beside the running Python, as pip installs it.

    Raises:
        Unfit: it is not installed there.
    """
    found = shutil.which("commonhold", path=str(Path(sys.executable).parent))
    if found is None:
        raise Unfit(f"commonhold is not installed beside {sys.executable}: pip install .")
    return found


def command(place: Place, config: Path | None) -> tuple[str, ...]:
    """The command line that answers for ``place``."""
    chosen = ("--config", str(config)) if config else ()
    revisions = ("--base", place.base, "--head", place.head)
    return (script(), "-C", str(place.folder), *chosen, "affected", *revisions, "--json")


def commonhold(
    place: Place, saved: Path, environment: Mapping[str, str], config: Path | None = None
) -> Iterable[Contestant]:
    """`commonhold affected` without its cache, and with the cache that a run over the commit before left.

    A cache left by the very same question would be a kinder start than any real run has.
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
            lambda printed: frozenset(plugin["name"].rpartition("-")[2] for plugin in json.loads(printed)["plugins"]),
            place.expected,
        )


def keep_cache(place: Place, cache: Path, saved: Path, environment: Mapping[str, str], config: Path | None) -> None:
    """Answer for the commit before, starting from nothing, and keep a copy of the cache that this leaves.

    Raises:
        Unfit: commonhold failed, or left something elsewhere, so that a cold run would not be cold.
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
    """Where a command may have left something: the top of the work tree, of git's folder, and the home."""
    home = Path(environment["HOME"])
    return {*place.folder.iterdir(), *(place.folder / ".git").iterdir(), *home.rglob("*")}


def restore(saved: Path, cache: Path) -> None:
    """Put the kept cache back."""
    remove(cache)
    if saved.is_dir():
        shutil.copytree(saved, cache)
