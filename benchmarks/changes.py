"""Changes to a generated uv workspace, each with the plugins whose tests can have a different result.

Where a test can notice the change, `python -m benchmarks.compare --prove` runs the tests of every plugin before and
after it, and exactly the plugins named here have a different result. The other changes are ``unseen``, such as a locked
version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.generate import Monorepo, Plugin, shape
from benchmarks.repository import Snapshot, write_repository
from benchmarks.uv_workspace import as_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.generate import Files

SIZE = 20
BROKEN = 'raise RuntimeError("changed")\n'
HARMLESS = "CHANGED = True\n"
"""The edit of a module that breaks the tests, and the one that the tools are compared with."""

FIXTURE = "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef prepared() -> None:\n    print('prepared')\n"

RULES = """
[[tool.commonhold.shared]]
path = ["pyproject.toml"]
keys = ["tool.ruff", "tool.uv"]
affects = "none"

[[tool.commonhold.shared]]
path = ["tach.toml", ".affected.toml"]
affects = "none"

[[tool.commonhold.shared]]
path = ["schemas/**"]
affects = ["acmeplugins-leaf3"]
"""
"""The rules for the root, as the how-to for a new monorepo recommends them."""


class Change(NamedTuple):
    """One change: the tree before, the paths that it writes or deletes (``None``), and the plugins to select.

    ``locked`` are versions in the new lock file. ``unseen`` changes cannot be noticed by running the generated tests.
    """

    title: str
    expected: frozenset[str]
    before: Files
    after: Mapping[str, str | None]
    locked: Mapping[str, str] = {}
    unseen: bool = False

    def trees(self) -> tuple[Files, Files]:
        """Return the workspace before and after the change."""
        after = {**self.before, **self.after}
        kept = {path: text for path, text in after.items() if text is not None}
        return as_workspace(self.before), as_workspace(kept, self.locked)

    def write(self, target: Path) -> list[str]:
        """Write both trees as commits of a repository, with harmless edits; return their ids."""
        before, after = ({path: text.replace(BROKEN, HARMLESS) for path, text in tree.items()} for tree in self.trees())
        return write_repository(target, [Snapshot("Start", before), Snapshot(self.title, after)])


class Scene:
    """A generated monorepo, and the ways to prepare and change it."""

    def __init__(self, monorepo: Monorepo) -> None:
        """Generate the tree; both tiers are tested with a new core, as every other tool does."""
        self.monorepo = monorepo
        self.tree = monorepo.files()
        root = self.tree["pyproject.toml"].replace('on-core-change = "skip"', 'on-core-change = "test"')
        self.tree["pyproject.toml"] = f"{root}{RULES}"

    def folder(self, name: str) -> str:
        """Return the folder of a plugin."""
        return self.monorepo.path(self.monorepo.plugin(name))

    def package(self, name: str) -> str:
        """Return the import name of a plugin."""
        return self.monorepo.package(self.monorepo.plugin(name))

    def distribution(self, name: str) -> str:
        """Return the distribution name of a plugin."""
        return self.monorepo.distribution(self.monorepo.plugin(name))

    def module(self, name: str, module: str = "client") -> str:
        """Return the path of a shipped module of a plugin."""
        return self.monorepo.module_path(self.monorepo.plugin(name), module)

    def shipped(self, name: str, file: str) -> str:
        """Return the path of a file next to the modules of a plugin."""
        return f"{self.module(name).rpartition('/')[0]}/{file}"

    def test(self, name: str, file: str = "test_client.py") -> str:
        """Return the path of a file in the tests of a plugin."""
        return f"{self.folder(name)}/tests/{file}"

    def broken(self, *paths: str) -> dict[str, str | None]:
        """Change files so that importing them fails."""
        return {path: f"{self.tree.get(path, '')}{BROKEN}" for path in paths}

    def requiring(self, name: str, requirement: str) -> Files:
        """Return the tree with one more run-time requirement of a plugin."""
        path, line = f"{self.folder(name)}/pyproject.toml", "dependencies = [\n"
        return {**self.tree, path: self.tree[path].replace(line, f'{line}    "{requirement}",\n', 1)}

    def everyone(self, tier: str = "") -> frozenset[str]:
        """Return the names of all plugins, or of those of a tier."""
        return frozenset(plugin.name for plugin in self.monorepo.plugins if tier in {"", plugin.tier})


def changes() -> list[Change]:
    """Create all changes, on the smallest monorepo that has every layer."""
    scene = Scene(Monorepo(shape(SIZE)))
    return [*plain(scene), *used(scene), *outside(scene), *locks(scene), *moved(scene), *harmless(scene)]


def plain(scene: Scene) -> list[Change]:
    """Change files of one plugin."""
    tree, leaf = scene.tree, frozenset({"leaf13"})
    rules, accented = scene.shipped("leaf13", "rules.json"), scene.shipped("leaf13", "größen.json")

    def reading(path: str) -> Files:
        name = path.rpartition("/")[2]
        code = (
            f'\n\ndef rules() -> str:\n    """Read the rules."""\n    import pathlib\n\n'
            f'    return (pathlib.Path(__file__).parent / "{name}").read_text()\n'
        )
        imported = f"from {scene.package('leaf13')}.client import rules"
        test = f"{imported}\n\n\ndef test_rules() -> None:\n    assert rules() == 'old'\n"
        module = scene.module("leaf13")
        return {**tree, path: "old", module: tree[module] + code, scene.test("leaf13", "test_rules.py"): test}

    return [
        Change("a module of a plugin", leaf, tree, scene.broken(scene.module("leaf13"))),
        Change(
            "a module of a dependency",
            scene.monorepo.dependents("middle0"),
            tree,
            scene.broken(scene.module("middle0")),
        ),
        Change(
            "a module of an indirect dependency",
            scene.monorepo.dependents("hub0"),
            tree,
            scene.broken(scene.module("hub0")),
        ),
        Change("a test module", leaf, tree, scene.broken(scene.test("leaf13"))),
        Change("a data file of a plugin", leaf, reading(rules), {rules: "new"}),
        Change("a file with a name outside ASCII", leaf, reading(accented), {accented: "new"}),
    ]


def used(scene: Scene) -> list[Change]:
    """Change ``leaf4``, which ``leaf3`` uses in a way of its own."""
    tree, both = scene.tree, frozenset({"leaf3", "leaf4"})
    package, change = scene.package("leaf4"), scene.broken(scene.module("leaf4"))
    importing = f"from {package}.client import Client as Other\n"
    chained = scene.requiring("leaf13", scene.distribution("leaf3"))
    chained[f"{scene.folder('leaf3')}/pyproject.toml"] += (
        f'\n[dependency-groups]\ntest = ["pytest", "{scene.distribution("leaf4")}"]\n'
    )
    chained[scene.test("leaf3", "test_other.py")] = f"{importing}\n\ndef test_other() -> None:\n    assert Other\n"
    chained[scene.module("leaf13")] += f"from {scene.package('leaf3')}.client import Client as Third\n"
    literal = f'import importlib\n\n\ndef test_it() -> None:\n    assert importlib.import_module("{package}.client")\n'
    patched = (
        "from unittest import mock\n\n\ndef test_it() -> None:\n"
        f'    with mock.patch("{package}.client.Client"):\n        pass\n'
    )
    helper = scene.test("leaf4", "helpers_leaf4.py")
    steps = f'Path(__file__).parents[3] / "{scene.folder("leaf4").removeprefix("plugins/")}/tests"'
    borrowed = {
        scene.test(
            "leaf3", "conftest.py"
        ): f"import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str({steps}))\n",
        scene.test(
            "leaf3", "test_it.py"
        ): "import helpers_leaf4\n\n\ndef test_it() -> None:\n    assert helpers_leaf4.OK\n",
        helper: "OK = True\n",
        scene.test("leaf4", "test_it.py"): (
            "from pathlib import Path\n\n\ndef test_it() -> None:\n"
            '    assert "True" in (Path(__file__).parent / "helpers_leaf4.py").read_text()\n'
        ),
    }
    tox = (
        f"[testenv]\ndeps =\n    pytest\n    -e {{toxinidir}}/../../{scene.folder('leaf4').removeprefix('plugins/')}\n"
    )
    return [
        Change("a dependency of tests only (not of the plugins above)", both, chained, change),
        Change(
            "an import without a requirement",
            both,
            {
                **tree,
                scene.module("leaf3"): importing
                + tree[scene.module("leaf3")].replace("from __future__ import annotations\n", ""),
            },
            change,
        ),
        Change("an import by a literal name", both, {**tree, scene.test("leaf3", "test_it.py"): literal}, change),
        Change("a name that a test patches", both, {**tree, scene.test("leaf3", "test_it.py"): patched}, change),
        Change("a helper in another plugin's tests", both, {**tree, **borrowed}, {helper: "OK = False\n"}),
        Change(
            "a plugin that only tox.ini installs",
            both,
            {**tree, f"{scene.folder('leaf3')}/tox.ini": tox},
            change,
            unseen=True,
        ),
    ]


def outside(scene: Scene) -> list[Change]:
    """Change files outside all plugins."""
    tree, schema, leaf = scene.tree, "schemas/record.json", frozenset({"leaf3"})
    code = (
        "import json\nfrom pathlib import Path\n\n\ndef test_it() -> None:\n"
        f'    assert json.loads((Path(__file__).parents[4] / "{schema}").read_text())\n'
    )
    path = f"{scene.folder('leaf3')}/pyproject.toml"
    reads = {**tree, schema: '{"a": 1}\n', scene.test("leaf3", "test_it.py"): code}
    included = {**tree, "assets/table.json": "{}\n"}
    included[path] = tree[path].replace("setuptools>=77", "hatchling>=1.27").replace(
        "setuptools.build_meta", "hatchling.build"
    ) + (
        "\n[tool.hatch.build.targets.wheel.force-include]\n"
        f'"../../../assets/table.json" = "{scene.package("leaf3").replace(".", "/")}/table.json"\n'
    )
    above = "plugins/official/conftest.py"
    return [
        Change("a file that one plugin's tests read", leaf, reads, {schema: "{}\n"}),
        Change("a file that one plugin's build includes", leaf, included, {"assets/table.json": "[]\n"}, unseen=True),
        Change(
            "conftest.py above one tier",
            scene.everyone("official"),
            {**tree, above: FIXTURE},
            {above: f"{FIXTURE}    {BROKEN}"},
        ),
        Change(
            "conftest.py at the root",
            scene.everyone(),
            {**tree, "conftest.py": FIXTURE},
            {"conftest.py": f"{FIXTURE}    {BROKEN}"},
        ),
        Change(
            "the pinned version of the core",
            scene.everyone(),
            tree,
            {"constraints.txt": f"{scene.monorepo.core}==1.1.0\n"},
            unseen=True,
        ),
    ]


def locks(scene: Scene) -> list[Change]:
    """Change only the lock file."""
    direct = scene.requiring("middle1", "orjson>=3")
    indirect = scene.requiring("leaf3", "aiohttp>=3")
    users = scene.monorepo.dependents("middle1")
    return [
        Change("one version in uv.lock", users, direct, {}, {"orjson": "3.1.0"}, unseen=True),
        Change("one indirect version in uv.lock", frozenset({"leaf3"}), indirect, {}, {"yarl": "2.1.0"}, unseen=True),
    ]


def moved(scene: Scene) -> list[Change]:
    """Move, add and delete files and plugins."""
    tree = scene.tree
    config, settings = scene.module("leaf3", "config"), scene.module("leaf4", "settings")
    inner = f'"{scene.package("leaf4").replace(".", "/")}/settings.py"'
    before = {
        **tree,
        scene.test("leaf3", "test_it.py"): f"def test_it() -> None:\n    import {scene.package('leaf3')}.config\n",
        scene.test("leaf4", "test_it.py"): (
            "from pathlib import Path\n\n\ndef test_it() -> None:\n"
            f"    assert not (Path(__file__).parents[1] / {inner}).exists()\n"
        ),
    }
    gone = {path: None for path in tree if path.startswith(f"{scene.folder('leaf4')}/")}
    importing = f"def test_it() -> None:\n    import {scene.package('leaf4')}.client\n"
    new = scene.monorepo.plugin_files(Plugin("leaf99", "official"))
    return [
        Change(
            "a module moved to another plugin",
            frozenset({"leaf3", "leaf4"}),
            before,
            {config: None, settings: tree[config]},
        ),
        Change(
            "a deleted plugin that tests still import",
            frozenset({"leaf3"}),
            {**tree, scene.test("leaf3", "test_it.py"): importing},
            gone,
        ),
        Change("a deleted plugin that nothing uses", frozenset(), tree, gone),
        Change("a new plugin", frozenset({"leaf99"}), tree, new),
    ]


def harmless(scene: Scene) -> list[Change]:
    """Change files that no test depends on."""
    tree, readme = scene.tree, f"{scene.folder('leaf3')}/README.md"
    root = tree["pyproject.toml"]
    return [
        Change("a readme", frozenset(), tree, {readme: "# New\n"}),
        Change("a file at the root that no rule names", frozenset(), tree, {".editorconfig": "root = true\n"}),
        Change(
            "the settings of a linter at the root", frozenset(), tree, {"pyproject.toml": root.replace("110", "100")}
        ),
    ]
