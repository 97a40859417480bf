"""Generate each peer's project files, with the same plugins and dependencies that commonhold reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.generate import Files, Monorepo


class Project(NamedTuple):
    """A plugin in a peer's project files; ``needs`` are names of other projects."""

    name: str
    path: str
    needs: tuple[str, ...] = ()


def projects_of(monorepo: Monorepo) -> list[Project]:
    """List the plugins of a generated monorepo."""
    return [Project(plugin.name, monorepo.path(plugin), plugin.needs) for plugin in monorepo.plugins]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _package(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "version": "1.0.0",
        "scripts": {"test": "pytest"},
        "dependencies": dict.fromkeys(project.needs, "1.0.0"),
    }


def _lock(projects: Sequence[Project]) -> dict[str, Any]:
    """Generate a lock file like `npm install`: each project, and its link in ``node_modules``."""
    packages: dict[str, Any] = {"": {"name": "monorepo", "workspaces": [project.path for project in projects]}}
    for project in projects:
        entry: dict[str, Any] = {"name": project.name, "version": "1.0.0"}
        if project.needs:
            entry["dependencies"] = dict.fromkeys(project.needs, "1.0.0")
        packages[project.path] = entry
        packages[f"node_modules/{project.name}"] = {"resolved": project.path, "link": True}
    return {"name": "monorepo", "lockfileVersion": 3, "requires": True, "packages": packages}


def npm_workspace(projects: Sequence[Project]) -> Files:
    """Generate a root ``package.json`` with workspaces, its lock file, and a ``package.json`` per project."""
    root = {
        "name": "monorepo",
        "private": True,
        "packageManager": "npm@10.8.2",
        "workspaces": [project.path for project in projects],
    }
    packages = {f"{project.path}/package.json": _json(_package(project)) for project in projects}
    return {"package.json": _json(root), "package-lock.json": _json(_lock(projects)), **packages}


def turbo(projects: Sequence[Project]) -> Files:
    """Generate the files for Turborepo."""
    tasks = {"test": {"dependsOn": ["^test"], "outputs": []}}
    return npm_workspace(projects) | {"turbo.json": _json({"tasks": tasks})}


def lerna(projects: Sequence[Project]) -> Files:
    """Generate the files for lerna."""
    return npm_workspace(projects) | {"lerna.json": _json({"version": "1.0.0"})}


def nx(projects: Sequence[Project]) -> Files:
    """Generate the files for Nx: a ``project.json`` per plugin, which lists the dependencies."""
    root = {"analytics": False, "neverConnectToCloud": True, "targetDefaults": {"test": {"cache": True}}}
    described = {
        f"{project.path}/project.json": _json(
            {
                "name": project.name,
                "root": project.path,
                "projectType": "library",
                "implicitDependencies": list(project.needs),
                "targets": {"test": {"command": "pytest"}},
            }
        )
        for project in projects
    }
    package = {"name": "monorepo", "private": True, "devDependencies": {"nx": "*"}}
    return {"package.json": _json(package), "nx.json": _json(root), **described}


def pants(projects: Sequence[Project]) -> Files:
    """Generate the files for Pants: targets for sources and tests, which list the dependencies."""
    settings = (
        "[GLOBAL]\n"
        'backend_packages = ["pants.backend.python"]\n'
        "pantsd = false\n\n"
        "[anonymous-telemetry]\n"
        "enabled = false\n\n"
        "[source]\n"
        'root_patterns = ["/plugins/official/*", "/plugins/community/*"]\n\n'
        "[python]\n"
        'interpreter_constraints = [">=3.9"]\n\n'
        "[python-infer]\n"
        "imports = false\n"
    )
    paths = {project.name: project.path for project in projects}
    builds = {
        f"{project.path}/BUILD": (
            "python_sources(\n"
            f'    name="{project.name}",\n'
            '    sources=["**/*.py", "!tests/**"],\n'
            f"    dependencies={[f'{paths[need]}:{need}' for need in project.needs]},\n"
            ")\n"
        )
        for project in projects
    }
    return {"pants.toml": settings, **builds}


def polylith(monorepo: Monorepo, files: Files) -> Files:
    """Rearrange ``files`` as bricks: the modules of each plugin in one folder; imports are the dependencies.

    One project contains all bricks, because polylith follows only dependencies within a project.
    """
    moved: Files = {}
    namespace = monorepo.namespace
    folders = {monorepo.path(plugin): plugin for plugin in monorepo.plugins}
    for path, text in files.items():
        plugin = folders.get("/".join(path.split("/", 3)[:3]))
        if plugin is None:
            moved[path] = text
        elif path.endswith(".py"):
            kind = "test/components" if "/tests/" in path else "components"
            name = path.rpartition("/")[2]
            moved[f"{kind}/{namespace}/{plugin.name}/{name}"] = text.replace(f"{namespace}.contrib.", f"{namespace}.")
    bricks = [f"{namespace}/{plugin.name}" for plugin in monorepo.plugins]
    moved["projects/all/pyproject.toml"] = (
        f'[project]\nname = "all"\nversion = "1.0.0"\ndependencies = ["{monorepo.core}"]\n\n'
        "[tool.polylith.bricks]\n" + "".join(f'"../../components/{brick}" = "{brick}"\n' for brick in bricks)
    )
    moved["workspace.toml"] = (
        f'[tool.polylith]\nnamespace = "{namespace}"\n\n'
        '[tool.polylith.structure]\ntheme = "loose"\n\n'
        '[tool.polylith.tag.patterns]\nstable = "stable-*"\nrelease = "v[0-9]*"\n\n'
        "[tool.polylith.resources]\nbrick_docs_enabled = false\n\n"
        "[tool.polylith.test]\nenabled = true\n"
    )
    return moved
