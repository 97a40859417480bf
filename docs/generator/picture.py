"""Generate the README's picture, an SVG of a terminal, from a real run on this repository's plugins."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.style import Style
from rich.text import Text

from generator.example import git, output

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = "assets/affected.svg"
ROOT = Path(__file__).resolve().parents[2]
EDITED = "plugins/community/flytekit-networkx/flytekitplugins/contrib/networkx/renderer.py"
COPIED = ("plugins", "pyproject.toml", "constraints.txt")

COLUMN, LINE, EDGE, TOP = 7.8, 19, 18, 44
COLOURS = {1: "#ff7b72", 2: "#7ee787", 3: "#e3b341", 6: "#79c0ff"}
"""Colours by their ANSI number."""

_COMMIT = re.compile(r"\([0-9a-f]{7,},")
"""The id of the commit changes with every file of the repository; the picture shows a fixed one."""

_PLAIN = Style()
_CONSOLE = Console(width=400, color_system="standard")


class Run(NamedTuple):
    """Consecutive text with one style."""

    column: int
    text: str
    style: Style


def make() -> dict[str, str]:
    """Generate the picture."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "repository"
        _copy(folder)
        shown = _session(folder)
    return {PICTURE: svg(shown)}


def _copy(folder: Path) -> None:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
        else:
            shutil.copy(source, folder / name)
    # The other files matter only because patterns in the configuration match them.
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for path in listed.decode().split("\0")[:-1]:
        if not path.startswith(COPIED):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).touch()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Plugins")
    git(folder, "switch", "--quiet", "--create", "topic")
    edited = folder / EDITED
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def _session(folder: Path) -> Text:
    """Two commands and their output, after a comment about the edit."""
    prompt = "\x1b[1;36m$ "
    parts = [
        f"\x1b[2m# one line of {EDITED.split('/')[2]} was edited\x1b[0m\n",
        f"{prompt}commonhold affected --explain\x1b[0m\n",
        _COMMIT.sub("(845ead4,", output(folder, "affected", "--explain", colour=True)),
        f"\n{prompt}commonhold plan\x1b[0m\n",
        _COMMIT.sub("(845ead4,", output(folder, "plan", colour=True)),
    ]
    return Text.from_ansi("".join(parts).rstrip())


def svg(text: Text) -> str:
    """Draw styled text as a terminal; the SVG loads no other files."""
    lines = [list(_runs(line)) for line in text.split("\n")]
    widest = max(run.column + len(run.text) for line in lines for run in line)
    width, height = round(2 * EDGE + widest * COLUMN), TOP + len(lines) * LINE + EDGE
    body = "\n".join(_line(runs, TOP + 14 + number * LINE) for number, runs in enumerate(lines) if runs)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{escape(text.plain.splitlines()[1])}</title>
<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="#161b22" stroke="#444c56"/>
<g fill="#6e7681"><circle cx="22" cy="21" r="6"/><circle cx="42" cy="21" r="6"/><circle cx="62" cy="21" r="6"/></g>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="#e6edf3">
{body}
</g>
</svg>
"""


def _runs(line: Text) -> Iterator[Run]:
    column = 0
    for segment in line.render(_CONSOLE):
        text = segment.text.strip()
        if text:
            yield Run(column + segment.text.index(text), text, segment.style or _PLAIN)
        column += len(segment.text)


def _line(runs: list[Run], y: int) -> str:
    return "".join(
        f'<text x="{EDGE + run.column * COLUMN:.1f}" y="{y}" textLength="{len(run.text) * COLUMN:.1f}"'
        f"{_attributes(run.style)}>{_escape(run.text)}</text>"
        for run in runs
    )


def _escape(text: str) -> str:
    """Escape text for XML so that repeated spaces are kept."""
    return escape(text, quote=False).replace("  ", "\u00a0\u00a0")


def _attributes(style: Style) -> str:
    found = ' font-weight="bold"' if style.bold else ""
    if style.dim:
        found += ' fill="#8b949e"'
    elif style.color is not None and style.color.number in COLOURS:
        found += f' fill="{COLOURS[style.color.number]}"'
    return found
