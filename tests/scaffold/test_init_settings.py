"""How `init` writes the tests of plugins: commands, requirements, runners, versions and maintainers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.projects.makefile import read_makefile
from commonhold.projects.names import normalize
from commonhold.projects.tox_environments import tox_environments
from commonhold.scaffold.init.package_names import PackageNames
from commonhold.scaffold.init.tag_formats import find_tag_format
from tests.scaffold.test_init_survey import CI, FIVE, configured, survey, workflow

if TYPE_CHECKING:
    from commonhold.workspace.config import Testing

ALL = "[acme-a, acme-b, acme-c, acme-d, acme-e]"


def settings(run: str, files: dict[str, str] | None = None, job: str = "") -> Testing:
    """The settings of the tier, if one job tests every plugin with these commands."""
    lines = "".join(f"          {line}\n" for line in run.splitlines())
    text = f"  t:\n{job}    strategy: {{matrix: {{p: {ALL}}}}}\n    steps:\n      - run: |\n{lines}"
    return configured({**FIVE, CI: workflow(text), **(files or {})}).tiers["plugins"].testing


@pytest.mark.parametrize(
    ("run", "files", "install", "test"),
    [
        ("cd plugins/$P && pytest tests -x", {}, ("{usual}", "pytest"), "pytest tests -x {posargs}"),
        ("coverage run -m pytest tests --cov=./ --cov-config x.toml -q", {}, ("{usual}", "pytest"), "pytest tests {posargs}"),
        ("pip install -r dev.txt\npytest", {"dev.txt": ""}, ("{usual}", "pytest", "-r", "{root}/dev.txt"), "pytest {posargs}"),
        ("hatch run test:unit", {}, ("hatch",), "hatch run test:unit {posargs}"),
        ("uv run --group test pytest tests", {}, (), "uv run --python {python} --group test pytest tests {posargs}"),
        ("nox -s unit", {}, ("nox",), "nox -s unit -- {posargs}"),
        ("make name=${{ matrix.p }} test", {"Makefile": "OPTS ?= -x\ntest:\n\tcd $(name) && pytest $(OPTS) tests\n"}, ("{usual}", "pytest"), "pytest -x tests {posargs}"),
        # A branch for single plugins, and the integration tests, are not how every plugin is tested.
        ('if [[ ${{ matrix.p }} == "acme-a" ]]; then\nA=1 pytest odd\nelse\npytest tests\nfi', {}, ("{usual}", "pytest"), "pytest tests {posargs}"),
        ("pytest integration\npytest unit", {}, ("{usual}", "pytest"), "pytest unit {posargs}"),
        ('pytest tests; rm -rf $HOME `x` "$(y)"', {}, ("{usual}", "pytest"), "pytest tests {posargs}"),
    ],
)  # fmt: skip
def test_a_command_becomes_settings(run: str, files: dict[str, str], install: tuple[str, ...], test: str) -> None:
    found = settings(run, files)
    assert (found.install, found.test) == (install, (test,))


BRANCHES = """\
if [[ ${{ matrix.p }} == *"me-a"* || "${{ matrix.p }}" == 'acme-z' ]]; then
  pip install "numpy<2" 'x[y]>=1,<3' plain
elif [ ${{ matrix.p }} = acme-b ]; then
  pip install "old<1"
fi
if [ -f dev.txt ]; then pip install "never<1"; fi
if [[ "$OS" == linux ]]; then
  pip install "linux<1"
fi
if [[ ${{ matrix.p }} == acme-b ]]; then
  MODE=python pytest tests
else
  pytest tests
fi
"""


def test_branches_for_single_plugins_become_their_settings() -> None:
    lines = "".join(f"          {line}\n" for line in BRANCHES.splitlines())
    text = f"  t:\n    strategy: {{matrix: {{p: {ALL}}}}}\n    steps:\n      - run: |\n{lines}"
    config = configured({**FIVE, CI: workflow(text)})
    tier = config.tiers["plugins"].testing
    assert (tier.install, tier.test, tier.env) == (("{usual}", "pytest"), ("pytest tests {posargs}",), None)
    found = {name: (each.testing.install, each.testing.env) for name, each in config.plugins.items()}
    assert found == {
        "acme-a": (("{usual}", "pytest", "numpy<2", "x[y]>=1,<3"), None),
        "acme-b": (("{usual}", "pytest", "old<1"), {"MODE": "python"}),
    }


def test_the_environments_of_tox_are_selected_by_their_factors() -> None:
    tox = "[tox]\nenvlist =\n    py3{10,12}-ci-{a,b,c,d}-{old,new}\n"
    config = configured({**FIVE, CI: workflow("  t:\n    steps: [{run: tox}]\n"), "tox.ini": tox})
    assert config.tiers["plugins"].testing.install == ("tox",)
    command = "tox run -c {root}/tox.ini -x testenv.pass_env+=PYTEST_ADDOPTS -f py{python-nodot} ci a -- {posargs}"
    assert config.plugins[normalize("acme-a")].testing.test == (command,)
    assert normalize("acme-e") not in config.plugins


def test_environments_of_tox_in_several_jobs_of_a_reusable_workflow_are_joined() -> None:
    called = "  t:\n    uses: ./.github/workflows/called.yml\n"
    jobs = "".join(
        f"  py{python}-{name}:\n    steps: [{{run: tox -e py{python}-test-{name}}}]\n"
        for name in "abcde"
        for python in ("310", "311")
    )
    tox = "[tox]\nenvlist =\n    py3{10,11}-test-{a,b,c,d,e}\n"
    files = {CI: workflow(called), ".github/workflows/called.yml": workflow(jobs, "workflow_call"), "tox.ini": tox}
    for confirmed in (False, True):
        config = configured({**FIVE, **files}, confirmed=confirmed)
        assert config.python == ("3.10", "3.11")
        assert {plugin.testing.python for plugin in config.plugins.values()} == {None}


def test_linters_in_tox_do_not_change_how_plugins_are_tested() -> None:
    tox = "[tox]\nenvlist =\n    py3{10,12}-ci-{a,b,c,d}\n    py310-mypy-a\n    lint-b\n"
    config = configured({**FIVE, CI: workflow("  t:\n    steps: [{run: tox}]\n"), "tox.ini": tox})
    assert config.python == ("3.10", "3.12")
    for name in "ab":
        (command,) = config.plugins[normalize(f"acme-{name}")].testing.test or ()
        assert f" ci {name} --" in command


def test_runners_and_time_limits_are_read() -> None:
    found = settings("pytest", job="    runs-on: [windows-latest]\n    timeout-minutes: 20\n")
    assert (found.os, found.timeout) == (("windows-latest",), 20)
    assert settings("pytest", job="    runs-on: ubuntu-latest\n").os is None
    own = configured({**FIVE, CI: workflow("  t:\n    runs-on: gpu-t4\n    steps: [{run: pytest plugins/acme-a}]\n")})
    assert own.runners is not None
    assert own.runners.match("gpu-t4")


def test_makefiles_are_read_without_make() -> None:
    makefile = read_makefile(b"A = $(B)\nB := b # c\nx y: z\n\t@echo $(A) $(C)\n\t-$(shell touch z)\nC ?= $(C)$(C)\n")
    assert dict(makefile.recipes) == {"x": ((4, "echo $(A) $(C)"), (5, "$(shell touch z)"))} | {
        "y": ((4, "echo $(A) $(C)"), (5, "$(shell touch z)"))
    }
    assert makefile.expand("$(A) $(D)", {"D": "d"}) == "b d"
    assert len(makefile.expand("$(C)", {})) < 100_000


def test_environments_of_tox_are_expanded_with_their_lines() -> None:
    text = b"[tox]\nenvlist = lint, py{39,310}-a\n  ; py310-b\n  # see the docs\n  pypy3-c-{x,y}  ; why\n[testenv]\nenv = 1\n"
    found = [(each.name, each.line, each.python) for each in tox_environments(text) if not each.commented]
    assert found == [
        ("lint", 2, None),
        ("py39-a", 2, "3.9"),
        ("py310-a", 2, "3.10"),
        ("pypy3-c-x", 5, None),
        ("pypy3-c-y", 5, None),
    ]
    assert [each.name for each in tox_environments(text) if each.commented] == ["py310-b"]
    assert len(tox_environments(b"envlist = " + b"{a,b,c,d,e,f,g,h,i,j}" * 20)) <= 10_000


@pytest.mark.parametrize(
    ("tags", "form", "own"),
    [
        (["v1.0", "v1.1"], "v{version}", []),
        (["acme-a-v1.0", "acme-b-v2.0", "v0.1"], "{name}-v{version}", ["acme-a", "acme-b"]),
        (["py-acme-a==1.0", "py-acme-b==1.0"], "py-{name}=={version}", ["acme-a", "acme-b"]),
        (["x/y", "nightly"], None, []),
        (["*1.0", "a\x1b1.0"], None, []),
        (["commonhold-v0.1", "commonhold-v0.2", "commonhold-plugins-v0.1", "v1.0"], "v{version}", []),
        (["commonhold-v0.1"], None, []),
    ],
)
def test_the_format_of_tags_shows_how_plugins_are_versioned(tags: list[str], form: str | None, own: list[str]) -> None:
    packages = survey(FIVE).packages
    found = find_tag_format(tags, packages, PackageNames(packages))
    assert (found.form.value if found else None, sorted(found.own) if found else []) == (form, own)


def test_the_owners_of_single_plugins_are_found() -> None:
    text = "* @core\n/plugins/ @all\n/plugins/acme-a/ @one @two\nplugins/acme-b @three\n/plugins/acme-b\n"
    owners = survey({**FIVE, ".github/CODEOWNERS": text}).owners
    assert {name: (found.value, str(found.place)) for name, found in owners.items()} == {
        "acme-a": ("@one @two", ".github/CODEOWNERS:3")
    }


def test_jobs_with_services_or_secrets_are_pointed_out() -> None:
    job = "  t:\n    services: {redis: {image: redis}}\n    steps: [{run: pytest plugins/acme-a}]\n"
    (found,) = survey({**FIVE, CI: workflow(job)}).jobs
    assert str(found.needs_care) == f"{CI}:3"
