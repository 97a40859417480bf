"""Find templates: those of the repository, and those that commonhold contains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from commonhold.errors import ConfigurationError, UsageError, page_url
from commonhold.projects.toml import parse_toml
from commonhold.tree import REGULAR, TOO_LARGE
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.abc import Traversable

    from commonhold.workspace import Files

REPOSITORY_TEMPLATES = "plugin-templates"
"""The folder of a repository's own templates, in the workspace: each template is a folder with ``template.toml``."""

SUFFIX = ".tmpl"
"""The end of the name of a file in which placeholders are replaced; other files are copied."""

QUICK_START = f"quick-start.md{SUFFIX}"
"""The file that becomes the quick start in the README."""

_SETTINGS = "template.toml"
_BASE = "base"


@dataclass(frozen=True, slots=True)
class Template:
    """The files of a new plugin by path, with placeholders in paths and in the files that end with ``SUFFIX``.

    ``also`` are other names. ``cores`` and ``profiles`` are the cores and the profiles of checks that the template is
    made for; a template without both is for any core. ``core_requirement`` is the specifier for the core where no other
    plugin states one, and ``dependencies`` are other requirements. With ``image``, every plugin gets the Dockerfile.
    """

    name: str
    version: int
    title: str
    origin: str
    files: Mapping[str, bytes]
    also: tuple[str, ...] = ()
    cores: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    core_requirement: str = ""
    dependencies: tuple[str, ...] = ()
    entry_point_group: str | None = None
    image: bool = False
    next_steps: tuple[str, ...] = ()

    def fits(self, core: str | None, profiles: tuple[str, ...]) -> bool:
        """Return whether the template is for plugins of this core, or for repositories with one of these profiles."""
        return not (self.cores or self.profiles) or core in self.cores or not set(profiles).isdisjoint(self.profiles)


class Templates:
    """All templates by name; a template of the repository replaces one of the same name that commonhold contains."""

    def __init__(self, tree: Files, folder: str) -> None:
        self._own = _repository_folders(tree, folder)
        self._contained = _contained_folders()
        self._folder = folder

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the templates, those of the repository first."""
        return tuple(dict.fromkeys((*self._own, *(name for name in self._contained if name != _BASE))))

    def fitting(self, core: str | None, profiles: tuple[str, ...] = ()) -> tuple[Template, ...]:
        """Return the templates for a core or for profiles of checks; those for one of the profiles come first."""
        fitting = [template for template in map(self.load, self.names) if template.fits(core, profiles)]
        return tuple(sorted(fitting, key=lambda each: set(profiles).isdisjoint(each.profiles)))

    def find(self, name: str) -> Template:
        """Return a template by its name or another name of it. Raises ``UsageError`` if there is none."""
        for candidate in self.names:
            template = self.load(candidate)
            if name in (candidate, *template.also):
                return template
        raise UsageError(
            f"there is no template {name!r}{closest(name, self.names)}", hint=f"Templates: {', '.join(self.names)}"
        )

    def load(self, name: str) -> Template:
        """Read a template. Raises ``ConfigurationError`` if its settings are not valid."""
        found = self._own.get(name) or self._contained[name]
        origin = f"{self._folder}/{name}" if name in self._own else "commonhold"
        try:
            settings = parse_toml(found[_SETTINGS], f"{origin}/{_SETTINGS}")
            own = {path: content for path, content in found.items() if path != _SETTINGS}
            inherited = self._inherited(settings["extends"]) if "extends" in settings else {}
            inherited = {path: content for path, content in inherited.items() if path != _SETTINGS}
            return _decode(name, origin, settings, {**inherited, **own})
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"the template {name} has no valid {_SETTINGS}: {_describe(error)}",
                hint=f"See {page_url('how-to/add-a-plugin#keep-your-own-templates')}",
            ) from error

    def _inherited(self, name: object) -> Mapping[str, bytes]:
        if not isinstance(name, str) or name not in self._contained:
            raise ValueError(f"extends: there is no template {name!r}; the templates are {', '.join(self._contained)}")
        return self._contained[name]


def _decode(name: str, origin: str, settings: Mapping[str, Any], contents: Mapping[str, bytes]) -> Template:
    lists = {key: settings.get(key, []) for key in ("also", "cores", "profiles", "dependencies", "next-steps")}
    if not all(isinstance(each, list) and all(isinstance(text, str) for text in each) for each in lists.values()):
        raise TypeError("also, cores, profiles, dependencies and next-steps are arrays of strings")
    title, version, group = settings["title"], settings["version"], settings.get("entry-point-group")
    requirement = settings.get("core-requirement", "")
    texts = (title, requirement, group or "")
    if not all(text.isprintable() for text in (*texts, *lists["next-steps"]) if isinstance(text, str)):
        raise ValueError("a text in it is not printable")
    if type(version) is not int or not all(isinstance(text, str) for text in texts):
        raise TypeError("title, core-requirement and entry-point-group are strings, and version is an integer")
    return Template(
        name=name,
        version=version,
        title=title,
        origin=origin,
        files=contents,
        core_requirement=requirement,
        entry_point_group=group,
        image=settings.get("image") is True,
        **{key.replace("-", "_"): tuple(each) for key, each in lists.items()},
    )


def _describe(error: Exception) -> str:
    return f"it has no key {error.args[0]}" if isinstance(error, KeyError) else str(error)


def _repository_folders(tree: Files, folder: str) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    paths = [path for path in tree.entries if path.startswith(f"{folder}/")]
    for path, content in tree.read(paths).items():
        name, _, inner = path[len(folder) + 1 :].partition("/")
        if not inner:
            continue
        if content == TOO_LARGE:
            raise ConfigurationError(f"{path} is too large for a template", hint="Remove the file.")
        if tree.entries[path].mode & ~0o111 != REGULAR & ~0o111:
            raise ConfigurationError(f"{path} is not a regular file", hint="Templates must not contain links.")
        found.setdefault(name, {})[inner] = content
    return {name: contents for name, contents in found.items() if _SETTINGS in contents}


@cache
def _contained_folders() -> Mapping[str, Mapping[str, bytes]]:
    root = files(__package__) / "templates"
    folders = (each for each in root.iterdir() if (each / _SETTINGS).is_file())
    return {each.name: dict(_contents(each)) for each in sorted(folders, key=lambda each: each.name)}


def _contents(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{prefix}{each.name}"
        found += _contents(each, f"{path}/") if each.is_dir() else [(path, each.read_bytes())]
    return found


def licence_text(license_: str, year: int, holders: str) -> str:
    """Return the text of a licence with its placeholders replaced."""
    text = (files(__package__) / "templates" / "licences" / f"{license_}.txt").read_text(encoding="utf-8")
    return text.replace("$year", str(year)).replace("$holders", holders).rstrip("\n")
