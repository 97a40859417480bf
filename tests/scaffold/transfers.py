"""A monorepo with two tiers, and a plugin in a repository of its own, for tests of `import` and `rename`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.cli.__main__ import main
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = """\
[tool.commonhold]
core = { distribution = "acme" }
default-branch = "main"

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
distribution = "acme-{name}"
import = "acmeplugins.{name}"

[tool.commonhold.tiers.community]
path = ["plugins/community/*"]
distribution = "acme-contrib-{name}"
import = "acmeplugins.contrib.{name}"
"""

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "spark-tools"  # the old name
version = "1.2"
dependencies = ["acme"]

[project.optional-dependencies]
all = ["spark-tools[fast]"]
fast = []

[project.entry-points."acme.plugins"]
spark = "sparktools.hooks:load"

[tool.coverage.run]
source = ["sparktools"]
"""

SOURCE = {
    "pyproject.toml": PROJECT,
    "README.md": "# Spark tools\n\n`pip install spark-tools`, then `from sparktools import hooks`.\n",
    "LICENSE": "Apache License\nVersion 2.0\n",
    "src/sparktools/__init__.py": "from sparktools.core import run\n",
    "src/sparktools/core.py": "def run():\n    return 1\n",
    "tests/test_core.py": "from sparktools import run\n\n\ndef test_run():\n    assert run() == 1\n",
}


def monorepo(folder: Path) -> Repo:
    """A monorepo with plugins in each tier, and a user who can commit."""
    repo = Repo.of(
        folder,
        {
            "pyproject.toml": CONFIG,
            "plugins/official/acme-first/pyproject.toml": '[project]\nname = "acme-first"\nversion = "1"\n',
            "plugins/community/acme-more/pyproject.toml": '[project]\nname = "acme-contrib-more"\nversion = "1"\n',
            "plugins/community/acme-other/pyproject.toml": '[project]\nname = "acme-contrib-other"\nversion = "1"\n',
        },
    )
    repo.git("config", "user.name", "Core Member")
    repo.git("config", "user.email", "core@example.com")
    return repo


def source(folder: Path) -> Repo:
    """A plugin's repository: a file that moved, a tag, and messages with references to issues."""
    repo = Repo.init(folder)
    before = {path.replace("src/sparktools/core", "src/sparktools/old_core"): text for path, text in SOURCE.items()}
    repo.commit(before, message="Start (#1)")
    repo.git("mv", "src/sparktools/old_core.py", "src/sparktools/core.py")
    repo.commit(message="Rename a module, fixes #12")
    repo.git("tag", "v1.17.0")
    repo.git("tag", "-a", "-m", "Release, see #3", "1.18")
    repo.commit({"README.md": SOURCE["README.md"] + "More.\n"}, message="Document\n\nSee other/repo#4 and `#5`.")
    return repo


def run(repo: Repo, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run a command in a repository; its exit code, its output and its messages."""
    code = main(["-C", str(repo.root), *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def state(repo: Repo) -> dict[str, Any]:
    """Everything that a command must not change: references, the index, and the files on disk."""
    files = {
        str(path.relative_to(repo.root)): path.read_bytes()
        for path in sorted(repo.root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(repo.root).parts
    }
    return {
        "refs": repo.git("for-each-ref"),
        "head": (repo.root / ".git/HEAD").read_text(),
        "index": repo.git("ls-files", "-s"),
        "files": files,
        "config": (repo.root / ".git/config").read_bytes(),
    }
