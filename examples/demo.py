"""Show the main features on a scratch copy of this repository: ``nox -s demo``.

The demo tests a change, and then releases every plugin to a package index that runs inside the demo. Every step prints
the commands that it runs, and checks that their results match its claims. ``nox -s demo -- --keep`` keeps the copy;
``--quick`` runs no plugin tests and releases nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tomli
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
NETWORKX = "flytekitplugins-contrib-networkx"
RDFLIB = "flytekitplugins-contrib-rdflib"
EDITED = "plugins/community/flytekit-networkx/flytekitplugins/contrib/networkx/renderer.py"
PIN = "constraints.txt"
SHARED = "noxfile.py"
README = "README.md"

# The demo ignores releases of the core that are not newer than this version.
FLOOR = "1.16"
USER = "hello.py"
INSTALL = "commonhold-plugins index add community --yes && commonhold-plugins install community/rdflib --yes"
PROGRAM = """\
from flytekit import task, workflow
from rdflib import RDF, RDFS, Graph


@task
def read(turtle: str) -> Graph:
    return Graph().parse(data=turtle, format="turtle")


@task
def infer(graph: Graph) -> Graph:
    for thing, kind in list(graph.subject_objects(RDF.type)):
        for broader in graph.transitive_objects(kind, RDFS.subClassOf):
            graph.add((thing, RDF.type, broader))
    return graph


@workflow
def enrich(turtle: str) -> Graph:
    return infer(graph=read(turtle=turtle))


turtle = \'\'\'
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix : <http://example.com/> .
:Cat rdfs:subClassOf :Animal .
:felix a :Cat .
\'\'\'
for kind in sorted(enrich(turtle=turtle).objects(None, RDF.type)):
    print("felix:", kind.split("/")[-1])
"""


class DemoError(Exception):
    """A claim of the demo is false, or one of its commands failed."""


class Stage:
    """The scratch copy, with methods to run commands in it and to check claims."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self.env = _environment()
        # Closed at the end of the demo, such as the package index.
        self.cleanup = contextlib.ExitStack()
        self.index = self.version = self.catalogue = ""

    def run(self, *argv: str) -> None:
        """Print a command and run it; its output goes to the terminal."""
        self._run(shlex.join(argv), argv)

    def shell(self, line: str) -> None:
        """Print a line of shell and run it."""
        self._run(line, ("sh", "-c", line))

    def _run(self, shown: str, argv: Sequence[str]) -> None:
        self.console.print(f"\n[bold cyan]$ {escape(shown)}[/]", soft_wrap=True)
        self.console.file.flush()
        code = subprocess.run(argv, cwd=self.folder, env=self.env, check=False).returncode
        if code:
            raise DemoError(f"`{shown}` failed with exit code {code}")

    def read_json(self, *argv: str) -> dict[str, Any]:
        """Run a command without printing it, and return the JSON that it prints."""
        done = subprocess.run(argv, cwd=self.folder, env=self.env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"`{shlex.join(argv)}` failed with exit code {done.returncode}:\n{done.stderr}")
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def read_output(self, line: str) -> str:
        """Print a line of shell, run it, and print and return its stdout."""
        self.console.print(f"\n[bold cyan]$ {escape(line)}[/]", soft_wrap=True)
        argv = ("sh", "-c", line)
        done = subprocess.run(argv, cwd=self.folder, env=self.env, check=False, stdout=subprocess.PIPE, text=True)
        self.console.print(escape(done.stdout), end="", soft_wrap=True)
        if done.returncode:
            raise DemoError(f"`{line}` failed with exit code {done.returncode}")
        return done.stdout

    def check(self, fact: object, claim: str) -> None:
        """Print a claim if it is true; otherwise raise ``DemoError``."""
        if not fact:
            raise DemoError(f"this claim is false: {claim}")
        self.console.print(f"  [green]✓[/] {escape(claim)}", soft_wrap=True)

    def git(self, *argv: str) -> None:
        """Run git without printing the command."""
        subprocess.run(["git", *argv], cwd=self.folder, env=self.env, check=True, capture_output=True)


class Selected(NamedTuple):
    """The names of the selected plugins, tested ones and advisory ones."""

    tested: set[str]
    advisory: set[str]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Selected:
        plugins = document["plugins"]
        return cls(
            {plugin["name"] for plugin in plugins if not plugin["advisory"]},
            {plugin["name"] for plugin in plugins if plugin["advisory"]},
        )


def _environment() -> dict[str, str]:
    """The environment of this process, without the variables of CI and git."""
    foreign = ("GIT_", "GITHUB_", "COMMONHOLD_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign) and name != "CI"}
    person = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", "octocat"), ("EMAIL", "octocat@example.com"))
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, **person, "PATH": path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def copy(stage: Stage) -> None:
    """Copy the working tree of this repository into a scratch repository"""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    paths = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    for path in paths:
        source = ROOT / path
        if source.is_file() or source.is_symlink():
            target = stage.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    stage.git("init", "-q", "-b", "main")
    stage.git("add", "-A")
    stage.git("commit", "-q", "-m", "The repository as it is")
    stage.git("checkout", "-q", "-b", "topic")
    stage.console.print(f"\n[bold cyan]$ cd {escape(shlex.quote(str(stage.folder)))}[/]", soft_wrap=True)
    stage.run("commonhold", "graph")
    stage.run("commonhold", "affected")
    stage.check(
        stage.read_json("commonhold", "affected", "--json")["selection"] == "none",
        "nothing changed, so nothing is affected",
    )


def edit_a_plugin(stage: Stage) -> None:
    """Edit a community plugin, and list the affected plugins with reasons"""
    stage.shell(f"echo '# edited' >> {EDITED}")
    stage.run("git", "--no-pager", "diff", "--stat")
    stage.run("commonhold", "affected", "--explain")
    selected = Selected.of(stage.read_json("commonhold", "affected", "--json"))
    stage.check(selected.tested == {NETWORKX}, f"{NETWORKX} changed, so its tests are required")
    stage.check(
        selected.advisory == {RDFLIB},
        f"{RDFLIB} depends on it, so it is tested too; its tier makes the test advisory, which blocks nothing",
    )


def show_the_matrix(stage: Stage) -> None:
    """Plan the jobs for GitHub Actions: one matrix of required jobs, and one of advisory jobs"""
    stage.run("commonhold", "plan")
    plan = stage.read_json("commonhold", "plan", "--json")
    for name in ("matrix", "advisory"):
        job = json.dumps(plan[name]["include"][0])
        stage.console.print(f"  [dim]a job in `{name}`, as the workflow reads it:[/] {escape(job)}", soft_wrap=True)
    required = {job["sessions"] for job in plan["matrix"]["include"]}
    stage.check(
        len(required) == len(_pythons(stage)), "the changed plugin is tested on every Python version that it supports"
    )
    stage.check(len(plan["advisory"]["include"]) == 1, "the dependent plugin is tested on the lowest one")
    stage.check(plan["core"] is False, "the core's own jobs do not run")


def _pythons(stage: Stage) -> list[str]:
    with (stage.folder / "pyproject.toml").open("rb") as file:
        return list(tomli.load(file)["tool"]["commonhold"]["python"])


def run_the_tests(stage: Stage) -> None:
    """Run these tests with the flytekit release that constraints.txt pins"""
    stage.run("nox", "-s", "affected")
    # Each session has a JUnit report and a result of the same name.
    reports = sorted((stage.folder / ".commonhold/results").glob("*.xml"))
    results = [json.loads(report.with_suffix(".json").read_bytes()) for report in reports]
    pin = next(line for line in (stage.folder / PIN).read_text().splitlines() if line.startswith("flytekit=="))
    stage.check(
        {result["plugin"] for result in results} == {NETWORKX, RDFLIB},
        "the tests of these two plugins ran, and no others",
    )
    stage.check(all(result["outcome"] == "passed" for result in results), "all tests passed")
    stage.check({f"flytekit=={result['core']}" for result in results} == {pin}, f"they used {pin}")


def change_the_core(stage: Stage) -> None:
    """Undo the edit, and pin another version of the core"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo 'flytekit<2' > {PIN}")
    stage.run("commonhold", "affected")
    document = stage.read_json("commonhold", "affected", "--json")
    selected = Selected.of(document)
    stage.check(document["core"]["affected"], "this counts as a change to the core")
    stage.check(
        selected.tested and all("contrib" not in name for name in selected.tested), "official plugins are tested"
    )
    stage.check(
        not selected.advisory, 'community plugins are not tested, because their tier has on-core-change = "skip"'
    )


def change_a_shared_file(stage: Stage) -> None:
    """Undo the edit, and edit a file that decides how every plugin is tested"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo '# edited' >> {SHARED}")
    stage.run("commonhold", "affected")
    document = stage.read_json("commonhold", "affected", "--json")
    selected = Selected.of(document)
    total = len(list((stage.folder / "plugins").glob("*/*/")))
    stage.check(document["selection"] == "all", "this affects every plugin")
    stage.check(len(selected.tested | selected.advisory) == total, f"all {total} plugins are selected")
    stage.check(
        selected.advisory and all("contrib" in name for name in selected.advisory), "community plugins are advisory"
    )


def change_a_readme(stage: Stage) -> None:
    """Undo the edit, and edit only a readme"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo 'Edited.' >> {README}")
    stage.run("commonhold", "affected")
    stage.check(
        stage.read_json("commonhold", "affected", "--json")["selection"] == "none",
        "a readme affects no test, so nothing is selected",
    )


def start_an_index(stage: Stage) -> None:
    """Start an empty package index on this machine, and plan a release to it"""
    from examples.local_index import local_index

    packages = stage.folder / ".commonhold" / "packages"
    packages.mkdir(parents=True)
    stage.run("git", "checkout", "--quiet", ".")
    stage.index = stage.cleanup.enter_context(local_index(packages))
    command = ("commonhold", "release", "plan", "--next", "--floor", FLOOR, "--dry-run")
    where = ("--to", stage.index, "--core-from", "pypi")
    stage.run(*command, *where)
    plan = stage.read_json(*command, *where, "--json")
    stage.version = plan["version"]
    total = len(list((stage.folder / "plugins").glob("*/*/")))
    stage.check(
        len(plan["plugins"]) == total, f"all {total} plugins are released with the newest flytekit, {stage.version}"
    )
    stage.check(
        all(plugin["version"] == stage.version for plugin in plan["plugins"]),
        "each plugin gets the same version as flytekit",
    )
    stage.check(not any(plugin["held"] for plugin in plan["plugins"]), "no plugin is held back")
    names = [plugin["name"] for plugin in plan["plugins"]]
    stage.check(
        names.index(NETWORKX) < names.index(RDFLIB), f"{RDFLIB} depends on {NETWORKX}, so it is released after it"
    )


def release(stage: Stage) -> None:
    """Release the plugins: plan, build, inspect, publish, verify and write the notes, like `tools/release VERSION`"""
    _run_release(stage)
    document = stage.read_json("commonhold", "release", "status", "--json")
    files = [file for plugin in document["plugins"] for file in plugin["files"]]
    there = {file.name for file in (stage.folder / ".commonhold" / "packages").iterdir()}
    stage.check(document["complete"], "every plugin is on the index")
    stage.check(
        {file["name"] for file in files} == there, f"the index has the {len(files)} planned files, and no others"
    )
    states = {plugin["state"] for plugin in document["plugins"]}
    stage.check(
        states == {"verified"}, "every file has the right hash there, and every plugin can be resolved from there"
    )


def _run_release(stage: Stage) -> None:
    where = ("--to", stage.index, "--core-from", "pypi")
    stage.run("commonhold", "release", "run", stage.version, *where, "--yes")


def release_again(stage: Stage) -> None:
    """Run the same command again, as after an interruption: it skips the finished work"""
    _run_release(stage)
    journal = (stage.folder / ".commonhold" / "release" / stage.version / "journal.jsonl").read_text()
    files = len(list((stage.folder / ".commonhold" / "packages").iterdir()))
    stage.check(journal.count('"event":"uploading"') == files, f"the journal still has {files} uploads")


def list_the_plugins(stage: Stage) -> None:
    """List the released plugins in a plugin index, make its web pages, and serve both on this machine"""
    from examples.local_index import local_files

    documents = "plugin-index"
    stage.run("commonhold", "catalog", "build", stage.version, "--to", documents, "--untested")
    stage.run("commonhold", "catalog", "site", documents, "--to", "site")
    stage.catalogue = stage.cleanup.enter_context(local_files(stage.folder / "site"))
    series = stage.version.rpartition(".")[0]
    document = json.loads((stage.folder / documents / f"index/v1/{series}/community.json").read_text())
    names = {plugin["name"] for plugin in document["plugins"]}
    total = len(list((stage.folder / "plugins/community").glob("*/")))
    stage.check(len(names) == total, f"all {total} community plugins are listed, with the hashes of their files")
    stage.check((stage.folder / f"site/plugins/{RDFLIB}/index.html").is_file(), f"{RDFLIB} has a page")


def install_one(stage: Stage) -> None:
    """Install a community plugin into a new environment with flytekit, as a user would, and use it"""
    user = stage.folder / "user"
    stage.run("uv", "venv", "--quiet", "--python", sys.executable, "user")
    stage.console.print("\n[bold cyan]$ . user/bin/activate[/]")
    stage.env = {
        # nox sets UV_PYTHON, which takes precedence over the active environment.
        **{name: value for name, value in stage.env.items() if name != "UV_PYTHON"},
        "VIRTUAL_ENV": str(user),
        "PATH": os.pathsep.join([str(user / "bin"), stage.env["PATH"]]),
        "COMMONHOLD_PLUGINS_HOME": str(user / "plugins"),
    }
    stage.run("uv", "pip", "install", "--quiet", f"flytekit=={stage.version}", str(ROOT / "tools/client"))
    stage.run("commonhold-plugins", "use", stage.catalogue)
    stage.shell(INSTALL)
    listed = stage.read_output("uv pip list --format freeze | grep flytekit")
    stage.check(f"flytekit=={stage.version}" in listed.split(), "the core is still the flytekit of this release")
    for name in (RDFLIB, NETWORKX):
        stage.check(f"{name}=={stage.version}" in listed.split(), f"it installed the {name} of this release")
    (stage.folder / USER).write_text(PROGRAM)
    stage.check("felix: Animal" in stage.read_output(f"python {USER}"), "the tasks passed a graph between them")


STEPS: list[Callable[[Stage], None]] = [
    copy,
    edit_a_plugin,
    show_the_matrix,
    run_the_tests,
    change_the_core,
    change_a_shared_file,
    change_a_readme,
    start_an_index,
    release,
    release_again,
    list_the_plugins,
    install_one,
]
LONG = (run_the_tests, start_an_index, release, release_again, list_the_plugins, install_one)


def play(steps: Sequence[Callable[[Stage], None]], stage: Stage) -> bool:
    """Run the steps in order, until one fails."""
    for number, step in enumerate(steps, start=1):
        stage.console.print(f"\n[bold]{number}/{len(steps)}  {escape(step.__doc__ or '')}[/]", soft_wrap=True)
        try:
            step(stage)
        except (DemoError, OSError, subprocess.CalledProcessError) as error:
            stage.console.print(f"\n[bold red]error:[/] step {number}: {escape(str(error))}", soft_wrap=True)
            return False
    return True


def main() -> int:
    """Run the demo; the exit code is 0 if every claim was true."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="keep the scratch copy")
    parser.add_argument("--quick", action="store_true", help="run no plugin tests, and release nothing")
    options = parser.parse_args()
    console = Console(highlight=False)
    steps = [step for step in STEPS if not (options.quick and step in LONG)]
    folder = Path(tempfile.mkdtemp(prefix="commonhold-demo-"))
    began = time.monotonic()
    stage = Stage(folder, console)
    try:
        with stage.cleanup:
            good = play(steps, stage)
    except KeyboardInterrupt:
        return 130
    finally:
        if options.keep:
            console.print(f"\nThe scratch copy is in {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if good:
        console.print(f"\n[bold green]Every claim was true.[/] {time.monotonic() - began:.0f} seconds.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
