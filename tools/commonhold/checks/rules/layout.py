"""Rules CH11x: the files that a plugin's folder contains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.edits import new_file
from commonhold.checks.evidence import known
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule
from commonhold.checks.wheel_modules import INIT
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin

_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml")
_LINTERS = (
    *(
        ".flake8",
        "ruff.toml",
        ".ruff.toml",
        ".pylintrc",
        "pylintrc",
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
    ),
    *("prek.toml", ".trunk/trunk.yaml"),
)
_LINTER_SECTIONS = {
    "pyproject.toml": r"^\[tool\.(?:ruff|flake8|pylint|pylama|ty|hatch\.envs\.hatch-static-analysis)\b",
    "setup.cfg": r"^\[(?:flake8|pylint|pycodestyle|pylama)\b",
    "tox.ini": r"^\[(?:flake8|pylint|pycodestyle|pylama)\b",
}
_TYPED = "Typing :: Typed"


def _project_place(checked: CheckedPlugin) -> tuple[str, int | None]:
    return checked.project_file, None


@plugin_rule("CH110", "The plugin is a Poetry project with a lock file", implements=(97,), general=False)
def poetry_project(checked: CheckedPlugin) -> Iterator[Violation]:
    """The build backend is Poetry, and `poetry.lock` is next to `pyproject.toml`.

    Everybody gets the same versions of all dependencies, in development and in the image.

    **To fix it**, run `poetry init` and `poetry lock` in the plugin's folder, and commit both files.
    """
    if checked.description.backend != "poetry":
        backend = checked.description.backend
        yield Violation(f"the build backend is {backend}, not Poetry", *_project_place(checked), subject="backend")
    elif "poetry.lock" not in checked.paths:
        yield Violation("there is no poetry.lock; run `poetry lock`", *_project_place(checked), subject="lock")


@plugin_rule(
    "CH111",
    "The plugin has a lock file",
    implements=(97,),
    requires=("CH001", "CH110"),
    severity=Severity.WARNING,
    general=False,
)
def lock_file(checked: CheckedPlugin) -> Iterator[Violation]:
    """A lock file of Poetry, uv or PDM, or `pylock.toml`, is in the plugin's folder or in a folder above it.

    With a lock file, a test that fails today can be repeated tomorrow. The rule is off by default, because most
    libraries are tested with the newest versions of their dependencies on purpose. `severity = { CH111 = "warning" }`
    enables it.

    **To fix it**, run `uv lock` or `poetry lock`, and commit the result.
    """
    if not any(path in checked.repository.files.entries for name in _LOCKS for path in _upwards(checked, name)):
        yield Violation(f"there is no lock file: {', '.join(_LOCKS)}", *_project_place(checked))


@plugin_rule("CH112", "The folder has the prescribed layout", implements=(99,), general=False)
def prescribed_layout(checked: CheckedPlugin) -> Iterator[Violation]:
    """The folder contains a package with `__init__.py`, `pyproject.toml`, `README.md` and `tests/__init__.py`.

    Reviewers and tools find the same files at the same places in every plugin.

    **To fix it**, create the missing file.
    """
    for name in ("pyproject.toml", "README.md", "tests/__init__.py"):
        if name not in checked.paths:
            fix = new_file(checked.path(name), b"", safe=True) if name.endswith(".py") else None
            yield Violation(f"{name} is missing", checked.path(name), subject=name, fix=fix)
    if not _packages(checked):
        yield Violation("there is no package with an __init__.py", *_project_place(checked), subject="package")


@plugin_rule(
    "CH113",
    "The package has the project's name",
    implements=(100,),
    requires=("CH001", "CH112"),
    general=False,
)
def package_name(checked: CheckedPlugin) -> Iterator[Violation]:
    """The folder of the plugin's code has the project's name, with `_` instead of `-`.

    Readers find the code, and users know the name of the module from the project's name.

    **To fix it**, rename the folder, and the imports of its modules.
    """
    packages = _packages(checked)
    if checked.name not in map(normalize, packages):
        found = ", ".join(packages)
        yield Violation(f"the project is named {checked.name}, but its package is {found}", *_project_place(checked))


def _packages(checked: CheckedPlugin) -> list[str]:
    inits = [path.removeprefix("src/").split("/") for path in checked.paths if path.endswith("/__init__.py")]
    return sorted(parts[0] for parts in inits if len(parts) == 2 and parts[0] not in ("tests", "test"))


@plugin_rule("CH114", "The plugin has a Dockerfile", implements=(102,), requires=())
def dockerfile(checked: CheckedPlugin) -> Iterator[Violation]:
    """The folder contains a `Dockerfile` or `Containerfile` if the tier sets `image = true`, or with `arcaflow`.

    The plugin is delivered as an image, which cannot be built without the file.

    **To fix it**, copy the file of another plugin of the tier, and adapt its package names.
    """
    needs_image = checked.settings.image or "arcaflow" in checked.settings.profile
    names = {path.rpartition("/")[2].lower().partition(".")[0] for path in checked.paths}
    if needs_image and not names & {"dockerfile", "containerfile"}:
        yield Violation("there is no Dockerfile", checked.path("Dockerfile"))


@plugin_rule("CH115", "A linter is configured", severity=Severity.WARNING, requires=())
def linter(checked: CheckedPlugin) -> Iterator[Violation]:
    """A configuration of Ruff, Flake8 or Pylint, or of pre-commit hooks, is in the plugin's folder or above it.

    Contributors can check their code before a reviewer has to.

    **To fix it**, add a table `[tool.ruff]` to a `pyproject.toml`.
    """
    entries = checked.repository.files.entries
    if any(path in entries for name in _LINTERS for path in _upwards(checked, name)):
        return
    for name, section in _LINTER_SECTIONS.items():
        for path in _upwards(checked, name):
            if path in entries and re.search(section, checked.repository.text(path) or "", re.MULTILINE):
                return
    yield Violation("no linter is configured", *_project_place(checked))


@plugin_rule("CH116", "The files of the template are present", implements=(102,), requires=(), general=False)
def template_files(checked: CheckedPlugin) -> Iterator[Violation]:
    """The folder contains `LICENSE` and `.flake8`, as in the template of the organisation's plugins.

    Every plugin is checked with the same settings, and users find the terms of its licence.

    **To fix it**, copy the file from the template.
    """
    for name in ("LICENSE", ".flake8"):
        if name not in checked.paths:
            yield Violation(f"{name} is missing", checked.path(name), subject=name)


@plugin_rule("CH117", "A plugin that claims types ships them", severity=Severity.WARNING)
def typed_marker(checked: CheckedPlugin) -> Iterator[Violation]:
    """A plugin with the classifier `Typing :: Typed` contains a file `py.typed` (PEP 561).

    Without the file, type checkers ignore all annotations of the plugin.

    **To fix it**, add an empty `py.typed` next to the package's `__init__.py`, or remove the classifier.
    """
    classifiers = checked.description.classifiers
    if _TYPED in (known(classifiers) or ()) and not any(path.endswith("py.typed") for path in checked.paths):
        message = f"the classifier {_TYPED!r} is stated, but there is no py.typed"
        places = (path for place, path in checked.wheel_files.items() if place.endswith(INIT))
        folder = min(places, key=len, default="").rpartition("/")[0]
        fix = new_file(checked.path(f"{folder}/py.typed"), b"") if folder else None
        yield Violation(message, classifiers.path, classifiers.line_of(_TYPED), fix=fix)


def _upwards(checked: CheckedPlugin, name: str) -> Iterator[str]:
    """Yield the paths of a file in the plugin's folder and in each folder above it."""
    folder = checked.plugin.path
    while folder:
        yield f"{folder}/{name}"
        folder = folder.rpartition("/")[0]
    yield name


RULES = (
    poetry_project,
    lock_file,
    prescribed_layout,
    package_name,
    dockerfile,
    linter,
    template_files,
    typed_marker,
)
