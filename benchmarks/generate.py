"""Generate plugin monorepos of any size. The same options give the same monorepo, down to the commit ids.

    python -m benchmarks.generate build/monorepo --plugins 130 --backend hatchling

A generated monorepo has these properties (also listed in `docs/reference/benchmarks.md`):

* There are three layers: one plugin in 50 is a hub, one in 10 is in the middle, and the others are leaves. A middle
  plugin requires one hub. Three leaves in five require one middle plugin, and every second of these also requires a
  hub. There are no cycles. About five plugins require each middle plugin. Every plugin requires the core, which is not
  in the tree.
* Every third plugin is official, the others are community plugins.
* A plugin has eleven files: a PEP 621 project file, a readme, a licence, six shipped modules and two test modules. One
  shipped module imports the plugin's requirements.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import texts
from benchmarks.repository import Snapshot, write_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Files = dict[str, str]
"""The text of each file of a tree, by path."""

MODULES = ("client", "models", "transformer", "task", "config")
TESTED = ("client", "models")


class Plugin(NamedTuple):
    """One plugin; ``needs`` are the names of the plugins that it requires and imports."""

    name: str
    tier: str
    needs: tuple[str, ...] = ()


class Monorepo(NamedTuple):
    """A monorepo to generate. All plugins have the version ``version`` and require ``core``."""

    plugins: tuple[Plugin, ...]
    core: str = "acme"
    namespace: str = "acmeplugins"
    backend: str = "setuptools"
    version: str = "1.0.0"

    def plugin(self, name: str) -> Plugin:
        """Return the plugin with this name."""
        return next(plugin for plugin in self.plugins if plugin.name == name)

    def package(self, plugin: Plugin) -> str:
        """Return the import name of ``plugin``."""
        inner = "contrib." if plugin.tier == "community" else ""
        return f"{self.namespace}.{inner}{plugin.name}"

    def distribution(self, plugin: Plugin) -> str:
        """Return the distribution name of ``plugin``."""
        return self.package(plugin).replace(".", "-")

    def path(self, plugin: Plugin) -> str:
        """Return the folder of ``plugin``."""
        return f"plugins/{plugin.tier}/{self.core}-{plugin.name}"

    def module_path(self, plugin: Plugin, module: str) -> str:
        """Return the path of a shipped module of ``plugin``."""
        return f"{self.path(plugin)}/{self.package(plugin).replace('.', '/')}/{module}.py"

    def dependents(self, name: str) -> frozenset[str]:
        """Return the plugin with this name and the plugins that depend on it, directly or indirectly."""
        found = {name}
        for plugin in self.plugins:  # lower layers come first, so one pass is enough
            if found.intersection(plugin.needs):
                found.add(plugin.name)
        return frozenset(found)

    def files(self) -> Files:
        """Generate the whole tree."""
        tree = {
            "pyproject.toml": texts.ROOT.format(core=self.core, namespace=self.namespace),
            "constraints.txt": f"{self.core}==1.0.0\n",
            "README.md": f"# {self.namespace}\n\n{len(self.plugins)} plugins.\n",
            "LICENSE": texts.LICENSE,
            ".gitignore": "__pycache__/\nnode_modules\n.commonhold\n.nx\n.turbo\n.pants.d\n.pids\n",
            ".github/workflows/ci.yml": texts.WORKFLOW,
            "docs/index.md": f"# {self.namespace}\n",
        }
        for plugin in self.plugins:
            tree |= self.plugin_files(plugin)
        return tree

    def plugin_files(self, plugin: Plugin) -> Files:
        """Generate the eleven files of one plugin."""
        folder, package, distribution = self.path(plugin), self.package(plugin), self.distribution(plugin)
        needs = [self.plugin(name) for name in plugin.needs]
        imported = [f"from {self.package(need)}.client import Client as {need.name.title()}Client" for need in needs]
        own = [f"from {package}.client import Client"]
        imports = {
            "client": imported,
            "task": [f"import {self.core.replace('-', '_')}", *own],
            "transformer": own,
        }
        tree = {
            f"{folder}/pyproject.toml": self.project_file(plugin, needs),
            f"{folder}/README.md": texts.README.format(
                core=self.core, name=plugin.name, package=package, distribution=distribution
            ),
            f"{folder}/LICENSE": texts.LICENSE,
            self.module_path(plugin, "__init__"): f'"""{plugin.name} for {self.core}."""\n',
        }
        for module in MODULES:
            tree[self.module_path(plugin, module)] = texts.module(package, module.title(), imports.get(module, ()))
        for module in TESTED:
            tree[f"{folder}/tests/test_{module}.py"] = texts.test_module(package, module.title())
        return tree

    def project_file(self, plugin: Plugin, needs: Sequence[Plugin]) -> str:
        """Generate the ``pyproject.toml`` of one plugin."""
        return texts.pyproject(
            self.backend,
            [
                f"{self.core}>=1.0",
                "requests>=2.31",
                "typing-extensions>=4.12",
                *(f"{self.distribution(need)}>={self.version}" for need in needs),
            ],
            namespace=self.namespace,
            package=self.package(plugin),
            core=self.core,
            name=plugin.name,
            distribution=self.distribution(plugin),
            version=self.version,
        )


def shape(count: int) -> tuple[Plugin, ...]:
    """Create ``count`` plugins in three layers, by the rules at the top of this module; lower layers first."""
    hubs = [f"hub{index}" for index in range(max(1, count // 50))]
    middles = [f"middle{index}" for index in range(max(2, count // 10))]
    leaves = [f"leaf{index}" for index in range(count - len(hubs) - len(middles))]
    needs = {name: (hubs[index % len(hubs)],) for index, name in enumerate(middles)}
    connected = [name for index, name in enumerate(leaves) if index % 5 < 3]
    for index, name in enumerate(connected):
        hub = (hubs[index % len(hubs)],) if index % 2 else ()
        needs[name] = (middles[index % len(middles)], *hub)
    return tuple(
        Plugin(name, "community" if index % 3 else "official", needs.get(name, ()))
        for index, name in enumerate([*hubs, *middles, *leaves])
    )


def edited(files: Files, path: str, line: str) -> Files:
    """Append one line to a file of ``files``, which may be new."""
    return files | {path: f"{files.get(path, '')}{line}\n"}


def snapshots(monorepo: Monorepo, last: str = "middle0") -> list[Snapshot]:
    """Create four commits: the tree, a document, an edit of a leaf, and an edit of a shipped module of ``last``."""
    leaf, target = monorepo.plugins[-1], monorepo.plugin(last)
    start = monorepo.files()
    documented = edited(start, "docs/index.md", "Each plugin has a page of its own.")
    before = edited(documented, monorepo.module_path(leaf, "models"), "# A record is never changed in place.")
    after = edited(before, monorepo.module_path(target, "client"), "# A client is used by one thread at a time.")
    return [
        Snapshot("Start the monorepo", start),
        Snapshot("Say where the pages are", documented),
        Snapshot(f"{leaf.name}: say that records do not change", before),
        Snapshot(f"{target.name}: say which thread may call", after),
    ]


def generate(
    target: Path, monorepo: Monorepo, *, last: str = "middle0", adapt: Callable[[Files], Files] = dict
) -> list[str]:
    """Write ``monorepo`` as a git repository at ``target``, which is emptied first; return its commit ids.

    ``last`` names the plugin that the last commit edits. ``adapt`` may add to each tree what another tool
    needs, or rearrange it.
    """
    history = snapshots(monorepo, last)
    return write_repository(target, [Snapshot(message, adapt(dict(files))) for message, files in history])


def main(argv: Sequence[str] | None = None) -> int:
    """Generate one monorepo, and print its commit ids, oldest first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description="Generate a plugin monorepo.")
    parser.add_argument("target", type=Path, help="folder to write to; it is emptied first")
    parser.add_argument("--plugins", type=int, default=50, help="how many plugins, 5 or more")
    parser.add_argument("--backend", choices=sorted(texts.BACKENDS), default="setuptools")
    parser.add_argument("--core", default="acme", help="the distribution that every plugin requires")
    parser.add_argument("--last", default="middle0", help="the plugin that the last commit edits, such as hub0")
    options = parser.parse_args(argv)
    plugins = shape(max(5, options.plugins))
    if options.last not in {plugin.name for plugin in plugins}:
        parser.error(f"there is no plugin {options.last!r}; the layers are hub0, middle0, leaf0 and up")
    monorepo = Monorepo(plugins, core=options.core, backend=options.backend)
    print(*generate(options.target, monorepo, last=options.last), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
