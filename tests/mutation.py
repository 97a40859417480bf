"""Mutation testing: `python -m tests.mutation --seed 1 --sample 300`, or `nox -s mutation -- --sample 300`.

mutmut makes the mutants, finds the tests that call each changed function, and runs them in forks of one warm
process until a test fails. This script adds what mutmut lacks: a random sample that a seed repeats, and the
layout that mutmut expects, in a copy below `build/mutation`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
COPY = ROOT / "build" / "mutation"

PACKAGES = ("selection", "release/publish", "release/inspect")

# The tests of these packages. Each mutant runs only those that call the changed function in the same process, so tests
# that only run commands are left out: they would take most of the time.
TESTS = (
    "selection",
    "cli/test_affected.py",
    "release/test_inspect*.py",
    "release/test_index_rules.py",
    "release/test_generated_files.py",
    "release/test_publish.py",
    "release/test_publish_schedule.py",
    "release/test_credentials.py",
    "release/test_state.py",
)

# Not copied: other projects, and tests that take long to set up.
LEFT_OUT = ("plugins/", ".github/", "tests/workflows/", "tests/demo/", "tests/docs/")

# mutmut's results: a test failed, the tests took far longer than before, the process crashed.
KILLED = {1, 3, 24, 36, 152, 255, -24, -9, -11}
SURVIVED = 0
NO_TEST = {5, 33}


def main() -> int:
    """Run a sample of mutants, and print each one that no test notices; return 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int, default=300, help="number of mutants (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="repeats a sample, as long as the code is the same")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants to run at once (default: processors)")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, help="packages of the library to change")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="patterns below tests/ of the tests to use")
    options = parser.parse_args()
    started = time.monotonic()
    copy_project(options.packages, options.tests)
    mutants = sorted(all_mutants(options.packages))
    sample = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
    print(f"{len(sample)} of {len(mutants)} mutants, seed {options.seed}", flush=True)
    ran = mutmut("run", "--max-children", str(options.jobs), *sample)
    (COPY / "mutmut.log").write_text(ran.stdout, encoding="utf-8")
    if ran.returncode:
        print(*ran.stdout.splitlines()[-30:], f"the whole output is in {COPY / 'mutmut.log'}", sep="\n")
        return 2
    return report(sample, (time.monotonic() - started) / 60)


def copy_project(packages: list[str], tests: list[str]) -> None:
    """Copy the files that git does not ignore to a layout that mutmut knows: the library below `src`."""
    shutil.rmtree(COPY, ignore_errors=True)
    # Python would remember that a folder on its path is missing, and later import the library from elsewhere.
    (COPY / "mutants" / "src").mkdir(parents=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in filter(None, listed.split("\0")):
        source, target = ROOT / path, COPY / path.replace("tools/commonhold/", "src/commonhold/")
        if not path.startswith(LEFT_OUT) and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    settings = {
        "source_paths": ["src/commonhold"],
        "only_mutate": [f"src/commonhold/{package}/*" for package in packages],
        "also_copy": ["benchmarks", "docs", "examples", "tools", "constraints.txt", "noxfile.py", "README.md"],
        "pytest_add_cli_args": ["-p", "no:xdist", "-p", "tests.support.fastest_first"],
        "pytest_add_cli_args_test_selection": [
            str(file.relative_to(ROOT)) for pattern in tests for file in sorted((ROOT / "tests").glob(pattern))
        ],
        "timeout_constant": 20,  # a busy machine
        "timeout_multiplier": 5,
    }
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
    with (COPY / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n" + "".join(lines))


def all_mutants(packages: list[str]) -> Iterator[str]:
    """Name every mutant as mutmut names it."""
    os.chdir(COPY)  # mutmut reads its settings from the current folder
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    for package in packages:
        for file in sorted(Path(f"src/commonhold/{package}").rglob("*.py")):
            for name in mutate_file_contents(str(file), file.read_text(encoding="utf-8")).mutant_names:
                yield get_mutant_name(file, name)


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run mutmut in the copy, on the copied library."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(COPY / "mutants" / "src"), str(COPY / "mutants"))),
        "COMMONHOLD_TESTS": "installed",  # the library is not below tools/
        "COMMONHOLD_EXAMPLES": "25",  # of each property of the selection: a mutant is found early or not at all
    }
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(
        command, cwd=COPY, env=env, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def report(sample: list[str], minutes: float) -> int:
    """Print the counts, and each surviving mutant as a diff."""
    codes: dict[str, int | None] = {}
    for file in (COPY / "mutants").rglob("*.meta"):
        codes |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    results = Counter(result(codes.get(name)) for name in sample)
    for name in sample:
        if result(codes.get(name)) != "killed":
            print(f"\n{result(codes.get(name))}: {mutmut('show', name).stdout}", end="")
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(results.items()))
    print(f"\n{len(sample)} mutants: {counts}; {minutes:.0f} minutes")
    return int(results["killed"] < len(sample))


def result(code: int | None) -> str:
    """Say what mutmut's code for a mutant means."""
    if code in KILLED:
        return "killed"
    if code == SURVIVED:
        return "survived"
    return "without a test" if code in NO_TEST else f"not decided ({code})"


if __name__ == "__main__":
    sys.exit(main())
