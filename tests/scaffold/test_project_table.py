"""Conversions to `[project]`: the same values in the standard form, or the exact reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tomli

from commonhold.scaffold.project_table import Conversion, convert_project

if TYPE_CHECKING:
    from collections.abc import Mapping


def convert(files: Mapping[str, str]) -> Conversion:
    contents = {f"plugins/x/{name}": text.encode() for name, text in files.items()}
    return convert_project("plugins/x", contents.get)


def converted(files: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The new `pyproject.toml`, and the new contents of other files."""
    conversion = convert(files)
    assert conversion.lost == ()
    texts = {
        path.removeprefix("plugins/x/"): data.decode() if data is not None else None
        for path, data in conversion.files.items()
    }
    return tomli.loads(texts.pop("pyproject.toml") or ""), texts


SETUP_PY = """\
from setuptools import setup

NAME = "x"
with open("README.md") as file:
    readme = file.read()
setup(
    title="ignored by setuptools",
    name=f"acme-{NAME}",
    version="1.0",
    description="Words",
    long_description=readme,
    long_description_content_type="text/markdown",
    author="octocat",
    author_email="octocat@example.com",
    url="https://example.com",
    license="Apache 2.0",
    classifiers=["License :: OSI Approved :: Apache Software License", "Framework :: Acme"],
    namespace_packages=["acmeplugins"],
    packages=[f"acmeplugins.{NAME}"],
    install_requires=["acme>=1,<2", 'six; python_version < "3.9"'],
    extras_require={"fast": ["numpy"]},
    tests_require=["pytest"],
    python_requires=">=3.9",
    entry_points={"acme.plugins": ["x=acmeplugins.x:load"], "console_scripts": ["x = acmeplugins.x:main"]},
    package_data={"acmeplugins.x": ["*.html"]},
    zip_safe=False,
)
"""


def test_setup_py_becomes_a_project_table() -> None:
    document, others = converted(
        {"setup.py": SETUP_PY, "README.md": "", "pyproject.toml": "[tool.black]\nline-length = 99\n"}
    )
    assert document == {
        "build-system": {"requires": ["setuptools>=77"], "build-backend": "setuptools.build_meta"},
        "project": {
            "name": "acme-x",
            "version": "1.0",
            "description": "Words",
            "readme": "README.md",
            "license": "Apache-2.0",
            "requires-python": ">=3.9",
            "authors": [{"name": "octocat", "email": "octocat@example.com"}],
            "classifiers": ["Framework :: Acme"],
            "dependencies": ["acme>=1,<2", 'six; python_version < "3.9"'],
            "optional-dependencies": {"fast": ["numpy"]},
            "urls": {"Homepage": "https://example.com"},
            "scripts": {"x": "acmeplugins.x:main"},
            "entry-points": {"acme.plugins": {"x": "acmeplugins.x:load"}},
        },
        "dependency-groups": {"tests": ["pytest"]},
        "tool": {
            "setuptools": {
                "packages": ["acmeplugins.x"],
                "package-data": {"acmeplugins.x": ["*.html"]},
                "include-package-data": False,
            },
            "black": {"line-length": 99},
        },
    }
    assert others == {"setup.py": None}


def test_setup_cfg_keeps_the_sections_of_other_tools() -> None:
    document, others = converted(
        {
            "setup.py": "from setuptools import setup\nsetup()\n",
            "setup.cfg": """\
[metadata]
name = acme-x
version = 1.0
license = MIT

[flake8]
max-line-length = 99

[options]
packages = find:
package_dir =
    = src
install_requires =
    acme

[options.packages.find]
where = src
""",
        }
    )
    assert document["project"] == {"name": "acme-x", "version": "1.0", "license": "MIT", "dependencies": ["acme"]}
    assert document["tool"]["setuptools"] == {
        "packages": {"find": {"namespaces": False, "where": ["src"]}},
        "package-dir": {"": "src"},
        "include-package-data": False,
    }
    assert others == {"setup.py": None, "setup.cfg": "[flake8]\nmax-line-length = 99\n"}


POETRY = """\
[tool.poetry]
name = "acme-x"
version = "1.0"
description = "Words"
authors = ["octocat <octocat@example.com>"]
license = "MIT"
packages = [{ include = "acmex", from = "src" }]

[tool.poetry.dependencies]
python = "^3.9"
acme = "^1.2"  # why
numpy = { version = "^2", optional = true }

[tool.poetry.extras]
fast = ["numpy"]

[tool.poetry.plugins."acme.plugins"]
x = "acmex:load"

[tool.poetry.group.dev.dependencies]
pytest = "^8"

[tool.poetry.group.docs]
optional = true

[tool.poetry.group.docs.dependencies]
sphinx = "*"

[tool.poetry.group.local.dependencies]
other = { path = "../other" }

[build-system]
requires = ["poetry-core>=1.0"]
build-backend = "poetry.core.masonry.api"
"""


def test_poetry_keeps_what_the_standard_cannot_express() -> None:
    document, others = converted({"pyproject.toml": POETRY})
    assert document == {
        "build-system": {"requires": ["poetry-core>=2.2"], "build-backend": "poetry.core.masonry.api"},
        "project": {
            "name": "acme-x",
            "version": "1.0",
            "description": "Words",
            "license": "MIT",
            "requires-python": ">=3.9,<4",
            "authors": [{"name": "octocat", "email": "octocat@example.com"}],
            "dependencies": ["acme>=1.2,<2"],
            "optional-dependencies": {"fast": ["numpy>=2,<3"]},
            "entry-points": {"acme.plugins": {"x": "acmex:load"}},
        },
        "dependency-groups": {"dev": ["pytest>=8,<9"], "docs": ["sphinx"]},
        "tool": {
            "poetry": {
                "packages": [{"include": "acmex", "from": "src"}],
                "group": {"docs": {"optional": True}, "local": {"dependencies": {"other": {"path": "../other"}}}},
            }
        },
    }
    conversion = convert({"pyproject.toml": POETRY})
    assert conversion.notes == (
        "tool.poetry.group.docs keeps optional, which the standard cannot express",
        "tool.poetry.group.local stays: tool.poetry.group.local.dependencies.other uses path",
    )
    assert b'    "acme>=1.2,<2", # why\n' in (conversion.files["plugins/x/pyproject.toml"] or b"")
    assert others == {}


def test_comments_are_kept_at_requirements_or_listed() -> None:
    conversion = convert(
        {
            "setup.py": "# the build  \nfrom setuptools import setup  # noqa\n\nsetup()\n",
            "setup.cfg": "[metadata]\nname = x\nversion = 1\n# ours\n\n[flake8]\n# wide\nmax-line-length = 99\n",
            "pyproject.toml": "# tools\n[tool.black]\nline-length = 99  # wide\n",
        }
    )
    assert conversion.notes == ("these comments were not kept: setup.cfg:4: # ours, setup.py:1: # the build",)


@pytest.mark.parametrize(
    ("files", "lost"),
    [
        ({"setup.py": SETUP_PY.replace("zip_safe=False", "ext_modules=[1]")}, "setup.py passes ext_modules to setup()"),
        ({"setup.py": SETUP_PY.replace("zip_safe=False", "cmdclass={'x': f()}")}, "setup.py computes cmdclass"),
        (
            {"setup.py": "class Install: ...\n" + SETUP_PY},
            "setup.py defines the class Install, which the build may run",
        ),
        ({"setup.py": SETUP_PY.replace('"1.0"', "f()")}, "version: it can only be determined by running setup.py"),
        ({"setup.py": SETUP_PY.replace("'six;", "'six @ https://x.org/six.whl;")}, "a requirement with a URL"),
        ({"setup.py": SETUP_PY, "acmeplugins/__init__.py": ""}, "namespace packages that have an __init__.py"),
        (
            {"setup.py": SETUP_PY.replace("zip_safe=False", "setup_requires=['cffi'], cffi_modules=['x']")},
            "cffi_modules",
        ),
        (
            {"setup.cfg": "[metadata]\nname = x\nversion = 1\n[options]\nscripts = a\n"},
            "setup.cfg sets options.scripts",
        ),
        ({"setup.cfg": "[metadata]\nname = x\nversion = attr: x.V\n"}, "version"),
        (
            {"pyproject.toml": POETRY.replace('"^1.2"', '{ git = "https://x.org" }')},
            "tool.poetry.dependencies.acme uses git",
        ),
        (
            {"pyproject.toml": POETRY.replace('"^1.2"', '"^1 || ^3"')},
            "tool.poetry.dependencies.acme has alternatives (||)",
        ),
    ],
)
def test_a_project_that_would_lose_something_stays(files: dict[str, str], lost: str) -> None:
    conversion = convert({"README.md": "", **files})
    assert conversion.files == {}
    assert any(lost in each for each in conversion.lost), conversion.lost


def test_a_project_table_is_left_alone() -> None:
    assert convert({"pyproject.toml": '[project]\nname = "x"\nversion = "1"\n', "setup.py": SETUP_PY}) == Conversion()
