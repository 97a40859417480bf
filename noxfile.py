# /// script
# dependencies = ["nox>=2025.2.9"]
# ///
"""What one types in this repository. ``nox -l`` lists the sessions, ``nox --usage NAME`` explains one.

Nothing but nox and the standard library is imported here: a session that needs commonhold installs it
into its own environment first.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["affected"]

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
PLUGIN_SESSIONS = "tools/commonhold/ci/noxfile.py"


def groups(*names: str) -> list[str]:
    """The requirements of this project's dependency groups."""
    return list(nox.project.dependency_groups(PROJECT, *names))


def plugin_nox(session: nox.Session, *arguments: str) -> None:
    """Run nox with the library's own sessions, one for each plugin and Python, in the library's environment."""
    session.install("-e", ".", "uv")
    session.run("python", "-m", "nox", "-f", PLUGIN_SESSIONS, *arguments)


@nox.session
def affected(session: nox.Session) -> None:
    """Test the plugins that this branch can break: `nox -s affected -- --base v1 --explain`."""
    plugin_nox(session, "-s", "affected", "--", *session.posargs)


@nox.session
def plugins(session: nox.Session) -> None:
    """Test plugins by session name, as the jobs of a matrix do: `nox -s plugins -- flytekitplugins-msgspec-3.12`."""
    plugin_nox(session, "-s", "plugins", "--", *session.posargs)


@nox.session
def core(session: nox.Session) -> None:
    """Install the pinned core with all official plugins at once, and import them."""
    folders = sorted(path.parent for path in ROOT.glob("plugins/official/*/pyproject.toml"))
    session.install("--constraint", "constraints.txt", "flytekit", *map(str, folders))
    modules = [f"flytekitplugins.{folder.name.removeprefix('flytekit-')}" for folder in folders]
    session.run("python", "-c", "\n".join(f"import {module}" for module in ("flytekit", *modules)))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the project's own tests, with branch coverage: `nox -s tests -- -k history`."""
    session.install("-e", ".[release]", *groups("tests"))
    session.run("coverage", "erase")
    workers = [] if any(word.startswith("-n") for word in session.posargs) else ["-n", "auto"]
    session.run("pytest", "--cov", "--cov-report=", *workers, *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kill and disturb publications to real indexes, resume them, and look: `nox -s chaos -- --runs 20 --seed 1`."""
    session.install("-e", ".[release]", *groups("tests"))
    session.run("python", "-m", "tests.release.chaos", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Report what the last `nox -s tests` did not reach."""
    session.install("coverage[toml]")
    session.run("coverage", "report", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, the import contract, spelling, packaging metadata and the workflows."""
    session.install("-e", ".", *groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("codespell")
    session.run("validate-pyproject", "pyproject.toml")
    session.run("python", ".github/lint/workflows.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy: strictly, except that tests and examples need no annotations."""
    session.install("-e", ".[release]", *groups("types", "tests"))
    session.run("mypy")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the peers and write the pages of figures: `nox -s bench -- --quick` only tries it."""
    session.install(".[release]")  # as users have it: compiled once, and not imported through a finder
    written = ["--page", "docs/reference/benchmarks.md", "--json", "build/bench/samples.json"]
    session.run("python", "-m", "benchmarks", *(session.posargs or written))
    if not session.posargs:
        page = ["--page", "docs/reference/benchmarks-release.md", "--json", "build/bench/building.json"]
        session.run("python", "-m", "benchmarks.building", *page)
        session.run("python", "-m", "benchmarks.uploading", *page[:2])


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, strictly: `nox -s docs -- serve` to read it in a browser."""
    session.install("-e", ".", *groups("docs"))
    session.run("python", "docs/generate.py")
    command = session.posargs or ["build", "--strict"]
    session.run("mkdocs", *command, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def demo(session: nox.Session) -> None:
    """Show the main jobs on a scratch copy of this repository: test a change, release to an index of its own."""
    session.install("-e", ".[release]", "pypiserver>=2.3")
    session.run("python", "-m", "examples.demo", *session.posargs, env={"PYTHONUNBUFFERED": "1", **os.environ})


if __name__ == "__main__":
    nox.main()
