"""``setup.py``, read by folding its syntax tree; it is never run."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.declaration import Declaration
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.requirement import show, unique
from commonhold.projects.static_eval import PERHAPS, UNKNOWN, fold, force, is_known, items_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.metadata import Need

_REMEDY = "is known only by running setup.py; write it as a literal, or move it to pyproject.toml"


def read_setup_py(place: ProjectFiles, path: str, raw: bytes) -> Declaration:
    """What the file's ``setup()`` is called with."""
    stated = Declaration(path, place.folder)
    folded = fold(place, path, raw)
    if folded.obstacle is not None:
        stated.problem("", f"the file {folded.obstacle}; move its metadata to pyproject.toml")
    for keywords in folded.setups:
        _Call(place, stated, keywords).read()
    return stated


class _Call:
    """One call of ``setup()``; a second one, made under another condition, adds to the first."""

    def __init__(self, place: ProjectFiles, stated: Declaration, keywords: dict[Any, Any]) -> None:
        self.place = place
        self.stated = stated
        self.keywords = keywords

    def read(self) -> None:
        stated = self.stated
        if UNKNOWN in self.keywords:
            stated.problem("runtime", f"a part of what setup() is called with {_REMEDY}")
        self._read_name()
        python = self._get("python_requires")
        stated.requires_python = python if isinstance(python, str) and is_known(python) else stated.requires_python
        classifiers = self._get("classifiers")
        if classifiers:
            stated.classifiers = tuple(text for text in items_of(classifiers) if isinstance(text, str))
        stated.runtime = self._needs("runtime", "install_requires", stated.runtime)
        stated.build = self._needs("build", "setup_requires", stated.build)
        tests = self._needs("extras", "tests_require", None)
        if tests:
            stated.add_group(Name("tests-require"), tests)
        self._read_extras()
        for key in ("license_file", "license_files"):
            files = self._get(key)
            for file in [files] if isinstance(files, str) else items_of(files or ()):
                if is_known(file) and isinstance(file, str):
                    self.place.names_file(file)

    def _get(self, key: str) -> Any:
        return force(self.place, self.keywords.get(key))

    def _read_name(self) -> None:
        name = self._get("name")
        if name is None:
            return
        if not isinstance(name, str) or not is_valid(name):
            self.stated.problem("name", f"name {_REMEDY}")
        elif self.stated.name not in (None, normalize(name)):
            self.stated.problem("name", f"setup() is called for {name!r} and {self.stated.name!r}; split the file")
        else:
            self.stated.name = normalize(name)

    def _needs(self, field: str, key: str, before: tuple[Need, ...] | None) -> tuple[Need, ...] | None:
        value = self._get(key)
        if value is None:
            return before
        needs = self.stated.needs(field, key, self._texts(field, key, value))
        return unique((*(before or ()), *needs))

    def _texts(self, field: str, label: str, value: Any) -> Iterator[str]:
        """Requirements, one a line, as setuptools takes them: a text, or a sequence of such."""
        for item in [value] if isinstance(value, str) else items_of(value):
            text = force(self.place, item)
            if text is PERHAPS:
                continue
            if not isinstance(text, str):
                self.stated.problem(field, f"a part of {label} {_REMEDY}")
                continue
            for line in text.splitlines():
                requirement = line.partition(" #")[0].strip()
                if requirement and not requirement.startswith("#"):
                    yield requirement

    def _read_extras(self) -> None:
        value = self._get("extras_require")
        if value is None:
            return
        if not isinstance(value, dict) or UNKNOWN in value:
            self.stated.problem("extras", f"a part of extras_require {_REMEDY}")
        found = dict(self.stated.extras or {})
        for key, texts in value.items() if isinstance(value, dict) else ():
            if key is not UNKNOWN and key is not PERHAPS:
                self._read_extra(found, key, texts)
        self.stated.extras = found

    def _read_extra(self, found: dict[Name, tuple[Need, ...]], key: Any, texts: Any) -> None:
        """An extra may carry a marker (``"test:python_version<'3'"``); without a name it is run-time."""
        extra = key.partition(":")[0].strip() if isinstance(key, str) else None
        label = f"extras_require[{show(str(key))}]"
        needs = self.stated.needs("extras", label, self._texts("extras", label, force(self.place, texts)))
        if extra == "":
            self.stated.runtime = unique((*(self.stated.runtime or ()), *needs))
        elif extra is None or not is_valid(extra):
            self.stated.problem("extras", f"{label} is not named after an extra; write it as a literal")
        else:
            found[normalize(extra)] = unique((*found.get(normalize(extra), ()), *needs))
