"""Plugins that `commonhold new` creates from every template, in both tiers of this repository, with the real core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.index.uv import find_uv
from tests.support.dialogues import on_terminal
from tests.support.repositories import Repo, git_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
UV = find_uv(os.environ)
UV_CACHE = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
"""uv's cache outside the tests: each test has another home folder, where nothing is cached."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
TEMPLATES = ("transformer", "task", "connector", "renderer", "package")
TIERS = ("official", "community")
PERSON = "octocat <octocat@example.com>"

pytestmark = pytest.mark.skipif(
    PYTHON not in ("3.10", "3.11", "3.12"), reason="the plugins of this repository are not tested on this Python"
)


def run(words: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """Run a program that must succeed, and return its output."""
    environment = {**os.environ, "UV_CACHE_DIR": UV_CACHE, **variables}
    finished = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{words}: {finished.stdout}"
    return finished.stdout


def clone(folder: Path) -> Repo:
    """Clone this repository as a contributor does, on a new branch, and test on this Python alone."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], env=git_environment(folder.parent), check=True)
    repo = Repo(folder)
    settings = repo.path("pyproject.toml").read_text(encoding="utf-8")
    one_python = re.sub(r"(?m)^python = \[.*\]$", f'python = ["{PYTHON}"]', settings)
    with_images = f"{one_python}\n[tool.commonhold.tiers.community.check]\nimage = true\n"
    repo.git("checkout", "-q", "-B", "main")
    repo.commit({"pyproject.toml": with_images})
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    repo.git("remote", "add", "upstream", "git@example.org:octo/plugins.git")
    repo.switch("add-plugins", "main")
    return repo


@pytest.mark.filterwarnings("ignore:VPP001")  # of validate-pyproject, whose checks run if it is installed
def test_plugins_of_every_template_and_tier_pass_check_build_and_pass_their_tests(tmp_path: Path) -> None:
    repo = clone(tmp_path / "repo")
    kinds = list(product(TEMPLATES, TIERS))
    for template, tier in kinds:
        words = ("--tier", tier, "--template", template, "--description", f"Try the template {template}.", "--offline")
        assert main(["-C", str(repo.root), "new", f"{tier}-{template}", *words, "--maintainer", PERSON]) == 0
    assert repo.git("status", "--porcelain", "-uno") == ""
    folders = [repo.path(f"plugins/{tier}/flytekit-{tier}-{template}") for template, tier in kinds]
    assert [(folder / "Dockerfile").exists() for folder in folders] == [tier == "community" for _, tier in kinds]
    names = [f"flytekitplugins-{'contrib-' * (tier == 'community')}{tier}-{template}" for template, tier in kinds]
    # The last step that `new` prints for an official plugin.
    links = "".join(f"[{folder.name}]({folder.relative_to(repo.root)})\n" for folder in folders)
    repo.write("docs/new-plugins.md", links)
    assert main(["-C", str(repo.root), "check", *names]) == 0

    python = tmp_path / "env" / "bin" / "python"
    run([UV, "venv", "-q", "--python", sys.executable, tmp_path / "env"], tmp_path)
    core = ("--constraint", ROOT / "constraints.txt", "flytekit", "pytest", "hatchling", "build")
    run([UV, "pip", "install", "-q", "--python", python, *core], tmp_path)
    dist = tmp_path / "dist"
    with ThreadPoolExecutor(2) as pool:
        build = (python, "-m", "build", "--no-isolation", "--outdir", dist)
        list(pool.map(lambda folder: run((*build, folder), tmp_path), folders))
    wheels = sorted(dist.glob("*.whl"))
    assert len(wheels) == len(sorted(dist.glob("*.tar.gz"))) == len(kinds)
    run([UV, "pip", "install", "-q", "--python", python, "--no-index", "--no-deps", *wheels], tmp_path)
    run([UV, "pip", "check", "-q", "--python", python], tmp_path)

    shutil.copytree(repo.path("plugins"), tmp_path / "tests", ignore=shutil.ignore_patterns("flytekitplugins"))
    tests = [tmp_path / "tests" / folder.relative_to(repo.path("plugins")) / "tests" for folder in folders]
    options = ("-q", "--import-mode=importlib", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-c", os.devnull)
    printed = run([python, "-m", "pytest", *options, *tests], tmp_path)
    assert re.search(r"(\d+) passed", printed), printed

    starts = [re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL) for folder in folders]
    for number, (code,) in enumerate(starts):
        (tmp_path / f"start{number}.py").write_text(code, encoding="utf-8")
    printed = run([python, "-c", "\n".join(f"import start{number}" for number in range(len(starts)))], tmp_path)
    assert printed.count("hello, world") == printed.count("HELLO") == len(TIERS)


def test_a_contributor_follows_the_readme_to_a_plugin_whose_tests_pass(tmp_path: Path) -> None:
    repo = clone(tmp_path / "repo")
    readme = repo.path("README.md").read_text(encoding="utf-8")
    install, create = (
        next(block for block in re.findall(r"```console\n(.*?)```", readme, re.DOTALL) if text in block)
        for text in ("pip install .\n", "commonhold new")
    )
    assert "`nox -s affected`" in readme
    run(["bash", "-ec", install.replace("python3", sys.executable)], repo.root)
    programs = repo.path(".venv/bin")
    path = {
        "PATH": f"{programs}{os.pathsep}{Path(UV).parent}{os.pathsep}{os.environ['PATH']}",
        "UV_CACHE_DIR": UV_CACHE,
    }
    command = f"{create.replace('NAME', 'polars').strip()} --offline"
    with on_terminal(["bash", "-c", command], repo.root, {**os.environ, **path}) as program:
        for question, answer in (("Template [", "renderer"), ("One sentence", "Show data frames."), ("Main", PERSON)):
            program.wait_for(question)
            program.type(f"{answer}\n")
        program.wait_for("nox -s affected")
        assert program.finish() == 0
    printed = run(["nox", "-s", "affected"], repo.root, **path)
    assert re.search(rf"flytekitplugins-contrib-polars +{re.escape(PYTHON)} +passed", printed), printed
    assert "flytekitplugins-jinja2" not in printed
