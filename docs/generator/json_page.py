"""The JSON that other programs read: examples made by running the tool, and schemas made from its types."""

from __future__ import annotations

import json
import typing
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec

from commonhold.projects.names import Name
from commonhold.release.report.release_document import SCHEMA, Released, ReleasedFile, ReleaseDocument, dump_document
from commonhold.selection import affected
from commonhold.selection.document import _KINDS
from generator import NOTE
from generator.example import example_repository, output

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "reference/json.md"
SCHEMAS = "reference/schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

HEAD = """\
# JSON

Each document has a `schema` number. It is raised by a change that breaks readers; keys may be added without.
Schemas: [affected](schemas/affected.schema.json), [plan](schemas/plan.schema.json),
[graph](schemas/graph.schema.json), [release](schemas/release.schema.json). The examples of the first three are
what the commands print for the [tutorial](../tutorial.md)'s repository.

Bytes in a path that are not UTF-8, and control characters, are written `\\xNN`.
"""

AFFECTED = """\
## commonhold affected --json

`base` and `head` are commits; `base` is `null` when there is nothing to compare with, `head` is `null` for the
work tree. `selection` is `none`, `some` or `all`, and `because` says why in a sentence. `all` lists every
plugin too. `core.affected` tells whether the core's own jobs must run. `removed` are plugins that base had and
head has not.
"""

REASONS = """\

### Reasons

Paths in a reason are capped at 20; `paths_total` tells how many there were. `via` leads from the nearest
dependency to the plugin that changed. `rule` is the place of the rule in `[[tool.commonhold.shared]]`, counted
from 0.

| `kind` | means | other keys |
|:--|:--|:--|"""

PLAN = """\

## commonhold plan --json

`any`, `matrix`, `any-advisory`, `advisory` and `core` are what `--github` writes to the step's outputs. A
matrix is as `strategy.matrix` takes it; `sessions` are names of nox sessions, separated by spaces; `timeout` is
in minutes, and includes ten to set the job up. Use a matrix only when its `any` is true: GitHub takes an empty
matrix for an error. `untestable` are affected plugins that no configured Python can test; when one of them
counts, the exit code is 1.
"""

GRAPH = """\

## commonhold graph --format json

`extra` is the extra or the group that a need belongs to, `asked` the extras that it asks for. With `tests`,
only the plugin's own tests have the need, so it does not chain. `where` is the file that imports.
"""

RELEASE = """\

## release.json

`commonhold release notes` writes it beside the notes, and `commonhold release status --json` prints the same.
`complete` is true when everything that the plan releases is on the index, `up` of a plugin when all of its files
are. `state` is how far a plugin came, and `why` what stands in its way. `until` is in UTC. An example:
"""

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}


def make() -> dict[str, str]:
    """The page and the schemas."""
    schemas = {
        "affected": affected_schema(),
        "plan": plan_schema(),
        "graph": graph_schema(),
        "release": release_schema(),
    }
    files = {f"{SCHEMAS}/{name}.schema.json": _dump(schema) + "\n" for name, schema in schemas.items()}
    with example_repository() as folder:
        return {PAGE: "\n".join(_lines(folder)), **files}


def _lines(folder: Path) -> typing.Iterator[str]:
    yield NOTE + HEAD
    yield AFFECTED
    yield _block(output(folder, "affected", "--head", "HEAD", "--json"))
    yield REASONS
    for kind, name in _KINDS.items():
        keys = ", ".join(f"`{key}`" for key in _reason_schema(kind, name)["required"][1:])
        yield f"| `{name}` | {_sentence(kind)} | {keys} |"
    yield PLAN
    yield _block(output(folder, "plan", "--head", "HEAD", "--json"))
    yield GRAPH
    yield _block(output(folder, "graph", "--head", "HEAD", "--format", "json"))
    yield RELEASE
    yield _block(dump_document(_EXAMPLE).decode())


def _block(text: str) -> str:
    document = json.loads(text)
    return f"```json\n{_dump(document)}\n```"


def _dump(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _sentence(kind: type) -> str:
    text = " ".join((kind.__doc__ or "").split()).replace("``", "`").replace("`total`", "`paths_total`")
    return text[0].lower() + text[1:].rstrip(".")


def affected_schema() -> dict[str, Any]:
    """The schema of ``affected --json``, from the types of :mod:`commonhold.selection.affected`."""
    reasons = {"type": "array", "items": {"$ref": "#/$defs/reason"}}
    plugin = _object(name=TEXT, path=TEXT, tier=TEXT, advisory={"type": "boolean"}, reasons=reasons)
    document = _object(
        schema={"const": 1},
        base={"type": ["string", "null"]},
        head={"type": ["string", "null"]},
        selection=_schema_of(affected.Selection),
        because=TEXT,
        plugins={"type": "array", "items": plugin},
        core=_object(affected={"type": "boolean"}, reasons=reasons),
        removed=TEXTS,
        warnings=TEXTS,
    )
    kinds = list({name: _reason_schema(kind, name) for kind, name in reversed(_KINDS.items())}.values())[::-1]
    return {
        "$schema": DIALECT,
        "title": "commonhold affected --json",
        **document,
        "$defs": {"reason": {"oneOf": kinds}},
    }


def plan_schema() -> dict[str, Any]:
    """The schema of ``plan --json``."""
    minutes = {"type": "integer", "minimum": 1, "maximum": 360}
    job = _object(name=TEXT, sessions=TEXT, python=TEXT, os=TEXT, timeout=minutes)
    matrix = _object(include={"type": "array", "maxItems": 256, "items": job})
    flag = {"type": "boolean"}
    untestable = _object(name=TEXT, advisory=flag, detail=TEXT)
    keys = {
        "schema": {"const": 1},
        "any": flag,
        "matrix": matrix,
        "any-advisory": flag,
        "advisory": matrix,
        "core": flag,
        "untestable": {"type": "array", "items": untestable},
        "warnings": TEXTS,
    }
    return {"$schema": DIALECT, "title": "commonhold plan --json", **_object(**keys)}


def graph_schema() -> dict[str, Any]:
    """The schema of ``graph --format json``."""
    maybe = {"type": ["string", "null"]}
    how = _schema_of(affected.How)
    edge = _object(source=TEXT, target=TEXT, how=how, extra=maybe, asked=TEXTS, tests={"type": "boolean"}, where=maybe)
    plugin = _object(name=TEXT, path=TEXT, tier=TEXT)
    document = _object(
        schema={"const": 1},
        plugins={"type": "array", "items": plugin},
        edges={"type": "array", "items": edge},
        warnings=TEXTS,
    )
    return {"$schema": DIALECT, "title": "commonhold graph --format json", **document}


def release_schema() -> dict[str, Any]:
    """The schema of ``release.json``, from its types."""
    (schema,), definitions = msgspec.json.schema_components([ReleaseDocument])
    for definition in definitions.values():
        definition["description"] = " ".join(definition["description"].split()).replace("``", "`")
    definitions["ReleaseDocument"]["properties"]["schema"] = {"const": SCHEMA}
    definitions["ReleaseDocument"]["required"].insert(0, "schema")
    return {"$schema": DIALECT, "title": "release.json", **schema, "$defs": definitions}


_EXAMPLE = ReleaseDocument(
    version="1.17.0",
    commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    core="flytekit",
    index="pypi",
    complete=False,
    aborted=None,
    tags={},
    plugins=(
        Released(
            name="flytekitplugins-spark",
            path="plugins/official/flytekit-spark",
            tier="official",
            version="1.17.0",
            up=False,
            state="postponed",
            why="the index takes no more new projects for now",
            because=None,
            until=datetime(2026, 1, 31, 12, tzinfo=timezone.utc),
            needs=(),
            files=(
                ReleasedFile(
                    name="flytekitplugins_spark-1.17.0-py3-none-any.whl", sha256="e3b0c442" * 8, size=9000, up=True
                ),
                ReleasedFile(name="flytekitplugins_spark-1.17.0.tar.gz", sha256="98fc1c14" * 8, size=8000, up=False),
            ),
        ),
    ),
)


def _reason_schema(kind: Any, name: str) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, localns=_TYPES)
    fields = {"paths_total" if field == "total" else field: _schema_of(hints[field]) for field in kind._fields}
    return {"description": _sentence(kind), **_object(kind={"const": name}, **fields)}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_TYPES = {"Name": Name, "Literal": Literal}


def _schema_of(hint: Any) -> dict[str, Any]:
    if isinstance(hint, str):  # an alias, quoted so that the program need not import what it is made of
        hint = eval(hint, _TYPES)
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _schema_of(get_args(hint)[0])}
    simple = {str: TEXT, Name: TEXT, int: {"type": "integer"}, bool: {"type": "boolean"}}
    return simple[hint]
