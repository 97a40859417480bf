"""Rules of other distributions: installed as real packages, named in the report, and refused next to secrets."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from commonhold.cli.__main__ import main
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/check.md").read_text(encoding="utf-8")

ICON = plugin("official/icon") | {"official/icon/icon.svg": "<svg/>"}


def block(language: str, start: str) -> str:
    """The code block of the how-to page that begins with ``start``."""
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return next(str(each) for each in found if each.startswith(start))


def make_wheel(folder: Path, project: Mapping[str, Any], files: Mapping[str, str]) -> Path:
    """Write a wheel as a build backend does."""
    name, version = project["name"].replace("-", "_"), project["version"]
    info = f"{name}-{version}.dist-info"
    points = project["entry-points"]
    lines = [f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points[group].items()) for group in points]
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "\n".join(lines),
    }
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in contents.items()
    }
    record = [f"{path},sha256={digests[path]},{len(text.encode())}" for path, text in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in contents.items():
            archive.writestr(path, text)
    return wheel


def install(folder: Path, *wheels: Path) -> Path:
    target = folder / "installed"
    command = ["uv", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target), *map(str, wheels)]
    subprocess.run(
        [sys.executable, "-m", *command], check=True, env={**os.environ, "UV_CACHE_DIR": str(folder / "cache")}
    )
    return target


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the how-to page and of a plugin of repo-review, installed in a folder."""
    folder = tmp_path_factory.mktemp("acme")
    project = tomli.loads(block("toml", '[project]\nname = "acme-rules"'))["project"]
    rules = make_wheel(folder, project, {"acme_rules.py": block("python", "from commonhold.checks")})
    review = {
        "name": "acme-review",
        "version": "2",
        "entry-points": {"repo_review.checks": {"acme": "acme_review:repo_review_checks"}},
    }
    return install(folder, rules, make_wheel(folder, review, {"acme_review.py": REVIEW}))


REVIEW = '''\
class RV001:
    "Has a changelog"

    family = "general"

    @staticmethod
    def check(root):
        """
        The repository has no `CHANGELOG.md`.
        """
        return root.joinpath("CHANGELOG.md").is_file()


class RV002:
    "Has a typed marker"

    family = "general"

    @staticmethod
    def check(package):
        "There is no `py.typed`."
        return any(path.name == "py.typed" for path in package.iterdir())


class RV003:
    "Is faulty"

    family = "general"

    @staticmethod
    def check(pyproject):
        "There is no tool."
        pyproject.clear()
        return pyproject["tool"]


def repo_review_checks():
    return {"RV001": RV001(), "RV002": RV002(), "RV003": RV003()}
'''


@pytest.fixture(scope="module")
def monorepo(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    return Monorepo.of(tmp_path_factory.mktemp("monorepo"), ICON, {"official/icon/py.typed": ""})


def check(monorepo: Monorepo, installed: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "commonhold.cli.__main__", "-C", str(monorepo.repo.root), "check", "--json"]
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    return subprocess.run(
        command, env={**inherited, "PYTHONPATH": str(installed), **env}, capture_output=True, text=True, check=False
    )


def test_installed_rules_run_and_are_named_in_the_report(monorepo: Monorepo, acme: Path) -> None:
    checked = check(monorepo, acme)
    document = json.loads(checked.stdout)
    assert "modified the input fixtures" not in checked.stderr
    assert set(document["rules_from"]) >= {"acme-rules 1.2", "acme-review 2"}
    found = {
        (each["code"], each["plugin"], each["severity"], each["message"])
        for each in document["findings"]
        if each["code"].startswith(("ACME", "RR:RV"))
    }
    message = "the check failed to run: KeyError: 'tool'"
    failed = {("RR:RV003", name, "warning", message) for name in ("alone", "lonely", "icon")}
    typed = {("RR:RV002", name, "warning", "There is no `py.typed`.") for name in ("alone", "lonely")}
    icons = {("ACME001", name, "warning", "there is no icon.svg") for name in ("alone", "lonely")}
    assert found == failed | typed | icons | {("RR:RV001", None, "warning", "The repository has no `CHANGELOG.md`.")}


def test_installed_rules_do_not_run_in_a_job_that_has_a_secret(monorepo: Monorepo, acme: Path) -> None:
    refused = check(monorepo, acme, CI="true", PYPI_TOKEN="x")
    assert (refused.returncode, refused.stdout) == (2, "")
    message = "the rules of acme-review 2, acme-rules 1.2"
    assert refused.stderr.startswith(f"error: {message}")
    assert "are not run in a job that has a secret (PYPI_TOKEN)" in refused.stderr
    assert check(monorepo, acme, CI="true").returncode in (0, 1)
    assert check(monorepo, acme, PYPI_TOKEN="x").returncode in (0, 1)  # on a person's machine


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ValueError('no')", "the rules of bad-rules 1 cannot be loaded: ValueError: no"),
        ("RULES = 3", "bad_rules:RULES of bad-rules 1 is not a rule or a list of rules"),
        ("RULES = [3]", "bad_rules:RULES of bad-rules 1 is not a rule or a list of rules"),
        ("RULES = rule('CH101')", "bad-rules 1 has a rule with the code CH101, which is reserved, in use or not valid"),
        ("RULES = [rule('X')]", "bad-rules 1 has a rule with the code X, which is reserved"),
        ("RULES = [rule('BAD001'), rule('BAD001')]", "has a rule with the code BAD001, which is reserved, in use"),
        (
            "RULES = rule('BAD001')",
            "the rule BAD001 of bad-rules 1 failed on the plugin alone: ZeroDivisionError: division by zero",
        ),
        (
            "RULES = rule('BAD001', lambda _: [3])",
            "the rule BAD001 of bad-rules 1 returned something other than violations",
        ),
    ],
)
def test_a_mistake_in_other_rules_is_an_error_that_names_them(
    monorepo: Monorepo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    message: str,
) -> None:
    project = {"name": "bad-rules", "version": "1", "entry-points": {"commonhold.checks": {"bad": "bad_rules:RULES"}}}
    head = "from commonhold.checks.rule import plugin_rule\n"
    rule = "def rule(code, function=lambda _: 1 / 0):\n    return plugin_rule(code, 'It is bad')(function)\n"
    wheel = make_wheel(tmp_path, project, {"bad_rules.py": f"{head}{rule}{source}\n"})
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:  # as an installer does for such a wheel
        archive.extractall(installed)
    monkeypatch.syspath_prepend(installed)
    monkeypatch.delitem(sys.modules, "bad_rules", raising=False)
    code = main(["-C", str(monorepo.repo.root), "check"])
    out, err = capsys.readouterr()
    assert (code, out, message in " ".join(err.split())) == (4, "", True), err
    assert "uninstall" in err or "A code is a prefix" in err
    if "the rule BAD001" in err:  # the advice works
        config = monorepo.repo.root / "pyproject.toml"
        before = config.read_text()
        config.write_text(before + "\n".join(line.strip() for line in err.splitlines()[-2:]))
        try:
            assert main(["-C", str(monorepo.repo.root), "check"]) in (0, 1)
        finally:
            config.write_text(before)


def test_repo_review_reads_entry_points_and_compiles_schemas_once_for_all_packages(
    monorepo: Monorepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    fastjsonschema = pytest.importorskip("fastjsonschema", reason="validate-pyproject is not installed")
    read: list[object] = []
    compiled: list[object] = []
    reading, compiling = metadata.entry_points, fastjsonschema.compile

    def entry_points(**parameters: Any) -> object:
        read.append(parameters)
        return reading(**parameters)

    def compile_schema(*args: Any, **parameters: Any) -> object:
        compiled.append(args)
        return compiling(*args, **parameters)

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    monkeypatch.setattr(fastjsonschema, "compile", compile_schema)
    main(["-C", str(monorepo.repo.root), "check"])
    # The first is commonhold's own, the second lists the checks, and the third runs them for three plugins. An earlier
    # test in this process may have done the same.
    assert read.count({"group": "repo_review.checks"}) <= 3
    assert len(compiled) <= 1
    assert metadata.entry_points is entry_points
