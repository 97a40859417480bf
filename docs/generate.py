"""Write the pages and pictures that are generated from the code: ``python docs/generate.py``.

With ``--check``, write nothing, and exit with 1 if a file is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generator import (
    approval_page,
    audit_text,
    catalog_schemas,
    cli_page,
    client_page,
    configuration_page,
    gate_texts,
    json_page,
    picture,
    plugin_index_page,
    rules_page,
)

DOCS = Path(__file__).resolve().parent
MAKERS = (
    approval_page,
    audit_text,
    catalog_schemas,
    cli_page,
    client_page,
    configuration_page,
    gate_texts,
    json_page,
    picture,
    plugin_index_page,
    rules_page,
)


def make() -> dict[str, str]:
    """Generate the contents of every file, by its path in this folder."""
    files: dict[str, str] = {}
    for maker in MAKERS:
        files.update(maker.make())
    return files


def stale(files: dict[str, str]) -> list[str]:
    """The paths of files whose contents on disk differ."""
    return [path for path, text in files.items() if not _is(DOCS / path, text)]


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def main() -> int:
    """Write the files that are out of date; with ``--check``, only report them."""
    files = make()
    paths = stale(files)
    if "--check" in sys.argv[1:]:
        for path in paths:
            sys.stderr.write(f"docs/{path} is out of date; run: nox -s docs\n")
        return 1 if paths else 0
    for path in paths:
        file = DOCS / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[path], encoding="utf-8")
        sys.stdout.write(f"wrote docs/{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
