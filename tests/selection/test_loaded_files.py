"""Plugins that tests load by way of other files: calls with literals, pytest's settings, and files outside plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.selection.affected import DependsOn
from tests.support.monorepos import CONFIG, Monorepo, names, plugin, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

A, B, C, D = "official/a", "official/b", "official/c", "official/d"
HELPERS = CONFIG + '\n[[tool.commonhold.shared]]\npath = ["kit/**", "conftest.py", "official/*"]\naffects = "none"\n'

# Calls in which a literal names the module ``tool`` of b, which has only one word.
CALLS = {
    "find_spec": "find_spec('tool.cli')",
    "find_spec of a relative name": "find_spec('.cli', 'tool')",
    "import_module": "importlib.import_module('tool')",
    "import_module of adjacent literals": "importlib.import_module('to' 'ol.cli')",
    "import_module of an f-string": "importlib.import_module(f'tool.{name}')",
    "importorskip": "pytest.importorskip('tool')",
    "patch": "patch('tool.cli.main', None)",
    "patch as a decorator": "@patch('tool.cli.main')\ndef test(): ...",
    "patch.dict": "patch.dict('tool.TABLE', {})",
    "mocker.patch": "mocker.patch('tool.cli.main')",
    "monkeypatch.setattr": "monkeypatch.setattr('tool.cli.main', None)",
    "resources.files": "resources.files('tool')",
    "resources.read_text": "resources.read_text('tool', 'data.json')",
    "pkgutil.get_data": "pkgutil.get_data('tool', 'data.json')",
    "run_module": "runpy.run_module('tool.cli')",
    "resolve_name": "pkgutil.resolve_name('tool.cli:main')",
    "resolve_name of a package": "pkgutil.resolve_name('tool:main')",
    "metadata.version": "importlib.metadata.version('b')",
    "metadata.distribution": "from importlib.metadata import distribution\ndistribution('B')",
    "another name of version": "from importlib.metadata import version as find\nfind('b')",
    "another name of import_module": "from importlib import import_module as load\nload('tool.cli')",
    "find_spec in a variable": "has = importlib.util.find_spec\nhas('tool')",
    "pkg_resources": "pkg_resources.get_distribution('b')",
    "-m in arguments": "subprocess.run([sys.executable, '-m', 'tool.cli'])",
    "-m in a command": "os.system('python -m tool.cli --all')",
    "-m in an f-string": "os.system(f'{sys.executable} -m tool')",
    "-p in arguments": "pytester.runpytest('-p', 'tool.cli')",
}


@pytest.mark.parametrize("where", ["acme/a/__init__.py", "tests/test_a.py"])
@pytest.mark.parametrize("way", CALLS)
def test_a_literal_that_names_a_module_is_an_import(tmp_path: Path, way: str, where: str) -> None:
    tool = {f"{B}/tool/__init__.py": "", f"{B}/tool/cli.py": ""}
    monorepo = Monorepo.of(
        tmp_path, plugin(A) | {f"{A}/{where}": f"{CALLS[way]}\n"}, plugin(B) | tool, plugin(C, ["a"]), plugin(D)
    )
    affected = monorepo.after(f"{B}/tool/cli.py")
    assert names(affected) == ({"a", "b", "c"} if where.startswith("acme") else {"a", "b"})
    assert affected.plugins[0].reasons == (DependsOn(("b",), "import"),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        '"""Run it with python -m tool.cli."""',
        "NAME = 'tool'",
        "subprocess.run(['tool', '-m', 'pytest'])",
        "patch('other.tool')",
        "# find_spec('tool')",
        "version('tool')",
        "print('tool', '-p')",
    ],
)
def test_a_literal_elsewhere_is_not_an_import(tmp_path: Path, text: str) -> None:
    user = plugin(A) | {f"{A}/tests/test_a.py": f"import subprocess\n{text}\n"}
    monorepo = Monorepo.of(tmp_path, user, plugin(B) | {f"{B}/tool/__init__.py": "", f"{B}/tool/cli.py": ""})
    assert names(monorepo.after(f"{B}/tool/cli.py")) == {"b"}


COMMANDS = {
    "tox.ini": "[testenv]\ncommands =\n    {envpython} -W error -m tool.cli --x\n",
    "Makefile": "test:\n\tmkdir -p x && $(PYTHON) -m tool\n",
    "run.sh": "coverage run -m tool.cli\n",
    "compose.yaml": 'command: ["python", "-m", "tool"]\n',
    "hatch.toml": '[envs.default.scripts]\ntest = "pytest -q -p tool.cli"\n',
}
NO_COMMANDS = {
    "tox.ini": "[testenv]\ncommands = python -m pytest -m tool  # python -m tool\n",
    "Makefile": "# python -m tool\ntest:\n\tmkdir -p tool; git commit -m tool\n",
    "setup.cfg": "[metadata]\ndescription = Run it with python -m tool\n",
}


@pytest.mark.parametrize("file", [*COMMANDS, *NO_COMMANDS])
def test_a_module_that_a_command_runs_is_an_import_of_the_tests(tmp_path: Path, file: str) -> None:
    tool = {f"{B}/tool/__init__.py": "", f"{B}/tool/cli.py": ""}
    for texts in (COMMANDS, NO_COMMANDS):
        parts = (plugin(A), plugin(B) | tool, plugin(C, ["a"]), {f"{A}/{file}": texts.get(file, "")})
        monorepo = Monorepo.of(tmp_path / str(texts is COMMANDS), *parts)
        expected = {"a", "b"} if texts is COMMANDS and file in texts else {"b"}
        assert names(monorepo.after(f"{B}/tool/cli.py")) == expected


OPTIONS = '[tool.pytest.ini_options]\naddopts = "-ra -p acme.b.testing"\n'
SETTINGS: dict[str, dict[str, Content]] = {
    "pyproject.toml": {f"{A}/pyproject.toml": project("a", more=OPTIONS)},
    "pyproject.toml of pytest 9": {
        f"{A}/pyproject.toml": project("a", more='[tool.pytest]\naddopts = ["-p", "acme.b.testing"]')
    },
    "pytest.ini": {f"{A}/pytest.ini": "[pytest]\naddopts =\n    -x\n    -pacme.b.testing\n"},
    ".pytest.ini": {f"{A}/.pytest.ini": "[pytest]\naddopts = -p acme.b.testing\n"},
    "pytest.toml": {f"{A}/pytest.toml": "[pytest]\naddopts = '-p acme.b.testing'\n"},
    "tox.ini": {f"{A}/tox.ini": "[pytest]\naddopts = -p acme.b.testing\n"},
    "setup.cfg": {f"{A}/setup.cfg": "[tool:pytest]\naddopts = -p acme.b.testing\n"},
}
ABOVE: dict[str, dict[str, Content]] = {
    "pytest.ini of the root": {"pytest.ini": "[pytest]\naddopts = -p acme.b.testing\n"},
    "pyproject.toml of the root": {"pyproject.toml": f"{HELPERS}\n{OPTIONS}"},
    "pytest.ini of the tier": {"official/pytest.ini": "[pytest]\naddopts = -p acme.b.testing\n"},
    "conftest.py of the root": {"conftest.py": "from acme.b import NAME\n"},
    "conftest.py of the tier": {"official/conftest.py": "pytest_plugins = ['acme.b']\n"},
    "a helper of the root's conftest.py": {
        "conftest.py": "from kit import tools\n",
        "kit/__init__.py": "",
        "kit/tools.py": "from . import more\n",
        "kit/more.py": "import acme.b\n",
    },
    "a helper next to the tier's conftest.py": {
        "official/conftest.py": "import near\n",
        "official/near.py": "import acme.b\n",
    },
}


@pytest.mark.parametrize("file", SETTINGS)
def test_a_module_that_pytest_is_told_to_load_is_an_import_of_the_tests(tmp_path: Path, file: str) -> None:
    module = {f"{B}/acme/b/testing.py": ""}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B) | module, plugin(C, ["a"]), plugin(D), SETTINGS[file])
    affected = monorepo.after(f"{B}/acme/b/testing.py")
    assert names(affected) == {"a", "b"}
    assert affected.plugins[0].reasons[0].how == "import"  # type: ignore[union-attr]


@pytest.mark.parametrize("file", ABOVE)
def test_files_above_plugins_that_pytest_loads_count_for_each_plugin_below(tmp_path: Path, file: str) -> None:
    module = {f"{B}/acme/b/testing.py": ""}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B) | module, plugin("community/x"), config=HELPERS)
    monorepo.commit(ABOVE[file])
    below = {"a", "b", "alone"} | (set() if next(iter(ABOVE[file])).startswith("official") else {"x", "lonely"})
    affected = monorepo.after(f"{B}/acme/b/testing.py")
    assert names(affected) == below
    (warning,) = (text for text in affected.warnings if " imports b" in text)
    assert warning.endswith(f" imports b, but {len(below) - 1} projects whose tests load it do not declare it")


def test_a_plugin_that_pytest_is_told_not_to_load_is_no_import(tmp_path: Path) -> None:
    settings = {f"{A}/pytest.ini": "[pytest]\naddopts = -p no:tool\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A) | settings, plugin(B) | {f"{B}/tool.py": ""})
    assert names(monorepo.after(f"{B}/tool.py")) == {"b"}


KIT: dict[str, Content] = {"kit/__init__.py": "", "kit/tools.py": "from acme.b import NAME\n"}
READS = CONFIG + '\n[tool.commonhold.plugins.a]\nreads = ["kit/**"]\n'
RULE = CONFIG + '\n[[tool.commonhold.shared]]\npath = ["kit/**"]\naffects = ["a"]\n'
HELPED = {
    "reads": (READS, {}),
    "a shared rule": (RULE, {}),
    "an import": (HELPERS, {f"{A}/tests/test_a.py": "from kit import tools\n"}),
    "an import of an import": (
        HELPERS,
        {f"{A}/tests/test_a.py": "import kit.all\n", "kit/all.py": "import kit.tools\n"},
    ),
}


@pytest.mark.parametrize("how", HELPED)
def test_the_imports_of_a_helper_outside_plugins_count_for_the_plugins_that_load_it(tmp_path: Path, how: str) -> None:
    config, files = HELPED[how]
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), plugin(C, ["a"]), KIT, files, config=config)
    assert names(monorepo.after(f"{B}/acme/b/__init__.py")) == {"a", "b"}


def test_the_files_of_the_core_are_not_helpers(tmp_path: Path) -> None:
    config = HELPERS.replace('pin = ["constraints.txt"]', 'path = ["kit/**"]').replace('"kit/**", "conf', '"conf')
    config = config.replace('"conftest.py"]\naffects', '"conftest.py", "constraints.txt"]\naffects')
    files = {f"{A}/tests/test_a.py": "from kit import tools\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A), plugin(B), KIT, files, config=config)
    assert "a" not in {edge.source for edge in monorepo.selected().workspace.graph.edges}


FROM_ELSEWHERE = {
    "the path from the root": {f"{A}/tests/conftest.py": "from official.b.tests.support import V\n"},
    "the path from the tier": {f"{A}/tests/conftest.py": "from b.tests.support import V\n", "official/conftest.py": ""},
    "pythonpath": {
        f"{A}/pytest.ini": "[pytest]\npythonpath = . ../b/tests\n",
        f"{A}/tests/test_a.py": "import support\n",
    },
    "pythonpath of the root": {
        "pytest.ini": "[pytest]\npythonpath = official/b/tests\n",
        f"{A}/tests/test_a.py": "import support\n",
    },
    "sys.path with pathlib": {
        f"{A}/tests/conftest.py": "sys.path.insert(0, str(Path(__file__).parents[2] / 'b' / 'tests'))\n"
    },
    "sys.path with os.path": {
        f"{A}/tests/conftest.py": "sys.path.append(os.path.join(HERE, '..', '..', 'b', 'tests'))\n"
    },
    "sys.path with a name": {f"{A}/tests/conftest.py": "P = ROOT / 'b/tests'\nsys.path += [os.fspath(P)]\n"},
    "sys.path with a dot at the end": {f"{A}/tests/conftest.py": "sys.path.append(f'{ROOT}/b/tests/./')\n"},
    "monkeypatch": {f"{A}/tests/conftest.py": "monkeypatch.syspath_prepend(ROOT / 'b' / 'tests')\n"},
}


@pytest.mark.parametrize("way", FROM_ELSEWHERE)
def test_another_plugins_tests_are_found_by_their_path(tmp_path: Path, way: str) -> None:
    support = {f"{B}/tests/support.py": "V = 1\n"}
    monorepo = Monorepo.of(tmp_path, plugin(A, ["b"]), plugin(B) | support, plugin(C, ["a"]), FROM_ELSEWHERE[way])
    affected = monorepo.after(f"{B}/tests/support.py")
    assert {"a", "b"} <= names(affected)
    assert not {"alone", "lonely"} & names(affected)


@pytest.mark.parametrize("folder", ["src", "tests/tools", "lib"])
def test_ones_own_folder_on_the_search_path_adds_nothing(tmp_path: Path, folder: str) -> None:
    own = {f"{A}/conftest.py": f"sys.path.insert(0, str(HERE / '{folder}'))\n", f"{A}/{folder}/x.py": ""}
    others = {f"{each}/{folder}/y.py": "" for each in (B, C)}
    monorepo = Monorepo.of(tmp_path, plugin(A) | own, plugin(B), plugin(C), others)
    assert names(monorepo.after(f"{B}/{folder}/y.py")) == {"b"}
