"""Read ``setup.py`` by evaluating its syntax tree, without running it."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.build_paths import name_build_path, name_package_data
from commonhold.projects.declaration import Declaration, ProjectFiles
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.python_ast import parse_python
from commonhold.projects.requirement import both_markers, requirement_lines, show, unique
from commonhold.projects.static_eval import PERHAPS, UNKNOWN, evaluate_file, force, is_known, items_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from commonhold.projects.metadata import Dependency
    from commonhold.projects.staged_project import StagedProject

FILE = "setup.py"

MAX_EDITS = 500
"""The maximum number of edits that a writer tries; evaluating more edits could delay a release."""

_REMEDY = "can only be determined by running setup.py; write it as a literal, or move it to pyproject.toml"
_REQUIREMENTS = ("install_requires", "extras_require")
_BUILD_PATHS = ("package_dir", "packages", "package_data", "data_files", "scripts")


def read_setup_py(project: ProjectFiles, path: str, raw: bytes) -> Declaration:
    """Read the keyword arguments of the file's ``setup()`` calls."""
    declared = Declaration(path, project.folder)
    _read_constants(project, raw)
    evaluated = evaluate_file(project, path, raw)
    if evaluated.obstacle is not None:
        declared.problem("", f"the file {evaluated.obstacle}; move its metadata to pyproject.toml")
    for keywords in evaluated.setups:
        _CallReader(project, declared, keywords).read()
    return declared


def _read_constants(project: ProjectFiles, raw: bytes) -> None:
    """Record literals that are paths outside the project's folder, because arguments of ``setup()`` may be unknown."""
    todo: list[object] = [parse_python(raw)] if b".." in raw else []
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, str):
            # Requirements with a path are read as requirements.
            if not any(char in node for char in "@#\n"):
                name_build_path(project, node)
        elif hasattr(node, "_fields"):
            todo += vars(node).values()


class _CallReader:
    """Reads one ``setup()`` call; a second call, under a different condition, adds to the values of the first."""

    def __init__(self, project: ProjectFiles, declared: Declaration, keywords: dict[Any, Any]) -> None:
        self.project = project
        self.declared = declared
        self.keywords = keywords

    def read(self) -> None:
        declared = self.declared
        # setup(**unknown) may pass any keyword.
        if UNKNOWN in self.keywords:
            declared.problem("runtime", f"a part of the arguments of setup() {_REMEDY}")
        self._read_name()
        declared.version = self._text("version") or declared.version
        declared.requires_python = self._text("python_requires") or declared.requires_python
        classifiers = self._get("classifiers")
        if classifiers:
            declared.classifiers = tuple(text for text in items_of(classifiers) if isinstance(text, str))
        declared.runtime = self._dependencies("runtime", "install_requires", declared.runtime)
        declared.build = self._dependencies("build", "setup_requires", declared.build)
        tests = self._dependencies("extras", "tests_require", None)
        if tests:
            declared.add_group(Name("tests-require"), tests)
        self._read_extras()
        for key in _BUILD_PATHS:
            for text in _texts_in(self.project, self.keywords.get(key)):
                name_build_path(self.project, text)
        for text in self._texts("package_data"):
            name_package_data(self.project, text)
        for key in ("license_file", "license_files"):
            files = self._get(key)
            for file in [files] if isinstance(files, str) else items_of(files or ()):
                if is_known(file) and isinstance(file, str):
                    self.project.names_file(file)
        self._read_packages()

    def _read_packages(self) -> None:
        from commonhold.projects.shipped import entry_point_files, package_paths, setuptools_roots

        folders = self._get("package_dir")
        pairs = folders.items() if isinstance(folders, dict) else ()
        known = ((name, folder) for name, folder in pairs if is_known(name) and is_known(folder))
        named = {name: folder for name, folder in known if isinstance(name, str) and isinstance(folder, str)}
        self.project.ships(package_paths(self._texts("packages"), self._texts("py_modules"), named))
        for folder, package in setuptools_roots(named, ()):
            self.project.add_root(folder, package)
        self.project.ships([*self._texts("scripts"), *self._texts("data_files")])
        self.project.ships(entry_point_files(self._texts("entry_points")))

    def _texts(self, key: str) -> list[str]:
        """Return the lines of all known texts in a value."""
        return [line for text in _texts_in(self.project, self.keywords.get(key)) for line in _lines(text)]

    def _get(self, key: str) -> Any:
        return force(self.project, self.keywords.get(key))

    def _text(self, key: str) -> str | None:
        value = self._get(key)
        return value if isinstance(value, str) and is_known(value) else None

    def _read_name(self) -> None:
        name = self._get("name")
        if name is None:
            return
        if not isinstance(name, str) or not is_valid(name):
            self.declared.problem("name", f"name {_REMEDY}")
        # Two calls in different branches may build two distributions, but a project has only one.
        elif self.declared.name not in (None, normalize(name)):
            self.declared.problem("name", f"setup() is called for {name!r} and {self.declared.name!r}; split the file")
        else:
            self.declared.name = normalize(name)

    def _dependencies(
        self, field: str, key: str, before: tuple[Dependency, ...] | None
    ) -> tuple[Dependency, ...] | None:
        value = self._get(key)
        if value is None:
            return before
        found = self.declared.dependencies(field, key, self._requirements(field, key, value))
        return unique((*(before or ()), *found))

    def _requirements(self, field: str, label: str, value: Any) -> Iterator[str]:
        """Read requirements in setuptools' forms: a text with one requirement per line, or a sequence of such texts."""
        texts = []
        for item in [value] if isinstance(value, str) else items_of(value):
            text = force(self.project, item)
            if isinstance(text, str):
                texts.append(text)
            # PERHAPS marks a list that may lack items: each listed item is a requirement in some environment.
            elif text is not PERHAPS:
                self.declared.problem(field, f"a part of {label} {_REMEDY}")
        return requirement_lines("\n".join(texts))

    def _read_extras(self) -> None:
        value = self._get("extras_require")
        if value is None:
            return
        if not isinstance(value, dict) or UNKNOWN in value:
            self.declared.problem("extras", f"a part of extras_require {_REMEDY}")
        found = dict(self.declared.extras or {})
        for key, texts in value.items() if isinstance(value, dict) else ():
            if key is not UNKNOWN and key is not PERHAPS:
                self._read_extra(found, key, texts)
        self.declared.extras = found

    def _read_extra(self, found: dict[Name, tuple[Dependency, ...]], key: Any, texts: Any) -> None:
        """Read one extra, whose key may have a marker (``"test:python_version<'3'"``); an empty name means run time."""
        extra, _, marker = (part.strip() for part in key.partition(":")) if isinstance(key, str) else (None, "", "")
        label = f"extras_require[{show(str(key))}]"
        requirements = self._requirements("extras", label, force(self.project, texts))
        several = self.declared.dependencies("extras", label, requirements)
        several = tuple(one._replace(marker=both_markers(one.marker, marker)) for one in several)
        if extra == "":
            self.declared.runtime = unique((*(self.declared.runtime or ()), *several))
        elif extra is None or not is_valid(extra):
            self.declared.problem("extras", f"{label} is not a valid extra name; write it as a literal")
        else:
            found[normalize(extra)] = unique((*found.get(normalize(extra), ()), *several))


def _texts_in(files: ProjectFiles, value: Any) -> list[str]:
    """Return the known texts inside a value, in order."""
    return [one for one in _values_in(files, value) if isinstance(one, str) and is_known(one)]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _values_in(files: ProjectFiles, value: Any) -> Iterator[Any]:
    """Yield the values inside a value at any depth, in order.

    Each container is read only once, because code can nest a list in itself many times.
    """
    seen: dict[int, object] = {}  # the objects, because Python reuses the ids of deleted ones
    todo = [value]
    while todo:
        one = force(files, todo.pop())
        if not isinstance(one, (list, tuple, dict)):
            yield one
        elif id(one) not in seen:
            seen[id(one)] = one
            todo += reversed([*(one.values() if isinstance(one, dict) else items_of(one))])


class SetupCalls:
    """The ``setup()`` calls of a staged project's ``setup.py``, evaluated with some files replaced."""

    def __init__(self, project: StagedProject, replaced: Mapping[str, bytes]) -> None:
        start = f"{project.path}/" if project.path else ""

        def read(path: str) -> bytes | None:
            if not path.startswith(start):
                return None  # A staged copy contains only the project's folder.
            file = path[len(start) :]
            return replaced[file] if file in replaced else project.read(file)

        self.files = ProjectFiles(project.path, read)
        data = read(f"{start}{FILE}") or b""
        self.keywords = evaluate_file(self.files, f"{start}{FILE}", data).setups
        self.opened = [path[len(start) :] for path in sorted(self.files.names) if path.startswith(start)]

    def versions(self) -> list[Any]:
        """Return the version argument of each call with such an argument; a known version is a string."""
        found = (force(self.files, keywords["version"]) for keywords in self.keywords if "version" in keywords)
        return [value for value in found if value is not None]

    def requirements(self) -> list[Any]:
        """Return the requirements of all calls, in order."""
        found: list[Any] = []
        for keywords in self.keywords:
            for key in _REQUIREMENTS:
                for value in _values_in(self.files, keywords.get(key, ())):
                    found += _lines(value) if isinstance(value, str) else [value]
        return found
