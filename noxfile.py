# /// script
# dependencies = ["nox>=2025.2.9"]
# ///
"""Sessions for work on this repository: ``nox -l`` lists them, ``nox --usage NAME`` explains one.

This file imports only nox and the standard library: a session that needs commonhold installs it into its
own environment first.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["affected"]

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
CLIENT = ["-e", "tools/client"]
PLUGIN_SESSIONS = "tools/commonhold/ci/noxfile.py"


def groups(*names: str) -> list[str]:
    """Return the requirements of this project's dependency groups."""
    return list(nox.project.dependency_groups(PROJECT, *names))


def plugin_nox(session: nox.Session, *arguments: str) -> None:
    """Run nox with the library's own sessions, one for each plugin and Python, in the library's environment."""
    session.install("-e", ".", "uv")
    session.run("nox", "-f", PLUGIN_SESSIONS, *arguments)


def parallel(session: nox.Session) -> list[str]:
    """Return the arguments that run tests on every processor, unless the command line gives a number."""
    return [] if any(argument.startswith("-n") for argument in session.posargs) else ["-n", "auto"]


@nox.session
def affected(session: nox.Session) -> None:
    """Test the plugins that this branch can break: `nox -s affected -- --base v1 --explain`."""
    plugin_nox(session, "-s", "affected", "--", *session.posargs)


@nox.session
def plugins(session: nox.Session) -> None:
    """Test plugins by session name, as CI jobs do: `nox -s plugins -- flytekitplugins-msgspec-3.12`."""
    plugin_nox(session, "-s", "plugins", "--", *session.posargs)


@nox.session
def quickstart(session: nox.Session) -> None:
    """Run the code in the plugins' READMEs without a network: `nox -s quickstart -- flytekitplugins-msgspec`."""
    plugin_nox(session, "-s", "quickstart", "--", *session.posargs)


@nox.session
def core(session: nox.Session) -> None:
    """Install the pinned core together with all official plugins, and import them."""
    folders = sorted(path.parent for path in ROOT.glob("plugins/official/*/pyproject.toml"))
    session.install("--constraint", "constraints.txt", "flytekit", *map(str, folders))
    modules = [f"flytekitplugins.{folder.name.removeprefix('flytekit-')}" for folder in folders]
    session.run("python", "-c", "\n".join(f"import {module}" for module in ("flytekit", *modules)))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on the source tree, with branch coverage: `nox -s tests -- -k vcs`."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    session.run("coverage", "erase")
    session.run("pytest", "--cov", "--cov-report=", *parallel(session), *session.posargs)


@nox.session(reuse_venv=False)
def tests_wheel(session: nox.Session) -> None:
    """Run the tests on the wheels as users install them, built from the sdists: `nox -s tests_wheel -- -k vcs`.

    Wheels in the folder that COMMONHOLD_DIST names are tested in place of new ones.
    """
    session.install("build", *CLIENT, *groups("tests"))
    dist = Path(session.virtualenv.location) / "dist"
    for folder in (".", "tools/client"):
        session.run(
            "python", "-m", "build", "--quiet", "--outdir", str(dist), folder
        )  # builds the wheel from the sdist
    built = sorted(dist.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    given = os.environ.get("COMMONHOLD_DIST")
    tested = [*built, *(Path(given).glob("*.whl") if given else ())]
    wheels = {path.name.partition("-")[0]: path.resolve().as_uri() for path in tested}
    session.install(f"commonhold[catalog,import,release] @ {wheels['commonhold']}", wheels["commonhold_plugins"])
    # tests/conftest.py stops if these tests import the source tree instead.
    session.run("pytest", *parallel(session), *session.posargs, env={"COMMONHOLD_TESTS": "installed"})


@nox.session(python="3.10")
def minimums(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows, on the lowest Python; needs uv."""
    session.install("--resolution", "lowest-direct", "-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    skipped = ["--ignore=tests/demo", "--ignore=tests/workflows", "--ignore=tests/docs"]
    session.run("pytest", *parallel(session), *skipped, *session.posargs)


@nox.session
def downstream(session: nox.Session) -> None:
    """Check a clone of flytekit with the rules in examples/: `COMMONHOLD_FLYTEKIT=../flytekit nox -s downstream`."""
    clone = os.environ.get("COMMONHOLD_FLYTEKIT")
    if not clone:
        session.skip("set COMMONHOLD_FLYTEKIT to a clone of https://github.com/flyteorg/flytekit")
    session.install("-e", ".[release]")
    session.run("python", "-m", "examples.downstream", clone)


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the code in small ways, and list the changes that no test notices: `nox -s mutation -- --sample 60`."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests", "mutation"))
    session.run("python", "-m", "tests.mutation", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Interrupt publishing to real indexes, resume it, and check the result: `nox -s chaos -- --runs 20 --seed 1`."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    session.run("python", "-m", "tests.release.chaos", *session.posargs)


@nox.session
def contract(session: nox.Session) -> None:
    """Check requests to GitHub, and the tests' stand-in for it, against GitHub's OpenAPI description; needs npm."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    tools = Path(session.virtualenv.location) / "contract"
    skipped = 5
    session.run(
        "python", "-m", "tests.github.contract", "--tools", str(tools), *session.posargs, success_codes=[0, skipped]
    )


@nox.session
def backends(session: nox.Session) -> None:
    """Build and inspect a plugin with the oldest and newest version of each build backend, installed from PyPI."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    session.run("pytest", "tests/release/backends.py", *session.posargs)


@nox.session
def pyflyte(session: nox.Session) -> None:
    """Embed the plugin commands in flytekit's command line, with flytekit from the package index."""
    session.install("-e", ".", *CLIENT, *groups("tests"), "flytekit", "uv")
    session.run("pytest", "tests/examples/pyflyte.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Report the lines and branches that the last `nox -s tests` did not reach."""
    session.install("coverage[toml]")
    session.run("coverage", "report", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, the import contracts, spelling, packaging metadata, the plugins, the sdist and the workflows."""
    session.install("-e", ".", *CLIENT, *groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("codespell")
    session.run("validate-pyproject", "pyproject.toml")
    session.run("commonhold", "check")
    session.run("check-sdist", "--inject-junk")
    session.run("python", ".github/lint/workflows.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy: strictly, except that tests and examples need no annotations."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("types", "tests"))
    session.run("mypy")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure commonhold and similar tools, and update the benchmark pages: `nox -s bench -- --quick` only tries it."""
    # Not editable: users have it compiled once, and not imported through a finder.
    session.install(".[release]", "./tools/client", "pypiserver>=2.3", "pytest")
    compared = ["--page", "docs/comparison.md", "--times", "docs/reference/benchmarks.md"]
    if session.posargs[:1] == ["compare"]:  # only Python's own peers
        session.run("python", "-m", "benchmarks.compare", *(session.posargs[1:] or compared))
        return
    written = ["--page", "docs/reference/benchmarks.md", "--json", "build/bench/samples.json"]
    session.run("python", "-m", "benchmarks", *(session.posargs or written))
    if not session.posargs:
        clone = os.environ.get("COMMONHOLD_FLYTEKIT")
        session.run("python", "-m", "benchmarks.checking", *([clone, "examples/flytekit.toml"] if clone else []))
        session.run("python", "-m", "benchmarks.site_pages")
        page = ["--page", "docs/reference/benchmarks-release.md", "--json", "build/bench/building.json"]
        session.run("python", "-m", "benchmarks.building", *page)
        session.run("python", "-m", "benchmarks.uploading", *page[:2])
        session.run("python", "-m", "benchmarks.compare", *compared)
    if not session.posargs or "--quick" in session.posargs:
        page = ["--quick"] if session.posargs else ["--page", "docs/reference/benchmarks.md"]
        # Exit code 1 means that a limit is exceeded, which the page reports.
        session.run("python", "-m", "benchmarks.scaling", *page)
        session.run("python", "-m", "benchmarks.releasing", *page[:2], "--json", "build/bench/releasing.json")
        session.run("python", "-m", "benchmarks.sessions", *page, "--json", "build/bench/sessions.json")
        session.run("python", "-m", "benchmarks.installing", *page, "--json", "build/bench/installing.json")
        session.run(
            "python", "-m", "benchmarks.searching", *page, "--json", "build/bench/searching.json", success_codes=[0, 1]
        )


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, strictly: `nox -s docs -- serve` shows it in a browser."""
    session.install("-e", ".", *CLIENT, *groups("docs"))
    session.run("python", "docs/generate.py")
    command = session.posargs or ["build", "--strict"]
    session.run("mkdocs", *command, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def site(session: nox.Session) -> None:
    """Serve the catalogue of this repository's plugins, or of documents: `nox -s site -- ../plugin-index`."""
    session.install("-e", ".[catalog]")
    folder = Path(session.create_tmp())
    given = bool(session.posargs) and not session.posargs[0].startswith("-")
    documents, options = (session.posargs[0], session.posargs[1:]) if given else (folder / "documents", session.posargs)
    if not given:
        nightly_documents(session, folder)
    serve = [] if "--serve" in options else ["--serve", "8000"]
    session.run("commonhold", "catalog", "site", str(documents), "--to", str(folder / "pages"), *serve, *options)


@nox.session
def pages(session: nox.Session) -> None:
    """Test the catalogue's pages in Chromium, also with axe-core; needs npm, and installs Chromium if it is missing."""
    session.install("-e", ".[catalog,import,release]", *CLIENT, *groups("tests"))
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(ROOT / "build/pages"), "axe-core@4"]
    session.run(*npm, external=True)
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        session.run("playwright", "install", "chromium")
    session.run("pytest", "tests/catalog/test_site_browser.py", *session.posargs)


@nox.session
def screenshot(session: nox.Session) -> None:
    """Take the README's picture of a catalogue, in Chromium: `nox -s screenshot -- DOCUMENTS [FILE]`."""
    session.install("-e", ".[catalog]", "playwright>=1.50")
    documents, *file = session.posargs or session.error("pass the folder of the documents")
    session.run("python", "-m", "examples.screenshot", documents, *(file or ["docs/assets/catalogue.png"]))


def nightly_documents(session: nox.Session, folder: Path) -> None:
    """Write the plugin index of the plugins at HEAD to `documents` in a folder."""
    clone = folder / "clone"
    for each in (clone, folder / "documents"):
        shutil.rmtree(each, ignore_errors=True)
    session.run("git", "clone", "--quiet", "--shared", str(ROOT), str(clone), external=True)
    origin = session.run(
        *("git", "-C", str(ROOT), "config", "remote.origin.url"), external=True, silent=True, success_codes=[0, 1]
    )
    if "github.com" not in str(origin):  # the entries are URLs of this repository on GitHub
        session.warn("the links to the repository lead nowhere, because `origin` is not on GitHub")
        origin = "https://github.com/octocat/plugins"
    session.run("git", "-C", str(clone), "remote", "set-url", "origin", str(origin).strip(), external=True)
    for command in (["nightly"], ["status", "--no-index"]):
        session.run("commonhold", "-C", str(clone), "catalog", *command, "--to", str(folder / "documents"))


@nox.session
def demo(session: nox.Session) -> None:
    """Show the main features on a scratch copy: test a change, release all plugins locally, and install one."""
    session.install("-e", ".[catalog,release]", "pypiserver>=2.3")
    session.run("python", "-m", "examples.demo", *session.posargs, env={"PYTHONUNBUFFERED": "1", **os.environ})


if __name__ == "__main__":
    nox.main()
