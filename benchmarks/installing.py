"""Time the installation of a plugin next to pip and uv alone: `python -m benchmarks.installing`.

Both install the same wheel from the same package index on loopback, into the same environment, which contains its core.
The client also resolves a plan first, and verifies the result. Ratios are medians of the ratios within each round.
"""

from __future__ import annotations

import argparse
import ensurepip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import clean_environment
from benchmarks.table import write_results
from tests.support.package_index import PackageIndex, package_index
from tests.support.plugin_indexes import PluginIndex, plugin_entry, release_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDS = 10
CORE, CORE_VERSION, PLUGIN, VERSION = "acme-core", "1.16.3", "acme-spark", "1.16.3"
MEGABYTE = 1_000_000

BEGIN, END = "<!-- installing:begin -->", "<!-- installing:end -->"
"""The markers of the block that this module writes."""


class Contest(NamedTuple):
    """An installer alone, the client with it, and what undoes both."""

    title: str
    alone: tuple[str, ...]
    client: tuple[str, ...]
    undo: tuple[str, ...]


def contests(folder: Path, uv: str) -> list[Contest]:
    """Make one environment with pip and one without, each with the core, and return what is compared in them."""
    made = []
    for title in ("pip", "uv"):
        python = str(folder / title / "bin/python")
        client = (sys.executable, "-m", "commonhold_plugins", "install", "spark", "--python", python)
        install = (python, "-m", "pip") if title == "pip" else (uv, "pip")
        target = () if title == "pip" else ("--python", python)
        undo = (*install, "uninstall", *target, PLUGIN, *(("--yes",) if title == "pip" else ()))
        made.append(Contest(title, (*install, "install", *target, f"{PLUGIN}=={VERSION}"), client, undo))
    return made


def prepare(folder: Path, index: PackageIndex, uv: str) -> dict[str, str]:
    """Write the plugin index, make the environments, and return the variables of the measured commands."""
    index.add(CORE, CORE_VERSION)
    file = index.add(PLUGIN, VERSION, f"{CORE}>=1.16,<2", files={"acme_spark/data.bin": bytes(MEGABYTE)})
    files = [{"url": index.url(file), "sha256": index.sha256(file), "size": len(index.files[file])}]
    core = {"distribution": CORE, "range": ">=1.16,<2"}
    spark = plugin_entry(PLUGIN, release_entry(VERSION, core=core, requires=[f"{CORE}>=1.16,<2"], files=files))
    PluginIndex(folder / "index", plugins={("1.16", "official"): [spark]}).write()
    environment = {
        **clean_environment(folder / "home"),
        "COMMONHOLD_PLUGINS_HOME": str(folder / "client"),
        "UV": uv,
        "UV_DEFAULT_INDEX": index.simple,
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_NO_CONFIG": "1",
        "PIP_INDEX_URL": index.simple,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    bundled = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    for name in ("pip", "uv"):
        run((uv, "venv", "--clear", "--python", sys.executable, str(folder / name)), environment)
        packages = [f"{CORE}=={CORE_VERSION}", *((map(str, bundled) if bundled else ["pip"]) if name == "pip" else ())]
        run((uv, "pip", "install", "--python", str(folder / name / "bin/python"), *packages), environment)
    run((sys.executable, "-m", "commonhold_plugins", "use", str(folder / "index")), environment)
    return environment


def run(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a command, and return the seconds. Raises ``SystemExit`` if it fails."""
    started = time.perf_counter()
    done = subprocess.run(command, env=dict(environment), capture_output=True, check=False)
    elapsed = time.perf_counter() - started
    if done.returncode:
        output = (done.stdout + done.stderr).decode(errors="replace")
        raise SystemExit(f"{' '.join(command)} ended with code {done.returncode}:\n{output}")
    return elapsed


def measure(
    compared: Sequence[Contest], environment: Mapping[str, str], rounds: int, untimed: int = 1
) -> dict[str, list[list[float]]]:
    """Run every contest in each round, after untimed rounds; return the seconds alone and with the client."""
    seconds: dict[str, list[list[float]]] = {each.title: [[], []] for each in compared}
    for number in range(rounds + untimed):
        for each in compared:
            for place, command in enumerate((each.alone, each.client)):
                elapsed = run(command, environment)
                run(each.undo, environment)
                if number >= untimed:
                    seconds[each.title][place].append(elapsed)
    return seconds


def render(seconds: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """Generate the text between the markers."""
    rounds = len(next(iter(seconds.values()))[0])
    lines = [
        f"Rounds: {rounds}; cores: {len(os.sched_getaffinity(0))}.",
        "",
        "| installer | alone, ms | `commonhold-plugins install`, ms | ratio |",
        "|:--|--:|--:|--:|",
    ]
    for title, (alone, client) in seconds.items():
        ratio = median(one / other for one, other in zip(client, alone, strict=True))
        lines.append(f"| {title} | {median(alone) * 1000:.0f} | {median(client) * 1000:.0f} | {ratio:.2f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.installing", description="Measure installations.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"timed rounds (default {ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="one round: does it run?")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="where the environments are")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    parser.add_argument("--json", type=Path, help="file for all samples")
    options = parser.parse_args(argv)
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("this benchmark needs uv")
    folder = options.cache.resolve() / "installing"
    shutil.rmtree(folder, ignore_errors=True)
    with package_index() as index:
        environment = prepare(folder, index, uv)
        rounds, untimed = (1, 0) if options.quick else (options.rounds, 1)
        seconds = measure(contests(folder, uv), environment, rounds, untimed)
    write_results(render(seconds), {"schema": 1, "seconds": seconds}, options.page, options.json, BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
