"""Model monorepos as values, which the property tests generate, edit and write as files.

Nothing here, and nothing in the oracle, uses the library: a repo knows what it means by itself.
"""

from __future__ import annotations

import posixpath
from copy import deepcopy
from dataclasses import MISSING, dataclass, field, fields

from tests.selection.uses import PYPROJECT, Lock, Use

LINK = 0o120000
FILE = 0o100644

Files = dict[str, tuple[int, bytes]]
"""The files of a repository: mode and content, by path."""


@dataclass
class Tier:
    """A tier and how it answers."""

    name: str
    core: str = "test"
    dependency: str = "test"
    shared: str = "test"


@dataclass(frozen=True)
class Need:
    """A requirement: a distribution's number, or another name, with extras."""

    name: str
    asked: tuple[str, ...] = ()
    folder: str | None = None
    """For an editable requirement by path: the folder, from the root."""


@dataclass(frozen=True)
class Import:
    """One statement of a Python file, the modules that it may import, and those that a string in it mentions."""

    text: str
    means: tuple[str, ...]
    relative: bool = False
    mentions: tuple[str, ...] = ()


class Brief:
    """Prints only fields that differ from their default, so that a failing example is readable."""

    def __repr__(self) -> str:
        plain = {field.name: field for field in fields(self)}  # type: ignore[arg-type]
        said = {name: value for name, value in vars(self).items() if value or plain[name].default is not MISSING}
        said = {name: value for name, value in said.items() if value != plain[name].default}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in said.items())})"


@dataclass(repr=False)
class Plugin(Brief):
    """A plugin as its author thinks of it."""

    key: int
    name: str
    tier: str
    folder: str
    layout: str = ""
    """The folder of the plugin's modules: ``src`` by convention, another one by a declaration."""

    runtime: list[Need] = field(default_factory=list)
    build: list[Need] = field(default_factory=list)
    extras: dict[str, list[Need]] = field(default_factory=dict)
    groups: dict[str, list[Need]] = field(default_factory=dict)
    files: list[Need] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    modules: list[int] = field(default_factory=list)
    extra_modules: list[int] = field(default_factory=list)
    helpers: list[int] = field(default_factory=list)
    shipped_imports: list[Import] = field(default_factory=list)
    tests_imports: list[Import] = field(default_factory=list)
    example_imports: list[Import] = field(default_factory=list)
    readme: bool = True
    reads: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    includes_files: list[str] = field(default_factory=list)
    """Paths that the build includes (``force-include``)."""

    singles: list[int] = field(default_factory=list)
    """Modules whose names are one word."""

    entries: list[Import] = field(default_factory=list)
    """The modules of entry points."""

    uses: list[Use] = field(default_factory=list)
    document: str = ""
    """A licence in another plugin's folder, from the root."""

    broken: str = ""
    """The part that cannot be read: ``needs`` or ``name``."""

    @property
    def root(self) -> str:
        return f"{self.folder}/{self.layout}" if self.layout else self.folder

    def module_files(self) -> dict[str, str]:
        """The modules that the plugin defines, and their files."""
        found = {f"acme.m{number}": f"{self.root}/acme/m{number}/__init__.py" for number in self.modules}
        found |= {f"only{number}": f"{self.root}/only{number}.py" for number in self.singles}
        found |= {f"acme.m{n}.extra": f"{self.root}/acme/m{n}/extra.py" for n in self.extra_modules}
        return found | {f"tests.help{number}": f"{self.folder}/tests/help{number}.py" for number in self.helpers}

    @property
    def home(self) -> str:
        """The shipped file that contains the plugin's imports."""
        return f"{self.root}/acme/m{self.modules[0]}/__init__.py" if self.modules else f"{self.root}/tool{self.key}.py"

    @property
    def example(self) -> str:
        """A file that nothing imports, and that imports something."""
        return f"{self.folder}/examples/run.py"


@dataclass
class Rule:
    """A shared rule: a pattern, and the plugins that it affects."""

    pattern: str
    affects: str | list[str]


@dataclass(repr=False)
class ModelRepo(Brief):
    """A whole monorepo."""

    tiers: list[Tier]
    plugins: list[Plugin]
    rules: list[Rule] = field(default_factory=list)
    sparse: bool = False
    """Whether the plugins depend on each other only through files that name others."""

    core_in_tree: bool = False
    core_needs: list[Need] = field(default_factory=list)
    core_broken: bool = False
    core_extras: dict[str, list[Need]] = field(default_factory=dict)
    core_groups: list[Need] = field(default_factory=list)
    core_imports: list[Import] = field(default_factory=list)
    core_tests_imports: list[Import] = field(default_factory=list)
    core_includes: list[str] = field(default_factory=list)
    core_uses: list[Use] = field(default_factory=list)
    common_needs: list[Need] = field(default_factory=list)
    """The requirements in ``common/c0/needs.txt``."""

    conftests: dict[str, list[Import]] = field(default_factory=dict)
    """The imports of ``conftest.py`` in a tier's folder, or in the root (``""``)."""

    locks: dict[str, Lock] = field(default_factory=dict)
    """The lock files, by folder."""

    common_links: dict[str, str] = field(default_factory=dict)
    salt: dict[str, int] = field(default_factory=dict)
    """How often each file was edited."""

    added: set[str] = field(default_factory=set)
    """Files that an edit added."""

    missing: set[str] = field(default_factory=set)
    """Files that an edit removed."""

    def copy(self) -> ModelRepo:
        return deepcopy(self)


COMMON = ("common/c0/data.txt", "common/c0/needs.txt", "common/c1/data.txt", "ci/run", "constraints.txt", "stray.txt")


def write(repo: ModelRepo, *, config_inside: bool) -> Files:
    """The repo as files."""
    texts: dict[str, str] = dict.fromkeys(COMMON, "")
    texts["common/c0/needs.txt"] = _lines(repo.common_needs, "common/c0")
    links = dict(repo.common_links)
    if config_inside:
        texts["pyproject.toml"] = config(repo)
    if repo.core_in_tree:
        texts["framework/run.py"] = "".join(f"{statement.text}\n" for statement in repo.core_imports)
        texts["framework/tests/test_run.py"] = "".join(f"{one.text}\n" for one in repo.core_tests_imports)
        texts["framework/pyproject.toml"] = _core(repo)
        if repo.core_broken:
            del texts["framework/pyproject.toml"]
            texts["framework/setup.py"] = _setup("framework", "needs")
        texts |= {f"framework/{use.file}": use.text("framework") for use in repo.core_uses}
    for folder, statements in repo.conftests.items():
        texts[f"{folder}/conftest.py".lstrip("/")] = "".join(f"{one.text}\n" for one in statements)
    texts |= {f"{folder}/uv.lock".lstrip("/"): lock.text() for folder, lock in repo.locks.items()}
    for plugin in repo.plugins:
        texts |= _plugin(plugin)
        links |= {f"{plugin.folder}/{inner}": target for inner, target in plugin.links.items()}
    texts |= {
        path: texts.get(path, "") for path in repo.added if not any(path.startswith(f"{link}/") for link in links)
    }
    files: Files = {}
    for path, text in texts.items():
        if path not in repo.missing and path not in links:
            files[path] = FILE, (text + "".join(f"# {n}\n" for n in range(repo.salt.get(path, 0)))).encode()
    for path, target in links.items():
        files[path] = LINK, posixpath.relpath(target or ".", posixpath.dirname(path)).encode()
    return files


def _core(repo: ModelRepo) -> str:
    lines = [f'[project]\nname = "framework"\nversion = "1"\ndependencies = {_array(repo.core_needs)}']
    lines.append("[project.optional-dependencies]")
    lines += [f"{name} = {_array(needs)}" for name, needs in repo.core_extras.items()]
    lines.append(f"[dependency-groups]\ndev = {_array(repo.core_groups)}")
    return "\n".join(lines) + _force_include(repo.core_includes, "framework")


def _force_include(paths: list[str], folder: str) -> str:
    lines = (f"'{posixpath.relpath(path, folder)}' = 'x/{number}'" for number, path in enumerate(paths))
    return "\n".join(["\n[tool.hatch.build.force-include]", *lines, ""])


def _plugin(plugin: Plugin) -> dict[str, str]:
    texts = dict.fromkeys(plugin.module_files().values(), "")
    texts[plugin.home] = "".join(f"{statement.text}\n" for statement in plugin.shipped_imports)
    texts[f"{plugin.folder}/tests/test_{plugin.key}.py"] = "".join(f"{one.text}\n" for one in plugin.tests_imports)
    texts[plugin.example] = "".join(f"{statement.text}\n" for statement in plugin.example_imports)
    texts[f"{plugin.folder}/data.txt"] = ""
    texts[f"{plugin.folder}/README.md"] = ""
    texts[f"{plugin.folder}/NOTES.md"] = ""
    needs = _lines(plugin.files, plugin.folder)
    for option, paths in (("-r", plugin.includes), ("-c", plugin.constraints)):
        needs += "".join(f"{option} {posixpath.relpath(path, plugin.folder)}\n" for path in paths)
    texts[f"{plugin.folder}/requirements.txt"] = needs
    texts[f"{plugin.folder}/pyproject.toml"] = _pyproject(plugin)
    texts |= {f"{plugin.folder}/{use.file}": use.text(plugin.folder) for use in plugin.uses if use.file != PYPROJECT}
    if plugin.broken:
        texts[f"{plugin.folder}/setup.py"] = _setup(plugin.name, plugin.broken, plugin.layout)
        texts[f"{plugin.folder}/pyproject.toml"] = "[build-system]\nrequires = []\n"
    return texts


def _setup(name: str, broken: str, layout: str = "") -> str:
    said = f"name={name!r}, install_requires=needs" if broken == "needs" else "name=needs"
    said += f", package_dir={{'': {layout!r}}}" if layout not in ("", "src") else ""
    return f"from setuptools import setup\nfrom elsewhere import needs\nsetup({said})\n"


LAYOUTS = {
    "lib": '[tool.setuptools.packages.find]\nwhere = ["lib"]',
    "python": '[tool.uv.build-backend]\nmodule-root = "python"',
    "code/py": '[tool.hatch.build.targets.wheel]\nsources = ["code/py"]',
}
"""The declaration of each layout that is not a convention."""


def _pyproject(plugin: Plugin) -> str:
    lines = [
        f"[build-system]\nrequires = {_array(plugin.build)}",
        f'[project]\nname = "{spelled(plugin.name, plugin.key)}"',
    ]
    lines += ['version = "1"', 'readme = "README.md"' if plugin.readme else ""]
    lines.append(f"dependencies = {_array(plugin.runtime)}")
    if plugin.document:
        lines.append(f"license = {{ file = {posixpath.relpath(plugin.document, plugin.folder)!r} }}")
    for table, named in (("project.optional-dependencies", plugin.extras), ("dependency-groups", plugin.groups)):
        lines.append(f"[{table}]")
        lines += [f"{name} = {_array(needs)}" for name, needs in named.items()]
    lines.append(LAYOUTS.get(plugin.layout, ""))
    if plugin.reads:
        lines.append(f"[tool.commonhold]\nreads = {plugin.reads!r}")
    for number, entry in enumerate(plugin.entries):
        lines.append(f"[project.entry-points.g{number}]\nrun = '{entry.means[0]}:main'")
    lines += [use.text(plugin.folder) for use in plugin.uses if use.file == PYPROJECT]
    return "\n".join(lines) + _force_include(plugin.includes_files, plugin.folder)


def _array(needs: list[Need]) -> str:
    return repr([_text(need, number) for number, need in enumerate(needs)])


def _lines(needs: list[Need], folder: str) -> str:
    found = ""
    for number, need in enumerate(needs):
        if need.folder is not None:
            found += f"-e {posixpath.relpath(need.folder, folder)}\n"
        else:
            found += _text(need, number) + "\n"
    return found


def _text(need: Need, number: int) -> str:
    asked = f"[{','.join(need.asked)}]" if need.asked else ""
    return (
        spelled(need.name, number)
        + asked
        + ("", ">=1", "; python_version > '3'", " ~= 2.0")[number % 4].replace("'", '"')
    )


def spelled(name: str, number: int) -> str:
    """Another spelling of a name."""
    return (name, name.upper(), name.replace("-", "_"), name.replace("-", "."))[number % 4]


def config(repo: ModelRepo) -> str:
    """The repo's configuration."""
    place = 'path = ["framework/**"]' if repo.core_in_tree else 'pin = ["constraints.txt"]'
    lines = ["[tool.commonhold]", f'core = {{ distribution = "framework", {place} }}']
    lines.append('ignore = ["**/*.md"]\nexamples = ["examples/**"]')
    for tier in repo.tiers:
        lines += [f"[tool.commonhold.tiers.{tier.name}]", f"path = ['{tier.name}/**/p*']"]
        lines.append(f'on-core-change = "{tier.core}"\non-dependency-change = "{tier.dependency}"')
        lines.append(f'on-shared-change = "{tier.shared}"')
    for rule in repo.rules:
        affects = f'"{rule.affects}"' if isinstance(rule.affects, str) else repr(rule.affects)
        lines.append(f"[[tool.commonhold.shared]]\npath = ['{rule.pattern}']\naffects = {affects}")
    return "\n".join(lines) + "\n"
