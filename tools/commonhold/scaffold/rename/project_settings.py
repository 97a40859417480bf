"""Rename a plugin in ``pyproject.toml`` with tomlkit, which keeps the comments and the layout of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tomlkit.exceptions import TOMLKitError

from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from commonhold.scaffold.rename.package_layout import PackageLayout
    from commonhold.scaffold.rename.renaming import Renaming

_REQUIREMENT = re.compile(r"(\s*)([A-Za-z0-9][\w.-]*)(.*)", re.DOTALL)
_SHIPPED_KEYS = ("packages", "only-include", "include")
_BARE_KEY = re.compile(r"[\w-]+", re.ASCII)
_DOTTED_KEY = re.compile(r"[A-Za-z_][\w.]*")


def rename_settings(document: MutableMapping[str, Any], renaming: Renaming, new: PackageLayout | None) -> str:
    """Rename in a parsed ``pyproject.toml``, tell its build backend where the package is, and return the new text.

    ``new`` is the layout of the renamed package; ``None`` if the package keeps its name.
    """
    import tomlkit

    editor = _Editor(renaming, new)
    for key in list(document):
        _walk(document, key, (key,), editor.value)
    if new is not None and new.siblings:
        _ship_next_to(document, new)
    for table in (
        document.get("project"),
        _table(document, "tool", "poetry"),
        _table(document, "tool", "flit", "metadata"),
    ):
        if (
            table is not None
            and isinstance(table.get("name"), str)
            and normalize(table["name"]) == normalize(renaming.distribution[0])
        ):
            table["name"] = renaming.distribution[1]
    if new is not None:
        declare_package(document, new)
    text = tomlkit.dumps(document)
    keys = dict(_rename_keys(document, (), editor.key))
    return _with_keys(text, keys, document) if keys else text


def _ship_next_to(table: Any, layout: PackageLayout) -> None:
    """Add the package's new outermost folder to every list of shipped packages that contains only its siblings'."""
    top, *others = layout.tops
    for key in list(table):
        value = table[key]
        if key in _SHIPPED_KEYS and isinstance(value, list):
            for item in list(value):
                text = item.get("include") if hasattr(item, "get") else item
                other = next((other for other in others if isinstance(text, str) and _ends_with(text, other)), None)
                if other is None:
                    continue
                new = f"{text}"[::-1].replace(other[::-1], top[::-1], 1)[::-1]
                added = new if item is text else {**item, "include": new}
                if added not in value:
                    value.append(added)
        elif hasattr(value, "items"):
            _ship_next_to(value, layout)


def _ends_with(text: str, top: str) -> bool:
    return text.rstrip("*/.").rpartition("/")[2] == top


def _rename_keys(
    table: Any, path: tuple[str, ...], rename: Callable[[str, tuple[str, ...]], str]
) -> Iterator[tuple[str, str]]:
    """Rename keys in tables, where tomlkit moves the value to the end; yield the old and the new keys."""
    if isinstance(table, list):
        for item in table:
            yield from _rename_keys(item, path, rename)
    elif hasattr(table, "items"):
        for key in list(table):
            yield from _rename_keys(table[key], (*path, key), rename)
            if (renamed := rename(key, (*path, key))) != key:
                table[renamed] = table.pop(key)
                yield key, renamed


def _with_keys(text: str, keys: Mapping[str, str], document: MutableMapping[str, Any]) -> str:
    """Rename keys in a text, where they keep their places; if that gives another document, return the document's."""
    import tomlkit

    old = "|".join(re.escape(key) for key in keys)
    token = re.compile(rf"""(?<![\w"'-])(?:"({old})"|'({old})'|({old}))(?=\s*[.=\]])""")
    is_key = re.compile(rf"""(?m)^\s*\[[^\n]*|(?:^[ \t]*|[{{,]\s*)(?:[\w-]+\.)*["']?(?:{old})["']?(?=\s*[.=])""")

    def replace(match: re.Match[str]) -> str:
        new = keys[match[1] or match[2] or match[3]]
        return new if match[3] and _BARE_KEY.fullmatch(new) else tomlkit.item(new).as_string()

    renamed = is_key.sub(lambda match: token.sub(replace, match[0] + "=")[:-1], text)
    try:
        is_same = tomlkit.parse(renamed).unwrap() == tomlkit.parse(tomlkit.dumps(document)).unwrap()
    except TOMLKitError:
        is_same = False
    return renamed if is_same else tomlkit.dumps(document)


class _Editor:
    def __init__(self, renaming: Renaming, new: PackageLayout | None) -> None:
        self._renaming = renaming
        self._new = new

    def key(self, key: str, path: tuple[str, ...]) -> str:
        """Return the new key of a table: settings for packages use the package's name as the key."""
        if path[0] != "tool":
            return key
        if len(path) > 2 and (_DOTTED_KEY.fullmatch(key) or "/" in key) and "dependencies" not in path:
            key = rename_setting(key, self._renaming)
        old, new = self._renaming.distribution
        return new if normalize(key) == old and ("-" in old or "dependencies" in path) else key

    def value(self, text: str, path: tuple[str, ...]) -> str:
        """Return a text after the renaming; its meaning depends on its place in the document."""
        if path[0] in ("project", "dependency-groups") or path[:2] == ("tool", "poetry"):
            if "urls" in path or path[-1] == "description":
                return self._renaming.text(text)
            if path[1:2] == ("entry-points",) or {*path} & {"scripts", "gui-scripts", "plugins"}:
                return self._renaming.entry_point(text)
            if path[0] == "dependency-groups" or {*path} & {"dependencies", "optional-dependencies", "extras"}:
                return rename_requirement(text, self._renaming)
            if path[0] == "project":
                return text
        if path == ("tool", "setuptools", "packages"):
            return self._renaming.entry_point(text)
        return rename_setting(text, self._renaming) if {*path}.isdisjoint(_SHIPPED_KEYS) else self._shipped(text)

    def _shipped(self, text: str) -> str:
        """Rename a package that a build backend ships: use the outermost folder, because hatch ships the last one."""
        if self._new is None or self._renaming.package is None or self._renaming.path is None:
            return rename_setting(text, self._renaming)
        name, path = self._renaming.package[0], self._renaming.path[0]
        root, top = path[: len(path) - len(name)], name.partition(".")[0]
        plain = text.removeprefix("./").removeprefix("/").rstrip("/").removesuffix(".py")
        stem = plain.rstrip("*").rstrip(".")
        if stem not in (path, f"{root}{top}", top, name):
            return rename_setting(text, self._renaming)
        if stem not in (path, name) and top in self._new.tops:
            return text  # other packages stay there
        prefix = root if stem.startswith(root) else ""
        return f"{prefix}{self._new.name.partition('.')[0]}{'*' if plain.endswith('*') else ''}"


def rename_requirement(text: str, renaming: Renaming) -> str:
    """Return a requirement after a renaming."""
    match = _REQUIREMENT.fullmatch(text)
    old, new = renaming.distribution
    return match[1] + new + match[3] if match and normalize(match[2]) == normalize(old) else text


def rename_setting(text: str, renaming: Renaming) -> str:
    """Rename in the value of a setting: a module, a path, or an option of a command."""
    dotted, star = text.rstrip(".*"), text[len(text.rstrip(".*")) :]
    if (new := renaming.module(dotted.partition(":")[0])) is not None:
        return new + dotted[len(dotted.partition(":")[0]) :] + star
    if renaming.path is not None:
        text = _in_path(text, *renaming.path)
    return renaming.text(text)


def _in_path(text: str, old: str, new: str) -> str:
    """Rename a path that is a whole setting, such as ``old``, ``./old/x.py`` or ``*/old/*``."""
    return re.sub(rf"^((?:\./|/|\*\*?/|\*)?){re.escape(old)}(?=/|$|\*)", lambda match: match[1] + new, text)


def _walk(parent: Any, at: Any, path: tuple[str, ...], value: Callable[[str, tuple[str, ...]], str]) -> None:
    item = parent[at]
    if isinstance(item, str):
        if (renamed := value(str(item), path)) != item:
            parent[at] = renamed
    elif hasattr(item, "items"):
        for key in list(item):
            _walk(item, key, (*path, str(key)), value)
    elif isinstance(item, list):
        for index in range(len(item)):
            _walk(item, index, path, value)


def declare_package(document: MutableMapping[str, Any], layout: PackageLayout) -> None:
    """Add the settings with which the build backend finds a package that is not named like the distribution."""
    backend = str((_table(document, "build-system") or {}).get("build-backend", "setuptools"))
    if backend.startswith("hatchling"):
        wheel = _ensure(document, "tool", "hatch", "build", "targets", "wheel")
        if not {"packages", "only-include", "include", "force-include"} & {*wheel}:
            wheel["packages"] = ["/".join(filter(None, (layout.root, each))) for each in layout.tops]
    elif backend.startswith("flit"):
        _ensure(document, "tool", "flit", "module")["name"] = layout.name
    elif backend.startswith("uv_build"):
        settings = _ensure(document, "tool", "uv", "build-backend")
        settings["module-name"] = layout.name
        if layout.root != "src":
            settings["module-root"] = layout.root
    elif backend.startswith("poetry"):
        poetry = _ensure(document, "tool", "poetry")
        if "packages" not in poetry:
            poetry["packages"] = [
                {"include": each, **({"from": layout.root} if layout.root else {})} for each in layout.tops
            ]
    elif backend.startswith("setuptools") and "project" in document:  # else setup.py or setup.cfg lists the packages
        _declare_to_setuptools(document, layout)


def _declare_to_setuptools(document: MutableMapping[str, Any], layout: PackageLayout) -> None:
    setuptools = _table(document, "tool", "setuptools") or {}
    if "packages" not in setuptools and "py-modules" not in setuptools:
        find = _ensure(document, "tool", "setuptools", "packages", "find")
        if layout.root:
            find["where"] = [layout.root]
        find["include"] = [f"{top}*" for top in layout.tops]
    elif "py-modules" in setuptools:
        del _ensure(document, "tool", "setuptools")["py-modules"]
        _declare_to_setuptools(document, layout)
    found = _table(document, "tool", "setuptools", "packages", "find")
    if found is not None and found.get("namespaces") is False and "." in layout.name:
        found["namespaces"] = True


def _table(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if hasattr(document, "get") else None
    return document if hasattr(document, "items") else None


def _ensure(document: MutableMapping[str, Any], *keys: str) -> MutableMapping[str, Any]:
    import tomlkit

    table: MutableMapping[str, Any] = document
    for at, key in enumerate(keys):
        if not hasattr(table.get(key), "items"):
            table[key] = tomlkit.table(is_super_table=at < len(keys) - 1)
        table = table[key]
    return table
