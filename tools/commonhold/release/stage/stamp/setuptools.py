"""setuptools: ``[tool.setuptools.dynamic]``, ``setup.py`` and ``setup.cfg``, in the order in which they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from commonhold.release.stage.stamp import scm, setup_pins
from commonhold.release.stage.stamp.project import StampError
from commonhold.release.stage.stamp.python import find_literal, module_file
from commonhold.release.stage.stamp.setup_cfg import SetupCfg, pin_file
from commonhold.release.stage.stamp.setup_py import SetupPy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Edit what setuptools takes the version from, or override the history."""
    if scm.has_settings(document):
        return scm.pretend(project, document)
    dynamic = document.table("tool", "setuptools", "dynamic", "version")
    if "project" in document.top and dynamic:
        _stamp_named(project, dynamic, _roots(document.table("tool", "setuptools", "package-dir")))
        return {}
    setup = SetupPy.read(project)
    if setup is not None and setup.says_version:
        return setup.stamp_version(document)
    return _stamp_cfg(project)


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin what these files require."""
    dynamic = document.table("tool", "setuptools", "dynamic")
    optional = document.table("tool", "setuptools", "dynamic", "optional-dependencies")
    for source in (dynamic.get("dependencies"), *optional.values()):
        _pin_files(project, source)
    cfg = SetupCfg(project)
    cfg.pin("options", "install_requires")
    for extra in cfg.options("options.extras_require"):
        cfg.pin("options.extras_require", extra)
    cfg.save()
    setup_pins.pin_requirements(project)


def _pin_files(project: StagedProject, source: object) -> None:
    named = source.get("file") if hasattr(source, "get") else None
    for file in [named] if isinstance(named, str) else named or ():
        pin_file(project, str(file))


def _stamp_named(project: StagedProject, source: Mapping[str, object], roots: tuple[str, ...]) -> None:
    """``{attr = "package.NAME"}`` or ``{file = "VERSION"}``."""
    attribute, file = source.get("attr"), source.get("file")
    if isinstance(attribute, str):
        _stamp_attribute(project, attribute, roots)
        return
    files = [file] if isinstance(file, str) else file
    if not isinstance(files, list) or len(files) != 1:
        raise StampError(
            f"{project.shown('pyproject.toml')}: tool.setuptools.dynamic.version names neither one file nor an "
            f"attribute (it says {dict(source)!r})",
            hint="State project.version.",
        )
    _stamp_file(project, str(files[0]))


def _stamp_attribute(project: StagedProject, attribute: str, roots: tuple[str, ...]) -> None:
    module, _, name = attribute.strip().rpartition(".")
    file = module_file(project, module or "__init__", roots)
    if file is None:
        raise StampError(
            f"{module or 'a module'}, whose {name} is the version of {project.name}, is not in {project.shown('')}",
            hint="Correct the attribute, or state project.version.",
        )
    find_literal(project, file, name, roots).write(project, project.version)


def _stamp_file(project: StagedProject, file: str) -> None:
    data = project.read(file)
    text = (data or b"").decode("utf-8", "replace")
    before = text.strip()
    if data is None or not is_version(before):
        raise StampError(
            f"{project.shown(file)} holds no version, and nothing else: {project.name} takes it from there",
            hint="Write a version into it.",
        )
    project.write(file, text.replace(before, project.version, 1).encode())


def _stamp_cfg(project: StagedProject) -> dict[str, str]:
    cfg = SetupCfg(project)
    value = cfg.get("metadata", "version")
    if not value:
        raise StampError(
            f"{project.name} says its version nowhere: neither {project.shown('pyproject.toml')} (project.version, "
            "tool.setuptools.dynamic, tool.setuptools_scm) nor setup.py (version) nor setup.cfg (metadata.version)",
            hint="State project.version.",
        )
    if value.startswith("file:"):
        _stamp_file(project, value.removeprefix("file:").strip())
    elif value.startswith("attr:"):
        _stamp_attribute(project, value.removeprefix("attr:").strip(), _roots(_package_dir(cfg)))
    elif not is_version(value):
        raise StampError(
            f"{project.shown('setup.cfg')}: metadata.version is no version but {value!r}", hint="Write a version."
        )
    else:
        cfg.set("metadata", "version", project.version)
        cfg.save()
    return {}


def _package_dir(cfg: SetupCfg) -> dict[str, str]:
    lines = (line.partition("=") for line in cfg.get("options", "package_dir").replace(",", "\n").splitlines())
    return {name.strip(): folder.strip() for name, _, folder in lines if folder}


def _roots(package_dir: Mapping[str, object]) -> tuple[str, ...]:
    """The folders in which packages lie; without a setting, setuptools looks into ``src`` too."""
    named: Iterable[str] = (str(folder).strip("/") for name, folder in package_dir.items() if not name)
    return (*named, "", "src")


def is_version(text: str) -> bool:
    """Whether a text is a version, as PEP 440 writes it."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
