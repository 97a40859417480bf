"""`commonhold new`: files, names and refusals."""

from __future__ import annotations

import ast
import os
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from commonhold.cli.__main__ import main
from commonhold.ownership import PluginGovernance, read_governance
from commonhold.projects.similar_names import are_confusable
from commonhold.scaffold.new.answers import parse_maintainer
from tests.support.monorepos import Link, Monorepo, project
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
[tool.commonhold]
core = { distribution = "framework", pin = ["constraints.txt"] }
python = ["3.11", "3.10"]

[tool.commonhold.tiers.official]
path = ["official/*"]
distribution = "acme-{name}"
import = "acme.{name}"

[tool.commonhold.tiers.community]
path = ["community/*"]
distribution = "acme-contrib-{name}"
import = "acme.contrib.{name}"
on-release-failure = "hold-back"
"""
OCTOCAT = "octocat <octocat@example.com>"
GIVEN = ("--tier", "community", "--template", "package", "--description", "Does something.", "--maintainer", OCTOCAT)


def package(
    folder: str, distribution: str, module: str, needs: tuple[str, ...] = ("framework>=2,<4",)
) -> dict[str, Any]:
    return {
        f"{folder}/pyproject.toml": project(distribution, needs),
        f"{folder}/{module.replace('.', '/')}/__init__.py": "",
    }


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    return Monorepo.of(
        tmp_path_factory.mktemp("new") / "repo",
        package("official/fw-jinja2", "acme-jinja2", "acme.jinja2"),
        package("official/fw-msgspec", "acme-msgspec", "acme.msgspec"),
        package("community/fw-pint", "acme-contrib-pint", "acme.contrib.pint"),
        package("community/fw-rdflib", "acme-contrib-rdflib", "acme.contrib.rdflib"),
        config=CONFIG,
    )


@pytest.fixture
def monorepo(untouched: Monorepo, tmp_path: Path) -> Monorepo:
    return Monorepo(untouched.repo.copy(tmp_path / "repo"))


def new(monorepo: Monorepo, *words: str) -> int:
    return main(["-C", str(monorepo.repo.root), "new", *words])


def written(monorepo: Monorepo) -> list[str]:
    return monorepo.repo.git("status", "--porcelain", "--untracked-files=all").splitlines()


def read(monorepo: Monorepo, path: str) -> str:
    return monorepo.repo.path(path).read_text(encoding="utf-8")


def test_the_names_follow_the_patterns_of_the_tier_and_the_folders_of_its_plugins(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(monorepo, "aws-athena", *GIVEN, "--offline") == 0
    folder = "community/fw-aws-athena"
    assert written(monorepo) == [
        f"?? {folder}/{path}"
        for path in (
            "LICENSE",
            "README.md",
            "acme/contrib/aws_athena/__init__.py",
            "acme/contrib/aws_athena/py.typed",
            "governance.toml",
            "pyproject.toml",
            "tests/test_aws_athena_plugin.py",
        )
    ]
    declared = tomli.loads(read(monorepo, f"{folder}/pyproject.toml"))
    assert declared["project"] | {"classifiers": ()} == {
        "name": "acme-contrib-aws-athena",
        "version": "0.0.0.dev0",
        "description": "Does something.",
        "readme": "README.md",
        "license": "Apache-2.0",
        "license-files": ["LICENSE"],
        "requires-python": ">=3.10",
        "authors": [{"name": "octocat", "email": "octocat@example.com"}],
        "maintainers": [{"name": "octocat", "email": "octocat@example.com"}],
        "keywords": ["framework", "aws-athena"],
        "classifiers": (),
        "import-names": ["acme.contrib.aws_athena"],
        "import-namespaces": ["acme", "acme.contrib"],
        "dependencies": ["framework>=2,<4"],
    }
    assert declared["tool"]["commonhold"]["template"] == {
        "name": "package",
        "version": 1,
        "origin": "commonhold",
        "answers": {
            "name": "aws-athena",
            "tier": "community",
            "description": "Does something.",
            "maintainers": [OCTOCAT],
            "license": "Apache-2.0",
        },
    }
    printed = capsys.readouterr()
    assert "the index was not checked for acme-contrib-aws-athena" in printed.err
    assert "commonhold check acme-contrib-aws-athena" in printed.out
    assert "nox -s affected" in printed.out


def test_the_new_plugin_belongs_to_the_workspace_at_once(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(monorepo, "polars", *GIVEN, "--offline") == 0
    capsys.readouterr()
    assert main(["-C", str(monorepo.repo.root), "affected", "--base", "HEAD"]) == 0
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()] == ["acme-contrib-polars"]
    assert "warning" not in printed.err


@pytest.mark.parametrize("text", ["acme-contrib-polars", "fw-polars", "Polars", "Acme_Contrib.Polars"])
def test_a_complete_name_is_reduced_to_its_own_part(monorepo: Monorepo, text: str) -> None:
    assert new(monorepo, text, *GIVEN, "--offline") == 0
    assert monorepo.repo.path("community/fw-polars/acme/contrib/polars/__init__.py").exists()


def test_without_patterns_the_names_follow_the_other_plugins(tmp_path: Path) -> None:
    names = ("amazon_bedrock", "ollama", "chroma")
    config = '[tool.commonhold]\n[tool.commonhold.tiers.all]\npath = ["integrations/*"]\n'
    plugins = [
        {
            f"integrations/{name}/pyproject.toml": project(f"{name.replace('_', '-')}-haystack"),
            f"integrations/{name}/src/haystack_integrations/{name}/__init__.py": "",
        }
        for name in names
    ]
    monorepo = Monorepo.of(tmp_path, *plugins, config=config)
    assert new(monorepo, "open-search", *GIVEN[2:], "--offline") == 0
    folder = "integrations/open_search"
    assert monorepo.repo.path(f"{folder}/haystack_integrations/open_search/__init__.py").exists()
    assert tomli.loads(read(monorepo, f"{folder}/pyproject.toml"))["project"]["name"] == "open-search-haystack"


def test_a_stray_init_file_of_a_namespace_in_another_plugin_does_not_matter(monorepo: Monorepo) -> None:
    monorepo.commit({"community/fw-pint/acme/__init__.py": "", "community/fw-pint/acme/contrib/__init__.py": ""})
    assert new(monorepo, "polars", *GIVEN, "--offline") == 0


def test_a_package_outside_a_namespace_and_without_a_core(tmp_path: Path) -> None:
    config = '[tool.commonhold]\n[tool.commonhold.tiers.all]\npath = ["kedro-*"]\n'
    monorepo = Monorepo.of(tmp_path, {"kedro-docker/pyproject.toml": project("kedro-docker")}, config=config)
    assert new(monorepo, "viz", "--template", "package", *GIVEN[4:], "--offline") == 0
    declared = tomli.loads(read(monorepo, "kedro-viz/pyproject.toml"))["project"]
    assert declared["import-names"] == ["kedro_viz"]
    assert "import-namespaces" not in declared
    assert declared["dependencies"] == []


@pytest.mark.filterwarnings("ignore:VPP001")  # of validate-pyproject, whose checks run if it is installed
def test_an_account_makes_a_maintainer_who_may_approve(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(monorepo, "athena", *GIVEN, "--offline", "--account", "octocat:583231") == 0
    assert "List the maintainers" not in capsys.readouterr().out
    path = "community/fw-athena/governance.toml"
    governance = read_governance(path, read(monorepo, path).encode())
    (person,) = governance.maintainers
    assert (person.login, person.id, person.contact) == ("octocat", 583231, "mailto:octocat@example.com")
    assert new(monorepo, "glue", *GIVEN, "--offline") == 0
    path = "community/fw-glue/governance.toml"
    text = read(monorepo, path)
    assert read_governance(path, text.encode()) == PluginGovernance(path)
    head, entry, rest = text.partition("# [[maintainers]]")
    uncommented = head + entry.removeprefix("# ") + rest.replace("\n# ", "\n")
    assert read_governance(path, uncommented.encode()).maintainers[0].login == "octocat"
    assert new(monorepo, "dynamo", *GIVEN, "--offline", "--account", "octocat") == 2
    assert "'octocat' is not a login with a numeric id" in capsys.readouterr().err
    assert new(monorepo, "dynamo", *GIVEN, "--offline", "--account", "a:1", "--account", "b:2") == 2
    assert "there are more accounts than maintainers" in capsys.readouterr().err


def test_the_profile_arcaflow_selects_its_template(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    config = CONFIG.replace("framework", "arcaflow-plugin-sdk").replace("acme-contrib-{name}", "arcaflow-plugin-{name}")
    community = "[tool.commonhold.tiers.community.check]\nprofile = 'arcaflow'\n"
    workflow = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: nox -s affected\n"
    without = config.replace('import = "acme.contrib.{name}"\n', "")
    monorepo.commit({"pyproject.toml": f"{without}\n{community}", ".github/workflows/ci.yml": workflow})
    monorepo.repo.remove("community/fw-pint")
    monorepo.repo.remove("community/fw-rdflib")
    monorepo.repo.commit()
    assert new(monorepo, "disk-speed", "--tier", "community", *GIVEN[4:], "--offline") == 0
    assert "Run `poetry lock` in `community/" in capsys.readouterr().out
    (folder,) = monorepo.repo.path("community").glob("*disk-speed")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        ".flake8",
        "Dockerfile",
        "LICENSE",
        "README.md",
        "governance.toml",
        "pyproject.toml",
        "arcaflow_plugin_disk_speed/__init__.py",
        "arcaflow_plugin_disk_speed/__main__.py",
        "arcaflow_plugin_disk_speed/disk_speed.py",
        "arcaflow_plugin_disk_speed/py.typed",
        "tests/__init__.py",
        "tests/test_disk_speed_plugin.py",
    }
    poetry = tomli.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poetry"]
    assert poetry["dependencies"] == {"python": "^3.9", "arcaflow-plugin-sdk": ">=0.14"}
    check = ["-C", str(monorepo.repo.root), "check", "--profile", "arcaflow", "arcaflow-plugin-disk-speed"]
    assert main(check) == 1
    assert "run `poetry lock`" in capsys.readouterr().out
    (folder / "poetry.lock").write_text("# stands for the lock file that Poetry writes\n", encoding="utf-8")
    assert main(check) == 0, capsys.readouterr().out


REFUSED = {
    "../evil": "not a plugin name",
    "a/b": "not a plugin name",
    ".hidden": "not a plugin name",
    "a\x1b[2Jb": "not a plugin name",
    "x\ny": "not a plugin name",
    'x"': "not a plugin name",
    "pandаs": "not a plugin name",  # with a Cyrillic letter
    "2fast": "not a plugin name",
    "a" * 65: "more than 64 characters",
    "class": "keyword",
    "json": "shadows the module `json`",
    "asyncio": "shadows",
    "nul": "Windows",
    "pint": "taken",
    "PINT": "taken",
    "rdf-lib": "taken",
    "rdf_lib": "taken",
    "jinja2": "looks like the official plugin acme-jinja2",
    "acme-jinja2": "looks like the official plugin",
    "acme_jinja-2s": "looks like the official plugin",
    "jinja-2": "looks like the official plugin",
    "jinjja2": "looks like the official plugin",
    "msgspecs": "looks like the official plugin",
    "msg5pec": "looks like the official plugin",
    "rnsgspec": "looks like the official plugin",
    "framework": "looks like the core",
    "": "",
}


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_a_bad_name_is_refused_and_nothing_is_written(
    untouched: Monorepo, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert new(untouched, name, *GIVEN, "--offline") == 2
    printed = capsys.readouterr()
    assert REFUSED[name] in printed.err
    assert "\x1b" not in printed.err
    assert written(untouched) == []


def test_a_name_of_the_official_tier_must_not_hide_the_namespace_of_another_tier(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(monorepo, "contrib", "--tier", "official", *GIVEN[2:], "--offline") == 2
    assert "would hide acme.contrib.pint" in capsys.readouterr().err


def test_a_folder_that_git_ignores_is_taken(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.commit({".gitignore": "FW_Polars\n"})
    monorepo.repo.write("community/FW_Polars/notes.txt", "mine")
    assert new(monorepo, "polars", *GIVEN, "--offline") == 2
    assert "the folder community/FW_Polars exists" in capsys.readouterr().err


def test_a_folder_of_plugins_that_is_a_link_out_of_the_tree_is_refused(monorepo: Monorepo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    monorepo.repo.link("community", str(outside))
    assert new(monorepo, "polars", *GIVEN, "--offline") == 2
    assert list(outside.iterdir()) == []


HOSTILE = (
    ('x"\n[tool.poetry]', 'octocat"\n'),
    ("a\x00b", OCTOCAT),
    ("a\u202eb", OCTOCAT),
    ("x" * 301, OCTOCAT),
    ("", OCTOCAT),
    ("fine", "octocat"),
    ("fine", "octocat <not an address>"),
    ("fine", "octocat <a@b.c> <d@e.f>"),
    ("fine", "<octocat@example.com>"),
)


@pytest.mark.parametrize(("description", "maintainer"), HOSTILE, ids=ascii)
def test_a_bad_answer_is_refused_and_nothing_is_written(untouched: Monorepo, description: str, maintainer: str) -> None:
    words = ("--description", description, "--maintainer", maintainer, "--offline")
    assert new(untouched, "polars", "--tier", "community", "--template", "package", *words) == 2
    assert written(untouched) == []


@pytest.mark.parametrize(
    "text", ['"""', "\\", "'''", 'x" #', "$name ${name} $$", "</p><script>", "]\n".strip(), "`code` [a](b)", "é ∑"]
)
def test_an_answer_is_data_in_every_file(monorepo: Monorepo, text: str) -> None:
    words = ("--description", text, "--maintainer", f"O'Brien {text.replace('<', '').replace('>', '')} <o@example.org>")
    assert new(monorepo, "polars", "--tier", "community", "--template", "package", *words, "--offline") == 0
    folder = "community/fw-polars"
    declared = tomli.loads(read(monorepo, f"{folder}/pyproject.toml"))
    assert declared["project"]["description"] == text
    assert declared["tool"].keys() == {"hatch", "pytest", "commonhold"}
    module = ast.parse(read(monorepo, f"{folder}/acme/contrib/polars/__init__.py"))
    assert ast.get_docstring(module, clean=False) == text
    assert [type(node) for node in module.body] == [ast.Expr, ast.Assign, ast.FunctionDef]
    assert "<script>" not in read(monorepo, f"{folder}/README.md")


@given(st.text(min_size=1, max_size=40))
def test_a_maintainer_is_a_name_and_an_address_or_is_refused(text: str) -> None:
    from commonhold.errors import UsageError

    try:
        person = parse_maintainer(text)
    except UsageError:
        return
    assert person.name.isprintable()
    assert "<" not in person.name
    assert person.email.count("@") == 1


def test_a_bad_name_is_reported_before_missing_values(untouched: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(untouched, "../evil", "--tier", "community") == 2
    assert "not a plugin name" in capsys.readouterr().err


def test_no_new_file_is_executable(monorepo: Monorepo) -> None:
    monorepo.commit(OWN)
    monorepo.repo.write("plugin-templates/reader/run.sh", "echo", executable=True)
    monorepo.repo.commit()
    assert new(monorepo, "polars", *READER) == 0
    files = [path for path in monorepo.repo.path("community/fw-polars").rglob("*") if path.is_file()]
    assert files[0].parent.exists()
    assert [path for path in files if os.access(path, os.X_OK)] == []


def test_nothing_is_asked_without_a_terminal(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(monorepo, "polars", "--offline") == 2
    error = capsys.readouterr().err
    assert "no terminal to ask for missing values: --tier, --description, --maintainer" in error


def test_a_dry_run_prints_the_files_and_writes_none(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(monorepo, "polars", *GIVEN, "--offline", "--dry-run") == 0
    assert "+++ b/community/fw-polars/pyproject.toml" in capsys.readouterr().out
    assert written(monorepo) == []


@pytest.mark.parametrize(
    ("tier", "required"),
    [("image = true", "Dockerfile"), ("maintainers = 2", None), ('licences = ["MIT"]', "MIT")],
)
def test_the_settings_of_the_tier_decide_about_images_people_and_licences(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str], tier: str, required: str | None
) -> None:
    monorepo.commit({"pyproject.toml": f"{CONFIG}\n[tool.commonhold.tiers.community.check]\n{tier}\n"})
    code = new(monorepo, "polars", *GIVEN, "--offline")
    if required is None:
        assert code == 2
        assert "the tier requires 2 maintainers, and 1 are given" in capsys.readouterr().err
        assert new(monorepo, "polars", *GIVEN, "--maintainer", "hubot <hubot@example.com>", "--offline") == 0
        assert "- hubot (<hubot@example.com>)" in read(monorepo, "community/fw-polars/README.md")
    elif required == "MIT":
        assert "MIT License" in read(monorepo, "community/fw-polars/LICENSE")
        assert "octocat" in read(monorepo, "community/fw-polars/LICENSE")
        assert new(monorepo, "other", *GIVEN, "--offline", "--license", "Apache-2.0") == 2
    else:
        assert "FROM python:3.11-slim" in read(monorepo, "community/fw-polars/Dockerfile")


# ------------------------------------------------------------------------------------------------------------ index


@contextmanager
def index_with(*projects: str) -> Iterator[tuple[str, list[str]]]:
    """A package index that has these projects, and the paths that it was asked for."""
    asked: list[str] = []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            name = self.path.strip("/").rpartition("/")[2]
            found = name in projects
            page = f'<a href="{name}-1.0.tar.gz">{name}-1.0.tar.gz</a>'.encode() if found else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Pages)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple", asked


def test_a_name_that_exists_on_the_index_is_refused_unless_it_is_ours(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    with index_with("acme-contrib-polars") as (url, asked):
        assert new(monorepo, "polars", *GIVEN, "--index", url) == 2
        assert "acme-contrib-polars exists on the package index" in capsys.readouterr().err
        assert written(monorepo) == []
        assert new(monorepo, "polars", *GIVEN, "--index", url, "--name-is-ours") == 0
        assert "which is yours" in capsys.readouterr().err
        assert new(monorepo, "duckdb", *GIVEN, "--index", url) == 0
        assert "the index has no project acme-contrib-duckdb yet" in capsys.readouterr().err
    assert asked == [*["/simple/acme-contrib-polars/"] * 2, "/simple/acme-contrib-duckdb/"]


def test_an_index_that_does_not_respond_is_an_error(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    with index_with() as (url, _):
        pass
    assert new(monorepo, "polars", *GIVEN, "--index", url) == 4
    assert "--offline" in capsys.readouterr().err
    assert written(monorepo) == []


# -------------------------------------------------------------------------------------------------------- templates

OWN = {
    "plugin-templates/reader/template.toml": 'version = 3\ntitle = "A reader."\nextends = "base"\n'
    'entry-point-group = "acme.readers"\nnext-steps = ["Edit `$package_path/reader.py` in $folder."]\n',
    "plugin-templates/reader/$package_path/__init__.py.tmpl": '"""$description"""\n',
    "plugin-templates/reader/$package_path/reader.py": "cost = '$5'\n",
    "plugin-templates/reader/quick-start.md.tmpl": "Import `$package`.\n",
    "plugin-templates/reader/tests/test_$module.py.tmpl": "import $package\n\n\ndef test_it():\n    pass\n",
}
READER = ("--tier", "community", "--template", "reader", *GIVEN[4:], "--offline")


def test_a_repository_keeps_its_own_templates(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.commit(OWN)
    assert new(monorepo, "polars", *READER) == 0
    folder = "community/fw-polars"
    assert read(monorepo, f"{folder}/acme/contrib/polars/reader.py") == "cost = '$5'\n"
    declared = tomli.loads(read(monorepo, f"{folder}/pyproject.toml"))
    assert declared["project"]["entry-points"] == {"acme.readers": {"contrib-polars": "acme.contrib.polars"}}
    assert declared["tool"]["commonhold"]["template"]["version"] == 3
    assert declared["tool"]["commonhold"]["template"]["origin"] == "plugin-templates/reader"
    assert "Import `acme.contrib.polars`." in read(monorepo, f"{folder}/README.md")
    assert "Edit `acme/contrib/polars/reader.py` in community/fw-polars." in capsys.readouterr().out


def test_the_page_lists_every_placeholder(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-plugin.md"
    documented = set(re.findall(r"\$\w+", page.read_text(encoding="utf-8")))
    for path in ("x.toml.tmpl", "x.py.tmpl", "x.md.tmpl", "LICENSE.tmpl", "x.cfg.tmpl"):
        monorepo.commit({**OWN, f"plugin-templates/reader/{path}": "$unknown"})
        assert new(monorepo, "polars", *READER) == 2
        monorepo.repo.remove(f"plugin-templates/reader/{path}")
        (known,) = re.findall(r"Placeholders: (.*)\. Write", capsys.readouterr().err)
        assert set(known.split(", ")) <= documented


FAULTS: dict[str, tuple[str | bytes, str]] = {
    "template.toml": ("version = 3\n", "has no valid template.toml"),
    "template.toml ": ("version = \n", "template.toml"),
    "data.txt.tmpl": ("$description", "uses the placeholder $description"),
    "x.toml.tmpl": ("a = $unknown", "uses the placeholder $unknown"),
    "y.toml.tmpl": ('a = "$name"', "y.toml"),
    "z.py.tmpl": ("def $name", "z.py of the template is not valid Python"),
    "cost.md.tmpl": ("It costs 5 $.", "Write $$ for a dollar sign"),
    "latin.md.tmpl": (b"Gr\xfc\xdfe an $name", "latin.md.tmpl of the template is not UTF-8"),
    "a\nb.txt": ("x", "is not a file name that every system accepts"),
    "template.toml  ": ('version = 1\ntitle = "Read"\nextends = "../x"\n', "extends: there is no template '../x'"),
    "template.toml   ": ('version = 1\ntitle = "Read"\n', "contains no pyproject.toml, setup.cfg or setup.py"),
    "readme.MD": ("x", "README.md and readme.MD of the template are the same file"),
    "tests/test_polars.py": ("x = 1", "are the same file"),
    "template.toml    ": (
        'version = 1\ntitle = "Read"\nextends = "base"\nnext-steps = ["\\u001b[2J"]\n',
        "is not printable",
    ),
}


@pytest.mark.parametrize("path", FAULTS)
def test_a_fault_in_a_template_is_an_error_and_nothing_is_written(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    content, message = FAULTS[path]
    monorepo.commit({**OWN, f"plugin-templates/reader/{path.strip()}": content})
    assert new(monorepo, "polars", *READER) == 2
    assert message in "".join(capsys.readouterr())
    assert written(monorepo) == []


def test_a_template_must_not_contain_links(monorepo: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    monorepo.commit({**OWN, "plugin-templates/reader/hosts": Link("/etc/hosts")})
    assert new(monorepo, "polars", *READER) == 2
    assert "Templates must not contain links" in capsys.readouterr().err
    assert written(monorepo) == []


def test_an_unknown_template_or_tier_is_an_error_with_the_known_ones(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(monorepo, "polars", "--tier", "community", "--template", "tasks", "--offline") == 2
    assert "did you mean 'task'?" in capsys.readouterr().err
    assert new(monorepo, "polars", "--tier", "comm", "--offline") == 2
    assert "Tiers: official, community" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("flytekit-spark", "flytekit_spark", True),
        ("spark", "sparc", True),
        ("spark", "psark", True),
        ("ray", "rai", False),
        ("modal", "rnodal", True),
        ("snowflake", "snowflkae", True),
        ("airflow-provider", "airfow-provder", True),
        ("pandas", "pandera", False),
    ],
)
def test_names_that_readers_confuse(one: str, other: str, expected: bool) -> None:
    assert are_confusable(one, other) is expected
    assert are_confusable(other, one) is expected
