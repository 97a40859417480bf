"""A property of `commonhold rename`: it leaves no old name unreported, and renaming back restores every file."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonhold.scaffold.rename.edited_tree import EditedTree
from commonhold.scaffold.rename.rename_files import NewNames, Renamed, rename_plugin_files
from commonhold.tree import REGULAR, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Names(NamedTuple):
    """The names of a plugin in one of several schemes."""

    distribution: str
    package: str
    folder: str

    @property
    def path(self) -> str:
        return self.package.replace(".", "/")

    def write(self, template: str) -> str:
        """Replace the marks of a template by the names: distribution, package, its path, parent and last part, folder."""
        parent, _, last = self.package.rpartition(".")
        marks = {"D": self.distribution, "P": self.package, "p": self.path, "N": parent, "L": last, "F": self.folder}
        return re.sub("<(.)>", lambda mark: marks[mark[1]], template)


def in_namespace(name: str) -> Names:
    return Names(f"acme-contrib-{name}", f"acmeplugins.contrib.{name.replace('-', '_')}", f"plugins/acme-{name}")


def on_top(name: str) -> Names:
    return Names(f"acme-{name}", f"acme_{name.replace('-', '_')}", f"plugins/acme-{name}")


SCHEMES = {"namespace": in_namespace, "top level": on_top}
NAMES = ("spark", "spark-fast", "fast-spark", "fast", "x1")

PROJECTS = {
    "pyproject.toml": [
        (
            '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "<D>"  # the name\n'
            'version = "1"\noptional-dependencies.all = ["<D>[fast]"]\n\n[project.entry-points."acme.plugins"]\nx = "<P>.core:run"\n\n'
            '[tool.hatch.build.targets.wheel]\npackages = ["<R>"]\n\n[tool.mypy]\nfiles = ["<p>"]\n'
        ),
        (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "<D>"\nversion = "1"\n\n'
            '[tool.setuptools.packages.find]\ninclude = ["<R>*"]\n\n[tool.setuptools.package-data]\n"<P>" = ["*.txt"]\n\n'
            '[tool.coverage.run]\nsource = ["<P>"]\n'
        ),
        (
            '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n\n[tool.poetry]\nname = "<D>"\nversion = "1"\n'
            'packages = [{ include = "<R>" }]\n\n[tool.poetry.scripts]\nx = "<P>.core:run"\n\n[tool.bump.file."<p>/__init__.py"]\n'
        ),
    ],
    "setup.cfg": [
        (
            "[metadata]\nname = <D>\nversion = attr: <P>.core.VERSION\n\n[options]\npackages = find_namespace:\n\n"
            "[options.packages.find]\ninclude = <R>*\n\n[options.entry_points]\nacme.plugins =\n    x = <P>.core:run\n\n"
            "[options.package_data]\n<P> = *.txt\n\n[tool:pytest]\naddopts = --cov=<P> --cov <p>\n"
        ),
    ],
    "setup.py": [
        (
            'from setuptools import find_namespace_packages, setup\n\nsetup(\n    name="<D>",\n    use_scm_version=True,\n'
            '    packages=find_namespace_packages(include=["<R>*"]),\n    package_data={"<P>": ["*.txt"]},\n'
            '    entry_points={"acme.plugins": ["x = <P>.core:run"]},\n)\n'
        ),
    ],
}
CODE = [
    "import <P>\n\n<P>.core.run()\n",
    "import <P>.core as core\n",
    "from <P> import core\nfrom <P>.core import run\n",
    "from <N> import <L>\n\n<L>.core.run()\n",
    "from . import core\n",
    'x = "<P>.core:run"\ny = "<P>.core"\n',
    'path = "<p>/page.html"\n',
    'from importlib.metadata import version\n\nversion("<D>")\n',
    'from unittest import mock\n\nmock.patch("<P>.core.run")\n',
    'f"{1} <P>.core"\n',
    '"""See <P>.core of <D>."""\n# <P>.core in <F>\n',
    "def f(): ...\n\n\nclass <L>:\n    <L> = 1\n",
    'name = "<L>"\n',
]
TEXTS = [
    "Install `<D>`: `pip install <D>`.\n",
    "```python\nfrom <P> import core\n\ncore.run()\n```\n",
    "```console\n$ python -m <P>.core --cov <P>\n```\n",
    "The module `<P>.core` is in `<F>/<p>/core.py`.\n",
    ".. automodule:: <P>\n   :members:\n",
    ".. autoclass:: <P>.core.Run\n",
    "See :mod:`<P>` and :func:`<P>.core.run`.\n",
    "An ordinary sentence about <L> and others.\n",
]
OUTSIDE = {
    ".github/CODEOWNERS": ["/<F>/ @octocat\n"],
    ".github/workflows/ci.yml": ["paths: ['<F>/**']\nrun: pip install ./<F> && pytest <F>/tests\n", "needs: [<D>]\n"],
    "pyproject.toml": [
        '[tool.commonhold.plugins.<D>]\npython = ["3.11"]\n\n[[tool.commonhold.shared]]\npath = ["<F>/shared.txt"]\naffects = ["<D>"]\n',
        '[tool.uv.sources]\n<D> = { workspace = true }\n\n[tool.uv.workspace]\nmembers = ["<F>"]\n',
    ],
    "plugins/other/pyproject.toml": [
        '[project]\nname = "other"\nversion = "1"\ndependencies = ["<D>[all]>=1", "<D>-more"]\n',
        '[tool.poetry]\nname = "other"\n\n[tool.poetry.dependencies]\n<D> = "^1"\n',
    ],
    "plugins/other/other.py": ["from <N> import <L>\n\n<L>.core\n", "import <P>\n"],
    "requirements.txt": ["-e ./<F>\n<D>==1\n<D>-more\n"],
    "docs/index.rst": [".. automodule:: <P>.core\n", "`<D> <../<F>/README.md>`_\n"],
    "Makefile": ["test:\n\tpytest <F>/tests --cov=<P>\n"],
}


class MemoryTree(EditedTree):
    """Files in memory: the property needs no repository."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        entries = {path: Entry(REGULAR, "") for path in files}
        known: Any = SimpleNamespace(
            entries=entries,
            start_reading=lambda paths, _most: lambda: {path: files[path] for path in paths if path in files},
        )
        super().__init__(known)
        self._before = files

    def find(self, git: object, texts: Iterable[bytes]) -> tuple[str, ...]:
        return tuple(path for path, data in self._before.items() if any(text in data for text in texts))

    def files(self) -> dict[str, bytes]:
        return {path: self.read(path) or b"" for path in self.paths}


@st.composite
def plugins(draw: st.DrawFn) -> dict[str, str]:
    """Templates of the files of a plugin and of the repository around it, by the template of their path."""
    folder = "<F>"
    kind = draw(st.sampled_from([*PROJECTS]))
    chosen = {f"{folder}/{kind}": draw(st.sampled_from(PROJECTS[kind]))}
    code, text = st.sampled_from(CODE), st.sampled_from(TEXTS)
    chosen[f"{folder}/<p>/__init__.py"] = draw(code)
    chosen[f"{folder}/<p>/core.py"] = "VERSION = '1'\n\n\ndef run(): ...\n" + "".join(draw(st.lists(code, max_size=2)))
    chosen[f"{folder}/<p>/page.html"] = "<!-- p -->"
    chosen[f"{folder}/tests/test_it.py"] = "".join(draw(st.lists(code, min_size=1, max_size=3)))
    for name in ("README.md", "docs/index.rst"):
        chosen[f"{folder}/{name}"] = "".join(draw(st.lists(text, min_size=1, max_size=3)))
    for path in draw(st.lists(st.sampled_from([*OUTSIDE]), unique=True, max_size=4)):
        chosen[path] = draw(st.sampled_from(OUTSIDE[path]))
    return chosen


def write(templates: Mapping[str, str], names: Names) -> dict[str, bytes]:
    root = names.package.partition(".")[0]
    return {names.write(path): names.write(text.replace("<R>", root)).encode() for path, text in templates.items()}


def rename(files: Mapping[str, bytes], old: Names, new: Names) -> tuple[dict[str, bytes], Renamed]:
    tree = MemoryTree(files)
    wanted = NewNames(new.distribution, new.folder, new.package)
    renamed = rename_plugin_files(tree, old.folder, old.distribution, wanted, everywhere=object())  # type: ignore[arg-type]
    return tree.files(), renamed


@given(plugins(), st.sampled_from([*SCHEMES]), st.permutations(NAMES))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_a_rename_is_complete_and_can_be_reverted(templates: dict[str, str], scheme: str, names: list[str]) -> None:
    old, new = (SCHEMES[scheme](name) for name in names[:2])
    before = write(templates, old)
    after, renamed = rename(before, old, new)
    assert [*after] == sorted(write(templates, new))
    notes = "\n".join(renamed.notes)
    names_left = [re.escape(name) for name in (old.distribution, old.package, old.path, old.folder)]
    token = re.compile(rf"(?<![\w.-])(?:{'|'.join(names_left)})(?![\w-])")
    left = {path for path, data in after.items() if token.search(data.decode())}
    assert {path for path in left if path not in notes} == set(), {path: after[path].decode() for path in left}
    again, _ = rename(after, new, old)
    if "still contain" not in notes:
        assert again == before
