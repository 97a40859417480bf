"""Create a package with the old names of a plugin: it requires the new distribution and re-exports the new package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable

_INIT = '''\
"""The old name of {new}."""

import warnings

import {new} as _new
from {new} import *  # noqa: F403

warnings.warn("{old} is now {new}: install {distribution}", DeprecationWarning, stacklevel=2)


def __getattr__(name):
    return getattr(_new, name)


def __dir__():
    return dir(_new)
'''
_PACKAGE = '''\
"""The old name of {new}."""

import {new} as _new
from {new} import *  # noqa: F403


def __getattr__(name):
    return getattr(_new, name)
'''
# The same module under both names, so that classes and settings exist once.
_MODULE = '''\
"""The old name of {new}."""

import sys

import {new} as _new

sys.modules[__name__] = _new
'''
_README = """\
# {old}

This project is now named `{new}`: install `{new}`, and import `{package}`.
This version only installs it.
"""


def compatibility_files(
    distribution: tuple[str, str], package: tuple[str, str] | None, modules: Iterable[str], version: str | None
) -> dict[str, bytes]:
    """Return the files of a distribution with the old name by path, relative to its folder.

    ``modules`` are the old dotted names of the package's modules; a package ends with ``.__init__``. ``version`` is the
    last version of the old distribution (``None``: unknown).
    """
    old, new = distribution
    files = {
        "README.md": _README.format(old=old, new=new, package=package[1] if package else new),
        "pyproject.toml": _project(old, new, package, next_version(version)),
    }
    for module in modules if package is not None else ():
        name = module.removesuffix(".__init__")
        renamed = package[1] + name[len(package[0]) :] if package else name
        path = module.replace(".", "/")
        is_package = name != module
        template = _INIT if package and name == package[0] else _PACKAGE if is_package else _MODULE
        files[f"{path}.py"] = template.format(old=name, new=renamed, distribution=new)
    return {path: text.encode() for path, text in files.items()}


def next_version(version: str | None) -> str:
    """Return the version of the compatibility package, which installers prefer to every old version.

    >>> next_version("1.2.3"), next_version(None)
    ('1.3.0', '1.0.0')
    """
    try:
        known = Version(version or "0.9")
    except ValueError:  # also raised for a number with more digits than int() accepts
        known = Version("0.9")
    if version is None:
        return "1.0.0"
    return f"{known.major}.{known.minor + 1}.0"


def _project(old: str, new: str, package: tuple[str, str] | None, version: str) -> str:
    import tomlkit

    document = tomlkit.document()
    document["build-system"] = {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"}
    document["project"] = {
        "name": old,
        "version": version,
        "description": f"The old name of {new}.",
        "readme": "README.md",
        "dependencies": [new],
        "classifiers": ["Development Status :: 7 - Inactive"],
    }
    wheel: dict[str, object] = {"packages": [package[0].partition(".")[0]]} if package else {"bypass-selection": True}
    document["tool"] = {"hatch": {"build": {"targets": {"wheel": wheel}}}}
    return tomlkit.dumps(document)
