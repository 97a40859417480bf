"""Shows the main jobs on a scratch copy of this repository: ``nox -s demo``.

A change is tested, and then everything is released, to an index that runs inside the demo and ends with it.
Every step prints the command that it runs, so that it can be typed as well, and then checks that what was
shown is what the step says. ``nox -s demo -- --keep`` leaves the copy in place, ``--quick`` runs no tests and
releases nothing.
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

# Releases of the core that are older than this are nobody's business.
FLOOR = "1.16"
USER = "hello.py"
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


class Untrue(Exception):  # noqa: N818 - it reads as what it is
    """Something that the demo shows is not what it says."""


class Stage:
    """The scratch copy, and what happens on it."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console
        self.env = _environment()
        # What ends with the demo.
        self.ending = contextlib.ExitStack()
        self.index = self.version = ""

    def run(self, *argv: str) -> None:
        """Print a command and run it; what it writes is seen as it comes."""
        self._run(shlex.join(argv), argv)

    def shell(self, line: str) -> None:
        """The same for a line of shell."""
        self._run(line, ("sh", "-c", line))

    def _run(self, shown: str, argv: Sequence[str]) -> None:
        self.console.print(f"\n[bold cyan]$ {escape(shown)}[/]", soft_wrap=True)
        self.console.file.flush()
        code = subprocess.run(argv, cwd=self.folder, env=self.env, check=False).returncode
        if code:
            raise Untrue(f"`{shown}` ended with exit code {code}")

    def ask(self, *argv: str) -> dict[str, Any]:
        """The JSON that a command prints: what the checks look at."""
        done = subprocess.run(argv, cwd=self.folder, env=self.env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Untrue(f"`{shlex.join(argv)}` ended with exit code {done.returncode}:\n{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def hear(self, line: str) -> str:
        """Print a line of shell and run it; what it writes on stdout is shown, and returned."""
        self.console.print(f"\n[bold cyan]$ {escape(line)}[/]", soft_wrap=True)
        argv = ("sh", "-c", line)
        done = subprocess.run(argv, cwd=self.folder, env=self.env, check=False, stdout=subprocess.PIPE, text=True)
        self.console.print(escape(done.stdout), end="", soft_wrap=True)
        if done.returncode:
            raise Untrue(f"`{line}` ended with exit code {done.returncode}")
        return done.stdout

    def check(self, fact: object, sentence: str) -> None:
        """Say a sentence, having made sure that it is true."""
        if not fact:
            raise Untrue(f"it is not so: {sentence}")
        self.console.print(f"  [green]✓[/] {escape(sentence)}", soft_wrap=True)

    def git(self, *argv: str) -> None:
        """A git command that nobody needs to see."""
        subprocess.run(["git", *argv], cwd=self.folder, env=self.env, check=True, capture_output=True)


class Answer(NamedTuple):
    """Names of plugins by how strongly they answer."""

    tested: set[str]
    advisory: set[str]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Answer:
        plugins = document["plugins"]
        return cls(
            {plugin["name"] for plugin in plugins if not plugin["advisory"]},
            {plugin["name"] for plugin in plugins if plugin["advisory"]},
        )


def _environment() -> dict[str, str]:
    """This process's, as on a person's machine: neither CI's variables nor git's."""
    foreign = ("GIT_", "GITHUB_", "COMMONHOLD_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign) and name != "CI"}
    person = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "octocat"), ("EMAIL", "octocat@example.com"))
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, **person, "PATH": path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def copy(stage: Stage) -> None:
    """Copy this repository, as it is in the work tree, into a scratch repository"""
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
        stage.ask("commonhold", "affected", "--json")["selection"] == "none", "nothing changed, so nothing is affected"
    )


def edit_a_plugin(stage: Stage) -> None:
    """Edit one community plugin, and ask whom that affects and why"""
    stage.shell(f"echo '# edited' >> {EDITED}")
    stage.run("git", "--no-pager", "diff", "--stat")
    stage.run("commonhold", "affected", "--explain")
    answer = Answer.of(stage.ask("commonhold", "affected", "--json"))
    stage.check(answer.tested == {NETWORKX}, f"{NETWORKX} changed, so its tests count")
    stage.check(
        answer.advisory == {RDFLIB},
        f"{RDFLIB} needs it, so it is tested too; its tier makes that advisory: it holds up nobody",
    )


def show_the_matrix(stage: Stage) -> None:
    """The jobs that GitHub Actions would get: two matrices, one counts and one is advisory"""
    stage.run("commonhold", "plan")
    plan = stage.ask("commonhold", "plan", "--json")
    for name in ("matrix", "advisory"):
        job = json.dumps(plan[name]["include"][0])
        stage.console.print(f"  [dim]in {name}, as the workflow reads it:[/] {escape(job)}", soft_wrap=True)
    counts = {job["sessions"] for job in plan["matrix"]["include"]}
    stage.check(len(counts) == len(_pythons(stage)), "what changed itself is tested on all its Pythons")
    stage.check(len(plan["advisory"]["include"]) == 1, "what only needs it, on the lowest one")
    stage.check(plan["core"] is False, "the core's own jobs need not run")


def _pythons(stage: Stage) -> list[str]:
    with (stage.folder / "pyproject.toml").open("rb") as file:
        return list(tomli.load(file)["tool"]["commonhold"]["python"])


def run_the_tests(stage: Stage) -> None:
    """Run exactly these tests, with the flytekit of the index that constraints.txt pins"""
    stage.run("nox", "-s", "affected")
    results = [json.loads(file.read_bytes()) for file in sorted((stage.folder / ".commonhold/results").glob("*.json"))]
    pin = next(line for line in (stage.folder / PIN).read_text().splitlines() if line.startswith("flytekit=="))
    stage.check({result["plugin"] for result in results} == {NETWORKX, RDFLIB}, "these two plugins ran, and no other")
    stage.check(all(result["outcome"] == "passed" for result in results), "all of them passed")
    stage.check({f"flytekit=={result['core']}" for result in results} == {pin}, f"against {pin}")


def move_the_core(stage: Stage) -> None:
    """Undo that, and pin another core: official plugins answer, community plugins leave it to the nightly run"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo 'flytekit<2' > {PIN}")
    stage.run("commonhold", "affected")
    document = stage.ask("commonhold", "affected", "--json")
    answer = Answer.of(document)
    stage.check(document["core"]["affected"], "the core counts as changed")
    stage.check(answer.tested and all("contrib" not in name for name in answer.tested), "official plugins are tested")
    stage.check(not answer.advisory, 'no community plugin is: their tier says on-core-change = "skip"')


def change_a_shared_file(stage: Stage) -> None:
    """Undo that, and edit a file that says how every plugin is tested"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo '# edited' >> {SHARED}")
    stage.run("commonhold", "affected")
    document = stage.ask("commonhold", "affected", "--json")
    answer = Answer.of(document)
    total = len(list((stage.folder / "plugins").glob("*/*/")))
    stage.check(document["selection"] == "all", "that concerns everybody")
    stage.check(len(answer.tested | answer.advisory) == total, f"all {total} plugins are selected")
    stage.check(answer.advisory and all("contrib" in name for name in answer.advisory), "community ones as advisory")


def change_a_readme(stage: Stage) -> None:
    """Undo that, and edit only a readme"""
    stage.run("git", "checkout", "--quiet", ".")
    stage.shell(f"echo 'Edited.' >> {README}")
    stage.run("commonhold", "affected")
    stage.check(stage.ask("commonhold", "affected", "--json")["selection"] == "none", "no test can tell the difference")


def start_an_index(stage: Stage) -> None:
    """Start an index on this machine, with no package in it, and ask what a release to it would do"""
    from examples.local_index import local_index

    packages = stage.folder / ".commonhold" / "packages"
    packages.mkdir(parents=True)
    stage.run("git", "checkout", "--quiet", ".")
    stage.index = stage.ending.enter_context(local_index(packages))
    asked = ("commonhold", "release", "plan", "--next", "--floor", FLOOR, "--dry-run")
    where = ("--to", stage.index, "--core-from", "pypi")
    stage.run(*asked, *where)
    plan = stage.ask(*asked, *where, "--json")
    stage.version = plan["version"]
    total = len(list((stage.folder / "plugins").glob("*/*/")))
    stage.check(len(plan["plugins"]) == total, f"all {total} plugins go with flytekit {stage.version}, the newest")
    stage.check(all(plugin["version"] == stage.version for plugin in plan["plugins"]), "at its very version")
    stage.check(not any(plugin["held"] for plugin in plan["plugins"]), "none is held back")
    names = [plugin["name"] for plugin in plan["plugins"]]
    stage.check(names.index(NETWORKX) < names.index(RDFLIB), f"{RDFLIB} needs {NETWORKX}, and goes after it")


def release(stage: Stage) -> None:
    """Release them: plan, build, inspect, publish, verify and write the notes (`tools/release VERSION` does it)"""
    _run_release(stage)
    document = stage.ask("commonhold", "release", "status", "--json")
    files = [file for plugin in document["plugins"] for file in plugin["files"]]
    there = {file.name for file in (stage.folder / ".commonhold" / "packages").iterdir()}
    stage.check(document["complete"], "everything is on the index")
    stage.check({file["name"] for file in files} == there, f"{len(files)} files, as planned, and no other")
    states = {plugin["state"] for plugin in document["plugins"]}
    stage.check(states == {"verified"}, "each was looked up there by its hash, and resolves from there")


def _run_release(stage: Stage) -> None:
    where = ("--to", stage.index, "--core-from", "pypi")
    stage.run("commonhold", "release", "run", stage.version, *where, "--yes")


def release_again(stage: Stage) -> None:
    """Type the same again, as after an interruption: what is done is left out"""
    _run_release(stage)
    journal = (stage.folder / ".commonhold" / "release" / stage.version / "journal.jsonl").read_text()
    files = len(list((stage.folder / ".commonhold" / "packages").iterdir()))
    stage.check(journal.count('"event":"uploading"') == files, f"its journal tells of {files} uploads, as before")


def install_one(stage: Stage) -> None:
    """Install one of them from that index into a fresh environment, as a user would, and run it"""
    python = "user/bin/python"
    stage.run("uv", "venv", "--quiet", "--python", sys.executable, "user")
    stage.run(
        *("uv", "pip", "install", "--quiet", "--python", python, "--index", f"{stage.index}simple/"),
        f"{RDFLIB}=={stage.version}",
    )
    listed = stage.hear(f"uv pip list --python {python} --format freeze | grep flytekit")
    stage.check(f"flytekit=={stage.version}" in listed.split(), "it came with this very flytekit")
    stage.check(f"{NETWORKX}=={stage.version}" in listed.split(), f"and with the {NETWORKX} of the same release")
    (stage.folder / USER).write_text(PROGRAM)
    stage.check("felix: Animal" in stage.hear(f"{python} {USER}"), "graphs pass between flytekit's tasks")


STEPS: list[Callable[[Stage], None]] = [
    copy,
    edit_a_plugin,
    show_the_matrix,
    run_the_tests,
    move_the_core,
    change_a_shared_file,
    change_a_readme,
    start_an_index,
    release,
    release_again,
    install_one,
]
LONG = (run_the_tests, start_an_index, release, release_again, install_one)


def play(steps: Sequence[Callable[[Stage], None]], stage: Stage) -> bool:
    """Do the steps in turn, until one shows something untrue."""
    for number, step in enumerate(steps, start=1):
        stage.console.print(f"\n[bold]{number}/{len(steps)}  {escape(step.__doc__ or '')}[/]", soft_wrap=True)
        try:
            step(stage)
        except (Untrue, OSError, subprocess.CalledProcessError) as error:
            stage.console.print(f"\n[bold red]error:[/] step {number}: {escape(str(error))}", soft_wrap=True)
            return False
    return True


def main() -> int:
    """Play the demo; the exit code is 0 when all of it was true."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the scratch copy in place")
    parser.add_argument("--quick", action="store_true", help="run none of the plugins' tests, and release nothing")
    options = parser.parse_args()
    console = Console(highlight=False)
    steps = [step for step in STEPS if not (options.quick and step in LONG)]
    folder = Path(tempfile.mkdtemp(prefix="commonhold-demo-"))
    began = time.monotonic()
    stage = Stage(folder, console)
    try:
        with stage.ending:
            good = play(steps, stage)
    except KeyboardInterrupt:
        return 130
    finally:
        if options.keep:
            console.print(f"\nThe copy stays in {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if good:
        console.print(f"\n[bold green]All of it was so.[/] {time.monotonic() - began:.0f} seconds.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
