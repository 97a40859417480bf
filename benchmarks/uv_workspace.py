"""Make a generated monorepo a uv workspace, with the project files of the tools that read one.

The lock file is generated like uv's (`uv tree --frozen` reads it), so that no network is needed and a case can change
one locked version. Packages that are not in the workspace are invented, apart from their names.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.generate import Files

MEMBERS = ("plugins/official/*", "plugins/community/*")

IGNORED = ("**/*.md", "docs/**")
"""What commonhold's settings in the generated monorepo ignore; each peer that can ignores the same."""

EXTERNAL_NEEDS = {"aiohttp": ("yarl",), "pandas": ("numpy",), "requests": ("urllib3",)}
"""What packages outside the workspace require."""


def as_workspace(files: Files, locked: Mapping[str, str] | None = None) -> Files:
    """Add to a tree: the workspace, its lock file with the versions in ``locked``, and the settings of the peers."""
    projects = read_projects(files)
    members = {project["project"]["name"] for project in projects.values()}
    sourced = {}
    for folder, project in projects.items():
        inner = sorted({each.name for each in requirements_of(project) if each.name in members})
        lines = "".join(f"{name} = {{ workspace = true }}\n" for name in inner)
        if lines:
            sourced[f"{folder}/pyproject.toml"] = f"{files[f'{folder}/pyproject.toml']}\n[tool.uv.sources]\n{lines}"
    root = f"{files['pyproject.toml']}\n[tool.uv.workspace]\nmembers = {json.dumps(MEMBERS)}\n"
    return {
        **files,
        **sourced,
        "pyproject.toml": root,
        "uv.lock": lock({".": tomllib.loads(root), **projects}, locked or {}),
        "tach.toml": tach_settings(files, projects),
        ".affected.toml": f"ignore = {json.dumps(IGNORED)}\n",
    }


def read_projects(files: Files) -> dict[str, dict[str, Any]]:
    """Read the project file of each plugin in a tree, by its folder."""
    return {
        path.rpartition("/")[0]: tomllib.loads(text)
        for path, text in sorted(files.items())
        if path.startswith("plugins/") and path.endswith("/pyproject.toml")
    }


def requirements_of(project: Mapping[str, Any]) -> list[Requirement]:
    """List all requirements of a project: run-time, extras and dependency groups."""
    table = project["project"]
    groups = (*table.get("optional-dependencies", {}).values(), *project.get("dependency-groups", {}).values())
    return parse([*table.get("dependencies", ()), *(text for group in groups for text in group)])


def parse(texts: Iterable[str]) -> list[Requirement]:
    """Parse requirements."""
    return [Requirement(text) for text in texts]


def lock(projects: Mapping[str, Mapping[str, Any]], versions: Mapping[str, str]) -> str:
    """Generate ``uv.lock``: every member of the workspace, and every package that a member requires."""
    members: set[str] = {canonicalize_name(project["project"]["name"]) for project in projects.values()}
    tables: dict[str, str] = {
        canonicalize_name(project["project"]["name"]): member(folder, project, members)
        for folder, project in projects.items()
    }
    names: set[str] = {
        canonicalize_name(each.name) for project in projects.values() for each in requirements_of(project)
    }
    names |= {need for name in names for need in EXTERNAL_NEEDS.get(name, ())}
    tables |= {name: external(name, versions.get(name, "2.0.0")) for name in names - members}
    listed = "".join(f'    "{name}",\n' for name in sorted(members))
    head = f'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n[manifest]\nmembers = [\n{listed}]\n'
    return head + "".join(f"\n[[package]]\n{tables[name]}" for name in sorted(tables))


def member(folder: str, project: Mapping[str, Any], members: set[str]) -> str:
    """Generate the entry of one member."""
    table = project["project"]
    lines = [
        f'name = "{table["name"]}"',
        f'version = "{table["version"]}"',
        f'source = {{ {"virtual" if folder == "." else "editable"} = "{folder}" }}',
    ]
    lines += needed("dependencies", table.get("dependencies", ()))
    extras = table.get("optional-dependencies", {})
    for heading, groups in (
        ("optional-dependencies", extras),
        ("dev-dependencies", project.get("dependency-groups", {})),
    ):
        if groups:
            lines += ["", f"[package.{heading}]"]
            lines += [line for name, texts in groups.items() for line in needed(name, texts)]
    wanted = [(each, "") for each in parse(table.get("dependencies", ()))]
    wanted += [(each, f"extra == '{extra}'") for extra, texts in extras.items() for each in parse(texts)]
    if wanted:
        rows = (f"    {{ {stated(each, marker, members)} }}," for each, marker in wanted)
        lines += ["", "[package.metadata]", "requires-dist = [", *rows, "]"]
    if extras:
        lines.append(f"provides-extras = {json.dumps(list(extras))}")
    return "\n".join(lines) + "\n"


def needed(key: str, texts: Iterable[str]) -> list[str]:
    """Generate a list of locked requirements."""
    requirements = sorted(parse(texts), key=lambda each: each.name)
    if not requirements:
        return []
    rows = []
    for each in requirements:
        extra = f", extra = {json.dumps(sorted(each.extras))}" if each.extras else ""
        rows.append(f'    {{ name = "{canonicalize_name(each.name)}"{extra} }},')
    return [f"{key} = [", *rows, "]"]


def stated(requirement: Requirement, marker: str, members: set[str]) -> str:
    """Generate a requirement as the project file states it."""
    fields = {"name": canonicalize_name(requirement.name), "marker": marker}
    if fields["name"] not in members:
        fields["specifier"] = str(requirement.specifier)
    return ", ".join(f'{key} = "{value}"' for key, value in fields.items() if value)


def external(name: str, version: str) -> str:
    """Generate the entry of a package outside the workspace."""
    digest = hashlib.sha256(f"{name}{version}".encode()).hexdigest()
    wheel = f"https://index.example.com/files/{name.replace('-', '_')}-{version}-py3-none-any.whl"
    lines = [f'name = "{name}"', f'version = "{version}"', 'source = { registry = "https://index.example.com/simple" }']
    lines += needed("dependencies", EXTERNAL_NEEDS.get(name, ()))
    return "\n".join([*lines, f'wheels = [\n    {{ url = "{wheel}", hash = "sha256:{digest}", size = 4096 }},\n]\n'])


def tach_settings(files: Files, projects: Mapping[str, Mapping[str, Any]]) -> str:
    """Generate ``tach.toml``, like `tach sync`: each plugin is a module that depends on the plugins that it imports."""
    modules = {folder: project["project"]["name"].replace("-", ".") for folder, project in projects.items()}
    lines = [f"source_roots = {json.dumps(list(projects))}", ""]
    for folder, own in modules.items():
        package = f"{folder}/{own.replace('.', '/')}/"
        shipped = "".join(text for path, text in files.items() if path.startswith(package) and path.endswith(".py"))
        imported = [f"{name}." for name in re.findall(r"^(?:from|import) ([\w.]+)", shipped, re.MULTILINE)]
        needs = {other for other in modules.values() if any(name.startswith(f"{other}.") for name in imported)}
        lines += ["[[modules]]", f'path = "{own}"', f"depends_on = {json.dumps(sorted(needs - {own}))}", ""]
    return "\n".join(lines)
