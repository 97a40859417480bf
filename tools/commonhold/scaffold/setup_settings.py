"""Read the settings in ``setup.py`` and ``setup.cfg`` that are not metadata: which packages and files to ship."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commonhold.projects.declaration import ProjectFiles
from commonhold.projects.describe_setuptools import setup_arguments
from commonhold.projects.setup_cfg import parse_ini
from commonhold.projects.static_eval import UNKNOWN
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_METADATA = frozenset(
    (
        *("name", "version", "description", "long_description", "long_description_content_type", "author"),
        *("author_email", "maintainer", "maintainer_email", "url", "download_url", "project_urls", "license"),
        *("license_files", "license_file", "license_expression", "keywords", "classifiers", "classifier"),
    )
)
_REQUIREMENTS = frozenset(("install_requires", "extras_require", "tests_require", "setup_requires", "python_requires"))
_OBSOLETE = frozenset(("zip_safe", "test_suite", "entry_points"))  # entry points are metadata
_TABLE = frozenset(
    ("packages", "py_modules", "package_dir", "package_data", "exclude_package_data", "include_package_data")
)
# The other arguments that setuptools uses.
_OPTIONS = frozenset(
    (
        *("cmdclass", "command_options", "command_packages", "data_files", "dependency_links", "distclass"),
        *("eager_resources", "ext_modules", "ext_package", "features", "headers", "include_dirs", "libraries"),
        *("obsoletes", "options", "password", "platforms", "provides", "requires", "script_args", "script_name"),
        "use_2to3",
    )
)
_FINDERS = {"find_packages": False, "find_namespace_packages": True}
_URL_REQUIREMENT = ("@ git+", "@git+", "@ http", "@http", "@ file:", "@file:")


@dataclass
class SetupSettings:
    """``table`` is ``[tool.setuptools]``. ``files`` are the new contents of the old files (``None``: deleted)."""

    table: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes | None] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def read_setup_settings(folder: str, read: Callable[[str], bytes | None], *, extended: bool = False) -> SetupSettings:
    """Read the settings of the project in ``folder``, and what a ``pyproject.toml`` cannot express.

    ``extended`` is true if the build requires other packages, which can add arguments to ``setup()``.
    """
    settings = SetupSettings()
    config, script = read(f"{folder}/setup.cfg"), read(f"{folder}/setup.py")
    for name, raw in (("setup.cfg", config), ("setup.py", script)):
        if raw is not None and any(text in raw.decode("utf-8", "replace") for text in _URL_REQUIREMENT):
            settings.lost.append(f"{name} has a requirement with a URL, which an index does not accept")
    if config is not None:
        _read_config(settings, config)
    if script is not None:
        _read_script(settings, ProjectFiles(folder, read), script, extended=extended)
    if settings.table or script is not None:
        # setup() ships package data only if this is set; the default of pyproject.toml is the opposite.
        settings.table.setdefault("include-package-data", False)
    return settings


def _read_script(settings: SetupSettings, project: ProjectFiles, raw: bytes, *, extended: bool) -> None:
    tree = ast.parse(raw)  # the description could not be read if this failed
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "setup"]
    if len(calls) != 1:
        settings.lost.append(f"setup.py calls setup() {len(calls)} times")
        return
    settings.files["setup.py"] = None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            settings.lost.append(f"setup.py defines the class {node.name}, which the build may run")
    arguments, is_complete = setup_arguments(project, project.path("setup.py"), raw)
    if not is_complete:
        settings.lost.append("setup.py computes the arguments of setup()")
    nodes = {keyword.arg: keyword.value for keyword in calls[0].keywords}
    for name, value in arguments.items():
        _read_argument(settings, project, name, value, nodes.get(name), extended=extended)


def _read_argument(
    settings: SetupSettings, project: ProjectFiles, name: str, value: object, node: ast.expr | None, *, extended: bool
) -> None:
    if name in _METADATA | _REQUIREMENTS | _OBSOLETE or not value:
        return
    if name == "packages" and isinstance(node, ast.Call) and _name(node.func) in _FINDERS:
        found = _finder(node)
        if found is None:
            settings.lost.append("setup.py computes the arguments of its search for packages")
        else:
            settings.table["packages"] = {"find": found}
    elif value is UNKNOWN and (name in _TABLE or name in _OPTIONS or extended):
        settings.lost.append(f"setup.py computes {printable(name)}")
    elif name in _TABLE:
        settings.table[name.replace("_", "-")] = value
    elif name == "scripts":
        settings.table["script-files"] = value
    elif name == "namespace_packages":
        # Without an __init__.py, the packages are namespaces anyway (PEP 420).
        places = (f"{root}{str(each).replace('.', '/')}" for each in _texts(value) for root in ("", "src/"))
        if any(project.read(project.path(f"{place}/__init__.py")) is not None for place in places):
            settings.lost.append("setup.py declares namespace packages that have an __init__.py")
    elif name in _OPTIONS or extended:  # setuptools ignores every other argument
        settings.lost.append(f"setup.py passes {printable(name)} to setup()")


def _texts(value: object) -> list[object]:
    return [*value] if isinstance(value, list | tuple) else [value]


def _finder(call: ast.Call) -> dict[str, Any] | None:
    found: dict[str, Any] = {"namespaces": _FINDERS[_name(call.func)]}
    names = [*zip(("where", "exclude", "include"), call.args, strict=False)]
    names += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
    for name, node in names:
        try:
            value = ast.literal_eval(node)
        except ValueError:
            return None
        if name not in ("where", "exclude", "include"):
            return None
        found[name] = [value] if isinstance(value, str) else [*value]
    return found


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _read_config(settings: SetupSettings, raw: bytes) -> None:
    text = raw.decode("utf-8-sig", "surrogateescape")
    ini = parse_ini(text)
    if "metadata" not in ini and not any(name.partition(".")[0] == "options" for name in ini):
        return
    settings.lost += (f"setup.cfg sets metadata.{key}" for key in ini.get("metadata", {}) if key not in _METADATA)
    readme = ini.get("metadata", {}).get("long_description", "")
    if readme.startswith("file:") and "," in readme:
        settings.lost.append("the readme in setup.cfg consists of several files")
    settings.lost += _read_options(settings, ini)
    rest = _without_sections(text, lambda name: name == "metadata" or name.partition(".")[0] == "options")
    settings.files["setup.cfg"] = rest.encode("utf-8", "surrogateescape") if rest.strip() else None


def _read_options(settings: SetupSettings, ini: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for key, value in ini.get("options", {}).items():
        name = key.replace("_", "-")
        if key == "packages" and value.strip() in ("find:", "find_namespace:"):
            find = {name: _items(text) for name, text in ini.get("options.packages.find", {}).items()}
            settings.table["packages"] = {"find": {"namespaces": "namespace" in value, **find}}
        elif key in ("packages", "py_modules"):
            settings.table[name] = _items(value)
        elif key == "package_dir":
            pairs = (line.partition("=") for line in _items(value))
            settings.table[name] = {package.strip(): folder.strip() for package, _, folder in pairs}
        elif key == "include_package_data":
            settings.table[name] = value.strip().lower() in ("true", "1", "yes", "on")
        elif key not in _REQUIREMENTS | _OBSOLETE:
            yield f"setup.cfg sets options.{printable(key)}"
    for section, values in ini.items():
        if section in ("options.package_data", "options.exclude_package_data"):
            key = section.partition(".")[2].replace("_", "-")
            settings.table[key] = {package: _items(text) for package, text in values.items()}
        elif section.startswith("options.") and section not in _SECTIONS:
            yield f"setup.cfg has the section {printable(section)}"


_SECTIONS = frozenset(("options.packages.find", "options.extras_require", "options.entry_points"))


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.replace(",", "\n").splitlines() if item.strip()]


def _without_sections(text: str, is_removed: Callable[[str], bool]) -> str:
    kept = []
    removing = False
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            removing = is_removed(line.strip().strip("[]"))
        if not removing:
            kept.append(line)
    return "".join(kept).strip("\n") + "\n" if "".join(kept).strip() else ""
