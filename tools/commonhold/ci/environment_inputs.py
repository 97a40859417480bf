"""Describe everything that determines which packages a session installs."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import shutil
from itertools import pairwise, product
from typing import TYPE_CHECKING

from commonhold.projects.declaration import ProjectFiles
from commonhold.projects.paths import PROJECT_FILES
from commonhold.projects.requirements_file import read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.ci.session_plan import SessionPlan

# `uv run` sets the variables that are excluded.
_SETTING = re.compile("(?:UV|PIP|VIRTUALENV)_(?!INTERNAL_|RUN_)")
_ATTACHED = re.compile(r"(?:-[rcbe]|--[a-z-]+=)(?=.)")
_REQUIREMENT_OPTIONS = ("-r", "--requirement", "--requirements", "--override", "--overrides", "--exclude", "--excludes")
_CONSTRAINT_OPTIONS = ("-c", "--constraint", "--constraints")


def install_inputs(plan: SessionPlan, paths: Iterable[str], variables: Mapping[str, str]) -> dict[str, str]:
    """Return a digest of the session's requirements, and a digest of the installer's settings.

    ``paths`` are the paths in the session's copy, whose files are read. ``variables`` are the session's environment
    variables.
    """
    return {
        "requirements": digest(_without_root(text, plan) for text in _requirements(plan, paths)),
        "settings": digest(_without_root(text, plan) for text in _settings(plan, variables)),
    }


def digest(texts: Iterable[str]) -> str:
    """Return a digest of several texts."""
    state = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogateescape")
        state.update(b"%d:%b" % (len(data), data))
    return state.hexdigest()


def program_version(name: str) -> str:
    """Describe a program by its path, size and modification time, of which a new version changes at least one.

    The description of a missing program or a script is different at each call: pyenv, for example, puts scripts on PATH
    that start the Python version that is active in the working folder.
    """
    path = os.path.realpath(shutil.which(name) or name)
    try:
        with open(path, "rb") as file:
            is_script = file.read(2) == b"#!"
            status = os.fstat(file.fileno())
    except OSError:
        return _unknown()
    return _unknown() if is_script else f"{path} {status.st_size} {status.st_mtime_ns}"


def _unknown() -> str:
    """Return a value that differs from every earlier value, so that the inputs count as changed."""
    return os.urandom(16).hex()


def _without_root(text: str, plan: SessionPlan) -> str:
    return text.replace(plan.root, "{root}")  # each session has its own copy


def _requirements(plan: SessionPlan, paths: Iterable[str]) -> Iterator[str]:
    yield from plan.install
    yield "constraints"
    yield from plan.constraints
    named = [(option, _path_in_copy(value, plan)) for option, value in _options(plan.install)]
    listed = [path for option, path in named if option in _REQUIREMENT_OPTIONS]
    constraints = [path for option, path in named if option in _CONSTRAINT_OPTIONS]
    # Settings of uv in project files apply to the whole workspace: sources, indexes, overrides.
    read = {path for path in paths if posixpath.basename(path) in {*PROJECT_FILES, "uv.toml"}}
    project = ProjectFiles("", lambda path: _read(os.path.join(plan.root, path)))
    # A file that cannot be read, such as one on a server, may have changed. It is noticed if other constraints change a
    # version, but not if a requirement is removed.
    if None in listed or read_requirements(project, filter(None, listed + constraints)).problems:
        yield _unknown()
    for path in sorted(read.union(project.reads, (path for _, path in named if path))):
        yield path
        yield digest_file(os.path.join(plan.root, path))


def _options(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the arguments of an installer, each with its option: ``-r x``, ``-rx`` and ``--requirement=x``."""
    for before, word in pairwise(("", *arguments)):
        attached = _ATTACHED.match(word)
        yield (attached[0].rstrip("="), word[attached.end() :]) if attached else (before, word)


def _path_in_copy(value: str, plan: SessionPlan) -> str | None:
    """Return the path of a file in the session's copy, or ``None`` if there is no such file."""
    path = os.path.relpath(os.path.join(plan.folder, value), plan.root).replace(os.sep, "/")
    return path if not path.startswith("../") and os.path.isfile(os.path.join(plan.root, path)) else None


def _settings(plan: SessionPlan, variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(variables.items()):
        if _SETTING.match(name):
            yield f"{name}={value}"
    yield "env"
    yield from (f"{name}={value}" for name, value in sorted(plan.env.items()))
    for path in sorted(set(_setting_files(variables))):
        if os.path.isfile(path):
            yield path
            yield digest_file(path)


def _setting_files(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths of the configuration files that uv and pip read for a user and for the machine."""
    home = [os.path.expanduser(folder) for folder in ("~/.config", "~/.pip", "~/Library/Application Support")]
    named = [variables[name] for name in ("XDG_CONFIG_HOME", "APPDATA", "PROGRAMDATA") if variables.get(name)]
    shared = (variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    names = ("uv/uv.toml", "pip/pip.conf", "pip/pip.ini", "pip.conf")
    for folder, name in product((*home, *named, *shared, "/etc"), names):
        yield os.path.join(folder, name)
    yield from (variables[name] for name in ("UV_CONFIG_FILE", "PIP_CONFIG_FILE") if variables.get(name))


def digest_file(path: str) -> str:
    """Return a digest of a file's content, or a fixed digest if the file does not exist."""
    data = _read(path)
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
