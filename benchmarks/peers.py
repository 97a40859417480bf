"""The peers: their installation, and the commands that answer the same question.

The peers are installed from npm and PyPI with their ordinary clients, into a cache folder. A peer that cannot be
installed is skipped, and the reason is printed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import peer_config
from benchmarks.measure import Contestant
from benchmarks.repository import commit_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.generate import Files

PANTS_PYTHON = "3.9"
"""The Python version that the newest Pants on PyPI needs."""


class Unavailable(Exception):  # noqa: N818 - a peer that is not there is no error
    """A peer cannot be installed; the message gives the reason."""


class Place(NamedTuple):
    """The input of a contestant: a copy of the repository, two commits, and the correct answer if it is known.

    ``installed`` is the folder where the peer is installed.
    """

    folder: Path
    base: str
    head: str
    expected: frozenset[str] | None = None
    installed: Path = Path()


class Peer(NamedTuple):
    """One peer, as ``version`` of ``package`` on ``registry`` (``npm`` or ``pip``).

    ``files`` generates its project files. ``commands`` creates the contestants for a place. ``up_to`` is the largest
    number of plugins for which it is fast enough. ``also`` are further requirements of its environment.
    """

    name: str
    package: str
    version: str
    registry: str
    commands: Callable[[Place], Iterable[Contestant]]
    files: Callable[[Sequence[peer_config.Project]], Files] | None = None
    up_to: int = 1_000_000
    also: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name and the version."""
        return f"{self.name} {self.version}"


def remove(*paths: Path) -> None:
    """Remove folders if they exist."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def names_in(items: Iterable[dict[str, str]]) -> frozenset[str]:
    """Return the names of JSON objects."""
    return frozenset(item["name"] for item in items)


def turbo(place: Place) -> Iterable[Contestant]:
    """Create the contestants `turbo ls --affected`, with npm's wrapper and as native binary, each cold and warm."""
    shim = place.folder / "node_modules/.bin/turbo"
    native = next(iter(sorted((place.folder / "node_modules/@turbo").glob("*/bin/turbo*"))), None)
    if native is None:
        raise Unavailable("npm installed no native binary for this platform")
    for kind, binary in (("as npm installs it", shim), ("native binary", native)):
        for cache, prepare in (
            ("cold", partial(remove, place.folder / ".turbo", place.folder / "node_modules/.cache")),
            ("warm", partial(remove)),
        ):
            yield Contestant(
                f"`turbo ls --affected`, {kind}, {cache}",
                (str(binary), "ls", "--affected", "--output=json"),
                place.folder,
                {"TURBO_SCM_BASE": place.base, "TURBO_SCM_HEAD": place.head},
                prepare,
                lambda printed: names_in(json.loads(printed)["packages"]["items"]),
                place.expected,
            )


def nx(place: Place) -> Iterable[Contestant]:
    """Create the contestants `nx show projects --affected`, without a daemon, cold and warm."""
    binary = place.folder / "node_modules/.bin/nx"
    command = ("show", "projects", "--affected", "--json", "--base", place.base, "--head", place.head)
    for cache, prepare in (("cold", partial(remove, place.folder / ".nx")), ("warm", partial(remove))):
        yield Contestant(
            f"`nx show projects --affected`, {cache}",
            (str(binary), *command),
            place.folder,
            {},
            prepare,
            lambda printed: frozenset(json.loads(printed)),
            place.expected,
        )


def lerna(place: Place) -> Iterable[Contestant]:
    """Create the contestant `lerna changed`, which compares with the newest tag."""
    commit_tag(place.folder, "v1.0.0", place.base)
    yield Contestant(
        "`lerna changed`",
        (str(place.folder / "node_modules/.bin/lerna"), "changed", "--json", "--loglevel=error"),
        place.folder,
        answer=lambda printed: names_in(json.loads(printed)),
        expected=place.expected,
    )


def polylith(place: Place) -> Iterable[Contestant]:
    """Create the contestant `poly diff`, which follows imports for one step."""
    yield Contestant(
        "`poly diff`",
        (str(place.installed / "bin/poly"), "diff", "--since", place.base, "--bricks", "--deps", "--short"),
        place.folder,
        answer=lambda printed: frozenset(re.split(r"[,\s]+", printed.strip())),
        expected=place.expected,
    )


def pants(place: Place) -> Iterable[Contestant]:
    """Create the contestant `pants --changed-since`, without its daemon, in three rounds because it is slow."""
    yield Contestant(
        "`pants list --changed-since`, no daemon",
        (
            str(place.installed / "bin/pants"),
            f"--changed-since={place.base}",
            "--changed-dependents=transitive",
            "list",
        ),
        place.folder,
        answer=lambda printed: frozenset(re.findall(r"^plugins/\w+/\w+-(\w+)", printed, re.MULTILINE)),
        expected=place.expected,
        rounds=3,
    )


PEERS = (
    Peer("Turborepo", "turbo", "2.11.11", "npm", turbo, peer_config.turbo),
    Peer("Nx", "nx", "24.0.6", "npm", nx, peer_config.nx),
    Peer("lerna", "lerna", "8.2.4", "npm", lerna, peer_config.lerna),
    Peer("polylith", "polylith-cli", "1.50.1", "pip", polylith, None),
    Peer("Pants", "pantsbuild.pants", "2.17.1", "pip", pants, peer_config.pants, up_to=50),
)


def install(peer: Peer, cache: Path) -> Path:
    """Return the folder of ``peer`` in ``cache``; install the peer first if necessary.

    Raises:
        Unavailable: npm or a suitable Python is missing, or the registry does not respond.
    """
    folder = cache / f"{peer.package}-{peer.version}"
    done = folder / "installed"
    if not done.exists():
        remove(folder)
        folder.mkdir(parents=True)
        (install_npm if peer.registry == "npm" else install_pip)(peer, folder)
        done.touch()
    return folder


def install_all(
    peers: Iterable[Peer], cache: Path, say: Callable[[str], None]
) -> tuple[dict[Peer, Path], dict[str, str]]:
    """Install peers, and return their folders; also return the ones that cannot be installed, with reasons."""
    there: dict[Peer, Path] = {}
    missing: dict[str, str] = {}
    for peer in peers:
        say(f"installing {peer.title}")
        try:
            there[peer] = install(peer, cache)
        except Unavailable as reason:
            missing[peer.title] = str(reason)
            say(f"  LEFT OUT: {peer.title}: {reason}")
    return there, missing


def install_npm(peer: Peer, folder: Path) -> None:
    """Install from npm without running scripts, which no peer needs."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("node and npm are not installed")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    _call(
        npm,
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        f"{peer.package}@{peer.version}",
        folder=folder,
    )


def install_pip(peer: Peer, folder: Path) -> None:
    """Install from PyPI into a new virtual environment."""
    python = pants_python() if peer.package == "pantsbuild.pants" else sys.executable
    _call(python, "-m", "venv", str(folder), folder=folder)
    _call(
        str(folder / "bin/python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        f"{peer.package}=={peer.version}",
        *peer.also,
        folder=folder,
    )


def pants_python() -> str:
    """Find a Python that can run Pants: on PATH, or pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        shutil.which(f"python{PANTS_PYTHON}"),
        *sorted(versions.glob(f"{PANTS_PYTHON}.*/bin/python")),
    ]
    for candidate in filter(None, candidates):
        asked = subprocess.run([str(candidate), "--version"], capture_output=True, text=True, check=False)
        if asked.stdout.startswith(f"Python {PANTS_PYTHON}."):  # a pyenv shim exists for versions that are not active
            return str(candidate)
    raise Unavailable(f"there is no Python {PANTS_PYTHON}, which it needs")


def _call(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unavailable(f"`{Path(command[0]).name}` could not install it: {' '.join(last)}")


def put_node_modules(installed: Path, repository: Path) -> None:
    """Create the ``node_modules`` of ``repository`` with hard links, as npm would."""
    source = installed / "node_modules"
    if source.is_dir():
        shutil.copytree(source, repository / "node_modules", symlinks=True, copy_function=os.link)
