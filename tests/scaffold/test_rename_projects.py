"""`commonhold rename` in project files: each format has the new name, packages and entry points afterwards."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import tomlkit

from commonhold.scaffold.rename.ini_files import rename_in_ini
from commonhold.scaffold.rename.package_layout import PackageLayout
from commonhold.scaffold.rename.project_settings import rename_settings
from commonhold.scaffold.rename.python_code import rename_in_code
from commonhold.scaffold.rename.renaming import Renaming
from commonhold.scaffold.rename.setup_script import rename_in_setup_script

RENAMING = Renaming(
    ("pytest-x", "acme-contrib-x"), ("pytest_x", "acme.contrib.x"), ("src/pytest_x", "src/acme/contrib/x")
)
LAYOUT = PackageLayout("acme.contrib.x", "src")
SETUP_PY = """\
from setuptools import setup, find_packages

NAME = "pytest-x"
setup(
    name=NAME,
    use_scm_version=True,
    packages=find_packages("src", exclude=["tests"]),
    package_dir={"": "src"},
    package_data={"pytest_x": ["*.txt"]},
    entry_points={"pytest11": ["pytest_x = pytest_x"], "console_scripts": '''
        x = pytest_x.cli:main
    '''},
)
"""


def test_a_setup_script_that_stays_is_renamed() -> None:
    code = rename_in_setup_script(rename_in_code(SETUP_PY, RENAMING), RENAMING, LAYOUT, literal_name=True)
    seen: list[dict[str, object]] = []
    module = SimpleNamespace(
        setup=lambda **arguments: seen.append(arguments), find_namespace_packages=lambda *a, **k: (a, k)
    )
    exec(
        code.replace("from setuptools import ", "from fake import "),
        {"__builtins__": {"__import__": lambda *_: module}},
    )
    assert seen == [
        {
            "name": "acme-contrib-x",
            "use_scm_version": True,
            "packages": (("src",), {"exclude": ["tests"], "include": ["acme*"]}),
            "package_dir": {"": "src"},
            "package_data": {"acme.contrib.x": ["*.txt"]},
            "entry_points": {
                "pytest11": ["pytest_x = acme.contrib.x"],
                "console_scripts": "\n        x = acme.contrib.x.cli:main\n    ",
            },
        }
    ]


def test_a_setup_script_of_a_module_ships_a_package() -> None:
    code = "setup(name='pytest-x', py_modules=['pytest_x'])"
    assert rename_in_setup_script(rename_in_code(code, RENAMING), RENAMING, LAYOUT) == (
        "setup(name='acme-contrib-x', packages=[\"acme.contrib.x\"])"
    )


TWO = PackageLayout("acme.contrib.x", "src", siblings=("ns.other",))
FROM_NAMESPACE = Renaming(("ns-x", "acme-contrib-x"), ("ns.x", "acme.contrib.x"), ("src/ns/x", "src/acme/contrib/x"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[tool.hatch.build.targets.wheel]\npackages = ["src/ns"]\n', '["src/ns", "src/acme"]'),
        ('[tool.hatch.build.targets.wheel]\npackages = ["src/ns/x", "src/ns/other"]\n', '["src/acme", "src/ns/other"]'),
        ('[tool.setuptools.packages.find]\ninclude = ["ns*"]\n', '["ns*", "acme*"]'),
        ('[tool.poetry]\npackages = [{ include = "ns", from = "src" }]\n', '"acme"'),
        ('[build-system]\nbuild-backend = "hatchling.build"\n', '["src/acme", "src/ns"]'),
    ],
)
def test_packages_that_keep_their_names_are_still_shipped(old: str, new: str) -> None:
    renamed = rename_settings(tomlkit.parse(old), FROM_NAMESPACE, TWO)
    assert new in renamed
    assert '"ns' in renamed or '"src/ns' in renamed


SETUP_CFG = """\
[metadata]
name = pytest_x
description = The pytest_x plugin

[options]
packages = find:
package_dir =
    =src
install_requires =
    pytest
    # why
    pytest

[options.packages.find]
where = src

[options.extras_require]
all = pytest-x[fast]

[options.entry_points]
pytest11 =
    pytest_x = pytest_x.plugin

[options.package_data]
pytest_x = *.txt

[mypy-pytest_x.*]
ignore_missing_imports = true

[bumpversion:file:src/pytest_x/__init__.py]

[isort]
known_first_party = other,pytest_x

[tox]
commands = pytest --cov=pytest_x --cov src/pytest_x -k pytest_xy
"""


def test_a_setup_cfg_that_stays_is_renamed() -> None:
    expected = SETUP_CFG.replace("src/pytest_x", "src/acme/contrib/x")
    for old, new in (
        ("name = pytest_x", "name = acme-contrib-x"),
        ("packages = find:", "packages = find_namespace:"),
        ("[options.packages.find]\n", "[options.packages.find]\ninclude = acme*\n"),
        ("pytest-x[fast]", "acme-contrib-x[fast]"),
        ("pytest_x.plugin", "acme.contrib.x.plugin"),
        ("pytest_x = *.txt", "acme.contrib.x = *.txt"),
        ("mypy-pytest_x.*", "mypy-acme.contrib.x.*"),
        ("other,pytest_x", "other,acme.contrib.x"),
        ("--cov=pytest_x", "--cov=acme.contrib.x"),
    ):
        expected = expected.replace(old, new)
    assert rename_in_ini(SETUP_CFG, RENAMING, LAYOUT) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "[options]\npackages = find:\n",
            "[options]\npackages = find_namespace:\n\n[options.packages.find]\ninclude = acme*\n",
        ),
        (
            "[options]\npackages =\n  pytest_x\n  pytest_x.y\n",
            "[options]\npackages =\n  acme.contrib.x\n  acme.contrib.x.y\n",
        ),
        ("[options]\npy_modules = pytest_x\n", "[options]\npackages = acme.contrib.x\n"),
        (
            "[options]\npackages = find:\n[options.packages.find]\ninclude =\n    pytest_x\n    pytest_x.*\n",
            "[options]\npackages = find_namespace:\n[options.packages.find]\ninclude =acme*\n",
        ),
    ],
)
def test_packages_in_a_setup_cfg(old: str, new: str) -> None:
    assert rename_in_ini(old, RENAMING, LAYOUT) == new
