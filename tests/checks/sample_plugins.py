"""A plugin that passes every rule, in two formats, and edits of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Edit: TypeAlias = "str | tuple[str, str] | None"

MIT = """\
MIT License

Copyright (c) 2026 The authors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "acme-NAME"
version = "1.0.0"
description = "Draws maps."
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.11"
classifiers = [
    "Programming Language :: Python :: 3.11",
    "Typing :: Typed",
]
dependencies = ["framework"]
import-names = ["acme.NAME"]
import-namespaces = ["acme"]

[project.urls]
Source = "https://example.org/NAME"

[project.entry-points."acme.plugins"]
NAME = "acme.NAME.main:run"

[tool.hatch.build.targets.wheel]
packages = ["acme"]
"""

SETUP_PY = """\
from setuptools import find_namespace_packages, setup

setup(
    name="acme-NAME",
    version="1.0.0",
    description="Draws maps.",
    long_description=open("README.md").read(),
    long_description_content_type="text/markdown",
    license="MIT",
    url="https://example.org/NAME",
    packages=find_namespace_packages(exclude=["tests*"]),
    install_requires=["framework"],
    python_requires=">=3.11",
)
"""

POETRY = """\
[tool.poetry]
name = "acme-NAME"
version = "1.0.0"
description = "Draws maps."
authors = ["octocat <octocat@example.org>"]
license = "Apache-2.0"
readme = "README.md"
repository = "https://example.org/NAME"
packages = [{ include = "acme_NAME" }]

[tool.poetry.dependencies]
python = "^3.9"
framework = "*"

[build-system]
requires = ["poetry-core>=2"]
build-backend = "poetry.core.masonry.api"
"""


def plugin(name: str, edits: Mapping[str, Edit] | None = None) -> dict[str, str]:
    """A plugin with ``pyproject.toml``, edited: a file gets a new text, is deleted, or a part of it is replaced."""
    return _edited(name, {"pyproject.toml": PYPROJECT, "LICENSE": MIT, **_package("acme/NAME")}, edits)


def setup_plugin(name: str, edits: Mapping[str, Edit] | None = None) -> dict[str, str]:
    """A plugin with ``setup.py``."""
    return _edited(name, {"setup.py": SETUP_PY, "LICENSE": MIT, **_package("acme/NAME")}, edits)


def poetry_plugin(name: str, edits: Mapping[str, Edit] | None = None) -> dict[str, str]:
    """A plugin with the files of Arcaflow's template; the licence's text is not the complete one."""
    more = {"poetry.lock": "", "Dockerfile": "FROM scratch\n", ".flake8": "[flake8]\n", "tests/__init__.py": ""}
    files = {"pyproject.toml": POETRY, "LICENSE": "Apache\n", **more, **_package("acme_NAME")}
    return _edited(name, files, edits)


def _package(folder: str) -> dict[str, str]:
    modules = {f"{folder}/__init__.py": "", f"{folder}/main.py": "", f"{folder}/py.typed": ""}
    return {"README.md": "# Maps\n", "tests/test_main.py": "", **modules}


def _edited(name: str, files: dict[str, str], edits: Mapping[str, Edit] | None) -> dict[str, str]:
    for path, edit in (edits or {}).items():
        if isinstance(edit, tuple):
            assert edit[0] in files[path], f"{path} does not contain {edit[0]!r}"
            files[path] = files[path].replace(*edit)
        elif edit is None:
            del files[path]
        else:
            files[path] = edit
    return {path.replace("NAME", name): text.replace("NAME", name) for path, text in files.items()}
