"""The texts of a generated plugin, with the size and the imports of real plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKENDS = {
    "setuptools": (
        "setuptools>=77",
        "setuptools.build_meta",
        '[tool.setuptools.packages.find]\ninclude = ["{namespace}*"]\nnamespaces = true\n',
    ),
    "hatchling": (
        "hatchling>=1.27",
        "hatchling.build",
        '[tool.hatch.build.targets.wheel]\npackages = ["{namespace}"]\n',
    ),
}
"""Build backends by name: the requirement, the entry point, and the table that finds the packages."""

_PYPROJECT = """\
[build-system]
requires = ["{requirement}"]
build-backend = "{entry}"

[project]
name = "{distribution}"
version = "{version}"
description = "Lets {core} workflows use {name}: a client, its types and a task."
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
requires-python = ">=3.10"
authors = [{{ name = "The {namespace} maintainers", email = "maintainers@example.com" }}]
keywords = ["{core}", "plugin", "workflow", "{name}"]
classifiers = [
    "Development Status :: 4 - Beta",
    "Intended Audience :: Developers",
    "Intended Audience :: Science/Research",
    "Operating System :: OS Independent",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.10",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Topic :: Scientific/Engineering",
    "Topic :: Software Development :: Libraries",
]
dependencies = [
{dependencies}
]

[project.optional-dependencies]
pandas = ["pandas>=2.2"]
test = ["pytest>=8.3", "pytest-asyncio>=0.24"]

[project.urls]
Documentation = "https://example.com/{namespace}/{name}/docs"
Source = "https://example.com/{namespace}/{name}"
Issues = "https://example.com/{namespace}/{name}/issues"

[project.entry-points."{namespace}"]
{module} = "{package}"

{packages}
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "-ra --strict-markers"

[tool.ruff]
line-length = 110
"""


def pyproject(backend: str, requirements: Sequence[str], *, namespace: str, package: str, **fields: str) -> str:
    """Generate a plugin's PEP 621 project file, about 1.6 KB like in real plugins.

    ``fields`` are ``core``, ``name``, ``distribution`` and ``version``.
    """
    requirement, entry, packages = BACKENDS[backend]
    return _PYPROJECT.format(
        requirement=requirement,
        entry=entry,
        packages=packages.format(namespace=namespace),
        namespace=namespace,
        module=package.rpartition(".")[2],
        package=package,
        dependencies="\n".join(f'    "{text}",' for text in requirements),
        **fields,
    )


README = """\
# {distribution}

Lets {core} workflows use {name}.

    pip install {distribution}

## Use

    from {package}.client import Client

    client = Client("{name}")
    client.send({{"answer": 42}})

## Options

| option    | meaning                          | default |
|-----------|----------------------------------|---------|
| `retries` | how often a lost call is retried | 3       |
| `timeout` | seconds until a call is lost     | 30.0    |
"""

_METHOD = '''
    def {verb}_{index}(self, record: Record, *, retries: int = 3, timeout: float = 30.0) -> Record:
        """Send ``record`` as {verb} number {index}, and return what came back.

        A call that takes longer than ``timeout`` seconds is lost; a lost call is repeated ``retries`` times.
        """
        for attempt in range(retries + 1):
            log.debug("%s {verb} {index}: attempt %d", self.name, attempt)
            answer = self.call("{verb}/{index}", record, timeout=timeout)
            if answer is not None:
                return answer
        raise TimeoutError(f"{{self.name}} did not answer {verb} {index} in {{timeout}} s")
'''

_CLASS = '''\
"""{title} of {package}."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any, Optional

{imports}
log = logging.getLogger(__name__)
Record = Mapping[str, Any]


class {title}:
    """The {lower} that {package} gives to a workflow."""

    def __init__(self, name: str, options: Optional[Record] = None) -> None:
        self.name = name
        self.options = dict(options or {{}})
        self.root = os.environ.get("PLUGIN_ROOT", "")

    def __iter__(self) -> Iterator[str]:
        return iter(self.options)

    def call(self, path: str, record: Record, *, timeout: float) -> Optional[Record]:
        """Make one call; ``None`` if it was lost."""
        return {{"path": path, "timeout": timeout, **record}}
{methods}'''


def module(package: str, title: str, imports: Sequence[str]) -> str:
    """Generate a shipped module: one class of seven methods, 3.2 KB, with the given import lines."""
    verbs = ("read", "write", "list", "drop")
    return _CLASS.format(
        package=package,
        title=title,
        lower=title.lower(),
        imports="".join(f"{line}\n" for line in imports),
        methods="".join(_METHOD.format(verb=verb, index=index) for index, verb in enumerate(verbs)),
    )


def test_module(package: str, title: str) -> str:
    """Generate a test module for the class ``title`` of a plugin."""
    return (
        f"from __future__ import annotations\n\nimport pytest\n\n"
        f"from {package}.{title.lower()} import {title}\n\n\n"
        f'@pytest.mark.parametrize("name", ["a", "b"])\n'
        f"def test_{title.lower()}_keeps_its_name(name: str) -> None:\n"
        f"    assert {title}(name).name == name\n\n\n"
        f"def test_{title.lower()}_answers() -> None:\n"
        f'    answer = {title}("a").read_0({{"x": 1}})\n'
        f'    assert answer["x"] == 1\n'
    )


LICENSE = "Apache License, Version 2.0. The full text is in the LICENSE file at the root of the repository.\n"

ROOT = """\
[project]
name = "{namespace}-monorepo"
version = "0.0.0"
requires-python = ">=3.10"

[tool.commonhold]
core = {{ distribution = "{core}", pin = ["constraints.txt"] }}
default-branch = "main"
python = ["3.10", "3.11", "3.12"]
ignore = ["**/*.md", "docs/**"]
tests = ["tests/**"]

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
distribution = "{namespace}-{{name}}"
import = "{namespace}.{{name}}"
on-core-change = "test"

[tool.commonhold.tiers.community]
path = ["plugins/community/*"]
distribution = "{namespace}-contrib-{{name}}"
import = "{namespace}.contrib.{{name}}"
on-core-change = "skip"
on-dependency-change = "advisory"
on-shared-change = "advisory"

[[tool.commonhold.shared]]
path = [".github/**"]
affects = "none"

[tool.ruff]
line-length = 110
"""
"""The root's project file, with the configuration of commonhold."""

WORKFLOW = """\
name: ci
on: [push, pull_request]
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pipx run nox -s affected
"""
