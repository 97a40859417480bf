"""Read ``setup.cfg`` as setuptools does, and edit single values line by line."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.build_paths import name_build_path, name_package_data
from commonhold.projects.declaration import Declaration
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.requirement import both_markers, requirement_lines, show, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.metadata import Dependency
    from commonhold.projects.staged_project import StagedProject

FILE = "setup.cfg"

_REQUIREMENT_OPTIONS = frozenset(("install_requires", "setup_requires", "tests_require"))
_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"\s*([^=:\s][^=:]*)[=:][^\S\r\n]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")

Ini = dict[str, dict[str, str]]


class IniOption(NamedTuple):
    """An option: its value starts at a column of line ``line`` and ends before line ``end``."""

    section: str
    name: str
    line: int
    start: int
    end: int

    def value(self, lines: list[str]) -> str:
        """Return the value in the form of ``configparser``: without indentation, comments and empty lines."""
        first, *others = lines[self.line : self.end]
        texts = (line.strip() for line in others)
        return "\n".join([first[self.start :].strip(), *(text for text in texts if text and text[0] not in "#;")])


def split_lines(text: str) -> list[str]:
    """Return the lines of an INI file with their ends; an :class:`IniOption` counts them from 0."""
    return _LINE.findall(text)


def parse_ini(text: str) -> Ini:
    """Return sections, options and values as ``configparser`` does; importing it would take longer than parsing a file.

    Lines that ``configparser`` would reject are skipped.
    """
    found: Ini = {}
    for option, value in read_options(text):
        found.setdefault(option.section, {})[option.name] = value
    return found


def read_options(text: str) -> Iterator[tuple[IniOption, str]]:
    """Yield the options with their values, in the file's order."""
    lines = split_lines(text)
    return ((option, option.value(lines)) for option in _options(lines))


def _options(lines: list[str]) -> Iterator[IniOption]:
    """Yield the options in the file's order; if two options have the same name, ``configparser`` uses the last."""
    section = name = ""
    first = start = end = depth = 0
    for at, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        indent = len(line) - len(line.lstrip())
        # A line that is indented more than the option continues its value, even if it looks like an option.
        if name and indent > depth:
            end = at + 1
            continue
        if name:
            yield IniOption(section, name, first, start, end)
        name, depth = "", indent
        if (header := _SECTION.match(stripped)) is not None:
            section = header[1]
        elif section and (match := _OPTION.match(line)) is not None:
            # Many versions of setuptools accept install-requires instead of install_requires.
            name = match[1].rstrip().lower().replace("-", "_")
            first, start, end = at, match.end(), at + 1
    if name:
        yield IniOption(section, name, first, start, end)


def read_setup_cfg(project: ProjectFiles, path: str, raw: bytes) -> Declaration:
    """Read ``[metadata]`` and ``[options]``."""
    declared = Declaration(path, project.folder)
    ini = parse_ini(raw.decode("utf-8-sig", "surrogateescape"))
    metadata, options = ini.get("metadata", {}), ini.get("options", {})
    _read_metadata(project, declared, metadata)
    # Other tools read only their own sections of this file.
    declared.requires_python = options.get("python_requires", "").strip() or None
    for field, key in (("runtime", "install_requires"), ("build", "setup_requires")):
        setattr(declared, field, _dependencies(project, declared, field, f"options.{key}", options.get(key)))
    tests = _dependencies(project, declared, "extras", "options.tests_require", options.get("tests_require"))
    if tests:
        declared.add_group(Name("tests-require"), tests)
    # pbr's own section separates a marker with a colon.
    extras = {name: value.replace(":", ";") for name, value in ini.get("extras", {}).items()}
    _read_extras(project, declared, {**extras, **ini.get("options.extras_require", {})})
    _read_build_paths(project, ini)
    _read_packages(project, ini)
    return declared


def _read_build_paths(project: ProjectFiles, ini: Ini) -> None:
    """Record the paths of packages, data files and version files that the build uses outside the project's folder."""
    for section, options in ini.items():
        if section not in ("metadata", "files") and section.partition(".")[0] != "options":
            continue
        for name, value in options.items():
            if section != "options.extras_require" and name not in _REQUIREMENT_OPTIONS and ".." in value:
                for word in re.split(r"[\s,=;]+", value):
                    name_build_path(project, word.removeprefix("file:"))


def _read_packages(project: ProjectFiles, ini: Ini) -> None:
    from commonhold.projects.shipped import attribute_files, entry_point_files, package_paths, setuptools_roots

    options = ini.get("options", {})
    packages, modules, folders = (split_list(options.get(key, "")) for key in ("packages", "py_modules", "package_dir"))
    pairs = (line.partition("=") for line in folders)
    named = {name.strip(): folder.strip() for name, _, folder in pairs if folder.strip()}
    where = split_list(ini.get("options.packages.find", {}).get("where", ""))
    finds_any = packages[:1] == ["find_namespace:"] and not where
    data = [text for value in ini.get("options.package_data", {}).values() for text in split_list(value)]
    for text in data:
        name_package_data(project, text)
    leaves = any(".." in text for text in data)
    # Hooks and commands are code of the project.
    hooks = "cmdclass" in options or not {"setup_hooks", "commands"}.isdisjoint(ini.get("global", {}))
    project.builds_any |= finds_any or leaves or hooks
    packages = [] if packages and packages[0].startswith("find") else packages
    version = ini.get("metadata", {}).get("version", "").strip()
    project.ships(attribute_files([version.removeprefix("attr:")] if version.startswith("attr:") else []))
    project.ships(package_paths(packages, modules, named, where))
    for folder, package in setuptools_roots(named, where):
        project.add_root(folder, package)
    project.ships(split_list(options.get("scripts", "")))
    for value in ini.get("options.data_files", {}).values():
        project.ships(split_list(value))
    for value in ini.get("options.entry_points", {}).values():
        project.ships(entry_point_files(split_list(value)))


def split_list(value: str) -> list[str]:
    """Split a setuptools ``list-comma``, whose items are on separate lines or separated by commas."""
    return [item.strip() for item in value.replace(",", "\n").splitlines() if item.strip()]


def _read_metadata(project: ProjectFiles, declared: Declaration, metadata: dict[str, str]) -> None:
    name = metadata.get("name", "").strip()
    if name and is_valid(name):
        declared.name = normalize(name)
    elif name:
        declared.problem("name", f"metadata.name: {show(name)} is not a valid distribution name; correct it")
    version = metadata.get("version", "").strip()
    if not version.startswith(("attr:", "file:")):
        declared.version = version or None  # a computed version is looked up when a release needs it
    for file in _files(version) if version.startswith("file:") else ():
        project.opens(file)
    declared.classifiers = tuple(split_items(metadata.get("classifiers", metadata.get("classifier", "")))) or None
    for key in ("license_file", "license_files", "long_description"):
        value = metadata.get(key, "")
        files = value.removeprefix("file:").split(",") if key == "long_description" else split_items(value)
        for file in files if key != "long_description" or value.startswith("file:") else ():
            project.names_file(file.strip())


def split_items(value: str) -> list[str]:
    """Split a setuptools ``list-semi``, whose items are on separate lines or, on one line, separated by semicolons.

    So a semicolon starts a marker only if the value begins on the line after the option's name:
    https://setuptools.pypa.io/en/latest/userguide/declarative_config.html#opt-2
    """
    items = value.splitlines() if "\n" in value else value.split(";")
    return [item.strip() for item in items if item.strip()]


def _dependencies(
    project: ProjectFiles, declared: Declaration, field: str, label: str, value: str | None
) -> tuple[Dependency, ...] | None:
    if not value:
        return None
    if not value.startswith("file:"):
        return declared.dependencies(field, label, requirement_lines("\n".join(split_items(value))))
    from commonhold.projects.requirements_file import read_requirements

    files = [project.opens(name) for name in _files(value)]
    found, problems = read_requirements(project, [file for file in files if file is not None])
    for problem in problems:
        declared.add(problem)
    return found


def _files(value: str) -> list[str]:
    """Return the files in a value such as ``file: A, B``."""
    names = value.strip().removeprefix("file:").replace("\n", ",").split(",")
    return [name.strip() for name in names if name.strip()]


def _read_extras(project: ProjectFiles, declared: Declaration, section: dict[str, str]) -> None:
    found: dict[Name, list[Dependency]] = {}
    always = [*(declared.runtime or ())]
    for key, value in section.items():
        extra, _, marker = (part.strip() for part in key.partition(":"))
        label = f"options.extras_require.{key}"
        several = _dependencies(project, declared, "extras", label, value) or ()
        several = tuple(one._replace(marker=both_markers(one.marker, marker)) for one in several)
        if not extra:
            always += several
        elif is_valid(extra):
            found.setdefault(normalize(extra), []).extend(several)
        else:
            declared.problem("extras", f"{show(label)} is not a valid extra name; correct it")
    if always:
        declared.runtime = unique(always)
    declared.extras = {extra: unique(several) for extra, several in found.items()} or None


class SetupCfg:
    """The ``setup.cfg`` of a staged project (empty if missing).

    Edits change only values; all other text stays the same.
    """

    def __init__(self, project: StagedProject) -> None:
        self._project = project
        self._before = (project.read(FILE) or b"").decode("utf-8", "surrogateescape")
        self._lines: list[str] = split_lines(self._before)
        self._options = {(option.section, option.name): option for option in _options(self._lines)}

    def get(self, section: str, name: str) -> str:
        """Return the value of an option; ``""`` if it is missing."""
        option = self._options.get((section, name))
        return option.value(self._lines).strip() if option else ""

    def options(self, section: str) -> list[str]:
        """Return the names of a section's options."""
        return [name for of, name in self._options if of == section]

    def set(self, section: str, name: str, value: str) -> None:
        """Replace the value of an existing single-line option, such as a version."""
        option = self._options[section, name]
        before = self.get(section, name)
        # The value may start on the line after the option's name.
        at = next(at for at in range(option.line, option.end) if before in self._text(option, at))
        self._put(option, at, self._text(option, at).replace(before, value, 1))

    def pin(self, section: str, name: str) -> None:
        """Pin the requirements that an option lists, or the requirements in the files that the option names."""
        from commonhold.projects.requirement import pin_lines, pin_requirement
        from commonhold.projects.requirements_file import pin_file

        option = self._options.get((section, name))
        if option is None:
            return
        value = option.value(self._lines)
        if value.strip().startswith("file:"):
            for file in _files(value):
                pin_file(self._project, file)
        elif "\n" in value:
            for at in range(option.line, option.end):
                self._put(option, at, pin_lines(self._text(option, at), self._project.pins))
        else:
            # In a single line, semicolons separate items, so there are no markers.
            items = self._text(option, option.line).split(";")
            pinned = [
                item.replace(item.strip(), pin_requirement(item.strip(), self._project.pins), 1) for item in items
            ]
            self._put(option, option.line, ";".join(pinned))

    def save(self) -> None:
        """Write the file if its content changed."""
        after = "".join(self._lines)
        if after != self._before:
            self._project.write(FILE, after.encode("utf-8", "surrogateescape"))

    def _text(self, option: IniOption, at: int) -> str:
        line = self._lines[at]
        return line[option.start :] if at == option.line else line

    def _put(self, option: IniOption, at: int, text: str) -> None:
        head = self._lines[at][: option.start] if at == option.line else ""
        self._lines[at] = head + text
