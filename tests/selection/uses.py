"""Kinds of files that name another plugin, and lock files above plugins, each with its meaning by construction."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Kind:
    """A file in a plugin's folder (or a table of ``pyproject.toml``) that names a distribution or a path.

    ``means`` is ``name`` or ``path`` for a dependency of the tests, ``requires`` for a requirement by path, ``reads``
    for a path that the build reads, and ``nothing``. ``part`` is the path in the other plugin's folder.
    """

    file: str
    text: str
    means: str = "name"
    part: str = ""


KINDS = {
    "container": Kind("Dockerfile", "FROM scratch\nRUN pip install --no-deps {name}\n"),
    "copied": Kind("docker/Containerfile.test", "COPY {root} /app\n", "path"),
    "comment": Kind("app.dockerfile", "FROM scratch\n# RUN pip install {name}\n", "nothing"),
    "script": Kind("bin/check", "#!/bin/sh\npip download {name}\n"),
    "python-script": Kind("bin/check-it", "#!/usr/bin/env python3\nNAMES = ['{name}']\n"),
    "no-script": Kind("bin/words", "{name}\n", "nothing"),
    "make": Kind("Makefile", "test:\n\tpytest {up}/tests\n", "path", "/tests"),
    "pipfile": Kind("Pipfile", '[packages]\n{name} = "*"\n'),
    "conda": Kind("environment.yml", "dependencies:\n- pip:\n  - {name}>=1\n"),
    "pixi": Kind("pixi.toml", '[pypi-dependencies]\n{name} = "*"\n'),
    "hatch-file": Kind("hatch.toml", "[envs.test]\ndependencies = ['{name}>=1']\n"),
    "tox": Kind("tox.ini", "[testenv]\ndeps =\n    -e{{toxinidir}}/{up}\n", "requires"),
    "requirements": Kind("test_reqs.txt", "{name}>=1\n"),
    "requirements-folder": Kind("reqs/ci.txt", "-e {up}\n", "requires"),
    "block": Kind("scripts/job.py", "# /// script\n# dependencies = ['{name}']\n# ///\n"),
    "recording": Kind("tests/cassettes/a.yaml", "interactions:\n- request:\n    body: {name}\n", "nothing"),
    "lock": Kind("poetry.lock", '[[package]]\nname = "{name}"\n', "nothing"),
    "manifest": Kind("MANIFEST.in", "include {up}/data.txt\n", "reads", "/data.txt"),
    "manifest-folder": Kind("MANIFEST.in", "recursive-include {up}/tests *.py\n", "reads", "/tests"),
    "rye": Kind(PYPROJECT, "[tool.rye]\ndev-dependencies = ['{name}>=1']\n"),
    "pdm": Kind(PYPROJECT, "[tool.pdm.dev-dependencies]\nt = ['-e file:///${{PROJECT_ROOT}}/{up}#egg=x']\n", "requires"),
    "pixi-table": Kind(PYPROJECT, '[tool.pixi.feature.test.pypi-dependencies]\n{name} = "*"\n'),
    "hatch": Kind(PYPROJECT, "[tool.hatch.envs.test]\npost-install-commands = ['pip install {name}']\n"),
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """A use of the distribution ``name`` or of the plugin in ``folder``."""

    kind: str
    name: str
    folder: str

    @property
    def file(self) -> str:
        return KINDS[self.kind].file

    @property
    def means(self) -> str:
        return KINDS[self.kind].means

    @property
    def place(self) -> str:
        """The path that the file names, from the root."""
        return self.folder + KINDS[self.kind].part

    def text(self, folder: str) -> str:
        """The text of the file in a plugin's ``folder``; paths start at the file or at the root."""
        # Requirements files start at the file, all others at the plugin.
        start = posixpath.dirname(f"{folder}/{self.file}") if self.kind == "requirements-folder" else folder
        return KINDS[self.kind].text.format(name=self.name, root=self.folder, up=posixpath.relpath(self.folder, start))

    def path_text(self, folder: str) -> str:
        """The path as the file of the plugin in ``folder`` writes it."""
        return self.place if self.kind == "copied" else posixpath.relpath(self.place, folder)


LIBRARIES = {"lib-a": ("lib-b",), "lib-b": (), "lib-c": (), "framework": ("lib-c", "lib-d"), "lib-d": ()}
"""Packages of a lock file and their requirements; ``framework`` is the core."""


@dataclass
class Lock:
    """A ``uv.lock``: the version of each library, and the libraries that each plugin requires."""

    needs: dict[str, tuple[str, ...]]
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIBRARIES, 1))

    def text(self) -> str:
        return "version = 1\n" + "".join(
            f'[[package]]\nname = "{name}"\nversion = "{self.versions.get(name, 0)}"\ndependencies = ['
            + ", ".join(f'{{ name = "{other}" }}' for other in needs)
            + "]\n"
            for name, needs in (*self.needs.items(), *LIBRARIES.items())
        )

    def installed(self, name: str, without: str = "") -> set[tuple[str, int, tuple[str, ...]]]:
        """The packages that the tests of a plugin install, each with everything that the lock says about it."""
        graph = {**LIBRARIES, **self.needs}
        found: set[str] = set()
        todo = [name] if name in graph else []
        while todo:
            one = todo.pop()
            if one not in found and one != without:
                found.add(one)
                todo += graph[one]
        return {(one, self.versions.get(one, 0), graph[one]) for one in found}
