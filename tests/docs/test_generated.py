from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_generated_pages_match_the_code(root: Path):
    finished = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=root, capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_an_outdated_page_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import generate

    monkeypatch.setattr(generate, "DOCS", tmp_path)
    (tmp_path / "same.md").write_text("same")
    (tmp_path / "old.md").write_text("old")
    assert generate.stale({"same.md": "same", "old.md": "new", "missing.md": ""}) == ["old.md", "missing.md"]


def test_a_key_without_a_description_stops_the_generation(monkeypatch: pytest.MonkeyPatch):
    from generator import configuration_page

    monkeypatch.delitem(configuration_page.KEYS["core"], "pin")
    with pytest.raises(SystemExit, match="does not describe the keys that the decoder reads"):
        configuration_page.make()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("affected", ("affected", "--head", "HEAD", "--json")),
        ("affected", ("affected", "--json")),
        ("plan", ("plan", "--head", "HEAD", "--json")),
        ("graph", ("graph", "--format", "json")),
        ("list", ("list", "--json")),
    ],
)
def test_command_output_matches_the_published_schemas(root: Path, name: str, command: tuple[str, ...]):
    jsonschema = pytest.importorskip("jsonschema")
    from generator.example import example_repository, output

    schema = json.loads((root / f"docs/reference/schemas/{name}.schema.json").read_text())
    with example_repository() as folder:
        (folder / "Makefile").write_text("all:")
        document = json.loads(output(folder, *command))
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_schema_of_affected_rejects_an_unknown_kind_of_reason(root: Path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((root / "docs/reference/schemas/affected.schema.json").read_text())
    reason = {"$ref": "#/$defs/reason", "$defs": schema["$defs"]}
    validator = jsonschema.Draft202012Validator(reason)
    assert validator.is_valid({"kind": "reads", "path": "a"})
    assert not validator.is_valid({"kind": "guessed", "path": "a"})
