"""Rename a plugin in ``setup.cfg``, ``tox.ini`` and other INI files, line by line: the layout and comments stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.projects.names import normalize
from commonhold.projects.setup_cfg import read_options, split_lines
from commonhold.scaffold.rename.project_settings import rename_requirement, rename_setting

if TYPE_CHECKING:
    from commonhold.projects.setup_cfg import IniOption
    from commonhold.scaffold.rename.package_layout import PackageLayout
    from commonhold.scaffold.rename.renaming import Renaming

_WORD = re.compile(r"[^\s,=]+")
_IN_HEADER = re.compile(r"[\w./*]+")
_FIND = "options.packages.find"
_FIND_HEADER = re.compile(r"^\[options\.packages\.find\][^\n]*\n", re.MULTILINE)
_PACKAGE_DATA = ("options.package_data", "options.exclude_package_data")
_TEXTS = frozenset(("description", "deps", "dependencies"))
_REQUIREMENTS = frozenset(("install_requires", "setup_requires", "tests_require"))


def is_ini(name: str) -> bool:
    """Return whether a file name is usual for an INI file."""
    return name.endswith((".cfg", ".ini", ".coveragerc", ".pylintrc", ".flake8"))


def rename_in_ini(text: str, renaming: Renaming, layout: PackageLayout | None = None) -> str:
    """Return a text after a renaming.

    ``layout`` is the layout of the renamed package if the file is the plugin's own ``setup.cfg``.
    """
    editor = _IniEditor(renaming, layout)
    before = split_lines(text)
    after = [editor.header(line) if line.startswith("[") else renaming.text(line) for line in before]
    for option, _ in read_options(text):
        for at in range(option.line, option.end):
            start = option.start if at == option.line else 0
            head, rest = before[at][:start], before[at][start:]
            after[at] = editor.head(option, head) + editor.value(option, rest, is_first=at == option.line)
    return editor.finish("".join(after))


class _IniEditor:
    def __init__(self, renaming: Renaming, layout: PackageLayout | None) -> None:
        self._renaming = renaming
        self._layout = layout
        self._include = ", ".join(f"{top}*" for top in layout.tops) if layout is not None else ""
        self._needs_include = False

    def header(self, line: str) -> str:
        """Rename in a section such as ``[mypy-package.*]``."""
        return _IN_HEADER.sub(lambda word: rename_setting(word[0], self._renaming), line)

    def head(self, option: IniOption, text: str) -> str:
        """Rename in the name of an option: package data has the names of packages."""
        if option.section in _PACKAGE_DATA:
            return self._words(text)
        if self._layout is not None and (option.section, option.name) == ("options", "py_modules"):
            return text.replace(text.partition("=")[0].strip(), "packages", 1)  # the module is a package now
        return text

    def value(self, option: IniOption, text: str, *, is_first: bool) -> str:
        """Rename in a line of an option's value."""
        section, name = option.section, option.name
        if section == "metadata":
            is_name = name == "name" and normalize(text.strip()) == normalize(self._renaming.distribution[0])
            return text.replace(text.strip(), self._renaming.distribution[1]) if is_name else self._renaming.text(text)
        if section == "options.entry_points":
            return self._renaming.entry_point(text)
        if section == "options.extras_require" or (section == "options" and name in _REQUIREMENTS):
            return rename_requirement(text, self._renaming)
        if self._layout is not None and (section, name) == ("options", "packages") and "find" in text:
            self._needs_include = True
            return text.replace("find:", "find_namespace:")
        if self._layout is not None and (section, name) == (_FIND, "include"):
            return f"{self._include}\n" if is_first else ""
        renamed = self._renaming.text(text)
        return renamed if renamed != text or name in _TEXTS else self._words(text)

    def finish(self, text: str) -> str:
        """Limit a search for packages in namespaces to the plugin's package."""
        if not self._needs_include or re.search(r"^include\s*=", text, re.MULTILINE):
            return text
        include = f"include = {self._include}\n"
        found, count = _FIND_HEADER.subn(lambda header: header[0] + include, text)
        return found if count else f"{text.rstrip()}\n\n[{_FIND}]\n{include}"

    def _words(self, text: str) -> str:
        return _WORD.sub(lambda word: rename_setting(word[0], self._renaming), text)
