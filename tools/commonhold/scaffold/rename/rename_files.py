"""Rename a plugin in all files of a tree: move its files, then edit every file that mentions one of its names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.scaffold.rename.package_layout import choose_package, find_packages, members
from commonhold.scaffold.rename.project_settings import rename_settings
from commonhold.scaffold.rename.python_code import CodeError, rename_in_code
from commonhold.scaffold.rename.renaming import Renaming

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.scaffold.rename.edited_tree import EditedTree
    from commonhold.scaffold.rename.package_layout import PackageLayout

# Tools write these files from others, so a person runs the tool again.
_LOCKS = frozenset(("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"))


@dataclass(frozen=True, slots=True)
class NewNames:
    """The new names of a plugin; ``package`` is ``None`` if the import package keeps its name."""

    distribution: str
    folder: str
    package: str | None = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """The renaming that was applied, the package's new layout, and ``notes``: what a person has to check."""

    renaming: Renaming
    layout: PackageLayout | None
    notes: tuple[str, ...]


def rename_plugin_files(
    tree: EditedTree, folder: str, distribution: str, new: NewNames, *, roots: Iterable[str] = (), everywhere: bool
) -> Renamed:
    """Rename the plugin in ``folder``. With ``everywhere``, edit files outside the folder too."""
    notes: list[str] = []
    tree.preload("" if everywhere else folder)
    inside = [path[len(folder) + 1 :] for path in tree.paths if path.startswith(f"{folder}/")]
    packages = find_packages(inside, roots)
    old = choose_package(packages, distribution)
    wanted = new.package
    if wanted is not None and old is None:
        names = ", ".join(each.name for each in packages) or "none"
        notes.append(f"the import names stay, because the plugin does not have one import package: {names}")
        wanted = None
    renaming = Renaming((distribution, new.distribution), folder=(folder, new.folder) if folder != new.folder else None)
    layout = None
    moves = {path: path for path in inside}
    if old is not None and wanted is not None and wanted != old.name:
        layout = old.renamed(wanted)
        known = members(old, inside, lambda path: tree.read(f"{folder}/{path}"))
        renaming = replace(
            renaming, package=(old.name, layout.name), path=(old.path.removesuffix(".py"), layout.path), members=known
        )
        moves |= old.moves(inside, layout)
    modules = {new.folder + "/" + moves[path]: old.module_of(path) if old else None for path in inside}
    tree.move(
        {f"{folder}/{path}": f"{new.folder}/{moves[path]}" for path in inside if everywhere or moves[path] != path}
    )
    for path in tree.paths if everywhere else [path for path in tree.paths if path.startswith(f"{new.folder}/")]:
        note = _edit(
            tree, path, renaming, layout if path == f"{new.folder}/pyproject.toml" else None, modules.get(path)
        )
        notes += [note] if note else []
    return Renamed(renaming, layout, tuple(notes))


def _edit(
    tree: EditedTree, path: str, renaming: Renaming, layout: PackageLayout | None, module: str | None
) -> str | None:
    """Edit a file; return a note if the file needs a person."""
    data = tree.read(path) or b""
    is_project = path.endswith("/pyproject.toml") and layout is not None
    if not is_project and not any(marker in data for marker in renaming.markers):
        return None
    if not tree.is_text(path):
        return None
    name = path.rpartition("/")[2]
    text = data.decode("utf-8")
    if name in _LOCKS:
        return f"{path} is a lock file that contains the old name: lock again"
    note = None
    try:
        renamed = _renamed(name, text, renaming, layout, module)
    except CodeError as error:
        renamed = renaming.text(text)
        note = f"{path} cannot be parsed, so only plain mentions were renamed: {error}"
    if renamed != text:
        tree.write(path, renamed.encode("utf-8"))
    return note


def _renamed(name: str, text: str, renaming: Renaming, layout: PackageLayout | None, module: str | None) -> str:
    if name.endswith((".py", ".pyi")):
        return rename_in_code(text, renaming, module)
    if name == "pyproject.toml":
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(text)
            rename_settings(document, renaming, layout)
            return tomlkit.dumps(document)
        except (TOMLKitError, RecursionError) as error:
            raise CodeError(str(error)) from error
    return renaming.text(text)
