"""Change the environment of a uv tool, which uv describes in a receipt.

uv installs the receipt's requirements when it upgrades a tool, so a plugin must be among them. `uv tool install`
does not compare the hash of a URL (uv 0.13), but `uv pip` does. Therefore `uv pip` installs the plugins, and then
`uv tool install`, which leaves them as they are, writes the receipt.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.installers.failures import failure
from commonhold_plugins.installers.requests import APPLY_TIMEOUT, InstallRequest, Resolution
from commonhold_plugins.installers.uv import OFFLINE, UV_VARIABLES, UvInstaller
from commonhold_plugins.names import normalize
from commonhold_plugins.programs import run_program
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class UvToolInstaller:
    """``uv tool install`` of a tool with its plugins; ``prefix`` is the tool's environment."""

    uv: str
    python: str
    prefix: str
    offline: bool = False
    name: str = "uv tool"

    def resolve(self, request: InstallRequest) -> Resolution:
        return UvInstaller(self.uv, self.python, self.offline).resolve(request)

    def apply(self, request: InstallRequest, on_line: Callable[[str], None] | None = None) -> None:
        if request.install:
            UvInstaller(self.uv, self.python, self.offline).apply(
                InstallRequest(request.install, request.keep, (), request.reinstall, request.constraints), on_line
            )
        self._write_receipt(request, on_line)

    def _write_receipt(self, request: InstallRequest, on_line: Callable[[str], None] | None) -> None:
        receipt = _read_receipt(self.prefix)
        tool = os.path.basename(self.prefix)
        changed = {each.name for each in (*request.install, *request.keep)} | {*request.remove}
        own = [each for each in receipt.get("requirements", ()) if normalize(each["name"]) == normalize(tool)]
        others = [each for each in receipt.get("requirements", ()) if normalize(each["name"]) not in changed]
        others = [each for each in others if each not in own]
        plugins = [each.line for each in (*request.install, *request.keep)]
        with tempfile.TemporaryDirectory(prefix="commonhold-plugins-") as folder:
            argv = [self.uv, "tool", "install", *_main_words(own, tool)]
            argv += _file_option(folder, "--with-requirements", [*map(_line, _plain(others)), *plugins])
            argv += [word for each in _editable(others) for word in ("--with-editable", each["editable"])]
            argv += _file_option(folder, "--constraints", map(_line, receipt.get("constraints", ())))
            argv += _file_option(folder, "--overrides", map(_line, receipt.get("overrides", ())))
            if "python" in receipt:
                argv += ["--python", receipt["python"]]
            ended = run_program(
                argv, timeout=APPLY_TIMEOUT, environ={**UV_VARIABLES, **self._folders(receipt)}, on_line=on_line
            )
        if ended.code:
            raise failure(ended, self.name)

    def _folders(self, receipt: dict[str, Any]) -> dict[str, str]:
        """Return the variables that make uv find this tool, wherever the user has put it."""
        folders = {"UV_TOOL_DIR": os.path.dirname(self.prefix), **(OFFLINE if self.offline else {})}
        for each in receipt.get("entrypoints", ()):
            folders["UV_TOOL_BIN_DIR"] = os.path.dirname(each["install-path"])
        return folders


def _read_receipt(prefix: str) -> dict[str, Any]:
    try:
        import tomllib  # type: ignore[import-not-found]  # Python 3.11
    except ImportError:
        message = "reading the receipt of a uv tool needs Python 3.11 or newer"
        raise UnavailableError(message, hint="Install the tool again with a newer Python: add --python 3.12") from None
    path = os.path.join(prefix, "uv-receipt.toml")
    try:
        with open(path, "rb") as file:
            receipt = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise UnavailableError(f"cannot read {printable(path)}: {printable(str(error))}") from error
    tool = receipt.get("tool")
    return tool if isinstance(tool, dict) else {}


def _main_words(own: list[dict[str, Any]], tool: str) -> list[str]:
    """Return the arguments that name the tool itself."""
    if not own:
        return [tool]
    return ["--editable", own[0]["editable"]] if "editable" in own[0] else [_line(own[0])]


def _plain(requirements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in requirements if "editable" not in each]


def _editable(requirements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in requirements if "editable" in each]


def _file_option(folder: str, option: str, lines: Iterable[str]) -> list[str]:
    """Write lines to a file, and return the option that makes uv read it: none where there are no lines."""
    if not (written := list(lines)):
        return []
    path = os.path.join(folder, f"{option.lstrip('-')}.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in written)
    return [option, path]


def _line(requirement: dict[str, Any]) -> str:
    """Write a requirement of a receipt as PEP 508 does."""
    extras = requirement.get("extras", ())
    name = requirement["name"] + (f"[{','.join(extras)}]" if extras else "")
    marker = f" ; {requirement['marker']}" if "marker" in requirement else ""
    if "git" in requirement:
        address, _, query = requirement["git"].partition("?")
        commit = query.partition("#")[0].rpartition("=")[2]
        folder = requirement.get("subdirectory")
        where = f"git+{address}{f'@{commit}' if commit else ''}{f'#subdirectory={folder}' if folder else ''}"
        return f"{name} @ {where}{marker}"
    for key in ("url", "path", "directory"):
        if key in requirement:
            place = requirement[key] if "://" in requirement[key] else f"file://{os.path.abspath(requirement[key])}"
            return f"{name} @ {place}{marker}"
    return f"{name}{requirement.get('specifier', '')}{marker}"
