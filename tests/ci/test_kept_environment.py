"""Environments that later runs reuse, with an installer that, like uv and pip, removes no package by itself."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.ci.environment_inputs import program_version
from commonhold.ci.kept_environment import MARK, KeptEnvironment, remove_least_recently_used
from commonhold.ci.session_plan import SessionPlan

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {
    "plugin/pyproject.toml": "[project]\nname = 'plugin'\n",
    "plugin/plugin.py": "",
    "plugin/dev-requirements.txt": "-r ../requirements/common.pip\n",
    "requirements/common.pip": "pytest\n",
    "constraints.txt": "pytest<9\n",
    "overrides.txt": "",
}


@dataclass
class Machine:
    """A plugin in a tree, an index with the newest versions, and the environment of the plugin's session."""

    folder: Path
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    index: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abc", 1))
    needs: dict[str, set[str]] = field(default_factory=lambda: {"plugin": {"a"}, "a": {"b"}})
    arguments: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=lambda: {"installer": "uv 1"})
    url: str | None = None
    fails: bool = False
    sessions: int = 0

    @property
    def environment(self) -> Path:
        return self.folder / "environment"

    @property
    def copy(self) -> Path:
        """The copy of the repository: each session has its own."""
        return self.folder / f"copy-{self.sessions}"

    def create(self, folder: Path | None = None) -> None:
        folder = folder or self.environment
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)

    def install(self, upgrade: bool, folder: Path | None = None) -> int:
        """Install what is missing; the plugin is always installed again."""
        folder = folder or self.environment
        todo = ["plugin", *(word for word in self.arguments if word in self.index)]
        wanted = set(todo)
        while todo:
            more = self.needs.get(todo.pop(), set()) - wanted
            wanted |= more
            todo += more
        for name in sorted(wanted):
            old = list(folder.glob(f"{name}-*.dist-info"))
            if name in self.index and old and not upgrade:
                continue
            version = self.index.get(name, 1)
            info = folder / f"{name}-{version}.dist-info"
            if name not in self.index or old != [info]:
                for outdated in old:
                    shutil.rmtree(outdated)
                self._write(folder, info, name)
            if self.fails:
                return 1
        return 0

    def _write(self, folder: Path, info: Path, name: str) -> None:
        info.mkdir()
        needs = "".join(f"Requires-Dist: {need}\n" for need in sorted(self.needs.get(name, ())))
        (info / "METADATA").write_text(f"Name: {name}\n{needs}\nText\nRequires-Dist: none\n")
        (folder / f"{name}.py").write_text(self.files["plugin/plugin.py"] if name == "plugin" else info.name)
        if name == "plugin":
            (info / "direct_url.json").write_text(json.dumps({"url": self.url or (self.copy / "plugin").as_uri()}))

    def session(self) -> str:
        """Run a session; return what its log shows about the environment."""
        self.sessions += 1
        for path, text in self.files.items():
            (self.copy / path).parent.mkdir(parents=True, exist_ok=True)
            (self.copy / path).write_text(text)
        root = str(self.copy)
        named = [f"{root}/plugin", "-r", f"{root}/plugin/dev-requirements.txt", "-c", f"{root}/constraints.txt"]
        named += ["--override=../overrides.txt"]
        plan = SessionPlan(root, f"{root}/plugin", (*named, *self.arguments), (), self.env, (), (), 10)
        lines: list[str] = []
        is_new = not self.environment.exists()
        if is_new:
            self.create()
        with KeptEnvironment(str(self.environment), self.create, self.programs, self.files, is_new=is_new) as kept:
            kept.install(plan, self.variables, self.install, lines.append)
        return "; ".join(lines)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which one session has run."""
    machine = Machine(tmp_path)
    assert machine.session() == "environment: new"
    return machine


NEW = "environment: new, because "

REASONS: dict[str, tuple[Callable[[Machine], object], str]] = {
    "an argument": (lambda it: it.arguments.append("c"), "the requirements changed"),
    "a constraint": (lambda it: it.files.update({"constraints.txt": "pytest<8\n"}), "the requirements changed"),
    "an included file": (lambda it: it.files.update({"requirements/common.pip": ""}), "the requirements changed"),
    "an override": (lambda it: it.files.update({"overrides.txt": "c<1\n"}), "the requirements changed"),
    "a project file": (lambda it: it.files.update({"plugin/pyproject.toml": ""}), "the requirements changed"),
    "settings of uv": (lambda it: it.files.update({"uv.toml": ""}), "the requirements changed"),
    "a variable of the session": (lambda it: it.env.update(CC="cc"), "the settings changed"),
    "a variable of the installer": (lambda it: it.variables.update(UV_INDEX_URL="x"), "the settings changed"),
    "another installer": (lambda it: it.programs.update(installer="uv 2"), "the installer changed"),
    "a file": (lambda it: (it.environment / "left.py").touch(), "its files changed after the installation"),
    "a removed file": (lambda it: (it.environment / "a.py").unlink(), "its files changed after the installation"),
    "an edited file": (lambda it: (it.environment / "a.py").write_text("edit"), "its files changed after the inst"),
    "a folder": (lambda it: (it.environment / "left").mkdir(), "its files changed after the installation"),
    "a link": (lambda it: (it.environment / "left").symlink_to("bin"), "its files changed after the installation"),
    "no mark": (lambda it: (it.environment / MARK).unlink(), "it is not known how it was installed"),
    "half a mark": (lambda it: (it.environment / MARK).write_text('{"schema'), "it is not known how it was installed"),
    "a strange mark": (lambda it: (it.environment / MARK).write_text("[]"), "it is not known how it was installed"),
    "a newer version": (lambda it: it.index.update(b=2), "its packages changed: b-1"),
    "other dependencies": (lambda it: it.needs.update(plugin=set()), "its packages changed: plugin"),
    "more dependencies": (lambda it: it.needs.update(plugin={"a", "c"}), "its packages changed: c-1"),
}


@pytest.mark.parametrize(("change", "reason"), REASONS.values(), ids=REASONS)
def test_an_environment_is_created_anew(machine: Machine, change: Callable[[Machine], object], reason: str) -> None:
    assert machine.session() == "environment: reused"
    change(machine)
    assert NEW + reason in machine.session()
    assert machine.session() == "environment: reused"


def compile_module(machine: Machine) -> None:
    (machine.environment / "__pycache__").mkdir()
    (machine.environment / "__pycache__" / "a.pyc").touch()


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.files.update({"plugin/plugin.py": "# more"}),
        lambda it: it.files.update({"plugin/README.md": ""}),
        lambda it: it.variables.update(HOME="/elsewhere", UV_RUN_RECURSION_DEPTH="2"),
        lambda it: it.files.update({"unrelated.txt": ""}),
        compile_module,
    ],
)
def test_an_environment_is_reused(machine: Machine, change: Callable[[Machine], object]) -> None:
    change(machine)
    assert machine.session() == "environment: reused"
    assert (machine.environment / "plugin.py").read_text() == machine.files["plugin/plugin.py"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda it: it.arguments.extend(["-r", "https://localhost/requirements.txt"]), "the requirements changed"),
        (lambda it: it.arguments.append("--requirements=/elsewhere.txt"), "the requirements changed"),
        (lambda it: it.arguments.append("-rhttps://localhost/requirements.txt"), "the requirements changed"),
        (lambda it: it.files.update({"requirements/common.pip": "-r ../missing.txt"}), "the requirements changed"),
        (lambda it: setattr(it, "url", "git+https://localhost/x"), "plugin does not come from an index"),
        (lambda it: setattr(it, "url", "file:///elsewhere"), "plugin does not come from an index"),
        (lambda it: setattr(it, "url", 7), "plugin does not come from an index"),
    ],
)
def test_what_cannot_be_compared_is_not_reused(
    machine: Machine, change: Callable[[Machine], object], reason: str
) -> None:
    change(machine)
    machine.session()
    assert NEW + reason in machine.session()


def test_a_failed_or_interrupted_installation_discards_the_environment(machine: Machine) -> None:
    machine.fails = True
    assert machine.session() == "environment: reused"
    machine.fails = False
    assert machine.session() == f"{NEW}its last installation failed or was interrupted"

    def interrupt(_upgrade: bool) -> int:
        raise KeyboardInterrupt

    installer, machine.install = machine.install, interrupt  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt):
        machine.session()
    machine.install = installer  # type: ignore[method-assign]
    assert machine.session() == f"{NEW}its last installation failed or was interrupted"


def test_a_folder_that_an_uninstalled_module_left_is_not_reused(machine: Machine) -> None:
    module = machine.environment / "old" / "module.py"
    module.parent.mkdir()
    module.touch()
    installer = machine.install

    def install(upgrade: bool) -> int:
        module.parent.mkdir(exist_ok=True)
        (module.parent / "__pycache__").mkdir(exist_ok=True)
        if upgrade:
            module.unlink()
        else:
            module.touch()
        return installer(upgrade)

    machine.install = install  # type: ignore[assignment,method-assign]
    machine.session()
    assert machine.session() == f"environment: reused; {NEW}old was left behind"


CHANGES: dict[str, Callable[[Machine, str], object]] = {
    "release": lambda it, name: it.index.update({name: it.index[name] + 1}),
    "request": lambda it, name: it.arguments.append(name),
    "do not request": lambda it, name: it.arguments.remove(name) if name in it.arguments else None,
    "need": lambda it, name: it.needs["plugin"].add(name),
    "do not need": lambda it, name: it.needs["plugin"].discard(name),
    "edit": lambda it, name: it.files.update({"plugin/plugin.py": it.files["plugin/plugin.py"] + name}),
    "break": lambda it, _name: setattr(it, "fails", True),
    "repair": lambda it, _name: setattr(it, "fails", False),
    "meddle": lambda it, name: (it.environment / f"{name}.py").write_text("meddled"),
    "nothing": lambda _it, _name: None,
}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.sampled_from("abc")), min_size=1, max_size=6))
def test_a_reused_environment_contains_what_a_new_one_would(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        for change, name in (("nothing", "a"), *steps):
            CHANGES[change](machine, name)
            machine.session()
            if not machine.fails:
                new = machine.folder / "new"
                machine.create(new)
                machine.install(False, new)
                assert contents(machine.environment) == contents(new)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != MARK)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_second_session_waits_for_the_environment(machine: Machine) -> None:
    def enter() -> None:
        log.append(machine.session())

    log: list[str] = []
    with KeptEnvironment(str(machine.environment), machine.create, {}, (), is_new=False):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(0.2)
        assert log == []
        machine.create()  # the mark that the second session waits for is gone
    thread.join(10)
    assert log == [f"{NEW}it is not known how it was installed"]


def test_the_least_recently_used_environments_of_this_tool_are_deleted(tmp_path: Path) -> None:
    for number, name in enumerate(("oldest", "used", "old", "new", "foreign", ".commonhold-deleted-x")):
        (tmp_path / name / "bin").mkdir(parents=True)
        if name not in ("foreign", ".commonhold-deleted-x"):
            (tmp_path / name / MARK).touch()
            os.utime(tmp_path / name / MARK, (number, number))
    (tmp_path / "link").symlink_to(tmp_path / "new")
    (tmp_path / "file").touch()
    kept = KeptEnvironment(str(tmp_path / "used"), lambda: None, {}, (), is_new=False)
    with kept:
        os.utime(tmp_path / "used" / MARK, (0, 0))
        remove_least_recently_used(str(tmp_path), 2)
        assert {path.name for path in tmp_path.iterdir()} == {"used", "new", "foreign", "link", "file"}
        remove_least_recently_used(str(tmp_path), 0)
        assert {path.name for path in tmp_path.iterdir()} == {"used", "foreign", "link", "file"}


def test_an_environment_that_was_deleted_meanwhile_is_created(machine: Machine) -> None:
    shutil.rmtree(machine.environment)
    with KeptEnvironment(str(machine.environment), machine.create, {}, (), is_new=False):
        assert (machine.environment / "bin").is_dir()


def test_a_program_has_another_version_if_its_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python3.99"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = program_version("python3.99")
    assert before == program_version(str(program))
    program.write_bytes(b"\x7fELF, newer")
    assert program_version(str(program)) != before


@pytest.mark.parametrize("content", [b"#!/bin/sh\nexec python", None])
def test_a_program_of_unknown_version_never_has_the_same(tmp_path: Path, content: bytes | None) -> None:
    program = tmp_path / "python3.99"
    if content is not None:
        program.write_bytes(content)
    assert program_version(str(program)) != program_version(str(program))
