"""Rename a plugin in all files of a tree: move its files, then edit every file that mentions one of its names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.checks.baseline import BASELINE
from commonhold.errors import UsageError
from commonhold.ownership import LEDGER
from commonhold.projects.paths import PROJECT_FILES
from commonhold.projects.staged_project import StampError
from commonhold.projects.toml_document import parse_editable
from commonhold.scaffold.rename.ini_files import is_ini, rename_in_ini
from commonhold.scaffold.rename.package_layout import choose_package, find_packages, members
from commonhold.scaffold.rename.project_settings import rename_settings
from commonhold.scaffold.rename.python_code import CodeError, rename_in_code
from commonhold.scaffold.rename.renaming import Renaming
from commonhold.scaffold.rename.setup_script import rename_in_setup_script
from commonhold.text import listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.scaffold.rename.edited_tree import EditedTree
    from commonhold.scaffold.rename.package_layout import PackageLayout
    from commonhold.vcs.git import Git

_CODE_BLOCK = re.compile(r"(^```(?:python|py)[^\n]*\n)(.*?)(?=^```)", re.DOTALL | re.MULTILINE)
_RECORDS = ("changelog", "changes", "history", "news", "release_notes", "releases", "license", "licence", "notice")
"""Starts of the names of files that tell what was true before, so that they keep the old names."""

_MOST_LISTED = 10

TRANSFERS = "governance/transfers"
"""The folder with the records of imports, which keep the old names."""

# Tools write these files from others, so a person runs the tool again.
_LOCKS = frozenset(("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"))


@dataclass(frozen=True, slots=True)
class NewNames:
    """The new names of a plugin; ``package`` is ``None`` if the import package keeps its name.

    ``renamed_package`` is the old name of the package, if the plugin has several. With ``is_literal``, the distribution
    replaces an expression in ``setup.py`` that computes the old name.
    """

    distribution: str
    folder: str
    package: str | None = None
    renamed_package: str | None = None
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """The renaming that was applied, the package's new layout, and ``notes``: what a person has to check.

    ``modules`` are the old dotted names of the package's modules; a package ends with ``.__init__``.
    """

    renaming: Renaming
    layout: PackageLayout | None
    notes: tuple[str, ...]
    modules: tuple[str, ...] = ()


def rename_plugin_files(
    tree: EditedTree,
    folder: str,
    distribution: str,
    new: NewNames,
    *,
    roots: Iterable[str] = (),
    everywhere: Git | None = None,
) -> Renamed:
    """Rename the plugin in ``folder``. With ``everywhere``, the repository of the tree, edit all other files too.

    Raises ``UsageError`` if a person must choose one of several import packages.
    """
    notes: list[str] = []
    tree.preload(path for path in tree.paths if path.startswith(f"{folder}/"))
    inside = [path[len(folder) + 1 :] for path in tree.paths if path.startswith(f"{folder}/")]
    packages = find_packages(inside, roots)
    old = _old_package(packages, distribution, new)
    wanted = new.package if old is not None else None
    if new.package is not None:
        notes += _package_notes(packages, old)
    renaming = Renaming((distribution, new.distribution), folder=(folder, new.folder) if folder != new.folder else None)
    layout = None
    moves = {path: path for path in inside}
    if old is not None and wanted is not None and wanted != old.name:
        layout = old.renamed(wanted, tuple(each.name for each in packages if each is not old))
        known = members(old, inside, lambda path: tree.read(f"{folder}/{path}"))
        renaming = replace(
            renaming, package=(old.name, layout.name), path=(old.path.removesuffix(".py"), layout.path), members=known
        )
        moves |= old.moves(inside, layout)
    modules = {f"{new.folder}/{moves[path]}": old.module_of(path) if old else None for path in inside}
    mentions = [] if everywhere is None else tree.find(everywhere, renaming.markers)
    tree.move({f"{folder}/{path}": f"{new.folder}/{moved}" for path, moved in moves.items()})
    outside = [path for path in mentions if not path.startswith(f"{folder}/")]
    tree.preload(outside)
    own = {f"{new.folder}/{name}" for name in PROJECT_FILES}
    for path in (*modules, *outside):
        note = _edit(tree, path, renaming, modules.get(path), layout, new if path in own else None)
        notes += [note] if note else []
    notes += _left_mentions(tree, (*modules, *outside), renaming)
    return Renamed(renaming, layout, tuple(notes), tuple(sorted(filter(None, modules.values()))))


def _old_package(packages: tuple[PackageLayout, ...], distribution: str, new: NewNames) -> PackageLayout | None:
    """Return the package that gets the new name; ``None`` if the plugin has no package or no package is renamed."""
    names = ", ".join(each.name for each in packages)
    if new.renamed_package is not None:
        chosen = next((each for each in packages if each.name == new.renamed_package), None)
        if chosen is None:
            hint = f"Import packages: {printable(names) or 'none'}."
            raise UsageError(f"the plugin has no import package {printable(new.renamed_package)}", hint=hint)
        return chosen
    old = choose_package(packages, distribution)
    if old is None and new.package is not None and packages:
        hint = f"Choose the one that becomes {new.package} with --package. The others keep their names."
        raise UsageError(f"the plugin has several import packages: {printable(names)}", hint=hint)
    return old


def _package_notes(packages: tuple[PackageLayout, ...], old: PackageLayout | None) -> Iterator[str]:
    others = [each.name for each in packages if each is not old]
    if old is None:
        yield "the plugin has no import package that could be renamed"
    elif others:
        yield f"these import packages keep their names, which the tier may not allow: {listed(others, _MOST_LISTED)}"


def _left_mentions(tree: EditedTree, paths: Iterable[str], renaming: Renaming) -> Iterator[str]:
    """Yield a note about files that still contain an old name, for example as a part of a URL of a host program."""
    found = [
        path for path in paths if not _is_record(path) and tree.is_text(path) and renaming.is_left(tree.text(path))
    ]
    if found:
        yield f"these files still contain an old name; check whether that is right: {listed(found, _MOST_LISTED)}"


def _is_record(path: str) -> bool:
    """Return whether a file keeps the old names, or is renamed by ``check_records``."""
    stem, _, suffix = path.rpartition("/")[2].lower().partition(".")
    is_record = stem.startswith(_RECORDS) and suffix in ("", "md", "rst", "txt")
    return is_record or f"{TRANSFERS}/" in path or f"{LEDGER}/" in path or path.endswith(BASELINE)


def _edit(
    tree: EditedTree,
    path: str,
    renaming: Renaming,
    module: str | None,
    layout: PackageLayout | None,
    own: NewNames | None,
) -> str | None:
    """Edit a file; return a note if the file needs a person. ``own`` are the names for a project file of the plugin."""
    data = tree.read(path) or b""
    if own is None and not any(marker in data for marker in renaming.markers):
        return None
    if not tree.is_text(path):
        return None
    name = path.rpartition("/")[2]
    if _is_record(path):
        return None
    text = data.decode("utf-8")
    if name in _LOCKS:
        return f"{path} is a lock file that contains the old name: lock again"
    note = None
    try:
        if own is not None:
            renamed = _renamed_project(name, text, renaming, layout, is_literal=own.is_literal)
        else:
            renamed = _renamed(name, text, renaming, module)
    except CodeError as error:
        renamed = renaming.text(text)
        note = f"{path} cannot be parsed, so only plain mentions were renamed: {error}"
    if renamed != text:
        tree.write(path, renamed.encode("utf-8"))
    return note


def _renamed_project(
    name: str, text: str, renaming: Renaming, layout: PackageLayout | None, *, is_literal: bool
) -> str:
    """Rename in a project file of the plugin itself; ``layout`` tells its build backend where the package is."""
    if name == "setup.py":
        return rename_in_setup_script(rename_in_code(text, renaming), renaming, layout, literal_name=is_literal)
    if name == "setup.cfg":
        return rename_in_ini(text, renaming, layout)
    return _renamed_toml(text, renaming, layout)


def _renamed_toml(text: str, renaming: Renaming, layout: PackageLayout | None = None) -> str:
    try:
        document = parse_editable(text, "the file")
    except StampError as error:
        raise CodeError(error.message) from error
    return rename_settings(document, renaming, layout)


def _renamed(name: str, text: str, renaming: Renaming, module: str | None) -> str:
    if name.endswith((".py", ".pyi")):
        return rename_in_code(text, renaming, module)
    if name.endswith(".toml"):
        return _renamed_toml(text, renaming)
    if is_ini(name):
        return rename_in_ini(text, renaming)
    if name.endswith((".md", ".markdown")):
        # Code first: it shows whether a name is a use of the package.
        return renaming.text(_CODE_BLOCK.sub(lambda block: f"{block[1]}{_code(block[2], renaming)}", text))
    return renaming.text(text)


def _code(text: str, renaming: Renaming) -> str:
    try:
        return rename_in_code(text, renaming)
    except CodeError:  # a part of a program, or a session with its output
        return text
