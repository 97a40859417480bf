"""Helpers that read projects which a test declares as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import Dependency, Metadata
from commonhold.projects.names import Name, normalize
from commonhold.projects.requirement import unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = "plugins/x"
PROJECT = '[project]\nname = "x"\nversion = "1"\n'
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def read(files: Mapping[str, str | bytes], folder: str = FOLDER) -> Metadata:
    """The metadata of ``folder``, its dependencies without specifiers and markers; see :func:`read_fully`."""
    metadata = read_fully(files, folder)
    return metadata._replace(
        runtime=_bare(metadata.runtime),
        build=_bare(metadata.build),
        files=_bare(metadata.files),
        extras={extra: _bare(several) for extra, several in metadata.extras.items()},
        groups={group: _bare(several) for group, several in metadata.groups.items()},
    )


def _bare(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    return unique(one._replace(specifier="", marker="") for one in dependencies)


def read_fully(files: Mapping[str, str | bytes], folder: str = FOLDER) -> Metadata:
    """The metadata of ``folder`` in a repository of these files, by path; a path without ``/`` is in the folder."""
    tree = {
        path if "/" in path or not folder else f"{folder}/{path}": text.encode() if isinstance(text, str) else text
        for path, text in files.items()
    }
    return read_metadata(folder, tree.get, project_files(tree, folder))


def setup(body: str, **others: str) -> Metadata:
    """The metadata of a ``setup.py`` with this body, and of further files next to it."""
    return read({"setup.py": f"from setuptools import setup\n{body}\n", **others})


def dependency(name: str | None, *extras: str, path: str | None = None) -> Dependency:
    """A dependency; its names are normalized."""
    return Dependency(None if name is None else normalize(name), frozenset(map(normalize, extras)), path)


def dependencies(*names: str) -> tuple[Dependency, ...]:
    """Dependencies without extras and paths."""
    return tuple(map(dependency, names))


def messages(metadata: Metadata) -> list[str]:
    """The messages of the problems."""
    return [problem.message for problem in metadata.problems]


def named(name: str) -> Name:
    """A name that is normalized already."""
    return Name(name)
