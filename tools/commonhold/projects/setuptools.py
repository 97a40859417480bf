"""Write versions and pins for setuptools: ``[tool.setuptools.dynamic]``, then ``setup.py``, then ``setup.cfg``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.projects import pbr, scm, setup_py_pins
from commonhold.projects.python_source import find_literal, module_file
from commonhold.projects.requirements_file import pin_file
from commonhold.projects.setup_cfg import SetupCfg
from commonhold.projects.setup_py_version import SetupPyVersion
from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Edit the file that contains the version, or return the variables that override a version from git."""
    # setuptools-scm overrides every other source, which may be a placeholder.
    if scm.has_settings(document):
        return scm.pretend(project, document)
    dynamic = document.table("tool", "setuptools", "dynamic", "version")
    if "project" in document.top and dynamic:
        _stamp_named(project, dynamic, _roots(document.table("tool", "setuptools", "package-dir")))
        return {}
    if pbr.is_used(project, document):
        return scm.pretend_to_pbr(project, document)
    # Arguments of setup() override setup.cfg.
    setup = SetupPyVersion.read(project)
    if setup is not None and setup.has_version:
        return setup.stamp_version(document)
    return _stamp_cfg(project)


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin the requirements in ``[tool.setuptools.dynamic]``, ``setup.cfg`` and ``setup.py``."""
    dynamic = document.table("tool", "setuptools", "dynamic")
    optional = document.table("tool", "setuptools", "dynamic", "optional-dependencies")
    for source in (dynamic.get("dependencies"), *optional.values()):
        _pin_files(project, source)
    open_fields = set(document.table("project").get("dynamic", ())) & {"dependencies", "optional-dependencies"}
    if "project" in document.top and not open_fields:
        return  # setuptools then ignores the other files, and a stale file must not stop a release
    cfg = SetupCfg(project)
    cfg.pin("options", "install_requires")
    for extra in cfg.options("options.extras_require"):
        cfg.pin("options.extras_require", extra)
    for extra in cfg.options("extras"):
        cfg.pin("extras", extra)
    cfg.save()
    pbr.pin_requirements(project, document)
    setup_py_pins.pin_requirements(project)


def _pin_files(project: StagedProject, source: object) -> None:
    named = source.get("file") if hasattr(source, "get") else None
    for file in [named] if isinstance(named, str) else named or ():
        pin_file(project, str(file))


def _stamp_named(project: StagedProject, source: Mapping[str, object], roots: tuple[str, ...]) -> None:
    """Write the version into the file that ``{attr = "package.NAME"}`` or ``{file = "VERSION"}`` refers to."""
    attribute, file = source.get("attr"), source.get("file")
    if isinstance(attribute, str):
        _stamp_attribute(project, attribute, roots)
        return
    files = [file] if isinstance(file, str) else file
    # setuptools joins several files with line breaks, and the result is not a version.
    if not isinstance(files, list) or len(files) != 1:
        raise StampError(
            f"{project.shown('pyproject.toml')}: tool.setuptools.dynamic.version has neither one file nor an "
            f"attribute (it is {dict(source)!r})",
            hint="Add project.version.",
        )
    _stamp_file(project, str(files[0]))


def _stamp_attribute(project: StagedProject, attribute: str, roots: tuple[str, ...]) -> None:
    module, _, name = attribute.strip().rpartition(".")
    file = module_file(project, module or "__init__", roots)
    if file is None:
        raise StampError(
            f"{module or 'a module'}, whose {name} is the version of {project.name}, is not in {project.shown('')}",
            hint="Correct the attribute, or add project.version.",
        )
    find_literal(project, file, name, roots).write(project, project.version)


def _stamp_file(project: StagedProject, file: str) -> None:
    data = project.read(file)
    text = (data or b"").decode("utf-8", "replace")
    before = text.strip()
    if data is None or not is_version(before):
        raise StampError(
            f"{project.shown(file)} does not contain only a version, although {project.name} reads its version from it",
            hint="Write a version into the file.",
        )
    project.write(file, text.replace(before, project.version, 1).encode())


def _stamp_cfg(project: StagedProject) -> dict[str, str]:
    cfg = SetupCfg(project)
    value = cfg.get("metadata", "version")
    if not value:
        raise StampError(
            f"{project.name} has no version: neither {project.shown('pyproject.toml')} (project.version, "
            "tool.setuptools.dynamic, tool.setuptools_scm) nor setup.py (version) nor setup.cfg (metadata.version)",
            hint="Add project.version.",
        )
    if value.startswith("file:"):
        _stamp_file(project, value.removeprefix("file:").strip())
    elif value.startswith("attr:"):
        _stamp_attribute(project, value.removeprefix("attr:").strip(), _roots(_package_dir(cfg)))
    elif not is_version(value):
        raise StampError(
            f"{project.shown('setup.cfg')}: metadata.version is {value!r}, which is not a version",
            hint="Write a version.",
        )
    else:
        cfg.set("metadata", "version", project.version)
        cfg.save()
    return {}


def _package_dir(cfg: SetupCfg) -> dict[str, str]:
    lines = (line.partition("=") for line in cfg.get("options", "package_dir").replace(",", "\n").splitlines())
    return {name.strip(): folder.strip() for name, _, folder in lines if folder}


def _roots(package_dir: Mapping[str, object]) -> tuple[str, ...]:
    """Return the folders that contain packages; without a setting, setuptools also searches ``src``."""
    named: Iterable[str] = (str(folder).strip("/") for name, folder in package_dir.items() if not name)
    return (*named, "", "src")


def is_version(text: str) -> bool:
    """Return whether a text is a version (PEP 440)."""
    try:
        Version(text)
    except ValueError:  # also raised for a number with more digits than int() accepts
        return False
    return True
