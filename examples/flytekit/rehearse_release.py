"""Rehearse a release of flytekit's plugins with jobs that replace the plugin part of ``pythonpublish.yml``.

Run ``python -m examples.flytekit.rehearse_release CLONE`` in the root of this repository, with the test dependencies,
uv and npm installed. CLONE is a clone of flyteorg/flytekit, which is only read. The rehearsal adds the files to a tag
of it, and a real runner executes the workflow as GitHub would when that release is published: from the tag to plugins
on a local package index. Afterwards the files on the index are compared with the plan, and one plugin is installed
from it.

The rehearsal does not upload the core, which is already on PyPI, and does not build the images, which need Docker.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from commonhold.release.model.journal_events import BuildFailed
from commonhold.release.model.store import open_store
from examples.flytekit.github import HERE, PROJECT, RULES, GitHub, Python, lay_over, prepare_runner, run
from examples.flytekit.splice import cut_job, cut_step, job_names, splice_release
from examples.replay.page import table, write_block
from examples.replay.releasing import short, why_failed
from tests.release.indexes import pypiserver
from tests.workflows.runner import actions_used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.release.indexes import Server
    from tests.workflows.runner import Runner

WORKFLOW = ".github/workflows/pythonpublish.yml"
ACTIONS = ".github/actions/release-tool/action.yml", ".github/actions/build-shard/action.yml"
REQUIREMENTS = ".github/release/requirements.in"
LOCKED = ".github/release/requirements.txt"
OVERLAY = {
    **RULES,
    ACTIONS[0]: HERE / "release" / "action.yml",
    ACTIONS[1]: PROJECT / ACTIONS[1],
    REQUIREMENTS: HERE / "release" / "requirements.in",
}
RELEASE = HERE / "pythonpublish.yml"
CORE_UPLOAD = "Build and publish"
IMAGES = "build-and-push-"
TO_PYPI = "INDEX: pypi\n"
THE_PLAN = '-- "$VERSION"'

TAG = "v1.16.24"
INSTALLED, MODULE = "flytekitplugins-deck-standard", "flytekitplugins.deck"
HEAD = ("release", "plugins", "built", "on the index", "files there", "held back", "seconds")


class Rehearsed(NamedTuple):
    """The result of a rehearsed release.

    ``planned`` contains the SHA-256 of the files of each uploaded plugin by file name, and ``served`` those of all
    files on the index. ``held`` contains the reason for each plugin that is not uploaded. ``installed`` is the
    version of the plugin that was installed from the index.
    """

    tag: str
    built: tuple[str, ...]
    planned: Mapping[str, Mapping[str, str]]
    served: Mapping[str, str]
    held: Mapping[str, str]
    results: Mapping[str, set[str]]
    notes: str
    installed: str
    seconds: float


def rehearse_release(clone: Path, tag: str, folder: Path, only: Sequence[str] = ()) -> Rehearsed:
    """Rehearse the release of a tag of ``clone``, and write all files into ``folder``.

    With ``only``, release only these plugins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    github = GitHub.of(clone, folder / tag)
    python = Python.make(folder)
    _publish(github, tag, python)
    python.install("--no-deps", "--requirement", github.checkout / LOCKED)
    with pypiserver(folder / "index") as index:
        workflow = github.checkout / WORKFLOW
        workflow.write_text(make_executable(workflow.read_text(), index.address.upload, only))
        runner = prepare_runner(folder, python, _actions(github.checkout, folder / "used"))
        return _release(runner, github, tag, index, folder)


def _publish(github: GitHub, tag: str, python: Python) -> None:
    """Move the tag to a commit that also contains our files."""
    github.git("switch", "--quiet", "--detach", tag)
    lay_over(github.checkout, OVERLAY)
    compile_requirements(github.checkout, python.wheels)
    workflow = github.checkout / WORKFLOW
    workflow.write_text(splice_release(workflow.read_text(), RELEASE.read_text()))
    github.git("add", "--all", "--force", *OVERLAY, LOCKED, WORKFLOW)
    github.git("commit", "--quiet", "--message=Release the plugins")
    github.git("tag", "--force", tag)
    github.push("HEAD:refs/heads/master", f"refs/tags/{tag}")


def compile_requirements(checkout: Path, wheels: Path) -> None:
    """Pin the requirements of the jobs by hash, as the file itself describes; this library comes from ``wheels``."""
    words = ["--universal", "--python-version", "3.10", "--generate-hashes", "--no-emit-index-url"]
    where = ["--find-links", str(wheels), "--no-emit-find-links", "--refresh-package", "commonhold", "--quiet"]
    run("uv", "pip", "compile", *words, *where, "--output-file", LOCKED, REQUIREMENTS, cwd=checkout)


def make_executable(workflow: str, index: str, only: Sequence[str] = ()) -> str:
    """Remove the steps that need real services from the workflow, and replace the package index."""
    workflow = cut_step(workflow, CORE_UPLOAD)
    for job in job_names(workflow):
        if job.startswith(IMAGES):
            workflow = cut_job(workflow, job)
    arguments = "".join(f"--only {name} " for name in only)
    for old, new in ((TO_PYPI, f"INDEX: {index}\n"), (THE_PLAN, arguments + THE_PLAN)):
        assert workflow.count(old) == 1, f"{old!r} is not exactly once in the workflow"
        workflow = workflow.replace(old, new)
    return workflow


def _actions(checkout: Path, folder: Path) -> set[str]:
    lay_over(folder, {path: checkout / path for path in (WORKFLOW, *ACTIONS)})
    return actions_used(folder)


def _release(runner: Runner, github: GitHub, tag: str, index: Server, folder: Path) -> Rehearsed:
    started = time.monotonic()
    done = github.run(runner, "pythonpublish.yml", "release", action="published", release={"tag_name": tag})
    seconds = time.monotonic() - started
    store = github.store / "artifacts" / "release"
    assert store.is_dir(), f"the release wrote no result; the log is {folder / tag / 'log.txt'}"
    plugins = json.loads((store / "after" / "release.json").read_text())["plugins"]
    planned = {each["name"]: {file["name"]: file["sha256"] for file in each["files"]} for each in plugins if each["up"]}
    (version,) = {each["version"] for each in plugins}
    return Rehearsed(
        tag=tag,
        built=tuple(each["name"] for each in plugins if each["files"]),
        planned=planned,
        served=dict(_served(folder / "index" / "packages")),
        held={**{each["name"]: each["why"] for each in plugins if not each["up"]}, **dict(_failed(store))},
        results=done.results(),
        notes=(store / "after" / "NOTES.md").read_text(),
        installed=install(folder, index, version) if INSTALLED in planned else "",
        seconds=seconds,
    )


def _failed(store: Path) -> Iterator[tuple[str, str]]:
    for event in open_store(str(store)).journal.read():
        if isinstance(event, BuildFailed):
            yield event.plugin, why_failed(store, event)


def _served(packages: Path) -> Iterator[tuple[str, str]]:
    for file in packages.iterdir():
        yield file.name, hashlib.sha256(file.read_bytes()).hexdigest()


def install(folder: Path, index: Server, version: str) -> str:
    """Install a plugin from the index, import it, check that its files are the index's, and return its version."""
    user = folder / "user"
    python = user / "bin" / "python"
    requirements = (f"{INSTALLED}=={version}", f"flytekit=={version}")
    run("uv", "venv", "--quiet", "--python", sys.executable, user, cwd=folder)
    run(
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--index",
        index.address.simple,
        *requirements,
        cwd=folder,
    )
    (wheel,) = (folder / "index" / "packages").glob(f"{INSTALLED.replace('-', '_')}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        info = next(path for path in archive.namelist() if path.endswith(".dist-info/RECORD"))
        shipped = {line for line in archive.read(info).decode().split() if not line.startswith(f"{info},")}
    (record,) = user.glob(f"lib/python*/site-packages/{info}")
    assert shipped <= {*record.read_text().split()}, f"{INSTALLED} was not installed from the index"
    program = f"import importlib.metadata as m, {MODULE}; print(m.version({INSTALLED!r}))"
    return run(python, "-c", program, cwd=folder)


def _lines(done: Rehearsed) -> Iterator[str]:
    row = (done.tag, len(done.planned) + len(done.held), len(done.built), len(done.planned), len(done.served))
    yield from table(HEAD, [(*row, len(done.held), f"{done.seconds:.0f}")])
    yield ""
    yield from table(("held back", "why"), [(f"`{name}`", short(why)) for name, why in done.held.items()])


def main() -> int:
    """Rehearse the release and print Markdown tables; return 1 unless the index has exactly the planned files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, help="a clone of flyteorg/flytekit with its history")
    parser.add_argument("--tag", default=TAG, help="the release to rehearse")
    parser.add_argument("--only", action="append", default=[], metavar="PLUGIN", help="release only these plugins")
    parser.add_argument("--page", type=Path, help="write the tables between the markers of this page")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write all files into DIR, and keep them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        done = rehearse_release(options.clone.resolve(), options.tag, options.keep or Path(scratch), options.only)
    print("\n".join(_lines(done)))
    if options.page is not None:
        write_block(options.page, "rehearsed-release", _lines(done))
    return 0 if done.served == {name: sha for files in done.planned.values() for name, sha in files.items()} else 1


if __name__ == "__main__":
    sys.exit(main())
