"""Rules CH7xx: tests and continuous integration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.continuous_integration import (
    OTHER_SYSTEMS,
    any_of,
    architecture_of,
    listing_workflow,
    named_plugins,
    normal_architecture,
    read_workflows,
    runner_pythons,
    runners,
    system_of,
    workflow_pythons,
    workflow_texts,
)
from commonhold.checks.edits import without_line
from commonhold.checks.finding import Severity, Violation
from commonhold.checks.rule import plugin_rule, repository_rule
from commonhold.checks.test_search import collected_files, contains_test, plugins_tested_outside, pytest_patterns
from commonhold.checks.tiers import unofficial_tiers
from commonhold.projects.workflow import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository


@plugin_rule("CH701", "The plugin has tests", implements=(42, 103))
def tests_exist(checked: CheckedPlugin) -> Iterator[Violation]:
    """A file that pytest collects contains a test.

    The names of files, functions and classes are those of pytest's settings `python_files`, `python_functions` and
    `python_classes`. An empty file, or a file with another name, is not a test. A test file outside all plugins counts
    if it imports the plugin.

    **To fix it**, write a file such as `tests/test_NAME.py` with a function `test_...`.
    """
    files = collected_files(checked)
    if files and contains_test(checked, files):
        return
    if checked.name in plugins_tested_outside(checked.repository):
        return
    if not files:
        patterns = " or ".join(pytest_patterns(checked).files)
        yield Violation(f"no file of the plugin matches pytest's patterns {patterns}", checked.path("tests"))
    else:
        yield Violation(f"the plugin's test files, such as {files[0]}, contain no test", files[0])


_PYTHON_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)$")


@plugin_rule("CH702", "Every claimed Python version is tested", implements=(36,))
def tested_pythons(checked: CheckedPlugin) -> Iterator[Violation]:
    """The plugin's sessions, or a workflow, run on every Python version that the classifiers name.

    The sessions run on the versions of the setting `python`. The versions that a workflow, tox, nox or hatch names for
    the plugin count too. The rule is not applied if no version is named.

    **To fix it**, add the version to the setting `python`, or remove the classifier.
    """
    config = checked.repository.workspace.config
    sessions = checked.plugin.testing.python or config.python
    tested = {*(sessions or ()), *workflow_pythons(checked.repository), *runner_pythons(checked)}
    if not tested:
        return
    place = checked.description.classifiers
    for classifier in checked.plugin.metadata.classifiers:
        match = _PYTHON_CLASSIFIER.match(classifier)
        if match and match[1] not in tested:
            text = f"the classifiers claim Python {match[1]}, but no session or workflow tests it"
            fix = without_line(checked.repository, place.path, classifier)
            yield Violation(text, place.path, place.line_of(classifier), match[1], fix)


_SYSTEMS = {
    "Operating System :: POSIX :: Linux": "linux",
    "Operating System :: Microsoft :: Windows": "windows",
    "Operating System :: MacOS": "macos",
}


@plugin_rule("CH703", "Every claimed operating system and architecture is tested", implements=(36,))
def tested_platforms(checked: CheckedPlugin) -> Iterator[Violation]:
    """A job runs on every operating system and architecture that the plugin claims.

    Claims are the classifiers `Operating System :: ...`, the architectures of cibuildwheel's setting `archs`, and the
    platform of `bdist_wheel`. "OS Independent" claims nothing. The jobs run on the runners of the setting `os`, and on
    those of the workflows. The rule is not applied if the label of a runner is unknown, such as that of a self-hosted
    runner.

    **To fix it**, add a runner to the setting `os`, or remove the claim.
    """
    found = runners(checked.repository)
    labels = {*(checked.plugin.testing.os or ("ubuntu-latest",)), *found.labels}
    if found.unknown or any(system_of(label) is None and architecture_of(label) is None for label in labels):
        return
    systems = {system_of(label) for label in labels}
    place = checked.description.classifiers
    for classifier in checked.plugin.metadata.classifiers:
        claimed = next((system for start, system in _SYSTEMS.items() if classifier.startswith(start)), None)
        if claimed is not None and claimed not in systems:
            text = f"the classifiers claim {claimed}, but no job runs on it"
            yield Violation(text, place.path, place.line_of(classifier), subject=claimed)
    architectures = {architecture_of(label) for label in labels}
    for claimed in _architectures(checked):
        if claimed not in architectures:
            text = f"the build settings claim the architecture {claimed}, but no job runs on it"
            yield Violation(text, checked.project_file, subject=claimed)


_ARCHITECTURE = re.compile(r"(x86_64|amd64|aarch64|arm64|ppc64le|s390x|i686|riscv64|armv7l)$", re.IGNORECASE)


def _architectures(checked: CheckedPlugin) -> list[str]:
    """Return the architectures for which the plugin builds wheels, as far as its settings name them."""
    found: dict[str, None] = {}
    pyproject, setup = checked.text("pyproject.toml") or "", checked.text("setup.cfg") or ""
    archs = (
        re.findall(r"^[ \t]*archs[ \t]*=[ \t]*(\[[^\]]{0,500}\]|[\"'][^\"'\n]*[\"'])", pyproject, re.MULTILINE)
        if "cibuildwheel" in pyproject
        else []
    )
    archs += re.findall(r"^[ \t]*plat[-_]name[ \t]*=\s*([\w-]+)", setup, re.MULTILINE)
    for text in archs:
        for word in re.findall(r"[\w-]+", text):
            match = _ARCHITECTURE.search(word)
            if match:
                found[normal_architecture(match[1])] = None
    return [*found]


@plugin_rule("CH704", "CI tests the plugin when it changes", implements=(3,))
def tested_on_change(checked: CheckedPlugin) -> Iterator[Violation]:
    """A workflow tests the plugin: it runs commonhold, or names the plugin.

    If workflows name other plugins but not this one, somebody forgot to add the plugin to a list. If the workflows name
    no plugins, they find them in another way, and the rule is not applied. Comments are ignored. CH708 reports a
    repository without workflows.

    **To fix it**, add the plugin to the list in the workflow, or run `commonhold plan` in the workflow, which finds
    every plugin.
    """
    repository = checked.repository
    named = named_plugins(repository)
    if named is not None and checked.name not in named:
        text = f"workflows name {len(named)} of {len(repository.plugins)} plugins, but not this plugin"
        yield Violation(text, listing_workflow(repository))


@repository_rule("CH705", "CI runs on Linux", implements=(98,), general=False)
def tests_on_linux(repository: CheckedRepository) -> Iterator[Violation]:
    """A job that a change starts runs on Linux.

    **To fix it**, write `runs-on: ubuntu-latest` in the workflow that tests the plugins.
    """
    found = runners(repository)
    if not found.unknown and "linux" not in {system_of(label) for label in found.labels}:
        yield Violation("no job of a workflow runs on Linux", WORKFLOWS)


_BLOCKING = {
    "on-core-change": ("test", "a change to the core waits for tests of the tier's plugins"),
    "on-shared-change": ("test", "a change to shared files waits for tests of the tier's plugins"),
    "on-release-failure": ("stop", "a broken plugin of the tier stops the release of the core"),
}


@repository_rule("CH706", "Failures of community plugins do not block the core", implements=(12,), general=False)
def community_does_not_block(repository: CheckedRepository) -> Iterator[Violation]:
    """A tier that is not official does not block changes to the core, or the release of the core.

    The core team is not responsible for community plugins. So changes to the core must not wait for their tests.

    **To fix it**, set `on-core-change` and `on-shared-change` of the tier to `"advisory"` or `"skip"`, and
    `on-release-failure` to `"hold-back"`.
    """
    for tier in unofficial_tiers(repository):
        values = (tier.on_core_change, tier.on_shared_change, tier.on_release_failure)
        for (key, (blocking, text)), value in zip(_BLOCKING.items(), values, strict=True):
            if value == blocking:
                subject = f"{tier.name}.{key}"
                yield Violation(f'{text}: {subject} is "{value}"', _configuration(repository), subject=subject)


def _configuration(repository: CheckedRepository) -> str:
    config = repository.workspace.config
    return next(
        (config.path(name) for name in ("commonhold.toml",) if config.path(name) in repository.files.entries),
        config.path("pyproject.toml"),
    )


_CARPENTER = re.compile(r"\bcarpenter\b|arcaflow-plugin-image-builder", re.IGNORECASE)


@repository_rule(
    "CH707", "The carpenter workflow builds the images", implements=(105,), general=False, severity=Severity.ERROR
)
def carpenter_workflow(repository: CheckedRepository) -> Iterator[Violation]:
    """A workflow runs carpenter, which builds the plugins' images and validates them.

    The rule checks only that a workflow uses carpenter. Whether its validations pass is shown by the workflow's runs.

    **To fix it**, add the shared workflow of arcaflow-plugin-image-builder to `.github/workflows`.
    """
    if not any_of(workflow_texts(repository), _CARPENTER):
        yield Violation("no workflow builds the images with carpenter", WORKFLOWS)


@repository_rule("CH708", "CI runs for changes", implements=(3,))
def has_workflow(repository: CheckedRepository) -> Iterator[Violation]:
    """The repository has a workflow for GitHub Actions, or the configuration of another CI system.

    Without CI, nobody notices that a change breaks a plugin.

    **To fix it**, run `commonhold init`, which writes a workflow for the plugins of a repository.
    """
    if not read_workflows(repository) and not any(path in repository.files.entries for path in OTHER_SYSTEMS):
        yield Violation("the repository has no workflow that tests its plugins", WORKFLOWS)


PLUGIN_RULES = (tests_exist, tested_pythons, tested_platforms, tested_on_change)
REPOSITORY_RULES = (has_workflow, tests_on_linux, community_does_not_block, carpenter_workflow)
