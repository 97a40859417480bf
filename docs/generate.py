"""Writes the pages and pictures that are made from the code: ``python docs/generate.py``.

With ``--check`` nothing is written; the exit code is 1 when a file is not what the code says now.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generator import audit_text, cli_page, configuration_page, json_page, picture

DOCS = Path(__file__).resolve().parent
MAKERS = (audit_text, cli_page, configuration_page, json_page, picture)


def make() -> dict[str, str]:
    """The contents of every generated file, by its path in this folder."""
    files: dict[str, str] = {}
    for maker in MAKERS:
        files.update(maker.make())
    return files


def stale(files: dict[str, str]) -> list[str]:
    """The paths whose contents on disk are not these."""
    return [path for path, text in files.items() if not _is(DOCS / path, text)]


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def main() -> int:
    """Write what is out of date, or only tell with ``--check``."""
    files = make()
    paths = stale(files)
    if "--check" in sys.argv[1:]:
        for path in paths:
            sys.stderr.write(f"docs/{path} is out of date; `nox -s docs` writes it anew\n")
        return 1 if paths else 0
    for path in paths:
        file = DOCS / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[path], encoding="utf-8")
        sys.stdout.write(f"wrote docs/{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
