"""Ask `uv audit` for known vulnerabilities, and for the states of projects on the package index (PEP 792)."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from commonhold_plugins.audit import AuditFinding
from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.installers.uv import UV_VARIABLES, find_uv
from commonhold_plugins.programs import run_program
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold_plugins.environments.target import TargetEnvironment

TIMEOUT = 300.0


def find_advisories(
    plugins: Sequence[str], environment: TargetEnvironment, service: str | None = None
) -> list[AuditFinding]:
    """Return findings about plugins and about what they require, in the installed versions.

    ``service`` replaces the URL of the OSV database. Raises ``UnavailableError`` if uv cannot answer.
    """
    uv = find_uv()
    if uv is None:
        raise UnavailableError("uv is not installed, so advisories were not checked")
    with tempfile.TemporaryDirectory(prefix="commonhold-plugins-") as folder:
        # `uv audit` reads a project, so this one describes the environment.
        with open(os.path.join(folder, "pyproject.toml"), "w", encoding="utf-8") as file:
            file.write(_project(plugins, environment))
        argv = [uv, "audit", "--output-format", "json", "--project", folder]
        argv += ["--service-url", service] if service else []
        ended = run_program(argv, timeout=TIMEOUT, environ=UV_VARIABLES, cwd=folder)
    try:
        return list(_findings(json.loads(ended.stdout)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnavailableError(f"uv could not check advisories: {' '.join(ended.message(3).split())}") from None


def _project(plugins: Sequence[str], environment: TargetEnvironment) -> str:
    installed = [f"{name}=={version}" for name, version in sorted(environment.versions.items())]
    wanted = [f"{name}=={environment.versions[name]}" for name in plugins]
    return "\n".join(
        (
            "[project]",
            'name = "audited-environment"',
            'version = "0"',
            f'requires-python = "=={environment.markers["python_version"]}.*"',
            f"dependencies = {json.dumps(wanted)}",
            "[tool.uv]",
            "package = false",
            f"constraint-dependencies = {json.dumps(installed)}",
            "",
        )
    )


def _findings(report: dict[str, Any]) -> Sequence[AuditFinding]:
    found = []
    for each in report["vulnerabilities"]:
        fixed = ", ".join(map(str, each["fix_versions"]))
        text = f"{each['display_id']}: {each['summary'] or 'no summary'}{f' (fixed in {fixed})' if fixed else ''}"
        found.append(AuditFinding(printable(each["dependency"]["name"]), "advisory", printable(text)))
    for each in report["adverse_statuses"]:
        reason = f": {each['reason']}" if each["reason"] else ""
        text = f"the package index marks it as {each['status']}{reason}"
        found.append(AuditFinding(printable(each["name"]), "status", printable(text)))
    return found
